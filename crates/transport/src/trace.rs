//! Spans and events for the crate `tracing` (feature `tracing`), with OpenTelemetry's names for HTTP clients. Never a body,
//! a query, a header or the key. Without the feature, nothing happens here.

#[cfg(not(feature = "tracing"))]
pub(crate) use off::{CallSpan, attempt, retry};
#[cfg(feature = "tracing")]
pub(crate) use on::{CallSpan, attempt, retry};

#[cfg(feature = "tracing")]
mod on {
    use std::future::Future;

    use http::StatusCode;
    use tracing::{Instrument, Span, field};
    use url::Url;

    use crate::outcome::error::Error;
    use crate::outcome::event::{AttemptEvent, RetryEvent};
    use crate::outcome::operation::Operation;

    /// The span of a call.
    pub(crate) struct CallSpan(Span);

    impl CallSpan {
        pub(crate) fn new(address: &Url, operation: &'static Operation) -> Self {
            Self(tracing::info_span!(
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
            ))
        }

        pub(crate) fn instrument<F: Future>(&self, call: F) -> impl Future<Output = F::Output> + use<F> {
            call.instrument(self.0.clone())
        }

        pub(crate) fn end(&self, status: Option<StatusCode>, attempts: u32, error: Option<&Error>) {
            self.0.record("http.request.resend_count", attempts.saturating_sub(1));
            if let Some(status) = status {
                self.0.record("http.response.status_code", status.as_u16());
            }
            if let Some(error) = error {
                self.0.record("otel.status_code", "ERROR");
                self.0.record("error.type", error.kind());
            }
        }
    }

    /// Reports the end of an attempt.
    pub(crate) fn attempt(event: &AttemptEvent<'_>, request_id: Option<&str>) {
        tracing::debug!(
            campfire.operation = event.operation.id,
            http.request.resend_count = event.attempt - 1,
            http.response.status_code = event.status.map(|status| status.as_u16()),
            http.response.body.size = event.bytes,
            http.client.request.duration = event.elapsed.as_secs_f64(),
            error.type = event.error.map(Error::kind),
            campfire.request_id = request_id,
            "attempt"
        );
    }

    /// Reports that an attempt will be retried.
    pub(crate) fn retry(event: &RetryEvent) {
        tracing::warn!(
            campfire.operation = event.operation.id,
            http.request.resend_count = event.attempt,
            wait = event.wait.as_secs_f64(),
            "retrying"
        );
    }
}

#[cfg(not(feature = "tracing"))]
mod off {
    use crate::outcome::event::{AttemptEvent, RetryEvent};
    use crate::outcome::{error::Error, operation::Operation};

    pub(crate) struct CallSpan;

    impl CallSpan {
        pub(crate) fn new(_: &url::Url, _: &'static Operation) -> Self {
            Self
        }

        pub(crate) fn instrument<F>(&self, call: F) -> F {
            call
        }

        pub(crate) fn end(&self, _: Option<http::StatusCode>, _: u32, _: Option<&Error>) {}
    }

    pub(crate) fn attempt(_: &AttemptEvent<'_>, _: Option<&str>) {}

    pub(crate) fn retry(_: &RetryEvent) {}
}
