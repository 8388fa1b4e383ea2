//! Incremental runs return exactly what has changed, and advance only when everything has been read.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use campfire::sandbox::{Fault, FaultRule, ResponseStyle, Sandbox};
use campfire::types::{Tag, TagUpdate};
use campfire::{Change, ChangeStream, Client, Error, Patch, SyncWarning, Timestamp, Watermark};
use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::support::sandbox::without_retries;
use crate::support::server::{accept, listen};
use crate::support::{block_on, client, property_config};

/// Reads a run to its end. Returns the changed tags by id, and the ids of the deleted ones.
async fn read(run: &mut ChangeStream<Tag>) -> (BTreeMap<i64, Tag>, BTreeSet<i64>) {
    let (mut changed, mut deleted) = (BTreeMap::new(), BTreeSet::new());
    while let Some(change) = run.try_next().await.unwrap() {
        match change {
            Change::Changed(tag) => assert!(changed.insert(tag.id.get(), tag).is_none(), "a record came twice"),
            Change::Deleted(tag) => assert!(tag.deleted_at.is_some() && deleted.insert(tag.id), "a record came twice"),
            other => panic!("{other:?}"),
        }
    }
    (changed, deleted)
}

/// The tags on the server, and what has changed since the last run.
#[derive(Default)]
struct Expected {
    live: BTreeSet<i64>,
    dead: BTreeSet<i64>,
    changed: BTreeSet<i64>,
    deleted: BTreeSet<i64>,
}

impl Expected {
    /// Creates, deletes, restores or updates a random tag.
    async fn write(&mut self, sandbox: &Sandbox, campfire: &Client, random: &mut fastrand::Rng, name: String) {
        let pick =
            |set: &BTreeSet<i64>, random: &mut fastrand::Rng| set.iter().nth(random.usize(..set.len().max(1))).copied();
        match random.u8(0..4) {
            0 => {
                let id = sandbox.seed("tags", json!({"name": name})).unwrap();
                self.live.insert(id);
                self.changed.insert(id);
            }
            1 => {
                let Some(id) = pick(&self.live, random) else { return };
                campfire.tags().delete(id).await.unwrap();
                self.live.remove(&id);
                self.dead.insert(id);
                self.changed.remove(&id);
                self.deleted.insert(id);
            }
            2 => {
                let Some(id) = pick(&self.dead, random) else { return };
                sandbox.seed("tags", json!({"id": id, "name": name})).unwrap();
                self.dead.remove(&id);
                self.live.insert(id);
                self.deleted.remove(&id);
                self.changed.insert(id);
            }
            _ => {
                let Some(id) = pick(&self.live, random) else { return };
                let update = TagUpdate { name: Some(Patch::Set(name)), ..TagUpdate::default() };
                campfire.tags().update(id, &update).await.unwrap();
                self.changed.insert(id);
            }
        }
    }
}

proptest! {
    #![proptest_config(property_config(24))]

    #[test]
    fn a_run_returns_exactly_what_changed_since_the_last_one(
        size in 1_usize..120,
        page in 1_u32..40,
        rounds in prop::collection::vec((0_usize..30, 0_u64..200), 1..6),
        documented in any::<bool>(),
        seed in any::<u64>(),
    ) {
        block_on(async {
            let style = if documented { ResponseStyle::Documented } else { ResponseStyle::Observed };
            let sandbox = Sandbox::builder().response_style(style).start().await.unwrap();
            let campfire = without_retries(&sandbox);
            let mut random = fastrand::Rng::with_seed(seed);
            let seed_tag = |number| sandbox.seed("tags", json!({"name": format!("t{number}")})).unwrap();
            let mut expected = Expected { live: (0..size).map(seed_tag).collect(), ..Expected::default() };
            let mut first = campfire.tags().list().page_size(page).sync(None);
            let (changed, deleted) = read(&mut first).await;
            assert_eq!(changed.into_keys().collect::<BTreeSet<_>>(), expected.live);
            assert!(deleted.is_empty(), "the first run reports no deletions");
            // Between runs, only the serialized watermark is left.
            let mut saved = serde_json::to_string(&first.watermark().unwrap()).unwrap();
            for (round, (writes, seconds)) in rounds.into_iter().enumerate() {
                // The next run may come within the same second of the server, or minutes later.
                sandbox.advance(Duration::from_secs(seconds));
                (expected.changed, expected.deleted) = Default::default();
                for write in 0..writes {
                    expected.write(&sandbox, &campfire, &mut random, format!("r{round}-{write}")).await;
                }
                let watermark: Watermark = serde_json::from_str(&saved).unwrap();
                let mut run = campfire.tags().list().page_size(page).sync(watermark);
                let (changed, deleted) = read(&mut run).await;
                assert_eq!(changed.into_keys().collect::<BTreeSet<_>>(), expected.changed);
                assert_eq!(deleted, expected.deleted);
                saved = serde_json::to_string(&run.watermark().unwrap()).unwrap();
                assert!(!saved.contains(&sandbox.key()));
            }
        });
    }
}

