//! Every retry class under every fault. The results are the table in `docs/reliability.md`; run with `UPDATE_DOCS=1` to
//! write it.

use std::collections::BTreeSet;

use campfire::Error;

use super::server::Fault::{
    self, ClosedAfterRequest, ClosedMidBody, ClosedMidHead, ClosedMidRequest, ClosedUnread, Oversized, Refused,
    Respond, Silent, SilentMidBody, SilentMidHead,
};
use super::server::{DETAIL, Seen, Server};
use super::{CLASSES, Class, call, kind};
use crate::support::KEY;

const HTML: &str = "<html><title>Bad Gateway</title></html>";
/// A time in the past: the client may retry at once.
const PAST: &str = "retry-after: Wed, 21 Oct 2015 07:28:00 GMT\r\n";

const FAULTS: [(&str, Fault); 49] = [
    ("connection refused", Refused),
    ("closed before reading the request", ClosedUnread),
    ("closed while reading the request", ClosedMidRequest),
    ("processed, then closed without a response", ClosedAfterRequest),
    ("processed, then silent until the timeout", Silent),
    ("processed, then closed within the response head", ClosedMidHead),
    ("processed, then silent within the response head", SilentMidHead),
    ("processed, then closed within the response body", ClosedMidBody),
    ("processed, then silent within the response body", SilentMidBody),
    ("400", Respond(400, "", DETAIL)),
    ("401", Respond(401, "", DETAIL)),
    ("403", Respond(403, "", DETAIL)),
    ("404", Respond(404, "", DETAIL)),
    ("408", Respond(408, "", DETAIL)),
    ("409", Respond(409, "", DETAIL)),
    ("413", Respond(413, "", DETAIL)),
    ("421", Respond(421, "", DETAIL)),
    ("422", Respond(422, "", DETAIL)),
    ("425", Respond(425, "", DETAIL)),
    ("429 without `Retry-After`", Respond(429, "", DETAIL)),
    ("429 with `Retry-After: 0`", Respond(429, "retry-after: 0\r\n", DETAIL)),
    ("429 with `Retry-After` as a date", Respond(429, PAST, DETAIL)),
    ("500", Respond(500, "", DETAIL)),
    ("502 with HTML", Respond(502, "content-type: text/html\r\n", HTML)),
    ("503 without `Retry-After`", Respond(503, "", DETAIL)),
    ("503 with `Retry-After: 0`", Respond(503, "retry-after: 0\r\n", DETAIL)),
    ("503 with `Retry-After` as a date", Respond(503, PAST, DETAIL)),
    ("504", Respond(504, "", "")),
    ("507", Respond(507, "", "")),
    ("520", Respond(520, "", "")),
    ("522", Respond(522, "", "")),
    ("524", Respond(524, "", "")),
    ("527", Respond(527, "", "")),
    ("529", Respond(529, "", "")),
    ("530", Respond(530, "", "")),
    ("598", Respond(598, "", "")),
    ("599", Respond(599, "", "")),
    ("521", Respond(521, "", "")),
    ("523", Respond(523, "", "")),
    ("525", Respond(525, "", "")),
    ("526", Respond(526, "", "")),
    ("501", Respond(501, "", "")),
    ("505", Respond(505, "", "")),
    ("302 to another host", Respond(302, "location: https://elsewhere.example/x?token=1\r\n", "")),
    ("200 with malformed JSON", Respond(200, "", "{\"id\": ")),
    ("200 with HTML", Respond(200, "content-type: text/html\r\n", HTML)),
    ("200 with another content type", Respond(200, "content-type: text/plain\r\n", "fine")),
    ("200 with an empty body", Respond(200, "", "")),
    ("200 with a body beyond `max_body`", Oversized),
];

#[tokio::test]
async fn unsafe_calls_are_never_processed_twice() {
    let mut table = String::new();
    for (name, fault) in FAULTS {
        table.push_str(&format!("| {name} |"));
        for class in CLASSES {
            let server = Server::start(fault, 1).await;
            let outcome = call(&server.client(), class).await;
            let seen = server.seen.lock().unwrap();
            let cell = format!("{class:?} under {name}: {outcome:?}, {seen:?}");
            check_processing(class, fault, &outcome, &seen, &cell);
            check_keys(class, &seen, &cell);
            if let Ok(attempts) = outcome {
                assert_eq!(attempts as usize, seen.attempts, "{cell}");
            }
            if let Err(error) = &outcome {
                assert!(!error.is_retryable() || class != Class::Never, "{cell}");
                let text = format!("{error} {error:?}");
                assert!(!text.contains(KEY) && !text.contains("token=1"), "{cell}");
            }
            let result = outcome.as_ref().map_or_else(kind, |_| "success");
            table.push_str(&format!(" {} sent, {result} |", seen.attempts));
        }
        table.push('\n');
    }
    check_document(&table);
}

/// A call that must not be retried is processed once at most, and its caller learns when that may have happened.
fn check_processing(class: Class, fault: Fault, outcome: &Result<u32, Error>, seen: &Seen, cell: &str) {
    if class != Class::Never {
        return;
    }
    assert!(seen.processed <= 1, "{cell}");
    let lost = seen.processed == 1 && fault.processes() && !matches!(fault, Respond(200, ..) | Oversized);
    // The client cannot know that these were not processed.
    let ambiguous = matches!(fault, ClosedUnread | ClosedMidRequest);
    assert_eq!(matches!(outcome, Err(Error::OutcomeUnknown(_))), lost || ambiguous, "{cell}");
}

/// Keyed calls send the same idempotency key with every attempt; other calls send none.
fn check_keys(class: Class, seen: &Seen, cell: &str) {
    if class == Class::Keyed {
        let keys: BTreeSet<_> = seen.keys.iter().flatten().collect();
        assert!(keys.len() <= 1 && seen.keys.iter().all(Option::is_some), "one key for all attempts: {cell}");
    } else {
        assert!(seen.keys.iter().all(Option::is_none), "{cell}");
    }
}

fn check_document(table: &str) {
    let path = format!("{}/docs/reliability.md", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once("<!-- table -->\n").unwrap();
    let (old, after) = rest.split_once("<!-- end -->").unwrap();
    let head = "| fault of the first attempt | safe | idempotent | keyed | never |\n| --- | --- | --- | --- | --- |\n";
    let new = format!("\n{head}{table}\n");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, format!("{before}<!-- table -->\n{new}<!-- end -->{after}")).unwrap();
    } else {
        assert_eq!(old, new, "docs/reliability.md is out of date: run this test with UPDATE_DOCS=1");
    }
}
