//! Leaving out of a session what is personal.
//!
//! Numbers, dates, codes, and ids stay, because the sandbox computes with them. All other text gets a pseudonym.

use std::borrow::Cow;

use campfire_sandbox_model::{Field, Operation, Response, Type};
use campfire_values::{Date, Decimal, Json, JsonObject, Timestamp};
use url::form_urlencoded;

use crate::model::api::Api;
use crate::session::pseudonym::Pseudonyms;

/// Query parameters that search in text.
const SEARCHES: [&str; 2] = ["q", "search"];

/// The links to other pages. They contain the query.
const PAGE_LINKS: [&str; 2] = ["next", "previous"];

/// Redacts the exchanges of a session.
pub(crate) struct Redaction<'a> {
    api: &'a Api,
    pseudonyms: Pseudonyms,
}

impl<'a> Redaction<'a> {
    pub(crate) fn new(api: &'a Api) -> Self {
        Redaction { api, pseudonyms: Pseudonyms::default() }
    }

    /// Returns any text as a pseudonym.
    pub(crate) fn text(&mut self, text: &str) -> String {
        self.pseudonyms.text(text)
    }

    /// Redacts a path. Keys that are neither numbers nor words of the API may be secret, such as tokens.
    pub(crate) fn path(&mut self, path: &str) -> String {
        let known = |segment: &str| {
            let is_fixed = |operation: &Operation| operation.path.split('/').any(|fixed| fixed == segment);
            is_number(segment) || self.api.is_word(segment) || self.api.operations().iter().any(is_fixed)
        };
        let known: Vec<bool> = path.split('/').map(known).collect();
        let segments = path.split('/').zip(known);
        let segments: Vec<String> = segments
            .map(|(segment, known)| if known { segment.to_owned() } else { self.pseudonyms.text(segment) })
            .collect();
        segments.join("/")
    }

