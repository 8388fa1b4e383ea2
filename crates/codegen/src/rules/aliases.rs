//! The rule for `x-aliases`: words that rustdoc accepts, and that lead to an operation that a search would miss.

use serde_json::Value;

use crate::description::extension;
use crate::description::node::Node;
use crate::description::rule::Rule;
use crate::rules::report::Report;

/// Checks the aliases of an operation.
pub(super) fn check(report: &mut Report<'_>, node: &Node<'_>) {
    let Some(value) = node.value.get(extension::ALIASES) else { return };
    let at = node.at(extension::ALIASES);
    let aliases: Option<Vec<&str>> = value.as_array().and_then(|aliases| aliases.iter().map(Value::as_str).collect());
    let Some(aliases) = aliases.filter(|aliases| !aliases.is_empty()) else {
        return report.add(Rule::Aliases, at, "`x-aliases` is not a list of texts", "write `[void invoice, …]`");
    };
    let method = node.text("operationId").rsplit('.').next().unwrap_or_default();
    for (index, alias) in aliases.iter().enumerate() {
        let is_plain = |letter: char| !letter.is_control() && !matches!(letter, '"' | '\'');
        let message = if alias.is_empty() || alias.trim() != *alias || !alias.chars().all(is_plain) {
            format!("rustdoc does not accept the alias `{alias}`")
        } else if *alias == method || aliases[..index].contains(alias) {
            format!("a search finds `{alias}` anyway")
        } else {
            continue;
        };
        report.add(Rule::Aliases, &at, message, "correct or remove it");
    }
}
