//! Reads error responses: the formats of Django REST Framework, HTML from proxies, empty bodies.

use std::fmt::Write as _;
use std::time::Duration;

use ::http::{HeaderMap, StatusCode, header};
use campfire_values::Json;

use crate::outcome::error::{ApiError, Error, FieldError};
use crate::outcome::operation::Operation;
use crate::outcome::response::request_id;
use crate::outcome::text::one_line;

/// Returns the error for a response that is not a success.
pub(crate) fn from_response(
    operation: &'static Operation,
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
) -> Error {
    let (mut message, fields) = read(headers, body);
    if let Some(target) = redirect(status, headers) {
        message = format!("the server redirects to {target}, which is not followed: check the base URL");
    }
    let error = Box::new(ApiError {
        operation,
        status,
        message,
        fields,
        retry_after: retry_after(headers),
        request_id: request_id(headers).map(str::to_owned),
    });
    match status.as_u16() {
        401 => Error::Authentication(error),
        403 => Error::Permission(error),
        404 => Error::NotFound(error),
        400 | 422 => Error::Validation(error),
        409 => Error::Conflict(error),
        429 => Error::RateLimited(error),
        500.. => Error::Server(error),
        _ => Error::Status(error),
    }
}

/// Reads `retry-after-ms`, or `Retry-After`: seconds, or a date by the clock of the server, which may differ from the one
/// of this machine.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    if let Some(wait) = text("retry-after-ms").and_then(|text| wait(text, 0.001)) {
        return Some(wait);
    }
    let after = text("retry-after")?;
    wait(after, 1.0).or_else(|| {
        let date = httpdate::parse_http_date(after).ok()?;
        let now = text("date").and_then(|date| httpdate::parse_http_date(date).ok());
        Some(date.duration_since(now.unwrap_or_else(std::time::SystemTime::now)).unwrap_or_default())
    })
}

/// Reads a number of time units. A negative wait is none, and one that no clock can hold is the longest.
fn wait(text: &str, unit: f64) -> Option<Duration> {
    // `inf` and `nan` are no waits.
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+'));
    let seconds = text.parse::<f64>().ok().filter(|_| is_number)?.max(0.0) * unit;
    Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}

/// Returns the target of a redirect, without path and query.
fn redirect(status: StatusCode, headers: &HeaderMap) -> Option<String> {
    let location = headers.get(header::LOCATION).filter(|_| status.is_redirection())?.to_str().ok()?;
    Some(match url::Url::parse(location) {
        Ok(url) => url.origin().ascii_serialization(),
        Err(_) => "another path".to_owned(),
    })
}

/// The message and the fields of an error body.
fn read(headers: &HeaderMap, body: &[u8]) -> (String, Vec<FieldError>) {
    let Ok(json) = Json::from_slice(body) else {
        let html = headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.contains("html"))
            || body.trim_ascii_start().starts_with(b"<");
        let text = String::from_utf8_lossy(body);
        return (if html { title(&text) } else { one_line(&text) }, Vec::new());
    };
    let mut message = String::new();
    let mut fields = Vec::new();
    match &json {
        Json::Object(members) => {
            for (key, value) in members {
                match key.as_str() {
                    "detail" | "error" | "message" if value.as_str().is_some() => {
                        let _ = write!(
                            message,
                            "{}{}",
                            if message.is_empty() { "" } else { "; " },
                            value.as_str().unwrap_or_default()
                        );
                    }
                    "detail" | "non_field_errors" => flatten(value, "", &mut fields),
                    _ => flatten(value, key, &mut fields),
                }
            }
        }
        Json::Null => {}
        other => flatten(other, "", &mut fields),
    }
    (one_line(&message), fields)
}

/// Flattens messages that are nested under fields and lines.
fn flatten(value: &Json, path: &str, fields: &mut Vec<FieldError>) {
    match value {
        Json::Null => {}
        Json::Object(members) => {
            for (key, value) in members {
                let dot = if path.is_empty() { "" } else { "." };
                match key.as_str() {
                    "non_field_errors" => flatten(value, path, fields),
                    _ => flatten(value, &format!("{path}{dot}{key}"), fields),
                }
            }
        }
        Json::Array(items) => {
            // Strings are messages of this field. Objects belong to its lines; an empty object is a line without errors.
            for (index, item) in items.iter().enumerate() {
                match item {
                    Json::Object(_) | Json::Array(_) => flatten(item, &format!("{path}[{index}]"), fields),
                    other => flatten(other, path, fields),
                }
            }
        }
        Json::String(text) => fields.push(FieldError::new(path, one_line(text))),
        other => fields.push(FieldError::new(path, one_line(&other.to_string()))),
    }
}

/// Returns the title of an HTML page.
fn title(html: &str) -> String {
    let title = html.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>")).map(|(title, _)| title);
    match title {
        Some(title) => one_line(title),
        None => "an HTML page instead of JSON".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_wait(headers: &[(&'static str, &'static str)]) -> Option<Duration> {
        retry_after(&headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect())
    }

    #[test]
    fn waits_are_read_in_every_form_that_servers_send() {
        for (text, wait) in [
            ("3", Some(Duration::from_secs(3))),
            ("1.5", Some(Duration::from_millis(1500))),
            (" 2.0 ", Some(Duration::from_secs(2))),
            ("-4", Some(Duration::ZERO)),
            ("99999999999999999999999", Some(Duration::MAX)),
            ("inf", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(read_wait(&[("retry-after", text)]), wait, "{text:?}");
        }
        let both = [("retry-after", "9"), ("retry-after-ms", "250")];
        assert_eq!(read_wait(&both), Some(Duration::from_millis(250)));
    }

    #[test]
    fn a_date_is_compared_with_the_clock_of_the_server() {
        let (date, later) = ("Wed, 21 Oct 2015 07:28:00 GMT", "Wed, 21 Oct 2015 07:28:07 GMT");
        assert_eq!(read_wait(&[("date", date), ("retry-after", later)]), Some(Duration::from_secs(7)));
        assert_eq!(read_wait(&[("retry-after", later)]), Some(Duration::ZERO));
    }
}
