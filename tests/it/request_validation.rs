//! Documented limits that are checked before a request is sent.

use std::fmt::Debug;

use campfire::Error;
use campfire::sandbox::Sandbox;
use campfire::types::{
    BillBulkSearch, BillCreate, BillCreateRequired, BillLineCreate, ContractCreate, ContractUpdate,
    ProductBundleCreate, ProductBundleLineCreate,
};
use serde_json::json;

use crate::support::sandbox::{builder, start};
use crate::support::{day, money};

/// Asserts that a call fails without sending anything, and that its error names this field and this reason.
async fn assert_rejected<T: Debug>(
    sandbox: &Sandbox,
    call: impl IntoFuture<Output = Result<T, Error>>,
    path: &str,
    reason: &str,
) {
    let before = sandbox.requests().len();
    let error = call.await.unwrap_err();
    let Error::Request(request) = &error else { panic!("{error:?}") };
    assert_eq!(request.fields().iter().map(|field| field.path()).collect::<Vec<_>>(), [path], "{error}");
    assert!(error.to_string().contains(reason), "{error}");
    assert_eq!(sandbox.requests().len(), before, "a request was sent");
}

fn bill(number: &str, amount: &str) -> BillCreate {
    let line = BillLineCreate { amount: Some(money(amount)), ..BillLineCreate::new(1) };
    BillCreate::new(BillCreateRequired {
        lines: vec![line],
        bill_number: number.into(),
        bill_date: day("2026-03-01"),
        due_date: day("2026-03-01"),
        entity: 1.into(),
    })
}

#[tokio::test]
async fn ranges_of_decimals_are_checked_before_sending() {
    let (sandbox, campfire) = start().await;
    // Both bounds are exclusive.
    for (amount, reason) in [("1000000000000000000", "must be below"), ("-1000000000000000000", "must be above")] {
        let bill = bill("R", amount);
        assert_rejected(&sandbox, campfire.bills().create(&bill), "lines[0].amount", reason).await;
    }
    campfire.bills().create(&bill("R", "999999999999999999.99")).await.unwrap();
    // Both bounds are inclusive.
    let bundle = |percent: &str| {
        let line = ProductBundleLineCreate::new(1, money(percent));
        ProductBundleCreate::new("Bundle", vec![line])
    };
    let too_much = bundle("100.01");
    let call = campfire.product_bundles().create(&too_much);
    assert_rejected(&sandbox, call, "lines[0].percentage_allocation", "at most 100").await;
    campfire.product_bundles().create(&bundle("100")).await.unwrap();
}

#[tokio::test]
async fn lengths_of_strings_and_arrays_are_checked_before_sending() {
    let (sandbox, campfire) = start().await;
    // Counted in characters, not in bytes.
    let long = bill(&"ü".repeat(121), "1");
    assert_rejected(&sandbox, campfire.bills().create(&long), "bill_number", "121 characters, at most 120").await;
    campfire.bills().create(&bill(&"ü".repeat(120), "1")).await.unwrap();
    let none = BillBulkSearch::new(Vec::new());
    assert_rejected(&sandbox, campfire.bills().bulk_search(&none), "bills", "0 items, at least 1").await;
    let many: BillBulkSearch =
        serde_json::from_value(json!({"bills": vec![json!({"bill_number": "R"}); 10_001]})).unwrap();
    assert_rejected(&sandbox, campfire.bills().bulk_search(&many), "bills", "10001 items, at most 10000").await;
}

#[tokio::test]
async fn updates_are_checked_before_sending() {
    let (sandbox, campfire) = start().await;
    let update = ContractUpdate { deal_name: Some("x".repeat(251).into()), ..ContractUpdate::default() };
    let call = campfire.contracts().update(1, &update);
    assert_rejected(&sandbox, call, "deal_name", "251 characters, at most 250").await;
}

#[tokio::test]
async fn every_field_that_breaks_a_limit_is_named() {
    let (_sandbox, campfire) = start().await;
    let call = campfire.bills().create(&bill(&"x".repeat(121), "1000000000000000000"));
    let error = call.await.unwrap_err();
    let Error::Request(error) = &error else { panic!("{error:?}") };
    assert_eq!(error.fields().len(), 2);
}

#[tokio::test]
async fn without_request_checks_the_server_rejects_the_body() {
    let sandbox = Sandbox::start().await.unwrap();
    let unchecked = builder(&sandbox).validate_requests(false).build().unwrap();
    let body = ContractCreate { deal_name: Some("x".repeat(251)), ..ContractCreate::default() };
    let error = unchecked.contracts().create(&body).await.unwrap_err();
    assert!(matches!(error, Error::Validation(_)), "{error:?}");
}

/// An empty value would select the whole feed.
#[tokio::test]
async fn an_empty_external_id_is_rejected() {
    let (sandbox, campfire) = start().await;
    let error = campfire.invoice_payments().list().external_id("").await.unwrap_err();
    assert!(matches!(error, Error::Request(_)));
    assert_eq!(error.fields()[0].path(), "external_id");
    assert!(sandbox.requests().is_empty());
}
