//! [`Head`]: what a page says about its list. It usually stands before the records, so it is known before they are decoded.

use serde::de::DeserializeOwned;

/// What a page says about its list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    /// The number of records in the whole list. `None` if the server does not say.
    pub(super) count: Option<i64>,
    /// The link to the next page, or `None` at the end.
    pub(super) next: Option<String>,
}

impl Head {
    pub(super) fn new(count: Option<i64>, next: Option<String>) -> Self {
        Self { count: count.filter(|count| *count >= 0), next: next.filter(|next| !next.is_empty()) }
    }

    /// Reads the start of a page, up to its records. Returns `None` if anything else stands there.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let (mut count, mut next) = (None, None);
        let mut rest = after(text, b'{')?;
        loop {
            let key: String = value(&mut rest)?;
            rest = after(rest, b':')?;
            match &*key {
                "count" => count = value(&mut rest)?,
                "next" => next = value(&mut rest)?,
                "previous" => drop(value::<Option<String>>(&mut rest)?),
                "results" => return Some(Self::new(count, next)),
                _ => return None,
            }
            rest = after(rest, b',')?;
        }
    }
}

/// Skips white space and this byte.
fn after(text: &[u8], byte: u8) -> Option<&[u8]> {
    text.trim_ascii_start().strip_prefix(&[byte])
}

/// Reads a value, and leaves what follows it in `text`.
fn value<T: DeserializeOwned>(text: &mut &[u8]) -> Option<T> {
    let mut values = serde_json::Deserializer::from_slice(text).into_iter();
    let value = values.next()?.ok()?;
    *text = text.get(values.byte_offset()..)?;
    Some(value)
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
    }

    #[test]
    fn anything_else_before_the_records_hides_the_head() {
        let texts = [
            "",
            "[{}]",
            "<html>",
            r#"{"id": 1, "results": []}"#,
            r#"{"count": "7", "results": []}"#,
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
