//! Lists from servers that cannot be trusted end, with all their records or with a clear error.

use campfire::{Client, Error};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::support::client;
use crate::support::server::{accept, listen};

/// Serves what `respond` returns for the number of a request and its query, and returns a client of that server.
async fn serve(respond: impl Fn(usize, &str) -> Value + Send + Sync + 'static) -> Client {
    let (listener, url) = listen().await;
    tokio::spawn(async move {
        for number in 0.. {
            let (mut stream, request) = accept(&listener).await;
            let head = String::from_utf8_lossy(&request);
            let target = head.split(' ').nth(1).unwrap_or_default();
            let body = respond(number, target.split_once('?').map_or("", |(_, query)| query)).to_string();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            let _ = stream.write_all((head + &body).as_bytes()).await;
        }
    });
    client(url)
}

/// Reads a list of contracts; returns their ids and the error that ended it, if any.
async fn contracts(campfire: &Client) -> (Vec<i64>, Option<Error>) {
    let (mut contracts, mut ids) = (campfire.contracts().list().stream(), Vec::new());
    loop {
        match contracts.try_next().await {
            Ok(Some(contract)) => ids.push(contract.id.get()),
            Ok(None) => return (ids, None),
            Err(error) => return (ids, Some(error)),
        }
    }
}

#[tokio::test]
async fn an_empty_page_does_not_end_a_list() {
    let campfire = serve(|_, query| match query {
        "" => json!({"count": 4, "next": "https://api.example/x?offset=2", "results": [{"id": 1}, {"id": 2}]}),
        "offset=1" => json!({"count": 4, "next": "https://api.example/x?offset=10", "results": []}),
        "offset=10" => json!({"count": 4, "next": null, "results": [{"id": 3}, {"id": 4}]}),
        other => panic!("{other}"),
    })
    .await;
    let (ids, error) = contracts(&campfire).await;
    assert_eq!((ids, error.map(|error| error.to_string())), (vec![1, 2, 3, 4], None));
}

#[tokio::test]
async fn a_repeated_page_is_an_error() {
    let campfire =
        serve(|_, _| json!({"count": 9, "next": "https://api.example/x?offset=1", "results": [{"id": 1}]})).await;
    let (ids, error) = contracts(&campfire).await;
    assert_eq!(ids, [1], "a record that comes again is dropped");
    assert!(error.unwrap().to_string().contains("same page again"));
}

#[tokio::test]
async fn an_endless_list_is_an_error() {
    let campfire = serve(move |number, _| {
        let records: Vec<Value> = (0..3_000).map(|id| json!({"id": number * 2_999 + id})).collect();
        json!({"count": 5, "next": format!("https://api.example/x?offset={}", (number + 1) * 3_000), "results": records})
    })
    .await;
    let (ids, error) = contracts(&campfire).await;
    assert!(ids.len() < 200_000, "{}", ids.len());
    let error = error.unwrap().to_string();
    assert!(error.contains("many more records than it counts"), "{error}");
}

#[tokio::test]
async fn cyclic_cursors_are_an_error() {
    let campfire = serve(|number, _| {
        let next = format!("https://api.example/x?cursor={}", ["a", "b"][number % 2]);
        json!({"count": 9, "next": next, "results": [{"id": number}]})
    })
    .await;
    let error = campfire.invoice_payments().list().all().await.unwrap_err();
    assert!(error.to_string().contains("same cursor again"), "{error}");
}

#[tokio::test]
async fn links_to_another_host_are_parsed_but_not_followed() {
    // Nothing listens on that port, so following the link would fail.
    let campfire = serve(|number, query| match number {
        0 => json!({"count": 2, "next": "http://127.0.0.1:1/steal?offset=1", "results": [{"id": 1}]}),
        _ => {
            assert_eq!(query, "offset=1");
            json!({"count": 2, "next": null, "results": [{"id": 2}]})
        }
    })
    .await;
    assert_eq!(contracts(&campfire).await.0, [1, 2]);
}

#[tokio::test]
async fn wrong_counts_lose_no_records_and_wrong_types_are_errors() {
    for count in [json!(0), json!(1), json!(-5), Value::Null] {
        let campfire = serve(move |_, _| json!({"count": count, "next": null, "results": [{"id": 1}]})).await;
        assert_eq!(contracts(&campfire).await.0, [1]);
        assert!(campfire.contracts().list().count().await.unwrap().is_none_or(|count| count >= 0));
    }
    for page in [
        json!({"count": "many", "results": []}),
        json!({"results": 7}),
        json!("not a page"),
        json!({"next": 5, "results": []}),
    ] {
        let campfire = serve(move |_, _| page.clone()).await;
        let (ids, error) = contracts(&campfire).await;
        assert!(ids.is_empty());
        let error = error.unwrap();
        assert!(matches!(error, Error::Decode(_)) && error.to_string().contains("contracts.list"), "{error}");
    }
}

