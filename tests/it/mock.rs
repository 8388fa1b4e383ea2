//! Typed mocks, used as in the unit tests of an application.

use campfire::mock::{self, MockServer, Mocks};
use campfire::types::ContractUpdate;
use campfire::{Client, Error};
use serde_json::json;

/// The code under test: renames a contract. Returns `false` if there is no such contract.
async fn rename(campfire: &Client, id: i64, name: &str) -> Result<bool, Error> {
    let update = ContractUpdate { deal_name: Some(name.into()), ..ContractUpdate::default() };
    match campfire.contracts().update(id, &update).await {
        Ok(_) => Ok(true),
        Err(Error::NotFound(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

#[tokio::test]
async fn a_call_matches_only_its_own_mock() {
    let server = MockServer::start_async().await;
    let body = ContractUpdate { deal_name: Some("Larch".into()), ..ContractUpdate::default() };
    let there = server.contracts_update(|when, then| {
        when.id(7).body(&body);
        then.returns(json!({"id": 7, "deal_name": "Larch"}));
    });
    let gone = server.contracts_update(|when, then| {
        when.id(77);
        then.fails(404, "Not found.");
    });
    let campfire = mock::client(&server).unwrap();
    assert!(rename(&campfire, 7, "Larch").await.unwrap());
    assert!(!rename(&campfire, 77, "Larch").await.unwrap());
    there.assert();
    gone.assert();
}

#[tokio::test]
async fn mocks_cover_children_queries_pages_and_field_errors() {
    let server = MockServer::start_async().await;
    server.contracts_usage_retrieve(|when, then| {
        when.contract_id(1).id(2);
        then.returns(json!({"id": 2, "contract": 1}));
    });
    server.invoice_payments_list(|when, then| {
        when.invoice_id(9).cursor("");
        then.returns_page([json!({"id": 1, "amount": "12.50"})]);
    });
    server.contracts_create(|_, then| {
        then.fails_validation([("deal_name", "This field may not be blank.")]);
    });
    let campfire = mock::client(&server).unwrap();
    assert_eq!(campfire.contracts().usage(1).retrieve(2).await.unwrap().id, 2);
    assert!(campfire.contracts().usage(3).retrieve(2).await.is_err(), "the mock matched another contract");
    let payments = campfire.invoice_payments().list().invoice_id(9).all().await.unwrap();
    assert_eq!(payments[0].amount.unwrap().to_string(), "12.50");
    let error = campfire.contracts().create(&Default::default()).await.unwrap_err();
    assert_eq!(error.fields()[0].path(), "deal_name");
}

#[test]
#[should_panic(expected = "cannot be decoded as campfire::types::Contract")]
fn a_response_that_does_not_decode_panics() {
    let server = MockServer::start();
    server.contracts_retrieve(|_, then| {
        then.returns(json!({"deal_name": "without an id"}));
    });
}
