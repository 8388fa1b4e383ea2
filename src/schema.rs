//! JSON Schemas of the handwritten values (feature `schemars`); those of objects are derived.
//!
//! A schema for writing says what this crate sends; one for reading (schemars' `for_deserialize`) says what it takes.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::{DateOrTimestamp, Decimal, Json, Page, Patch, Timestamp};

/// A number as JSON writes it, in a text.
const NUMBER: &str = r"^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$";

macro_rules! named {
    ($name:literal) => {
        fn schema_name() -> Cow<'static, str> {
            Cow::Borrowed($name)
        }

        fn schema_id() -> Cow<'static, str> {
            Cow::Borrowed(concat!("campfire::", $name))
        }
    };
}

impl JsonSchema for Decimal {
    named!("Decimal");

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        if generator.contract().is_serialize() {
            return json_schema!({
                "type": "number",
                "description": "An exact decimal number of up to 28 digits. Do not read it as a binary float."
            });
        }
        json_schema!({
            "description": "An exact decimal number of up to 28 digits, as a JSON number or as a text.",
            "anyOf": [{"type": "number"}, {"type": "string", "pattern": NUMBER}]
        })
    }
}

impl JsonSchema for Timestamp {
    named!("Timestamp");

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        if generator.contract().is_serialize() {
            return json_schema!({"type": "string", "format": "date-time", "description": "An instant, as RFC 3339."});
        }
        json_schema!({
            "type": "string",
            "description": "An instant, as RFC 3339; the offset may lack its colon, or be missing, which means UTC."
        })
    }
}

impl JsonSchema for DateOrTimestamp {
    named!("DateOrTimestamp");

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A calendar day or an instant.",
            "anyOf": [{"format": "date"}, {"format": "date-time"}]
        })
    }
}

impl JsonSchema for Json {
    named!("Json");

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        Schema::from(true)
    }
}

impl<T: JsonSchema> JsonSchema for Patch<T> {
    fn schema_name() -> Cow<'static, str> {
        Option::<T>::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        Option::<T>::schema_id()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Option::<T>::json_schema(generator)
    }
}

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
