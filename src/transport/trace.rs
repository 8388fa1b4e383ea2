//! Spans and events for `tracing` (feature `tracing`), named as OpenTelemetry names them for HTTP clients. Never a body,
//! a query, a header or the key.

#[cfg(feature = "tracing")]
mod on {

    use tracing::{Span, field};

    use crate::{AttemptEvent, Client, Error, Operation, RetryEvent};

    /// The span of a call.
    pub(crate) fn span(client: &Client, operation: &'static Operation) -> Span {
        let address = &client.inner.address;
        tracing::info_span!(
            "campfire.call",
            otel.name = format!("{} {}", operation.method, operation.path),
            otel.kind = "client",
            otel.status_code = field::Empty,
            campfire.operation = operation.id,
            http.request.method = operation.method,
            url.template = operation.path,
            server.address = address.host_str().unwrap_or_default(),
            server.port = address.port_or_known_default().unwrap_or_default(),
            http.response.status_code = field::Empty,
            http.request.resend_count = field::Empty,
            error.type = field::Empty,
        )
    }

    /// The end of an attempt.
    pub(crate) fn attempt(event: &AttemptEvent<'_>, request_id: Option<&str>) {
        tracing::debug!(
            campfire.operation = event.operation.id,
            http.request.resend_count = event.attempt - 1,
            http.response.status_code = event.status.map(|status| status.as_u16()),
            http.response.body.size = event.bytes,
            http.client.request.duration = event.elapsed.as_secs_f64(),
            error.type = event.error.map(kind),
            campfire.request_id = request_id,
            "attempt"
        );
    }

    /// A repetition that is to come.
    pub(crate) fn retry(event: &RetryEvent) {
        tracing::warn!(
            campfire.operation = event.operation.id,
            http.request.resend_count = event.attempt,
            wait = event.wait.as_secs_f64(),
            "trying again"
        );
    }

    /// The end of a call.
    pub(crate) fn end(span: &Span, status: Option<u16>, attempts: u32, error: Option<&Error>) {
        span.record("http.request.resend_count", attempts.saturating_sub(1));
        if let Some(status) = status {
            span.record("http.response.status_code", status);
        }
        if let Some(error) = error {
            span.record("otel.status_code", "ERROR");
            span.record("error.type", kind(error));
        }
    }

    /// The kind of an error, which is not its text.
    fn kind(error: &Error) -> &'static str {
        error.kind()
    }
}

#[cfg(feature = "tracing")]
pub(crate) use on::{attempt, end, retry, span};
