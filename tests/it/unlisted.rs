//! Requests that the description does not list.

use campfire::{Client, Error, Method, Retry};
use httpmock::prelude::*;
use serde_json::json;

use crate::support::{KEY, client, quick_retries};

#[tokio::test]
async fn a_request_to_any_path_goes_through_the_transport() {
    let server = MockServer::start_async().await;
    let mock = server
        .mock_async(|when, then| {
            when.method(POST)
                .path("/gateway/beta/things/a%20b")
                .query_param("dry_run", "a&b")
                .header("authorization", format!("Token {KEY}"))
                .header("x-beta", "1")
                .json_body(json!({"amount": 1}));
            then.status(200).header("x-request-id", "r-1").body(r#"{"amount": 0.10}"#);
        })
        .await;
    let campfire = Client::builder().api_key(KEY).base_url(format!("{}/gateway", server.base_url())).build().unwrap();
    let request = campfire.request(Method::POST, "/beta/things/a b").query("dry_run", "a&b").header("x-beta", "1");
    let response = request.json(&json!({"amount": 1})).await.unwrap();
    assert_eq!((response["amount"].to_string().as_str(), response.request_id()), ("0.10", Some("r-1")));
    assert_eq!(response.operation().id, "request");
    mock.assert_async().await;
}

/// A lost response is repeated only if the caller says that this does no harm.
#[tokio::test]
async fn only_what_may_be_processed_twice_is_retried() {
    for (method, class, requests, is_unknown) in [
        (Method::GET, None, 4, false),
        (Method::POST, None, 1, true),
        (Method::PUT, None, 1, true),
        (Method::DELETE, Some(Retry::Idempotent), 4, false),
        (Method::POST, Some(Retry::Keyed), 4, true),
        (Method::GET, Some(Retry::Never), 1, true),
    ] {
        let server = MockServer::start_async().await;
        let keyed = class == Some(Retry::Keyed);
        let mock = server
            .mock_async(|when, then| {
                let when = when.path("/x");
                let _ =
                    if keyed { when.header_exists("idempotency-key") } else { when.header_missing("idempotency-key") };
                then.status(502);
            })
            .await;
        let builder = Client::builder().api_key(KEY).base_url(server.base_url()).retry(quick_retries());
        let campfire = builder.build().unwrap();
        let mut request = campfire.request(method.clone(), "/x");
        if let Some(class) = class {
            request = request.retry_class(class);
        }
        let error = request.await.unwrap_err();
        assert_eq!(matches!(error, Error::OutcomeUnknown(_)), is_unknown, "{method}: {error:?}");
        assert_eq!(mock.calls_async().await, requests, "{method} {class:?}");
    }
}

#[tokio::test]
async fn a_path_cannot_lead_elsewhere() {
    let campfire = client("http://127.0.0.1:9");
    for path in ["", "x", "https://example.com/x", "/a?b=c", "/a#b", "/../x", "/a/%2E%2e/x", "/a/./b", "/a\\..\\b"] {
        let error = campfire.request(Method::GET, path).await.unwrap_err();
        assert!(matches!(error, Error::Request(_)), "{path}: {error:?}");
    }
    for method in [Method::TRACE, Method::from_bytes(b"FOO").unwrap()] {
        let error = campfire.request(method, "/x").await.unwrap_err();
        assert!(matches!(&error, Error::Request(_)) && error.to_string().contains("method"), "{error:?}");
    }
}

/// Every operation takes a parameter that the description does not list, lists included: on every page, and in tokens.
#[tokio::test]
async fn an_unlisted_query_parameter_is_sent_with_every_page() {
    let server = MockServer::start_async().await;
    let next = format!("{}/rr/api/v1/contracts?limit=1&offset=1", server.base_url());
    let page =
        |id: i64, next: Option<String>| json!({"count": 2, "next": next, "previous": null, "results": [{"id": id}]});
    let first = server
        .mock_async(|when, then| {
            when.path("/rr/api/v1/contracts").query_param("beta", "1").query_param_missing("offset");
            then.status(200).json_body(page(1, Some(next)));
        })
        .await;
    let second = server
        .mock_async(|when, then| {
            when.path("/rr/api/v1/contracts").query_param("beta", "1").query_param("offset", "1");
            then.status(200).json_body(page(2, None));
        })
        .await;
    let campfire = client(server.base_url());
    let list = || campfire.contracts().list().page_size(1);
    let mut pages = list().query("beta", "1").pages();
    let token = pages.try_next().await.unwrap().unwrap().into_inner().token.unwrap();
    assert!(pages.try_next().await.unwrap().is_some());
    first.assert_async().await;
    second.assert_async().await;
    let error = list().resume(&token).pages().try_next().await.unwrap_err();
    assert!(error.to_string().contains("other filters"), "{error}");
}
