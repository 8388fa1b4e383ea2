//! Payloads that differ from the description: which differences are tolerated, and what the others cost.

use campfire::types::{Invoice, InvoiceSummary};
use campfire::{Client, Decimal, Error, RejectedRecords};
use httpmock::prelude::*;
use serde_json::{Value, json};

use crate::support::client;
use crate::support::server::serve_get;

/// Serves one response to `GET path` and returns a client of that server.
async fn serve(server: &MockServer, path: &str, body: String) -> Client {
    serve_get(server, path, body).await;
    client(server.base_url())
}

/// The snapshot is there to be read: these texts are for people.
#[tokio::test]
async fn error_texts_for_wrong_payloads_are_readable() {
    let long = "x".repeat(5000);
    let cases = [
        ("identity missing", r#"{"invoice_number": "INV-1"}"#.to_owned()),
        ("identity null", r#"{"id": null}"#.to_owned()),
        ("not a number", r#"{"id": 1, "total_amount": "12,50"}"#.to_owned()),
        ("too many digits", r#"{"id": 1, "total_amount": 0.1234567890123456789012345678901}"#.to_owned()),
        ("inside a line", r#"{"id": 1, "lines": [{"id": 1}, {"id": 2, "tax": true}]}"#.to_owned()),
        ("not a date", r#"{"id": 1, "due_date": "31.01.2026"}"#.to_owned()),
        ("an array instead of an object", "[]".to_owned()),
        ("a duplicate key", r#"{"id": 1, "currency": "EUR", "currency": "USD"}"#.to_owned()),
        ("a long string instead of a Boolean", format!(r#"{{"id": 1, "is_deleted": "{long}"}}"#)),
        ("not JSON", "{\"id\": 1,".to_owned()),
        ("HTML", "<html><body>Sign in</body></html>".to_owned()),
        ("an empty body", String::new()),
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
async fn three_bad_records_in_a_thousand_reject_only_three() {
    let mut records: Vec<_> =
        (0..1000).map(|id| json!({"id": id, "total_amount": 1.5, "lines": [{"id": 1}]})).collect();
    records[17] = json!({"id": 17, "lines": [{"id": 1}, {"id": 2}, {"id": 3, "tax": "x"}]});
    records[500] = json!({"invoice_number": "INV-500"});
    records[999] = Value::Null;
    let server = MockServer::start_async().await;
    let body = json!({"count": 1000, "next": null, "previous": null, "results": records}).to_string();
    let campfire = serve(&server, "/coa/api/v1/invoice/", body).await;
    let page = campfire.invoices().list().pages().try_next().await.unwrap().unwrap();
    assert_eq!(page.results.len(), 997);
    let rejected: Vec<(usize, &str)> =
        page.rejected.iter().map(|record| (record.index, record.path.as_str())).collect();
    assert_eq!(rejected, [(17, "results[17].lines[2].tax"), (500, "results[500].id"), (999, "results[999]")]);
    assert_eq!(page.rejected[1].raw["invoice_number"], json!("INV-500"));
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    let mut stream = campfire.invoices().list().stream();
    loop {
        match stream.try_next().await {
            Ok(Some(invoice)) => good.push(invoice.id),
            Ok(None) => break,
            Err(Error::Record(record)) => bad.push(record.rejected().index),
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!((good.len(), bad), (997, vec![17, 500, 999]));
}

#[tokio::test]
async fn strict_lists_fail_on_the_first_bad_record() {
    let server = MockServer::start_async().await;
    let body = json!({"count": 3, "next": null, "previous": null, "results": [{"id": 1}, {"id": "x"}, {"id": null}]});
    let campfire = serve(&server, "/coa/api/v1/invoice/", body.to_string()).await;
    let list = || campfire.invoices().list().rejected_records(RejectedRecords::Fail);
    let mut pages = list().pages();
    let mut stream = list().stream();
    for error in [list().await.unwrap_err(), pages.try_next().await.unwrap_err(), stream.try_next().await.unwrap_err()]
    {
        let Error::Record(record) = &error else { panic!("{error:?}") };
        assert_eq!((record.rejected().index, record.rejected().path.as_str()), (1, "results[1].id"));
        assert_eq!(record.rejected().raw, json!({"id": "x"}));
    }
    assert!(pages.try_next().await.unwrap().is_none(), "the list ends after the error");
    assert!(stream.try_next().await.unwrap().is_none(), "the list ends after the error");
    // A tolerant list returns the good record and reports the others.
    let page = campfire.invoices().list().rejected_records(RejectedRecords::Collect).await.unwrap();
    assert_eq!((page.results.len(), page.rejected.len()), (1, 2));
}

#[test]
fn known_deviations_are_tolerated() {
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

/// Found by a property test: `serde_json` reads 3624174951516434.0 as the float 3624174951516433.5.
#[test]
fn large_integers_with_a_zero_fraction_are_exact() {
    for text in ["3624174951516434.0", "9007199254740993.0", "-9223372036854775808.00", "1.2e1"] {
        let invoice: Invoice = serde_json::from_str(&format!(r#"{{"id": {text}}}"#)).unwrap();
        assert_eq!(invoice.id.to_string(), text.parse::<Decimal>().unwrap().to_i64().unwrap().to_string());
    }
    assert_eq!(serde_json::from_str::<Invoice>(r#"{"id": 3624174951516434.0}"#).unwrap().id, 3_624_174_951_516_434);
    for bad in ["1.5", "9223372036854775808.0", "\"007\"", "\"1.0\"", "1e30"] {
        assert!(serde_json::from_str::<Invoice>(&format!(r#"{{"id": {bad}}}"#)).is_err(), "{bad}");
    }
}

/// Deep nesting is an error, not a stack overflow.
#[test]
fn nesting_depth_is_bounded() {
    for depth in [200, 100_000] {
        let text = format!(r#"{{"id": 1, "surprise": {}{}}}"#, "[".repeat(depth), "]".repeat(depth));
        assert!(serde_json::from_str::<Invoice>(&text).is_err());
        let text = format!(r#"{{"id": 1, "invoice_labels": {}{}}}"#, "[".repeat(depth), "]".repeat(depth));
        assert!(serde_json::from_str::<Invoice>(&text).is_err());
    }
}
