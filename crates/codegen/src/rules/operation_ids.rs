//! The operation ids, and the rule that they are unique.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::description::node::{self, Node};
use crate::description::rule::Rule;
use crate::rules::report::Report;

/// The operation ids of a description.
pub(super) struct OperationIds<'a>(BTreeMap<&'a str, String>);

impl<'a> OperationIds<'a> {
    /// Collects the ids, and reports those that are used twice.
    pub(super) fn collect(root: &'a Value, report: &mut Report<'_>) -> Self {
        let mut ids: BTreeMap<&str, String> = BTreeMap::new();
        for operation in node::operations(root) {
            let Some(id) = operation.node.word("operationId") else { continue };
            let at = operation.node.at("operationId");
            if let Some(first) = ids.get(id) {
                let message = format!("the operationId `{id}` is used twice (first in {})", report.locate(first));
                report.add(Rule::OperationIdUnique, at, message, "choose another method name");
            } else {
                ids.insert(id, at);
            }
        }
        Self(ids)
    }

    /// Returns `true` if there is an operation of that id.
    pub(super) fn contains(&self, id: &str) -> bool {
        self.0.contains_key(id)
    }

    /// Returns the operation of that id.
    pub(super) fn operation<'r>(&self, root: &'r Value, id: &str) -> Option<Node<'r>> {
        let pointer = self.0.get(id)?.strip_suffix("/operationId")?;
        Some(Node { value: root.pointer(pointer)?, pointer: pointer.to_owned() })
    }

    /// Returns `true` if an operation belongs to that resource.
    pub(super) fn has_resource(&self, resource: &str) -> bool {
        self.0.keys().any(|id| id.rsplit_once('.').is_some_and(|(known, _)| known == resource))
    }
}
