//! The work that an operation does, as far as the sandbox models it.

use campfire_sandbox_model::{Operation, Response, Type};

use crate::model::api::Api;

/// The work that an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    List,
    Create,
    Retrieve,
    /// Replaces or updates a record.
    Change,
    Delete,
    Search,
    /// What the sandbox overlay says.
    Effect,
    /// A refusal, whatever is sent.
    Refusal,
    /// Nothing that the sandbox models.
    Unmodelled,
}

impl Work {
    /// Returns the work of an operation.
    pub(super) fn of(api: &Api, operation: &Operation) -> Self {
        // Some records are only ever deleted through their owner, and have no schema.
        let has_records = api.record_schema(operation.resource()).is_some();
        match (operation.name(), &operation.response) {
            _ if operation.refusal.is_some() => Work::Refusal,
            _ if operation.effect.action.is_some() || operation.effect.caller => Work::Effect,
            // Other lists show something else than the records of the resource.
            (name, Response::Page { .. } | Response::List { .. })
                if operation.method == "GET" && name.starts_with("list") =>
            {
                Work::List
            }
            // The overlay names the records that others show.
            (_, Response::Page { .. } | Response::Value { ty: Type::Json })
                if operation.method == "GET" && operation.effect.records.of.is_some() =>
            {
                Work::List
            }
            ("bulk_search", Response::List { .. } | Response::Value { ty: Type::Json }) => Work::Search,
            ("upload", Response::Value { ty: Type::Object(_) }) => Work::Create,
            (name, Response::Value { ty: Type::Object(_) }) if name.starts_with("create") => Work::Create,
            ("retrieve", _) if has_records => Work::Retrieve,
            ("replace" | "update", _) if has_records => Work::Change,
            ("delete", _) if has_records => Work::Delete,
            _ if operation.effect.is_on_subject() => Work::Effect,
            _ => Work::Unmodelled,
        }
    }
}
