//! Resource handles: one module per resource, with its handle and its request builders.
//!
//! The generated code holds no policy. A builder collects parameters and names the method of progenitor's that builds the
//! request; everything else is handwritten (`src/call.rs`), and reached through the macros `crate::send::request!` and
//! `crate::list::macros::list!`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{ImplItem, ImplItemFn, Item};

use crate::description::names;
use crate::description::spec::{Api, Operation, RetryVariant, Type};
use crate::emit::areas::{self, Areas};
use crate::emit::arguments::{Argument, Context, Kept, copied, id_argument, id_type, ident, integer_id, optional};
use crate::emit::builders::Builder;
use crate::emit::forms::Forms;
use crate::emit::resources::{Binding, Resource, tree};
use crate::emit::rust_type::RustType;
use crate::emit::{docs, lists, source, tables};

/// Generates the source of the module `api`. `signatures` are the argument names of progenitor's methods, and `examples` those
/// of the operations by id.
///
/// # Errors
/// If progenitor has made a method that does not fit the description.
pub fn generate(
    selected: &Api,
    forms: &Forms<'_>,
    signatures: &BTreeMap<String, Vec<String>>,
    examples: &BTreeMap<String, String>,
    areas: &Areas<'_>,
) -> Result<String, String> {
    let context = Context { api: selected, forms, signatures, examples };
    let tree = tree(selected);
    let badge = |resource| areas.badge(&areas::of_resource(resource));
    let mut items = Vec::new();
    for (name, resource) in &tree {
        let mut module = module(&context, name, resource)?;
        module.attrs.extend(badge(resource));
        items.push(Item::Mod(module));
    }
    let clients = [
        (quote!(impl crate::Client), quote!(self.clone())),
        (quote!(#[cfg(feature = "blocking")] impl crate::blocking::Client), quote!(self.as_async().clone())),
    ];
    for (header, client) in clients {
        let accessors = tree.iter().map(|(name, resource)| {
            let mut accessor = accessor(&context, name, resource, &client, &quote!(crate::api::))?;
            accessor.attrs.extend(badge(resource));
            Ok(ImplItem::Fn(accessor))
        });
        items.push(source::implementation(header, accessors.collect::<Result<_, String>>()?)?);
    }
    items.push(tables::registry(&context, &tree)?);
    Ok(source::format(items))
}

fn module(context: &Context<'_>, name: &str, resource: &Resource<'_>) -> Result<syn::ItemMod, String> {
    let handle = names::pascal(name);
    let docs = format!("The [`{handle}`]({name}::{handle}) handle and its request builders.");
    let ident = format_ident!("{name}");
    let mut module: syn::ItemMod = source::documented(&docs, quote!(pub mod #ident {}))?;
    let mut items = Vec::new();
    if uses_types(context, resource) {
        items.push(source::parse(quote! { use crate::types; })?);
    }
    items.extend(self::handle(context, &handle, resource)?);
    for (method, operation) in &resource.operations {
        items.extend(Builder::new(context, method, operation, resource).generate()?);
    }
    for (name, child) in &resource.children {
        items.push(Item::Mod(self::module(context, name, child)?));
    }
    module.content = Some((Default::default(), items));
    Ok(module)
}

/// Returns whether the methods of a resource take or return generated types.
fn uses_types(context: &Context<'_>, resource: &Resource<'_>) -> bool {
    let mut operations = resource.operations.iter();
    operations.any(|(_, operation)| {
        let parameters = operation.query.iter().filter(|parameter| !parameter.omit);
        let queries = parameters.map(|parameter| context.forms.query_type(parameter));
        let body = context.forms.body_type(operation);
        queries.chain(body).chain([context.forms.response_type(operation)]).any(|ty| ty.is_generated())
    }) || lists::has_children(context, resource)
}

fn handle(context: &Context<'_>, handle: &str, resource: &Resource<'_>) -> Result<[Item; 2], String> {
    let name = format_ident!("{handle}");
    let ids: Vec<_> = resource.bound.iter().map(|binding| ident(&binding.name)).collect();
    let types: Vec<_> = resource.bound.iter().map(|binding| id_type(binding.integer)).collect();
    let tokens = quote! {
        #[derive(Clone, Debug)]
        pub struct #name {
            client: crate::Client,
            #(#ids: #types,)*
        }
    };
    let definition = source::documented(&handle_docs(context, resource), tokens)?;
    let new = quote! {
        #[inline]
        pub(crate) fn new(client: crate::Client #(, #ids: #types)*) -> Self {
            Self { client #(, #ids)* }
        }
    };
    let mut methods = vec![source::parse(new)?];
    for (method, operation) in &resource.operations {
        methods.push(self::method(context, method, operation, resource)?);
    }
    for (name, child) in &resource.children {
        methods.push(accessor(context, name, child, &quote!(self.client.clone()), &TokenStream::new())?);
    }
    methods.extend(lists::children(context, resource)?);
    let methods = methods.into_iter().map(ImplItem::Fn).collect();
    Ok([Item::Struct(definition), source::implementation(quote!(impl #name), methods)?])
}

fn handle_docs(context: &Context<'_>, resource: &Resource<'_>) -> String {
    let mut text = format!("Operations on {}.\n\n", docs::subject(resource));
    text.push_str("| Method | Description |\n| --- | --- |\n");
    for (method, Operation { summary, .. }) in &resource.operations {
        let _ = writeln!(text, "| [`{method}`](Self::{method}) | {summary} |");
    }
    if let Some(note) = context.api.notes.get(&resource.path) {
        let _ = write!(text, "\n{note}");
    }
    if let Some(area) = docs::area(resource.operations.iter().map(|(_, operation)| *operation)) {
        let _ = write!(text, "\n{area}");
    }
    text
}

/// Generates the method that starts a request.
fn method(
    context: &Context<'_>,
    method: &str,
    operation: &Operation,
    resource: &Resource<'_>,
) -> Result<ImplItemFn, String> {
    let name = ident(method);
    let builder = format_ident!("{}", names::pascal(method));
    let constant = format_ident!("{}", method.to_uppercase());
    let arguments = context.arguments(operation, resource);
    let response = docs::linked(&context.forms.response_type(operation));
    let mut docs = docs::comment(&method_docs(&builder.to_string(), operation, &arguments, response.as_deref()));
    docs.extend(context.examples.get(&operation.id).map(|example| docs::example(example)).unwrap_or_default());
    docs.extend(docs::comment(&error_docs(operation)));
    let deprecated = operation.deprecated.then(|| quote!(#[deprecated]));
    let aliases = &operation.aliases;
    let takes = arguments.iter().map(|Argument { name, takes, .. }| quote!(#name: #takes));
    let texts = arguments
        .iter()
        .filter(|argument| argument.is_text_id)
        .map(|Argument { name, .. }| quote!(let #name: String = #name.into();));
    let segments = segments(operation, resource);
    let body = arguments.iter().any(|argument| argument.kept.is_none()).then(|| quote!(.body(body)));
    let flag = match &operation.variant {
        Some(RetryVariant::IfSet { property, .. }) => {
            let property = ident(property);
            Some(quote!(.flag(Option::<bool>::from(body.#property) == Some(true))))
        }
        _ => None,
    };
    let bound = resource.bound.iter().map(|binding| {
        let (key, value) = (&binding.name, copied(binding));
        quote!(.with(#key, #value))
    });
    let kept = arguments.iter().filter_map(|Argument { kept, .. }| {
        let Kept { key, value } = kept.as_ref()?;
        Some(quote!(.with(#key, #value)))
    });
    let options = lists::is_list(context, operation).then(|| quote!(, list: Default::default()));
    source::parse(quote! {
        #(#docs)*
        #deprecated
        #(#[doc(alias = #aliases)])*
        #[inline]
        pub fn #name(&self #(, #takes)*) -> #builder {
            #(#texts)*
            #builder {
                call: crate::call::Call::new(&self.client, &#constant) #(#segments)* #(#bound)* #(#kept)* #body #flag
                #options
            }
        }
    })
}

/// Generates the checks of strings in the path.
fn segments(operation: &Operation, resource: &Resource<'_>) -> Vec<TokenStream> {
    let texts = operation.path_parameters.iter().enumerate().filter(|(_, parameter)| parameter.ty != Type::Integer);
    texts
        .map(|(position, parameter)| {
            let (name, argument) = (&parameter.name, ident(&parameter.rust_name));
            match resource.bound.get(position).map(|binding| ident(&binding.name)) {
                Some(bound) => quote!(.segment(#name, &self.#bound)),
                None => quote!(.segment(#name, &#argument)),
            }
        })
        .collect()
}

fn method_docs(builder: &str, operation: &Operation, arguments: &[Argument], response: Option<&str>) -> String {
    let Operation { method, path, description, .. } = operation;
    let summary = operation.summary.trim_end_matches('.');
    let mut text = format!("{summary}.\n\n{description}\n\n`{method} {path}`");
    if let Some(response) = response {
        let _ = write!(text, " responds with {response}.");
    }
    if !arguments.is_empty() {
        text.push_str("\n\n# Parameters\n");
        for Argument { name, doc, .. } in arguments {
            let lines: Vec<&str> = doc.trim().lines().filter(|line| !line.trim().is_empty()).collect();
            let _ = write!(text, "\n- `{name}`: {}", lines.join("\n  "));
        }
    }
    if optional(operation).next().is_some() {
        let _ = write!(text, "\n\nSet optional parameters on the returned [`{builder}`].");
    }
    text
}

fn error_docs(operation: &Operation) -> String {
    let mut text = format!("# Errors\n{}", docs::errors(operation));
    if !operation.reference.is_empty() {
        let _ = write!(text, "\n\n[Reference]({})", operation.reference);
    }
    text
}

/// Returns the type of an id that a handle binds. All operations of a resource share its ids.
fn bound_type(context: &Context<'_>, resource: &Resource<'_>, binding: &Binding) -> RustType {
    match resource.operations.first() {
        Some((_, operation)) => context.forms.path_type(operation, binding.position),
        None => RustType::Integer,
    }
}

/// Generates the method of a client or a handle that returns another handle.
fn accessor(
    context: &Context<'_>,
    name: &str,
    resource: &Resource<'_>,
    client: &TokenStream,
    path: &TokenStream,
) -> Result<ImplItemFn, String> {
    let (method, handle) = (ident(name), format_ident!("{}", names::pascal(name)));
    let mut docs = format!("Returns the handle for {}.", docs::subject(resource));
    if let Some(area) = docs::area(resource.operations.iter().map(|(_, operation)| *operation)) {
        let _ = write!(docs, "\n\n{area}");
    }
    let takes = resource.binds.iter().map(|binding| {
        let (name, ty) = (ident(&binding.name), id_argument(&bound_type(context, resource, binding)));
        quote!(#name: #ty)
    });
    let inherited = resource.bound.iter().take(resource.bound.len() - resource.binds.len()).map(copied);
    let binds = resource.binds.iter().map(|binding| {
        let name = ident(&binding.name);
        if binding.integer { integer_id(&name, &bound_type(context, resource, binding)) } else { quote!(#name.into()) }
    });
    let ids = inherited.chain(binds);
    let tokens = quote! {
        #[inline]
        pub fn #method(&self #(, #takes)*) -> #path #method::#handle {
            #path #method::#handle::new(#client #(, #ids)*)
        }
    };
    source::documented(&docs, tokens)
}
