//! The public types: progenitor's structs, edited, and the open enums.
//!
//! Progenitor's structs come with names, field types, and documentation. Their derives and serde attributes are replaced:
//! a derived `Deserialize` fails a page for one null and drops fields that it does not know. Each struct gets a table for
//! `campfire_values::object!` instead, which holds the rules of decoding.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote};
use syn::Item;
use syn::visit_mut::{VisitMut, visit_type_path_mut};

use crate::description::names;
use crate::description::spec::{Api, Field, Limits, Schema, SchemaKind};
use crate::emit::areas::Areas;
use crate::emit::constructors::{self, Given, Place, Takes};
use crate::emit::forms::{Form, Forms, Presence};
use crate::emit::lower::{ADDITIONAL, EXTRA};
use crate::emit::rust_type::RustType;
use crate::emit::{conversions, docs, source};

/// Implementations of `schemars::JsonSchema`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonSchemas {
    /// They exist if the feature `schemars` is enabled.
    ByFeature,
    /// They do not exist. The compiler reads five thousand attributes less.
    Off,
}

/// Generates the source of the module `types` from the structs that progenitor has made, by name.
///
/// # Errors
/// If progenitor has not made a struct or a field.
pub fn generate(
    selected: &Api,
    forms: &Forms<'_>,
    mut structs: BTreeMap<String, syn::ItemStruct>,
    areas: &Areas<'_>,
    json_schemas: JsonSchemas,
) -> Result<String, String> {
    let context = Context {
        forms,
        json_schemas,
        limited: limited(selected),
        responses: responses(selected, forms),
        records: records(selected, forms),
    };
    let mut items = Vec::new();
    for (name, schema) in &selected.schemas {
        let badge = areas.badge(&areas.of_schema(name));
        match &schema.kind {
            SchemaKind::Enum(values) => items.push(open_enum(schema, values, badge.as_ref())),
            SchemaKind::Object { fields, .. } => {
                for form in forms.of(name) {
                    let type_name = forms.name(name, form);
                    let item = structs
                        .remove(&type_name)
                        .ok_or_else(|| format!("progenitor made no struct `{type_name}` ({})", schema.location))?;
                    let object = Object { schema: name, form, fields: forms.fields(fields, form), context: &context };
                    items.extend(object.generate(item)?.into_iter().map(|item| with_badge(item, badge.as_ref())));
                }
            }
            SchemaKind::Page(_) | SchemaKind::Scalar(_) => {}
        }
    }
    Ok(source::format(items))
}

/// Adds the badge of its areas to a struct, before its derives: the compiler parses a struct with conditional attributes again for
/// them.
fn with_badge(mut item: Item, badge: Option<&syn::Attribute>) -> Item {
    if let Item::Struct(item) = &mut item {
        let derives = item.attrs.iter().position(|attribute| attribute.path().is_ident("derive"));
        let at = derives.unwrap_or(item.attrs.len());
        item.attrs.splice(at..at, badge.cloned());
    }
    item
}

