//! Reads component schemas and their fields.

use std::collections::BTreeSet;

use serde_json::Value;

use super::reader::{Reader, deviation, prose, rust_name, word};
use crate::description::extension;
use crate::description::markdown::escape;
use crate::description::node::Node;
use crate::description::spec::{Field, Limits, Schema, SchemaKind};

/// The number of fields that the SDK can read, as in `campfire_values::reader::MAX_FIELDS`.
const MAX_FIELDS: usize = 256;

impl<'a> Reader<'a> {
    pub(super) fn schema(&mut self, name: &str, node: &Node<'a>) -> Option<Schema> {
        let kind = if let Some(scalar) = word(node, extension::SCALAR) {
            SchemaKind::Scalar(scalar)
        } else if let Some(records) = word(node, extension::PAGE_OF) {
            SchemaKind::Page(records)
        } else if node.value.get("enum").is_some() {
            enumeration(node)
        } else if node.word("type") == Some("object") {
            self.object(node)
        } else {
            return self.problem(
                &node.pointer,
                format!("`{name}` is neither an object nor an enum nor a scalar"),
                "give it `type: object`, an `enum`, or an `x-scalar`",
            );
        };
        Some(Schema {
            name: name.to_owned(),
            description: prose(node, "description"),
            kind,
            location: self.locate(node),
        })
    }

    fn object(&mut self, node: &Node<'a>) -> SchemaKind {
        let required: BTreeSet<&str> = node.strings("required").collect();
        let identity: BTreeSet<&str> = node.strings(extension::IDENTITY).collect();
        let mut fields = Vec::new();
        for (name, property) in node.members("properties") {
            if let Some(field) = self.field(name, &property) {
                fields.push(Field { required: required.contains(name), identity: identity.contains(name), ..field });
            }
        }
        if fields.len() > MAX_FIELDS {
            let message = format!("{} properties, but the SDK reads at most {MAX_FIELDS} of an object", fields.len());
            self.problem::<()>(&node.at("properties"), message, "describe fewer; others are kept in `extra`");
        }
        let additional = node.child("additionalProperties").filter(|inner| inner.value.is_object());
        SchemaKind::Object { fields, additional: additional.and_then(|inner| self.ty(&inner)) }
    }

    /// Reads a property. The caller sets `required` and `identity`, which the object lists.
    fn field(&mut self, name: &str, node: &Node<'a>) -> Option<Field> {
        // The reader compares names with the text of a response as it is.
        if name.contains(['"', '\\']) || name.contains(|character: char| character.is_ascii_control()) {
            let message = format!("JSON escapes characters of the name {name:?}");
            return self.problem(&node.pointer, message, "leave the property out; it is kept in `extra`");
        }
        Some(Field {
            name: name.to_owned(),
            rust_name: rust_name(node, name),
            description: prose(node, "description"),
            ty: self.ty(node)?,
            required: false,
            identity: false,
            nullable: node.flag("nullable"),
            read_only: node.flag("readOnly"),
            write_only: node.flag("writeOnly"),
            deprecated: node.flag("deprecated"),
            blank: node.flag(extension::BLANK),
            format: word(node, "format"),
            default: node.value.get("default").cloned(),
            example: node.value.get("example").cloned(),
            references: word(node, extension::REFERENCES),
            currency: word(node, extension::CURRENCY),
            limits: limits(node),
            deviation: deviation(node),
            untyped: node.word(extension::UNTYPED).map(escape),
        })
    }
}

fn enumeration(node: &Node<'_>) -> SchemaKind {
    let meanings = node.child(extension::ENUM_DESCRIPTIONS);
    let meaning = |value: &str| meanings.as_ref()?.word(value).map(escape);
    SchemaKind::Enum(node.strings("enum").map(|value| (value.to_owned(), meaning(value))).collect())
}

fn limits(node: &Node<'_>) -> Limits {
    let bound = |key: &str, exclusive: &str| {
        let bound = node.value.get(key).filter(|bound| bound.is_number())?;
        Some((bound.to_string(), node.flag(exclusive)))
    };
    let count = |key: &str| node.value.get(key).and_then(Value::as_u64);
    Limits {
        minimum: bound("minimum", "exclusiveMinimum"),
        maximum: bound("maximum", "exclusiveMaximum"),
        min_length: count("minLength"),
        // For a list of strings, the limit of its items.
        max_length: count("maxLength").or_else(|| node.value.pointer("/items/maxLength").and_then(Value::as_u64)),
        pattern: node.word("pattern").map(str::to_owned),
        min_items: count("minItems"),
        max_items: count("maxItems"),
    }
}
