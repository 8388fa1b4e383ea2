//! The leaves of JSON texts, to compare what was decoded with what is encoded.

use campfire::{Decimal, Json, Timestamp};

/// Returns the leaves of a JSON text that decoding must keep, sorted, as pairs of path and value.
///
/// Paths leave out positions in arrays, because nulls are dropped from them. The differences that `docs/decoding.md`
/// allows are normalized: numbers and timestamps compare by value, and empty strings are ignored.
pub(crate) fn leaves(text: &str) -> Vec<(String, String)> {
    let json: Json = text.parse().unwrap_or_else(|error| panic!("{error}: {text}"));
    let mut found = Vec::new();
    collect(&json, String::new(), &mut found);
    found.sort();
    found
}

fn collect(value: &Json, path: String, found: &mut Vec<(String, String)>) {
    match value {
        Json::Null => {}
        Json::Array(items) => items.iter().for_each(|item| collect(item, format!("{path}[]"), found)),
        Json::Object(fields) => {
            fields.iter().for_each(|(key, field)| collect(field, format!("{path}.{key}"), found));
        }
        Json::Number(number) => found.push((path, number.as_decimal().map_or_else(|| number.to_string(), normalize))),
        Json::String(text) if text.is_empty() => {}
        Json::String(text) => found.push((path, string_leaf(text))),
        Json::Bool(flag) => found.push((path, flag.to_string())),
    }
}

fn string_leaf(text: &str) -> String {
    if let Ok(decimal) = text.parse::<Decimal>() {
        return normalize(decimal);
    }
    match text.parse::<Timestamp>() {
        Ok(time) => format!("{}.{:09}", time.unix_seconds(), time.subsec_nanos()),
        Err(_) => text.to_owned(),
    }
}

fn normalize(decimal: Decimal) -> String {
    let text = decimal.to_string();
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}
