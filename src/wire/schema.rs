//! JSON Schemas of pages (feature `schemars`); those of objects are derived.

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
        let records = generator.subschema_for::<T>();
        json_schema!({
            "type": "object",
            "description": "One page of a list.",
            "properties": {
                "count": {"type": ["integer", "null"], "description": "The number of records in the whole list."},
                "next": {"type": ["string", "null"], "description": "The URL of the next page."},
                "previous": {"type": ["string", "null"], "description": "The URL of the previous page."},
                "results": {"type": "array", "items": records, "description": "The records."}
            },
            "required": ["results"]
        })
    }
}
