//! `describe`: an operation, or a type.

mod example;

use std::collections::BTreeSet;

use campfire::operations::{self, Body, Field, Operation, Parameter, Response, Retry, Schema, SchemaKind, Type};
use campfire::{Json, JsonObject};

use crate::arguments::Arguments;
use crate::json::{object, option, texts};
use crate::refusal::Refusal;
use crate::request::find;
use crate::session::Session;

/// How much is said about each field. The most that fits into a result is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Detail {
    Full,
    FirstSentence,
    Types,
    /// Types of required fields, and only the names of all others.
    Names,
}

const DETAILS: [Detail; 4] = [Detail::Full, Detail::FirstSentence, Detail::Types, Detail::Names];

pub(super) fn run(session: &Session, mut arguments: Arguments) -> Result<Json, Refusal> {
    let (operation, schema) = (arguments.text("operation")?, arguments.text("schema")?);
    arguments.finish()?;
    let describe: Box<dyn Fn(Detail) -> Json> = match (operation, schema) {
        (Some(id), None) => {
            let operation = find(&id)?;
            Box::new(move |detail| describe_operation(&operation, detail))
        }
        (None, Some(name)) => {
            let schema = operations::schema(&name);
            let schema = schema.ok_or_else(|| Refusal::new(format!("no description names a type `{name:.80}`")))?;
            Box::new(move |detail| describe_schema(&schema, detail))
        }
        _ => return Err(Refusal::new("pass either `operation` or `schema`")),
    };
    let limit = session.options.max_result_bytes;
    let mut described = Json::Null;
    for detail in DETAILS {
        described = describe(detail);
        if described.to_string().len() <= limit {
            break;
        }
    }
    Ok(described)
}

fn describe_operation(operation: &Operation<'static>, detail: Detail) -> Json {
    let parameters = operation.path_parameters.iter().map(|found| (found, true));
    let parameters = parameters.chain(operation.query.iter().map(|found| (found, found.required)));
    let parameters: JsonObject = parameters.map(|(found, required)| parameter(found, required, detail)).collect();
    let request_type = operation.body.as_ref().map(|body| &body.ty);
    let response_type = response_type(&operation.response);
    object([
        ("operation", Json::from(operation.id)),
        ("summary", Json::from(&*operation.summary)),
        ("description", text(&operation.description)),
        ("request", Json::from(format!("{} {}", operation.method, operation.path))),
        ("effect", Json::from(effect(operation))),
        ("annotations", annotations(operation)),
        ("tool", Json::from(if operation.changes_data() { "preview, then confirm" } else { "call" })),
        ("check_with", option(operation.read_back)),
        ("parameters", if parameters.is_empty() { Json::Null } else { Json::Object(parameters) }),
        ("body", operation.body.as_ref().map_or(Json::Null, |body| describe_body(body, detail))),
        ("types", nested_types(request_type, detail)),
        ("response", Json::from(response(&operation.response))),
        ("response_fields", response_type.map_or(Json::Null, field_names)),
        ("errors", errors(operation)),
        ("deprecated", option(operation.deprecated.then_some(true))),
        ("reference", text(&operation.reference)),
        ("example", example::example(operation)),
    ])
}

fn text(text: &str) -> Json {
    if text.is_empty() { Json::Null } else { Json::from(text) }
}

/// Returns what the retry class says about calling the operation.
fn effect(operation: &Operation<'_>) -> String {
    let class = match operation.retry {
        Retry::Safe => "reads, changes nothing",
        Retry::Idempotent => "writes; making the call twice has the same effect as once",
        Retry::Keyed => "writes; the server processes it once per idempotency key",
        Retry::Never => "writes; made twice, it may post, pay or send twice",
    };
    match operation.changes_if {
        Some(flag) => format!("{class}, unless `{flag}` is set in the body: then it writes and needs a preview"),
        None => class.to_owned(),
    }
}

