//! From the bytes of a response to its value.
//!
//! A record of a page that cannot be decoded costs only itself: its end is found by brackets and quotes, and a good page
//! pays nothing for it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use campfire_values::json;
use campfire_values::read_json::{self, ReadJson};
use campfire_values::reader::Reader;
use campfire_values::{Date, Decimal, Json, ReadJsonError, Timestamp};
use http::StatusCode;

use super::excerpt;
use super::page::{self, Failure, Page};
use campfire_transport::outcome::error::{DecodeError, Error, RecordError};
use campfire_transport::outcome::operation::Operation;
use campfire_transport::outcome::rejected::{RejectedRecord, RejectedRecords};
use campfire_transport::outcome::text::one_line;
use campfire_transport::secret::Secret;

/// The body of a successful response, and how to decode it.
#[derive(Clone, Copy)]
pub(crate) struct Body<'a> {
    pub(crate) operation: &'static Operation,
    pub(crate) status: StatusCode,
    pub(crate) bytes: &'a [u8],
    pub(crate) rejected_records: RejectedRecords,
    /// The API key, which records that are rejected must not repeat: they end up in logs.
    pub(crate) secret: Secret<'a>,
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
            #[inline]
            fn decode(body: &crate::wire::decode::Body<'_>) -> ::std::result::Result<Self, campfire_transport::outcome::error::Error> {
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
        if body.bytes.is_empty() {
            return Ok(Json::Null);
        }
        let text = text(body.bytes);
        json::only_value(&mut Reader::bounded(&text)).map_err(|error| mismatch(body, &text, &error).untyped().into())
    }
}

impl<T: ReadJson + Send + 'static> Decode for Page<T> {
    fn decode(body: &Body<'_>) -> Result<Self, Error> {
        page(body)
    }
}

/// A list that is not paged. The server is known to wrap some of these into a page, so both forms are accepted.
impl<T: ReadJson + Send + 'static> Decode for Vec<T> {
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

impl<T: ReadJson + Send + 'static> Decode for BTreeMap<String, T> {
    fn decode(body: &Body<'_>) -> Result<Self, Error> {
        json(body)
    }
}

/// Decodes one JSON value.
pub(crate) fn json<T: ReadJson>(body: &Body<'_>) -> Result<T, Error> {
    let text = text(body.bytes);
    read_json::only_value(&mut Reader::bounded(&text)).map_err(|error| mismatch(body, &text, &error).into())
}

/// Decodes a page or a bare array.
fn page<T: ReadJson + 'static>(body: &Body<'_>) -> Result<Page<T>, Error> {
    let mut page = page_with_key(body)?;
    if !page.rejected.is_empty()
        && let Some(redacted) = body.secret.redact(body.bytes)
    {
        let body = Body { bytes: &redacted, ..*body };
        let rejected = page_with_key::<T>(&body)?.rejected;
        // Otherwise, a record could be neither among the results nor among the rejected ones.
        if !rejected.iter().map(|record| record.index).eq(page.rejected.iter().map(|record| record.index)) {
            return Err(broken_by_key(&body));
        }
        page.rejected = rejected;
    }
    Ok(page)
}

/// Decodes a page or a bare array, whose rejected records may repeat the API key.
fn page_with_key<T: ReadJson + 'static>(body: &Body<'_>) -> Result<Page<T>, Error> {
    let text = text(body.bytes);
    page::read(&text, body.rejected_records).map_err(|failure| match failure {
        Failure::Page(error) if T::IS_UNTYPED => mismatch(body, &text, &error).untyped().into(),
        Failure::Page(error) => mismatch(body, &text, &error).into(),
        Failure::Record(record) => RecordError::new(body.operation, body.status, record, None).into(),
    })
}

/// The error for a response that only the API key in it makes unreadable, as a key with quotes can. `body` is without the key.
#[cold]
pub(crate) fn broken_by_key(body: &Body<'_>) -> Error {
    let reason = "the response repeats the API key, and cannot be read because of it";
    let excerpt = excerpt::around(text(body.bytes).as_bytes(), 0);
    DecodeError::new(body.operation, body.status, "", reason, excerpt).untyped().into()
}

/// Returns the text of a body. Bytes that are not UTF-8 become null characters, which no value can contain: they cost
/// the record that they are in.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    std::str::from_utf8(bytes).map_or_else(|_| Cow::Owned(readable(bytes)), Cow::Borrowed)
}

#[cold]
fn readable(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push('\0');
        }
    }
    text
}

/// Returns the error for a body that does not match the description.
fn mismatch(body: &Body<'_>, text: &str, error: &ReadJsonError) -> DecodeError {
    let reason = match text.trim_ascii_start().as_bytes().first() {
        None => "the response is empty",
        Some(b'<') => "the response is HTML, not JSON: it may come from a proxy or a login page",
        Some(_) => error.reason(),
    };
    // What path and reason quote may be long.
    let (path, reason) = (one_line(&error.path()), one_line(reason));
    let excerpt = excerpt::around(text.as_bytes(), error.position());
    DecodeError::new(body.operation, body.status, path, reason, excerpt)
}
