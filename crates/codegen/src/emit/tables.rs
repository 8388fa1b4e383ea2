//! Lists as tables: which lists can be copied without naming them, and which fields their records have.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::{Value, json};
use syn::Item;

use crate::description::spec::{Api, Field, SchemaKind, Type};
use crate::emit::arguments::Context;
use crate::emit::forms::Forms;
use crate::emit::resources::Resource;
use crate::emit::rust_type::RustType;
use crate::emit::{lists, source};

/// Generates the static that names every list without parameters of its own, parents before their children.
pub(crate) fn registry(context: &Context<'_>, tree: &BTreeMap<String, Resource<'_>>) -> Result<Item, String> {
    let mut tables = Vec::new();
    for resource in tree.values() {
        collect(context, resource, None, &mut tables);
    }
    source::parse(quote! {
        pub(crate) static TABLES: &[crate::list::table::Table] = &[#(#tables),*];
    })
}

/// Adds the list of a resource, and those below each of its records.
fn collect(context: &Context<'_>, resource: &Resource<'_>, parent: Option<&str>, tables: &mut Vec<TokenStream>) {
    let list = resource.operations.iter().find(|(method, _)| *method == "list");
    let record = lists::records(context, resource);
    let is_table = parent.is_some() || resource.bound.is_empty();
    let name = resource.path.replace('.', "_");
    if let (Some((_, list)), Some(RustType::Generated(record)), true) = (list, record, is_table) {
        let path: Vec<_> = resource.path.split('.').map(|step| format_ident!("{step}")).collect();
        let paging = format_ident!("{}", lists::paging(list));
        let sync = match lists::can_sync(list).then_some(list.ordered) {
            Some(ordered) => quote!(Some(#ordered)),
            None => quote!(None),
        };
        let ids = resource.bound.iter().map(|binding| &binding.name);
        let parent = match parent {
            Some(parent) => quote!(Some(#parent)),
            None => quote!(None),
        };
        tables.push(quote! {
            crate::list::table::Table {
                name: #name,
                endpoint: &#(#path::)*LIST,
                paging: crate::list::position::Paging::#paging,
                sync: #sync,
                record: #record,
                ids: &[#(#ids),*],
                parent: #parent,
            }
        });
        for child in lists::children_with_id(resource) {
            collect(context, child, Some(&name), tables);
        }
    }
    for child in resource.children.values().filter(|child| child.bound.is_empty()) {
        collect(context, child, None, tables);
    }
}

/// Generates the fields of all records of lists, and of the objects inside them, as JSON.
pub fn fields(api: &Api, forms: &Forms<'_>) -> String {
    let pages = api.operations.iter().map(|operation| forms.response_type(operation));
    let records: Vec<String> = pages
        .filter_map(|response| match response.page_of() {
            Some(RustType::Generated(record)) => Some(record.clone()),
            _ => None,
        })
        .collect();
    let reached = api.closure(records.iter().map(String::as_str), |field| !field.write_only);
    let objects = reached.into_iter().filter_map(|name| match &api.schema(name)?.kind {
        SchemaKind::Object { fields, .. } => Some((name.to_owned(), object(api, fields))),
        _ => None,
    });
    Value::Object(objects.collect()).to_string()
}

/// The fields of an object, in the order of the description.
fn object(api: &Api, fields: &[Field]) -> Value {
    let readable = fields.iter().filter(|field| !field.write_only);
    readable.map(|field| json!({"name": field.name, "type": field_type(api, &field.ty)})).collect()
}

/// The type of a field, in the words of `campfire::tables::FieldType`.
fn field_type(api: &Api, ty: &Type) -> Value {
    match ty {
        Type::String | Type::File => json!("text"),
        Type::Integer => json!("integer"),
        Type::Boolean => json!("boolean"),
        Type::Date => json!("date"),
        Type::Json => json!("json"),
        Type::Array(item) => json!({"list": field_type(api, item)}),
        Type::Map(value) => json!({"map": field_type(api, value)}),
        Type::Named(name) => match api.schema(name).map(|schema| &schema.kind) {
            Some(SchemaKind::Scalar(scalar)) => scalar_type(scalar),
            Some(SchemaKind::Enum(_)) => json!("text"),
            Some(SchemaKind::Object { .. }) => json!({"record": name}),
            Some(SchemaKind::Page(_)) | None => json!("json"),
        },
    }
}

fn scalar_type(scalar: &str) -> Value {
    match scalar {
        "decimal" | "timestamp" => json!(scalar),
        // Either of two kinds, so no narrower type holds all of its values.
        "date-or-timestamp" => json!("text"),
        _ => json!("json"),
    }
}
