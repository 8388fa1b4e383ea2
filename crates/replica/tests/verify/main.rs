//! Verifies copies of a sandbox's company: clean ones, and ones with planted faults.

mod company;
mod faults;
mod proxy;

use std::time::Duration;

use campfire::{Json, JsonObject, tables};
use campfire_replica::copy::ReadCopy;
use campfire_replica::layout::Layout;
use campfire_replica::replica::Replica;
use campfire_replica::sink::sqlite::Sqlite;
use campfire_replica::sink::{Batch, RowChange, Sink};
use campfire_replica::verify::balances::Balances;
use campfire_replica::verify::carry::Carry;
use campfire_replica::verify::finding::Fault;
use campfire_replica::verify::memory::MemoryCopy;
use campfire_replica::verify::report::{Note, Report};
use campfire_replica::verify::run::Verify;
use fastrand::Rng;

use company::{Company, TABLES, copy};
use faults::{Planted, Score};
use proxy::Proxy;

/// Plants faults into copies of several companies, up to six into each copy.
async fn plant(seed: u64, faults: usize) -> Score {
    let (company, mut random, mut score) = (Company::start().await, Rng::with_seed(seed), Score::default());
    while score.planted < faults {
        company.found(&mut random, 60).await;
        let clean = company.copy().await;
        for _ in 0..8 {
            let mut copy = clean.clone();
            let number = random.usize(1..=6).min(faults - score.planted);
            let planted = Planted::plant(&mut random, &mut copy, number);
            let report = Verify::new(&company.client, &copy).run().await.unwrap();
            score += judge(&planted, &report);
            if score.planted >= faults {
                break;
            }
        }
    }
    println!("{score:?}");
    score
}

/// Lets the list of ledger lines return something else than the server has, while the copy is made and while it is verified.
async fn plant_in_list(seed: u64, faults: usize) -> Score {
    let (company, mut random, mut score) = (Company::start().await, Rng::with_seed(seed), Score::default());
    let proxy = Proxy::start(company.sandbox.url(), &company.sandbox.key()).await;
    while score.planted < faults {
        company.found(&mut random, 60).await;
        let clean = company.copy().await;
        for _ in 0..8 {
            let number = random.usize(1..=3).min(faults - score.planted);
            let (planted, changes) = Planted::in_list(&mut random, &clean, number);
            proxy.set(changes);
            let report = Verify::new(&proxy.client, &copy(&proxy.client).await).run().await.unwrap();
            score += judge(&planted, &report);
            if score.planted >= faults {
                break;
            }
        }
    }
    println!("{score:?}");
    score
}

/// Compares a report with what was planted, and prints it if it is wrong.
fn judge(planted: &Planted, report: &Report) -> Score {
    let score = planted.score(report);
    if score.named < score.planted || score.invented > 0 {
        println!("{score:?} {planted:?}\n{report}");
    }
    score
}

/// Verifies copies without a fault. Returns the number of findings.
async fn verify_clean(seed: u64, runs: usize) -> usize {
    let (company, mut random, mut invented) = (Company::start().await, Rng::with_seed(seed), 0);
    for run in 0..runs {
        if run % 5 == 0 {
            let rows = random.usize(10..100);
            company.found(&mut random, rows).await;
        } else {
            company.trade(&mut random, 4).await;
        }
        let copy = company.copy().await;
        let report = Verify::new(&company.client, &copy).run().await.unwrap();
        if !report.is_clean() || !report.notes.is_empty() {
            println!("run {run}: {report}");
        }
        invented += report.findings.len() + report.later.len() + report.notes.len();
    }
    invented
}

