//! Lists can be read without naming their types: by a generic function, or as tables.

use std::collections::BTreeSet;

use campfire::sandbox::{Demo, Sandbox};
use campfire::tables::{self, FieldType, RecordSchema};
use campfire::{Change, Error, Json, List, Record, Syncable};

use crate::support::sandbox::without_retries;

/// A function as a user would write it.
async fn copy<L: List>(list: L) -> Result<Vec<(i64, Json)>, Error> {
    let mut pages = list.page_size(7).pages();
    let mut rows = Vec::new();
    while let Some(page) = pages.try_next().await? {
        for record in &page.results {
            let json = serde_json::to_string(record).unwrap().parse().unwrap();
            rows.push((record.id().unwrap(), json));
        }
    }
    Ok(rows)
}

/// Another one.
async fn changes<L: Syncable>(list: L) -> Result<usize, Error> {
    let mut run = list.sync(None);
    let mut changed = 0;
    while let Some(page) = run.try_next_page().await? {
        changed += page.changes.iter().filter(|change| matches!(change, Change::Changed(_))).count();
    }
    Ok(changed)
}

#[tokio::test]
async fn a_generic_function_reads_any_list() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.demo(&Demo::default().rows(300)).unwrap();
    let campfire = without_retries(&sandbox);
    let vendors = copy(campfire.vendors().list()).await.unwrap();
    assert_eq!(vendors.len(), sandbox.count("vendors"));
    let entities = copy(campfire.entities().list()).await.unwrap();
    assert_eq!(entities.len(), sandbox.count("entities"));
    assert_eq!(changes(campfire.transactions().list()).await.unwrap(), sandbox.count("transactions"));
    let counted = List::count(campfire.vendors().list()).await.unwrap();
    assert_eq!(counted, Some(vendors.len() as u64));
    assert_eq!(List::count(campfire.entities().list()).await.unwrap(), None, "not paged");
}

#[tokio::test]
async fn a_table_has_the_records_of_its_typed_list() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.demo(&Demo::default().rows(300)).unwrap();
    let campfire = without_retries(&sandbox);
    let typed = copy(campfire.contracts().list()).await.unwrap();
    let table = tables::get("contracts").unwrap();
    let untyped = copy(table.list(&campfire, &[]).unwrap()).await.unwrap();
    assert_eq!(untyped.len(), typed.len());
    for ((id, typed), (same, untyped)) in typed.iter().zip(&untyped) {
        assert_eq!(id, same);
        assert_eq!(untyped["total_contract_value"].as_decimal(), typed["total_contract_value"].as_decimal());
    }
    let contract = typed[0].0;
    let table = tables::get("contracts_subscriptions").unwrap();
    assert_eq!(table.parent(), Some("contracts"));
    let below = copy(table.list(&campfire, &[contract]).unwrap()).await.unwrap();
    let typed = copy(campfire.contracts().subscriptions(contract).list()).await.unwrap();
    assert_eq!(below.iter().map(|row| row.0).collect::<Vec<_>>(), typed.iter().map(|row| row.0).collect::<Vec<_>>());
    let error = table.list(&campfire, &[]).unwrap_err();
    assert!(error.to_string().contains("takes 1 parent ids, not 0"), "{error}");
}

#[test]
fn every_table_has_a_schema_and_stands_after_its_parent() {
    let mut seen = BTreeSet::new();
    for table in tables::all() {
        assert!(seen.insert(table.name()), "{} occurs twice", table.name());
        assert!(table.parent().is_none_or(|parent| seen.contains(parent)), "{}", table.name());
        let id = table.schema().fields().iter().find(|field| field.name == "id");
        assert_eq!(id.map(|id| &id.ty), Some(&FieldType::Integer), "{}", table.name());
        for field in table.schema().fields() {
            assert_known(&field.ty);
        }
    }
    assert!(seen.len() > 40, "{seen:?}");
    assert!(tables::all().iter().filter(|table| table.can_sync()).count() > 20);
    let amount = campfire::types::Transaction::schema().fields().iter().find(|field| field.name == "amount").unwrap();
    assert_eq!((campfire::types::Transaction::KIND, &amount.ty), ("Transaction", &FieldType::Decimal));
}

/// Objects inside records have schemas, too.
fn assert_known(ty: &FieldType) {
    match ty {
        FieldType::List(item) | FieldType::Map(item) => assert_known(item),
        FieldType::Record(kind) => assert!(RecordSchema::of(kind).is_some(), "{kind}"),
        _ => {}
    }
}
