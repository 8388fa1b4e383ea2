//! What several test files need.

use campfire::{Decimal, Json, Timestamp};

/// The leaves of a JSON text that decoding must keep, sorted: path (without the places in lists, where nulls are left
/// out) and value. The documented exceptions of `docs/decoding.md` are evened out: a number is a number however it is
/// written, an instant an instant, and an empty text may mean nothing.
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
        Json::Object(members) => {
            members.iter().for_each(|(key, member)| collect(member, format!("{path}.{key}"), found));
        }
        Json::Number(number) => found.push((path, number.as_decimal().map_or_else(|| number.to_string(), normal))),
        Json::String(text) if text.is_empty() => {}
        Json::String(text) => found.push((path, leaf(text))),
        Json::Bool(flag) => found.push((path, flag.to_string())),
    }
}

fn leaf(text: &str) -> String {
    if let Ok(decimal) = text.parse::<Decimal>() {
        return normal(decimal);
    }
    match text.parse::<Timestamp>() {
        Ok(time) => format!("{}.{:09}", time.unix_seconds(), time.subsec_nanos()),
        Err(_) => text.to_owned(),
    }
}

fn normal(decimal: Decimal) -> String {
    let text = decimal.to_string();
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}
