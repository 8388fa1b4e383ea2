//! The sandbox, as a user of the client sees it.

#![cfg(all(feature = "sandbox", feature = "revenue-recognition"))]

use std::time::Duration;

use campfire::sandbox::{Face, Sandbox};
use campfire::types::{ContractCreate, ContractUpdate, ContractUsageCreate, ProductCreate};
use campfire::{Client, Error, Patch, Timestamp};
use serde_json::json;

#[tokio::test]
async fn what_is_created_can_be_read_changed_listed_and_deleted() {
    let sandbox = Sandbox::start().await.unwrap();
    let campfire = sandbox.client().unwrap();
    let mut body = ContractCreate {
        deal_name: Some("Northwind".into()),
        total_contract_value: Some("12345678901234567.89".parse().unwrap()),
        ..ContractCreate::default()
    };
    body.extra.insert("custom_field_sow".into(), "9".into());
    let created = campfire.contracts().create(&body).await.unwrap();
    assert_eq!(created.status().as_u16(), 201);
    assert_eq!(created.currency.as_deref(), Some("USD"), "documented defaults are the server's to set");
    assert_eq!(created.extra["custom_field_sow"], json!("9"));
    let read = campfire.contracts().retrieve(created.id).await.unwrap();
    assert_eq!(*read, *created);
    assert_eq!(read.total_contract_value.unwrap().to_string(), "12345678901234567.89");
    sandbox.advance(Duration::from_secs(5));
    let update =
        ContractUpdate { closed_date: Some(Patch::Set("2026-01-31".parse().unwrap())), ..ContractUpdate::default() };
    let changed = campfire.contracts().update(created.id, &update).await.unwrap();
    assert_eq!(changed.deal_name.as_deref(), Some("Northwind"), "what an update leaves out stays");
    assert!(changed.last_modified_at > created.last_modified_at);
    let update = ContractUpdate { closed_date: Some(Patch::Clear), ..ContractUpdate::default() };
    assert_eq!(campfire.contracts().update(created.id, &update).await.unwrap().closed_date, None);
    assert_eq!(campfire.contracts().list().await.unwrap().results.len(), 1);
    campfire.contracts().delete(created.id).await.unwrap();
    assert!(matches!(campfire.contracts().retrieve(created.id).await, Err(Error::NotFound(_))));
    assert_eq!(campfire.contracts().list().await.unwrap().count, Some(0));
    let deleted = campfire.contracts().list().include_deleted(true).await.unwrap();
    assert_eq!((deleted.results[0].id, deleted.results[0].is_deleted), (created.id, Some(true)));
    assert!(deleted.results[0].deal_name.is_none(), "deleted rows have four fields");
}

#[tokio::test]
async fn children_live_below_their_parent() {
    let sandbox = Sandbox::start().await.unwrap();
    let campfire = sandbox.client().unwrap();
    let a = campfire.contracts().create(&ContractCreate::default()).await.unwrap().id;
    let b = campfire.contracts().create(&ContractCreate::default()).await.unwrap().id;
    let usage = campfire.contracts().usage(a).create(&ContractUsageCreate::new(a)).await.unwrap();
    assert_eq!(usage.contract, Some(a));
    assert_eq!(campfire.contracts().usage(a).list().await.unwrap().results.len(), 1);
    assert_eq!(campfire.contracts().usage(b).list().await.unwrap().results.len(), 0);
    assert!(matches!(campfire.contracts().usage(b).retrieve(usage.id).await, Err(Error::NotFound(_))));
}

#[tokio::test]
async fn linked_names_come_from_the_linked_record() {
    for face in [Face::Wire, Face::Documented] {
        let sandbox = Sandbox::builder().face(face).start().await.unwrap();
        let campfire = sandbox.client().unwrap();
        let body = ProductCreate { product_name: Some("Seats".into()), ..ProductCreate::default() };
        let product = campfire.products().create(&body).await.unwrap().id;
        let contract = campfire.contracts().create(&ContractCreate::default()).await.unwrap().id;
        let body = ContractUsageCreate { product: Some(product), ..ContractUsageCreate::new(contract) };
        let with = campfire.contracts().usage(contract).create(&body).send_raw().await.unwrap();
        assert_eq!(with["product_name"], json!("Seats"));
        let without =
            campfire.contracts().usage(contract).create(&ContractUsageCreate::new(contract)).send_raw().await.unwrap();
        match face {
            Face::Wire => {
                assert!(without.get("product_name").is_none(), "left out where the link is null: {without:?}")
            }
            _ => assert_eq!(without["product_name"], json!(""), "there, whatever the link"),
        }
    }
}

