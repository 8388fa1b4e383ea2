//! Errors: their kinds, texts and details.

use std::time::Duration;

use campfire::types::{ContractCreate, ContractUpdate};
use campfire::{ChildRecordError, Client, Error, ParseDecimalError, ParseJsonError, ParseTimestampError, error};
use httpmock::prelude::*;
use serde_json::json;

use crate::support::{KEY, client};

/// Errors are one line of bounded length, whatever stands in the headers.
#[tokio::test]
async fn headers_do_not_make_an_error_unreadable() {
    let long = "x".repeat(20_000);
    for (status, name, value) in [
        (400, "x-request-id", "r-\t7"),
        (400, "x-request-id", long.as_str()),
        (302, "location", &format!("https://{long}/")),
        (302, "location", "https://a\tb.example/"),
    ] {
        let server = MockServer::start_async().await;
        server
            .mock_async(|when, then| {
                when.any_request();
                then.status(status).header(name, value).body("{}");
            })
            .await;
        let error = client(server.base_url()).contracts().retrieve(1).await.unwrap_err();
        let text = error.to_string();
        assert!(text.len() < 1_000 && !text.contains(char::is_control), "{text:.2000?}");
        assert_eq!((error.status().map(|status| status.as_u16()), error.request_id()), (Some(status), None));
    }
}

