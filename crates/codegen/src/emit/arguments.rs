//! The arguments of a method that starts a request, and the fields in which the request builder keeps them.

use std::collections::BTreeMap;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::description::names;
use crate::description::spec::{Api, Body, Operation, Parameter, SchemaKind, Type};
use crate::emit::forms::{Form, Forms};
use crate::emit::resources::{Binding, Resource};
use crate::emit::rust_type::{RustType, Scope};

/// The description and what progenitor made of it.
pub(crate) struct Context<'a> {
    pub(crate) api: &'a Api,
    pub(crate) forms: &'a Forms<'a>,
    /// The argument names of progenitor's methods, by method name.
    pub(crate) signatures: &'a BTreeMap<String, Vec<String>>,
    /// The examples by operation id.
    pub(crate) examples: &'a BTreeMap<String, String>,
}

impl Context<'_> {
    pub(crate) fn arguments(&self, operation: &Operation, resource: &Resource<'_>) -> Vec<Argument> {
        arguments(self, operation, resource)
    }
}

/// An argument of a method that starts a request.
pub(crate) struct Argument {
    pub(crate) name: Ident,
    /// The type of the argument.
    pub(crate) takes: TokenStream,
    /// How the call keeps the argument. `None` for the body, of which the call keeps the bytes.
    pub(crate) kept: Option<Kept>,
    /// Markdown.
    pub(crate) doc: String,
    /// Whether it is a string in the path, which is checked before the request is built.
    pub(crate) is_text_id: bool,
}

/// An argument that the call keeps.
pub(crate) struct Kept {
    /// The name under which it is kept.
    pub(crate) key: String,
    /// The expression for the value that is kept.
    pub(crate) value: TokenStream,
}

/// A part of a multipart form.
pub(crate) struct Part<'a> {
    /// The name of the part.
    pub(crate) name: &'a str,
    /// The name under which the call keeps it.
    pub(crate) key: &'a str,
    pub(crate) ident: Ident,
    pub(crate) ty: RustType,
    pub(crate) is_required: bool,
    /// Markdown.
    pub(crate) doc: &'a str,
}

