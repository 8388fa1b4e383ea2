//! The rule for `x-references`.

use serde_json::Value;

use crate::description::extension;
use crate::description::node::Node;
use crate::description::rule::Rule;
use crate::rules::operation_ids::OperationIds;
use crate::rules::report::Report;

/// Checks that a property or parameter references a resource that exists, and holds what can be an id. `schema` is the schema
/// of its value.
pub(super) fn check(report: &mut Report<'_>, ids: &OperationIds<'_>, node: &Node<'_>, schema: &Value) {
    let Some(resource) = node.value.get(extension::REFERENCES) else { return };
    let at = node.at(extension::REFERENCES);
    if !resource.as_str().is_some_and(|resource| ids.has_resource(resource)) {
        let help = "use the part of an operationId before its last dot, such as `contracts.usage`";
        report.add(Rule::References, &at, format!("there is no resource {resource}"), help);
    }
    let of = |schema: &Value| {
        schema.get("type").and_then(Value::as_str).is_some_and(|ty| ["integer", "string"].contains(&ty))
    };
    if !of(schema) && !schema.get("items").is_some_and(of) {
        let help = "ids are integers or strings; a list of them references the resource of its items";
        report.add(Rule::References, &at, "only ids reference a resource", help);
    }
}
