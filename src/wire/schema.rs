//! JSON Schemas of pages and open enums (feature `schemars`); those of objects are derived.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::page::Page;

impl<T: JsonSchema> JsonSchema for Page<T> {
    fn schema_name() -> Cow<'static, str> {
        Cow::Owned(format!("{}Page", T::schema_name()))
    }

    fn schema_id() -> Cow<'static, str> {
        Cow::Owned(format!("campfire::Page<{}>", T::schema_id()))
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let rows = generator.subschema_for::<T>();
        json_schema!({
            "type": "object",
            "description": "One page of a list.",
            "properties": {
                "count": {"type": ["integer", "null"], "description": "How many rows match in all."},
                "next": {"type": ["string", "null"], "description": "The address of the next page."},
                "previous": {"type": ["string", "null"], "description": "The address of the page before."},
                "results": {"type": "array", "items": rows, "description": "The rows."}
            },
            "required": ["results"]
        })
    }
}

/// The schema of an open enum: what is known, and any other text.
pub(crate) fn open_enum(known: &[&str]) -> Schema {
    json_schema!({
        "description": "An open set: new values appear over time.",
        "anyOf": [{"enum": known}, {"type": "string"}]
    })
}

/// The schema of a field that may come as anything, because the reference and the server disagree about it.
pub(crate) fn anything(_: &mut SchemaGenerator) -> Schema {
    Schema::from(true)
}
