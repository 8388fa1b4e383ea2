//! Writes the table of operations: everything that a call by operation id, a command or a tool needs to know.

use std::borrow::Cow;
use std::collections::BTreeMap;

use campfire_operation_table as table;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::description::spec::{
    Answer, Api, Body, Field, Limits, Money, Operation, Pagination, Parameter, Retry, RetryVariant, Schema, SchemaKind,
    Type,
};
use crate::emit::arguments::ident;
use crate::emit::forms::Form;
use crate::emit::resources::{Resource, tree};
use crate::emit::{lists, resources, source};

/// The table of operations, for calls by operation id.
#[derive(Clone, Debug)]
pub struct OperationTable {
    /// The operations, one per line.
    pub operations: String,
    /// The schemas that operations refer to, one per line.
    pub schemas: String,
    /// A static that lists the endpoints of the operations, in the same order.
    pub endpoints: String,
}

/// Generates the table, and the static that lists the endpoints in its order.
///
/// # Errors
/// If the generated code is not Rust.
pub fn generate(api: &Api) -> Result<OperationTable, String> {
    let tree = tree(api);
    let mut entries = BTreeMap::new();
    for (name, resource) in &tree {
        collect(api, resource, &quote!(crate::api::), name, &mut entries);
    }
    let endpoints = entries.values().map(|(_, path)| path);
    let endpoints = source::items(quote! {
        /// The endpoints of the operations, in the order of the table.
        static ENDPOINTS: &[&crate::call::Endpoint] = &[#(&#endpoints),*];
    })?;
    let schemas = api.schemas.values().filter_map(|found| Some((found.name.as_str(), schema(api, found)?)));
    let unwritten = |error: serde_json::Error| error.to_string();
    Ok(OperationTable {
        operations: table::write(entries.iter().map(|(id, (entry, _))| (*id, entry))).map_err(unwritten)?,
        schemas: table::write(schemas).map_err(unwritten)?,
        endpoints: source::format(endpoints),
    })
}

/// The operations by id, each with the path of its endpoint.
type Entries<'a> = BTreeMap<&'a str, (table::Operation<'a>, TokenStream)>;

fn collect<'a>(api: &'a Api, resource: &'a Resource<'a>, parent: &TokenStream, name: &str, entries: &mut Entries<'a>) {
    let module = ident(name);
    let module = quote!(#parent #module::);
    for (method, operation) in &resource.operations {
        let endpoint = format_ident!("{}", method.to_uppercase());
        entries.insert(&operation.id, (self::operation(api, operation, resource), quote!(#module #endpoint)));
    }
    for (name, child) in &resource.children {
        collect(api, child, &module, name, entries);
    }
}

fn operation<'a>(api: &'a Api, operation: &'a Operation, resource: &'a Resource<'a>) -> table::Operation<'a> {
    let queries = operation.query.iter().filter(|parameter| !parameter.omit);
    table::Operation {
        id: &operation.id,
        method: &operation.method,
        path: &operation.path,
        summary: text(&operation.summary),
        description: text(&operation.description),
        reference: text(&operation.reference),
        retry: match operation.retry {
            Retry::Safe => table::Retry::Safe,
            Retry::Idempotent => table::Retry::Idempotent,
            Retry::Keyed => table::Retry::Keyed,
            Retry::Never => table::Retry::Never,
        },
        changes_if: match &operation.variant {
            Some(RetryVariant::IfSet { name, retry, .. })
                if operation.retry == Retry::Safe && *retry != Retry::Safe =>
            {
                Some(name)
            }
            _ => None,
        },
        read_back: operation.read_back.as_deref(),
        money: operation.money.map(|money| match money {
            Money::Moves => table::Money::Moves,
            Money::Records => table::Money::Records,
        }),
        path_parameters: path_parameters(api, operation, resource),
        query: queries.map(|found| parameter(api, found)).collect(),
        body: operation.body.as_ref().map(|found| body(api, operation, found)),
        response: response(api, operation),
        errors: operation.refusals.iter().map(error_status).collect(),
        deprecated: operation.deprecated,
    }
}

/// Returns the path parameters under the names that the SDK gives them: those of the handle, where the handle binds them.
fn path_parameters<'a>(
    api: &'a Api,
    operation: &'a Operation,
    resource: &'a Resource<'a>,
) -> Vec<table::Parameter<'a>> {
    let parameters = operation.path_parameters.iter().enumerate();
    let renamed = |(position, found): (usize, &'a Parameter)| {
        let bound = resource.bound.get(position);
        let key = bound.map_or(found.rust_name.as_str(), |binding| &binding.name);
        let label = Some(Cow::Owned(resources::parameter_name(found, &resource.path)));
        table::Parameter { key, label, ..parameter(api, found) }
    };
    parameters.map(renamed).collect()
}

fn text(text: &str) -> Cow<'_, str> {
    Cow::Borrowed(text.trim())
}

fn error_status((status, description): &(String, String)) -> table::ErrorStatus<'_> {
    table::ErrorStatus { status, description: text(description) }
}

fn parameter<'a>(api: &'a Api, parameter: &'a Parameter) -> table::Parameter<'a> {
    let is_list = matches!(parameter.ty, Type::Array(_));
    table::Parameter {
        name: &parameter.name,
        key: &parameter.rust_name,
        label: None,
        description: text(&parameter.description),
        ty: ty(api, &parameter.ty),
        required: parameter.required,
        repeated: is_list && parameter.explode,
        deprecated: parameter.deprecated,
        references: parameter.references.as_deref(),
        limits: table::Limits { min_length: parameter.min_length, ..table::Limits::default() },
    }
}

fn body<'a>(api: &'a Api, operation: &Operation, body: &'a Body) -> table::Body<'a> {
    let partial = Form::of_body(operation) == Form::Update;
    table::Body { ty: ty(api, &body.ty), multipart: body.multipart, partial }
}

fn response<'a>(api: &'a Api, operation: &'a Operation) -> table::Response<'a> {
    match &operation.answer {
        Answer::Nothing => table::Response::Nothing,
        Answer::Bytes(media) => table::Response::File(media),
        Answer::Json(answer) => match (operation.pagination, records(api, answer)) {
            (Some(pagination), Some(ty)) => table::Response::List { ty, paging: paging(operation, pagination) },
            _ => table::Response::Json(ty(api, answer)),
        },
    }
}

/// Returns the type of the records, if the type is a page or an array.
fn records<'a>(api: &'a Api, answer: &'a Type) -> Option<table::Type<'a>> {
    match answer {
        Type::Array(items) => Some(ty(api, items)),
        Type::Named(name) => match &api.schema(name)?.kind {
            SchemaKind::Page(records) => Some(table::Type::Object(records)),
            _ => None,
        },
        _ => None,
    }
}

fn paging(operation: &Operation, pagination: Pagination) -> table::Paging {
    match lists::kind(operation, pagination) {
        "offset" => table::Paging::Offset,
        "cursor" => table::Paging::Cursor,
        _ => table::Paging::Whole,
    }
}

/// Returns a schema, unless types replace it: scalars and pages have no entry.
fn schema<'a>(api: &'a Api, schema: &'a Schema) -> Option<table::Schema<'a>> {
    let kind = match &schema.kind {
        SchemaKind::Enum(values) => table::SchemaKind::Enum(values.iter().map(enum_value).collect()),
        SchemaKind::Object { fields, additional } => table::SchemaKind::Object {
            fields: fields.iter().map(|found| field(api, found)).collect(),
            additional: additional.as_ref().map(|found| ty(api, found)),
        },
        SchemaKind::Page(_) | SchemaKind::Scalar(_) => return None,
    };
    Some(table::Schema { name: &schema.name, description: text(&schema.description), kind })
}

fn enum_value((value, meaning): &(String, Option<String>)) -> table::EnumValue<'_> {
    table::EnumValue { value: Cow::Borrowed(value), meaning: meaning.as_deref().map(text) }
}

