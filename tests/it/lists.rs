//! Lists: order, concurrent writes, page tokens, prefetching, progress and query parameters.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use campfire::sandbox::Sandbox;
use campfire::types::{TagCreate, TagUpdate};
use campfire::{Client, Error, PageToken, RecordStream};
use proptest::prelude::*;
use serde_json::json;

use crate::support::{block_on, property_config};

async fn start(page_limit: usize) -> (Sandbox, Client) {
    let sandbox = Sandbox::builder().page_limit(page_limit).start().await.unwrap();
    let campfire = sandbox.client().unwrap();
    (sandbox, campfire)
}

/// Adds this many tags and returns their ids.
fn seed_tags(sandbox: &Sandbox, count: usize) -> Vec<i64> {
    (0..count).map(|number| sandbox.seed("tags", json!({"name": format!("t{number:05}")})).unwrap()).collect()
}

/// Adds this many payments, three at each second, and returns their ids.
fn seed_payments(sandbox: &Sandbox, count: usize) -> Vec<i64> {
    let time = |number: usize| format!("2026-01-01T00:{:02}:{:02}Z", number / 60 % 60, number % 60);
    (0..count)
        .map(|number| sandbox.seed("invoices.payments", json!({"last_modified_at": time(number / 3)})).unwrap())
        .collect()
}

async fn ids<T: Send + Unpin + 'static>(mut records: RecordStream<T>, id: fn(&T) -> i64) -> Vec<i64> {
    let mut ids = Vec::new();
    while let Some(record) = records.try_next().await.unwrap() {
        ids.push(id(&record));
    }
    ids
}

/// Creates, deletes or updates a tag. New names sort among the existing ones.
async fn write_tag(campfire: &Client, remaining: &mut Vec<i64>, size: usize, random: &mut fastrand::Rng) {
    match random.u8(0..3) {
        0 => {
            let name = Some(format!("t{:05}x", random.usize(..size)));
            campfire.tags().create(&TagCreate { name, ..TagCreate::default() }).await.unwrap();
        }
        1 if remaining.len() > 1 => {
            let id = remaining.swap_remove(random.usize(..remaining.len()));
            campfire.tags().delete(id).await.unwrap();
        }
        _ => {
            let id = remaining[random.usize(..remaining.len())];
            let update = TagUpdate { is_active: Some(true), ..TagUpdate::default() };
            campfire.tags().update(id, &update).await.unwrap();
        }
    }
}