#[tokio::test]
async fn each_status_maps_to_an_error_kind() {
    let server = MockServer::start_async().await;
    let campfire = client(server.base_url());
    let cases = [
        (400, r#"{"deal_name": ["Too long."], "lines": [{}, {"amount": ["Required."]}], "non_field_errors": ["No."]}"#),
        (401, r#"{"detail": "Invalid token."}"#),
        (403, r#"{"detail": "You may not."}"#),
        (404, r#"{"detail": "Not found."}"#),
        (409, r#"{"error": "In use."}"#),
        (418, ""),
        (429, r#"{"detail": "Slow down."}"#),
        (502, "<html><head><title>502 Bad\nGateway</title></head></html>"),
    ];
    let mut texts = String::new();
    for (status, body) in cases {
        let path = format!("/rr/api/v1/contracts/{status}");
        server
            .mock_async(|when, then| {
                when.method(GET).path(path);
                then.status(status).header("retry-after", "3").body(body);
            })
            .await;
        let error = campfire.contracts().retrieve(i64::from(status)).await.unwrap_err();
        assert_eq!(error.status().unwrap().as_u16(), status);
        assert_eq!(error.operation(), Some("contracts.retrieve"));
        let kind = match error {
            Error::Validation(_) => "validation",
            Error::Authentication(_) => "authentication",
            Error::Permission(_) => "permission",
            Error::NotFound(_) => "not found",
            Error::Conflict(_) => "conflict",
            Error::RateLimited(_) => "rate limited",
            Error::Server(_) => "server",
            Error::Status(_) => "status",
            ref other => panic!("{other:?}"),
        };
        texts.push_str(&format!("{kind}: {error}\n"));
        assert!(!format!("{error:?} {error}").contains(KEY));
        assert_eq!(error.is_retryable(), matches!(status, 429 | 502), "{status}");
    }
    insta::assert_snapshot!("error_texts", texts);
    let error = campfire.contracts().retrieve(400).await.unwrap_err();
    let fields: Vec<String> = error.fields().iter().map(ToString::to_string).collect();
    assert_eq!(fields, ["deal_name: Too long.", "lines[1].amount: Required.", "No."]);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3)));
}

/// Returns the error for a response with this status, media type and body.
async fn refusal(status: u16, content_type: &str, body: impl Into<String>) -> Error {
    let server = MockServer::start_async().await;
    let body = body.into();
    server
        .mock_async(|_, then| {
            then.status(status).header("content-type", content_type).body(body);
        })
        .await;
    client(server.base_url()).contracts().retrieve(1).await.unwrap_err()
}

/// Returns the message and the fields of an error.
fn parts(error: &Error) -> (String, Vec<String>) {
    let api = error.api().unwrap();
    (api.message().to_owned(), api.fields().iter().map(ToString::to_string).collect())
}

#[tokio::test]
async fn error_bodies_are_read_in_every_form_that_servers_send() {
    let json = "application/json";
    for (content_type, body, message, fields) in [
        // RFC 7807, also without its media type.
        (
            "application/problem+json",
            r#"{"type": "about:blank", "title": "Out of credit", "status": 403, "detail": "Balance is 30.", "instance": "/a"}"#,
            "Out of credit; Balance is 30.",
            vec![],
        ),
        (
            json,
            r#"{"title": "Bad request", "status": 400, "errors": {"name": ["Too long."]}}"#,
            "Bad request",
            vec!["name: Too long."],
        ),
        (
            json,
            r#"{"title": "Bad", "status": 400, "invalid-params": [{"name": "age", "reason": "Not positive."}]}"#,
            "Bad",
            vec!["age: Not positive."],
        ),
        // A field may have such a name.
        (
            json,
            r#"{"title": ["Required."], "status": ["Not a choice."]}"#,
            "",
            vec!["title: Required.", "status: Not a choice."],
        ),
        // The standardized form.
        (
            json,
            r#"{"type": "validation_error", "errors": [{"code": "required", "detail": "Required.", "attr": "lines.0.amount"}, {"code": "invalid", "detail": "No.", "attr": null}]}"#,
            "",
            vec!["lines[0].amount: Required.", "No."],
        ),
        // Nested lists and lists by index.
        (
            json,
            r#"{"lines": [{}, {"tags": {"3": ["Too long."]}}, [["Empty."]]]}"#,
            "",
            vec!["lines[1].tags[3]: Too long.", "lines[2][0]: Empty."],
        ),
        (json, r#"[{"amount": ["Required."]}, "No."]"#, "", vec!["[0].amount: Required.", "No."]),
        // A field that is called `errors`.
        (json, r#"{"errors": [{"name": ["Required."]}, "No."]}"#, "", vec!["errors[0].name: Required.", "No."]),
        // Cut off: what came before is kept.
        (json, r#"{"detail": "Rejected.", "a": ["Required."], "b": ["Requ"#, "Rejected.", vec!["a: Required."]),
        (json, r#"{"code": 17, "name": true}"#, "", vec!["code: 17", "name: true"]),
        (json, "not JSON", "not JSON", vec![]),
        (json, "", "", vec![]),
    ] {
        let error = refusal(400, content_type, body).await;
        assert_eq!(parts(&error), (message.to_owned(), fields.into_iter().map(str::to_owned).collect()), "{body}");
        assert_eq!(error.api().unwrap().body(), body.as_bytes());
        assert_eq!(error.api().unwrap().headers()["content-type"], content_type);
        assert!(!format!("{error:?}").contains("about:blank"), "Debug shows the body");
    }
}

#[tokio::test]
async fn a_refusal_of_many_lines_keeps_its_fields() {
    let line = format!(r#"{{"account": ["{}"]}}"#, "This account does not exist. ".repeat(4));
    let body = format!(r#"{{"detail": "Rejected.", "lines": [{}]}}"#, vec![line; 1_500].join(","));
    assert!(body.len() > 150_000);
    let error = refusal(400, "application/json", body.clone()).await;
    let api = error.api().unwrap();
    assert_eq!((api.fields().len(), api.omitted_fields(), api.message()), (100, 1_400, "Rejected."));
    assert_eq!(api.fields()[99].path(), "lines[99].account");
    assert!(error.to_string().contains("; and 1495 more"), "{error}");
    assert_eq!(api.body(), body.as_bytes());
    // Beyond 1 MiB, the rest is not read.
    let body = format!(r#"{{"lines": [{}]}}"#, vec![r#"{"account": ["No."]}"#; 100_000].join(","));
    let error = refusal(400, "application/json", body).await;
    let api = error.api().unwrap();
    assert_eq!((api.fields().len(), api.body().len()), (100, 1 << 20));
}

/// 60 kB that would become 400 MB if each message had a path of its own.
#[tokio::test]
async fn a_long_name_with_many_messages_stays_small() {
    let key = "k".repeat(20_000);
    let error = refusal(400, "application/json", format!(r#"{{"{key}": [{}]}}"#, vec!["1"; 20_000].join(","))).await;
    let api = error.api().unwrap();
    assert_eq!((api.fields().len(), api.omitted_fields()), (100, 19_900));
    assert!(api.fields().iter().all(|field| field.path().chars().count() == 301 && field.message() == "1"));
    assert!(format!("{error:?}").len() < 50_000);
}

#[tokio::test]
async fn the_key_is_not_repeated() {
    let server = MockServer::start_async().await;
    let escaped = KEY.replace('k', r"\u006b").replace('e', r"\u0065");
    for (path, status, body) in [
        (
            "/rr/api/v1/contracts/1",
            400,
            format!(r#"{{"detail": "Bad key {KEY}.", "{KEY}": ["{KEY}"], "a": ["{escaped}"]}}"#),
        ),
        ("/rr/api/v1/contracts/2", 502, format!("<html><title>{KEY} is bad</title></html>")),
        ("/rr/api/v1/contracts/3", 500, format!("no JSON: {KEY}")),
        ("/rr/api/v1/contracts/4", 200, format!(r#"{{"id": "{KEY}"}}"#)),
        ("/rr/api/v1/contracts/5", 200, format!(r#"{{"id": {{"{escaped}": 1}}, "{escaped}": [}}"#)),
    ] {
        server
            .mock_async(|when, then| {
                when.path(path);
                then.status(status).header("x-request-id", format!("id-{KEY}")).header("x-seen", KEY).body(body);
            })
            .await;
        let id: i64 = path.rsplit('/').next().unwrap().parse().unwrap();
        let error = client(server.base_url()).contracts().retrieve(id).await.unwrap_err();
        assert_eq!(error.request_id(), Some("id-[redacted]"), "{error}");
        let mut texts = format!("{error} {error:?}");
        if let Some(api) = error.api() {
            texts.push_str(&format!("{} {:?}", String::from_utf8_lossy(api.body()), api.headers()));
        }
        assert!(texts.contains("[redacted]") && !texts.contains(KEY) && !texts.contains(&escaped), "{texts}");
    }
    let _ = server
        .mock_async(|_, then| {
            then.status(200).header("x-request-id", KEY).body(r#"{"id": 6}"#);
        })
        .await;
    let response = client(server.base_url()).contracts().retrieve(6).await.unwrap();
    assert_eq!(response.request_id(), Some("[redacted]"));
}

/// A record that is rejected is kept as received, but for the key.
#[tokio::test]
async fn a_rejected_record_does_not_repeat_the_key() {
    let server = MockServer::start_async().await;
    let escaped = KEY.replace('k', r"\u006b");
    let body = format!(
        r#"{{"count": 2, "next": null, "previous": null, "results": [
            {{"id": 1, "deal_name": "{KEY}"}}, {{"id": ["{KEY}"], "{escaped}": "{escaped}", "deal_id": 1.10}}]}}"#
    );
    server.mock_async(|_, then| drop(then.status(200).body(body))).await;
    let campfire = client(server.base_url());
    let page = campfire.contracts().list().await.unwrap();
    assert_eq!(page.results[0].deal_name.as_deref(), Some(KEY), "a good record is as the server sent it");
    let rejected = format!("{:?} {}", page.rejected, page.rejected[0].raw);
    assert!(rejected.contains("[redacted]") && rejected.contains("1.10"), "{rejected}");
    assert!(!rejected.contains(KEY) && !rejected.contains(&escaped), "{rejected}");
    let mut records = campfire.contracts().list().stream();
    assert_eq!(records.try_next().await.unwrap().unwrap().id, 1);
    let error = records.try_next().await.unwrap_err();
    assert!(matches!(error, Error::Record(_)) && !format!("{error} {error:?}").contains(KEY), "{error:?}");
}

/// Without the key, the response could be read. The error for it must not be the one that quotes the key, and a page must not lose
/// the record in which the key stands.
#[tokio::test]
async fn a_key_that_breaks_the_response_is_not_repeated() {
    const KEY: &str = "pass\"word\"-12345";
    let server = MockServer::start_async().await;
    let contract = format!(r#"{{"id": 1, "deal_name": "{KEY}"}}"#);
    let page = format!(r#"{{"count": 2, "next": null, "previous": null, "results": [{contract}, {{"id": 2}}]}}"#);
    for (path, body) in [("/rr/api/v1/contracts/1", contract), ("/rr/api/v1/contracts", page)] {
        server.mock_async(|when, then| drop((when.path(path), then.status(200).body(body)))).await;
    }
    let campfire = Client::builder().api_key(KEY).base_url(server.base_url()).build().unwrap();
    for error in [
        campfire.contracts().retrieve(1).await.unwrap_err(),
        campfire.contracts().list().await.unwrap_err(),
        campfire.contracts().list().stream().try_next().await.unwrap_err(),
    ] {
        let text = format!("{error} {error:?}");
        assert!(text.contains("[redacted]") && text.contains("repeats the API key"), "{text}");
        assert!(!text.contains("word"), "{text}");
    }
}

#[tokio::test]
async fn timeouts_and_unreachable_servers_have_distinct_errors() {
    let server = MockServer::start_async().await;
    server
        .mock_async(|when, then| {
            when.method(POST);
            then.status(200).delay(Duration::from_secs(30)).json_body(json!({"id": 1}));
        })
        .await;
    let campfire = client(server.base_url());
    let error = campfire.contracts().duplicate(7).timeout(Duration::from_millis(50)).await.unwrap_err();
    let Error::OutcomeUnknown(unknown) = &error else { panic!("the contract may have been duplicated: {error:?}") };
    assert!(matches!(unknown.cause(), Error::Timeout(_)), "{error:?}");
    assert!(!error.is_retryable());
    let error = client("http://127.0.0.1:1").contracts().duplicate(7).await.unwrap_err();
    let Error::Transport(transport) = &error else { panic!("{error:?}") };
    assert!(!transport.may_have_been_processed());
    assert!(error.is_retryable());
    assert!(!format!("{error} {error:?}").contains(KEY));
}

#[tokio::test]
async fn decode_errors_tell_whether_the_call_took_effect() {
    let server = MockServer::start_async().await;
    server
        .mock_async(|_, then| {
            then.status(200).json_body(json!({"id": "seven"}));
        })
        .await;
    let campfire = client(server.base_url());
    let (create, update) = (ContractCreate::default(), ContractUpdate::default());
    for (outcome, took_effect) in [
        (campfire.contracts().retrieve(7).await.map(drop), false),
        (campfire.contracts().create(&create).await.map(drop), true),
        (campfire.contracts().update(7, &update).await.map(drop), true),
        (campfire.contracts().duplicate(7).await.map(drop), true),
    ] {
        let Err(Error::Decode(error)) = &outcome else { panic!("{outcome:?}") };
        assert_eq!(error.took_effect(), took_effect, "{error}");
    }
}

/// Each layer of a call has room for a result, so a large error makes calls and everything around them slower.
#[test]
fn an_error_takes_two_words() {
    assert_eq!(size_of::<Error>(), 2 * size_of::<usize>());
    assert_eq!(size_of::<Result<(), Error>>(), 2 * size_of::<usize>());
}

#[test]
fn every_error_type_is_a_standard_error() {
    fn is_error<T: std::error::Error + Send + Sync + 'static>() {}
    is_error::<Error>();
    is_error::<error::ApiError>();
    is_error::<error::ConfigurationError>();
    is_error::<error::DecodeError>();
    is_error::<error::FieldError>();
    is_error::<error::OutcomeUnknown>();
    is_error::<error::RecordError>();
    is_error::<error::RequestError>();
    is_error::<error::TimeoutError>();
    is_error::<error::TransportError>();
    is_error::<ChildRecordError>();
    is_error::<ParseDecimalError>();
    is_error::<ParseJsonError>();
    is_error::<ParseTimestampError>();
    #[cfg(feature = "sandbox")]
    is_error::<campfire::sandbox::Error>();
}
