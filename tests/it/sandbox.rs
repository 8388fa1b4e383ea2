//! The sandbox, as a user of the client sees it.

use std::time::Duration;

use campfire::sandbox::{ResponseStyle, Sandbox};
use campfire::types::{Contract, ContractCreate, ContractUpdate, ContractUsageCreate, ProductCreate};
use campfire::{Client, Error, Json, Page, Patch, Response, Timestamp};
use serde_json::json;

use crate::support::money;
use crate::support::sandbox::{builder, start};

#[tokio::test]
async fn records_can_be_created_read_updated_listed_and_deleted() {
    let (sandbox, campfire) = start().await;
    let mut body = ContractCreate {
        deal_name: Some("Northwind".into()),
        total_contract_value: Some(money("12345678901234567.89")),
        ..ContractCreate::default()
    };
    body.extra.insert("custom_field_sow".into(), "9".into());
    let created = campfire.contracts().create(&body).await.unwrap();
    assert_eq!(created.status().as_u16(), 201);
    assert_eq!(created.currency.as_deref(), Some("USD"), "the server sets the documented defaults");
    assert_eq!(created.extra["custom_field_sow"], json!("9"));
    let read = campfire.contracts().retrieve(created.id).await.unwrap();
    assert_eq!(*read, *created);
    assert_eq!(read.total_contract_value.unwrap().to_string(), "12345678901234567.89");
    sandbox.advance(Duration::from_secs(5));
    let update =
        ContractUpdate { closed_date: Some(Patch::Set("2026-01-31".parse().unwrap())), ..ContractUpdate::default() };
    let changed = campfire.contracts().update(created.id, &update).await.unwrap();
    assert_eq!(changed.deal_name.as_deref(), Some("Northwind"), "omitted fields keep their values");
    assert!(changed.last_modified_at > created.last_modified_at);
    let update = ContractUpdate { closed_date: Some(Patch::Clear), ..ContractUpdate::default() };
    assert_eq!(campfire.contracts().update(created.id, &update).await.unwrap().closed_date, None);
    assert_eq!(campfire.contracts().list().await.unwrap().results.len(), 1);
    campfire.contracts().delete(created.id).await.unwrap();
    assert!(matches!(campfire.contracts().retrieve(created.id).await, Err(Error::NotFound(_))));
    assert_eq!(campfire.contracts().list().await.unwrap().count, Some(0));
    let deleted = campfire.contracts().list().include_deleted(true).await.unwrap();
    assert_eq!((deleted.results[0].id, deleted.results[0].is_deleted), (created.id, Some(true)));
    assert!(deleted.results[0].deal_name.is_none(), "deleted records have four fields");
}

#[tokio::test]
async fn child_records_belong_to_their_parent() {
    let (_sandbox, campfire) = start().await;
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
    for style in [ResponseStyle::Observed, ResponseStyle::Documented] {
        let sandbox = Sandbox::builder().response_style(style).start().await.unwrap();
        let campfire = sandbox.client().unwrap();
        let body = ProductCreate { product_name: Some("Seats".into()), ..ProductCreate::default() };
        let product = campfire.products().create(&body).await.unwrap().id;
        let contract = campfire.contracts().create(&ContractCreate::default()).await.unwrap().id;
        let body = ContractUsageCreate::new(contract).product(product);
        let with = campfire.contracts().usage(contract).create(&body).send_untyped().await.unwrap();
        assert_eq!(with["product_name"], json!("Seats"));
        let without = campfire
            .contracts()
            .usage(contract)
            .create(&ContractUsageCreate::new(contract))
            .send_untyped()
            .await
            .unwrap();
        match style {
            ResponseStyle::Observed => {
                assert!(without.get("product_name").is_none(), "omitted when the link is null: {without:?}")
            }
            _ => assert_eq!(without["product_name"], json!(""), "present even without a link"),
        }
    }
}

