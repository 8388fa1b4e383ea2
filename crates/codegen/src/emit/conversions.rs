//! Conversions from records to request bodies: `into_create` and `into_update`, so that what was read can be changed and sent.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::ImplItemFn;

use crate::description::spec::{Field, SchemaKind, Type};
use crate::emit::forms::{Form, Forms, Presence};
use crate::emit::lower::EXTRA;
use crate::emit::source;

/// Returns the conversion of a record to a body, as a method of the record. `None` if the body has a required field that no
/// record has, or a field whose type is another one.
///
/// # Errors
/// If the generated code is not Rust.
pub(crate) fn generate(
    forms: &Forms<'_>,
    schema: &str,
    to: Form,
    has_extra: bool,
) -> Result<Option<ImplItemFn>, String> {
    let Some(values) = values(forms, schema, to, &mut BTreeSet::new()) else { return Ok(None) };
    let extra = format_ident!("{EXTRA}");
    let extra = has_extra.then(|| quote!(#extra: crate::convert::custom_fields(self.#extra),));
    let body = format_ident!("{}", forms.name(schema, to));
    let (method, docs) = match to {
        Form::Update => (
            "into_update",
            "Turns the record into an update that sets each field that can be written and has a value, and its custom fields. \
             Change it, and send it.",
        ),
        _ => (
            "into_create",
            "Turns the record into the body that creates it, or replaces it: the fields that can be written, and custom fields. \
             Fields that no record contains are left out.",
        ),
    };
    let docs = format!("{docs}\n\n# Errors\nIf the record lacks a field that the body requires.");
    let method = format_ident!("{method}");
    let function = source::documented(
        &docs,
        quote! {
            #[inline]
            #[allow(deprecated)]
            pub fn #method(self) -> Result<#body, crate::error::MissingField> {
                Ok(#body { #(#values)* #extra })
            }
        },
    );
    function.map(Some)
}

/// Returns `true` if a record can be converted to a body.
pub(crate) fn is_possible(forms: &Forms<'_>, schema: &str, to: Form) -> bool {
    values(forms, schema, to, &mut BTreeSet::new()).is_some()
}

/// The fields of the body. `within` are the schemas that are being converted, which contain this one.
fn values<'a>(
    forms: &Forms<'a>,
    schema: &'a str,
    to: Form,
    within: &mut BTreeSet<&'a str>,
) -> Option<Vec<TokenStream>> {
    let SchemaKind::Object { fields, additional: None } = &forms.schema(schema)?.kind else { return None };
    let kinds = forms.of(schema);
    if !kinds.contains(&Form::Read) || !kinds.contains(&to) || !within.insert(schema) {
        return None;
    }
    let values = forms.fields(fields, to).into_iter().map(|field| value(forms, schema, field, to, within)).collect();
    within.remove(schema);
    values
}

fn value<'a>(
    forms: &Forms<'a>,
    schema: &'a str,
    field: &'a Field,
    to: Form,
    within: &mut BTreeSet<&'a str>,
) -> Option<TokenStream> {
    let (ident, name) = (format_ident!("{}", field.rust_name), &field.name);
    let presence = forms.presence(schema, field, to);
    if field.write_only {
        return (presence != Presence::Required).then(|| quote!(#ident: None,));
    }
    let read = match forms.presence(schema, field, Form::Read) {
        Presence::Required => quote!(Some(self.#ident)),
        _ => quote!(self.#ident),
    };
    let same_type = forms.rust_type(&field.ty, Form::Read) == forms.rust_type(&field.ty, Form::Create);
    let converted = if same_type { read } else { nested(forms, name, &field.ty, &read, within)? };
    Some(match presence {
        Presence::Required => quote!(#ident: crate::convert::required(#name, #converted)?,),
        Presence::Optional | Presence::Nullable => quote!(#ident: #converted,),
        Presence::Patch => quote!(#ident: (#converted).map(crate::Patch::Set),),
    })
}

/// The conversion of a list of records inside a record.
fn nested<'a>(
    forms: &Forms<'a>,
    name: &str,
    ty: &'a Type,
    read: &TokenStream,
    within: &mut BTreeSet<&'a str>,
) -> Option<TokenStream> {
    let Type::Array(inner) = ty else { return None };
    let Type::Named(schema) = &**inner else { return None };
    values(forms, schema, Form::Create, within)?;
    let record = format_ident!("{}", forms.name(schema, Form::Read));
    Some(quote!(crate::convert::each(#name, #read, #record::into_create)?))
}
