//! Calls that block instead of awaiting.

use campfire::sandbox::Sandbox;
use campfire::types::ContractCreate;
use campfire::{Error, blocking};

/// Starts a sandbox on a runtime of its own.
fn start() -> (tokio::runtime::Runtime, Sandbox) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let sandbox = runtime.block_on(Sandbox::builder().page_limit(3).start()).unwrap();
    (runtime, sandbox)
}

fn client(sandbox: &Sandbox) -> blocking::Client {
    blocking::Client::builder().api_key(sandbox.key()).base_url(sandbox.url()).build_blocking().unwrap()
}

#[test]
fn calls_and_lists_work_without_async() {
    let (_runtime, sandbox) = start();
    let campfire = client(&sandbox);
    for _ in 0..10 {
        campfire.contracts().create(&ContractCreate::default()).wait().unwrap();
    }
    let contracts: Result<Vec<_>, _> = campfire.contracts().list().records().collect();
    assert_eq!(contracts.unwrap().len(), 10);
    assert_eq!(sandbox.requests().len(), 10 + 5, "pages of three records that overlap by one");
    let first = campfire.contracts().list().records().next().unwrap().unwrap();
    assert_eq!(*campfire.contracts().retrieve(first.id).wait().unwrap(), first);
    assert!(matches!(campfire.contracts().retrieve(999).wait(), Err(Error::NotFound(_))));
}

/// Whatever async code can do, a program without async can do as well.
#[test]
fn everything_else_can_be_waited_for() {
    use campfire::Method;
    use campfire::blocking::wait;

    let sandbox = wait(async { Sandbox::builder().page_limit(3).start().await.map_err(anyhow::Error::from) }).unwrap();
    let campfire = client(&sandbox);
    for _ in 0..10 {
        campfire.contracts().create(&ContractCreate::default()).wait().unwrap();
    }
    assert_eq!(wait(campfire.contracts().list().all()).unwrap().len(), 10);
    assert_eq!(wait(campfire.contracts().list().count()).unwrap(), Some(10));
    let pages: Result<Vec<_>, Error> = campfire.contracts().list().pages().wait().collect();
    assert_eq!(pages.unwrap().iter().map(|page| page.results.len()).sum::<usize>(), 10);
    let untyped = campfire.contracts().list().send_untyped().wait().unwrap();
    assert_eq!(untyped["count"].as_i64(), Some(10));
    let unlisted = campfire.request(Method::GET, "/rr/api/v1/contracts").wait().unwrap();
    assert_eq!(unlisted["results"], untyped["results"]);
    let panicked = wait::<(), Error>(async { panic!("a panic of the future") });
    assert!(matches!(panicked, Err(Error::Configuration(_))));
}

#[test]
fn many_threads_share_a_client() {
    let (_runtime, sandbox) = start();
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
async fn blocking_inside_async_code_does_not_panic() {
    let sandbox = Sandbox::start().await.unwrap();
    let campfire = client(&sandbox);
    campfire.contracts().create(&ContractCreate::default()).wait().unwrap();
    assert_eq!(campfire.into_inner().contracts().list().await.unwrap().results.len(), 1);
}

#[cfg(feature = "settings")]
#[test]
fn downloads_implement_read() {
    use std::io::Read;

    let (_runtime, sandbox) = start();
    let campfire = client(&sandbox);
    let content: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    let part = campfire::FilePart::from_bytes("scan.pdf", content.clone());
    let file = campfire.files().upload("contract".into(), part).wait().unwrap();
    let link = campfire.files().download_url(file.id).wait().unwrap().into_inner().url.unwrap();
    let mut read = Vec::new();
    campfire.download(&link).unwrap().into_reader().read_to_end(&mut read).unwrap();
    assert_eq!(read, content);
    assert!(matches!(campfire.download("http://files.example.com/x"), Err(Error::Request(_))));
}

/// A truncated file must not look like a shorter one.
#[test]
fn a_truncated_download_is_an_error() {
    use std::io::{Read, Write};

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf").unwrap();
    });
    let campfire = blocking::Client::builder().api_key("k").base_url(&address).build_blocking().unwrap();
    let mut reader = campfire.download(&format!("{address}/file")).unwrap().into_reader();
    let mut read = Vec::new();
    let error = reader.read_to_end(&mut read).unwrap_err();
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<Error>());
    assert!(matches!(cause, Some(Error::Transport(_))), "{error:?}");
    assert_eq!(read, b"half");
    server.join().unwrap();
}

#[test]
fn changes_and_child_records_can_be_iterated() {
    let (_runtime, sandbox) = start();
    for contract in 1..=3_i64 {
        sandbox.seed("contracts", serde_json::json!({"id": contract})).unwrap();
        sandbox.seed("contracts.usage", serde_json::json!({"contract": contract})).unwrap();
    }
    let campfire = sandbox.client().unwrap();
    let mut changes = campfire.contracts().list().sync(None).wait();
    assert_eq!(changes.by_ref().map(Result::unwrap).count(), 3);
    assert!(changes.stream().unwrap().watermark().is_some());
    let usage: Vec<i64> = campfire.contracts().all_usage().stream().wait().map(|record| record.unwrap().0).collect();
    assert_eq!(usage, [1, 2, 3]);
    let mut contracts = campfire.contracts().list().page_size(2).records();
    contracts.next().unwrap().unwrap();
    let token = contracts.stream().unwrap().token().unwrap();
    assert_eq!(campfire.contracts().list().resume(&token).records().count(), 2);
}