/// Returns the annotations that MCP has for tools, from the retry class.
fn annotations(operation: &Operation<'_>) -> Json {
    let reads = !operation.changes_data() && operation.changes_if.is_none();
    let idempotent = matches!(operation.retry, Retry::Safe | Retry::Idempotent) && operation.changes_if.is_none();
    object([
        ("readOnlyHint", Json::Bool(reads)),
        ("idempotentHint", Json::Bool(idempotent)),
        ("destructiveHint", Json::Bool(!reads)),
    ])
}

fn parameter(parameter: &Parameter<'static>, required: bool, detail: Detail) -> (String, Json) {
    let words = Words { required, nullable: false, references: parameter.references, deprecated: parameter.deprecated };
    (parameter.shown_name().to_owned(), Json::from(about(&parameter.ty, &words, &parameter.description, detail)))
}

fn describe_body(body: &Body<'static>, detail: Detail) -> Json {
    let Type::Object(name) = body.ty else { return Json::from(type_name(&body.ty)) };
    let note = body.partial.then_some("changes only the fields that it contains");
    let fields = operations::schema(name).map_or(Json::Null, |schema| writable_fields(&schema, body.partial, detail));
    object([("type", Json::from(name)), ("fields", fields), ("note", option(note))])
}

/// Returns the fields that can be sent.
fn writable_fields(schema: &Schema<'static>, partial: bool, detail: Detail) -> Json {
    let SchemaKind::Object { fields, additional } = &schema.kind else { return values(schema) };
    let mut described = JsonObject::default();
    let mut names = Vec::new();
    for field in fields.iter().filter(|field| !field.read_only) {
        let required = field.required && !partial;
        match detail {
            Detail::Names if !required => names.push(field.name),
            _ => drop(described.insert(field.name.to_owned(), describe_field(field, required, detail))),
        }
    }
    if !names.is_empty() {
        described.insert("(other fields)".to_owned(), Json::from(names.join(", ")));
    }
    if let Some(ty) = additional {
        described.insert("(any other key)".to_owned(), Json::from(type_name(ty)));
    }
    Json::Object(described)
}

fn describe_field(field: &Field<'static>, required: bool, detail: Detail) -> Json {
    let Field { nullable, references, deprecated, .. } = *field;
    let words = Words { required, nullable, references, deprecated };
    Json::from(about(&field.ty, &words, &field.description, detail))
}

/// What is said about a value besides its type.
struct Words {
    required: bool,
    nullable: bool,
    references: Option<&'static str>,
    deprecated: bool,
}

/// Returns a line about a value: `integer, id of vendors, required. The customer.`
fn about(ty: &Type<'static>, words: &Words, description: &str, detail: Detail) -> String {
    let mut line = type_name(ty);
    if let Some(resource) = words.references {
        line.push_str(&format!(", id of {resource}"));
    }
    for (is_so, word) in
        [(words.required, "required"), (words.nullable, "may be null"), (words.deprecated, "deprecated")]
    {
        if is_so {
            line.push_str(&format!(", {word}"));
        }
    }
    let description = description.trim();
    let description = match detail {
        Detail::Full => description,
        Detail::FirstSentence => description.split_inclusive(". ").next().unwrap_or_default().trim(),
        Detail::Types | Detail::Names => "",
    };
    if description.is_empty() { line } else { format!("{line}. {description}") }
}

fn type_name(ty: &Type<'static>) -> String {
    match ty {
        Type::String => "string".to_owned(),
        Type::Integer => "integer".to_owned(),
        Type::Boolean => "boolean".to_owned(),
        Type::Date => "date".to_owned(),
        Type::Decimal => "decimal".to_owned(),
        Type::Timestamp => "time".to_owned(),
        Type::DateOrTimestamp => "date or time".to_owned(),
        Type::File => "file".to_owned(),
        Type::Json => "any value".to_owned(),
        Type::List(item) => format!("list of {}", type_name(item)),
        Type::Map(value) => format!("object with values of type {}", type_name(value)),
        Type::Object(name) => (*name).to_owned(),
        Type::Enum(name) => enum_values(name),
    }
}

