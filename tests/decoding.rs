//! What a wrong payload says, and that it costs only itself.

#![cfg(feature = "accounts-receivable")]

use campfire::types::{Invoice, InvoiceSummary};
use campfire::{BadRecord, Client, Error, RetryPolicy};
use httpmock::prelude::*;
use serde_json::json;

async fn serve(server: &MockServer, path: &'static str, body: String) -> Client {
    server
        .mock_async(|when, then| {
            when.method(GET).path(path);
            then.status(200).header("content-type", "application/json").body(body);
        })
        .await;
    Client::builder().api_key("k").base_url(server.base_url()).retry(RetryPolicy::none()).build().unwrap()
}

/// The texts are for people: they are pinned here, and read.
#[tokio::test]
async fn ten_kinds_of_wrong_payload_read_well() {
    let long = "x".repeat(5000);
    let cases = [
        ("identity missing", r#"{"invoice_number": "INV-1"}"#.to_owned()),
        ("identity null", r#"{"id": null}"#.to_owned()),
        ("no number", r#"{"id": 1, "total_amount": "12,50"}"#.to_owned()),
        ("too many digits", r#"{"id": 1, "total_amount": 0.1234567890123456789012345678901}"#.to_owned()),
        ("in a line", r#"{"id": 1, "lines": [{"id": 1}, {"id": 2, "tax": true}]}"#.to_owned()),
        ("no date", r#"{"id": 1, "due_date": "31.01.2026"}"#.to_owned()),
        ("a list where an object is", "[]".to_owned()),
        ("a doubled key", r#"{"id": 1, "currency": "EUR", "currency": "USD"}"#.to_owned()),
        ("a long text where a flag is", format!(r#"{{"id": 1, "is_deleted": "{long}"}}"#)),
        ("not JSON", "{\"id\": 1,".to_owned()),
        ("HTML", "<html><body>Sign in</body></html>".to_owned()),
        ("nothing", String::new()),
    ];
    let mut texts = String::new();
    for (name, body) in cases {
        let server = MockServer::start_async().await;
        let campfire = serve(&server, "/coa/api/v1/invoice/1/", body).await;
        let error = campfire.invoices().retrieve(1).await.unwrap_err();
        let Error::Decode(decode) = &error else { panic!("{name}: {error:?}") };
        assert!(decode.excerpt().len() <= 200, "{name}");
        assert!(error.to_string().len() < 800, "{name}: {error}");
        texts.push_str(&format!("{name}\n    {error}\n"));
    }
    insta::assert_snapshot!("wrong_payloads", texts);
}

#[tokio::test]
async fn three_broken_records_of_a_thousand_cost_three() {
    let mut rows: Vec<_> = (0..1000).map(|id| json!({"id": id, "total_amount": 1.5, "lines": [{"id": 1}]})).collect();
    rows[17] = json!({"id": 17, "lines": [{"id": 1}, {"id": 2}, {"id": 3, "tax": "x"}]});
    rows[500] = json!({"invoice_number": "INV-500"});
    rows[999] = serde_json::Value::Null;
    let server = MockServer::start_async().await;
    let body = json!({"count": 1000, "next": null, "previous": null, "results": rows}).to_string();
    let campfire = serve(&server, "/coa/api/v1/invoice/", body).await;
    let page = campfire.invoices().list().pages().try_next().await.unwrap().unwrap();
    assert_eq!(page.results.len(), 997);
    let rejected: Vec<(usize, &str)> = page.rejected.iter().map(|row| (row.index, row.path.as_str())).collect();
    assert_eq!(rejected, [(17, "results[17].lines[2].tax"), (500, "results[500].id"), (999, "results[999]")]);
    assert_eq!(page.rejected[1].raw["invoice_number"], json!("INV-500"));
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    let mut stream = campfire.invoices().list().stream();
    loop {
        match stream.try_next().await {
            Ok(Some(row)) => good.push(row.id),
            Ok(None) => break,
            Err(Error::Record(record)) => bad.push(record.rejected().index),
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!((good.len(), bad), (997, vec![17, 500, 999]));
}

#[tokio::test]
async fn who_wants_all_or_nothing_gets_the_first_bad_record() {
    let server = MockServer::start_async().await;
    let body = json!({"count": 3, "next": null, "previous": null, "results": [{"id": 1}, {"id": "x"}, {"id": null}]});
    let campfire = serve(&server, "/coa/api/v1/invoice/", body.to_string()).await;
    let list = || campfire.invoices().list().on_bad_record(BadRecord::Fail);
    let mut pages = list().pages();
    let mut stream = list().stream();
    for error in [list().await.unwrap_err(), pages.try_next().await.unwrap_err(), stream.try_next().await.unwrap_err()]
    {
        let Error::Record(record) = &error else { panic!("{error:?}") };
        assert_eq!((record.rejected().index, record.rejected().path.as_str()), (1, "results[1].id"));
        assert_eq!(record.rejected().raw, json!({"id": "x"}));
    }
    assert!(pages.try_next().await.unwrap().is_none(), "the list ends there");
    assert!(stream.try_next().await.unwrap().is_none(), "the list ends there");
    // A page of good records is none the wiser, and reporting is the default.
    let page = campfire.invoices().list().on_bad_record(BadRecord::Report).await.unwrap();
    assert_eq!((page.results.len(), page.rejected.len()), (1, 2));
}

#[test]
fn what_is_tolerated() {
    let invoice: Invoice = serde_json::from_str(
        r#"{"id": "12", "total_amount": "10.50", "past_due_days": 3.0, "due_date": "", "payment_status": "",
            "created_at": "", "lines": null, "payment_journal_entries": [null, 7], "surprise": {"a": 1.10}}"#,
    )
    .unwrap();
    assert_eq!((invoice.id, invoice.past_due_days), (12, Some(3)));
    assert_eq!(invoice.total_amount.unwrap().to_string(), "10.50");
    assert_eq!((invoice.due_date, invoice.payment_status, invoice.created_at, invoice.lines), (None, None, None, None));
    assert_eq!(invoice.payment_journal_entries, Some(vec![7]));
    assert_eq!(invoice.extra["surprise"].to_string(), r#"{"a":1.10}"#);
    for bad in [
        r#"{"id": 1, "past_due_days": 3.5}"#,
        r#"{"id": 9223372036854775808}"#,
        r#"{"id": 1, "past_due_days": true}"#,
        r#"{"id": 1, "invoice_number": 17}"#,
        r#"{"id": 1, "surprise": 1, "surprise": 2}"#,
    ] {
        assert!(serde_json::from_str::<InvoiceSummary>(bad).is_err(), "{bad}");
    }
}

/// Found by the property test: `serde_json` reads this number as the float 3624174951516433.5.
#[test]
fn large_integers_with_a_fraction_of_zero_are_read_exactly() {
    for text in ["3624174951516434.0", "9007199254740993.0", "-9223372036854775808.00", "1.2e1"] {
        let invoice: Invoice = serde_json::from_str(&format!(r#"{{"id": {text}}}"#)).unwrap();
        assert_eq!(invoice.id.to_string(), text.parse::<campfire::Decimal>().unwrap().to_i64().unwrap().to_string());
    }
    assert_eq!(serde_json::from_str::<Invoice>(r#"{"id": 3624174951516434.0}"#).unwrap().id, 3_624_174_951_516_434);
    for bad in ["1.5", "9223372036854775808.0", "\"007\"", "\"1.0\"", "1e30"] {
        assert!(serde_json::from_str::<Invoice>(&format!(r#"{{"id": {bad}}}"#)).is_err(), "{bad}");
    }
}

/// Answers that are nested without end are an error, not a crash.
#[test]
fn depth_is_bounded() {
    for depth in [200, 100_000] {
        let text = format!(r#"{{"id": 1, "surprise": {}{}}}"#, "[".repeat(depth), "]".repeat(depth));
        assert!(serde_json::from_str::<Invoice>(&text).is_err());
        let text = format!(r#"{{"id": 1, "invoice_labels": {}{}}}"#, "[".repeat(depth), "]".repeat(depth));
        assert!(serde_json::from_str::<Invoice>(&text).is_err());
    }
}
