//! Ids that cannot be mixed up.

use campfire::ids::{AccountId, BillId, ContractId, EntityId, TagId, VendorId};
use campfire::types::{Bill, BillCreate, BillCreateRequired, BillLineCreate, BillUpdate, Customer};
use campfire::{Error, Patch, Record};
use serde_json::json;

use crate::support::day;
use crate::support::sandbox::start;

fn body(entity: impl Into<EntityId>) -> BillCreate {
    BillCreate::new(BillCreateRequired {
        lines: vec![BillLineCreate::new(6000).tag_ids([1, 2])],
        bill_number: "R-1".into(),
        bill_date: day("2026-03-01"),
        due_date: day("2026-03-01"),
        entity: entity.into(),
    })
}

#[test]
fn ids_are_numbers_in_json() {
    let text = r#"{"id":9007199254740993,"lines":[{"id":1,"tag_ids":[7,8],"account":6000}],"vendor":5}"#;
    let bill: Bill = serde_json::from_str(text).unwrap();
    assert_eq!((bill.id, bill.vendor), (BillId::new(9_007_199_254_740_993), Some(VendorId::new(5))));
    let line = &bill.lines.as_ref().unwrap()[0];
    assert_eq!(
        (line.account, line.tag_ids.as_deref()),
        (Some(AccountId::new(6000)), Some(&[TagId::new(7), TagId::new(8)][..]))
    );
    assert_eq!(serde_json::to_string(&bill).unwrap(), text);
    assert_eq!(Record::id(&bill), Some(9_007_199_254_740_993));
}

#[test]
fn ids_are_read_with_the_tolerance_of_integers() {
    let bill: Bill = serde_json::from_str(r#"{"id": "12", "vendor": 5.0, "entity": null}"#).unwrap();
    assert_eq!((bill.id, bill.vendor, bill.entity), (12.into(), Some(5.into()), None));
    let error = serde_json::from_str::<Bill>(r#"{"id": 12, "lines": [{"id": 1, "account": "cash"}]}"#).unwrap_err();
    assert!(error.to_string().contains("lines[0].account"), "{error}");
}

#[test]
fn setters_take_ids_and_numbers() {
    let vendor = VendorId::new(5);
    for body in [body(1).vendor(vendor), body(1_i64).vendor(5), body(EntityId::new(1)).vendor(vendor)] {
        let json = serde_json::to_value(&body).unwrap();
        assert_eq!((&json["vendor"], &json["entity"]), (&json!(5), &json!(1)));
        assert_eq!(json["lines"][0]["tag_ids"], json!([1, 2]));
    }
    let tags = [TagId::new(3)];
    for line in [BillLineCreate::new(1).tag_ids(tags), BillLineCreate::new(1).tag_ids(tags.iter())] {
        assert_eq!(line.tag_ids.as_deref(), Some(&tags[..]));
    }
    let update = BillUpdate::default().vendor(7);
    assert_eq!(serde_json::to_string(&update).unwrap(), r#"{"vendor":7}"#);
    let patch: Patch<VendorId> = serde_json::from_str("null").unwrap();
    assert_eq!(patch, Patch::Clear);
}

#[tokio::test]
async fn calls_and_filters_take_ids_and_numbers() {
    let (sandbox, campfire) = start().await;
    sandbox.seed("entities", json!({"id": 1})).unwrap();
    let made = campfire.bills().create(&body(1)).await.unwrap();
    for _ in 0..2 {
        assert_eq!(campfire.bills().retrieve(made.id).await.unwrap().id, made.id);
        assert_eq!(campfire.bills().retrieve(made.id.get()).await.unwrap().id, made.id);
    }
    let clients: &[i64] = &[5];
    let entities = vec![EntityId::new(1), EntityId::new(2)];
    campfire.invoices().list().entity(&entities).client([5]).await.unwrap();
    campfire.invoices().list().entity(entities.iter().map(|entity| entity.get())).client(clients).await.unwrap();
    let expected: Vec<_> = sandbox.requests().iter().rev().take(2).map(|request| request.query.clone()).collect();
    assert_eq!(expected[0], expected[1]);
    let usage = campfire.contracts().usage(ContractId::new(77)).list().await;
    assert!(matches!(usage, Ok(_) | Err(Error::NotFound(_))), "{usage:?}");
}

#[test]
fn customers_are_vendors() {
    let customer: Customer = serde_json::from_str(r#"{"id": 5}"#).unwrap();
    let vendor: VendorId = customer.id;
    assert_eq!(vendor, 5);
}