    /// Redacts a query.
    pub(crate) fn query(&mut self, query: &str) -> String {
        let mut redacted = form_urlencoded::Serializer::new(String::new());
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let parts: Vec<String> = value.split(',').map(|part| self.parameter(&name, part)).collect();
            redacted.append_pair(&self.name(&name), &parts.join(","));
        }
        redacted.finish()
    }

    fn parameter(&mut self, name: &str, value: &str) -> String {
        let is_word = self.api.is_word(value.trim_start_matches('-'));
        let is_searched = SEARCHES.contains(&name) || name.contains("search");
        if is_word || !is_searched && (is_plain(value) || is_currency(name, value) || is_number(value)) {
            return value.to_owned();
        }
        self.pseudonyms.text(value)
    }

    /// Redacts the body of a request.
    pub(crate) fn request(&mut self, operation: Option<&Operation>, body: &Json) -> Json {
        self.value(body, operation.and_then(|operation| operation.body.as_ref()).map(|body| &body.ty), None)
    }

    /// Redacts the body of a response.
    pub(crate) fn response(&mut self, operation: Option<&Operation>, status: u16, body: &Json) -> Json {
        let (Some(operation), 200..=299) = (operation, status) else { return self.value(body, None, None) };
        match (&operation.response, body) {
            (Response::Page { ty } | Response::List { ty }, Json::Object(page)) if page.contains_key("results") => {
                let redacted = page.iter().map(|(name, value)| match (name.as_str(), value) {
                    ("results", Json::Array(records)) => {
                        let records = records.iter().map(|record| self.value(record, Some(ty), None));
                        (name.clone(), Json::Array(records.collect()))
                    }
                    (name, Json::String(_)) if PAGE_LINKS.contains(&name) => {
                        (name.to_owned(), Json::from("https://example.com/"))
                    }
                    _ => (self.name(name), self.value(value, None, None)),
                });
                Json::Object(redacted.collect())
            }
            (Response::Page { ty } | Response::List { ty }, Json::Array(records)) => {
                Json::Array(records.iter().map(|record| self.value(record, Some(ty), None)).collect())
            }
            (Response::Value { ty }, body) => self.value(body, Some(ty), None),
            (_, body) => self.value(body, None, None),
        }
    }

    fn value(&mut self, value: &Json, ty: Option<&Type>, field: Option<&Field>) -> Json {
        match (value, ty) {
            (Json::String(text), _) => Json::String(self.string(text, ty, field)),
            // A number in place of a text may be a telephone number.
            (Json::Number(number), Some(Type::String)) if !self.is_kept(number.as_str(), ty, field) => {
                number_like(&self.pseudonyms.text(number.as_str())).unwrap_or_else(|| value.clone())
            }
            (Json::Array(items), Some(Type::List(inner))) => {
                Json::Array(items.iter().map(|item| self.value(item, Some(inner), field)).collect())
            }
            (Json::Array(items), _) => Json::Array(items.iter().map(|item| self.value(item, None, None)).collect()),
            (Json::Object(object), Some(Type::Object(schema))) => self.object(schema, object),
            (Json::Object(object), ty) => {
                let inner = if let Some(Type::Map(inner)) = ty { Some(&**inner) } else { None };
                let redacted = object.iter().map(|(name, value)| (self.name(name), self.value(value, inner, None)));
                Json::Object(redacted.collect())
            }
            _ => value.clone(),
        }
    }

    fn object(&mut self, schema: &str, object: &JsonObject) -> Json {
        let api = self.api;
        let redacted = object.iter().map(|(name, value)| match api.field(schema, name) {
            Some(field) => (name.clone(), self.value(value, Some(&field.ty), Some(field))),
            None => (self.name(name), self.value(value, None, None)),
        });
        Json::Object(redacted.collect())
    }

    /// Redacts a key. Keys that are data, such as names of departments, do not look like identifiers.
    fn name(&mut self, name: &str) -> String {
        let is_identifier = |character: char| character.is_ascii_lowercase() || character == '_';
        if self.api.is_word(name) || is_plain(name) || name.chars().all(|c| is_identifier(c) || c.is_ascii_digit()) {
            return name.to_owned();
        }
        self.pseudonyms.text(name)
    }

    fn string(&mut self, text: &str, ty: Option<&Type>, field: Option<&Field>) -> String {
        if self.is_kept(text, ty, field) { text.to_owned() } else { self.pseudonyms.text(text) }
    }

    fn is_kept(&self, text: &str, ty: Option<&Type>, field: Option<&Field>) -> bool {
        let is_link = |field: &Field| field.references.is_some() || field.identity || field.name == "id";
        match ty {
            _ if is_plain(text) => true,
            // Unknown values of enums are what a comparison looks for.
            Some(Type::Enum(schema)) => self.api.is_enum_value(schema, text) || is_code(text),
            Some(Type::Decimal | Type::Integer) => text.parse::<Decimal>().is_ok(),
            _ => field.is_some_and(|field| is_link(field) && is_number(text) || is_currency(&field.name, text)),
        }
    }
}

/// Returns `true` for text that says nothing about a person: a date, a time, a truth value, or nothing.
fn is_plain(text: &str) -> bool {
    let is_time = text.starts_with(|first: char| first.is_ascii_digit()) && text.parse::<Timestamp>().is_ok();
    ["", "true", "false", "null"].contains(&text) || text.parse::<Date>().is_ok() || is_time
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.len() < 19 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_code(text: &str) -> bool {
    text.len() <= 40 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

fn is_currency(name: &str, text: &str) -> bool {
    name.contains("currency") && text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// Returns a text of digits as a number. A number has no leading zeros.
fn number_like(text: &str) -> Option<Json> {
    let text: Cow<'_, str> = match text.strip_prefix('0') {
        Some(rest) => format!("1{rest}").into(),
        None => text.into(),
    };
    text.parse().ok()
}
