//! The public Rust items that a description becomes.
//!
//! Each item names the part of the description that it comes from, in the terms of the crate `campfire-diff`. Comparing
//! two surfaces shows which version bump is due, and why.

use std::collections::BTreeMap;

use crate::description::names;
use crate::description::spec::{Api, Body, Operation, Pagination, Parameter, SchemaKind, Type};
use crate::emit::forms::{Form, Forms, Presence};
use crate::emit::resources::{Resource, tree};
use crate::emit::rust_type::RustType;
use crate::emit::{constructors, conversions, lists};

/// All items, by the path under which users name them.
pub type Surface = BTreeMap<String, Item>;

/// One item: a type, a field, a method, an argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What users depend on: a type, or what a method takes and gives.
    pub signature: String,
    /// What it comes from: `components.schemas.Tag.name`, `GET /x query:limit`.
    pub subject: String,
    /// Whether adding it breaks callers: another argument breaks every call, another method none.
    pub breaks_when_added: bool,
}

/// Ends the path of the item that holds the arguments of a function in their order: what is passed by position is
/// silently mistaken for another where the order changes, and no type need differ.
pub const ORDER: &str = " order of arguments";

/// The surface of a description.
pub fn surface(api: &Api) -> Surface {
    let forms = Forms::new(api);
    let mut items = Surface::new();
    for (name, schema) in &api.schemas {
        let subject = format!("components.schemas.{name}");
        match &schema.kind {
            SchemaKind::Enum(values) => {
                add(&mut items, format!("types::{name}"), "enum", &subject, false);
                for (value, _) in values {
                    let path = format!("types::{name}::{}", names::variant(value));
                    add(&mut items, path, &format!("{value:?}"), &subject, false);
                }
            }
            SchemaKind::Object { fields, additional } => {
                for form in forms.of(name) {
                    let path = format!("types::{}", forms.name(name, form));
                    add(&mut items, path.clone(), "struct", &subject, false);
                    let mut required = Vec::new();
                    for field in forms.fields(fields, form) {
                        let from = format!("{subject}.{}", field.name);
                        let ty = forms.field_type(name, field, form).to_string();
                        if forms.presence(name, field, form) == Presence::Required {
                            required.push(field.rust_name.as_str());
                            // Nobody builds what is only read.
                            let breaks_when_added = form != Form::Read;
                            add(&mut items, format!("{path}::new({})", field.rust_name), &ty, &from, breaks_when_added);
                        }
                        // Structs that are sent are built with `..`, by their documentation.
                        add(&mut items, format!("{path}.{}", field.rust_name), &ty, &from, false);
                        if form == Form::Read && field.currency.is_some() {
                            let method = format!("{path}.{}_money()", field.rust_name);
                            add(&mut items, method, "Option<crate::Money>", &from, false);
                        }
                    }
                    if let Some(ty) = additional {
                        let ty = forms.rust_type(ty, form).to_string();
                        add(&mut items, format!("{path}.additional"), &ty, &subject, false);
                    }
                    for (to, method) in [(Form::Create, "into_create"), (Form::Update, "into_update")] {
                        if form == Form::Read && conversions::is_possible(&forms, name, to) {
                            let ty = format!("crate::types::{}", forms.name(name, to));
                            add(&mut items, format!("{path}.{method}()"), &ty, &subject, false);
                        }
                    }
                    if required.is_empty() && form != Form::Read {
                        add(&mut items, format!("{path}: Default"), "", &subject, false);
                    }
                    // Nobody builds what is only read, and a struct of many fields has no order.
                    if form != Form::Read && required.len() <= constructors::MOST_ARGUMENTS {
                        order(&mut items, &format!("{path}::new"), &required);
                    }
                }
            }
            SchemaKind::Page(_) | SchemaKind::Scalar(_) => {}
        }
    }
    for name in forms.ids().types().keys() {
        add(&mut items, format!("ids::{name}"), "struct", "", false);
    }
    for (name, resource) in &tree(api) {
        resource_items(&mut items, api, &forms, name, resource);
    }
    items
}

fn add(items: &mut Surface, path: String, signature: &str, subject: &str, breaks_when_added: bool) {
    items.insert(path, Item { signature: signature.to_owned(), subject: subject.to_owned(), breaks_when_added });
}

