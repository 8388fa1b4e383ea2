//! Values for fields that nothing has set, and bodies for operations whose result the sandbox does not know.

use campfire_sandbox_model::{Field, Response, Type};
use campfire_values::{Json, JsonObject};

use crate::model::api::Api;

/// The depth to which nested objects are filled and sums of sums are computed. Schemas may contain themselves.
pub(crate) const DEPTH: usize = 4;

/// Returns the value of a field in a new record.
pub(crate) fn initial(field: &Field) -> Json {
    match (field.name.as_str(), &field.ty) {
        // The organization, which is called customer here.
        ("customer", Type::Integer) if field.read_only => Json::from(1),
        ("is_deleted", _) => Json::Bool(false),
        _ => match (&field.default, &field.ty) {
            (Some(default), _) => Json::from(default.clone()),
            (None, Type::List(_)) if !field.nullable => Json::Array(Vec::new()),
            (None, Type::Boolean) if !field.nullable => Json::Bool(false),
            // JSON fields in Django that may not be null default to an empty object.
            (None, Type::Json) if !field.nullable && !field.read_only => Json::Object(JsonObject::new()),
            _ => Json::Null,
        },
    }
}

/// Returns a valid body for a response.
pub(crate) fn body(api: &Api, response: &Response) -> Json {
    match response {
        Response::Value { ty } => value(api, ty, None, DEPTH),
        Response::List { .. } => Json::Array(Vec::new()),
        Response::Page { .. } | Response::Nothing | Response::Bytes { .. } => Json::Null,
    }
}

/// Returns a valid value of a type that carries no information.
pub(crate) fn value(api: &Api, ty: &Type, format: Option<&str>, depth: usize) -> Json {
    match ty {
        Type::String | Type::File => match format {
            Some("uuid") => Json::from("00000000-0000-4000-8000-000000000000"),
            Some("uri") => Json::from("https://sandbox.invalid/"),
            Some("email") => Json::from("nobody@sandbox.invalid"),
            _ => Json::from(""),
        },
        Type::Integer | Type::Decimal => Json::from(0),
        Type::Boolean => Json::Bool(false),
        Type::Date => Json::from("2025-01-01"),
        Type::Timestamp => Json::from("2025-01-01T00:00:00Z"),
        Type::List(_) => Json::Array(Vec::new()),
        Type::Json | Type::Map(_) => Json::Object(JsonObject::new()),
        Type::Enum(name) => api.enum_values(name).first().map_or(Json::Null, |value| Json::from(value.as_str())),
        Type::Object(_) if depth == 0 => Json::Null,
        Type::Object(name) => {
            let fields = api.fields(name).iter().filter(|field| !field.write_only).map(|field| {
                let value = match field.nullable {
                    true => Json::Null,
                    false => value(api, &field.ty, field.format.as_deref(), depth - 1),
                };
                (field.name.clone(), value)
            });
            Json::Object(fields.collect())
        }
    }
}

/// Returns a small file that is valid for its media type.
pub(crate) fn file(media: &str) -> Vec<u8> {
    match media {
        "application/pdf" => PDF.into(),
        "text/csv" => b"id,note\r\n1,sandbox\r\n".into(),
        // An empty ZIP archive, the container of XLSX.
        _ => b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0".into(),
    }
}

/// A document with one empty page.
const PDF: &[u8] =
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\nxref\n0 4\n0000000000 65535 f \n0000000009 00000 n \n\
0000000052 00000 n \n0000000101 00000 n \ntrailer<</Size 4/Root 1 0 R>>\nstartxref\n164\n%%EOF\n";