#[tokio::test]
async fn an_interrupted_run_resumes_after_its_last_page() {
    let sandbox = Sandbox::start().await.unwrap();
    let campfire = without_retries(&sandbox);
    for number in 0..30 {
        sandbox.seed("tags", json!({"name": format!("t{number:02}")})).unwrap();
    }
    // Abandoned after some records: there is a watermark whenever all records of a page have been taken.
    let mut run = campfire.tags().list().page_size(10).sync(None);
    assert!(run.watermark().is_none());
    let mut first = BTreeSet::new();
    // Each page but the first starts with the last record of the one before, which is not returned again.
    for taken in 1..=19 {
        let Some(Change::Changed(tag)) = run.try_next().await.unwrap() else { panic!("30 tags exist") };
        first.insert(tag.id.get());
        assert_eq!(run.watermark().is_some(), taken == 10 || taken == 19, "{taken}");
    }
    let saved = run.watermark().unwrap();
    assert!(!saved.is_complete());
    drop(run);
    let saved: Watermark = serde_json::from_str(&serde_json::to_string(&saved).unwrap()).unwrap();
    let mut run = campfire.tags().list().page_size(10).sync(saved.clone());
    assert_eq!(run.watermark().as_ref(), Some(&saved), "nothing was read yet");
    let rest: BTreeSet<i64> = read(&mut run).await.0.into_keys().collect();
    assert!(rest.len() == 11 && rest.is_disjoint(&first), "{first:?} {rest:?}");
    let complete = run.watermark().unwrap();
    assert!(complete.is_complete() && complete.at() == saved.at(), "the next run starts as the interrupted one began");
    assert!(read(&mut campfire.tags().list().sync(complete)).await.0.is_empty());

    // Interrupted by the server.
    sandbox.inject(FaultRule::new(Fault::Status(500)).operation("tags.list").after(2)).unwrap();
    let mut run = campfire.tags().list().page_size(10).sync(None);
    let mut taken = 0;
    let error = loop {
        match run.try_next().await {
            Ok(Some(_)) => taken += 1,
            Ok(None) => panic!("the run ended as if it were complete"),
            Err(error) => break error,
        }
    };
    assert!(taken == 19 && matches!(error, Error::Server(_)), "{taken} {error}");
    assert!(run.try_next().await.unwrap().is_none());
    sandbox.clear_faults();
    let mut run = campfire.tags().list().page_size(10).sync(run.watermark());
    assert_eq!(read(&mut run).await.0.len(), 11);
}

#[tokio::test]
async fn a_run_that_is_interrupted_while_it_reads_deletions_resumes_there() {
    let sandbox = Sandbox::start().await.unwrap();
    let campfire = without_retries(&sandbox);
    let ids: Vec<i64> =
        (0..5).map(|number| sandbox.seed("tags", json!({"name": format!("t{number}")})).unwrap()).collect();
    let mut run = campfire.tags().list().sync(None);
    read(&mut run).await;
    let watermark = run.watermark().unwrap();
    campfire.tags().delete(ids[0]).await.unwrap();
    sandbox.inject(FaultRule::new(Fault::Status(500)).operation("tags.list").after(1)).unwrap();
    let mut run = campfire.tags().list().sync(watermark);
    let page = run.try_next_page().await.unwrap().unwrap();
    assert!(page.changes.is_empty() && !page.watermark.as_ref().unwrap().is_complete());
    assert!(run.try_next_page().await.is_err() && run.watermark() == page.watermark);
    sandbox.clear_faults();
    let requests = sandbox.requests().len();
    let mut run = campfire.tags().list().sync(page.watermark);
    let page = run.try_next_page().await.unwrap().unwrap();
    assert!(matches!(&page.changes[..], [Change::Deleted(tag)] if tag.id == ids[0]), "{page:?}");
    assert!(page.watermark.unwrap().is_complete(), "the last page has the watermark of the run");
    assert!(run.try_next_page().await.unwrap().is_none());
    assert_eq!(sandbox.requests().len(), requests + 1, "the changes are not read again");
}

