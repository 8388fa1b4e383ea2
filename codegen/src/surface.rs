//! The Rust items that a description becomes: what a version of the SDK promises to its users.
//!
//! Each item knows what of the description it comes from, in the words of [`crate::diff`]. Two surfaces compared say
//! which version bump is due, and why.

use std::collections::BTreeMap;

use crate::diff::Bump;
use crate::facade;
use crate::forms::{Form, Forms, Presence};
use crate::names;
use crate::resources::{Resource, tree};
use crate::spec::{Api, Body, Operation, Pagination, Parameter, SchemaKind, Type};

/// All items, by the path under which users name them.
pub type Surface = BTreeMap<String, Item>;

/// One item: a type, a field, a method, an argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What users depend on: a type, or what a method takes and gives.
    pub signature: String,
    /// What it comes from: `components.schemas.Tag.name`, `GET /x query:limit`.
    pub subject: String,
    /// What it asks of the version when it is new: an argument more breaks each call, a method more none.
    pub when_added: Bump,
}

/// A difference between two surfaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What it comes from.
    pub subject: String,
    /// The bump that it asks for.
    pub bump: Bump,
    /// `types::Tag.name: Option<String> → Option<i64>`
    pub text: String,
}

/// Ends the path of the item that holds the arguments of a function in their order: what is passed by position is
/// silently mistaken for another where the order changes, and no type need differ.
const ORDER: &str = " order of arguments";

/// The surface of a description.
pub fn surface(api: &Api) -> Surface {
    let forms = Forms::new(api);
    let mut items = Surface::new();
    for (name, schema) in &api.schemas {
        let subject = format!("components.schemas.{name}");
        match &schema.kind {
            SchemaKind::Enum(values) => {
                add(&mut items, format!("types::{name}"), "enum", &subject, Bump::Minor);
                for (value, _) in values {
                    let path = format!("types::{name}::{}", names::variant(value));
                    add(&mut items, path, &format!("{value:?}"), &subject, Bump::Minor);
                }
            }
            SchemaKind::Object { fields, additional } => {
                for form in forms.of(name) {
                    let path = format!("types::{}", forms.name(name, form));
                    add(&mut items, path.clone(), "struct", &subject, Bump::Minor);
                    let mut required = Vec::new();
                    for field in forms.fields(fields, form) {
                        let from = format!("{subject}.{}", field.name);
                        let ty = forms.field_type(name, field, form);
                        if forms.presence(name, field, form) == Presence::Required {
                            required.push(field.rust_name.as_str());
                            // Nobody builds what is only read.
                            let when_added = if form == Form::Read { Bump::Minor } else { Bump::Major };
                            add(&mut items, format!("{path}::new({})", field.rust_name), &ty, &from, when_added);
                        }
                        // Structs that are sent are built with `..`, by their documentation.
                        add(&mut items, format!("{path}.{}", field.rust_name), &ty, &from, Bump::Minor);
                    }
                    if let Some(ty) = additional {
                        let ty = forms.rust_type(ty, form);
                        add(&mut items, format!("{path}.additional"), &ty, &subject, Bump::Minor);
                    }
                    if required.is_empty() && form != Form::Read {
                        add(&mut items, format!("{path}: Default"), "", &subject, Bump::Minor);
                    }
                    // Nobody builds what is only read.
                    if form != Form::Read {
                        order(&mut items, &format!("{path}::new"), &required);
                    }
                }
            }
            SchemaKind::Page(_) | SchemaKind::Scalar(_) => {}
        }
    }
    for (name, resource) in &tree(api) {
        resource_items(&mut items, api, &forms, name, resource);
    }
    items
}

/// What has changed from one surface to another.
pub fn differences(old: &Surface, new: &Surface) -> Vec<Difference> {
    let mut differences = Vec::new();
    let mut say = |subject: &str, bump: Bump, text: String| {
        differences.push(Difference { subject: subject.to_owned(), bump, text });
    };
    let shown = |path: &str, item: &Item| match item.signature.as_str() {
        "" => path.to_owned(),
        signature => format!("{path}: {signature}"),
    };
    for (path, before) in old {
        if path.ends_with(ORDER) {
            if let Some(after) = new.get(path)
                && reordered(&before.signature, &after.signature)
            {
                say("", Bump::Major, format!("~ {path}: {} → {}", before.signature, after.signature));
            }
            continue;
        }
        match new.get(path) {
            None => say(&before.subject, Bump::Major, format!("- {}", shown(path, before))),
            Some(after) if after.signature != before.signature => {
                say(&after.subject, Bump::Major, format!("~ {path}: {} → {}", before.signature, after.signature));
            }
            Some(_) => {}
        }
    }
    for (path, after) in new.iter().filter(|(path, _)| !old.contains_key(*path) && !path.ends_with(ORDER)) {
        // A type that is new as a whole has no users whose calls could break.
        let owner = path.split("::new(").next().and_then(|owner| (owner != path).then_some(owner));
        let bump = if owner.is_some_and(|owner| !old.contains_key(owner)) { Bump::Minor } else { after.when_added };
        say(&after.subject, bump, format!("+ {}", shown(path, after)));
    }
    differences
}

