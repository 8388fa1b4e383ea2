//! What `fuzz/` throws bytes at, and what must hold whatever they are; and what `benches/` measures behind the API. Not
//! part of the API.
//!
//! Here and not in `fuzz/`, so that `tests/corpus.rs` replays the corpus through the same code, and because error
//! bodies and whole answers are read behind the public API.

use std::fmt::Debug;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::decode::Answer;
use crate::error::TimeoutPhase;
use crate::transport::body::Incoming;
use crate::transport::limit::Limit;
use crate::transport::{self, Received};
use crate::types::{BalanceSheet, Contract, Entity, Invoice, InvoiceSummary, Transaction};
use crate::{BadRecord, Decimal, Error, Json, Operation, Page, Retry, Timestamp};

/// A target: its name in `fuzz/`, and what it does.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: &[Target] =
    &[("page", page), ("decimal", decimal), ("timestamp", timestamp), ("api_error", api_error), ("response", response)];

/// Small, so that limits are met by small inputs.
const MAX_BODY: usize = 64 * 1024;

static OPERATION: Operation =
    Operation { id: "fuzz.target", method: "GET", path: "/fuzz", retry: Retry::Safe, read_back: None, streams: false };

/// Reads the body of a page as the client does.
///
/// # Errors
/// What the client says of it.
pub fn receive_page<T: DeserializeOwned + Send + 'static>(bytes: Bytes) -> Result<Page<T>, Error> {
    Page::receive(Received {
        operation: &OPERATION,
        status: StatusCode::OK,
        headers: HeaderMap::new(),
        bytes,
        stream: None,
        attempts: 1,
        elapsed: std::time::Duration::ZERO,
        bad_record: BadRecord::Report,
    })
}

/// A page of records: nobody is lost, and what was read is written and read again as the same.
pub fn page(bytes: &[u8]) {
    match receive_page::<Invoice>(Bytes::copy_from_slice(bytes)) {
        Ok(page) => {
            // As many rows as there are in the text, good or bad.
            let sent = serde_json::from_slice::<Page<IgnoredAny>>(bytes).map(|page| page.results.len()).ok();
            assert_eq!(sent, Some(page.results.len() + page.rejected.len()));
            for rejected in &page.rejected {
                assert!(rejected.reason.len() < 2_000 && !rejected.path.is_empty());
            }
            stable(&page);
        }
        Err(error) => readable(&error),
    }
}

/// A decimal: no digit changes.
pub fn decimal(bytes: &[u8]) {
    if let Ok(decimal) = serde_json::from_slice::<Decimal>(bytes) {
        stable(&decimal);
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(decimal) = text.parse::<Decimal>() {
        let printed = decimal.to_string();
        assert_eq!(printed.parse::<Decimal>().map(|again| again.to_string()), Ok(printed.clone()));
        if !text.contains(['e', 'E']) {
            assert_eq!(digits(text), digits(&printed), "{text}");
        }
        let _ = (decimal.to_i64(), decimal.checked_add(decimal), decimal.checked_mul(decimal), -decimal);
    }
}

/// The digits that count: without the sign of a zero, leading zeros, and a leading plus.
fn digits(text: &str) -> String {
    let negative = text.starts_with('-') && text.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
    let unsigned = text.trim_start_matches(['+', '-']);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    format!("{}{}.{fraction}", if negative { "-" } else { "" }, whole.trim_start_matches('0'))
}

/// A timestamp: the same instant in the same offset.
pub fn timestamp(bytes: &[u8]) {
    if let Ok(time) = serde_json::from_slice::<Timestamp>(bytes) {
        stable(&time);
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(time) = text.parse::<Timestamp>() {
        assert_eq!(time.to_string().parse(), Ok(time));
        let _ = (time.utc_date(), time.unix_seconds(), time.subsec_nanos());
    }
    if let Ok(bound) = text.parse::<crate::DateOrTimestamp>() {
        assert_eq!(bound.to_string().parse(), Ok(bound));
    }
}

/// The body of an error, with a status and a kind of content in its first two bytes.
pub fn api_error(bytes: &[u8]) {
    let [status, kind, body @ ..] = bytes else { return };
    let status = StatusCode::from_u16(300 + u16::from(*status)).unwrap_or(StatusCode::BAD_REQUEST);
    let kind = ["application/json", "text/html", "text/plain", ""][usize::from(*kind) % 4];
    let headers = HeaderMap::from_iter([(http::header::CONTENT_TYPE, HeaderValue::from_static(kind))]);
    readable(&transport::api_error::from_answer(&OPERATION, status, &headers, body));
}

/// A whole answer: a number that picks the expected type, a status, header lines, an empty line, a body.
pub fn response(bytes: &[u8]) {
    let (head, body) = match bytes.windows(2).position(|pair| pair == b"\n\n") {
        Some(end) => (&bytes[..end], &bytes[end + 2..]),
        None => (bytes, &[][..]),
    };
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines();
    let (kind, status) = lines.next().and_then(|line| line.split_once(' ')).unwrap_or_default();
    let mut answer = http::Response::new(Bytes::copy_from_slice(body));
    *answer.status_mut() = status.parse().unwrap_or_default();
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(value)) {
            answer.headers_mut().append(name, value);
        }
    }
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().build() else { return };
    let silence = Limit { operation: &OPERATION, phase: TimeoutPhase::Answer, limit: None };
    let mut body = Incoming { response: answer.into(), silence };
    let received = match runtime.block_on(transport::receive(&mut body, MAX_BODY)) {
        Ok(received) => received,
        Err(error) => return readable(&error),
    };
    assert!(received.bytes.len() <= MAX_BODY);
    match kind {
        "1" => answered::<Page<InvoiceSummary>>(received),
        "2" => answered::<Contract>(received),
        "3" => answered::<Transaction>(received),
        "4" => answered::<Vec<Entity>>(received),
        "5" => answered::<Invoice>(received),
        "6" => answered::<BalanceSheet>(received),
        "7" => answered::<i64>(received),
        _ => answered::<Json>(received),
    }
}

fn answered<T: Answer + Serialize + DeserializeOwned + Debug>(received: Received) {
    match T::receive(received) {
        Ok(value) => stable(&value),
        Err(error) => readable(&error),
    }
}

/// What was read is written, read, and written again as the same.
fn stable<T: Serialize + DeserializeOwned + Debug>(value: &T) {
    let written = serde_json::to_string(value);
    let Ok(written) = written else { return assert!(written.is_ok(), "{value:?}: {written:?}") };
    let again = serde_json::from_str::<T>(&written).and_then(|value| serde_json::to_string(&value));
    assert_eq!(again.ok().as_deref(), Some(written.as_str()), "{value:?}");
}

/// One line of bounded length, whatever the server sent.
fn readable(error: &Error) {
    let text = error.to_string();
    assert!(!text.is_empty() && text.len() < 8_000, "{} bytes: {text:.200}", text.len());
    assert!(!text.contains(char::is_control), "{text:?}");
    if let Error::Decode(error) = error {
        assert!(error.excerpt().len() <= 200);
    }
}
