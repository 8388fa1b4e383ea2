//! The parts of the API that do not fit a pattern: uploads, files, cursors, repeated keys, traps.

#![cfg(all(feature = "sandbox", feature = "areas"))]

use std::time::Duration;

use campfire::sandbox::{Fault, FaultRule, Sandbox};
use campfire::types::{ContractStatus, FileModel};
use campfire::{Client, Error, Event, FilePart, RetryPolicy};
use serde_json::json;

#[tokio::test]
async fn files_are_uploaded_with_name_and_type_from_memory_and_from_disk() {
    let sandbox = Sandbox::start().await.unwrap();
    let campfire = sandbox.client().unwrap();
    let part = FilePart::from_bytes("receipt.pdf", b"%PDF-1.4 hello\r\n--not-the-boundary".to_vec());
    let file = campfire.files().upload(FileModel::Bill, part).object_id(7).await.unwrap();
    assert_eq!((file.name.as_deref(), file.s3_content_length), (Some("receipt.pdf"), Some(34)));
    assert_eq!(file.s3_content_type.as_deref(), Some("application/pdf"));
    assert_eq!(sandbox.requests()[0].query, "model=bill&object_id=7");
    let path = std::env::temp_dir().join(format!("campfire-upload-{}.csv", std::process::id()));
    std::fs::write(&path, "a,b\n1,2\n").unwrap();
    let part = FilePart::from_path(&path).with_file_name("usage.csv");
    let file = campfire.files().upload(FileModel::Contract, part).await.unwrap();
    assert_eq!((file.name.as_deref(), file.s3_content_length), (Some("usage.csv"), Some(8)));
    std::fs::remove_file(&path).unwrap();
    let gone = campfire.files().upload(FileModel::Contract, FilePart::from_path(&path)).await.unwrap_err();
    assert!(gone.to_string().contains("cannot be read"), "{gone}");
    assert_eq!(sandbox.requests().len(), 2, "nothing was sent");
}

#[tokio::test]
async fn a_file_from_disk_is_read_again_for_each_attempt() {
    let sandbox = Sandbox::start().await.unwrap();
    let policy = RetryPolicy::default().first_wait(Duration::from_millis(1));
    let campfire = Client::builder().api_key(sandbox.key()).base_url(sandbox.url()).retry(policy).build().unwrap();
    let path = std::env::temp_dir().join(format!("campfire-upload-again-{}.csv", std::process::id()));
    std::fs::write(&path, "a,b\n1,2\n").unwrap();
    let upload = || campfire.files().upload(FileModel::Contract, FilePart::from_path(&path));
    sandbox.inject(FaultRule::new(Fault::RateLimited(Duration::ZERO)).operation("files.upload").times(2));
    let file = upload().await.unwrap();
    assert_eq!((file.attempts(), file.s3_content_length), (3, Some(8)), "nothing had been processed");
    // What may have been processed is not sent again: two files would be two documents.
    sandbox.inject(FaultRule::new(Fault::Status(500)).operation("files.upload").times(1));
    let lost = upload().await.unwrap_err();
    assert!(matches!(lost, Error::OutcomeUnknown(_)), "{lost:?}");
    // A file that is gone meanwhile ends the call, and says why.
    sandbox.inject(FaultRule::new(Fault::RateLimited(Duration::ZERO)).operation("files.upload").times(1));
    let removed = path.clone();
    let campfire = Client::builder()
        .api_key(sandbox.key())
        .base_url(sandbox.url())
        .on_event(move |event| {
            if matches!(event, Event::Retry(_)) {
                let _ = std::fs::remove_file(&removed);
            }
        })
        .build()
        .unwrap();
    let gone = campfire.files().upload(FileModel::Contract, FilePart::from_path(&path)).await.unwrap_err();
    assert!(gone.to_string().contains("cannot be read"), "{gone}");
    assert!(matches!(&gone, Error::Transport(error) if !error.may_have_been_processed()), "{gone:?}");
    assert_eq!(sandbox.requests().len(), 5, "{:?}", sandbox.requests());
}

