//! Files that were uploaded: kept with their records, and served without a key, as the presigned links of the live
//! server are.

use std::fmt::Write;

use super::api::Reply;
use super::store::Store;
use campfire_values::Json;

/// Where links lead.
pub(crate) const PREFIX: &str = "/__files/";

/// The member that holds the content.
pub(crate) const CONTENT: &str = "_content";

/// Bytes as a text, two digits each, so that a snapshot can hold them.
pub(crate) fn encode(content: &[u8]) -> Json {
    let mut text = String::with_capacity(content.len() * 2);
    for byte in content {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Json::String(text)
}

fn decode(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2);
    digits.filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

/// Serves a file: `/__files/files/42`.
pub(crate) fn serve(store: &Store, path: &str) -> Option<Reply> {
    let (resource, id) = path.strip_prefix(PREFIX)?.rsplit_once('/')?;
    let record = store.get(resource, id.parse().ok()?)?;
    let content = record.fields.text(CONTENT).map(decode).unwrap_or_default();
    let content_type = record.fields.text("s3_content_type").unwrap_or("application/octet-stream").to_owned();
    Some(Reply { status: 200, content_type, body: content, retry_after: None, clock: None })
}
