//! Calls without async.

#![cfg(all(feature = "blocking", feature = "sandbox", feature = "revenue-recognition"))]

use campfire::sandbox::Sandbox;
use campfire::types::ContractCreate;
use campfire::{Error, blocking};

/// A sandbox that lives on a runtime of its own.
fn serve() -> (tokio::runtime::Runtime, Sandbox) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let sandbox = runtime.block_on(Sandbox::builder().page_limit(3).start()).unwrap();
    (runtime, sandbox)
}

fn client(sandbox: &Sandbox) -> blocking::Client {
    blocking::Client::builder().api_key(sandbox.key()).base_url(sandbox.url()).build_blocking().unwrap()
}

#[test]
fn the_same_tree_without_async() {
    let (_runtime, sandbox) = serve();
    let campfire = client(&sandbox);
    for _ in 0..10 {
        campfire.contracts().create(&ContractCreate::default()).wait().unwrap();
    }
    let rows: Result<Vec<_>, _> = campfire.contracts().list().rows().collect();
    assert_eq!(rows.unwrap().len(), 10);
    assert_eq!(sandbox.requests().len(), 10 + 4, "pages of three");
    let first = campfire.contracts().list().rows().next().unwrap().unwrap();
    assert_eq!(*campfire.contracts().retrieve(first.id).wait().unwrap(), first);
    assert!(matches!(campfire.contracts().retrieve(999).wait(), Err(Error::NotFound(_))));
}

#[test]
fn calls_from_many_threads() {
    let (_runtime, sandbox) = serve();
    let campfire = client(&sandbox);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..5 {
                    campfire.contracts().create(&ContractCreate::default()).wait().unwrap();
                }
            });
        }
    });
    assert_eq!(sandbox.count("contracts"), 40);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inside_async_code_it_blocks_and_does_not_panic() {
    let sandbox = Sandbox::start().await.unwrap();
    let campfire = client(&sandbox);
    campfire.contracts().create(&ContractCreate::default()).wait().unwrap();
    assert_eq!(campfire.into_inner().contracts().list().await.unwrap().results.len(), 1);
}