#[tokio::test]
async fn pages_follow_the_servers_limit() {
    let sandbox = Sandbox::builder().page_limit(7).start().await.unwrap();
    let campfire = sandbox.client().unwrap();
    let ids: Vec<i64> = (0..23).map(|_| sandbox.seed("contracts", json!({})).unwrap()).collect();
    let mut pages = campfire.contracts().list().page_size(10).pages();
    let mut sizes = Vec::new();
    let mut seen = Vec::new();
    while let Some(page) = pages.try_next().await.unwrap() {
        assert_eq!(page.count, Some(23));
        sizes.push(page.results.len());
        seen.extend(page.results.iter().map(|contract| contract.id));
    }
    // Each page after the first begins with the last row of the one before, which is left out.
    assert_eq!((sizes, seen), (vec![7, 6, 6, 4], ids));
    let page = campfire.contracts().list().limit(5).offset(5).await.unwrap();
    assert!(page.next.as_deref().unwrap().starts_with(sandbox.url()), "links are absolute: {:?}", page.next);
    assert!(page.previous.is_some());
}

#[tokio::test]
async fn all_rows_come_at_once_up_to_a_limit() {
    let sandbox = Sandbox::builder().page_limit(10).start().await.unwrap();
    let campfire = sandbox.client().unwrap();
    let ids: Vec<i64> = (0..25).map(|_| sandbox.seed("contracts", json!({})).unwrap()).collect();
    let all = campfire.contracts().list().all().await.unwrap();
    assert_eq!(all.iter().map(|contract| contract.id).collect::<Vec<_>>(), ids);
    assert_eq!(campfire.contracts().list().all_up_to(25).await.unwrap().len(), 25);
    let error = campfire.contracts().list().all_up_to(24).await.unwrap_err();
    assert!(error.to_string().contains("more than 24 rows"), "{error}");
    assert_eq!(campfire.contracts().list().count().await.unwrap(), Some(25));
}

