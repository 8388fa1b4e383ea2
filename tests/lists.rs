//! Lists of any size, read while others write, from any place, at any number of pages at a time.

#![cfg(all(
    feature = "sandbox",
    feature = "company-objects",
    feature = "accounts-receivable",
    feature = "revenue-recognition"
))]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use campfire::sandbox::{Fault, FaultRule, Sandbox};
use campfire::types::{TagCreate, TagUpdate};
use campfire::{Client, Error, PageToken, Rows};
use proptest::prelude::*;
use serde_json::json;

/// How many random cases; more by `PROPERTY_CASES=1000`.
fn cases() -> ProptestConfig {
    let cases = std::env::var("PROPERTY_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(24);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn run<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test)
}

async fn start(page_limit: usize) -> (Sandbox, Client) {
    let sandbox = Sandbox::builder().page_limit(page_limit).start().await.unwrap();
    let campfire = sandbox.client().unwrap();
    (sandbox, campfire)
}

fn tags(sandbox: &Sandbox, count: usize) -> Vec<i64> {
    (0..count).map(|number| sandbox.seed("tags", json!({"name": format!("t{number:05}")})).unwrap()).collect()
}

fn payments(sandbox: &Sandbox, count: usize) -> Vec<i64> {
    let day = |number: usize| format!("2026-01-01T00:{:02}:{:02}Z", number / 60 % 60, number % 60);
    (0..count)
        .map(|number| sandbox.seed("invoices.payments", json!({"last_modified_at": day(number / 3)})).unwrap())
        .collect()
}

async fn ids<T: Send + Unpin + 'static>(mut rows: Rows<T>, id: fn(&T) -> i64) -> Vec<i64> {
    let mut ids = Vec::new();
    while let Some(row) = rows.try_next().await.unwrap() {
        ids.push(id(&row));
    }
    ids
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn each_row_comes_once_and_in_order(
        (size, page, limit) in (0_usize..=5_000).prop_flat_map(|size| {
            // A page of one row for thousands of rows would only take time.
            let least = size / 250 + 1;
            (Just(size), least..least + 700, least..least + 700)
        }),
        concurrency in 0_usize..20,
    ) {
        run(async {
            let (sandbox, campfire) = start(limit).await;
            let expected = tags(&sandbox, size);
            let list = campfire.tags().list().page_size(page as u32).concurrency(concurrency);
            assert_eq!(ids(list.stream(), |tag| tag.id).await, expected);

            let expected = payments(&sandbox, size.min(1_000));
            let list = campfire.invoice_payments().list().page_size(page as u32);
            assert_eq!(ids(list.stream(), |payment| payment.id).await, expected);
        });
    }

    #[test]
    fn a_list_goes_on_where_it_was_left(
        size in 1_usize..300,
        page in 1_u32..40,
        stops in prop::collection::vec(1_usize..60, 1..12),
        most in prop::option::of(0_u64..200),
        concurrency in 0_usize..4,
        kind in 0..3,
    ) {
        run(async {
            let (sandbox, campfire) = start(1_000).await;
            let expected = match kind {
                0 => payments(&sandbox, size),
                1 => tags(&sandbox, size),
                _ => (0..size as i64).map(|_| sandbox.seed("entities", json!({"name": "E"})).unwrap()).collect(),
            };
            // What a crash leaves: the token as it was written down.
            let mut saved: Option<String> = None;
            let mut read = Vec::new();
            macro_rules! read {
                ($list:expr, $stop:expr) => {{
                    let token: Option<PageToken> = saved.as_deref().map(|saved| serde_json::from_str(saved).unwrap());
                    let mut list = $list;
                    if let Some(token) = &token {
                        list = list.resume(token);
                    }
                    let mut rows = list.stream();
                    for _ in 0..$stop {
                        match rows.try_next().await.unwrap() {
                            Some(row) => read.push(row.id),
                            None => break,
                        }
                    }
                    saved = rows.token().map(|token| serde_json::to_string(&token).unwrap());
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

            // And it ends where it was told to.
            if let Some(most) = most {
                let list = campfire.tags().list().page_size(page).concurrency(concurrency).max_items(most);
                let first = ids(list.clone().stream(), |tag| tag.id).await;
                let all = ids(campfire.tags().list().stream(), |tag| tag.id).await;
                assert_eq!(&first[..], &all[..all.len().min(most as usize)]);
                let mut pages = list.pages();
                let (mut rows, mut token) = (0, None);
                while let Some(page) = pages.try_next().await.unwrap() {
                    rows += page.results.len();
                    token.clone_from(&page.token);
                }
                assert_eq!(rows, first.len());
                if let Some(token) = token {
                    let rest = ids(campfire.tags().list().page_size(page).resume(&token).stream(), |tag| tag.id).await;
                    assert_eq!(&rest[..], &all[rows..]);
                }
            }
        });
    }

    #[test]
    fn what_others_write_meanwhile_hides_no_row_and_doubles_none(
        size in 20_usize..400,
        page in 2_u32..30,
        concurrency in 0_usize..5,
        seed in any::<u64>(),
        stops in prop::option::of(1_usize..100),
    ) {
        run(async {
            let (sandbox, campfire) = start(1_000).await;
            let mut left = tags(&sandbox, size);
            let mut gone = BTreeSet::new();
            let mut dice = fastrand::Rng::with_seed(seed);
            let mut read: BTreeMap<i64, usize> = BTreeMap::new();
            let list = campfire.tags().list().page_size(page).concurrency(concurrency);
            let mut pages = list.clone().pages();
            let mut until_stop = stops.unwrap_or(usize::MAX);
            let mut drifted = false;
            while let Some(page) = pages.try_next().await.unwrap() {
                for tag in &page.results {
                    *read.entry(tag.id).or_default() += 1;
                }
                drifted |= page.drifted;
                for _ in 0..dice.usize(0..6) {
                    let name = format!("t{:05}x", dice.usize(..size));
                    match dice.u8(0..3) {
                        0 => drop(campfire.tags().create(&TagCreate { name: Some(name), ..TagCreate::default() }).await.unwrap()),
                        1 if left.len() > 1 => {
                            let id = left.swap_remove(dice.usize(..left.len()));
                            campfire.tags().delete(id).await.unwrap();
                            gone.insert(id);
                        }
                        _ => {
                            let id = left[dice.usize(..left.len())];
                            let change = TagUpdate { is_active: Some(true), ..TagUpdate::default() };
                            campfire.tags().update(id, &change).await.unwrap();
                        }
                    }
                }
                until_stop = until_stop.saturating_sub(1);
                if until_stop == 0 {
                    // Interrupted, and gone on from the token while the list is another by now.
                    let Some(token) = page.token.clone() else { break };
                    pages = list.clone().resume(&token).pages();
                }
            }
            for id in &left {
                assert_eq!(read.get(id), Some(&1), "{id} of {size} rows, pages of {page}, drifted: {drifted}");
            }
            assert!(read.values().all(|times| *times == 1), "{read:?}");
        });
    }

    #[test]
    fn feeds_that_grow_and_change_meanwhile_lose_nothing(
        size in 20_usize..300,
        page in 1_u32..30,
        seed in any::<u64>(),
    ) {
        run(async {
            let (sandbox, campfire) = start(1_000).await;
            let rows = payments(&sandbox, size);
            let mut dice = fastrand::Rng::with_seed(seed);
            let mut read: BTreeMap<i64, usize> = BTreeMap::new();
            let mut pages = campfire.invoice_payments().list().page_size(page).pages();
            let mut writes = 0;
            while let Some(page) = pages.try_next().await.unwrap() {
                for payment in &page.results {
                    *read.entry(payment.id).or_default() += 1;
                }
                if writes < 100 {
                    writes += 1;
                    let day = format!("2026-02-01T00:{:02}:{:02}Z", writes / 60, writes % 60);
                    let mut change = json!({"last_modified_at": day});
                    if dice.bool() {
                        // A change moves the row to the end of the feed.
                        change["id"] = json!(rows[dice.usize(..rows.len())]);
                    }
                    sandbox.seed("invoices.payments", change).unwrap();
                }
            }
            for id in &rows {
                assert_eq!(read.get(id), Some(&1), "{id}");
            }
            assert!(read.values().all(|times| *times == 1), "{read:?}");
        });
    }
}

#[tokio::test]
async fn a_token_of_another_list_is_refused() {
    let (sandbox, campfire) = start(1_000).await;
    tags(&sandbox, 10);
    let mut rows = campfire.tags().list().q("t").page_size(3).stream();
    rows.try_next().await.unwrap();
    let token = rows.token().unwrap();
    // The page size and the place say nothing of which list it is.
    let rest = campfire.tags().list().q("t").page_size(5).resume(&token).all().await.unwrap();
    assert_eq!(rest.len(), 9);
    for (list, says) in [
        (campfire.tags().list().q("u"), "other filters"),
        (campfire.tags().list(), "other filters"),
        (campfire.tags().list().q("t").include_inactive(true), "other filters"),
    ] {
        let error = list.resume(&token).all().await.unwrap_err();
        assert!(matches!(error, Error::Request(_)) && error.to_string().contains(says), "{error}");
    }
    let error = campfire.vendors().list().resume(&token).all().await.unwrap_err();
    assert!(error.to_string().contains("`tags.list`, not of `vendors.list`"), "{error}");

    // Below another parent it is another list, too.
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
    let newer: PageToken = serde_json::from_str(&text.replace("\"v\":1", "\"v\":2")).unwrap();
    let error = campfire.contracts().usage(1).list().resume(&newer).all().await.unwrap_err();
    assert!(error.to_string().contains("version 2"), "{error}");
    assert!(serde_json::from_str::<PageToken>("{}").is_err());
}

#[tokio::test]
async fn a_token_whose_rows_are_gone_says_so() {
    let (sandbox, campfire) = start(1_000).await;
    let all = tags(&sandbox, 60);
    let mut rows = campfire.tags().list().page_size(10).stream();
    for _ in 0..35 {
        rows.try_next().await.unwrap();
    }
    let token = rows.token().unwrap();
    // One of the rows behind which it goes on is enough.
    for id in &all[20..34] {
        campfire.tags().delete(*id).await.unwrap();
    }
    let rest = ids(campfire.tags().list().page_size(10).resume(&token).stream(), |tag| tag.id).await;
    assert_eq!(rest, all[35..]);
    for id in &all[10..35] {
        let _ = campfire.tags().delete(*id).await;
    }
    let error = campfire.tags().list().page_size(10).resume(&token).all().await.unwrap_err();
    assert!(error.to_string().contains("not found any more"), "{error}");
}

#[tokio::test]
async fn the_next_page_is_under_way_while_one_is_read() {
    let (sandbox, campfire) = start(1_000).await;
    tags(&sandbox, 10);
    let mut pages = campfire.tags().list().page_size(4).pages();
    assert_eq!(sandbox.requests().len(), 0, "nothing is asked for before its user asks");
    pages.try_next().await.unwrap();
    while sandbox.requests().len() < 2 {
        tokio::task::yield_now().await;
    }
    // And nothing beyond it.
    campfire.entities().list().await.unwrap();
    assert_eq!(sandbox.requests().len(), 3);

    let before = sandbox.requests().len();
    let list = campfire.tags().list().page_size(4).max_items(4);
    assert_eq!(list.all().await.unwrap().len(), 4);
    assert_eq!(sandbox.requests().len(), before + 1, "no page is fetched that nobody wants");
}

#[tokio::test]
async fn progress_is_told_page_by_page() {
    let (sandbox, campfire) = start(1_000).await;
    tags(&sandbox, 10);
    let told = Arc::new(Mutex::new(Vec::new()));
    let listener = told.clone();
    let list = campfire.tags().list().page_size(4);
    let list = list.on_progress(move |progress| listener.lock().unwrap().push(progress.clone()));
    assert_eq!(list.all().await.unwrap().len(), 10);
    let told = told.lock().unwrap();
    let rows: Vec<_> = told.iter().map(|progress| (progress.pages, progress.rows, progress.expected)).collect();
    assert_eq!(rows, [(1, 4, Some(10)), (2, 7, Some(10)), (3, 10, Some(10))]);
    assert!(told.windows(2).all(|pair| pair[0].bytes < pair[1].bytes));
}

#[tokio::test]
async fn what_is_below_all_parents_comes_in_their_order_and_isolates_failures() {
    let (sandbox, campfire) = start(1_000).await;
    let mut expected = Vec::new();
    for contract in 1..=30_i64 {
        sandbox.seed("contracts", json!({"id": contract})).unwrap();
        for number in 0..contract % 4 {
            let id = contract * 100 + number;
            sandbox.seed("contracts.usage", json!({"id": id, "contract": contract})).unwrap();
            expected.push((contract, id));
        }
    }
    for concurrency in [1, 8, 100] {
        let all = campfire.contracts().usage_of_all().concurrency(concurrency).parents(|list| list.page_size(7));
        let mut rows = all.stream();
        let mut read = Vec::new();
        while let Some((contract, usage)) = rows.try_next().await.unwrap() {
            read.push((contract, usage.id));
        }
        assert_eq!(read, expected);
        assert!(rows.token().is_none());
    }

    // One contract cannot be read: the others are.
    sandbox.inject(FaultRule::new(Fault::Status(400)).path("/rr/api/v1/contracts/7/usage"));
    let mut rows = campfire.contracts().usage_of_all().concurrency(4).stream();
    let (mut read, mut failed) = (Vec::new(), Vec::new());
    loop {
        match rows.try_next().await {
            Ok(Some((contract, usage))) => read.push((contract, usage.id)),
            Ok(None) => break,
            Err(error) => failed.push((error.parent(), error.to_string())),
        }
    }
    assert_eq!(failed.len(), 1);
    assert!(failed[0].0 == Some(7) && failed[0].1.starts_with("below 7: contracts.usage.list"), "{failed:?}");
    assert_eq!(read, expected.iter().copied().filter(|(contract, _)| *contract != 7).collect::<Vec<_>>());
    sandbox.clear_faults();

    // Stopped after any row, it goes on: the parent that was not through comes again, the others do not.
    for stop in 0..expected.len() {
        let mut rows = campfire.contracts().usage_of_all().concurrency(4).stream();
        let mut read = Vec::new();
        for _ in 0..stop {
            let (contract, usage) = rows.try_next().await.unwrap().unwrap();
            read.push((contract, usage.id));
        }
        let token = rows.token().unwrap();
        let mut rows = campfire.contracts().usage_of_all().concurrency(4).resume(&token).stream();
        let first = rows.try_next().await.unwrap().unwrap();
        read.retain(|(contract, _)| *contract != first.0);
        read.push((first.0, first.1.id));
        while let Some((contract, usage)) = rows.try_next().await.unwrap() {
            read.push((contract, usage.id));
        }
        assert_eq!(read, expected, "stopped after {stop}");
    }
}

#[tokio::test]
async fn parents_that_cannot_be_listed_end_the_stream() {
    let (sandbox, _) = start(1_000).await;
    let campfire = Client::builder()
        .api_key(sandbox.key())
        .base_url(sandbox.url())
        .retry(campfire::RetryPolicy::none())
        .build()
        .unwrap();
    for contract in 1..=5_i64 {
        sandbox.seed("contracts", json!({"id": contract})).unwrap();
        sandbox.seed("contracts.usage", json!({"contract": contract})).unwrap();
    }
    // The first page of contracts comes, the second does not.
    sandbox.inject(FaultRule::new(Fault::Status(500)).operation("contracts.list").after(1));
    let mut rows = campfire.contracts().usage_of_all().parents(|list| list.page_size(3)).stream();
    let mut read = 0;
    let error = loop {
        match rows.try_next().await {
            Ok(Some(_)) => read += 1,
            Ok(None) => panic!("the stream ended as if all were through"),
            Err(error) => break error,
        }
    };
    assert_eq!((read, error.parent()), (3, None));
    assert!(rows.try_next().await.unwrap().is_none());
}

#[test]
fn without_a_runtime_there_is_an_error_and_no_panic() {
    let campfire = Client::new("k").unwrap();
    let mut rows = campfire.tags().list().stream();
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let mut next = std::pin::pin!(rows.try_next());
    match next.as_mut().poll(&mut context) {
        std::task::Poll::Ready(Err(Error::Configuration(error))) => assert!(error.to_string().contains("tokio")),
        other => panic!("{other:?}"),
    }
}