/// A run that the user limits does not pass for complete.
#[tokio::test]
async fn a_run_that_is_cut_short_resumes() {
    let sandbox = Sandbox::start().await.unwrap();
    let campfire = without_retries(&sandbox);
    for number in 0..25 {
        sandbox.seed("tags", json!({"name": format!("t{number:02}")})).unwrap();
    }
    let (mut ids, mut saved) = (BTreeSet::new(), None);
    let mut runs = 0;
    while saved.as_ref().is_none_or(|saved: &Watermark| !saved.is_complete()) {
        let mut run = campfire.tags().list().page_size(5).max_items(10).sync(saved);
        ids.extend(read(&mut run).await.0.into_keys());
        saved = run.watermark();
        runs += 1;
    }
    assert_eq!((ids.len(), runs), (25, 3));
}

proptest! {
    #![proptest_config(property_config(24))]

    /// However often it is interrupted, and whatever others write meanwhile, the copy is that of the server in the end.
    #[test]
    fn a_copy_that_is_interrupted_at_any_page_ends_up_right(
        size in 1_usize..100,
        page in 1_u32..20,
        stops in prop::collection::vec((0_usize..4, 0_usize..6), 1..12),
        seed in any::<u64>(),
    ) {
        block_on(async {
            let sandbox = Sandbox::start().await.unwrap();
            let campfire = without_retries(&sandbox);
            let mut random = fastrand::Rng::with_seed(seed);
            let seed_tag = |number| sandbox.seed("tags", json!({"name": format!("t{number}")})).unwrap();
            let mut expected = Expected { live: (0..size).map(seed_tag).collect(), ..Expected::default() };
            let mut copy: BTreeMap<i64, Tag> = BTreeMap::new();
            let mut saved: Option<String> = None;
            // The last two runs are not interrupted: one ends the run that was, the other reads what was written during it.
            for (round, (pages, writes)) in stops.into_iter().chain([(usize::MAX, 0), (usize::MAX, 0)]).enumerate() {
                let since: Option<Watermark> = saved.as_deref().map(|saved| serde_json::from_str(saved).unwrap());
                let mut run = campfire.tags().list().page_size(page).sync(since);
                for _ in 0..pages {
                    let Some(page) = run.try_next_page().await.unwrap() else { break };
                    assert!(page.rejected.is_empty());
                    for change in page.changes {
                        match change {
                            Change::Changed(tag) => drop(copy.insert(tag.id.get(), tag)),
                            Change::Deleted(tag) => drop(copy.remove(&tag.id)),
                            other => panic!("{other:?}"),
                        }
                    }
                    saved = page.watermark.map(|watermark| serde_json::to_string(&watermark).unwrap());
                }
                for write in 0..writes {
                    expected.write(&sandbox, &campfire, &mut random, format!("r{round}-{write}")).await;
                }
            }
            let server: BTreeMap<i64, Tag> =
                campfire.tags().list().all().await.unwrap().into_iter().map(|tag| (tag.id.get(), tag)).collect();
            assert_eq!(copy, server);
        });
    }
}

#[tokio::test]
async fn watermarks_start_at_a_given_time_and_belong_to_one_list() {
    let sandbox = Sandbox::start().await.unwrap();
    let campfire = without_retries(&sandbox);
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
    assert!(matches!(error, Error::Request(_)) && error.to_string().contains("not to `vendors.list`"), "{error}");
    assert!(vendors.try_next().await.unwrap().is_none() && vendors.watermark().is_none());
}

#[tokio::test]
async fn lists_with_a_default_time_window_request_all_time() {
    let sandbox = Sandbox::start().await.unwrap();
    let campfire = without_retries(&sandbox);
    let mut run = campfire.transactions().list().sync(None);
    assert!(run.try_next().await.unwrap().is_none());
    let mut run = campfire.transactions().list().sync(run.watermark());
    assert!(run.try_next().await.unwrap().is_none());
    let queries: Vec<String> = sandbox.requests().into_iter().map(|request| request.query).collect();
    assert_eq!(queries.len(), 3, "everything, then the changes, then the deletions: {queries:?}");
    assert!(queries.iter().all(|query| query.contains("all_time=true")), "{queries:?}");
    assert!(queries[1].contains("last_modified_at__gte") && queries[2].contains("include_deleted=true"), "{queries:?}");
}

