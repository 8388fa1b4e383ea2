//! From what is stored to what is answered.

use super::Face;
use super::model::{Answer, Field, Model, Type};
use super::store::{Record, Store, wire_time};
use crate::{Json, JsonObject};

/// How deep schema-shaped fillings go: schemas may contain themselves.
const DEPTH: usize = 4;

/// Makes the record that a body creates: what the caller sent, and what the server sets.
pub(crate) fn new_record(model: &Model, store: &mut Store, schema: &str, body: &JsonObject, id: i64) -> JsonObject {
    let mut fields = JsonObject::new();
    for field in model.fields(schema) {
        let sent = if field.read_only { None } else { body.get(&field.name) };
        let value = match sent {
            _ if field.identity && field.name == "id" => Json::from(id),
            Some(value) => sent_value(model, store, &field.ty, value),
            None => initial(store, field),
        };
        fields.insert(field.name.clone(), value);
    }
    keep_custom_fields(body, &mut fields);
    fields
}

/// Changes a record as a body says. `whole` bodies (PUT) reset what they leave out.
pub(crate) fn change(
    model: &Model,
    store: &mut Store,
    schema: &str,
    body: &JsonObject,
    fields: &mut JsonObject,
    whole: bool,
) {
    for field in model.fields(schema).iter().filter(|field| !field.read_only) {
        match body.get(&field.name) {
            Some(value) => {
                let value = sent_value(model, store, &field.ty, value);
                fields.insert(field.name.clone(), value);
            }
            // Django REST Framework keeps what a PUT leaves out, unless the field has a default.
            None if whole && field.default.is_some() => {
                fields.insert(field.name.clone(), initial(store, field));
            }
            None => {}
        }
    }
    fields.insert("last_modified_at".to_owned(), wire_time(store.now()));
    keep_custom_fields(body, fields);
}

/// Custom fields are top-level members that no schema lists.
fn keep_custom_fields(body: &JsonObject, fields: &mut JsonObject) {
    for (key, value) in body.iter().filter(|(key, _)| key.starts_with("custom_field_")) {
        fields.insert(key.clone(), value.clone());
    }
}

/// What was sent, with what the server adds to nested objects.
fn sent_value(model: &Model, store: &mut Store, ty: &Type, value: &Json) -> Json {
    match (ty, value) {
        (Type::List(inner), Json::Array(items)) => {
            Json::Array(items.iter().map(|item| sent_value(model, store, inner, item)).collect())
        }
        (Type::Object(name), Json::Object(members)) => {
            let id = store.new_id();
            Json::Object(new_record(model, store, name, members, id))
        }
        // Numbers may be sent as texts; the server stores numbers.
        (Type::Integer, Json::String(text)) => text.parse::<i64>().map_or_else(|_| value.clone(), Json::from),
        (Type::Decimal, Json::String(_)) => value.as_decimal().map_or_else(|| value.clone(), Json::from),
        _ => value.clone(),
    }
}

/// What a field holds before anybody has set it.
fn initial(store: &Store, field: &Field) -> Json {
    match (field.name.as_str(), &field.ty) {
        ("created_at" | "last_modified_at", _) => wire_time(store.now()),
        // The tenant.
        ("customer", Type::Integer) if field.read_only => Json::from(1),
        ("is_deleted", _) => Json::Bool(false),
        _ => match (&field.default, &field.ty) {
            (Some(default), _) => default.clone(),
            (None, Type::List(_)) => Json::Array(Vec::new()),
            (None, Type::Boolean) if !field.nullable => Json::Bool(false),
            _ => Json::Null,
        },
    }
}

/// A record as an answer shows it.
pub(crate) fn record(model: &Model, store: &Store, face: Face, schema: &str, record: &Record) -> Json {
    let mut shown = record.fields.clone();
    for field in model.fields(schema) {
        if field.write_only {
            shown.remove(&field.name);
            continue;
        }
        if let Some(derived) = &field.derived {
            let value = derive(model, store, schema, &record.fields, derived);
            shown.insert(field.name.clone(), value);
        }
        let null = shown.get(&field.name).is_none_or(Json::is_null);
        if null && !field.nullable && !field.identity {
            match face {
                // Fields that are documented as always there are left out when the link behind them is null.
                Face::Wire if field.read_only => {
                    shown.remove(&field.name);
                }
                Face::Wire => {
                    shown.insert(field.name.clone(), Json::Null);
                }
                Face::Documented => {
                    shown.insert(field.name.clone(), filling(model, &field.ty, field.format.as_deref(), DEPTH));
                }
            }
        }
    }
    Json::Object(shown)
}

/// The property of the record that a sibling references.
fn derive(model: &Model, store: &Store, schema: &str, fields: &JsonObject, derived: &str) -> Json {
    let Some((sibling, property)) = derived.split_once('.') else { return Json::Null };
    let resource =
        model.fields(schema).iter().find(|field| field.name == sibling).and_then(|field| field.references.as_deref());
    let (Some(resource), Some(id)) = (resource, fields.get(sibling).and_then(Json::as_i64)) else { return Json::Null };
    store.get(resource, id).and_then(|record| record.fields.get(property)).cloned().unwrap_or(Json::Null)
}

/// The four members that a deleted row still has.
pub(crate) fn deleted_row(id: i64, record: &Record) -> Json {
    let time = record.deleted.map_or(Json::Null, wire_time);
    Json::Object(JsonObject::from([
        ("id".to_owned(), Json::from(id)),
        ("is_deleted".to_owned(), Json::Bool(true)),
        ("deleted_at".to_owned(), time.clone()),
        ("last_modified_at".to_owned(), time),
    ]))
}

/// A valid answer where the sandbox does not know what the operation does.
pub(crate) fn shaped(model: &Model, answer: &Answer) -> Json {
    match answer {
        Answer::Value { ty } => filling(model, ty, None, DEPTH),
        Answer::List { .. } => Json::Array(Vec::new()),
        Answer::Page { .. } | Answer::Nothing | Answer::Bytes { .. } => Json::Null,
    }
}

/// A value of a type that says nothing.
fn filling(model: &Model, ty: &Type, format: Option<&str>, depth: usize) -> Json {
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
        Type::Timestamp => Json::from("2025-01-01T00:00:00+0000"),
        Type::Json => Json::Null,
        Type::List(_) => Json::Array(Vec::new()),
        Type::Map(_) => Json::Object(JsonObject::new()),
        Type::Enum(name) => model
            .enums
            .get(name)
            .and_then(|values| values.first())
            .map_or(Json::Null, |value| Json::from(value.as_str())),
        Type::Object(_) if depth == 0 => Json::Null,
        Type::Object(name) => {
            let mut members = JsonObject::new();
            for field in model.fields(name).iter().filter(|field| !field.write_only) {
                let value = if field.nullable {
                    Json::Null
                } else {
                    filling(model, &field.ty, field.format.as_deref(), depth - 1)
                };
                members.insert(field.name.clone(), value);
            }
            Json::Object(members)
        }
    }
}

/// A small file that is valid for its type.
pub(crate) fn file(media: &str) -> Vec<u8> {
    match media {
        "application/pdf" => PDF.into(),
        "text/csv" => b"id,note\r\n1,sandbox\r\n".into(),
        // An empty ZIP archive, which is what an XLSX file is at least.
        _ => b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0".into(),
    }
}

/// One empty page.
const PDF: &[u8] =
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\nxref\n0 4\n0000000000 65535 f \n0000000009 00000 n \n\
0000000052 00000 n \n0000000101 00000 n \ntrailer<</Size 4/Root 1 0 R>>\nstartxref\n164\n%%EOF\n";
