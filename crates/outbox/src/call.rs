//! Sends the request of an intent, and says what came of it.

use std::time::Duration;

use campfire::operations::{Retry, UntypedCall};
use campfire::{Client, Error, Json};

use crate::create;
use crate::intent::{Claim, Intent};
use crate::machine::Event;
use crate::marker;

/// Prepares the call of an intent: references filled in, the key in its place.
///
/// # Errors
/// If the stored request does not fit the operation; the text says why.
pub(crate) fn prepare(client: &Client, intent: &Intent, records: &[(String, String)]) -> Result<UntypedCall, String> {
    let request = &intent.request;
    let mut call = client.operation(&request.operation).map_err(|error| error.to_string())?;
    let mut ids = request.ids.parse::<Json>().map_err(|error| error.to_string())?;
    create::fill_in(&mut ids, records)?;
    let names: Vec<&str> = call.operation().path_parameters.iter().map(|parameter| parameter.name).collect();
    for (name, id) in names.into_iter().zip(ids.as_array().unwrap_or_default()) {
        call = call.parameter(name, id.clone());
    }
    let mut body = Json::from(create::object(&request.body)?);
    create::fill_in(&mut body, records)?;
    let Json::Object(mut body) = body else { return Err("the body is not an object".to_owned()) };
    if let Some(field) = call.client_key() {
        marker::place(&mut body, field, &intent.key).map_err(|error| error.to_string())?;
    }
    let keyed = call.operation().retry == Retry::Keyed;
    let call = call.body(body.into());
    Ok(if keyed { call.idempotency_key(&intent.key) } else { call })
}

/// What came of a request, and whether the run should go on.
pub(crate) struct Sent {
    pub(crate) event: Event,
    /// The API refuses all calls, or cannot be reached.
    pub(crate) trouble: Option<Error>,
}

impl From<Event> for Sent {
    fn from(event: Event) -> Self {
        Self { event, trouble: None }
    }
}

/// Sends the request of a claim.
pub(crate) async fn send(client: &Client, claim: &Claim, limit: Duration) -> Sent {
    let call = match prepare(client, &claim.intent, &claim.records) {
        Ok(call) => call,
        Err(why) => return Event::Refused(why).into(),
    };
    let is_keyed = call.operation().retry == Retry::Keyed;
    match call.timeout(limit).await {
        Ok(response) => Event::Created(record_id(&response)).into(),
        Err(error) => judge(error, is_keyed),
    }
}

/// Returns the id of a record.
pub(crate) fn record_id(record: &Json) -> Option<String> {
    match record.get("id")? {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.as_str().to_owned()),
        _ => None,
    }
}

/// Judges a failed call. What is not known for certain counts as lost: the list will tell.
fn judge(error: Error, is_keyed: bool) -> Sent {
    let text = error.to_string();
    match &error {
        Error::Request(_) | Error::Validation(_) | Error::NotFound(_) => Event::Refused(rejection(&error)).into(),
        // With the server's key, it may be the conflict with the first request.
        Error::Conflict(_) if !is_keyed => Event::Refused(rejection(&error)).into(),
        Error::Authentication(_) | Error::Permission(_) | Error::Configuration(_) => {
            Sent { event: Event::Unsent(text), trouble: Some(error) }
        }
        // A keyed call counts as retryable even if it may have been processed.
        _ if error.is_retryable() && (!is_keyed || matches!(error, Error::RateLimited(_))) => {
            Sent { event: Event::Unsent(text), trouble: Some(error) }
        }
        Error::Server(_) | Error::Status(_) if !is_keyed => Event::Refused(rejection(&error)).into(),
        _ => Event::Lost(text).into(),
    }
}

/// Returns a line with the rejected fields, or with what the server said.
pub(crate) fn rejection(error: &Error) -> String {
    let fields: Vec<String> =
        error.fields().iter().map(|field| format!("{}: {}", field.path(), field.message())).collect();
    if fields.is_empty() { error.to_string() } else { fields.join("; ") }
}
