//! Rules for component schemas.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::description::extension;
use crate::description::names;
use crate::description::node::Node;
use crate::description::rule::Rule;
use crate::rules::operation_ids::OperationIds;
use crate::rules::property;
use crate::rules::report::Report;

/// The handwritten types that `x-scalar` may name.
const SCALARS: [&str; 5] = ["api-error", "date-or-timestamp", "decimal", "json", "timestamp"];

/// Checks a component schema and its properties.
pub(super) fn check(report: &mut Report<'_>, root: &Value, ids: &OperationIds<'_>, name: &str, schema: &Node<'_>) {
    type_name(report, name, schema);
    report.require_description(Rule::SchemaDescribed, schema, &format!("the schema `{name}`"));
    scalar(report, schema);
    page(report, root, schema);
    enum_values(report, schema);
    property::check_all(report, root, ids, schema);
}

fn type_name(report: &mut Report<'_>, name: &str, schema: &Node<'_>) {
    let is_pascal = name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.chars().all(|character| character.is_ascii_alphanumeric());
    if !is_pascal {
        report.add(Rule::TypeName, &schema.pointer, format!("`{name}` is not a type name"), "use PascalCase");
    }
    if names::PRELUDE.contains(&name) {
        let message = format!("`{name}` would hide the type of the same name in Rust");
        report.add(Rule::TypeName, &schema.pointer, message, "choose a name from the language of the API");
    }
}

fn scalar(report: &mut Report<'_>, schema: &Node<'_>) {
    let Some(scalar) = schema.word(extension::SCALAR) else { return };
    if !SCALARS.contains(&scalar) {
        let message = format!("there is no handwritten type `{scalar}`");
        let help = format!("use one of {}", SCALARS.join(", "));
        report.add(Rule::ScalarKnown, schema.at(extension::SCALAR), message, help);
    }
}

fn page(report: &mut Report<'_>, root: &Value, schema: &Node<'_>) {
    let Some(records) = schema.word(extension::PAGE_OF) else { return };
    if root.pointer(&format!("/components/schemas/{records}")).is_none() {
        let message = format!("there is no schema `{records}`");
        report.add(Rule::PageOf, schema.at(extension::PAGE_OF), message, "use the schema of the records");
    }
}

fn enum_values(report: &mut Report<'_>, schema: &Node<'_>) {
    let mut variants = BTreeMap::new();
    for item in schema.items("enum") {
        let Some(value) = item.value.as_str().filter(|value| !value.is_empty()) else {
            let message = format!("the enum value {} is not a text", item.value);
            let help = "use non-empty strings; to allow `\"\"`, set `x-blank` on the property";
            report.add(Rule::EnumValues, schema.at("enum"), message, help);
            continue;
        };
        if let Some(other) = variants.insert(names::variant(value), value) {
            let message = format!("`{value}` and `{other}` become the same variant");
            report.add(Rule::EnumValues, schema.at("enum"), message, "remove one of them");
        }
    }
    for (value, _) in schema.members(extension::ENUM_DESCRIPTIONS) {
        if !variants.values().any(|known| *known == value) {
            let message = format!("`{value}` is not a value of the enum");
            report.add(Rule::EnumValues, schema.at(extension::ENUM_DESCRIPTIONS), message, "correct or remove it");
        }
    }
}