/// A list that ends before all records that it counts are there has lost some.
#[tokio::test]
async fn fewer_records_than_the_server_counts_are_an_error() {
    for next in [Some(Value::Null), Some(json!("")), None] {
        let campfire = serve(move |_, _| {
            let mut page = json!({"count": 5, "results": [{"id": 1}, {"id": 2}]});
            if let Some(next) = &next {
                page["next"] = next.clone();
            }
            page
        })
        .await;
        let (ids, error) = contracts(&campfire).await;
        assert_eq!(ids, [1, 2], "the records before the error are returned");
        assert!(error.unwrap().to_string().contains("counts more records than it sent"));
        let error = campfire.invoice_payments().list().all().await.unwrap_err();
        assert!(error.to_string().contains("counts more records than it sent"), "{error}");
        let error = campfire.entities().list().all().await.unwrap_err();
        assert!(error.to_string().contains("counts more records than it sent"), "{error}");
    }
}

/// A record that is deleted between counting and reading is counted and not sent.
#[tokio::test]
async fn a_count_that_was_right_a_moment_before_is_no_error() {
    let campfire = serve(|_, query| match query {
        "" => json!({"count": 3, "next": null, "results": [{"id": 1}, {"id": 2}]}),
        "offset=1" => json!({"count": 2, "next": null, "results": [{"id": 2}]}),
        other => panic!("{other}"),
    })
    .await;
    let (ids, error) = contracts(&campfire).await;
    assert_eq!((ids, error.map(|error| error.to_string())), (vec![1, 2], None));
}

/// Whatever announces more without end and without a count: the number of requests is bounded.
#[tokio::test]
async fn pages_without_a_new_record_end_in_an_error() {
    let page = |next: String, results: Value| json!({"count": null, "next": next, "results": results});
    let fresh = move |number: usize, _: &str| {
        page(format!("?offset={n}&cursor={n}", n = number + 1), json!([{"id": 1}, {"id": 2}]))
    };
    let empty = move |number: usize, _: &str| page(format!("?offset={n}&cursor={n}", n = number + 1), json!([]));
    for campfire in [serve(fresh).await, serve(empty).await] {
        let (ids, error) = contracts(&campfire).await;
        assert!(ids.len() <= 2 && error.unwrap().to_string().contains("without a new one"));
        let mut payments = campfire.invoice_payments().list().stream();
        let error = loop {
            match payments.try_next().await {
                Ok(payment) => assert!(payment.is_some(), "the list ended as if it were complete"),
                Err(error) => break error,
            }
        };
        assert!(error.to_string().contains("without a new one"), "{error}");
    }
}

#[tokio::test]
async fn an_unpaged_list_that_announces_more_is_an_error() {
    let campfire =
        serve(|_, _| json!({"count": 2, "next": "https://api.example/x?offset=1", "results": [{"id": 1}]})).await;
    let error = campfire.entities().list().all().await.unwrap_err();
    assert!(error.to_string().contains("is not paged"), "{error}");
}

#[tokio::test]
async fn an_offset_that_does_not_advance_is_an_error() {
    let campfire = serve(|_, query| match query {
        "" => json!({"count": 9, "next": "?offset=1", "results": [{"id": 1}]}),
        "offset=1" => json!({"count": 9, "next": "?offset=1", "results": []}),
        other => panic!("{other}"),
    })
    .await;
    let mut contracts = campfire.contracts().list().stream();
    assert_eq!(contracts.try_next().await.unwrap().unwrap().id, 1);
    let error = contracts.try_next().await.unwrap_err();
    assert!(error.to_string().contains("same page again"), "{error}");
    assert!(contracts.try_next().await.unwrap().is_none(), "the stream ends after the error");
}

#[cfg(feature = "core-accounting")]
#[tokio::test]
async fn a_cursor_that_does_not_advance_is_an_error() {
    let campfire = serve(|_, _| json!({"next": "https://evil.example/?cursor=abc", "results": [{"id": 1}]})).await;
    let mut transactions = campfire.transactions().list().stream();
    let mut read = 0;
    let error = loop {
        match transactions.try_next().await {
            Ok(transaction) => read += usize::from(transaction.is_some()),
            Err(error) => break error,
        }
    };
    assert_eq!(read, 1, "the record comes again at the cursor and is dropped");
    assert!(error.to_string().contains("same cursor again"), "{error}");
}