#[tokio::test]
async fn an_ordered_feed_can_be_saved_midway() {
    let sandbox = Sandbox::start().await.unwrap();
    let campfire = without_retries(&sandbox);
    let time = |second: usize| format!("2026-03-01T00:00:{second:02}Z");
    // Three payments share each second, so the inclusive boundary falls between payments of the same second.
    let ids: Vec<i64> = (0..30)
        .map(|number| sandbox.seed("invoices.payments", json!({"last_modified_at": time(number / 3)})).unwrap())
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
                        read.push(payment.id.get());
                        taken += 1;
                    }
                    Some(other) => panic!("{other:?}"),
                    None => break true,
                }
                // There is a watermark whenever all records of a page have been taken.
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
        // The next run finds nothing new and keeps the watermark.
        let mut run = campfire.invoice_payments().list().sync(watermark.clone());
        assert!(run.try_next().await.unwrap().is_none());
        assert_eq!(run.watermark(), watermark);
    }
    let mut run = campfire.invoice_payments().list().sync(None);
    while run.try_next().await.unwrap().is_some() {}
    let watermark = run.watermark();
    let again = json!({"id": ids[5], "amount": "12.50", "last_modified_at": time(50)});
    sandbox.seed("invoices.payments", again).unwrap();
    let mut run = campfire.invoice_payments().list().sync(watermark);
    let Some(Change::Changed(payment)) = run.try_next().await.unwrap() else { panic!("the change is missing") };
    assert_eq!(payment.id, ids[5]);
    assert!(run.try_next().await.unwrap().is_none());
}

/// A change that is committed late, with an earlier time, is found within the overlap.
#[tokio::test]
async fn the_overlap_finds_changes_that_are_committed_late() {
    let sandbox = Sandbox::start().await.unwrap();
    let campfire = without_retries(&sandbox);
    sandbox.seed("tags", json!({"name": "early"})).unwrap();
    let complete = async |mut run: ChangeStream<Tag>| {
        read(&mut run).await;
        run.watermark().unwrap()
    };
    let narrow = complete(campfire.tags().list().sync(None)).await;
    let wide = complete(campfire.tags().list().sync(None).overlap(Duration::from_secs(3_600))).await;
    assert!((3_500..3_600).contains(&(narrow.at().unix_seconds() - wide.at().unix_seconds())), "{narrow:?} {wide:?}");

    let ten_minutes_before = Timestamp::from_unix_seconds(narrow.at().unix_seconds() - 600).unwrap();
    let late = json!({"name": "late", "last_modified_at": ten_minutes_before.to_string()});
    let late = sandbox.seed("tags", late).unwrap();
    let missed = read(&mut campfire.tags().list().sync(narrow)).await.0;
    assert!(missed.is_empty(), "{missed:?}");
    let found = read(&mut campfire.tags().list().sync(wide)).await.0;
    assert_eq!(found.into_keys().collect::<Vec<_>>(), [late], "records that were read before do not come again");
}

/// Serves the records that `respond` returns for a query, with this header line.
async fn serve(header: String, respond: impl Fn(&str) -> Vec<Value> + Send + 'static) -> Client {
    let (listener, url) = listen().await;
    tokio::spawn(async move {
        loop {
            let (mut stream, request) = accept(&listener).await;
            let head = String::from_utf8_lossy(&request);
            let target = head.split(' ').nth(1).unwrap_or_default();
            let records = respond(target);
            let body = json!({"count": records.len(), "next": null, "results": records}).to_string();
            let length = body.len();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n{header}connection: close\r\n\r\n");
            let _ = stream.write_all((head + &body).as_bytes()).await;
        }
    });
    client(url)
}

fn in_seconds(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(Timestamp::now().unix_seconds() + seconds).unwrap()
}

/// Returns a `Date` header that many seconds from now.
fn date(seconds: i64) -> String {
    let at = in_seconds(seconds).unix_seconds();
    format!("date: {}\r\n", httpdate::fmt_http_date(std::time::UNIX_EPOCH + Duration::from_secs(at as u64)))
}

const DAY: i64 = 86_400;

