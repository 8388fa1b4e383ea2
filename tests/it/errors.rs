//! Errors: their kinds, texts and details.

use std::time::Duration;

use campfire::types::{ContractCreate, ContractUpdate};
use campfire::{ChildRecordError, Error, ParseDecimalError, ParseJsonError, ParseTimestampError, error};
use httpmock::prelude::*;
use serde_json::json;

use crate::support::{KEY, client};

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
