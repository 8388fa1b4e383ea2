//! Requests for accounting actions, and their outcomes.

use campfire_values::{Json, JsonObject};

use crate::messages::query::Query;

/// A request for an accounting action.
pub(crate) struct ActionRequest<'a> {
    pub(crate) resource: &'a str,
    /// The path parameters, in the order of the path.
    pub(crate) path: &'a [(&'static str, i64)],
    pub(crate) query: &'a Query,
    pub(crate) body: &'a JsonObject,
}

/// The outcome of an action, for the response.
pub(crate) enum Outcome {
    /// A record of a resource.
    Record(&'static str, i64),
    /// Records of a resource.
    Records(&'static str, Vec<i64>),
    /// A file with its media type.
    File(&'static str, Vec<u8>),
    /// A value that is not a record.
    Value(Json),
    /// Nothing that the response needs to show.
    Nothing,
}