fn field<'a>(api: &'a Api, field: &'a Field) -> table::Field<'a> {
    table::Field {
        name: &field.name,
        key: &field.rust_name,
        description: text(&field.description),
        ty: ty(api, &field.ty),
        required: field.required,
        nullable: field.nullable,
        read_only: field.read_only,
        write_only: field.write_only,
        deprecated: field.deprecated,
        references: field.references.as_deref(),
        limits: limits(&field.limits),
    }
}

fn limits(limits: &Limits) -> table::Limits<'_> {
    table::Limits {
        minimum: limits.minimum.as_ref().map(self::bound),
        maximum: limits.maximum.as_ref().map(self::bound),
        min_length: limits.min_length,
        max_length: limits.max_length,
        min_items: limits.min_items,
        max_items: limits.max_items,
    }
}

fn bound((value, exclusive): &(String, bool)) -> table::Bound<'_> {
    table::Bound { value, exclusive: *exclusive }
}

fn ty<'a>(api: &'a Api, ty: &'a Type) -> table::Type<'a> {
    match ty {
        Type::String => table::Type::String,
        Type::Integer => table::Type::Integer,
        Type::Boolean => table::Type::Boolean,
        Type::Date => table::Type::Date,
        Type::File => table::Type::File,
        Type::Json => table::Type::Json,
        Type::Array(inner) => table::Type::List(Box::new(self::ty(api, inner))),
        Type::Map(inner) => table::Type::Map(Box::new(self::ty(api, inner))),
        Type::Named(name) => named(api, name),
    }
}

fn named<'a>(api: &'a Api, name: &'a str) -> table::Type<'a> {
    match api.schema(name).map(|schema| &schema.kind) {
        Some(SchemaKind::Object { .. }) => table::Type::Object(name),
        Some(SchemaKind::Enum(_)) => table::Type::Enum(name),
        Some(SchemaKind::Scalar(scalar)) => match scalar.as_str() {
            "decimal" => table::Type::Decimal,
            "timestamp" => table::Type::Timestamp,
            "date-or-timestamp" => table::Type::DateOrTimestamp,
            _ => table::Type::Json,
        },
        Some(SchemaKind::Page(_)) | None => table::Type::Json,
    }
}
