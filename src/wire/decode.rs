//! From the bytes of a response to its value.
//!
//! A page is first decoded as a whole, at full speed. Only if that fails are its records decoded one by one, so that a
//! bad record costs only itself, and a good page pays nothing for it.

use std::collections::BTreeMap;

use campfire_values::{Date, Decimal, Json, Timestamp};
use http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::excerpt;
use super::page::Page;
use super::path::split_path;
use crate::outcome::error::{DecodeError, Error, RecordError};
use crate::outcome::operation::Operation;
use crate::outcome::rejected::{RejectedRecord, RejectedRecords};
use crate::outcome::text::one_line;

/// The body of a successful response, and how to decode it.
#[derive(Clone, Copy)]
pub(crate) struct Body<'a> {
    pub(crate) operation: &'static Operation,
    pub(crate) status: StatusCode,
    pub(crate) bytes: &'a [u8],
    pub(crate) rejected_records: RejectedRecords,
}

/// A value that the body of a response can be decoded into.
pub(crate) trait Decode: Sized + Send + 'static {
    /// Decodes it.
    ///
    /// # Errors
    /// If the body does not match the description.
    fn decode(body: &Body<'_>) -> Result<Self, Error>;
}

/// Implements [`Decode`] for types that are plain JSON.
macro_rules! json_response {
    ($($ty:ty),*) => {$(
        impl crate::wire::decode::Decode for $ty {
            fn decode(body: &crate::wire::decode::Body<'_>) -> ::std::result::Result<Self, crate::outcome::error::Error> {
                crate::wire::decode::json(body)
            }
        }
    )*};
}
pub(crate) use json_response;

json_response!(String, i64, bool, Decimal, Date, Timestamp);

/// Ignores the body.
impl Decode for () {
    fn decode(_: &Body<'_>) -> Result<Self, Error> {
        Ok(())
    }
}

/// Accepts any JSON. An empty body reads as null.
impl Decode for Json {
    fn decode(body: &Body<'_>) -> Result<Self, Error> {
        if body.bytes.is_empty() { Ok(Json::Null) } else { json(body) }
    }
}

impl<T: DeserializeOwned + Send + 'static> Decode for Page<T> {
    fn decode(body: &Body<'_>) -> Result<Self, Error> {
        page(body)
    }
}

/// A list that is not paged. The server is known to wrap some of these into a page, so both forms are accepted.
impl<T: DeserializeOwned + Send + 'static> Decode for Vec<T> {
    fn decode(body: &Body<'_>) -> Result<Self, Error> {
        let page = page(body)?;
        match page.rejected.into_iter().next() {
            None => Ok(page.results),
            Some(RejectedRecord { path, reason, raw, .. }) => {
                let excerpt = excerpt::around(raw.to_string().as_bytes(), 0);
                Err(DecodeError::new(body.operation, body.status, path, reason, excerpt).into())
            }
        }
    }
}

impl<T: DeserializeOwned + Send + 'static> Decode for BTreeMap<String, T> {
    fn decode(body: &Body<'_>) -> Result<Self, Error> {
        json(body)
    }
}

/// Decodes one JSON value.
pub(crate) fn json<T: DeserializeOwned>(body: &Body<'_>) -> Result<T, Error> {
    serde_json::from_slice(body.bytes).map_err(|error| mismatch(body, &error))
}

fn page<T: DeserializeOwned>(body: &Body<'_>) -> Result<Page<T>, Error> {
    let whole = match serde_json::from_slice(body.bytes) {
        Ok(page) => return Ok(page),
        Err(error) => error,
    };
    match serde_json::from_slice::<Page<Box<RawValue>>>(body.bytes) {
        Ok(raw) => record_by_record(body, raw),
        Err(_) => Err(mismatch(body, &whole)),
    }
}

/// Decodes the records of a page one by one, and sets aside those that fail.
fn record_by_record<T: DeserializeOwned>(body: &Body<'_>, raw: Page<Box<RawValue>>) -> Result<Page<T>, Error> {
    let is_bare_array = body.bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    let prefix = if is_bare_array { "" } else { "results" };
    let mut results = Vec::with_capacity(raw.results.len());
    let mut rejected = Vec::new();
    for (index, record) in raw.results.into_iter().enumerate() {
        match serde_json::from_str(record.get()) {
            Ok(record) => results.push(record),
            Err(error) => {
                let record = reject(prefix, index, record.get(), &error);
                if body.rejected_records == RejectedRecords::Fail {
                    return Err(RecordError::new(body.operation, body.status, record, None).into());
                }
                rejected.push(record);
            }
        }
    }
    let Page { count, next, previous, extra, .. } = raw;
    Ok(Page { count, next, previous, results, rejected, extra })
}

fn reject(prefix: &str, index: usize, text: &str, error: &serde_json::Error) -> RejectedRecord {
    let raw = Json::from_slice(text.as_bytes()).unwrap_or_else(|_| Json::from(text));
    let (path, reason) = split_path(&error.to_string());
    let dot = if path.is_empty() || path.starts_with('[') { "" } else { "." };
    RejectedRecord { index, path: format!("{prefix}[{index}]{dot}{path}"), reason: without_position(&reason), raw }
}

/// Returns the error for a body that does not match the description.
fn mismatch(body: &Body<'_>, error: &serde_json::Error) -> Error {
    let bytes = body.bytes;
    let (path, mut reason) = split_path(&error.to_string());
    if bytes.is_empty() {
        reason = "the response is empty".to_owned();
    } else if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<') {
        reason = "the response is HTML, not JSON: it may come from a proxy or a login page".to_owned();
    }
    let line_start = bytes
        .split_inclusive(|byte| *byte == b'\n')
        .take(error.line().saturating_sub(1))
        .map(<[u8]>::len)
        .sum::<usize>();
    let excerpt = excerpt::around(bytes, line_start + error.column());
    DecodeError::new(body.operation, body.status, path, without_position(&reason), excerpt).into()
}

/// Drops the line and column that serde_json adds: path and excerpt are clearer. What the reason quotes may be long.
fn without_position(reason: &str) -> String {
    one_line(reason.rfind(" at line ").map_or(reason, |end| &reason[..end]))
}
