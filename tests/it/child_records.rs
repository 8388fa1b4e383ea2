//! Child records of every parent: their order, isolated failures, and resuming.

use campfire::sandbox::{Fault, FaultRule, Sandbox};
use serde_json::json;

use crate::support::client;
use crate::support::sandbox::{start, without_retries};
use crate::support::server::serve_get;

/// Adds 30 contracts with zero to three usage records each. Returns the pairs of contract and usage in order.
fn seed_contracts(sandbox: &Sandbox) -> Vec<(i64, i64)> {
    let mut pairs = Vec::new();
    for contract in 1..=30_i64 {
        sandbox.seed("contracts", json!({"id": contract})).unwrap();
        for number in 0..contract % 4 {
            let id = contract * 100 + number;
            sandbox.seed("contracts.usage", json!({"id": id, "contract": contract})).unwrap();
            pairs.push((contract, id));
        }
    }
    pairs
}

#[tokio::test]
async fn child_records_come_in_parent_order() {
    let (sandbox, campfire) = start().await;
    let expected = seed_contracts(&sandbox);
    for concurrency in [1, 8, 100] {
        let all = campfire.contracts().all_usage().concurrency(concurrency).parents(|list| list.page_size(7));
        let mut usage = all.stream();
        let mut read = Vec::new();
        while let Some((contract, usage)) = usage.try_next().await.unwrap() {
            read.push((contract, usage.id.get()));
        }
        assert_eq!(read, expected);
        assert!(usage.token().is_none());
    }
}

#[tokio::test]
async fn a_parent_that_fails_does_not_affect_the_others() {
    let (sandbox, campfire) = start().await;
    let expected = seed_contracts(&sandbox);
    sandbox.inject(FaultRule::new(Fault::Status(400)).path("/rr/api/v1/contracts/7/usage")).unwrap();
    let mut usage = campfire.contracts().all_usage().concurrency(4).stream();
    let (mut read, mut failed) = (Vec::new(), Vec::new());
    loop {
        match usage.try_next().await {
            Ok(Some((contract, usage))) => read.push((contract, usage.id.get())),
            Ok(None) => break,
            Err(error) => failed.push((error.parent(), error.to_string())),
        }
    }
    assert_eq!(failed.len(), 1);
    assert!(failed[0].0 == Some(7) && failed[0].1.starts_with("children of 7: contracts.usage.list"), "{failed:?}");
    assert_eq!(read, expected.iter().copied().filter(|(contract, _)| *contract != 7).collect::<Vec<_>>());
}

/// The parent that was not finished comes again, and the others do not.
#[tokio::test]
async fn child_records_resume_at_the_unfinished_parent() {
    let (sandbox, campfire) = start().await;
    let expected = seed_contracts(&sandbox);
    for stop in 0..expected.len() {
        let mut usage = campfire.contracts().all_usage().concurrency(4).stream();
        let mut read = Vec::new();
        for _ in 0..stop {
            let (contract, usage) = usage.try_next().await.unwrap().unwrap();
            read.push((contract, usage.id.get()));
        }
        let token = usage.token().unwrap();
        let mut usage = campfire.contracts().all_usage().concurrency(4).resume(&token).stream();
        let first = usage.try_next().await.unwrap().unwrap();
        read.retain(|(contract, _)| *contract != first.0);
        read.push((first.0, first.1.id.get()));
        while let Some((contract, usage)) = usage.try_next().await.unwrap() {
            read.push((contract, usage.id.get()));
        }
        assert_eq!(read, expected, "stopped after {stop}");
    }
}

#[tokio::test]
async fn failing_to_list_parents_ends_the_stream() {
    let (sandbox, _) = start().await;
    let campfire = without_retries(&sandbox);
    for contract in 1..=5_i64 {
        sandbox.seed("contracts", json!({"id": contract})).unwrap();
        sandbox.seed("contracts.usage", json!({"contract": contract})).unwrap();
    }
    // The first page of contracts succeeds, the second fails.
    sandbox.inject(FaultRule::new(Fault::Status(500)).operation("contracts.list").after(1)).unwrap();
    let mut usage = campfire.contracts().all_usage().parents(|list| list.page_size(3)).stream();
    let mut read = 0;
    let error = loop {
        match usage.try_next().await {
            Ok(Some(_)) => read += 1,
            Ok(None) => panic!("the stream ended as if every parent had been read"),
            Err(error) => break error,
        }
    };
    assert_eq!((read, error.parent()), (3, None));
    assert!(usage.try_next().await.unwrap().is_none());
}

/// A parent that cannot be decoded is an error in its place, not before the children of the parents before it.
#[tokio::test]
async fn errors_of_parents_keep_their_place() {
    let server = httpmock::MockServer::start_async().await;
    let contracts =
        json!({"count": 4, "next": null, "results": [{"id": 1}, {"id": 2}, {"deal_name": "no id"}, {"id": 4}]});
    serve_get(&server, "/rr/api/v1/contracts", contracts.to_string()).await;
    for contract in [1, 2, 4] {
        let usage = json!({"count": 1, "next": null, "results": [{"id": 10 * contract}]});
        serve_get(&server, format!("/rr/api/v1/contracts/{contract}/usage"), usage.to_string()).await;
    }
    for concurrency in [1, 4] {
        let mut usage = client(server.base_url()).contracts().all_usage().concurrency(concurrency).stream();
        let (mut read, mut done) = (Vec::new(), Vec::new());
        loop {
            match usage.try_next().await {
                Ok(None) => break,
                Ok(Some((contract, usage))) => read.push(Ok((contract, usage.id.get()))),
                Err(error) => read.push(Err(error.parent())),
            }
            done.push(usage.token().is_some());
        }
        assert_eq!(read, [Ok((1, 10)), Ok((2, 20)), Err(None), Ok((4, 40))], "{concurrency} at a time");
        assert_eq!(done, [true, true, true, false]);
    }
}
