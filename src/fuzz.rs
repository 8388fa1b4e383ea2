//! The fuzz targets of `fuzz/`, with the properties that hold for any input, and entry points for `benches/`. Not part of the
//! public API.
//!
//! They are here and not in `fuzz/`, so that the tests replay the corpus through the same code, and because error bodies
//! and whole responses are read behind the public API.

use std::fmt::Debug;
use std::io::{Read, Write};
use std::net::TcpListener;

use bytes::Bytes;
use campfire_values::raw::RAW_TOKEN;
use campfire_values::read_json::ReadJson;
use campfire_values::{DateOrTimestamp, Decimal, Json, JsonObject, Timestamp};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::list::head::Head;
use crate::list::token::PageToken;
use crate::types::{BalanceSheet, Contract, Entity, Invoice, InvoiceSummary, Transaction};
use crate::wire::decode::{Body, Decode};
use crate::wire::page::Page;
use campfire_transport::api_error;
use campfire_transport::body::{Incoming, Whole};
use campfire_transport::defaults::ERROR_BODY;
use campfire_transport::limit::Limit;
use campfire_transport::outcome::error::{Error, TimeoutPhase};
use campfire_transport::outcome::operation::{Operation, Retry};
use campfire_transport::outcome::rejected::RejectedRecords;
use campfire_transport::received::receive;
use campfire_transport::retry::RetryPolicy;
use campfire_transport::secret::Secret;

/// A fuzz target: its name in `fuzz/`, and its function.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: &[Target] = &[
    ("page", page),
    ("json", json),
    ("decimal", decimal),
    ("timestamp", timestamp),
    ("api_error", api_error),
    ("response", response),
    ("flatten", flatten),
    ("token", token),
    ("exchange", exchange),
];

/// Part of some inputs of [`exchange`], so that a client with this key must not repeat it.
const KEY: &str = "k-5f2e-secret";

/// Small, so that small inputs reach the limit.
const MAX_BODY: usize = 64 * 1024;

static OPERATION: Operation = Operation::new("fuzz.target", "GET", "/fuzz", Retry::Safe, None);

/// Decodes the body of a page as the client does.
///
/// # Errors
/// Those of the client.
pub fn decode_page<T: ReadJson + Send + 'static>(bytes: &[u8]) -> Result<Page<T>, Error> {
    Page::decode(&body(StatusCode::OK, bytes))
}

fn body(status: StatusCode, bytes: &[u8]) -> Body<'_> {
    static AUTHORIZATION: HeaderValue = HeaderValue::from_static(KEY);
    let secret = Secret::of(&AUTHORIZATION);
    Body { operation: &OPERATION, status, bytes, rejected_records: RejectedRecords::Collect, secret }
}

/// Any JSON: the same texts are accepted as by `serde_json`, with the same values.
///
/// # Panics
/// If there is a difference that `docs/decoding.md` does not list.
pub fn json(bytes: &[u8]) {
    let ours = Json::from_slice(bytes);
    // `serde_json` reads an object with this key as the JSON in its value.
    if ours.as_ref().is_ok_and(|ours| ours.to_string().contains(RAW_TOKEN)) {
        return;
    }
    match serde_json::from_slice::<serde_json::Value>(bytes) {
        Ok(theirs) => match ours {
            Ok(ours) => {
                assert!(same(&ours, &theirs), "{ours} is not {theirs}");
                stable(&ours);
            }
            Err(error) => assert!(error.to_string().contains("appears twice"), "{error}"),
        },
        // It reads numbers as floats, so that it rejects large ones.
        Err(theirs) if theirs.to_string().starts_with("number out of range") => {}
        Err(theirs) => assert!(ours.is_err(), "{ours:?}: {theirs}"),
    }
}