#[tokio::test]
async fn the_server_caps_the_page_size() {
    let sandbox = Sandbox::builder().page_limit(7).start().await.unwrap();
    let campfire = sandbox.client().unwrap();
    let ids: Vec<i64> = (0..23).map(|_| sandbox.seed("contracts", json!({})).unwrap()).collect();
    let mut pages = campfire.contracts().list().page_size(10).pages();
    let mut sizes = Vec::new();
    let mut seen = Vec::new();
    while let Some(page) = pages.try_next().await.unwrap() {
        assert_eq!(page.count, Some(23));
        sizes.push(page.results.len());
        seen.extend(page.results.iter().map(|contract| contract.id.get()));
    }
    // Each page after the first starts with the last record of the previous page, which is dropped.
    assert_eq!((sizes, seen), (vec![7, 6, 6, 4], ids));
    let page = campfire.contracts().list().page_size(5).offset(5).await.unwrap();
    assert!(page.next.as_deref().unwrap().starts_with(sandbox.url()), "links are absolute: {:?}", page.next);
    assert!(page.previous.is_some());
}

#[tokio::test]
async fn all_collects_records_up_to_a_limit() {
    let sandbox = Sandbox::builder().page_limit(10).start().await.unwrap();
    let campfire = sandbox.client().unwrap();
    let ids: Vec<i64> = (0..25).map(|_| sandbox.seed("contracts", json!({})).unwrap()).collect();
    let all = campfire.contracts().list().all().await.unwrap();
    assert_eq!(all.iter().map(|contract| contract.id).collect::<Vec<_>>(), ids);
    assert_eq!(campfire.contracts().list().all_up_to(25).await.unwrap().len(), 25);
    let error = campfire.contracts().list().all_up_to(24).await.unwrap_err();
    assert!(error.to_string().contains("more than 24 records"), "{error}");
    assert_eq!(campfire.contracts().list().count().await.unwrap(), Some(25));
}

#[tokio::test]
async fn lists_can_be_filtered_by_modification_time() {
    let (sandbox, campfire) = start().await;
    let old = sandbox.seed("contracts", json!({"deal_name": "old"})).unwrap();
    sandbox.advance(Duration::from_secs(3600));
    let new = sandbox.seed("contracts", json!({"deal_name": "new"})).unwrap();
    let new_time = campfire.contracts().retrieve(new).await.unwrap().last_modified_at.unwrap();
    let ids =
        |page: Response<Page<Contract>>| page.into_inner().into_iter().map(|contract| contract.id).collect::<Vec<_>>();
    assert_eq!(ids(campfire.contracts().list().last_modified_at_gte(new_time).await.unwrap()), [new], "inclusive");
    let before = Timestamp::from_unix_seconds(new_time.unix_seconds() - 1).unwrap();
    assert_eq!(ids(campfire.contracts().list().last_modified_at_lte(before).await.unwrap()), [old]);
}

#[tokio::test]
async fn invalid_bodies_get_the_error_texts_of_the_real_server() {
    let sandbox = Sandbox::start().await.unwrap();
    let campfire = builder(&sandbox).validate_requests(false).build().unwrap();
    let mut body =
        ContractCreate { deal_name: Some("x".repeat(251)), status: Some("RESTING".into()), ..Default::default() };
    body.extra.insert("total_contract_value".into(), "ten".into());
    body.extra.insert("is_evergreen".into(), Json::Null);
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
    // A number in a string field is kept as its digits, which count toward the maximum length.
    let mut body = ContractCreate::default();
    body.extra.insert("deal_name".into(), format!("1{}", "0".repeat(250)).parse().unwrap());
    let error = campfire.contracts().create(&body).await.unwrap_err();
    assert_eq!(error.fields()[0].to_string(), "deal_name: Ensure this field has no more than 250 characters.");
    // Links are checked once the linked resource has records.
    let contract = campfire.contracts().create(&ContractCreate::default()).await.unwrap().id;
    sandbox.seed("products", json!({"product_name": "Seats"})).unwrap();
    let body = ContractUsageCreate::new(contract).product(999);
    let error = campfire.contracts().usage(contract).create(&body).await.unwrap_err();
    assert_eq!(error.fields()[0].to_string(), "product: Invalid pk \"999\" - object does not exist.");
}

