//! Spans and events: what they contain, and that the API key is in none of them.
//!
//! In a process of its own: `tracing` caches for the whole process which spans are enabled, and another test that reaches a
//! span first, on a thread without a subscriber, disables it.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use campfire::sandbox::{Fault, FaultRule, Sandbox};
use campfire::types::ContractCreate;
use campfire::{Client, ClientBuilder, RetryPolicy};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

fn builder(sandbox: &Sandbox) -> ClientBuilder {
    let quick = RetryPolicy::default().first_wait(Duration::from_millis(1));
    Client::builder().api_key(sandbox.key()).base_url(sandbox.url()).retry(quick)
}

/// Records every span and event as text.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<String>>);

struct Line<'a>(&'a mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, " {}={value:?}", field.name());
    }
}

impl Recorder {
    fn line(&self, kind: &str, name: &str, record: impl FnOnce(&mut Line<'_>)) {
        let mut text = self.0.lock().unwrap();
        let _ = write!(text, "{kind} {name}");
        record(&mut Line(&mut text));
        text.push('\n');
    }
}

impl Subscriber for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("campfire")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.line("span", span.metadata().name(), |line| span.record(line));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        self.line("record", "", |line| values.record(line));
    }

    fn event(&self, event: &Event<'_>) {
        self.line("event", event.metadata().name(), |line| event.record(line));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn spans_and_events_contain_neither_key_nor_body() {
    let sandbox = Sandbox::start().await.unwrap();
    let recorder = Recorder::default();
    let guard = tracing::subscriber::set_default(recorder.clone());
    let campfire = builder(&sandbox).build().unwrap();
    sandbox.inject(FaultRule::new(Fault::Status(503)).operation("contracts.list").times(1)).unwrap();
    campfire.contracts().list().await.unwrap();
    let secret = ContractCreate { deal_name: Some("Confidential".into()), ..ContractCreate::default() };
    campfire.contracts().create(&secret).await.unwrap();
    campfire.contracts().retrieve(99).await.unwrap_err();
    let _ = builder(&sandbox).api_key("not-the-key").build().unwrap().contracts().list().await.unwrap_err();
    drop(guard);
    let text = recorder.0.lock().unwrap().clone();
    let count = |prefix: &str| text.lines().filter(|line| line.starts_with(prefix)).count();
    assert_eq!(count("span campfire.call"), 4, "{text}");
    assert_eq!(text.matches("message=attempt").count(), 5, "{text}");
    for expected in [
        "otel.kind=\"client\"",
        "http.request.method=\"GET\"",
        "url.template=\"/rr/api/v1/contracts/{id}\"",
        "server.address=\"127.0.0.1\"",
        "campfire.operation=\"contracts.create\"",
        "http.response.status_code=503",
        "http.response.status_code=404",
        "http.request.resend_count=1",
        "error.type=\"not_found\"",
        "error.type=\"authentication\"",
        "message=retrying",
    ] {
        assert!(text.contains(expected), "{expected} is missing:\n{text}");
    }
    for secret in [sandbox.key().as_str(), "not-the-key", "Confidential", "Token"] {
        assert!(!text.contains(secret), "{secret}:\n{text}");
    }
}
