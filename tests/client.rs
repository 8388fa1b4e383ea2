//! The client on the wire: what is sent, what is read, what goes wrong.

#![cfg(all(feature = "revenue-recognition", feature = "settings", feature = "core-accounting"))]

use std::time::Duration;

use campfire::types::{ContractStatus, ContractSubscription, ContractUpdate, ContractUsage, ContractUsageCreate};
use campfire::{Client, Error, Patch, RetryPolicy};
use httpmock::prelude::*;
use serde_json::json;

const KEY: &str = "k-5f2e-secret";

fn client(server: &MockServer) -> Client {
    Client::builder().api_key(KEY).base_url(server.base_url()).retry(RetryPolicy::none()).build().unwrap()
}

#[tokio::test]
async fn the_key_goes_as_token_or_bearer_and_the_version_header_is_dropped() {
    let server = MockServer::start_async().await;
    let token = server
        .mock_async(|when, then| {
            when.method(GET)
                .path("/rr/api/v1/contracts/7")
                .header("authorization", format!("Token {KEY}"))
                .header_matches("user-agent", "^campfire-sdk-rust/.* ledger/1$")
                .header_missing("api-version");
            then.status(200).json_body(json!({"id": 7}));
        })
        .await;
    let bearer = server
        .mock_async(|when, then| {
            when.method(GET).path("/rr/api/v1/contracts/8").header("authorization", format!("Bearer {KEY}"));
            then.status(200).json_body(json!({"id": 8}));
        })
        .await;
    let builder = Client::builder().api_key(KEY).base_url(server.base_url()).user_agent_suffix("ledger/1");
    builder.clone().build().unwrap().contracts().retrieve(7).await.unwrap();
    builder.bearer().build().unwrap().contracts().retrieve(8).await.unwrap();
    token.assert_async().await;
    bearer.assert_async().await;
}

#[tokio::test]
async fn a_base_url_may_stand_below_a_path_and_what_is_searched_for_arrives() {
    let server = MockServer::start_async().await;
    let mock = server
        .mock_async(|when, then| {
            when.method(GET)
                .path("/gateway/eu/coa/api/journal_entry")
                .query_param("source", "a&b=c/?#%41 ü+")
                .header("authorization", format!("Token {KEY}"));
            then.status(200).json_body(json!({"count": 0, "next": null, "previous": null, "results": []}));
        })
        .await;
    for base in ["/gateway/eu", "/gateway/eu/"] {
        let url = format!("{}{base}", server.base_url());
        let campfire = Client::builder().api_key(KEY).base_url(url).build().unwrap();
        let page = campfire.journal_entries().list().source("a&b=c/?#%41 ü+").await.unwrap();
        assert_eq!(page.attempts(), 1);
    }
    assert_eq!(mock.calls_async().await, 2);
}

