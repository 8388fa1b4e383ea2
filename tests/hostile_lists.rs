//! Lists of servers that cannot be trusted end: with their rows, or with a clear error.

#![cfg(all(feature = "revenue-recognition", feature = "accounts-receivable", feature = "settings"))]

use std::sync::Arc;

use campfire::{Client, Error, RetryPolicy};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A server that answers each request, told by its number and its query, with what a function says.
async fn serve(answer: impl Fn(usize, &str) -> Value + Send + Sync + 'static) -> Client {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answer = Arc::new(answer);
    tokio::spawn(async move {
        for number in 0.. {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut buffer = [0; 4096];
            let read = stream.read(&mut buffer).await.unwrap();
            let head = String::from_utf8_lossy(&buffer[..read]).into_owned();
            let target = head.split(' ').nth(1).unwrap_or_default();
            let body = answer(number, target.split_once('?').map_or("", |(_, query)| query)).to_string();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            let _ = stream.write_all((head + &body).as_bytes()).await;
        }
    });
    Client::builder().api_key("k").base_url(url).retry(RetryPolicy::none()).build().unwrap()
}

/// The ids of a list of contracts, and how it ended.
async fn contracts(campfire: &Client) -> (Vec<i64>, Option<Error>) {
    let (mut rows, mut ids) = (campfire.contracts().list().stream(), Vec::new());
    loop {
        match rows.try_next().await {
            Ok(Some(row)) => ids.push(row.id),
            Ok(None) => return (ids, None),
            Err(error) => return (ids, Some(error)),
        }
    }
}

#[tokio::test]
async fn an_empty_page_in_the_middle_is_not_the_end() {
    let campfire = serve(|_, query| match query {
        "" => json!({"count": 4, "next": "https://api.example/x?offset=2", "results": [{"id": 1}, {"id": 2}]}),
        "offset=2" => json!({"count": 4, "next": "https://api.example/x?offset=10", "results": []}),
        "offset=10" => json!({"count": 4, "next": null, "results": [{"id": 3}, {"id": 4}]}),
        other => panic!("{other}"),
    })
    .await;
    let (ids, error) = contracts(&campfire).await;
    assert_eq!((ids, error.map(|error| error.to_string())), (vec![1, 2, 3, 4], None));
}

#[tokio::test]
async fn the_same_page_forever_is_an_error() {
    let campfire =
        serve(|_, _| json!({"count": 9, "next": "https://api.example/x?offset=1", "results": [{"id": 1}]})).await;
    let (ids, error) = contracts(&campfire).await;
    assert_eq!(ids, [1, 1], "the second page was asked for");
    assert!(error.unwrap().to_string().contains("same page again"));
}

#[tokio::test]
async fn a_list_that_grows_forever_is_an_error() {
    let rows: Vec<Value> = (0..20_000).map(|id| json!({"id": id})).collect();
    let campfire = serve(move |number, _| {
        json!({"count": 5, "next": format!("https://api.example/x?offset={}", (number + 1) * 20_000), "results": rows})
    })
    .await;
    let (ids, error) = contracts(&campfire).await;
    assert!(ids.len() < 200_000, "{}", ids.len());
    assert!(error.unwrap().to_string().contains("many more rows than it counts"));
}

#[tokio::test]
async fn cursors_that_go_in_a_circle_are_an_error() {
    let campfire = serve(|number, _| {
        let next = format!("https://api.example/x?cursor={}", ["a", "b"][number % 2]);
        json!({"count": 9, "next": next, "results": [{"id": number}]})
    })
    .await;
    let error = campfire.invoice_payments().list().all().await.unwrap_err();
    assert!(error.to_string().contains("same cursor again"), "{error}");
}

#[tokio::test]
async fn a_link_to_another_host_is_read_and_not_followed() {
    // Nobody listens there: following it would fail.
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
async fn counts_that_lie_are_no_loss_and_wrong_types_are_errors() {
    for count in [json!(0), json!(-5), Value::Null, json!(1_000_000)] {
        let campfire = serve(move |_, _| json!({"count": count, "next": null, "results": [{"id": 1}]})).await;
        assert_eq!(contracts(&campfire).await.0, [1]);
        assert!(campfire.contracts().list().count().await.unwrap().is_none_or(|count| count >= 0));
    }
    for page in [
        json!({"count": "many", "results": []}),
        json!({"results": 7}),
        json!("no page"),
        json!({"next": 5, "results": []}),
    ] {
        let campfire = serve(move |_, _| page.clone()).await;
        let (ids, error) = contracts(&campfire).await;
        assert!(ids.is_empty());
        let error = error.unwrap();
        assert!(matches!(error, Error::Decode(_)) && error.to_string().contains("contracts.list"), "{error}");
    }
}

#[tokio::test]
async fn a_list_without_pages_that_announces_more_is_an_error() {
    let campfire =
        serve(|_, _| json!({"count": 2, "next": "https://api.example/x?offset=1", "results": [{"id": 1}]})).await;
    let error = campfire.entities().list().all().await.unwrap_err();
    assert!(error.to_string().contains("comes as a whole"), "{error}");
}
