//! What is too large or too deep, coming in and going out.

#![cfg(all(
    feature = "sandbox",
    feature = "accounts-payable",
    feature = "revenue-recognition",
    feature = "company-objects"
))]

use std::io::Write;

use campfire::sandbox::Sandbox;
use campfire::types::{
    BillBulkSearch, BillCreate, BillLineCreate, ContractCreate, ContractUpdate, ProductBundleCreate,
    ProductBundleLineCreate,
};
use campfire::{Client, Error, RetryPolicy};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const LIMIT: usize = 1 << 20;

/// Serves one answer; gives how many bytes of its body could be sent.
async fn answer(head: &str, body: Vec<u8>, times: u64) -> (Error, u64) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{head}\r\n");
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut sent = 0;
        for _ in 0..times {
            // The client hangs up when it has had enough.
            if stream.write_all(&body).await.is_err() {
                break;
            }
            sent += body.len() as u64;
        }
        sent
    });
    let campfire =
        Client::builder().api_key("k").base_url(url).max_body(LIMIT).retry(RetryPolicy::none()).build().unwrap();
    let error = campfire.contracts().retrieve(1).await.unwrap_err();
    // The connection goes with the client.
    drop(campfire);
    (error, server.await.unwrap())
}

#[tokio::test]
async fn a_gibibyte_that_is_announced_is_not_begun() {
    let (error, sent) = answer("content-length: 1073741824\r\n", vec![b' '; 65_536], 16_384).await;
    assert!(error.to_string().contains(&format!("larger than {LIMIT} bytes")), "{error}");
    assert!(sent < 64 << 20, "{sent} bytes were taken off the server");
}

#[tokio::test]
async fn a_gibibyte_that_is_not_announced_ends_at_the_limit() {
    let mut chunk = b"10000\r\n".to_vec();
    chunk.extend(vec![b' '; 65_536]);
    chunk.extend(b"\r\n");
    let (error, sent) = answer("transfer-encoding: chunked\r\n", chunk, 16_384).await;
    assert!(error.to_string().contains(&format!("larger than {LIMIT} bytes")), "{error}");
    assert!(sent < 64 << 20, "{sent} bytes were taken off the server");
}

#[tokio::test]
async fn a_gzip_bomb_is_counted_as_it_unfolds() {
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..128 {
        bomb.write_all(&[b' '; 1 << 20]).unwrap();
    }
    let bomb = bomb.finish().unwrap();
    assert!(bomb.len() < 1 << 18, "128 MiB in {} bytes", bomb.len());
    let head = format!("content-encoding: gzip\r\ncontent-length: {}\r\n", bomb.len());
    let (error, _) = answer(&head, bomb, 1).await;
    assert!(error.to_string().contains(&format!("larger than {LIMIT} bytes")), "{error}");
}

#[tokio::test]
async fn two_hundred_levels_are_refused_with_their_place() {
    for (deep, name) in
        [("[".repeat(200) + &"]".repeat(200), "lists"), (r#"{"a":"#.repeat(200) + "1" + &"}".repeat(200), "objects")]
    {
        let body = format!(r#"{{"id": 1, "unlisted": {deep}}}"#).into_bytes();
        let (error, _) = answer(&format!("content-length: {}\r\n", body.len()), body, 1).await;
        let Error::Decode(error) = error else { panic!("{name}: {error}") };
        assert!(error.to_string().contains("contracts.retrieve"), "{name}: {error}");
        assert!(error.excerpt().len() <= 200);
    }
}

/// Sends nothing, and names the field.
macro_rules! refused {
    ($sandbox:ident, $call:expr, $path:literal, $says:literal) => {
        let before = $sandbox.requests().len();
        let error = $call.await.map(drop).unwrap_err();
        let Error::Request(request) = &error else { panic!("{error:?}") };
        assert_eq!(request.fields().iter().map(|field| field.path()).collect::<Vec<_>>(), [$path], "{error}");
        assert!(error.to_string().contains($says), "{error}");
        assert_eq!($sandbox.requests().len(), before, "nothing was sent");
    };
}

#[tokio::test]
async fn each_kind_of_limit_is_held_before_anything_is_sent() {
    let sandbox = Sandbox::start().await.unwrap();
    let campfire = sandbox.client().unwrap();
    let day = "2026-03-01".parse().unwrap();
    let line = |amount: &str| BillLineCreate { amount: Some(amount.parse().unwrap()), ..BillLineCreate::new(1) };
    let bill = |number: &str, line: BillLineCreate| BillCreate::new(vec![line], number, day, day, 1);
    // A decimal above its range, whose bound is itself excluded.
    refused!(
        sandbox,
        campfire.bills().create(&bill("R", line("1000000000000000000"))),
        "lines[0].amount",
        "must be below"
    );
    refused!(
        sandbox,
        campfire.bills().create(&bill("R", line("-1000000000000000000"))),
        "lines[0].amount",
        "must be above"
    );
    campfire.bills().create(&bill("R", line("999999999999999999.99"))).await.unwrap();
    // A text that is too long, counted in characters.
    refused!(
        sandbox,
        campfire.bills().create(&bill(&"ü".repeat(121), line("1"))),
        "bill_number",
        "121 characters, at most 120"
    );
    campfire.bills().create(&bill(&"ü".repeat(120), line("1"))).await.unwrap();
    // A list that must not be empty, or has too many items.
    refused!(sandbox, campfire.bills().bulk_search(&BillBulkSearch::new(Vec::new())), "bills", "0 items, at least 1");
    let many =
        serde_json::from_value(serde_json::json!({"bills": vec![serde_json::json!({"bill_number": "R"}); 10_001]}));
    let many: BillBulkSearch = many.unwrap();
    refused!(sandbox, campfire.bills().bulk_search(&many), "bills", "10001 items, at most 10000");
    // A percentage, inclusive at both ends.
    let bundle = |percent: &str| {
        ProductBundleCreate::new("Bundle", vec![ProductBundleLineCreate::new(1, percent.parse().unwrap())])
    };
    refused!(
        sandbox,
        campfire.product_bundles().create(&bundle("100.01")),
        "lines[0].percentage_allocation",
        "at most 100"
    );
    campfire.product_bundles().create(&bundle("100")).await.unwrap();
    // In an update, where a value may be set or emptied.
    let update = ContractUpdate { deal_name: Some("x".repeat(251).into()), ..ContractUpdate::default() };
    refused!(sandbox, campfire.contracts().update(1, &update), "deal_name", "251 characters, at most 250");
    // Several at once are all named.
    let both = bill(&"x".repeat(121), line("1000000000000000000"));
    let Err(Error::Request(error)) = campfire.bills().create(&both).await else { panic!("sent") };
    assert_eq!(error.fields().len(), 2);
    // Whoever knows better sends all the same; then it is the server that refuses.
    let unchecked =
        Client::builder().api_key(sandbox.key()).base_url(sandbox.url()).without_request_checks().build().unwrap();
    let sent =
        unchecked.contracts().create(&ContractCreate { deal_name: Some("x".repeat(251)), ..ContractCreate::default() });
    assert!(matches!(sent.await, Err(Error::Validation(_))));
}