#[tokio::test(flavor = "multi_thread")]
async fn planted_faults_are_named() {
    let score = plant(1, 60).await;
    assert_eq!(score, Score { planted: 60, named: 60, invented: 0 });
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_a_list_never_returns_are_named() {
    let score = plant_in_list(6, 10).await;
    assert_eq!(score, Score { planted: 10, named: 10, invented: 0 });
}

#[tokio::test(flavor = "multi_thread")]
async fn clean_copies_tie_out() {
    assert_eq!(verify_clean(2, 20).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes; cargo test --release -p campfire-replica --features sink-sqlite --test verify -- --ignored --nocapture thousand"]
async fn a_thousand_planted_faults_are_named() {
    let mut score = Score::default();
    let copies: Vec<_> = (0..4).map(|part| tokio::spawn(plant(100 + part, 200))).collect();
    let lists: Vec<_> = (0..2).map(|part| tokio::spawn(plant_in_list(200 + part, 100))).collect();
    for part in copies.into_iter().chain(lists) {
        score += part.await.unwrap();
    }
    println!("{score:?}");
    assert_eq!(score.invented, 0, "{score:?}");
    assert!(score.named * 100 >= score.planted * 99, "{score:?}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes; cargo test --release -p campfire-replica --features sink-sqlite --test verify -- --ignored --nocapture thousand"]
async fn a_thousand_clean_copies_tie_out() {
    let parts: Vec<_> = (0..4).map(|part| tokio::spawn(verify_clean(300 + part, 250))).collect();
    for part in parts {
        assert_eq!(part.await.unwrap(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_in_a_database_is_verified() {
    let (company, mut random) = (Company::start().await, Rng::with_seed(5));
    company.found(&mut random, 60).await;
    let replica = Replica::new(company.client.clone(), Sqlite::in_memory().unwrap()).tables(TABLES);
    assert!(replica.run().await.unwrap().is_complete());
    let report = Verify::new(&company.client, replica.sink()).run().await.unwrap();
    assert!(report.is_clean() && report.notes.is_empty(), "{report}");
    company.trade(&mut random, 30).await;
    let report = Verify::new(&company.client, replica.sink()).run().await.unwrap();
    assert!(report.is_clean() && !report.later.is_empty(), "the copy knows when it was made: {report}");
    let distant = "9000-01-01T00:00:00Z".parse().unwrap();
    let all = Verify::new(&company.client, replica.sink()).copied_at(distant).run().await.unwrap();
    assert_eq!((all.findings.len(), all.later.len()), (report.later.len(), 0), "{all}");
    assert!(replica.run().await.unwrap().is_complete());
    let report = Verify::new(&company.client, replica.sink()).run().await.unwrap();
    assert!(report.is_clean() && report.notes.is_empty(), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn balances_are_carried_through_a_run() {
    let (company, mut random) = (Company::start().await, Rng::with_seed(7));
    company.found(&mut random, 60).await;
    company.sandbox.advance(Duration::from_secs(60));
    let copy = Sqlite::in_memory().unwrap();
    assert!(Replica::new(company.client.clone(), copy.clone()).tables(TABLES).run().await.unwrap().is_complete());
    let yesterday = Verify::new(&company.client, &copy).run().await.unwrap().balances;
    // Balances are saved between the runs.
    let yesterday: Balances = serde_json::from_str(&serde_json::to_string(&yesterday).unwrap()).unwrap();
    company.trade(&mut random, 20).await;
    company.sandbox.advance(Duration::from_secs(60));
    let carry = Carry::new(copy.clone(), yesterday.clone());
    let replica = Replica::new(company.client.clone(), carry).tables(TABLES);
    assert!(replica.run().await.unwrap().is_complete());
    let today = replica.sink().balances();
    assert_ne!(today, yesterday);
    let report = Verify::new(&company.client, &copy).carried_forward(&today).run().await.unwrap();
    assert!(report.is_clean() && report.balances == today, "{report}");

    // Somebody deletes a line of the copy.
    let layout = Layout::of(tables::get("transactions").unwrap());
    let line = &copy.records("transactions", None, 1).await.unwrap()[0];
    let id = line["id"].as_i64().unwrap();
    let mut batch = Batch::default();
    batch.changes = vec![RowChange::Delete(id)];
    batch.state = copy.open(&layout).await.unwrap().unwrap();
    copy.write(&layout, batch).await.unwrap();
    let report = Verify::new(&company.client, &copy).carried_forward(&today).run().await.unwrap();
    let found: Vec<_> = report.findings.iter().map(|finding| (finding.fault, finding.id, finding.account)).collect();
    let account = line["account"].as_i64();
    assert_eq!(found, [(Fault::Missing, Some(id), account), (Fault::CarriedForward, None, account)], "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn later_changes_are_not_faults_of_the_copy() {
    let (company, mut random) = (Company::start().await, Rng::with_seed(8));
    company.found(&mut random, 60).await;
    let (copy, copied) = (company.copy().await, company.sandbox.time());
    company.sandbox.advance(Duration::from_secs(60));
    company.trade(&mut random, 20).await;
    let report = Verify::new(&company.client, &copy).copied_at(copied).run().await.unwrap();
    assert!(report.is_clean() && report.later.len() > 20, "{report}");
    let without = Verify::new(&company.client, &copy).run().await.unwrap();
    assert_eq!(without.findings.len(), report.later.len(), "{without}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_key_cannot_see_is_said_and_not_counted_as_a_loss() {
    let (company, mut random) = (Company::start().await, Rng::with_seed(9));
    company.found(&mut random, 60).await;
    company.trade(&mut random, 20).await;
    let entity = company.sandbox.records("entities").swap_remove(0);
    let seen = entity["id"].as_i64();
    let page = Json::from(JsonObject::from([
        ("count".to_owned(), Json::from(1)),
        ("results".to_owned(), Json::from(vec![Json::from(entity)])),
    ]));
    company.sandbox.stub("entities.list", 200, page).unwrap();
    let mut copy = company.copy().await;
    let (ours, hidden): (Vec<Json>, Vec<Json>) =
        copy.table("transactions").iter().cloned().partition(|line| line["entity"].as_i64() == seen);
    let ids: Vec<i64> = hidden.iter().filter_map(|line| line["id"].as_i64()).collect();
    assert!(!ids.is_empty() && hidden.iter().all(|line| line["entity"].as_i64() == Some(2)));
    let report = Verify::new(&company.client, &copy).run().await.unwrap();
    assert!(report.is_clean(), "{report}");
    let lines = u64::try_from(ids.len()).unwrap();
    assert!(report.notes.iter().any(|note| matches!(note, Note::Hidden { lines: Some(all), .. } if *all == lines)));
    let out = Note::OutOfScope { table: "transactions".to_owned(), entity: Some(2), ids };
    assert!(report.notes.contains(&out), "{report}");

    // A copy that was made with such a key, and lacks a line that the key can see.
    let missing = ours[ours.len() / 2]["id"].as_i64();
    copy.set("transactions", ours.into_iter().filter(|line| line["id"].as_i64() != missing).collect()).unwrap();
    let report = Verify::new(&company.client, &copy).run().await.unwrap();
    let found: Vec<_> = report.findings.iter().map(|finding| (finding.fault, finding.id)).collect();
    assert_eq!(found, [(Fault::Missing, missing)], "{report}");
}

#[tokio::test]
async fn a_copy_without_the_ledger_is_refused() {
    let company = Company::start().await;
    let error = Verify::new(&company.client, &MemoryCopy::new()).run().await.unwrap_err();
    assert!(error.to_string().contains("no table `transactions`"), "{error}");
}