#[tokio::test]
async fn an_update_leaves_alone_clears_and_sets() {
    let server = MockServer::start_async().await;
    let mock = server
        .mock_async(|when, then| {
            when.method(PATCH)
                .path("/rr/api/v1/contracts/7")
                .header("content-type", "application/json")
                // `contract_end_date` is left alone, `closed_date` cleared, `deal_name` and the custom field set.
                .body(r#"{"deal_name":"Northwind","closed_date":null,"custom_field_sow":"12"}"#);
            then.status(200).json_body(json!({"id": 7}));
        })
        .await;
    let mut update = ContractUpdate {
        deal_name: Some("Northwind".into()),
        closed_date: Some(Patch::Clear),
        ..ContractUpdate::default()
    };
    update.extra.insert("custom_field_sow".into(), "12".into());
    client(&server).contracts().update(7, &update).await.unwrap();
    mock.assert_async().await;
    // What was written reads back with its three states.
    let text = serde_json::to_string(&update).unwrap();
    assert_eq!(serde_json::from_str::<ContractUpdate>(&text).unwrap(), update);
}

#[tokio::test]
async fn parameters_options_and_answers_travel() {
    let server = MockServer::start_async().await;
    server
        .mock_async(|when, then| {
            when.method(POST)
                .path("/rr/api/v1/contracts/42/usage")
                .header("idempotency-key", "import-17")
                .header("x-trace", "abc")
                .body(r#"{"contract":42,"product":3}"#);
            then.status(201)
                .header("x-request-id", "req-9")
                .json_body(json!({"id": 1, "contract": 42, "product": 3, "lines": [], "surprise": 1.5}));
        })
        .await;
    let body = ContractUsageCreate { product: Some(3), ..ContractUsageCreate::new(42) };
    let usage = client(&server)
        .contracts()
        .usage(42)
        .create(&body)
        .idempotency_key("import-17")
        .header("x-trace", "abc")
        .timeout(Duration::from_secs(30))
        .await
        .unwrap();
    assert_eq!((usage.id, usage.product), (1, Some(3)));
    assert_eq!(usage.extra["surprise"], json!(1.5));
    assert_eq!((usage.status().as_u16(), usage.attempts()), (201, 1));
    assert_eq!(usage.request_id(), Some("req-9"));
    assert_eq!(usage.operation().id, "contracts.usage.create");
}

#[tokio::test]
async fn lists_read_pages_and_bare_arrays() {
    let server = MockServer::start_async().await;
    server
        .mock_async(|when, then| {
            when.method(GET).path("/rr/api/v1/contracts").query_param("limit", "2").query_param_missing("offset");
            then.status(200)
                .json_body(json!({"count": 3, "next": "https://elsewhere.example/?offset=2", "previous": null,
                "results": [{"id": 1, "status": "ACTIVE"}, {"id": 2, "status": "HIBERNATING"}]}));
        })
        .await;
    server
        .mock_async(|when, then| {
            when.method(GET).path("/rr/api/v1/contracts").query_param("limit", "2").query_param("offset", "1");
            // It begins at the last row of the page before: nothing has moved.
            then.status(200)
                .json_body(json!({"count": 3, "next": null, "previous": null, "results": [{"id": 2}, {"id": 3}]}));
        })
        .await;
    server
        .mock_async(|when, then| {
            when.method(GET).path("/rr/api/v1/contracts/1/subscriptions");
            then.status(200).json_body(json!([{"id": 9}]));
        })
        .await;
    let campfire = client(&server);
    let mut ids = Vec::new();
    let mut contracts = campfire.contracts().list().page_size(2).stream();
    while let Some(contract) = contracts.try_next().await.unwrap() {
        ids.push((contract.id, contract.status));
    }
    assert_eq!(
        ids,
        [(1, Some(ContractStatus::Active)), (2, Some(ContractStatus::Unknown("HIBERNATING".into()))), (3, None)]
    );
    let subscriptions = campfire.contracts().subscriptions(1).list().await.unwrap();
    assert_eq!(subscriptions.results[0].id, 9);
    assert_eq!(subscriptions.count, None);
}

#[tokio::test]
async fn raw_answers_are_exact() {
    let server = MockServer::start_async().await;
    server
        .mock_async(|when, then| {
            when.method(GET).path("/rr/api/v1/contracts/7");
            then.status(200).body(r#"{"id":7,"total_contract_value":12345678901234567.89}"#);
        })
        .await;
    let raw = client(&server).contracts().retrieve(7).send_raw().await.unwrap();
    assert_eq!(raw.to_string(), r#"{"id":7,"total_contract_value":12345678901234567.89}"#);
    let typed = client(&server).contracts().retrieve(7).await.unwrap();
    assert_eq!(typed.total_contract_value.unwrap().to_string(), "12345678901234567.89");
}

#[tokio::test]
async fn each_error_status_has_its_kind() {
    let server = MockServer::start_async().await;
    let campfire = client(&server);
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
async fn a_wrong_payload_says_where_and_what() {
    let server = MockServer::start_async().await;
    server
        .mock_async(|when, then| {
            when.method(GET).path("/rr/api/v1/contracts/1/subscriptions/7");
            then.status(200).body(
                r#"{"id": 7, "contract_product_bundle": {"id": 1, "lines": [{"id": 2, "amount": 1}, {"id": 3, "amount": "1,5"}]}}"#,
            );
        })
        .await;
    let error = client(&server).contracts().subscriptions(1).retrieve(7).await.unwrap_err();
    let Error::Decode(decode) = &error else { panic!("{error:?}") };
    assert_eq!(decode.path(), "contract_product_bundle.lines[1].amount");
    assert!(decode.reason().contains("`1,5` is not a decimal number"), "{}", decode.reason());
    assert!(decode.excerpt().len() <= 200);
    assert!(error.to_string().contains("send_raw()"), "{error}");
}

#[tokio::test]
async fn a_bad_row_costs_only_itself() {
    let server = MockServer::start_async().await;
    server
        .mock_async(|when, then| {
            when.method(GET).path("/rr/api/v1/contracts");
            then.status(200)
                .body(r#"{"count": 3, "next": null, "results": [{"id": 1}, {"id": "x", "a": 0.10}, {"id": 3}]}"#);
        })
        .await;
    let campfire = client(&server);
    let page = campfire.contracts().list().await.unwrap();
    assert_eq!(page.results.iter().map(|contract| contract.id).collect::<Vec<_>>(), [1, 3]);
    assert_eq!((page.rejected[0].index, page.rejected[0].path.as_str()), (1, "results[1].id"));
    assert_eq!(page.rejected[0].raw.to_string(), r#"{"a":0.10,"id":"x"}"#);
    let mut rows = campfire.contracts().list().stream();
    assert_eq!(rows.try_next().await.unwrap().unwrap().id, 1);
    assert!(matches!(rows.try_next().await, Err(Error::Record(_))));
    assert_eq!(rows.try_next().await.unwrap().unwrap().id, 3);
    assert!(rows.try_next().await.unwrap().is_none());
}

#[tokio::test]
async fn a_list_that_leads_nowhere_is_an_error_and_not_the_end() {
    let server = MockServer::start_async().await;
    server
        .mock_async(|when, then| {
            when.method(GET).path("/rr/api/v1/contracts").query_param_missing("offset");
            then.status(200).json_body(json!({"count": 9, "next": "?offset=1", "results": [{"id": 1}]}));
        })
        .await;
    server
        .mock_async(|when, then| {
            when.method(GET).path("/rr/api/v1/contracts").query_param("offset", "1");
            then.status(200).json_body(json!({"count": 9, "next": "?offset=1", "results": []}));
        })
        .await;
    server
        .mock_async(|when, then| {
            when.method(GET).path("/coa/api/transaction");
            then.status(200).json_body(json!({"next": "https://evil.example/?cursor=abc", "results": [{"id": 1}]}));
        })
        .await;
    let campfire = client(&server);
    let mut contracts = campfire.contracts().list().stream();
    assert_eq!(contracts.try_next().await.unwrap().unwrap().id, 1);
    let error = contracts.try_next().await.unwrap_err();
    assert!(error.to_string().contains("same page again"), "{error}");
    assert!(contracts.try_next().await.unwrap().is_none(), "nothing comes behind it");
    let mut transactions = campfire.transactions().list().stream();
    let mut rows = 0;
    let error = loop {
        match transactions.try_next().await {
            Ok(row) => rows += usize::from(row.is_some()),
            Err(error) => break error,
        }
    };
    assert_eq!(rows, 1, "the row comes again at the cursor, and is dropped");
    assert!(error.to_string().contains("same cursor again"), "{error}");
}

#[tokio::test]
async fn bodies_beyond_their_limits_are_not_sent() {
    let server = MockServer::start_async().await;
    let mock = server
        .mock_async(|when, then| {
            when.method(POST);
            then.status(201).json_body(json!({"id": 1}));
        })
        .await;
    let update = ContractUpdate {
        deal_name: Some("x".repeat(251).into()),
        total_contract_value: Some(Patch::Set("1000000000000000000".parse().unwrap())),
        ..ContractUpdate::default()
    };
    let campfire = client(&server);
    let error = campfire.contracts().update(7, &update).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "contracts.update: not sent: the body breaks documented limits: deal_name: has 251 characters, at most 250 are \
         allowed; total_contract_value: is 1000000000000000000, must be below 1000000000000000000"
    );
    mock.assert_calls_async(0).await;
    // Who knows better can say so.
    let unchecked =
        Client::builder().api_key(KEY).base_url(server.base_url()).without_request_checks().build().unwrap();
    let error = unchecked.contracts().update(7, &update).await.unwrap_err();
    assert_eq!(error.status().map(|status| status.as_u16()), Some(404), "it was sent: {error}");
}

#[tokio::test]
async fn time_limits_and_lost_servers_have_their_own_errors() {
    let server = MockServer::start_async().await;
    server
        .mock_async(|when, then| {
            when.method(POST);
            then.status(200).delay(Duration::from_secs(30)).json_body(json!({"id": 1}));
        })
        .await;
    let campfire = client(&server);
    let error = campfire.contracts().duplicate(7).timeout(Duration::from_millis(50)).await.unwrap_err();
    let Error::OutcomeUnknown(unknown) = &error else { panic!("a duplicate may have been made: {error:?}") };
    assert!(matches!(unknown.cause(), Error::Timeout(_)), "{error:?}");
    assert!(!error.is_retryable());
    let gone =
        Client::builder().api_key(KEY).base_url("http://127.0.0.1:1").retry(RetryPolicy::none()).build().unwrap();
    let error = gone.contracts().duplicate(7).await.unwrap_err();
    let Error::Transport(transport) = &error else { panic!("{error:?}") };
    assert!(!transport.may_have_been_processed());
    assert!(error.is_retryable());
    assert!(!format!("{error} {error:?}").contains(KEY));
}

#[test]
fn bad_settings_are_refused_with_the_mend() {
    let build = |key: &str, url: &str| Client::builder().api_key(key).base_url(url).build().unwrap_err().to_string();
    let mut texts = String::new();
    for (key, url) in [
        ("", "https://a.example"),
        ("Token abc", "https://a.example"),
        ("a b", "https://a.example"),
        ("abc", "not a url"),
        ("abc", "http://a.example"),
        ("abc", "ftp://a.example"),
        ("abc", "https://user:pw@a.example"),
        ("abc", "https://a.example/?x=1"),
    ] {
        let text = build(key, url);
        assert!(!text.contains("pw"), "{text}");
        texts.push_str(&format!("{text}\n"));
    }
    texts.push_str(&Client::builder().build().unwrap_err().to_string());
    insta::assert_snapshot!("configuration_errors", texts);
    for local in ["http://localhost:8000", "http://127.0.0.1:9", "http://[::1]:9/base/"] {
        assert!(Client::builder().api_key("k").base_url(local).build().is_ok(), "{local}");
    }
}

#[test]
fn no_debug_output_holds_the_key() {
    let builder = Client::builder().api_key(KEY).bearer();
    let client = builder.clone().build().unwrap();
    let contracts = client.contracts();
    let list = contracts.list().header("x-secret", KEY).idempotency_key(KEY);
    let shown = [
        format!("{builder:?}"),
        format!("{client:?}"),
        format!("{contracts:?}"),
        format!("{list:?}"),
        format!("{:?}", contracts.usage(1).create(&ContractUsageCreate::new(1))),
        format!("{:?}", list.clone().pages()),
        format!("{:?}", list.stream()),
        format!("{:?}", Client::new(format!("{KEY}\n")).unwrap_err()),
        Client::new(format!("{KEY}\n")).unwrap_err().to_string(),
        format!(
            "{:?}",
            client.files().upload("bill".into(), campfire::FilePart::from_bytes("a.pdf", KEY.as_bytes().to_vec()))
        ),
    ];
    for text in shown {
        assert!(!text.contains(KEY), "{text}");
    }
}

#[tokio::test]
async fn headers_that_cannot_be_sent_are_refused() {
    let campfire = Client::new(KEY).unwrap();
    for call in [
        campfire.contracts().retrieve(1).header("authorization", "Token other"),
        campfire.contracts().retrieve(1).header("bad name", "x"),
        campfire.contracts().retrieve(1).header("x-a", "line\nbreak"),
        campfire.contracts().retrieve(1).idempotency_key(""),
    ] {
        let error = call.await.unwrap_err();
        assert!(matches!(error, Error::Request(_)), "{error:?}");
    }
}

#[test]
fn clients_and_requests_can_be_shared_and_sent() {
    fn shared<T: Send + Sync + Clone + 'static>(_: &T) {}
    fn sent<T: Send + 'static>(_: &T) {}
    let client = Client::new(KEY).unwrap();
    shared(&client);
    shared(&client.contracts());
    sent(&client.contracts().list());
    sent(&client.contracts().list().stream());
    sent(&std::future::IntoFuture::into_future(client.contracts().retrieve(1)));
    sent(&client.contracts().retrieve(1).send());
}

/// The reference shows `lines` and `tags` as texts, the server sends lists. Both are read, and both keep every leaf.
#[test]
fn fields_of_two_types_are_read_both_ways() {
    for lines in [json!("<string>"), json!([{"start_date": "2025-01-01", "end_date": "2025-01-31", "total_value": 10}])]
    {
        let body = json!({"id": 1, "lines": lines});
        let decoded: ContractSubscription = serde_json::from_value(body.clone()).unwrap();
        assert_eq!(serde_json::to_value(&decoded).unwrap(), body);
        assert_eq!(decoded.lines.is_some(), lines.is_array());
        assert_eq!(decoded.extra.contains_key("lines"), lines.is_string());
    }
    let body = json!({"id": 1, "tags": "<string>", "lines": "<string>"});
    let decoded: ContractUsage = serde_json::from_value(body.clone()).unwrap();
    assert_eq!(serde_json::to_value(&decoded).unwrap(), body);
    // A mistake inside a list is a mistake.
    let error = serde_json::from_value::<ContractSubscription>(json!({"id": 1, "lines": [{"mrr": "x"}]})).unwrap_err();
    assert!(error.to_string().starts_with("`lines[0].mrr`: "), "{error}");
}

#[test]
fn the_two_documented_bodies_keep_every_leaf() {
    let subscription = json!({
        "id": 123, "is_deleted": false, "deleted_at": "2023-11-07T05:31:56Z", "lines": [], "product_name": "Seats",
        "product_bundle": "<string>", "product_bundle_name": "<string>",
        "contract_product_bundle": {
            "id": 123, "source_bundle_name": "<string>", "total_amount": 0, "source_bundle": 123, "currency": "USD",
            "lines": [{"id": 123, "product": 123, "product_name": "<string>", "amount": 0, "percentage": "<string>", "original_percentage": 0}],
        },
        "total_value": 0, "last_modified_at": "2023-11-07T05:31:56Z", "created_at": "2023-11-07T05:31:56Z",
        "customer": 123, "contract": 123, "is_contract_amendment": true, "start_date": "2023-12-25",
        "end_date": "2023-12-25", "mrr": 0, "quantity": 0, "rate": 0, "notes": "<string>", "use_daily_accounting": true,
        "use_catchup": true, "catchup_date": "2023-12-25", "invoice_calculation": "FIXED_RATE", "product": 123,
        "modified_subscription": 123,
    });
    let decoded: ContractSubscription = serde_json::from_value(subscription.clone()).unwrap();
    assert!(decoded.extra.is_empty(), "{:?}", decoded.extra);
    assert_eq!(serde_json::to_value(&decoded).unwrap(), subscription);
    let usage = json!({
        "id": 123, "contract": 123, "product_bundle": "<string>", "product_name": "<string>",
        "product_bundle_name": "<string>", "usage_group_name": "<string>", "lines": ["<string>"],
        "created_at": "2023-11-07T05:31:56Z", "last_modified_at": "2023-11-07T05:31:56Z", "product": 123,
        "usage_group": 123, "department": 123, "tags": [{"id": 1, "name": "x"}], "description": "<string>",
        "start_date": "2023-12-25", "end_date": "2023-12-25",
    });
    let decoded: ContractUsage = serde_json::from_value(usage.clone()).unwrap();
    assert!(decoded.extra.is_empty(), "{:?}", decoded.extra);
    assert_eq!(serde_json::to_value(&decoded).unwrap(), usage);
}
