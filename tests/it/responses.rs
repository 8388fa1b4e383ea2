//! Values of successful responses, and what happens to those that do not decode.

use std::io::Write;

use campfire::Error;
use campfire::types::{ContractStatus, ContractSubscription, ContractUsage};
use httpmock::prelude::*;
use serde_json::json;

use crate::support::client;
use crate::support::server::serve_get;

#[tokio::test]
async fn untyped_responses_are_exact() {
    let server = MockServer::start_async().await;
    let body = r#"{"id":7,"total_contract_value":12345678901234567.89}"#;
    serve_get(&server, "/rr/api/v1/contracts/7", body).await;
    let campfire = client(server.base_url());
    let untyped = campfire.contracts().retrieve(7).send_untyped().await.unwrap();
    assert_eq!(untyped.to_string(), body);
    let typed = campfire.contracts().retrieve(7).await.unwrap();
    assert_eq!(typed.total_contract_value.unwrap().to_string(), "12345678901234567.89");
}

#[tokio::test]
async fn decode_errors_name_the_path_and_the_reason() {
    let server = MockServer::start_async().await;
    let lines = r#"[{"id": 2, "amount": 1}, {"id": 3, "amount": "1,5"}]"#;
    let body = format!(r#"{{"id": 7, "contract_product_bundle": {{"id": 1, "lines": {lines}}}}}"#);
    serve_get(&server, "/rr/api/v1/contracts/1/subscriptions/7", body).await;
    let error = client(server.base_url()).contracts().subscriptions(1).retrieve(7).await.unwrap_err();
    let Error::Decode(decode) = &error else { panic!("{error:?}") };
    assert_eq!(decode.path(), "contract_product_bundle.lines[1].amount");
    assert!(decode.reason().contains("`1,5` is not a decimal number"), "{}", decode.reason());
    assert!(decode.excerpt().len() <= 200);
    assert!(error.to_string().contains("send_untyped()"), "{error}");
}

#[tokio::test]
async fn a_bad_record_does_not_affect_the_others() {
    let server = MockServer::start_async().await;
    let body = r#"{"count": 3, "next": null, "results": [{"id": 1}, {"id": "x", "a": 0.10}, {"id": 3}]}"#;
    serve_get(&server, "/rr/api/v1/contracts", body).await;
    let campfire = client(server.base_url());
    let page = campfire.contracts().list().await.unwrap();
    assert_eq!(page.results.iter().map(|contract| contract.id).collect::<Vec<_>>(), [1, 3]);
    assert_eq!((page.rejected[0].index, page.rejected[0].path.as_str()), (1, "results[1].id"));
    assert_eq!(page.rejected[0].raw.to_string(), r#"{"a":0.10,"id":"x"}"#);
    let mut contracts = campfire.contracts().list().stream();
    assert_eq!(contracts.try_next().await.unwrap().unwrap().id, 1);
    assert!(matches!(contracts.try_next().await, Err(Error::Record(_))));
    assert_eq!(contracts.try_next().await.unwrap().unwrap().id, 3);
    assert!(contracts.try_next().await.unwrap().is_none());
}

#[tokio::test]
async fn lists_read_pages_and_plain_arrays() {
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
            // The page starts with the last record of the previous one, so nothing has moved.
            then.status(200)
                .json_body(json!({"count": 3, "next": null, "previous": null, "results": [{"id": 2}, {"id": 3}]}));
        })
        .await;
    serve_get(&server, "/rr/api/v1/contracts/1/subscriptions", r#"[{"id": 9}]"#).await;
    let campfire = client(server.base_url());
    let mut ids = Vec::new();
    let mut contracts = campfire.contracts().list().page_size(2).stream();
    while let Some(contract) = contracts.try_next().await.unwrap() {
        ids.push((contract.id.get(), contract.status));
    }
    assert_eq!(
        ids,
        [(1, Some(ContractStatus::Active)), (2, Some(ContractStatus::Unknown("HIBERNATING".into()))), (3, None)]
    );
    let subscriptions = campfire.contracts().subscriptions(1).list().await.unwrap();
    assert_eq!(subscriptions.results[0].id, 9);
    assert_eq!(subscriptions.count, None);
}

/// The API reference documents `lines` and `tags` as strings, but the server sends arrays. Both decode without loss.
#[test]
fn fields_documented_with_two_types_accept_both() {
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
    // An invalid value inside the array is still an error.
    let error = serde_json::from_value::<ContractSubscription>(json!({"id": 1, "lines": [{"mrr": "x"}]})).unwrap_err();
    assert!(error.to_string().starts_with("`lines[0].mrr`: "), "{error}");
}

#[test]
fn documented_bodies_round_trip() {
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

#[tokio::test]
async fn responses_expose_their_headers_and_the_decompressed_length() {
    let server = MockServer::start_async().await;
    let body = format!(r#"{{"id": 7, "deal_name": "{}"}}"#, "Northwind ".repeat(20));
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(body.as_bytes()).unwrap();
    let compressed = gzip.finish().unwrap();
    assert!(compressed.len() < body.len());
    server
        .mock_async(|when, then| {
            when.method(GET).path("/rr/api/v1/contracts/7");
            then.status(200).header("content-encoding", "gzip").header("x-region", "eu-1").body(compressed);
        })
        .await;
    let contract = client(server.base_url()).contracts().retrieve(7).await.unwrap();
    assert_eq!(contract.body_len(), body.len() as u64);
    assert_eq!(contract.headers()["x-region"], "eu-1");
    assert!(!contract.headers().contains_key("x-missing"));
}
