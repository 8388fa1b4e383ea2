//! JSON Schemas of the values (feature `schemars`).
//!
//! A schema for serialization describes the output; one for deserialization (`for_deserialize`) describes what is accepted.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::decimal::Decimal;
use crate::json::{Json, JsonObject};
use crate::patch::Patch;
use crate::timestamp::{DateOrTimestamp, Timestamp};

/// A JSON number inside a string.
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
            "description": "An exact decimal number of up to 28 digits, as a JSON number or a string.",
            "anyOf": [{"type": "number"}, {"type": "string", "pattern": NUMBER}]
        })
    }
}

impl JsonSchema for JsonObject {
    named!("JsonObject");

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "object", "description": "A JSON object."})
    }
}

impl JsonSchema for Timestamp {
    named!("Timestamp");

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        if generator.contract().is_serialize() {
            return json_schema!({"type": "string", "format": "date-time", "description": "A point in time, as RFC 3339."});
        }
        json_schema!({
            "type": "string",
            "description": "A point in time, as RFC 3339. The offset may lack its colon; a missing offset means UTC."
        })
    }
}

impl JsonSchema for DateOrTimestamp {
    named!("DateOrTimestamp");

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A calendar day or a point in time.",
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

/// The schema of an open enum: what is known, and any other text.
pub fn open_enum(known: &[&str]) -> Schema {
    json_schema!({
        "description": "An open set: new values appear over time.",
        "anyOf": [{"enum": known}, {"type": "string"}]
    })
}

/// The schema of a field that may come as anything, because the reference and the server disagree about it.
pub fn anything(_: &mut SchemaGenerator) -> Schema {
    Schema::from(true)
}