fn enum_values(name: &str) -> String {
    let Some(SchemaKind::Enum(values)) = operations::schema(name).map(|schema| schema.kind) else {
        return "string".to_owned();
    };
    let values: Vec<String> = values.iter().map(|value| value.value.to_string()).collect();
    format!("one of {}", values.join("|"))
}

/// Returns the types that a request has inside.
fn nested_types(ty: Option<&Type<'static>>, detail: Detail) -> Json {
    let mut names = BTreeSet::new();
    if let Some(ty) = ty {
        collect_types(ty, &mut names);
    }
    if let Some(Type::Object(name)) = ty {
        names.remove(name);
    }
    let schemas = names.into_iter().filter_map(operations::schema);
    let types: JsonObject =
        schemas.map(|schema| (schema.name.to_owned(), writable_fields(&schema, false, detail))).collect();
    if types.is_empty() { Json::Null } else { Json::Object(types) }
}

fn collect_types(ty: &Type<'static>, names: &mut BTreeSet<&'static str>) {
    match ty {
        Type::List(item) | Type::Map(item) => collect_types(item, names),
        Type::Object(name) if names.insert(name) => {
            if let Some(SchemaKind::Object { fields, .. }) = operations::schema(name).map(|schema| schema.kind) {
                fields.iter().filter(|field| !field.read_only).for_each(|field| collect_types(&field.ty, names));
            }
        }
        _ => {}
    }
}

fn response(response: &Response<'static>) -> String {
    match response {
        Response::Nothing => "nothing".to_owned(),
        Response::File(media) => format!("a file ({media}), which `call` does not return"),
        Response::Json(ty) => type_name(ty),
        Response::List { ty, paging } => match paging {
            operations::Paging::Whole => format!("all records at once, of type {}", type_name(ty)),
            _ => format!("pages of records of type {}", type_name(ty)),
        },
    }
}

fn response_type(response: &Response<'static>) -> Option<&'static str> {
    match response {
        Response::Json(Type::Object(name)) | Response::List { ty: Type::Object(name), .. } => Some(name),
        _ => None,
    }
}

fn field_names(schema: &'static str) -> Json {
    match operations::schema(schema).map(|schema| schema.kind) {
        Some(SchemaKind::Object { fields, .. }) => {
            let names = fields.iter().filter(|field| !field.write_only).map(|field| field.name);
            Json::from(names.collect::<Vec<_>>().join(", "))
        }
        _ => Json::Null,
    }
}

fn errors(operation: &Operation<'static>) -> Json {
    let general = |status: &str| matches!(status, "4XX" | "5XX");
    let errors = operation.errors.iter().filter(|error| !general(error.status));
    let errors: Vec<String> = errors.map(|error| format!("{}: {}", error.status, error.description)).collect();
    if errors.is_empty() { Json::Null } else { texts(errors) }
}

fn describe_schema(schema: &Schema<'static>, detail: Detail) -> Json {
    let fields = match &schema.kind {
        SchemaKind::Enum(_) => values(schema),
        SchemaKind::Object { fields, additional } => {
            let described = fields.iter().map(|field| {
                let line = describe_field(field, field.required, detail.min(Detail::Types));
                let line = line.as_str().unwrap_or_default();
                let line = if field.read_only { format!("{line} (only in responses)") } else { line.to_owned() };
                (field.name.to_owned(), Json::from(line))
            });
            let any_other = additional.as_ref().map(|ty| ("(any other key)".to_owned(), Json::from(type_name(ty))));
            Json::Object(described.chain(any_other).collect())
        }
    };
    object([("type", Json::from(schema.name)), ("description", text(&schema.description)), ("fields", fields)])
}

fn values(schema: &Schema<'static>) -> Json {
    let SchemaKind::Enum(values) = &schema.kind else { return Json::Null };
    let described = values.iter().map(|value| (value.value.to_string(), option(value.meaning.as_deref())));
    Json::Object(described.collect())
}