fn same(ours: &Json, theirs: &serde_json::Value) -> bool {
    use serde_json::Value;
    match (ours, theirs) {
        (Json::Null, Value::Null) => true,
        (Json::Bool(ours), Value::Bool(theirs)) => ours == theirs,
        // `serde_json` reads floats only nearly to the last bit.
        (Json::Number(ours), Value::Number(theirs)) => {
            ours.as_f64().zip(theirs.as_f64()).is_some_and(|(ours, theirs)| {
                (ours - theirs).abs() <= 2.0 * f64::EPSILON * theirs.abs() + f64::MIN_POSITIVE
            })
        }
        (Json::String(ours), Value::String(theirs)) => ours == theirs,
        (Json::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| same(ours, theirs))
        }
        (Json::Object(ours), Value::Object(theirs)) => {
            ours.len() == theirs.len()
                && ours.iter().all(|(key, ours)| theirs.get(key).is_some_and(|theirs| same(ours, theirs)))
        }
        _ => false,
    }
}

/// A page of records: no record is lost, and the page survives a round trip. A part of its head is not taken for all of it.
pub fn page(bytes: &[u8]) {
    let head = Head::read(bytes);
    for part in 1..8 {
        let arrived = Head::read(&bytes[..bytes.len() * part / 8]);
        assert!(arrived.is_none() || arrived == head, "{arrived:?} is not {head:?}");
    }
    match decode_page::<Invoice>(bytes) {
        Ok(page) => {
            // As many records as in the text, decoded or rejected. Bytes behind a record that is valid JSON are an error
            // of the page there, and part of the record here.
            if let Ok(sent) = decode_page::<Json>(bytes) {
                assert_eq!(sent.results.len() + sent.rejected.len(), page.results.len() + page.rejected.len());
            }
            // Known fields have a way of their own through the reader, but the grammar is the same.
            let is_json = |page: Page<Json>| page.rejected.is_empty();
            assert!(!page.rejected.is_empty() || decode_page::<Json>(bytes).is_ok_and(is_json));
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
        // Zeros that do not fit are left out at the end of a fraction.
        let is_long = text.split_once('.').is_some_and(|(_, fraction)| fraction.len() > 28);
        if !text.contains(['e', 'E']) {
            let text = if is_long { text.trim_end_matches('0') } else { text };
            let shown = if is_long { printed.trim_end_matches('0') } else { &printed };
            assert_eq!(digits(text), digits(shown), "{text}");
        }
        let _ = (decimal.to_i64(), decimal.checked_add(decimal), decimal.checked_mul(decimal), -decimal);
    }
}

/// Returns the significant digits: without the sign of a zero, leading zeros, and a leading plus.
fn digits(text: &str) -> String {
    let negative = text.starts_with('-') && text.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
    let unsigned = text.trim_start_matches(['+', '-']);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    format!("{}{}.{fraction}", if negative { "-" } else { "" }, whole.trim_start_matches('0'))
}

/// A timestamp: the same point in time with the same offset.
pub fn timestamp(bytes: &[u8]) {
    if let Ok(time) = serde_json::from_slice::<Timestamp>(bytes) {
        stable(&time);
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(time) = text.parse::<Timestamp>() {
        assert_eq!(time.to_string().parse(), Ok(time));
        let _ = (time.utc_date(), time.unix_seconds(), time.subsec_nanos());
    }
    if let Ok(bound) = text.parse::<DateOrTimestamp>() {
        assert_eq!(bound.to_string().parse(), Ok(bound));
    }
}

/// An error body; its first two bytes choose a status and a media type.
pub fn api_error(bytes: &[u8]) {
    let [status, kind, body @ ..] = bytes else { return };
    let status = StatusCode::from_u16(300 + u16::from(*status)).unwrap_or(StatusCode::BAD_REQUEST);
    let kind = ["application/json", "text/html", "text/plain", ""][usize::from(*kind) % 4];
    let headers = HeaderMap::from_iter([(http::header::CONTENT_TYPE, HeaderValue::from_static(kind))]);
    readable(&api_error::from_response(&OPERATION, status, headers, Bytes::copy_from_slice(body)));
}

/// A whole response: a number that chooses the expected type, a status, header lines, an empty line, a body.
pub fn response(bytes: &[u8]) {
    let (head, body) = match bytes.windows(2).position(|pair| pair == b"\n\n") {
        Some(end) => (&bytes[..end], &bytes[end + 2..]),
        None => (bytes, &[][..]),
    };
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines();
    let (kind, status) = lines.next().and_then(|line| line.split_once(' ')).unwrap_or_default();
    let mut response = http::Response::new(Bytes::copy_from_slice(body));
    *response.status_mut() = status.parse().unwrap_or_default();
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(value)) {
            response.headers_mut().append(name, value);
        }
    }
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().build() else { return };
    let silence = Limit { operation: &OPERATION, phase: TimeoutPhase::Response, limit: None };
    let mut body = Incoming::new(response.into(), silence);
    let authorization = HeaderValue::from_static("Token k-of-the-fuzzer");
    let received = match runtime.block_on(receive(&mut body, MAX_BODY, &authorization, &Whole)) {
        Ok(received) => received,
        Err(error) => return readable(&error),
    };
    assert!(received.bytes.len() <= MAX_BODY);
    let body = self::body(received.status, &received.bytes);
    match kind {
        "1" => decoded::<Page<InvoiceSummary>>(&body),
        "2" => decoded::<Contract>(&body),
        "3" => decoded::<Transaction>(&body),
        "4" => decoded::<Vec<Entity>>(&body),
        "5" => decoded::<Invoice>(&body),
        "6" => decoded::<BalanceSheet>(&body),
        "7" => decoded::<i64>(&body),
        _ => decoded::<Json>(&body),
    }
}