fn open_enum(schema: &Schema, values: &[(String, Option<String>)], badge: Option<&syn::Attribute>) -> Item {
    let name = format_ident!("{}", schema.name);
    let description = docs::comment(&schema.description);
    let variants = values.iter().map(|(value, meaning)| {
        let variant = format_ident!("{}", names::variant(value));
        let meaning = docs::comment(&match meaning {
            Some(meaning) => format!("`{value}`: {meaning}"),
            None => format!("`{value}`"),
        });
        quote!(#(#meaning)* #variant = #value,)
    });
    source::macro_call(
        &["campfire_values", "open_enum"],
        quote! {
            #(#description)*
            #badge
            #name { #(#variants)* }
        },
    )
}

/// The schemas that have limits, in their own fields or further inside.
fn limited(api: &Api) -> BTreeSet<&str> {
    let has_limits = |name: &str| match api.schema(name).map(|schema| &schema.kind) {
        Some(SchemaKind::Object { fields, .. }) => {
            fields.iter().any(|field| !field.read_only && !rules(field).is_empty())
        }
        _ => false,
    };
    let is_limited = |name: &&str| api.closure([*name], |field| !field.read_only).into_iter().any(has_limits);
    api.schemas.keys().map(String::as_str).filter(is_limited).collect()
}

/// The types that are the JSON of a response.
fn responses(api: &Api, forms: &Forms<'_>) -> BTreeSet<String> {
    let responses = api.operations.iter().map(|operation| forms.response_type(operation));
    let generated = responses.filter_map(|response| match response {
        RustType::Generated(name) => Some(name),
        _ => None,
    });
    generated.collect()
}

/// The types whose values are the records of a list.
fn records(api: &Api, forms: &Forms<'_>) -> BTreeSet<String> {
    let responses = api.operations.iter().map(|operation| forms.response_type(operation));
    let pages = responses.filter_map(|response| match response.page_of() {
        Some(RustType::Generated(record)) => Some(record.clone()),
        _ => None,
    });
    pages.collect()
}

struct Context<'a> {
    forms: &'a Forms<'a>,
    json_schemas: JsonSchemas,
    limited: BTreeSet<&'a str>,
    responses: BTreeSet<String>,
    records: BTreeSet<String>,
}

/// A form of an object schema.
struct Object<'a> {
    schema: &'a str,
    form: Form,
    fields: Vec<&'a Field>,
    context: &'a Context<'a>,
}