proptest! {
    #![proptest_config(property_config(24))]

    #[test]
    fn every_record_comes_once_and_in_order(
        (size, page, limit) in (0_usize..=5_000).prop_flat_map(|size| {
            // Tiny pages of a long list would only take time.
            let least = size / 250 + 1;
            (Just(size), least..least + 700, least..least + 700)
        }),
        concurrency in 0_usize..20,
    ) {
        block_on(async {
            let (sandbox, campfire) = start(limit).await;
            let expected = seed_tags(&sandbox, size);
            let list = campfire.tags().list().page_size(page as u32).concurrency(concurrency);
            assert_eq!(ids(list.stream(), |tag| tag.id.get()).await, expected);

            let expected = seed_payments(&sandbox, size.min(1_000));
            let list = campfire.invoice_payments().list().page_size(page as u32);
            assert_eq!(ids(list.stream(), |payment| payment.id.get()).await, expected);
        });
    }

    #[test]
    fn a_list_resumes_where_it_stopped(
        size in 1_usize..300,
        page in 1_u32..40,
        stops in prop::collection::vec(1_usize..60, 1..12),
        concurrency in 0_usize..4,
        kind in 0..3,
    ) {
        block_on(async {
            let (sandbox, campfire) = start(1_000).await;
            let expected = match kind {
                0 => seed_payments(&sandbox, size),
                1 => seed_tags(&sandbox, size),
                _ => (0..size as i64).map(|_| sandbox.seed("entities", json!({"name": "E"})).unwrap()).collect(),
            };
            // After a crash, only the serialized token is left.
            let mut saved: Option<String> = None;
            let mut read = Vec::new();
            macro_rules! read {
                ($list:expr, $stop:expr) => {{
                    let token: Option<PageToken> = saved.as_deref().map(|saved| serde_json::from_str(saved).unwrap());
                    let mut list = $list;
                    if let Some(token) = &token {
                        list = list.resume(token);
                    }
                    let mut records = list.stream();
                    for _ in 0..$stop {
                        match records.try_next().await.unwrap() {
                            Some(record) => read.push(record.id.get()),
                            None => break,
                        }
                    }
                    saved = records.token().map(|token| serde_json::to_string(&token).unwrap());
                    saved.is_none()
                }};
            }
            let mut done = false;
            for stop in stops.into_iter().chain([usize::MAX]) {
                done = match kind {
                    0 => read!(campfire.invoice_payments().list().page_size(page), stop),
                    1 => read!(campfire.tags().list().page_size(page).concurrency(concurrency), stop),
                    _ => read!(campfire.entities().list(), stop),
                };
                if done {
                    break;
                }
            }
            assert!(done);
            assert_eq!(&read, &expected);
        });
    }

    #[test]
    fn max_items_ends_a_list_and_its_token_resumes_it(
        size in 1_usize..300,
        page in 1_u32..40,
        max_items in 0_u64..200,
        concurrency in 0_usize..4,
    ) {
        block_on(async {
            let (sandbox, campfire) = start(1_000).await;
            let all = seed_tags(&sandbox, size);
            let list = campfire.tags().list().page_size(page).concurrency(concurrency).max_items(max_items);
            let first = ids(list.clone().stream(), |tag| tag.id.get()).await;
            assert_eq!(&first[..], &all[..all.len().min(max_items as usize)]);
            let mut pages = list.pages();
            let (mut read, mut token) = (0, None);
            while let Some(page) = pages.try_next().await.unwrap() {
                read += page.results.len();
                token.clone_from(&page.token);
            }
            assert_eq!(read, first.len());
            if let Some(token) = token {
                let rest = ids(campfire.tags().list().page_size(page).resume(&token).stream(), |tag| tag.id.get()).await;
                assert_eq!(&rest[..], &all[read..]);
            }
        });
    }

    #[test]
    fn concurrent_writes_neither_hide_nor_duplicate_records(
        size in 20_usize..400,
        page in 2_u32..30,
        concurrency in 0_usize..5,
        seed in any::<u64>(),
        stops in prop::option::of(1_usize..100),
    ) {
        block_on(async {
            let (sandbox, campfire) = start(1_000).await;
            let mut remaining = seed_tags(&sandbox, size);
            let mut random = fastrand::Rng::with_seed(seed);
            let mut read: BTreeMap<i64, usize> = BTreeMap::new();
            let list = campfire.tags().list().page_size(page).concurrency(concurrency);
            let mut pages = list.clone().pages();
            let mut until_stop = stops.unwrap_or(usize::MAX);
            let mut drifted = false;
            while let Some(page) = pages.try_next().await.unwrap() {
                for tag in &page.results {
                    *read.entry(tag.id.get()).or_default() += 1;
                }
                drifted |= page.drifted;
                for _ in 0..random.usize(0..6) {
                    write_tag(&campfire, &mut remaining, size, &mut random).await;
                }
                until_stop = until_stop.saturating_sub(1);
                if until_stop == 0 {
                    // Interrupts the list and resumes it from the token; the list has changed since.
                    let Some(token) = page.token.clone() else { break };
                    pages = list.clone().resume(&token).pages();
                }
            }
            for id in &remaining {
                assert_eq!(read.get(id), Some(&1), "{id} of {size} records, pages of {page}, drifted: {drifted}");
            }
            assert!(read.values().all(|times| *times == 1), "{read:?}");
        });
    }

    #[test]
    fn growing_feeds_lose_no_records(
        size in 20_usize..300,
        page in 1_u32..30,
        seed in any::<u64>(),
    ) {
        block_on(async {
            let (sandbox, campfire) = start(1_000).await;
            let payments = seed_payments(&sandbox, size);
            let mut random = fastrand::Rng::with_seed(seed);
            let mut read: BTreeMap<i64, usize> = BTreeMap::new();
            let mut pages = campfire.invoice_payments().list().page_size(page).pages();
            let mut writes = 0;
            while let Some(page) = pages.try_next().await.unwrap() {
                for payment in &page.results {
                    *read.entry(payment.id.get()).or_default() += 1;
                }
                if writes < 100 {
                    writes += 1;
                    let time = format!("2026-02-01T00:{:02}:{:02}Z", writes / 60, writes % 60);
                    let mut change = json!({"last_modified_at": time});
                    if random.bool() {
                        // A change moves the record to the end of the feed.
                        change["id"] = json!(payments[random.usize(..payments.len())]);
                    }
                    sandbox.seed("invoices.payments", change).unwrap();
                }
            }
            for id in &payments {
                assert_eq!(read.get(id), Some(&1), "{id}");
            }
            assert!(read.values().all(|times| *times == 1), "{read:?}");
        });
    }
}