#[tokio::test]
async fn pdfs_come_as_bytes_or_into_a_writer() {
    let sandbox = Sandbox::start().await.unwrap();
    let campfire = sandbox.client().unwrap();
    let id = sandbox.seed("credit_memos", json!({})).unwrap();
    let pdf = campfire.credit_memos().pdf(id).await.unwrap();
    assert_eq!(pdf.content_type(), Some("application/pdf"));
    let bytes = pdf.into_inner().bytes(1 << 20).await.unwrap();
    assert!(bytes.starts_with(b"%PDF-") && bytes.ends_with(b"%%EOF\n"));
    let mut file = Vec::new();
    let size = campfire.credit_memos().pdf(id).await.unwrap().into_inner().write_to(&mut file).await.unwrap();
    assert_eq!((size as usize, &file[..]), (bytes.len(), &bytes[..]));
    let error = campfire.credit_memos().pdf(id).await.unwrap().into_inner().bytes(10).await.unwrap_err();
    assert!(error.to_string().contains("larger than 10 bytes"), "{error}");
}

#[tokio::test]
async fn feeds_are_read_by_cursor_which_begins_empty() {
    let sandbox = Sandbox::builder().page_limit(4).start().await.unwrap();
    let campfire = sandbox.client().unwrap();
    let seeded: Vec<i64> = (0..10).map(|_| sandbox.seed("invoice_payments", json!({"amount": 1})).unwrap()).collect();
    let mut rows = campfire.invoice_payments().list().voided(false).stream();
    let mut ids = Vec::new();
    while let Some(row) = rows.try_next().await.unwrap() {
        ids.push(row.id);
    }
    assert_eq!(ids, seeded);
    let queries: Vec<String> = sandbox.requests().into_iter().map(|request| request.query).collect();
    assert_eq!(queries.len(), 3);
    assert_eq!(queries[0], "cursor=&voided=false", "the key is sent with an empty value");
    assert!(
        queries[1..].iter().all(|query| query.starts_with("cursor=") && !query.starts_with("cursor=&")),
        "{queries:?}"
    );
}

#[tokio::test]
async fn keys_repeat_and_lists_join() {
    let sandbox = Sandbox::start().await.unwrap();
    let campfire = sandbox.client().unwrap();
    campfire.invoices().list().entity(&[1, 2]).await.unwrap();
    campfire.invoices().reports().preview().group_fields(&["client_id", "invoice_date_month"]).await.unwrap();
    let requests = sandbox.requests();
    assert_eq!(requests[0].query, "entity=1&entity=2");
    assert_eq!(requests[0].path, "/coa/api/v1/invoice/", "the slash at the end is part of the path");
    assert_eq!(requests[1].query, "group_fields=client_id%2Cinvoice_date_month");
}

#[tokio::test]
async fn an_empty_external_id_would_answer_the_whole_feed() {
    let sandbox = Sandbox::start().await.unwrap();
    let error = sandbox.client().unwrap().invoice_payments().list().external_id("").await.unwrap_err();
    assert!(matches!(error, Error::Request(_)));
    assert_eq!(error.fields()[0].path(), "external_id");
    assert!(sandbox.requests().is_empty());
}

#[tokio::test]
async fn an_enum_value_that_nobody_knows_prints_filters_and_encodes() {
    let status: ContractStatus = serde_json::from_value(json!("HIBERNATING")).unwrap();
    assert_eq!(status, ContractStatus::Unknown("HIBERNATING".into()));
    assert_eq!(status.to_string(), "HIBERNATING");
    assert_eq!(serde_json::to_value(&status).unwrap(), json!("HIBERNATING"));
    assert_eq!(ContractStatus::from("ACTIVE"), ContractStatus::Active);
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.seed("contracts", json!({"status": "HIBERNATING"})).unwrap();
    let contract = sandbox.client().unwrap().contracts().list().await.unwrap().into_inner().results.remove(0);
    assert_eq!(contract.status, Some(status));
}

#[tokio::test]
async fn bulk_search_finds_and_creates() {
    use campfire::types::{VendorBulkSearch, VendorKey};
    let sandbox = Sandbox::start().await.unwrap();
    let campfire = sandbox.client().unwrap();
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