impl Object<'_> {
    /// Generates the struct and its implementations.
    fn generate(&self, mut item: syn::ItemStruct) -> Result<Vec<Item>, String> {
        self.edit(&mut item)?;
        let name = item.ident.clone();
        let constructors = constructors::generate(&item, &self.given(), self.form != Form::Read)?;
        let methods = self.methods(&item)?;
        let wire = self.wire(&item);
        let mut items = vec![Item::Struct(item)];
        items.extend(constructors);
        items.extend(methods);
        items.push(wire);
        if self.context.responses.contains(&name.to_string()) {
            items.push(source::macro_call(&["crate", "wire", "decode", "json_response"], quote!(#name)));
        }
        if self.context.records.contains(&name.to_string()) {
            items.push(self.record(&name)?);
        }
        if self.form != Form::Read {
            items.push(self.check(&name)?);
        }
        Ok(items)
    }

    /// The methods of a record: those that turn it into a request body, and those that return an amount with its currency.
    fn methods(&self, item: &syn::ItemStruct) -> Result<Option<Item>, String> {
        if self.form != Form::Read {
            return Ok(None);
        }
        let has_extra = item.fields.iter().any(|field| field.ident.as_ref().is_some_and(|ident| *ident == EXTRA));
        let mut members = Vec::new();
        for to in [Form::Create, Form::Update] {
            let conversion = conversions::generate(self.context.forms, self.schema, to, has_extra)?;
            members.extend(conversion.map(syn::ImplItem::Fn));
        }
        for field in &self.fields {
            members.extend(self.money(field)?.map(syn::ImplItem::Fn));
        }
        if members.is_empty() {
            return Ok(None);
        }
        let name = &item.ident;
        source::implementation(quote!(impl #name), members).map(Some)
    }

    /// The method that returns an amount with its currency.
    fn money(&self, field: &Field) -> Result<Option<syn::ImplItemFn>, String> {
        let currency = field.currency.as_ref().and_then(|name| self.fields.iter().find(|field| field.name == *name));
        let Some(currency) = currency else { return Ok(None) };
        let (amount, code) = (&field.rust_name, format_ident!("{}", currency.rust_name));
        let docs = format!(
            "Returns [`{amount}`](#structfield.{amount}) with its currency, or `None` if the record lacks one of them."
        );
        let method = format_ident!("{amount}_money");
        let amount = format_ident!("{amount}");
        let code = if self.is_required(currency) { quote!(Some(&self.#code)) } else { quote!(self.#code.as_deref()) };
        let accessor = quote! {
            #[inline]
            pub fn #method(&self) -> Option<crate::Money> {
                crate::Money::of_record(self.#amount, #code)
            }
        };
        source::documented(&docs, accessor).map(Some)
    }

    fn presence(&self, field: &Field) -> Presence {
        self.context.forms.presence(self.schema, field, self.form)
    }

    fn is_required(&self, field: &Field) -> bool {
        self.presence(field) == Presence::Required
    }

    /// Replaces the attributes of progenitor's struct, except for its documentation, and puts its fields into the order of
    /// the description.
    fn edit(&self, item: &mut syn::ItemStruct) -> Result<(), String> {
        item.attrs = documentation(&item.attrs);
        let has_default = !self.fields.iter().any(|field| self.is_required(field));
        item.attrs.push(list(
            "derive",
            if has_default { quote!(Clone, Debug, PartialEq, Default) } else { quote!(Clone, Debug, PartialEq) },
        ));
        item.attrs.extend(self.if_schemars(quote!(derive(schemars::JsonSchema))));
        if self.form == Form::Read {
            item.attrs.push(word("non_exhaustive"));
        }
        let syn::Fields::Named(fields) = &mut item.fields else {
            return Err(format!("progenitor's `{}` has no named fields", item.ident));
        };
        let named = std::mem::take(&mut fields.named).into_iter();
        let mut made: BTreeMap<String, syn::Field> =
            named.filter_map(|field| Some((field.ident.as_ref()?.to_string(), field))).collect();
        for field in &self.fields {
            let edited = made.remove(&field.rust_name).ok_or_else(|| {
                format!("progenitor renamed or dropped the field `{}` of `{}`", field.rust_name, item.ident)
            })?;
            fields.named.push(edit_field(edited, self.attributes(field)));
        }
        for (name, schema) in [(ADDITIONAL, quote!(skip)), (EXTRA, quote!(flatten))] {
            fields.named.extend(made.remove(name).map(|field| edit_field(field, self.json_schema(&schema))));
        }
        match made.keys().next() {
            Some(field) => Err(format!("progenitor added the field `{field}` to `{}`", item.ident)),
            None => Ok(()),
        }
    }

    /// The attributes of a field, besides its documentation.
    fn attributes(&self, field: &Field) -> Vec<syn::Attribute> {
        let mut schema = Vec::new();
        if field.rust_name != field.name {
            let name = &field.name;
            schema.push(quote!(rename = #name));
        }
        if self.is_loose(field) {
            schema.push(quote!(schema_with = "campfire_values::schema::anything", default));
        }
        if !matches!(self.presence(field), Presence::Required | Presence::Nullable) {
            schema.push(quote!(skip_serializing_if = "Option::is_none"));
        }
        let mut attributes = Vec::new();
        if field.deprecated {
            attributes.push(word("deprecated"));
        }
        if !schema.is_empty() {
            attributes.extend(self.json_schema(&quote!(#(#schema),*)));
        }
        attributes
    }

    fn json_schema(&self, arguments: &TokenStream) -> Option<syn::Attribute> {
        self.if_schemars(quote!(schemars(#arguments)))
    }

    fn if_schemars(&self, attribute: TokenStream) -> Option<syn::Attribute> {
        let is_possible = self.context.json_schemas == JsonSchemas::ByFeature;
        is_possible.then(|| list("cfg_attr", quote!(feature = "schemars", #attribute)))
    }

    /// Returns whether a field of a response may have the documented type instead of the observed one.
    fn is_loose(&self, field: &Field) -> bool {
        self.form == Form::Read && field.deviation.is_some() && self.presence(field) == Presence::Optional
    }

    /// How the fields get their values.
    fn given(&self) -> BTreeMap<String, Given> {
        let given = |field: &Field| Given {
            place: match self.presence(field) {
                Presence::Required => Place::New,
                Presence::Patch => Place::Patch,
                Presence::Optional | Presence::Nullable => Place::Setter,
            },
            takes: match self.context.forms.value_type(self.schema, field, self.form) {
                RustType::Text => Takes::Text,
                RustType::Id(_) => Takes::Id,
                RustType::List(item) if matches!(*item, RustType::Id(_)) => Takes::Ids,
                _ => Takes::Value,
            },
        };
        self.fields.iter().map(|field| (field.rust_name.clone(), given(field))).collect()
    }

    /// The table from which serialization and deserialization are written.
    fn wire(&self, item: &syn::ItemStruct) -> Item {
        let name = &item.ident;
        let rows = self.fields.iter().enumerate().map(|(index, field)| {
            let index = Literal::usize_unsuffixed(index);
            let read = format_ident!("{}", if self.is_loose(field) { "loose" } else { "plain" });
            let is_optional = matches!(self.presence(field), Presence::Optional | Presence::Patch);
            let write = format_ident!("{}", if is_optional { "optional" } else { "always" });
            let (ident, key) = (format_ident!("{}", field.rust_name), format!(",\"{}\":", field.name));
            quote!(#index #read #write #ident = #key,)
        });
        let required =
            self.fields.iter().enumerate().filter(|(_, field)| self.is_required(field)).map(|(index, field)| {
                let (ident, index) = (format_ident!("{}", field.rust_name), Literal::usize_unsuffixed(index));
                quote!(#ident = #index)
            });
        let expected = format!("an object ({name})");
        let mut has_additional = item.fields.iter().filter_map(|field| field.ident.as_ref());
        let additional = has_additional.find(|ident| *ident == ADDITIONAL);
        source::macro_call(
            &["campfire_values", "object"],
            quote!(#name { #(#rows)* } required [#(#required),*] expected #expected #additional),
        )
    }

    /// The accessors that tell the records of a list apart.
    fn record(&self, name: &syn::Ident) -> Result<Item, String> {
        let sdk = |name: &str| RustType::Sdk(name.to_owned());
        let mut identity = self.fields.iter().filter(|field| field.identity);
        let identity = match (identity.next(), identity.next()) {
            (Some(id), None) if self.field_is(id, &RustType::Integer) => {
                let id = format_ident!("{}", id.rust_name);
                quote!(Some(i64::from(self.#id)))
            }
            _ => quote!(None),
        };
        let field = |name: &str, ty: &RustType, extra: TokenStream| {
            let field = self.fields.iter().find(|field| field.name == name && self.field_is(field, ty));
            match field.map(|field| format_ident!("{}", field.rust_name)) {
                Some(field) => quote!(self.#field),
                None => quote!(campfire_values::fields::#extra(&self.extra, #name)),
            }
        };
        let modified = field("last_modified_at", &sdk("Timestamp"), quote!(extra_time));
        let deleted = field("deleted_at", &sdk("Timestamp"), quote!(extra_time));
        let kind = name.to_string();
        let is_deleted = field("is_deleted", &RustType::Bool, quote!(extra_flag));
        source::parse(quote! {
            impl crate::list::record::Record for #name {
                const KIND: &'static str = #kind;
                #[inline]
                fn id(&self) -> Option<i64> { #identity }
                #[inline]
                fn last_modified_at(&self) -> Option<crate::Timestamp> { #modified }
                #[inline]
                fn deleted_at(&self) -> Option<crate::Timestamp> { #deleted }
                #[inline]
                fn is_deleted(&self) -> Option<bool> { #is_deleted }
            }
        })
    }

    fn field_is(&self, field: &Field, ty: &RustType) -> bool {
        self.context.forms.rust_type(&field.ty, self.form) == *ty
    }

    /// The documented limits, and the fields that have limits further inside.
    fn check(&self, name: &syn::Ident) -> Result<Item, String> {
        let fields: Vec<TokenStream> = self
            .fields
            .iter()
            .filter_map(|field| {
                let rules = rules(field);
                let is_limited = Api::names(&field.ty).is_some_and(|name| self.context.limited.contains(name));
                let (ident, key) = (format_ident!("{}", field.rust_name), &field.name);
                (is_limited || !rules.is_empty()).then(|| quote!(#ident = #key: [#(#rules),*],))
            })
            .collect();
        if fields.is_empty() {
            return source::implementation(quote!(impl ::campfire_values::limits::Check for #name), Vec::new());
        }
        Ok(source::macro_call(&["campfire_values", "check"], quote!(#name { #(#fields)* })))
    }
}

/// The limits of a field, as values of `campfire_values::limits::Limit`.
fn rules(field: &Field) -> Vec<TokenStream> {
    let Limits { minimum, maximum, min_length, max_length, min_items, max_items, .. } = &field.limits;
    let bound = |bound: &Option<(String, bool)>| match bound {
        Some((value, exclusive)) => quote!(Some((#value, #exclusive))),
        None => quote!(None),
    };
    let count = |count: &Option<u64>| match count.map(Literal::u64_unsuffixed) {
        Some(count) => quote!(Some(#count)),
        None => quote!(None),
    };
    let mut rules = Vec::new();
    if minimum.is_some() || maximum.is_some() {
        let (least, most) = (bound(minimum), bound(maximum));
        rules.push(quote!(Range(#least, #most)));
    }
    if min_length.is_some() || max_length.is_some() {
        let (least, most) = (count(min_length), count(max_length));
        rules.push(quote!(Length(#least, #most)));
    }
    if min_items.is_some() || max_items.is_some() {
        let (least, most) = (count(min_items), count(max_items));
        rules.push(quote!(Items(#least, #most)));
    }
    rules
}

/// The documentation among attributes, one attribute per line.
fn documentation(attributes: &[syn::Attribute]) -> Vec<syn::Attribute> {
    attributes.iter().filter_map(docs::text).flat_map(|text| docs::comment(&text)).collect()
}

/// Replaces the attributes of progenitor's field, except for its documentation, and shortens the paths of its type.
fn edit_field(mut field: syn::Field, attributes: impl IntoIterator<Item = syn::Attribute>) -> syn::Field {
    field.attrs = documentation(&field.attrs);
    field.attrs.extend(attributes);
    ShortPaths.visit_type_mut(&mut field.ty);
    field
}

/// An attribute such as `#[derive(…)]`.
fn list(name: &str, tokens: TokenStream) -> syn::Attribute {
    let path = Ident::new(name, Span::call_site()).into();
    let delimiter = syn::MacroDelimiter::Paren(Default::default());
    attribute(syn::Meta::List(syn::MetaList { path, delimiter, tokens }))
}

/// An attribute such as `#[deprecated]`.
fn word(name: &str) -> syn::Attribute {
    attribute(syn::Meta::Path(Ident::new(name, Span::call_site()).into()))
}

fn attribute(meta: syn::Meta) -> syn::Attribute {
    syn::Attribute {
        pound_token: Default::default(),
        style: syn::AttrStyle::Outer,
        bracket_token: Default::default(),
        meta,
    }
}

/// Names `Option`, `Vec`, and `String` as handwritten code does, and maps with their path.
struct ShortPaths;

impl VisitMut for ShortPaths {
    fn visit_type_path_mut(&mut self, ty: &mut syn::TypePath) {
        visit_type_path_mut(self, ty);
        let is_std = ty.path.leading_colon.take().is_some();
        let is_prelude =
            |last: &&syn::PathSegment| last.ident == "Option" || last.ident == "Vec" || last.ident == "String";
        if let Some(last) = ty.path.segments.last().filter(is_prelude).filter(|_| is_std).cloned() {
            ty.path.segments = std::iter::once(last).collect();
        }
    }
}