#[tokio::test]
async fn a_token_from_another_list_is_rejected() {
    let (sandbox, campfire) = start(1_000).await;
    seed_tags(&sandbox, 10);
    let mut records = campfire.tags().list().q("t").page_size(3).stream();
    records.try_next().await.unwrap();
    let token = records.token().unwrap();
    // The page size does not identify the list.
    let rest = campfire.tags().list().q("t").page_size(5).resume(&token).all().await.unwrap();
    assert_eq!(rest.len(), 9);
    for (list, reason) in [
        (campfire.tags().list().q("u"), "other filters"),
        (campfire.tags().list(), "other filters"),
        (campfire.tags().list().q("t").include_inactive(true), "other filters"),
    ] {
        let error = list.resume(&token).all().await.unwrap_err();
        assert!(matches!(error, Error::Request(_)) && error.to_string().contains(reason), "{error}");
    }
    let error = campfire.vendors().list().resume(&token).all().await.unwrap_err();
    assert!(error.to_string().contains("`tags.list`, not to `vendors.list`"), "{error}");

    // Each parent has a list of its own.
    for contract in [1, 2] {
        sandbox.seed("contracts", json!({"id": contract})).unwrap();
        for _ in 0..3 {
            sandbox.seed("contracts.usage", json!({"contract": contract})).unwrap();
        }
    }
    let mut usage = campfire.contracts().usage(1).list().stream();
    usage.try_next().await.unwrap();
    let token = usage.token().unwrap();
    assert_eq!(campfire.contracts().usage(1).list().resume(&token).all().await.unwrap().len(), 2);
    assert!(campfire.contracts().usage(2).list().resume(&token).all().await.is_err());

    let text = serde_json::to_string(&token).unwrap();
    assert!(!text.contains(&sandbox.key()));
    let newer: PageToken = serde_json::from_str(&text.replace("\"v\":2", "\"v\":3")).unwrap();
    let error = campfire.contracts().usage(1).list().resume(&newer).all().await.unwrap_err();
    assert!(error.to_string().contains("version 3"), "{error}");
    let old = r#"{"v":1,"operation":"contracts.usage.list","query":7,"at":{"offset":1},"behind":[100]}"#;
    let old: PageToken = serde_json::from_str(old).unwrap();
    let error = campfire.contracts().usage(1).list().resume(&old).all().await.unwrap_err();
    assert!(error.to_string().contains("has version 1, but this version of the SDK reads 2"), "{error}");
    assert!(serde_json::from_str::<PageToken>("{}").is_err());
}

/// A token is saved in files and databases. Damage is an error before anything is sent, never another position.
#[tokio::test]
async fn a_damaged_token_is_rejected() {
    let (sandbox, campfire) = start(1_000).await;
    let (tags, payments) = (seed_tags(&sandbox, 20), seed_payments(&sandbox, 20));
    macro_rules! check {
        ($list:expr, $taken:expr, $left:expr) => {{
            let mut records = $list.page_size(7).stream();
            for _ in 0..$taken {
                records.try_next().await.unwrap();
            }
            let token = records.token().unwrap();
            let text = serde_json::to_string(&token).unwrap();
            for bit in 0..8 * text.len() {
                let mut bytes = text.clone().into_bytes();
                bytes[bit / 8] ^= 1 << (bit % 8);
                let Ok(damaged) = serde_json::from_slice::<PageToken>(&bytes) else { continue };
                if damaged != token {
                    let error = $list.resume(&damaged).stream().try_next().await.unwrap_err();
                    assert!(matches!(error, Error::Request(_)), "{}: {error}", String::from_utf8_lossy(&bytes));
                }
            }
            for end in 0..text.len() {
                assert!(serde_json::from_str::<PageToken>(&text[..end]).is_err());
            }
            assert_eq!($list.resume(&token).all().await.unwrap().len(), $left);
        }};
    }
    for taken in [0, 1, 7, 10] {
        check!(campfire.tags().list(), taken, tags.len() - taken);
        check!(campfire.invoice_payments().list(), taken, payments.len() - taken);
    }
}

/// A list is identified by what is sent, so that a token outlives changes of the SDK's own types.
#[tokio::test]
async fn a_token_is_bound_to_the_query_that_is_sent() {
    let (_sandbox, campfire) = start(1_000).await;
    let list = || campfire.invoices().list();
    let token = list().q("a").entity([1, 2]).stream().token().unwrap();
    let saved: serde_json::Value = serde_json::to_value(&token).unwrap();
    // FNV-1a of `["/coa/api/v1/invoice/",[["entity","1"],["entity","2"],["q","a"]]]`
    let sent = br#"["/coa/api/v1/invoice/",[["entity","1"],["entity","2"],["q","a"]]]"#;
    let sum =
        sent.iter().fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3));
    assert_eq!(saved["query"], json!(sum));
    assert!(list().entity([1, 2]).q("a").resume(&token).all().await.is_ok(), "the order of setters is not sent");
    for other in [list().q("a").entity([2, 1]), list().q("a").entity([12]), list().entity([1, 2])] {
        let error = other.resume(&token).all().await.unwrap_err();
        assert!(error.to_string().contains("other filters"), "{error}");
    }
}