#[tokio::test]
async fn a_watermark_is_not_later_than_either_clock_and_odd_clocks_are_reported() {
    for (header, latest, reported) in [
        (date(0), 0, None),
        (date(30), 0, None),
        (date(DAY), 0, Some("the watermark is the earlier time")),
        (date(1_000 * DAY), 0, Some("the watermark is the earlier time")),
        (date(-DAY), -DAY, Some("the watermark is the earlier time")),
        (String::new(), 0, Some("has no `Date`")),
        ("date: tomorrow\r\n".to_owned(), 0, Some("cannot be read (\"tomorrow\")")),
    ] {
        let tag = json!({"id": 1});
        let live = move |target: &str| if target.contains("include_deleted") { vec![] } else { vec![tag.clone()] };
        let campfire = serve(header.clone(), live).await;
        for since in [None, Some(Watermark::from(in_seconds(-10 * DAY)))] {
            let mut run = campfire.tags().list().sync(since);
            assert_eq!(read(&mut run).await.0.len(), 1);
            let at = run.watermark().unwrap().at();
            // A minute of overlap, and a few seconds for this test.
            assert!(at <= in_seconds(latest - 60) && at >= in_seconds(latest - 70), "{header}: {at}");
            let warnings: Vec<String> = run.warnings().iter().map(SyncWarning::to_string).collect();
            match reported {
                None => assert!(warnings.is_empty(), "{header}: {warnings:?}"),
                Some(text) => assert!(warnings.len() == 1 && warnings[0].contains(text), "{header}: {warnings:?}"),
            }
        }
    }
}

/// A watermark that an older version saved while a clock was wrong does not hide changes for good.
#[tokio::test]
async fn a_watermark_in_the_future_is_reported_and_corrected() {
    let future = in_seconds(DAY);
    let campfire = serve(date(0), |_| Vec::new()).await;
    let mut tags = campfire.tags().list().sync(Watermark::from(future));
    assert!(tags.try_next().await.unwrap().is_none());
    let mut payments = campfire.invoice_payments().list().sync(Watermark::from(future));
    assert!(payments.try_next().await.unwrap().is_none());
    for (warnings, watermark) in [(tags.warnings(), tags.watermark()), (payments.warnings(), payments.watermark())] {
        assert_eq!(warnings, [SyncWarning::FutureWatermark(future)]);
        assert!(watermark.unwrap().at() < in_seconds(0));
    }
}

