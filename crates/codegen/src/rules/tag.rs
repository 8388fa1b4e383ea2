//! The rule for `tags`: the notes about resources as a whole.

use serde_json::Value;

use crate::description::node;
use crate::description::rule::Rule;
use crate::rules::operation_ids::OperationIds;
use crate::rules::report::Report;

/// Checks the notes.
pub(super) fn check(report: &mut Report<'_>, root: &Value, ids: &OperationIds<'_>) {
    for tag in node::tags(root) {
        let name = tag.text("name");
        if !ids.has_resource(name) {
            let message = format!("there is no resource `{name}`");
            report.add(Rule::Tag, &tag.pointer, message, "name a resource, such as `contracts`");
        }
        report.require_description(Rule::Tag, &tag, &format!("the tag `{name}`"));
    }
}
