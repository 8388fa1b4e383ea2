//! Reads the types of values.

use serde_json::Value;

use super::reader::Reader;
use crate::description::node::Node;
use crate::description::spec::Type;

impl<'a> Reader<'a> {
    /// Reads the `schema` of a parameter or a body.
    pub(super) fn schema_type(&mut self, node: &Node<'a>) -> Option<Type> {
        match node.child("schema") {
            Some(schema) => self.ty(&schema),
            None => self.untyped(node),
        }
    }

    pub(super) fn ty(&mut self, node: &Node<'a>) -> Option<Type> {
        let reference = match node.value.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
            Some([only]) => only.get("$ref"),
            Some(_) => {
                let help = "write one schema; use `allOf` only to wrap a `$ref`";
                return self.problem(&node.pointer, "`allOf` with several schemas", help);
            }
            None => node.value.get("$ref"),
        };
        match reference.and_then(Value::as_str) {
            Some(target) => self.named(node, target),
            None => self.inline(node),
        }
    }

    fn named(&mut self, node: &Node<'a>, target: &str) -> Option<Type> {
        match target.strip_prefix("#/components/schemas/") {
            Some(name) => Some(Type::Named(name.to_owned())),
            None => {
                let help = "refer to `#/components/schemas/…`";
                self.problem(&node.pointer, format!("`{target}` is not a schema"), help)
            }
        }
    }

    fn inline(&mut self, node: &Node<'a>) -> Option<Type> {
        match (node.word("type"), node.word("format")) {
            (Some("string"), Some("date")) => Some(Type::Date),
            (Some("string"), Some("binary")) => Some(Type::File),
            (Some("string"), _) => Some(Type::String),
            (Some("integer"), _) => Some(Type::Integer),
            (Some("boolean"), _) => Some(Type::Boolean),
            (Some("array"), _) => match node.child("items") {
                Some(items) => Some(Type::Array(Box::new(self.ty(&items)?))),
                None => self.untyped(node),
            },
            (Some("object"), _) => match node.child("additionalProperties") {
                Some(inner) if inner.value.as_object().is_some_and(|members| !members.is_empty()) => {
                    Some(Type::Map(Box::new(self.ty(&inner)?)))
                }
                // An object without known members is open JSON.
                _ => Some(Type::Json),
            },
            (Some("number"), _) => {
                let help = "use `$ref: '#/components/schemas/Decimal'` for money, quantities, rates, and percentages";
                self.problem(&node.pointer, "`type: number`", help)
            }
            _ => self.untyped(node),
        }
    }

    fn untyped(&mut self, node: &Node<'a>) -> Option<Type> {
        self.problem(&node.pointer, "a schema without a type", "add a `type` or a `$ref`; open JSON is `Json`")
    }
}