/// Returns the arguments: IDs that the handle does not bind, required query parameters, and the body.
fn arguments(context: &Context<'_>, operation: &Operation, resource: &Resource<'_>) -> Vec<Argument> {
    let (api, forms) = (context.api, context.forms);
    let paths = operation.path_parameters.iter().enumerate().skip(resource.bound.len());
    let mut arguments: Vec<Argument> =
        paths.map(|(position, parameter)| path_argument(parameter, &forms.path_type(operation, position))).collect();
    arguments.extend(required(operation).map(|parameter| {
        let (takes, value) = query_value(api, forms, parameter);
        Argument {
            name: ident(&parameter.rust_name),
            takes,
            kept: Some(Kept { key: parameter.rust_name.clone(), value }),
            doc: parameter.description.clone(),
            is_text_id: false,
        }
    }));
    arguments.extend(parts(api, forms, operation).iter().filter(|part| part.is_required).map(part_argument));
    arguments.extend(forms.body_type(operation).map(|ty| {
        let ty = ty.tokens(Scope::ImportsTypes);
        Argument {
            name: format_ident!("body"),
            takes: quote!(&#ty),
            kept: None,
            doc: "The request body.".to_owned(),
            is_text_id: false,
        }
    }));
    arguments
}

fn path_argument(parameter: &Parameter, ty: &RustType) -> Argument {
    let name = ident(&parameter.rust_name);
    // A string is converted first, because it is checked as well.
    let value = if *ty == RustType::Text { quote!(#name) } else { integer_id(&name, ty) };
    Argument {
        takes: id_argument(ty),
        kept: Some(Kept { key: parameter.rust_name.clone(), value }),
        doc: parameter.description.clone(),
        is_text_id: *ty == RustType::Text,
        name,
    }
}

/// Returns the type that a method takes for a path parameter.
pub(crate) fn id_argument(ty: &RustType) -> TokenStream {
    match ty {
        RustType::Integer => quote!(i64),
        ty => {
            let ty = ty.tokens(Scope::ImportsTypes);
            quote!(impl Into<#ty>)
        }
    }
}

/// Returns the expression for the integer that a path parameter holds.
pub(crate) fn integer_id(name: &Ident, ty: &RustType) -> TokenStream {
    match ty {
        RustType::Id(_) => {
            let ty = ty.tokens(Scope::ImportsTypes);
            quote!(Into::<#ty>::into(#name).get())
        }
        _ => quote!(#name),
    }
}

fn part_argument(part: &Part<'_>) -> Argument {
    let (takes, value) = part_value(part);
    let kept = Some(Kept { key: part.key.to_owned(), value });
    Argument { name: part.ident.clone(), takes, kept, doc: part.doc.to_owned(), is_text_id: false }
}

/// Returns the type that a method takes for a part of an upload, and the expression for the value that the call keeps.
pub(crate) fn part_value(part: &Part<'_>) -> (TokenStream, TokenStream) {
    let name = &part.ident;
    let ty = part.ty.tokens(Scope::ImportsTypes);
    match part.ty {
        RustType::Text => (quote!(impl Into<String>), quote!(Into::<String>::into(#name))),
        RustType::Sdk(_) => (ty, quote!(#name)),
        // An integer may be the id of any record, whose type turns into one.
        RustType::Id(_) | RustType::Integer => (quote!(impl Into<#ty>), quote!(Into::<#ty>::into(#name).to_string())),
        _ => (ty, quote!(#name.to_string())),
    }
}

/// Returns the parts of an upload.
pub(crate) fn parts<'a>(api: &'a Api, forms: &Forms<'_>, operation: &Operation) -> Vec<Part<'a>> {
    let Some(Body { multipart: true, ty: Type::Named(name), .. }) = &operation.body else { return Vec::new() };
    let Some(SchemaKind::Object { fields, .. }) = api.schema(name).map(|schema| &schema.kind) else {
        return Vec::new();
    };
    fields
        .iter()
        .map(|field| Part {
            name: &field.name,
            key: &field.rust_name,
            ident: ident(&field.rust_name),
            ty: forms.value_type(name, field, Form::Create),
            is_required: field.required || field.ty == Type::File,
            doc: &field.description,
        })
        .collect()
}

/// Returns the query parameters that are arguments.
pub(crate) fn required(operation: &Operation) -> impl Iterator<Item = &Parameter> {
    operation.query.iter().filter(|parameter| parameter.required && !parameter.omit)
}

/// Returns the query parameters that are set on the builder.
pub(crate) fn optional(operation: &Operation) -> impl Iterator<Item = &Parameter> {
    operation.query.iter().filter(|parameter| !parameter.required && !parameter.omit)
}

/// Returns the type that a setter takes for a query parameter, and the expression that makes the sent text of it.
pub(crate) fn query_value(api: &Api, forms: &Forms<'_>, parameter: &Parameter) -> (TokenStream, TokenStream) {
    let name = ident(&parameter.rust_name);
    let ty = forms.query_type(parameter);
    match &ty {
        RustType::List(item) => {
            let (item, text) = query_item(item);
            let items = quote!(crate::call::texts(#name, |item| #text));
            let takes = quote!(impl std::iter::IntoIterator<Item = #item>);
            return (takes, if parameter.explode { items } else { quote!(#items.join(",")) });
        }
        RustType::Id(_) => {
            let ty = ty.tokens(Scope::ImportsTypes);
            return (quote!(impl Into<#ty>), quote!(Into::<#ty>::into(#name).to_string()));
        }
        _ => {}
    }
    match (&parameter.ty, api.scalar(&parameter.ty)) {
        (_, Some("decimal")) => (quote!(impl Into<crate::Decimal>), quote!(#name.into().to_string())),
        (_, Some("date-or-timestamp")) => (quote!(impl Into<crate::DateOrTimestamp>), quote!(#name.into().to_string())),
        (Type::String, _) => (quote!(impl Into<String>), quote!(Into::<String>::into(#name))),
        _ => (ty.tokens(Scope::ImportsTypes), quote!(#name.to_string())),
    }
}

/// Returns the type that a setter takes for an item of a list, and the expression for its text. An item may be borrowed, so
/// that a slice does as well as an array.
fn query_item(item: &RustType) -> (TokenStream, TokenStream) {
    let ty = item.tokens(Scope::ImportsTypes);
    match item {
        RustType::Text => (quote!(impl AsRef<str>), quote!(item.as_ref().to_owned())),
        RustType::Id(_) => (quote!(impl Into<#ty>), quote!(Into::<#ty>::into(item).to_string())),
        _ => (quote!(impl std::borrow::Borrow<#ty>), quote!(std::borrow::Borrow::<#ty>::borrow(&item).to_string())),
    }
}

/// Returns whether a query parameter is sent as `a=1&a=2`.
pub(crate) fn is_repeated(parameter: &Parameter) -> bool {
    matches!(parameter.ty, Type::Array(_)) && parameter.explode
}

pub(crate) fn id_type(is_integer: bool) -> TokenStream {
    if is_integer { quote!(i64) } else { quote!(String) }
}

/// Returns the expression that copies an ID out of a handle.
pub(crate) fn copied(binding: &Binding) -> TokenStream {
    let name = ident(&binding.name);
    if binding.integer { quote!(self.#name) } else { quote!(self.#name.clone()) }
}

/// Returns a name as an identifier, escaped if it is a keyword.
pub(crate) fn ident(name: &str) -> Ident {
    if names::is_keyword(name) { format_ident!("r#{name}") } else { format_ident!("{name}") }
}
