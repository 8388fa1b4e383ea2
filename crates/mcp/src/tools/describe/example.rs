//! Examples: the arguments of a call with all that is required.

use campfire::operations::{self, Operation, Parameter, SchemaKind, Type};
use campfire::{Json, JsonObject};

use crate::json::object;

/// How deep nested objects are shown.
const MAX_DEPTH: usize = 3;
/// The number of fields that an object without required fields shows.
const SHOWN_FIELDS: usize = 3;

/// Returns the arguments of a call.
pub(super) fn example(operation: &Operation<'static>) -> Json {
    let required = operation.query.iter().filter(|parameter| parameter.required);
    let value = |parameter: &Parameter<'static>| (parameter.shown_name().to_owned(), value(&parameter.ty, 1, false));
    let parameters: JsonObject = operation.path_parameters.iter().chain(required).map(value).collect();
    let body = operation.body.as_ref().filter(|body| !body.multipart);
    object([
        ("operation", Json::from(operation.id)),
        ("parameters", if parameters.is_empty() { Json::Null } else { Json::Object(parameters) }),
        ("body", body.map_or(Json::Null, |body| self::value(&body.ty, MAX_DEPTH, body.partial))),
    ])
}

fn value(ty: &Type<'static>, depth: usize, partial: bool) -> Json {
    match ty {
        Type::String | Type::File => Json::from("text"),
        Type::Integer => Json::from(42),
        Type::Boolean => Json::Bool(true),
        Type::Date | Type::DateOrTimestamp => Json::from("2026-11-30"),
        Type::Decimal => Json::from("12.50"),
        Type::Timestamp => Json::from("2026-11-30T12:00:00Z"),
        Type::Json | Type::Map(_) => Json::Object(JsonObject::default()),
        Type::List(item) => Json::Array(vec![value(item, depth, false)]),
        Type::Enum(name) => match operations::schema(name).map(|schema| schema.kind) {
            Some(SchemaKind::Enum(values)) => {
                Json::from(values.first().map_or_else(String::new, |first| first.value.to_string()))
            }
            _ => Json::from("text"),
        },
        Type::Object(name) => fields_of(name, depth, partial),
    }
}

fn fields_of(schema: &str, depth: usize, partial: bool) -> Json {
    let (Some(depth), Some(SchemaKind::Object { fields, .. })) =
        (depth.checked_sub(1), operations::schema(schema).map(|schema| schema.kind))
    else {
        return Json::Object(JsonObject::default());
    };
    let writable = || fields.iter().filter(|field| !field.read_only && !field.deprecated);
    let required: Vec<_> = writable().filter(|field| field.required && !partial).collect();
    let shown = if required.is_empty() { writable().take(SHOWN_FIELDS).collect() } else { required };
    Json::Object(shown.into_iter().map(|field| (field.name.to_owned(), value(&field.ty, depth, false))).collect())
}