#[tokio::test]
async fn changes_can_be_asked_for_by_time() {
    let sandbox = Sandbox::start().await.unwrap();
    let campfire = sandbox.client().unwrap();
    let old = sandbox.seed("contracts", json!({"deal_name": "old"})).unwrap();
    sandbox.advance(Duration::from_secs(3600));
    let new = sandbox.seed("contracts", json!({"deal_name": "new"})).unwrap();
    let new_time = campfire.contracts().retrieve(new).await.unwrap().last_modified_at.unwrap();
    let ids = |page: campfire::Response<campfire::Page<campfire::types::Contract>>| {
        page.into_inner().into_iter().map(|contract| contract.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(campfire.contracts().list().last_modified_at_gte(new_time).await.unwrap()), [new], "inclusive");
    let before = Timestamp::from_unix_seconds(new_time.unix_seconds() - 1).unwrap();
    assert_eq!(ids(campfire.contracts().list().last_modified_at_lte(before).await.unwrap()), [old]);
}

#[tokio::test]
async fn bodies_are_refused_as_the_framework_refuses_them() {
    let sandbox = Sandbox::start().await.unwrap();
    let campfire =
        Client::builder().api_key(sandbox.key()).base_url(sandbox.url()).without_request_checks().build().unwrap();
    let mut body =
        ContractCreate { deal_name: Some("x".repeat(251)), status: Some("RESTING".into()), ..Default::default() };
    body.extra.insert("total_contract_value".into(), "ten".into());
    body.extra.insert("is_evergreen".into(), campfire::Json::Null);
    let error = campfire.contracts().create(&body).await.unwrap_err();
    let mut fields: Vec<String> = error.fields().iter().map(ToString::to_string).collect();
    fields.sort();
    assert_eq!(
        fields,
        [
            "deal_name: Ensure this field has no more than 250 characters.",
            "is_evergreen: This field may not be null.",
            "status: \"RESTING\" is not a valid choice.",
            "total_contract_value: A valid number is required.",
        ]
    );
    // A number for a text is kept as its digits, and they are counted.
    let mut body = ContractCreate::default();
    body.extra.insert("deal_name".into(), format!("1{}", "0".repeat(250)).parse().unwrap());
    let error = campfire.contracts().create(&body).await.unwrap_err();
    assert_eq!(error.fields()[0].to_string(), "deal_name: Ensure this field has no more than 250 characters.");
    // A link is checked once its resource has records.
    let contract = campfire.contracts().create(&ContractCreate::default()).await.unwrap().id;
    sandbox.seed("products", json!({"product_name": "Seats"})).unwrap();
    let body = ContractUsageCreate { product: Some(999), ..ContractUsageCreate::new(contract) };
    let error = campfire.contracts().usage(contract).create(&body).await.unwrap_err();
    assert_eq!(error.fields()[0].to_string(), "product: Invalid pk \"999\" - object does not exist.");
}

#[tokio::test]
async fn a_repeated_key_gives_the_first_answer() {
    let sandbox = Sandbox::start().await.unwrap();
    let campfire = sandbox.client().unwrap();
    let body = ContractCreate { deal_name: Some("once".into()), ..ContractCreate::default() };
    let first = campfire.contracts().create(&body).idempotency_key("k-1").await.unwrap();
    let again = campfire.contracts().create(&body).idempotency_key("k-1").await.unwrap();
    assert_eq!(*first, *again);
    assert_eq!(sandbox.records("contracts").len(), 1);
    let other = ContractCreate { deal_name: Some("other".into()), ..ContractCreate::default() };
    let error = campfire.contracts().create(&other).idempotency_key("k-1").await.unwrap_err();
    assert!(matches!(error, Error::Conflict(_)), "{error}");
    campfire.contracts().create(&body).idempotency_key("k-2").await.unwrap();
    assert_eq!(sandbox.records("contracts").len(), 2);
}

#[tokio::test]
async fn strangers_are_turned_away() {
    let sandbox = Sandbox::start().await.unwrap();
    let stranger = Client::builder().api_key("other").base_url(sandbox.url()).build().unwrap();
    assert!(matches!(stranger.contracts().list().await, Err(Error::Authentication(_))));
    assert_eq!(sandbox.requests()[0].status, 401);
    let neighbour = Sandbox::start().await.unwrap();
    neighbour.seed("contracts", json!({})).unwrap();
    assert_eq!(sandbox.client().unwrap().contracts().list().await.unwrap().count, Some(0), "sandboxes share nothing");
}

#[tokio::test]
async fn times_come_in_the_servers_own_form() {
    let sandbox = Sandbox::start().await.unwrap();
    let campfire = sandbox.client().unwrap();
    let raw = campfire.contracts().create(&ContractCreate::default()).send_raw().await.unwrap();
    let time = raw["created_at"].as_str().unwrap();
    assert!(time.ends_with("+0000") && time.len() == 24, "{time}");
}

#[tokio::test]
async fn contracts_can_be_duplicated_and_terminated() {
    let sandbox = Sandbox::start().await.unwrap();
    let campfire = sandbox.client().unwrap();
    let body = ContractCreate { deal_name: Some("Northwind".into()), ..ContractCreate::default() };
    let first = campfire.contracts().create(&body).await.unwrap().id;
    let copy = campfire.contracts().duplicate(first).await.unwrap().id;
    assert_ne!(copy, first);
    assert_eq!(campfire.contracts().retrieve(copy).await.unwrap().deal_name.as_deref(), Some("Northwind"));
}

#[tokio::test]
async fn unknown_resources_are_named() {
    let sandbox = Sandbox::start().await.unwrap();
    let error = sandbox.seed("contract", json!({})).unwrap_err();
    assert_eq!(error.to_string(), "there is no resource `contract`: name one as in `contracts.usage`");
}
