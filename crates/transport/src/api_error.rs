//! Turns responses that are not a success into errors.

use std::time::Duration;

use ::http::{HeaderMap, StatusCode, header};
use bytes::Bytes;

use crate::error_body::{self, ErrorBody};
use crate::outcome::error::{ApiError, Error};
use crate::outcome::operation::Operation;
use crate::outcome::response::request_id;
use crate::outcome::text::one_line;

/// Returns the error for a response that is not a success.
pub fn from_response(operation: &'static Operation, status: StatusCode, headers: HeaderMap, body: Bytes) -> Error {
    let ErrorBody { mut message, fields, more } = error_body::read(&headers, &body);
    if let Some(target) = redirect(status, &headers) {
        message = format!("the server redirects to {target}, which is not followed: check the base URL");
    }
    let error = Box::new(ApiError {
        message,
        fields,
        omitted_fields: more,
        retry_after: retry_after(&headers),
        request_id: request_id(&headers).map(str::to_owned),
        headers,
        body,
        ..ApiError::new(operation, status)
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
        Ok(url) => one_line(&url.origin().ascii_serialization()),
        Err(_) => "another path".to_owned(),
    })
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
