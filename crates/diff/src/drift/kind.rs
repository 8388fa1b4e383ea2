//! Which changes are entries of the to-do list.

use serde_json::Value;

use super::item::Kind;
use crate::change::Change;
use crate::checks::undirected;

/// Differences of wording, of notation, and of what only our description states.
const NO_ITEMS: [&str; 28] = [
    "blank.allowed",
    "blank.forbidden",
    "currency.changed",
    "deviation.changed",
    "example.changed",
    "extension.changed",
    "info.changed",
    "operation.client_key.changed",
    "operation.description.changed",
    "operation.money.changed",
    "operation.order.changed",
    "operation.pagination.changed",
    "operation.read_back.changed",
    "operation.reference.changed",
    "operation.renamed",
    "operation.retry.changed",
    "operation.tags.changed",
    "parameter.description.changed",
    "parameter.offered",
    "parameter.omitted",
    "parameter.renamed",
    "references.changed",
    "description.changed",
    "sandbox.changed",
    "schema.description.changed",
    "schema.identity.changed",
    "schema.page.changed",
    "schema.scalar.changed",
];

/// Returns the kind of item for a change, or `None` if there is nothing to do.
pub(super) fn kind(change: &Change) -> Option<Kind> {
    let check = undirected(change.id);
    if NO_ITEMS.contains(&check) || check.ends_with("rust_name.changed") || check == "untyped.changed" {
        return None;
    }
    match check {
        // Our description declares the ranges of errors everywhere; the vendor's declares single statuses.
        "error.narrowed" => Some(Kind::New),
        "error.removed" if is_range(&change.old) => None,
        "servers.changed" if urls(&change.old) == urls(&change.new) => None,
        check => Some(match check.rsplit('.').next() {
            Some("added") if check != "nullable.added" => Kind::New,
            Some("removed") if check != "nullable.removed" => Kind::Gone,
            _ => Kind::Different,
        }),
    }
}

fn is_range(status: &Value) -> bool {
    status.as_str().is_some_and(|status| status.ends_with("XX"))
}

fn urls(servers: &Value) -> Vec<&Value> {
    servers.as_array().into_iter().flatten().filter_map(|server| server.get("url")).collect()
}
