//! Replies, and the refusals that Django REST Framework sends.

use std::time::{Duration, SystemTime};

use campfire_values::{Decimal, Json, JsonObject};

/// A reply that has not been sent yet.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// Empty if there is no body.
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
    /// `Retry-After`, in seconds.
    pub(crate) retry_after: Option<u64>,
    /// The methods that the path has, for `Allow`.
    pub(crate) allow: Option<String>,
    /// `true` if nothing happened, and the body only has the documented shape.
    pub(crate) canned: bool,
    /// `Date`, by the clock of the tenant, which tests may have moved.
    pub(crate) date: Option<SystemTime>,
}

impl Reply {
    /// A body of any content type.
    pub(crate) fn new(status: u16, content_type: &str, body: Vec<u8>) -> Self {
        Self {
            status,
            content_type: content_type.to_owned(),
            body,
            retry_after: None,
            allow: None,
            canned: false,
            date: None,
        }
    }

    pub(crate) fn json(status: u16, value: &Json) -> Self {
        Self::json_text(status, value.to_string().into_bytes())
    }

    /// JSON that is already written.
    pub(crate) fn json_text(status: u16, text: Vec<u8>) -> Self {
        Self::new(status, "application/json", text)
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self::new(status, "", Vec::new())
    }

    pub(crate) fn detail(status: u16, text: &str) -> Self {
        Self::json(status, &Json::Object(JsonObject::from([("detail".to_owned(), Json::from(text))])))
    }

    pub(crate) fn not_found() -> Self {
        Self::detail(404, "Not found.")
    }

    pub(crate) fn forbidden() -> Self {
        Self::detail(403, "You do not have permission to perform this action.")
    }

    /// Refuses an operation that the sandbox does not model, with the reason if it is known.
    pub(crate) fn unmodelled(operation: &str, reason: Option<&str>) -> Self {
        let reason = reason.map_or_else(String::new, |reason| format!(" {reason}"));
        let text = format!(
            "{operation} is not modelled by the sandbox, so nothing has happened.{reason} `allow_unmodelled` turns on \
             canned responses."
        );
        Self::detail(501, &text)
    }

    /// Returns `true` if it refuses what the sandbox does not model.
    pub(crate) fn is_unmodelled(&self) -> bool {
        self.status == 501
    }

    pub(crate) fn throttled(wait: Duration) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let text = format!("Request was throttled. Expected available in {seconds} seconds.");
        Self { retry_after: Some(seconds), ..Self::detail(429, &text) }
    }

    /// Refuses a request with errors by field.
    pub(crate) fn field_errors(errors: JsonObject) -> Self {
        Self::json(400, &Json::Object(errors))
    }

    /// Refuses a request for one field.
    pub(crate) fn field_error(field: &str, message: impl Into<String>) -> Self {
        let messages = Json::Array(vec![Json::String(message.into())]);
        Self::field_errors(JsonObject::from([(field.to_owned(), messages)]))
    }

    /// Refuses a request for which a field of a response would be out of its documented range.
    pub(crate) fn out_of_range(field: &str, number: Decimal) -> Self {
        Self::non_field_error(format!("`{field}` would be {number}, which is too large."))
    }

    /// Refuses a request as a whole.
    pub(crate) fn non_field_error(message: impl Into<String>) -> Self {
        Self::field_error("non_field_errors", message)
    }
}