#[tokio::test]
async fn only_records_that_say_so_are_deleted() {
    let campfire = serve(date(0), |target| match target.contains("include_deleted") {
        false => vec![json!({"id": 1}), json!({"id": 2, "is_deleted": true})],
        true => vec![
            json!({"id": 1, "is_deleted": false}),
            json!({"id": 2, "is_deleted": true}),
            json!({"id": 3, "is_deleted": true, "deleted_at": null}),
            json!({"id": 4, "deleted_at": "2026-01-01T00:00:00Z"}),
            json!({"id": 5, "deleted_at": null}),
            json!({"id": 6}),
        ],
    })
    .await;
    let mut run = campfire.tags().list().sync(Watermark::from(in_seconds(-DAY)));
    let (mut changed, mut deleted) = (Vec::new(), Vec::new());
    while let Some(change) = run.try_next().await.unwrap() {
        match change {
            Change::Changed(tag) => changed.push(tag.id.get()),
            Change::Deleted(tag) => deleted.push(tag.id),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((changed, deleted), (vec![1], vec![2, 3, 4]));
    assert_eq!(run.warnings(), [SyncWarning::NotMarkedAsDeleted(2)]);
}

/// A record of an ordered feed that claims to have changed in the future does not hide the changes until then.
#[tokio::test]
async fn a_record_from_the_future_does_not_move_the_watermark_there() {
    let first = json!({"id": 1, "last_modified_at": "2099-01-01T00:00:00Z"});
    let campfire = serve(date(0), move |target| match target.contains("last_modified_at__gte") {
        false => vec![first.clone()],
        true => vec![json!({"id": 2, "last_modified_at": in_seconds(0).to_string()}), first.clone()],
    })
    .await;
    let mut run = campfire.invoice_payments().list().sync(None);
    assert!(matches!(run.try_next().await.unwrap(), Some(Change::Changed(payment)) if payment.id == 1));
    assert!(run.try_next().await.unwrap().is_none());
    let watermark = run.watermark().unwrap();
    assert!(watermark.at() <= Timestamp::now());
    let mut run = campfire.invoice_payments().list().sync(watermark);
    assert!(matches!(run.try_next().await.unwrap(), Some(Change::Changed(payment)) if payment.id == 2));
    assert!(run.try_next().await.unwrap().is_none(), "what has not changed comes again");
}

/// A feed that is not sorted by the time of changes, against its description, has no watermark on the way.
#[tokio::test]
async fn an_ordered_feed_in_another_order_is_reported() {
    let times = ["2026-03-02T00:00:00Z", "2026-03-01T00:00:00Z"];
    let records = move |_: &str| (0..2).map(|id| json!({"id": id, "last_modified_at": times[id]})).collect();
    let campfire = serve(date(0), records).await;
    let mut run = campfire.invoice_payments().list().sync(Watermark::from(in_seconds(-1_000 * DAY)));
    while run.try_next().await.unwrap().is_some() {}
    assert_eq!(run.warnings(), [SyncWarning::NotInOrder]);
    assert!(run.watermark().is_some_and(|watermark| watermark.at() <= in_seconds(-60)));
}

#[tokio::test]
async fn a_damaged_watermark_is_rejected() {
    let tag = json!({"id": 1, "last_modified_at": in_seconds(0).to_string()});
    let campfire = serve(date(0), move |_| vec![tag.clone()]).await;
    let mut run = campfire.tags().list().sync(None);
    read(&mut run).await;
    let watermark = run.watermark().unwrap();
    let text = serde_json::to_string(&watermark).unwrap();
    for bit in 0..8 * text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let Ok(damaged) = serde_json::from_slice::<Watermark>(&bytes) else { continue };
        if damaged != watermark {
            let error = campfire.tags().list().sync(damaged).try_next().await.unwrap_err();
            assert!(matches!(error, Error::Request(_)), "{}: {error}", String::from_utf8_lossy(&bytes));
        }
    }
    let old = text.replace("\"v\":2", "\"v\":1");
    let old: Watermark = serde_json::from_str(&old).unwrap();
    let error = campfire.tags().list().sync(old).try_next().await.unwrap_err();
    assert!(error.to_string().contains("has version 1"), "{error}");
}

/// A record looks the same each time that it is deleted within a second, so a run must not take a deletion for one that it
/// has returned before.
#[tokio::test]
async fn a_record_that_is_restored_and_deleted_again_is_deleted_again() {
    let sandbox = Sandbox::start().await.unwrap();
    let campfire = without_retries(&sandbox);
    sandbox.freeze(true);
    let tag = sandbox.seed("tags", json!({"name": "first"})).unwrap();
    let mut run = campfire.tags().list().sync(None);
    read(&mut run).await;
    campfire.tags().delete(tag).await.unwrap();
    let mut run = campfire.tags().list().sync(run.watermark());
    assert_eq!(read(&mut run).await.1.into_iter().collect::<Vec<_>>(), [tag]);
    // Restored, returned as changed, and deleted before the list of deleted records is read.
    sandbox.seed("tags", json!({"id": tag, "name": "first"})).unwrap();
    let mut run = campfire.tags().list().sync(run.watermark());
    let page = run.try_next_page().await.unwrap().unwrap();
    assert!(matches!(&page.changes[..], [Change::Changed(changed)] if changed.id == tag), "{page:?}");
    campfire.tags().delete(tag).await.unwrap();
    let mut resumed = campfire.tags().list().sync(page.watermark);
    assert_eq!(read(&mut resumed).await.1.into_iter().collect::<Vec<_>>(), [tag]);
    assert_eq!(read(&mut run).await.1.into_iter().collect::<Vec<_>>(), [tag], "the run that goes on sees it as well");
}

#[tokio::test]
async fn a_run_starts_over_where_its_place_is_gone() {
    let sandbox = Sandbox::start().await.unwrap();
    let campfire = without_retries(&sandbox);
    let ids: Vec<i64> =
        (0..3).map(|number| sandbox.seed("tags", json!({"name": format!("t{number}")})).unwrap()).collect();
    let mut run = campfire.tags().list().page_size(1).sync(None);
    let saved = run.try_next_page().await.unwrap().unwrap().watermark;
    campfire.tags().delete(ids[0]).await.unwrap();
    let mut run = campfire.tags().list().page_size(1).sync(saved);
    assert_eq!(read(&mut run).await.0.into_keys().collect::<Vec<_>>(), ids[1..]);
    let mut run = campfire.tags().list().sync(run.watermark());
    assert_eq!(read(&mut run).await.1.into_iter().collect::<Vec<_>>(), [ids[0]]);
}
