//! [`Secret`]: the API key, removed from whatever a server sends back.

use http::{HeaderMap, HeaderName, HeaderValue};

/// What stands in place of the key.
const REDACTED: &[u8] = b"[redacted]";

/// A shorter key would be found in ordinary words.
const SHORTEST: usize = 8;

/// The API key, as far as responses must not repeat it: errors end up in logs.
#[derive(Clone, Copy)]
pub struct Secret<'a>(&'a [u8]);

impl<'a> Secret<'a> {
    /// Returns the key in the value of its header: `Token k-123`, or the key alone.
    pub fn of(authorization: &'a HeaderValue) -> Self {
        let bytes = authorization.as_bytes();
        Self(bytes.iter().position(|byte| *byte == b' ').map_or(bytes, |space| &bytes[space + 1..]))
    }

    /// Returns the bytes without the key, or `None` if they do not contain it.
    pub fn redact(self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut redacted = Vec::new();
        let (mut at, mut copied) = (0, 0);
        while self.0.len() >= SHORTEST && at < bytes.len() {
            // Most positions are decided by one byte.
            let begins = bytes[at] == self.0[0] || bytes[at] == b'\\';
            match begins.then(|| self.length_in(&bytes[at..])).flatten() {
                Some(length) => {
                    redacted.extend_from_slice(&bytes[copied..at]);
                    redacted.extend_from_slice(REDACTED);
                    at += length;
                    copied = at;
                }
                None => at += 1,
            }
        }
        if copied == 0 {
            return None;
        }
        redacted.extend_from_slice(&bytes[copied..]);
        Some(redacted)
    }

    /// Removes the key from the values of headers, and headers that are named after it.
    pub fn redact_headers(self, headers: &mut HeaderMap) {
        let is_named = |name: &&HeaderName| {
            let mut parts = name.as_str().as_bytes().windows(self.0.len().max(SHORTEST));
            parts.any(|part| part.eq_ignore_ascii_case(self.0))
        };
        while let Some(name) = headers.keys().find(is_named).cloned() {
            headers.remove(name);
        }
        for value in headers.values_mut() {
            if let Some(redacted) = self.redact(value.as_bytes()).and_then(|bytes| HeaderValue::from_bytes(&bytes).ok())
            {
                *value = redacted;
            }
        }
    }

    /// Returns the length of the key at the start of these bytes, if it stands there: as it is, or with JSON's escapes.
    fn length_in(self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        for key in self.0 {
            at += match &bytes[at..] {
                [b'\\', b'u', hex @ ..] if code(hex) == Some(u32::from(*key)) => 6,
                [b'\\', byte, ..] if byte == key => 2,
                [byte, ..] if byte == key => 1,
                _ => return None,
            };
        }
        Some(at)
    }
}

/// Reads four hexadecimal digits.
fn code(hex: &[u8]) -> Option<u32> {
    u32::from_str_radix(std::str::from_utf8(hex.get(..4)?).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_found_in_every_spelling() {
        let authorization = HeaderValue::from_static("Token k-5f/secret");
        let secret = Secret::of(&authorization);
        for (text, redacted) in [
            ("k-5f/secret", "[redacted]"),
            ("a k-5f/secret, k-5f/secret.", "a [redacted], [redacted]."),
            (r#"{"a": "\u006b-5f\/s\u0065cret"}"#, r#"{"a": "[redacted]"}"#),
            ("k-k-5f/secretsecret", "k-[redacted]secret"),
        ] {
            let found = secret.redact(text.as_bytes()).map(|bytes| String::from_utf8(bytes).unwrap());
            assert_eq!(found.as_deref(), Some(redacted), "{text}");
        }
        for text in ["", "k-5f/secre", r"\u006b", r"\u00", "Token"] {
            assert_eq!(secret.redact(text.as_bytes()), None, "{text}");
        }
        let authorization = HeaderValue::from_static("Token K-5f-secret");
        let mut headers = HeaderMap::new();
        headers.insert("x-k-5f-secret-1", HeaderValue::from_static("1"));
        headers.insert("x-seen", HeaderValue::from_static("K-5f-secret"));
        Secret::of(&authorization).redact_headers(&mut headers);
        assert_eq!(
            headers,
            HeaderMap::from_iter([("x-seen".parse().unwrap(), HeaderValue::from_static("[redacted]"))])
        );
        let short = HeaderValue::from_static("Token k");
        assert_eq!(Secret::of(&short).redact(b"kk"), None);
    }
}
