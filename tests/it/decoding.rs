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
            Ok(Some(invoice)) => good.push(invoice.id.get()),
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
    assert_eq!((invoice.id.get(), invoice.past_due_days), (12, Some(3)));
    assert_eq!(invoice.total_amount.unwrap().to_string(), "10.50");
    assert_eq!((invoice.due_date, invoice.payment_status, invoice.created_at, invoice.lines), (None, None, None, None));
    assert_eq!(invoice.payment_journal_entries, Some(vec![7.into()]));
    assert_eq!(invoice.extra["surprise"].to_string(), r#"{"a":1.10}"#);
    let number: Invoice = serde_json::from_str(r#"{"id": 1, "invoice_number": 4711.0}"#).unwrap();
    assert_eq!(number.invoice_number.as_deref(), Some("4711.0"), "a number for a text is kept digit by digit");
    for bad in [
        r#"{"id": 1, "past_due_days": 3.5}"#,
        r#"{"id": 9223372036854775808}"#,
        r#"{"id": 1, "past_due_days": true}"#,
        r#"{"id": 1, "invoice_number": true}"#,
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

/// Servers that hold a day as a point in time send it as midnight.
#[test]
fn midnight_is_a_date_and_any_other_time_is_not() {
    let due = |date: &str| {
        serde_json::from_str::<Invoice>(&format!(r#"{{"id": 1, "due_date": "{date}"}}"#))
            .map(|invoice| invoice.due_date)
    };
    for text in ["", "T00:00:00", "T00:00:00Z", "T00:00:00+0000", "T00:00:00.000", " 00:00", "T00:00:00-05:00"] {
        let date = due(&format!("2026-01-31{text}")).unwrap();
        assert_eq!(date, Some("2026-01-31".parse().unwrap()), "{text}");
    }
    for text in ["T00:00:01", "T12:00:00Z", "T00:00:00.001", "T", "x"] {
        assert!(due(&format!("2026-01-31{text}")).is_err(), "{text}");
    }
}

/// A null does not hide that its key appears again.
#[test]
fn a_key_that_appears_twice_is_an_error_even_if_one_value_is_null() {
    for body in [
        r#"{"id": 1, "currency": null, "currency": "USD"}"#,
        r#"{"id": 1, "currency": "USD", "currency": null}"#,
        r#"{"id": 1, "surprise": null, "surprise": 1}"#,
    ] {
        let error = serde_json::from_str::<Invoice>(body).unwrap_err();
        assert!(error.to_string().contains("appears twice in one object"), "{error}");
    }
}

/// Bytes that are no JSON, or no UTF-8, cost the record that they are in, and a byte order mark costs nothing.
#[tokio::test]
async fn a_bad_byte_costs_its_record() {
    for bad in [
        &b"{\"id\": NaN}"[..],
        b"{\"id\": 2, \"currency\": \"a\nb\"}",
        b"{\"id\": 2, \"currency\": \"\xff\"}",
        b"{\"id\": 2,}",
    ] {
        let body = [b"\xef\xbb\xbf{\"count\": 3, \"results\": [{\"id\": 1}, ", bad, b", {\"id\": 3}], \"next\": null}"]
            .concat();
        let server = MockServer::start_async().await;
        server
            .mock_async(|when, then| {
                when.method("GET").path("/coa/api/v1/invoice/");
                then.status(200).header("content-type", "application/json").body(body);
            })
            .await;
        let page = client(server.base_url()).invoices().list().await.unwrap();
        let ids: Vec<i64> = page.results.iter().map(|invoice| invoice.id.get()).collect();
        assert_eq!((ids, page.rejected.len()), (vec![1, 3], 1), "{}", String::from_utf8_lossy(bad));
        assert_eq!((page.rejected[0].index, page.count), (1, Some(3)));
        assert!(page.rejected[0].path.starts_with("results[1]"), "{}", page.rejected[0].path);
        assert!(page.rejected[0].raw.as_str().is_some(), "what is no JSON is kept as text");
    }
}

/// Whatever a value contains, the path of an error comes from keys alone.
#[tokio::test]
async fn values_do_not_appear_in_paths() {
    let server = MockServer::start_async().await;
    let campfire = serve(&server, "/coa/api/v1/invoice/1/", r#"{"id": 1, "total_amount": "x`: y"}"#.to_owned()).await;
    let Error::Decode(error) = campfire.invoices().retrieve(1).await.unwrap_err() else { panic!() };
    assert_eq!(error.path(), "total_amount");
}

/// Null in place of the records of an empty list is an empty page, and of any other an error.
#[tokio::test]
async fn null_is_an_empty_page_if_the_count_is_zero() {
    for (count, is_page) in [(0, true), (1, false)] {
        let server = MockServer::start_async().await;
        let body = json!({"count": count, "next": null, "results": null}).to_string();
        let page = serve(&server, "/coa/api/v1/invoice/", body).await.invoices().list().await;
        assert_eq!(page.is_ok_and(|page| page.results.is_empty()), is_page, "{count}");
    }
}

/// A body of nulls is as many records that cannot be decoded. They are counted up to a limit, not collected without end.
#[tokio::test]
async fn a_page_of_nothing_but_bad_records_is_an_error() {
    let server = MockServer::start_async().await;
    let body = format!("[{}null]", "null,".repeat(1_000_000));
    let error = serve(&server, "/coa/api/v1/invoice/", body).await.invoices().list().await.unwrap_err();
    assert_eq!(error.kind(), "decode");
    assert!(error.to_string().contains("10000 records before this one"), "{error}");
}

/// An error outside the records names the place as well.
#[tokio::test]
async fn a_wrong_value_in_place_of_the_records_is_an_error_of_its_key() {
    let server = MockServer::start_async().await;
    let body = json!({"count": 1, "next": null, "results": {"id": 1}}).to_string();
    let Error::Decode(error) = serve(&server, "/coa/api/v1/invoice/", body).await.invoices().list().await.unwrap_err()
    else {
        panic!()
    };
    assert_eq!((error.path(), error.reason()), ("results", "invalid type: map, expected a list"));
}
