//! Lists can be read without naming their types: by a generic function, or as tables.

use std::collections::BTreeSet;

use campfire::sandbox::{Demo, Sandbox};
use campfire::tables::{self, FieldType, RecordSchema};
use campfire::{Change, Client, Error, Json, List, Record, RecordText, RejectedRecords, Syncable};
use tokio::io::AsyncWriteExt;

use crate::support::client;
use crate::support::sandbox::without_retries;
use crate::support::server::{accept, listen};

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

/// Sends this body to each request.
async fn serve(body: Vec<u8>) -> Client {
    let (listener, url) = listen().await;
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = accept(&listener).await;
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(&[head.as_bytes(), &body].concat()).await;
        }
    });
    client(url)
}

#[tokio::test]
async fn texts_have_the_records_and_the_faults_of_json() {
    let deep = |depth: usize| format!(r#"{{"id":8,"deep":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
    let records = [
        r#"{"id":1,"amount":"12.50","unknown":{"b":1.0,"a":[null]}}"#.to_owned(),
        "{ \"id\" : 2 ,\n\"note\":\"caf\\u00e9\" }".to_owned(),
        r#"{"id":3,"amount":1,"amount":2}"#.to_owned(),
        r#"{"id":4,"nested":[{"\u0061":1,"a":2}]}"#.to_owned(),
        r#"{"id":5,"amount":01}"#.to_owned(),
        "null".to_owned(),
        "7".to_owned(),
        deep(124),
        deep(125),
        "{\"id\":9,\"note\":\"\u{1}\"}".to_owned(),
        r#"{"id":10,"note":"\ud800"}"#.to_owned(),
        r#"{"id":11}"#.to_owned(),
    ];
    let text = format!("\u{feff}{{\"count\":13,\"next\":null,\"results\":[{},", records.join(","));
    let body = [text.as_bytes(), b"{\"id\":12,\"note\":\"\xff\"}]}"].concat();
    let campfire = serve(body).await;
    let list = || tables::get("entities").unwrap().list(&campfire, &[]).unwrap();
    let json = list().pages().try_next().await.unwrap().unwrap().into_inner();
    let texts = list().texts().pages().try_next().await.unwrap().unwrap().into_inner();
    assert_eq!((json.results.len(), json.rejected.len()), (5, 8));
    assert_eq!(texts.rejected, json.rejected);
    let same = texts.results.iter().map(|record| record.as_str().parse().unwrap());
    assert_eq!(same.collect::<Vec<Json>>(), json.results);
    let ids = |record: &RecordText| (record.id(), record.last_modified_at(), record.is_deleted());
    let same = json.results.iter().map(|record| (record.id(), record.last_modified_at(), record.is_deleted()));
    assert!(texts.results.iter().map(ids).eq(same));
    let failing = |error: Option<Error>| error.unwrap().to_string();
    let json = failing(list().rejected_records(RejectedRecords::Fail).pages().try_next().await.err());
    let texts = list().texts().rejected_records(RejectedRecords::Fail).pages().try_next().await.err();
    assert_eq!(failing(texts), json);
    for body in ["", "<html>", "{}", "[1", r#"{"count":1,"results":{}}"#] {
        let campfire = serve(body.into()).await;
        let list = || tables::get("entities").unwrap().list(&campfire, &[]).unwrap();
        let json = failing(list().pages().try_next().await.err());
        assert_eq!(failing(list().texts().pages().try_next().await.err()), json, "{body}");
    }
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
