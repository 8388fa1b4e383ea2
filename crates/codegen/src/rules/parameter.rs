//! Rules for parameters.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::description::extension;
use crate::description::names::{self, RESERVED_SETTERS};
use crate::description::node::{Node, OperationNode};
use crate::description::rule::Rule;
use crate::rules::operation_ids::OperationIds;
use crate::rules::references;
use crate::rules::report::Report;
use crate::rules::rust_name::rust_name;

/// Checks the parameters of an operation.
pub(super) fn check_all(report: &mut Report<'_>, root: &Value, ids: &OperationIds<'_>, operation: &OperationNode<'_>) {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for parameter in operation.parameters(root) {
        check(report, &parameter);
        references::check(report, ids, &parameter, parameter.value.get("schema").unwrap_or(&Value::Null));
        if parameter.value.get(extension::OMIT).is_none() {
            rust_names(report, &parameter, &mut seen);
        }
    }
}

fn check(report: &mut Report<'_>, parameter: &Node<'_>) {
    let name = parameter.text("name");
    report.require_description(Rule::ParameterDescribed, parameter, &format!("the parameter `{name}`"));
    if is_in_path(parameter) && !parameter.flag("required") {
        let message = format!("the path parameter `{name}` is not required");
        report.add(Rule::PathParameter, &parameter.pointer, message, "add `required: true`");
    }
}

fn rust_names<'a>(report: &mut Report<'_>, parameter: &Node<'a>, seen: &mut BTreeMap<String, &'a str>) {
    let name = parameter.text("name");
    let rust = rust_name(report, parameter, name);
    if !is_in_path(parameter) && RESERVED_SETTERS.contains(&rust.as_str()) {
        let message = format!("every request has a method `{rust}`");
        report.add(Rule::RustName, &parameter.pointer, message, "add an `x-rust-name`");
    }
    if names::snake(name) == "body" {
        let help = "leave the parameter out with `x-omit`";
        report.add(Rule::RustName, &parameter.pointer, "progenitor calls the request body `body`, too", help);
    }
    // Progenitor makes identifiers from the names in the API: these must differ as well.
    for key in BTreeSet::from([rust, names::snake(name)]) {
        if let Some(other) = seen.insert(key.clone(), name) {
            let message = format!("`{name}` and `{other}` are both named `{key}` in Rust");
            let help = "rename one with `x-rust-name`, or omit one with `x-omit`";
            report.add(Rule::RustName, &parameter.pointer, message, help);
        }
    }
}

fn is_in_path(parameter: &Node<'_>) -> bool {
    parameter.word("in") == Some("path")
}