#[tokio::test]
async fn a_token_whose_records_are_gone_is_an_error() {
    let (sandbox, campfire) = start(1_000).await;
    let all = seed_tags(&sandbox, 60);
    let mut records = campfire.tags().list().page_size(10).stream();
    for _ in 0..35 {
        records.try_next().await.unwrap();
    }
    let token = records.token().unwrap();
    // One of the records that the token remembers is enough.
    for id in &all[20..34] {
        campfire.tags().delete(*id).await.unwrap();
    }
    let rest = ids(campfire.tags().list().page_size(10).resume(&token).stream(), |tag| tag.id.get()).await;
    assert_eq!(rest, all[35..]);
    for id in &all[10..35] {
        let _ = campfire.tags().delete(*id).await;
    }
    let error = campfire.tags().list().page_size(10).resume(&token).all().await.unwrap_err();
    assert!(error.to_string().contains("can no longer be found"), "{error}");
}

#[tokio::test]
async fn the_next_page_is_prefetched() {
    let (sandbox, campfire) = start(1_000).await;
    seed_tags(&sandbox, 10);
    let mut pages = campfire.tags().list().page_size(4).pages();
    assert_eq!(sandbox.requests().len(), 0, "a request was sent before the first page was asked for");
    pages.try_next().await.unwrap();
    while sandbox.requests().len() < 2 {
        tokio::task::yield_now().await;
    }
    // Only one page is prefetched.
    campfire.entities().list().await.unwrap();
    assert_eq!(sandbox.requests().len(), 3);

    let before = sandbox.requests().len();
    let list = campfire.tags().list().page_size(4).max_items(4);
    assert_eq!(list.all().await.unwrap().len(), 4);
    assert_eq!(sandbox.requests().len(), before + 1, "a page beyond `max_items` was fetched");
}

#[tokio::test]
async fn progress_is_reported_per_page() {
    let (sandbox, campfire) = start(1_000).await;
    seed_tags(&sandbox, 10);
    let reported = Arc::new(Mutex::new(Vec::new()));
    let listener = reported.clone();
    let list = campfire.tags().list().page_size(4);
    let list = list.on_progress(move |progress| listener.lock().unwrap().push(progress.clone()));
    assert_eq!(list.all().await.unwrap().len(), 10);
    let reported = reported.lock().unwrap();
    let counts: Vec<_> =
        reported.iter().map(|progress| (progress.pages, progress.records, progress.expected)).collect();
    assert_eq!(counts, [(1, 4, Some(10)), (2, 7, Some(10)), (3, 10, Some(10))]);
    assert!(reported.windows(2).all(|pair| pair[0].bytes < pair[1].bytes));
}

#[test]
fn streaming_without_a_runtime_is_an_error() {
    let campfire = Client::new("k").unwrap();
    let mut tags = campfire.tags().list().stream();
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let mut next = std::pin::pin!(tags.try_next());
    match next.as_mut().poll(&mut context) {
        std::task::Poll::Ready(Err(Error::Configuration(error))) => assert!(error.to_string().contains("tokio")),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn feeds_start_with_an_empty_cursor() {
    let (sandbox, campfire) = start(4).await;
    let seeded: Vec<i64> = (0..10).map(|_| sandbox.seed("invoice_payments", json!({"amount": 1})).unwrap()).collect();
    let payments = campfire.invoice_payments().list().voided(false).stream();
    assert_eq!(ids(payments, |payment| payment.id.get()).await, seeded);
    let queries: Vec<String> = sandbox.requests().into_iter().map(|request| request.query).collect();
    assert_eq!(queries.len(), 3);
    assert_eq!(queries[0], "cursor=&voided=false", "the first request sends an empty cursor");
    assert!(
        queries[1..].iter().all(|query| query.starts_with("cursor=") && !query.starts_with("cursor=&")),
        "{queries:?}"
    );
}

#[tokio::test]
async fn array_parameters_are_repeated_or_joined() {
    let sandbox = Sandbox::builder().allow_unmodelled(true).start().await.unwrap();
    let campfire = sandbox.client().unwrap();
    campfire.invoices().list().entity([1, 2]).await.unwrap();
    campfire.invoices().reports().preview().group_fields(["client_id", "invoice_date_month"]).await.unwrap();
    let requests = sandbox.requests();
    assert_eq!(requests[0].query, "entity=1&entity=2");
    assert_eq!(requests[0].path, "/coa/api/v1/invoice/", "the path ends with a slash");
    assert_eq!(requests[1].query, "group_fields=client_id%2Cinvoice_date_month");
}