/// Notes the order of arguments. It comes from no single place of the description, so its subject is empty.
fn order(items: &mut Surface, function: &str, arguments: &[&str]) {
    if arguments.len() > 1 {
        add(items, format!("{function}{ORDER}"), &arguments.join(", "), "", false);
    }
}

fn resource_items(items: &mut Surface, api: &Api, forms: &Forms<'_>, module: &str, resource: &Resource<'_>) {
    for (method, operation) in &resource.operations {
        let subject = format!("{} {}", operation.method, operation.path);
        let path = format!("api::{module}::{method}");
        add(items, path.clone(), "request", &subject, false);
        let answer = forms.response_type(operation).to_string();
        add(items, format!("{path} answer"), &answer, &format!("{subject} response"), false);
        for position in 0..operation.path_parameters.len() {
            let bound = position < resource.bound.len();
            let place = if bound { "handle" } else { "argument" };
            let ty = match forms.path_type(operation, position) {
                RustType::Integer => RustType::Integer.to_string(),
                ty => format!("impl Into<{ty}>"),
            };
            // By position: its name is nobody's business but the reader's.
            add(items, format!("{path} {place} {position}"), &ty, &format!("{subject} path"), true);
        }
        let required: Vec<&str> = operation
            .query
            .iter()
            .filter(|parameter| parameter.required && !parameter.omit)
            .map(|parameter| parameter.rust_name.as_str())
            .collect();
        order(items, &path, &required);
        for parameter in operation.query.iter().filter(|parameter| !parameter.omit) {
            let from = format!("{subject} query:{}", parameter.name);
            let ty = query_type(forms, parameter);
            if parameter.required {
                add(items, format!("{path} argument {}", parameter.rust_name), &ty, &from, true);
            } else if parameter.name == lists::LIMIT && lists::has_page_size(operation) {
                add(items, format!("{path}.page_size()"), "u32", &from, false);
            } else {
                add(items, format!("{path}.{}()", parameter.rust_name), &ty, &from, false);
            }
        }
        body_items(items, api, forms, &path, &subject, operation);
        if let Some(pagination) = operation.pagination {
            let kind = match pagination {
                Pagination::Offset => "offset",
                Pagination::Cursor => "cursor",
                Pagination::None => "whole",
            };
            add(items, format!("{path} pages"), kind, &subject, false);
            if let Some(record) = forms.response_type(operation).page_of() {
                for ability in lists::abilities(operation) {
                    add(items, format!("{path}.{ability}()"), &record.to_string(), &subject, false);
                }
            }
        }
        if operation.deprecated {
            add(items, format!("{path} deprecated"), "", &subject, false);
        }
    }
    for (name, child) in &resource.children {
        resource_items(items, api, forms, &format!("{module}::{name}"), child);
    }
}

fn query_type(forms: &Forms<'_>, parameter: &Parameter) -> String {
    let ty = forms.query_type(parameter);
    if parameter.explode { ty.to_string() } else { format!("{ty}, joined") }
}

fn body_items(items: &mut Surface, api: &Api, forms: &Forms<'_>, path: &str, subject: &str, operation: &Operation) {
    let from = format!("{subject} request");
    match &operation.body {
        Some(Body { multipart: true, ty: Type::Named(name), .. }) => {
            let Some(SchemaKind::Object { fields, .. }) = api.schema(name).map(|schema| &schema.kind) else { return };
            let is_required = |field: &&crate::description::spec::Field| field.required || field.ty == Type::File;
            let parts: Vec<&str> = fields.iter().filter(is_required).map(|field| field.rust_name.as_str()).collect();
            order(items, &format!("{path} parts"), &parts);
            for field in fields {
                let required = is_required(&field);
                let ty = forms.value_type(name, field, Form::Create).to_string();
                let from = format!("components.schemas.{name}.{}", field.name);
                if required {
                    add(items, format!("{path} argument {}", field.rust_name), &ty, &from, true);
                } else {
                    add(items, format!("{path}.{}()", field.rust_name), &ty, &from, false);
                }
            }
        }
        _ => {
            if let Some(ty) = forms.body_type(operation) {
                add(items, format!("{path} argument body"), &ty.to_string(), &from, true);
            }
        }
    }
}
