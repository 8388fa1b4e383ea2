//! Which areas a type or a resource needs. Its page says so, and so does the compiler where the areas are off.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenStream;
use quote::quote;
use syn::Item;

use crate::description::spec::{Answer, Api, Operation, SchemaKind};
use crate::emit::arguments::ident;
use crate::emit::constructors::MOST_ARGUMENTS;
use crate::emit::forms::{Forms, Presence};
use crate::emit::resources::{Resource, tree};
use crate::emit::source;

/// Some areas, by name.
pub type Names<'a> = BTreeSet<&'a str>;

/// The areas of the whole description.
pub struct Areas<'a> {
    all: Names<'a>,
    schemas: BTreeMap<&'a str, Names<'a>>,
}

impl<'a> Areas<'a> {
    pub(crate) fn new(whole: &'a Api) -> Self {
        let all: Names<'a> = whole.operations.iter().map(|operation| operation.area.as_str()).collect();
        let mut schemas: BTreeMap<&str, Names<'a>> = BTreeMap::new();
        for area in &all {
            let operations = whole.operations.iter().filter(|operation| operation.area == *area);
            for schema in whole.closure(operations.flat_map(schemas_of), |_| true) {
                schemas.entry(schema).or_default().insert(area);
            }
        }
        Self { all, schemas }
    }

    /// Returns the areas that a schema is a part of.
    pub(crate) fn of_schema(&self, schema: &str) -> Names<'a> {
        self.schemas.get(schema).cloned().unwrap_or_default()
    }

    /// Returns the attribute for the badge on the page of an item, unless the item exists in all areas.
    pub(crate) fn badge(&self, areas: &Names<'_>) -> Option<syn::Attribute> {
        let condition = condition(areas);
        (!areas.is_empty() && areas.len() < self.all.len())
            .then(|| syn::parse_quote!(#[cfg_attr(docsrs, doc(cfg(#condition)))]))
    }
}

/// The schemas that an operation names.
fn schemas_of(operation: &Operation) -> impl Iterator<Item = &str> {
    let parameters = operation.path_parameters.iter().chain(&operation.query).map(|parameter| &parameter.ty);
    let body = operation.body.as_ref().map(|body| &body.ty);
    let answer = match &operation.answer {
        Answer::Json(ty) => Some(ty),
        Answer::Nothing | Answer::Bytes(_) => None,
    };
    parameters.chain(body).chain(answer).filter_map(Api::names)
}

/// Returns the areas of the operations of a resource and of those below it.
pub(crate) fn of_resource<'a>(resource: &Resource<'a>) -> Names<'a> {
    let own = resource.operations.iter().map(|(_, operation)| operation.area.as_str());
    own.chain(resource.children.values().flat_map(of_resource)).collect()
}

/// Returns the condition that one of the areas is on, for `cfg`.
fn condition(areas: &Names<'_>) -> TokenStream {
    let features = areas.iter().map(|area| quote!(feature = #area));
    if areas.len() == 1 { quote!(#(#features)*) } else { quote!(any(#(#features),*)) }
}

/// What a build contains in place of the areas that are off.
#[derive(Clone, Debug, Default)]
pub struct Stubs {
    /// For the module `types`.
    pub types: String,
    /// For the module `api`.
    pub resources: String,
}

/// Generates what lets the compiler name the feature that an item needs. `features` are the areas that have a feature; the
/// stubs of an area are empty where it is on.
///
/// # Errors
/// If the generated code is not Rust.
pub(crate) fn stubs(whole: &Api, forms: &Forms<'_>, features: &BTreeSet<String>) -> Result<Stubs, String> {
    let areas = Areas::new(whole);
    let has_features = |areas: &Names<'_>| !areas.is_empty() && areas.iter().all(|area| features.contains(*area));
    let mut types: BTreeMap<Names<'_>, Vec<String>> = BTreeMap::new();
    for (schema, used) in &areas.schemas {
        if has_features(used) {
            types.entry(used.clone()).or_default().extend(names_of(whole, forms, schema));
        }
    }
    types.retain(|_, names| !names.is_empty());
    let mut resources: BTreeMap<Names<'_>, Vec<String>> = BTreeMap::new();
    for (name, resource) in tree(whole) {
        let used = of_resource(&resource);
        if has_features(&used) {
            resources.entry(used).or_default().push(name);
        }
    }
    let types = types.iter().map(|(areas, names)| configured_out(areas, names));
    let mut items = Vec::new();
    for (areas, names) in &resources {
        items.push(configured_out(areas, names)?);
        items.push(accessors(areas, names)?);
    }
    Ok(Stubs { types: source::format(types.collect::<Result<_, _>>()?), resources: source::format(items) })
}

/// Returns the names of the types that a schema becomes.
fn names_of(whole: &Api, forms: &Forms<'_>, schema: &str) -> Vec<String> {
    match whole.schema(schema).map(|schema| &schema.kind) {
        Some(SchemaKind::Enum(_)) => vec![schema.to_owned()],
        Some(SchemaKind::Object { fields, .. }) => {
            let names = forms.of(schema).into_iter().flat_map(|form| {
                let fields = fields.iter().filter(|field| forms.presence(schema, field, form) == Presence::Required);
                let required = (fields.count() > MOST_ARGUMENTS).then_some("Required");
                let name = forms.name(schema, form);
                [Some(name.clone()), required.map(|suffix| name + suffix)]
            });
            names.flatten().collect()
        }
        _ => Vec::new(),
    }
}

/// Generates items that never exist. The compiler finds them when it looks for the missing ones, and says why they are not
/// there.
fn configured_out(areas: &Names<'_>, names: &[String]) -> Result<Item, String> {
    let condition = condition(areas);
    let names = names.iter().map(|name| ident(name));
    source::parse(quote! {
        #[cfg(not(#condition))]
        campfire_values::configured_out! { #condition: #(#names)* }
    })
}

/// Generates the accessors of the clients for resources that are off. The compiler does not look for methods that are configured
/// out, so these exist, and cannot be called. The type parameter keeps their bound from being checked before they are.
fn accessors(areas: &Names<'_>, names: &[String]) -> Result<Item, String> {
    let condition = condition(areas);
    let features: Vec<String> = areas.iter().map(|area| format!("`{area}`")).collect();
    let features = features.join(" or ");
    let message = format!("this part of the API needs the feature {features} of `campfire-sdk`");
    let names: Vec<_> = names.iter().map(|name| ident(name)).collect();
    let accessors = quote! {
        #(
            #[doc(hidden)]
            pub fn #names<Handle>(&self) -> Handle where Self: Enabled<Handle> {
                Enabled::handle(self)
            }
        )*
    };
    source::parse(quote! {
        #[cfg(not(#condition))]
        const _: () = {
            #[diagnostic::on_unimplemented(message = #message, label = "not compiled")]
            pub trait Enabled<Handle> {
                fn handle(&self) -> Handle;
            }
            impl crate::Client { #accessors }
            #[cfg(feature = "blocking")]
            impl crate::blocking::Client { #accessors }
        };
    })
}