#[tokio::test]
async fn a_repeated_idempotency_key_returns_the_first_response() {
    let (sandbox, campfire) = start().await;
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
async fn unknown_keys_are_rejected() {
    let sandbox = Sandbox::start().await.unwrap();
    let stranger = Client::builder().api_key("other").base_url(sandbox.url()).build().unwrap();
    assert!(matches!(stranger.contracts().list().await, Err(Error::Authentication(_))));
    assert_eq!(sandbox.requests()[0].status, 401);
    let neighbour = Sandbox::start().await.unwrap();
    neighbour.seed("contracts", json!({})).unwrap();
    assert_eq!(
        sandbox.client().unwrap().contracts().list().await.unwrap().count,
        Some(0),
        "the sandboxes share records"
    );
}

#[tokio::test]
async fn timestamps_use_the_format_of_the_server() {
    let (_sandbox, campfire) = start().await;
    let raw = campfire.contracts().create(&ContractCreate::default()).send_untyped().await.unwrap();
    let time = raw["created_at"].as_str().unwrap();
    assert!(time.ends_with("+0000") && time.len() == 24, "{time}");
}

#[tokio::test]
async fn contracts_can_be_duplicated() {
    let (_sandbox, campfire) = start().await;
    let body = ContractCreate { deal_name: Some("Northwind".into()), ..ContractCreate::default() };
    let first = campfire.contracts().create(&body).await.unwrap().id;
    let copy = campfire.contracts().duplicate(first).await.unwrap().id;
    assert_ne!(copy, first);
    assert_eq!(campfire.contracts().retrieve(copy).await.unwrap().deal_name.as_deref(), Some("Northwind"));
}

#[tokio::test]
async fn unknown_resources_are_rejected() {
    let sandbox = Sandbox::start().await.unwrap();
    let error = sandbox.seed("contract", json!({})).unwrap_err();
    assert_eq!(error.to_string(), "there is no resource `contract`; resource names look like `contracts.usage`");
}

#[cfg(feature = "company-objects")]
#[tokio::test]
async fn bulk_search_finds_and_upserts() {
    use campfire::types::{VendorBulkSearch, VendorKey};

    let (sandbox, campfire) = start().await;
    let known = sandbox.seed("vendors", json!({"name": "Heron"})).unwrap();
    let mut search = VendorBulkSearch::new(
        ["Heron", "Fjord"].map(|name| serde_json::from_value::<VendorKey>(json!({"name": name})).unwrap()).to_vec(),
    );
    let found = campfire.vendors().bulk_search(&search).await.unwrap();
    assert_eq!(found.iter().map(|vendor| vendor.id).collect::<Vec<_>>(), [known]);
    search.upsert = Some(true);
    assert_eq!(campfire.vendors().bulk_search(&search).await.unwrap().len(), 2);
    assert_eq!(campfire.vendors().list().await.unwrap().count, Some(2));
}

#[tokio::test]
async fn custom_fields_are_written_and_read() {
    let sandbox = Sandbox::start().await.unwrap();
    let campfire = sandbox.client().unwrap();
    let mut body = campfire::types::ContractCreate::default().deal_name("Northwind 2027");
    body.extra.set_custom_field("arr", campfire::Decimal::new(120_050, 2));
    let contract = campfire.contracts().create(&body).await.unwrap();
    let arr = contract.extra.custom_field("arr").and_then(campfire::Json::as_decimal).unwrap();
    assert_eq!(arr.to_string(), "1200.50");
    let mut update = campfire::types::ContractUpdate::default();
    update.extra.set_custom_field("segment", "enterprise");
    let contract = campfire.contracts().update(contract.id, &update).await.unwrap();
    assert_eq!(contract.extra.custom_fields().map(|(name, _)| name).collect::<Vec<_>>(), ["arr", "segment"]);
    assert_eq!(contract.extra.custom_field("region"), None);
}
