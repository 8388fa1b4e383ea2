//! The rule for `x-client-key`: the field is written by the request, and comes back in the list that shows the record.

use serde_json::Value;

use crate::description::extension;
use crate::description::node::{Node, OperationNode};
use crate::description::rule::Rule;
use crate::description::spec::ClientKey;
use crate::rules::operation_ids::OperationIds;
use crate::rules::report::Report;

/// Checks the client key of an operation.
pub(super) fn check(report: &mut Report<'_>, root: &Value, ids: &OperationIds<'_>, operation: &OperationNode<'_>) {
    let node = &operation.node;
    let Some(value) = node.value.get(extension::CLIENT_KEY) else { return };
    let at = node.at(extension::CLIENT_KEY);
    let Some(key) = ClientKey::parse(value) else {
        let help =
            "write `{id: external_id}` for a field that holds the key alone, or `{marker: description}` for free text";
        return report.add(Rule::ClientKey, at, "`x-client-key` names no field", help);
    };
    let field = key.field();
    if !request(root, node).is_some_and(|schema| has_text(root, &schema, field, "readOnly")) {
        let message = format!("the request body has no text field `{field}` that can be written");
        return report.add(Rule::ClientKey, at, message, "name a string property of the request body");
    }
    let Some(list) = node.word(extension::READ_BACK).and_then(|id| ids.operation(root, id)) else {
        let message = "a client key without a list to look it up in";
        return report.add(Rule::ClientKey, at, message, "add `x-read-back` with the list of the records");
    };
    if !records(root, &list).is_some_and(|schema| has_text(root, &schema, field, "writeOnly")) {
        let message = format!("`{}` returns no records with a text field `{field}`", list.text("operationId"));
        let help = "name a field that comes back in the list that `x-read-back` names";
        report.add(Rule::ClientKey, at, message, help);
    }
}

/// Returns the schema of the JSON request body.
fn request<'a>(root: &'a Value, operation: &Node<'a>) -> Option<Node<'a>> {
    json_schema(root, &operation.child("requestBody")?.resolved(root))
}

/// Returns the schema of the records that a list returns, on pages or as an array.
fn records<'a>(root: &'a Value, list: &Node<'a>) -> Option<Node<'a>> {
    let (_, success) = list.members("responses").find(|(status, _)| status.starts_with('2'))?;
    let schema = json_schema(root, &success.resolved(root))?;
    match schema.word(extension::PAGE_OF) {
        Some(record) => {
            let value = root.get("components")?.get("schemas")?.get(record)?;
            Some(Node { value, pointer: schema.pointer })
        }
        None => Some(schema.child("items")?.resolved(root)),
    }
}

fn json_schema<'a>(root: &'a Value, holder: &Node<'a>) -> Option<Node<'a>> {
    Some(holder.child("content")?.child("application/json")?.child("schema")?.resolved(root))
}

/// Returns `true` if a schema has a free text property that is not `barred` (`readOnly` or `writeOnly`).
fn has_text(root: &Value, schema: &Node<'_>, field: &str, barred: &str) -> bool {
    let Some(property) = schema.child("properties").and_then(|properties| properties.child(field)) else {
        return false;
    };
    let property = property.resolved(root);
    let is_free = ["enum", "format", extension::SCALAR].iter().all(|key| property.value.get(key).is_none());
    property.word("type") == Some("string") && is_free && !property.flag(barred)
}
