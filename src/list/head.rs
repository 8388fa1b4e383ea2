//! [`Head`]: what a page says about its list. It usually stands before the records, so it is known before they are decoded.

use campfire_values::fields::field;
use campfire_values::reader::{Fields, Key, Reader};

/// What a page says about its list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    /// The number of records in the whole list. `None` if the server does not say.
    pub(super) count: Option<i64>,
    /// The link to the next page, or `None` at the end.
    pub(super) next: Option<String>,
}

impl Head {
    /// The head is looked for in this many bytes, which are enough for any link.
    pub(super) const LONGEST: usize = 16 * 1024;

    pub(super) fn new(count: Option<i64>, next: Option<String>) -> Self {
        Self { count: count.filter(|count| *count >= 0), next: next.filter(|next| !next.is_empty()) }
    }

    /// Reads the start of a page, up to its records. Returns `None` if anything else stands there, or not all of it is there yet.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        const FIELDS: Fields = campfire_values::fields!["count", "next", "previous", "results"];
        let mut reader = Reader::new(start(bytes));
        let mut object = reader.object(FIELDS, "a page").ok()??;
        let (mut count, mut next) = (None, None);
        loop {
            match reader.key(&mut object).ok()?? {
                Key::Field(0) => field(&mut reader, &mut count).ok()?,
                Key::Field(1) => field(&mut reader, &mut next).ok()?,
                Key::Field(2) => reader.skip().ok()?,
                Key::Field(_) => return Some(Self::new(count, next)),
                Key::Other => return None,
            }
        }
    }
}

/// Returns the beginning of a text.
fn start(bytes: &[u8]) -> &str {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let bytes = bytes.get(..Head::LONGEST).unwrap_or(bytes);
    bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(count: impl Into<Option<i64>>, next: Option<&str>) -> Option<Head> {
        Some(Head { count: count.into(), next: next.map(str::to_owned) })
    }

    #[test]
    fn the_head_is_what_stands_before_the_records() {
        let read = |text: &str| Head::read(text.as_bytes());
        let next =
            r#"{"count": 7, "next": "http:\/\/host\/?offset=5\u0026limit=5", "previous": null, "results": [{"id": 1"#;
        assert_eq!(read(next), head(7, Some("http://host/?offset=5&limit=5")));
        assert_eq!(read(" {\n \"next\" : \"a\" , \"results\":"), head(None, Some("a")));
        assert_eq!(read(r#"{"count":7,"next":null,"results":[]}"#), head(7, None));
        assert_eq!(read(r#"{"count":-1,"next":"","results":[]}"#), head(None, None));
        assert_eq!(read(r#"{"results":[]}"#), head(None, None));
        assert_eq!(
            read("\u{feff}{\"count\":\"7\",\"previous\":[{}],\"results\":"),
            head(7, None),
            "as pages are decoded"
        );
    }

    #[test]
    fn a_head_that_has_not_arrived_yet_is_not_read() {
        let page = "{\"count\":75,\"next\":\"/x?q=é\\u0026offset=5\",\"previous\":[null],\"results\":[]}".as_bytes();
        let end = page.len() - "[]}".len();
        let whole = head(75, Some("/x?q=é&offset=5"));
        for length in 0..=page.len() {
            let expected = if length < end { &None } else { &whole };
            assert_eq!(Head::read(&page[..length]), *expected, "{length} bytes");
        }
    }

    #[test]
    fn anything_else_before_the_records_hides_the_head() {
        let texts = [
            "",
            "[{}]",
            "<html>",
            r#"{"id": 1, "results": []}"#,
            r#"{"count": "many", "results": []}"#,
            r#"{"count": 7.5, "results": []}"#,
            r#"{"count": 7"#,
            r#"{"count": 7, "next": "a"}"#,
            r#"{"count" 7, "results": []}"#,
        ];
        for text in texts {
            assert_eq!(Head::read(text.as_bytes()), None, "{text}");
        }
    }
}