/// A type of a user, around one of ours.
#[derive(Debug, Deserialize, Serialize)]
struct Flat<T> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    own: Option<bool>,
    #[serde(flatten)]
    value: T,
}

/// Either of two types, as a user may not know which one comes.
#[derive(Debug, Deserialize, Serialize)]
#[serde(untagged)]
enum Either<T> {
    Ours(Box<Flat<T>>),
    Any(Json),
}

/// Any JSON through `#[serde(flatten)]` and `#[serde(untagged)]`, where serde buffers values and holds numbers as floats:
/// nothing panics, and what comes back from a round trip does not change any more.
pub fn flatten(bytes: &[u8]) {
    flattened::<Json>(bytes);
    flattened::<JsonObject>(bytes);
    flattened::<Contract>(bytes);
    flattened::<Invoice>(bytes);
    flattened::<InvoiceSummary>(bytes);
    flattened::<Transaction>(bytes);
    flattened::<Entity>(bytes);
    flattened::<BalanceSheet>(bytes);
}

fn flattened<T: Serialize + DeserializeOwned + Debug>(bytes: &[u8]) {
    settles(serde_json::from_slice::<Flat<T>>(bytes));
    settles(serde_json::from_slice::<Either<T>>(bytes));
    settles(serde_json::from_slice(bytes).and_then(serde_json::from_value::<Flat<T>>));
}

fn settles<T: Serialize + DeserializeOwned + Debug>(value: serde_json::Result<T>) {
    let again = |value: T| serde_json::from_str::<T>(&serde_json::to_string(&value)?);
    if let Ok(value) = value.and_then(again) {
        stable(&value);
    }
}

/// A page token: it survives a round trip, and a list accepts it only if its checksum is right, so no bit of it can change
/// unnoticed.
pub fn token(bytes: &[u8]) {
    let Ok(token) = serde_json::from_slice::<PageToken>(bytes) else { return };
    stable(&token);
    let token = token.sealed();
    assert!(!token.is_damaged());
    let text = serde_json::to_vec(&token).unwrap_or_default();
    for (index, _) in text.iter().enumerate() {
        let mut text = text.clone();
        text[index] ^= 1 << (index % 8);
        if let Ok(other) = serde_json::from_slice::<PageToken>(&text) {
            assert!(other == token || other.is_damaged(), "{}", String::from_utf8_lossy(&text));
        }
    }
}

