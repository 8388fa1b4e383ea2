//! Rules for the properties of objects.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::description::extension;
use crate::description::names::RESERVED_FIELDS;
use crate::description::node::Node;
use crate::description::rule::Rule;
use crate::rules::operation_ids::OperationIds;
use crate::rules::report::Report;
use crate::rules::rust_name::rust_name;
use crate::rules::{currency, example, prose, references};

/// Checks the properties of a component schema.
pub(super) fn check_all(report: &mut Report<'_>, root: &Value, ids: &OperationIds<'_>, schema: &Node<'_>) {
    listed(report, schema);
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for (name, property) in schema.members("properties") {
        check(report, schema, name, &property);
        references::check(report, ids, &property, property.value);
        currency::check(report, schema, &property);
        example::check(report, root, &property);
        let rust = rust_name(report, &property, name);
        if RESERVED_FIELDS.contains(&rust.as_str()) {
            let message = format!("every object has a field `{rust}`");
            report.add(Rule::RustName, &property.pointer, message, "add an `x-rust-name`");
        }
        if let Some(other) = seen.insert(rust.clone(), name) {
            let message = format!("`{name}` and `{other}` are both named `{rust}` in Rust");
            report.add(Rule::RustName, &property.pointer, message, "add an `x-rust-name` to one of them");
        }
    }
}

/// Checks that the properties that an object lists exist.
fn listed(report: &mut Report<'_>, schema: &Node<'_>) {
    let properties: BTreeSet<&str> = schema.members("properties").map(|(name, _)| name).collect();
    for list in ["required", extension::IDENTITY] {
        for name in schema.strings(list).filter(|name| !properties.contains(name)) {
            let message = format!("there is no property `{name}`");
            report.add(Rule::PropertyKnown, schema.at(list), message, "correct or remove it");
        }
    }
}

fn check(report: &mut Report<'_>, schema: &Node<'_>, name: &str, property: &Node<'_>) {
    // The properties of a page are always the same.
    if schema.value.get(extension::PAGE_OF).is_none() {
        report.require_description(Rule::PropertyDescribed, property, &format!("the property `{name}`"));
    }
    if prose::lacks_currency(property.value, schema.value) {
        let message = format!("the amount `{name}` has no currency");
        let help = "name the currency, or state what else the number counts";
        report.add(Rule::CurrencyNamed, &property.pointer, message, help);
    }
    if property.value.get("$ref").is_some() {
        let help = "wrap it in `allOf: [{$ref: …}]`, and describe the property";
        report.add(Rule::RefDescribed, &property.pointer, "a `$ref` without a description", help);
    }
}