fn add(items: &mut Surface, path: String, signature: &str, subject: &str, when_added: Bump) {
    items.insert(path, Item { signature: signature.to_owned(), subject: subject.to_owned(), when_added });
}

/// Notes the order of arguments. It comes from no single place of the description, so its subject is empty.
fn order(items: &mut Surface, function: &str, arguments: &[&str]) {
    if arguments.len() > 1 {
        add(items, format!("{function}{ORDER}"), &arguments.join(", "), "", Bump::Minor);
    }
}

/// Whether the arguments that both have stand in another order; one more or less is a change of its own.
fn reordered(old: &str, new: &str) -> bool {
    let shared = |arguments: &str, others: &str| -> Vec<String> {
        let others: Vec<&str> = others.split(", ").collect();
        arguments.split(", ").filter(|argument| others.contains(argument)).map(str::to_owned).collect()
    };
    shared(old, new) != shared(new, old)
}

fn resource_items(items: &mut Surface, api: &Api, forms: &Forms<'_>, module: &str, resource: &Resource<'_>) {
    for (method, operation) in &resource.operations {
        let subject = format!("{} {}", operation.method, operation.path);
        let path = format!("api::{module}::{method}");
        add(items, path.clone(), "request", &subject, Bump::Minor);
        let answer = facade::answer(forms, operation);
        add(items, format!("{path} answer"), &answer, &format!("{subject} response"), Bump::Minor);
        for (position, parameter) in operation.path_parameters.iter().enumerate() {
            let bound = position < resource.bound.len();
            let place = if bound { "handle" } else { "argument" };
            let ty = if parameter.ty == Type::Integer { "i64" } else { "impl Into<String>" };
            // By position: its name is nobody's business but the reader's.
            add(items, format!("{path} {place} {position}"), ty, &format!("{subject} path"), Bump::Major);
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
                add(items, format!("{path} argument {}", parameter.rust_name), &ty, &from, Bump::Major);
            } else {
                add(items, format!("{path}.{}()", parameter.rust_name), &ty, &from, Bump::Minor);
            }
        }
        body_items(items, api, forms, &path, &subject, operation);
        if let Some(pagination) = operation.pagination {
            let kind = match pagination {
                Pagination::Offset => "offset",
                Pagination::Cursor => "cursor",
                Pagination::None => "whole",
            };
            add(items, format!("{path} pages"), kind, &subject, Bump::Minor);
        }
        if operation.deprecated {
            add(items, format!("{path} deprecated"), "", &subject, Bump::Minor);
        }
    }
    for (name, child) in &resource.children {
        resource_items(items, api, forms, &format!("{module}::{name}"), child);
    }
}

fn query_type(forms: &Forms<'_>, parameter: &Parameter) -> String {
    let ty = forms.rust_type(&parameter.ty, Form::Create);
    if parameter.explode { ty } else { format!("{ty}, joined") }
}

fn body_items(items: &mut Surface, api: &Api, forms: &Forms<'_>, path: &str, subject: &str, operation: &Operation) {
    let from = format!("{subject} request");
    match &operation.body {
        Some(Body { multipart: true, ty: Type::Named(name), .. }) => {
            let Some(SchemaKind::Object { fields, .. }) = api.schema(name).map(|schema| &schema.kind) else { return };
            let is_required = |field: &&crate::spec::Field| field.required || field.ty == Type::File;
            let parts: Vec<&str> = fields.iter().filter(is_required).map(|field| field.rust_name.as_str()).collect();
            order(items, &format!("{path} parts"), &parts);
            for field in fields {
                let required = is_required(&field);
                let ty = forms.rust_type(&field.ty, Form::Create);
                let from = format!("components.schemas.{name}.{}", field.name);
                if required {
                    add(items, format!("{path} argument {}", field.rust_name), &ty, &from, Bump::Major);
                } else {
                    add(items, format!("{path}.{}()", field.rust_name), &ty, &from, Bump::Minor);
                }
            }
        }
        Some(body) => {
            let form = if operation.method == "PATCH" { Form::Update } else { Form::Create };
            add(items, format!("{path} argument body"), &forms.body_type(&body.ty, form), &from, Bump::Major);
        }
        None => {}
    }
}
