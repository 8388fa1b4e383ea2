//! From the bytes of an answer to its value.
//!
//! A page is decoded at full speed first; only when that fails are its rows decoded one by one, so that a bad row
//! costs itself and not the page, and a good page pays nothing for it.

use std::collections::BTreeMap;

use http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::error::{DecodeError, Error, RecordError, one_line};
use crate::page::{BadRecord, Page, Rejected};
use crate::transport::Received;
use crate::wire::split_path;
use crate::{Json, Operation, Retry};

/// What a call can give.
pub(crate) trait Answer: Sized + Send + 'static {
    /// Reads it from what was received.
    ///
    /// # Errors
    /// When the answer is not what the description says.
    fn receive(received: Received) -> Result<Self, Error>;
}

/// Implements [`Answer`] for what is plain JSON.
macro_rules! json_answer {
    ($($ty:ty),*) => {$(
        impl crate::decode::Answer for $ty {
            fn receive(received: crate::transport::Received) -> ::std::result::Result<Self, crate::Error> {
                crate::decode::json(&received)
            }
        }
    )*};
}
pub(crate) use json_answer;

json_answer!(String, i64, bool, crate::Decimal, crate::Date, crate::Timestamp);

/// Nothing, whatever the body is.
impl Answer for () {
    fn receive(_: Received) -> Result<Self, Error> {
        Ok(())
    }
}

/// Any JSON; an empty body reads as null.
impl Answer for Json {
    fn receive(received: Received) -> Result<Self, Error> {
        if received.bytes.is_empty() { Ok(Json::Null) } else { json(&received) }
    }
}

impl<T: DeserializeOwned + Send + 'static> Answer for Page<T> {
    fn receive(received: Received) -> Result<Self, Error> {
        page(&received)
    }
}

/// A list that is not paged. The server is known to wrap some lists into a page, so both forms are read.
impl<T: DeserializeOwned + Send + 'static> Answer for Vec<T> {
    fn receive(received: Received) -> Result<Self, Error> {
        let page = page(&received)?;
        match page.rejected.into_iter().next() {
            None => Ok(page.results),
            Some(rejected) => Err(Error::Decode(Box::new(DecodeError {
                operation: received.operation.id,
                status: received.status,
                path: rejected.path,
                reason: rejected.reason,
                excerpt: cut(rejected.raw.to_string().as_bytes(), 0),
                took_effect: took_effect(received.operation),
                request_id: None,
            }))),
        }
    }
}

impl<T: DeserializeOwned + Send + 'static> Answer for BTreeMap<String, T> {
    fn receive(received: Received) -> Result<Self, Error> {
        json(&received)
    }
}

/// Decodes one JSON value.
pub(crate) fn json<T: DeserializeOwned>(received: &Received) -> Result<T, Error> {
    serde_json::from_slice(&received.bytes)
        .map_err(|error| failure(received.operation, received.status, &received.bytes, &error))
}

fn page<T: DeserializeOwned>(received: &Received) -> Result<Page<T>, Error> {
    let whole = match serde_json::from_slice(&received.bytes) {
        Ok(page) => return Ok(page),
        Err(error) => error,
    };
    let Ok(rows) = serde_json::from_slice::<Page<Box<RawValue>>>(&received.bytes) else {
        return Err(failure(received.operation, received.status, &received.bytes, &whole));
    };
    let bare = received.bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    let prefix = if bare { "" } else { "results" };
    let mut page = Page {
        count: rows.count,
        next: rows.next,
        previous: rows.previous,
        results: Vec::with_capacity(rows.results.len()),
        rejected: Vec::new(),
        extra: rows.extra,
        drifted: false,
        token: None,
    };
    for (index, row) in rows.results.into_iter().enumerate() {
        match serde_json::from_str(row.get()) {
            Ok(row) => page.results.push(row),
            Err(error) => {
                let raw = Json::from_slice(row.get().as_bytes()).unwrap_or_else(|_| Json::from(row.get()));
                let (path, reason) = split_path(&error.to_string());
                let dot = if path.is_empty() || path.starts_with('[') { "" } else { "." };
                let path = format!("{prefix}[{index}]{dot}{path}");
                let rejected = Rejected { index, path, reason: shorten(&reason), raw };
                if received.bad_record == BadRecord::Fail {
                    let (operation, status) = (received.operation.id, received.status);
                    return Err(Error::Record(Box::new(RecordError { operation, status, rejected, request_id: None })));
                }
                page.rejected.push(rejected);
            }
        }
    }
    Ok(page)
}

fn failure(operation: &Operation, status: StatusCode, bytes: &[u8], error: &serde_json::Error) -> Error {
    let (path, mut reason) = split_path(&error.to_string());
    let start = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    if bytes.is_empty() {
        reason = "the answer is empty".to_owned();
    } else if start == Some(&b'<') {
        reason = "the answer is HTML, not JSON: a proxy or a login page may stand in between".to_owned();
    }
    let line_start = bytes
        .split_inclusive(|byte| *byte == b'\n')
        .take(error.line().saturating_sub(1))
        .map(<[u8]>::len)
        .sum::<usize>();
    Error::Decode(Box::new(DecodeError {
        operation: operation.id,
        status,
        path,
        reason: shorten(&reason),
        excerpt: cut(bytes, line_start + error.column()),
        took_effect: took_effect(operation),
        request_id: None,
    }))
}

/// An answer that came is a call that was processed.
fn took_effect(operation: &Operation) -> bool {
    operation.retry != Retry::Safe
}

/// The 200 bytes around a place, as text in one line.
pub(crate) fn cut(bytes: &[u8], place: usize) -> String {
    const WIDTH: usize = 200;
    // The reader stands behind what it did not like: more of what comes before.
    let start = place.min(bytes.len()).saturating_sub(WIDTH * 3 / 4);
    let end = bytes.len().min(start + WIDTH);
    let mut text: String = String::from_utf8_lossy(&bytes[start..end])
        .chars()
        .map(|character| if character.is_control() { ' ' } else { character })
        .collect();
    // A cut character may have grown into a replacement character.
    while text.len() > WIDTH {
        text.pop();
    }
    text
}

/// Reasons quote what they found, which may be long.
fn shorten(reason: &str) -> String {
    // serde_json adds the position, which the path and the excerpt say better.
    one_line(reason.rfind(" at line ").map_or(reason, |end| &reason[..end]))
}