/// What a server sends on a connection, byte by byte, to a client. The first byte of the input chooses the call.
///
/// # Panics
/// If a secret is repeated, a limit is exceeded, or the client cannot be set up: an input that is not sent shows nothing.
#[expect(clippy::expect_used, reason = "a target that cannot run must not pass")]
pub fn exchange(bytes: &[u8]) {
    let [call, response @ ..] = bytes else { return };
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("the listener has an address");
    let builder = Client::builder().api_key(KEY).base_url(format!("http://{address}")).max_body(MAX_BODY);
    let campfire = builder.retry(RetryPolicy::none()).build().expect("the client is built with a TLS feature");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("the runtime starts");
    let response = response.to_vec();
    let server = std::thread::spawn(move || serve(&listener, &response));
    let contracts = campfire.contracts();
    let (outcome, is_unsafe) = match call % 4 {
        0 => (runtime.block_on(contracts.retrieve(1).send()).map(drop), false),
        1 => (runtime.block_on(contracts.duplicate(1).send()).map(drop), true),
        2 => (runtime.block_on(contracts.list().send()).map(drop), false),
        _ => (runtime.block_on(contracts.duplicate(1).send_untyped()).map(drop), true),
    };
    // Closes the connection.
    drop((campfire, runtime));
    assert!(server.join().is_ok());
    let Err(error) = outcome else { return };
    readable(&error);
    let mut text = format!("{error} {error:?} {:?}", error.request_id());
    if let Some(api) = error.api() {
        assert!(api.fields().len() <= 100 && api.body().len() <= ERROR_BODY);
        text.push_str(&format!("{:?} {}", api.headers(), String::from_utf8_lossy(api.body())));
    }
    assert!(!text.contains(KEY), "{text}");
    // The server has read the request, so only its own word makes it certain that the call was not processed.
    assert!(!is_unsafe || !error.is_retryable() || error.status().is_some(), "{error:?}");
}

/// Reads one request, and sends these bytes.
fn serve(listener: &TcpListener, response: &[u8]) {
    let Ok((mut stream, _)) = listener.accept() else { return };
    let (mut request, mut buffer) = (Vec::new(), [0; 4096]);
    while !request.ends_with(b"\r\n\r\n") {
        match stream.read(&mut buffer) {
            Ok(read @ 1..) => request.extend_from_slice(&buffer[..read]),
            _ => return,
        }
    }
    // The client may have read enough, and closed the connection.
    let _ = stream.write_all(response);
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let _ = stream.read_to_end(&mut Vec::new());
}

fn decoded<T: Decode + Serialize + DeserializeOwned + Debug>(body: &Body<'_>) {
    match T::decode(body) {
        Ok(value) => stable(&value),
        Err(error) => readable(&error),
    }
}

/// A value survives a round trip.
fn stable<T: Serialize + DeserializeOwned + Debug>(value: &T) {
    let written = serde_json::to_string(value);
    let Ok(written) = written else { return assert!(written.is_ok(), "{value:?}: {written:?}") };
    let again = serde_json::from_str::<T>(&written).and_then(|value| serde_json::to_string(&value));
    assert_eq!(again.ok().as_deref(), Some(written.as_str()), "{value:?}");
}

/// An error is one line of bounded length, whatever the server sent.
fn readable(error: &Error) {
    let text = error.to_string();
    assert!(!text.is_empty() && text.len() < 8_000, "{} bytes: {text:.200}", text.len());
    assert!(!text.contains(char::is_control), "{text:?}");
    if let Error::Decode(error) = error {
        assert!(error.excerpt().len() <= 200);
    }
}
