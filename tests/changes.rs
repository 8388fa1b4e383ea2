//! Incremental runs: exactly what has changed, and no step forward before all of it was read.

#![cfg(all(
    feature = "sandbox",
    feature = "company-objects",
    feature = "accounts-receivable",
    feature = "core-accounting"
))]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use campfire::sandbox::{Face, Fault, FaultRule, Sandbox};
use campfire::types::{Tag, TagUpdate};
use campfire::{Change, Changes, Client, Error, Patch, RetryPolicy, Timestamp, Watermark};
use proptest::prelude::*;
use serde_json::json;

fn cases() -> ProptestConfig {
    let cases = std::env::var("PROPERTY_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(24);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn run<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test)
}

fn once(sandbox: &Sandbox) -> Client {
    Client::builder().api_key(sandbox.key()).base_url(sandbox.url()).retry(RetryPolicy::none()).build().unwrap()
}

/// What a run gave, by id: the rows that changed, and the ids that were deleted.
async fn read(run: &mut Changes<Tag>) -> (BTreeMap<i64, Tag>, BTreeSet<i64>) {
    let (mut changed, mut deleted) = (BTreeMap::new(), BTreeSet::new());
    while let Some(change) = run.try_next().await.unwrap() {
        match change {
            Change::Changed(tag) => assert!(changed.insert(tag.id, tag).is_none(), "a row came twice"),
            Change::Deleted(tag) => assert!(tag.deleted_at.is_some() && deleted.insert(tag.id), "came twice"),
            other => panic!("{other:?}"),
        }
    }
    (changed, deleted)
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn a_run_gives_what_has_changed_since_the_last_and_nothing_else(
        size in 1_usize..120,
        page in 1_u32..40,
        rounds in prop::collection::vec((0_usize..30, 0_u64..200), 1..6),
        documented in any::<bool>(),
        seed in any::<u64>(),
    ) {
        run(async {
            let face = if documented { Face::Documented } else { Face::Wire };
            let sandbox = Sandbox::builder().face(face).start().await.unwrap();
            let campfire = once(&sandbox);
            let mut dice = fastrand::Rng::with_seed(seed);
            let mut live: BTreeSet<i64> =
                (0..size).map(|number| sandbox.seed("tags", json!({"name": format!("t{number}")})).unwrap()).collect();
            let mut dead: BTreeSet<i64> = BTreeSet::new();
            let mut first = campfire.tags().list().page_size(page).sync(None);
            let (changed, deleted) = read(&mut first).await;
            assert_eq!(changed.into_keys().collect::<BTreeSet<_>>(), live);
            assert!(deleted.is_empty(), "the first run has nothing to delete");
            // What is left of a run: its watermark, as it was written down.
            let mut saved = serde_json::to_string(&first.watermark().unwrap()).unwrap();
            for (writes, seconds) in rounds {
                // Runs may follow each other within the second that the server counts in, or minutes later.
                sandbox.advance(Duration::from_secs(seconds));
                let (mut changed, mut deleted) = (BTreeSet::new(), BTreeSet::new());
                for write in 0..writes {
                    let pick = |set: &BTreeSet<i64>, dice: &mut fastrand::Rng| {
                        set.iter().nth(dice.usize(..set.len().max(1))).copied()
                    };
                    match dice.u8(0..4) {
                        0 => {
                            let id = sandbox.seed("tags", json!({"name": format!("n{write}-{seconds}")})).unwrap();
                            live.insert(id);
                            changed.insert(id);
                        }
                        1 => {
                            let Some(id) = pick(&live, &mut dice) else { continue };
                            campfire.tags().delete(id).await.unwrap();
                            live.remove(&id);
                            dead.insert(id);
                            changed.remove(&id);
                            deleted.insert(id);
                        }
                        2 => {
                            let Some(id) = pick(&dead, &mut dice) else { continue };
                            sandbox.seed("tags", json!({"id": id, "name": format!("back{write}-{seconds}")})).unwrap();
                            dead.remove(&id);
                            live.insert(id);
                            deleted.remove(&id);
                            changed.insert(id);
                        }
                        _ => {
                            let Some(id) = pick(&live, &mut dice) else { continue };
                            let name = Some(Patch::Set(format!("c{write}-{}", dice.u32(..))));
                            campfire.tags().update(id, &TagUpdate { name, ..TagUpdate::default() }).await.unwrap();
                            changed.insert(id);
                        }
                    }
                }
                let watermark: Watermark = serde_json::from_str(&saved).unwrap();
                let mut run = campfire.tags().list().page_size(page).sync(watermark);
                let read = read(&mut run).await;
                assert_eq!(read.0.keys().copied().collect::<BTreeSet<_>>(), changed);
                assert_eq!(read.1, deleted);
                saved = serde_json::to_string(&run.watermark().unwrap()).unwrap();
                assert!(!saved.contains(&sandbox.key()));
            }
        });
    }
}

#[tokio::test]
async fn a_run_that_breaks_off_does_not_advance() {
    let sandbox = Sandbox::start().await.unwrap();
    let campfire = once(&sandbox);
    for number in 0..30 {
        sandbox.seed("tags", json!({"name": format!("t{number:02}")})).unwrap();
    }
    // Abandoned after some rows.
    let mut run = campfire.tags().list().page_size(10).sync(None);
    for _ in 0..25 {
        run.try_next().await.unwrap();
        assert!(run.watermark().is_none());
    }
    // Broken off by the server.
    sandbox.inject(FaultRule::new(Fault::Status(500)).operation("tags.list").after(2));
    let mut run = campfire.tags().list().page_size(10).sync(None);
    let mut rows = 0;
    let error = loop {
        match run.try_next().await {
            Ok(Some(_)) => rows += 1,
            Ok(None) => panic!("the run ended as if it were complete"),
            Err(error) => break error,
        }
    };
    // A page that the run before has asked for may have been counted, too.
    assert!((10..30).contains(&rows) && matches!(error, Error::Server(_)), "{rows} {error}");
    assert!(run.watermark().is_none() && run.try_next().await.unwrap().is_none() && run.watermark().is_none());
    sandbox.clear_faults();

    // Complete, and then broken off while it reads deletions: it is not complete without them.
    let mut run = campfire.tags().list().sync(None);
    let changed = read(&mut run).await.0;
    let watermark = run.watermark().unwrap();
    campfire.tags().delete(*changed.keys().next().unwrap()).await.unwrap();
    sandbox.inject(FaultRule::new(Fault::Status(500)).operation("tags.list").after(1));
    let mut run = campfire.tags().list().sync(watermark.clone());
    assert!(run.try_next().await.is_err() && run.watermark().is_none());
    sandbox.clear_faults();
    let mut run = campfire.tags().list().sync(watermark);
    assert_eq!(read(&mut run).await.1.len(), 1);
}

#[tokio::test]
async fn watermarks_are_of_one_list_and_begin_where_they_are_told() {
    let sandbox = Sandbox::start().await.unwrap();
    let campfire = once(&sandbox);
    sandbox.seed("tags", json!({"name": "old", "last_modified_at": "2020-01-01T00:00:00Z"})).unwrap();
    let new = sandbox.seed("tags", json!({"name": "new", "last_modified_at": "2026-01-01T00:00:00Z"})).unwrap();
    let since: Timestamp = "2025-06-01T00:00:00Z".parse().unwrap();
    let mut run = campfire.tags().list().sync(Watermark::from(since));
    assert_eq!(read(&mut run).await.0.into_keys().collect::<Vec<_>>(), [new]);
    let watermark = run.watermark().unwrap();
    assert!(watermark.at() > since);

    let error = campfire.tags().list().q("o").sync(watermark.clone()).try_next().await.unwrap_err();
    assert!(error.to_string().contains("other filters"), "{error}");
    let mut vendors = campfire.vendors().list().sync(watermark);
    let error = vendors.try_next().await.unwrap_err();
    assert!(matches!(error, Error::Request(_)) && error.to_string().contains("not of `vendors.list`"), "{error}");
    assert!(vendors.try_next().await.unwrap().is_none() && vendors.watermark().is_none());
}

#[tokio::test]
async fn lists_that_look_back_are_asked_for_all_of_time() {
    let sandbox = Sandbox::start().await.unwrap();
    let campfire = once(&sandbox);
    let mut run = campfire.transactions().list().sync(None);
    assert!(run.try_next().await.unwrap().is_none());
    let mut run = campfire.transactions().list().sync(run.watermark());
    assert!(run.try_next().await.unwrap().is_none());
    let queries: Vec<String> = sandbox.requests().into_iter().map(|request| request.query).collect();
    assert_eq!(queries.len(), 3, "all; then what changed, and what was deleted: {queries:?}");
    assert!(queries.iter().all(|query| query.contains("all_time=true")), "{queries:?}");
    assert!(queries[1].contains("last_modified_at__gte") && queries[2].contains("include_deleted=true"), "{queries:?}");
}

#[tokio::test]
async fn a_feed_in_order_can_be_saved_on_the_way() {
    let sandbox = Sandbox::start().await.unwrap();
    let campfire = once(&sandbox);
    let moment = |second: usize| format!("2026-03-01T00:00:{second:02}Z");
    // Three at each moment: the boundary is inclusive, and falls within a moment.
    let ids: Vec<i64> = (0..30)
        .map(|number| sandbox.seed("invoices.payments", json!({"last_modified_at": moment(number / 3)})).unwrap())
        .collect();
    for stop in [1, 4, 10, 29] {
        let mut read = Vec::new();
        let mut watermark: Option<Watermark> = None;
        loop {
            let mut run = campfire.invoice_payments().list().page_size(4).sync(watermark.clone());
            let mut taken = 0;
            let complete = loop {
                match run.try_next().await.unwrap() {
                    Some(Change::Changed(payment)) => {
                        read.push(payment.id);
                        taken += 1;
                    }
                    Some(other) => panic!("{other:?}"),
                    None => break true,
                }
                // A page at a time: there is a watermark when its rows are all taken.
                if taken >= stop && run.watermark().is_some() {
                    break false;
                }
            };
            watermark = run.watermark();
            if complete {
                break;
            }
        }
        assert_eq!(read, ids, "stopped after {stop}");
        // What changes later comes again, in its new place, and alone.
        let mut run = campfire.invoice_payments().list().sync(watermark.clone());
        assert!(run.try_next().await.unwrap().is_none());
        assert_eq!(run.watermark(), watermark);
    }
    let mut run = campfire.invoice_payments().list().sync(None);
    while run.try_next().await.unwrap().is_some() {}
    let watermark = run.watermark();
    let again = json!({"id": ids[5], "amount": "12.50", "last_modified_at": moment(50)});
    sandbox.seed("invoices.payments", again).unwrap();
    let mut run = campfire.invoice_payments().list().sync(watermark);
    let Some(Change::Changed(payment)) = run.try_next().await.unwrap() else { panic!("nothing has changed") };
    assert_eq!(payment.id, ids[5]);
    assert!(run.try_next().await.unwrap().is_none());
}
