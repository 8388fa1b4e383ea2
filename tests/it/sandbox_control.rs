//! What tests control in the sandbox: faults, roles, rate limits, tenants, the clock and snapshots, from Rust and over HTTP.

use std::time::Duration;

use campfire::sandbox::{Demo, Error as SandboxError, Fault, FaultRule, Moment, Role, Sandbox};
use campfire::types::{
    BulkPaymentApplication, ContractCreate, ContractUpdate, InvoiceCreate, InvoiceCreateRequired, InvoiceLineCreate,
    TerminateContract,
};
use campfire::{Error, RetryPolicy};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::sandbox::{builder, start, without_retries};
use crate::support::{day, money};

/// Sends a request as any HTTP client would. Returns the status and the body.
async fn http(sandbox: &Sandbox, method: &str, path: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(sandbox.url().trim_start_matches("http://")).await.unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Token {}\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{body}",
        sandbox.key(),
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

fn contract() -> ContractCreate {
    ContractCreate { deal_name: Some("Northwind".into()), ..ContractCreate::default() }
}

#[tokio::test]
async fn each_fault_strikes_at_its_moment() {
    // The fault, the number of requests processed despite it, and a part of the error text.
    let faults: [(Fault, usize, &str); 13] = [
        (Fault::Status(500), 0, "500"),
        (Fault::StatusAfterProcessing(502), 1, "may have been processed"),
        (Fault::RateLimited(Duration::from_secs(1)), 0, "429"),
        (Fault::Reset(Moment::MidRequest), 0, "may have been processed"),
        (Fault::Reset(Moment::BeforeProcessing), 0, "may have been processed"),
        (Fault::Reset(Moment::AfterProcessing), 1, "may have been processed"),
        (Fault::Reset(Moment::MidResponse), 1, "was cut off"),
        (Fault::Truncated, 1, "was cut off"),
        (Fault::Malformed, 1, ""),
        (Fault::Html(502), 0, ""),
        (Fault::Oversized(3_000_000), 1, "larger than"),
        (Fault::Delay(Duration::from_millis(1)), 1, "ok"),
        (Fault::Slow(Duration::from_millis(1)), 1, "ok"),
    ];
    for (fault, processed, text) in faults {
        let sandbox = Sandbox::start().await.unwrap();
        let campfire = builder(&sandbox).retry(RetryPolicy::none()).max_body(1_000_000).build().unwrap();
        sandbox.inject(FaultRule::new(fault).operation("contracts.create").times(1)).unwrap();
        // Other operations are not affected.
        campfire.contracts().list().await.unwrap();
        let outcome = campfire.contracts().create(&contract()).await;
        assert_eq!(sandbox.count("contracts"), processed, "{fault:?}");
        match outcome {
            Ok(_) => assert_eq!(text, "ok", "{fault:?}"),
            Err(error) => assert!(text != "ok" && error.to_string().contains(text), "{fault:?}: {error}"),
        }
        // The fault strikes only once.
        campfire.contracts().create(&contract()).await.unwrap();
    }
}

#[tokio::test]
async fn random_faults_follow_the_seed() {
    let mut drawn = Vec::new();
    for seed in [1, 1, 2] {
        let sandbox = Sandbox::builder().seed(seed).start().await.unwrap();
        sandbox.inject(FaultRule::new(Fault::Status(503)).operation("contracts.*").probability(0.5)).unwrap();
        let campfire = without_retries(&sandbox);
        let mut outcomes = Vec::new();
        for _ in 0..40 {
            outcomes.push(campfire.contracts().list().await.is_ok());
        }
        let good = outcomes.iter().filter(|good| **good).count();
        assert!((5..35).contains(&good), "{good} of 40");
        sandbox.clear_faults();
        campfire.contracts().list().await.unwrap();
        drawn.push(outcomes);
    }
    assert_eq!(drawn[0], drawn[1]);
    assert_ne!(drawn[0], drawn[2]);
}

#[tokio::test]
async fn connections_can_be_refused_and_accepted_again() {
    let sandbox = Sandbox::start().await.unwrap();
    let campfire = without_retries(&sandbox);
    campfire.contracts().list().await.unwrap();
    sandbox.refuse_connections(true).await;
    let error = campfire.contracts().list().await.unwrap_err();
    assert!(matches!(error, Error::Transport(_)), "{error:?}");
    sandbox.refuse_connections(false).await;
    campfire.contracts().list().await.unwrap();
}

#[tokio::test]
async fn roles_limit_what_a_key_may_do() {
    let (sandbox, admin) = start().await;
    let made = admin.contracts().create(&contract()).await.unwrap().id;
    let viewer = sandbox.client_for(Role::ViewOnly).unwrap();
    viewer.contracts().retrieve(made).await.unwrap();
    for outcome in [
        viewer.contracts().create(&contract()).await.map(drop),
        viewer.contracts().update(made, &ContractUpdate::default()).await.map(drop),
        viewer.contracts().delete(made).await.map(drop),
    ] {
        assert!(matches!(outcome, Err(Error::Permission(_))), "{outcome:?}");
    }
    let clerk = sandbox.client_for(Role::Clerk).unwrap();
    assert!(matches!(clerk.contracts().create(&contract()).await, Err(Error::Permission(_))));
    let body =
        TerminateContract { void_invoice_ids: Some(vec![5.into()]), ..TerminateContract::new(day("2026-12-31")) };
    let drafted = clerk.contracts().terminate(made, &body).await.unwrap();
    assert_eq!(drafted.contract_terminated, Some(false), "a success status does not mean that the change was made");
    assert!(drafted.contract_draft_id.is_some());
    assert_eq!(drafted.drafted_invoice_ids.as_deref(), Some(&[5.into()][..]));
    assert_eq!(admin.contracts().retrieve(made).await.unwrap().contract_end_date, None);
    let body = BulkPaymentApplication { invoice_ids: Some(vec![5.into()]), ..BulkPaymentApplication::new(1) };
    clerk.invoices().bulk_apply_payment(&body).await.unwrap();
}

#[tokio::test]
async fn requests_per_second_follow_the_sandbox_clock() {
    let sandbox = Sandbox::builder().requests_per_second(3).start().await.unwrap();
    let campfire = without_retries(&sandbox);
    for _ in 0..3 {
        campfire.contracts().list().await.unwrap();
    }
    let mut refused = campfire.contracts().list().await;
    // On a slow machine, the limit may have allowed further requests by now.
    while refused.is_ok() {
        refused = campfire.contracts().list().await;
    }
    let Err(Error::RateLimited(error)) = refused else { panic!("{refused:?}") };
    assert_eq!(error.retry_after(), Some(Duration::from_secs(1)));
    sandbox.advance(Duration::from_secs(1));
    campfire.contracts().list().await.unwrap();
}

#[tokio::test]
async fn tenants_are_isolated() {
    let (sandbox, ours) = start().await;
    let other = sandbox.add_tenant("other");
    assert_ne!(sandbox.key(), other.key());
    let theirs = other.client().unwrap();
    let made = ours.contracts().create(&contract()).await.unwrap().id;
    assert!(matches!(theirs.contracts().retrieve(made).await, Err(Error::NotFound(_))));
    assert_eq!((sandbox.count("contracts"), other.count("contracts")), (1, 0));
    other.close_books(Some(day("2030-01-01")));
    let body = invoice();
    ours.invoices().create(&body).await.unwrap();
    theirs.invoices().create(&body).await.unwrap_err();
}

fn invoice() -> InvoiceCreate {
    let line = InvoiceLineCreate { amount: Some(money("10")), ..InvoiceLineCreate::default() };
    let (invoice_date, due_date) = (day("2026-03-01"), day("2026-03-31"));
    InvoiceCreate::new(InvoiceCreateRequired { lines: vec![line], invoice_date, due_date, entity: 1.into() })
}

#[tokio::test]
async fn a_snapshot_restores_everything() {
    let (sandbox, campfire) = start().await;
    sandbox.demo(&Demo::default().rows(60)).unwrap();
    let responses = async || {
        let mut responses = Vec::new();
        for path in [
            "/coa/api/v1/invoice/?limit=1000",
            "/coa/api/v1/bill/?limit=1000",
            "/coa/api/transaction?all_time=true&limit=1000",
            "/rr/api/v1/contracts?limit=1000",
            "/ca/api/get_trial_balance",
        ] {
            let (status, body) = http(&sandbox, "GET", path, "").await;
            assert_eq!(status, 200, "{path}");
            responses.push(body);
        }
        responses
    };
    let (before, snapshot) = (responses().await, sandbox.snapshot());
    campfire.invoices().create(&invoice()).await.unwrap();
    assert_ne!(responses().await, before);
    sandbox.restore(&snapshot).unwrap();
    assert_eq!(responses().await, before);
    let error = sandbox.restore(&campfire::Json::from(1)).unwrap_err();
    assert!(matches!(error, SandboxError::Snapshot(_)), "{error}");
    assert_eq!(responses().await, before, "an invalid snapshot changes nothing");
}

#[tokio::test]
async fn a_data_file_persists_the_state() {
    let file = std::env::temp_dir().join(format!("campfire-sandbox-{}.json", std::process::id()));
    let _ = std::fs::remove_file(&file);
    let made = {
        let sandbox = Sandbox::builder().data(&file).start().await.unwrap();
        sandbox.add_tenant("other").client().unwrap().contracts().create(&contract()).await.unwrap();
        sandbox.client().unwrap().contracts().create(&contract()).await.unwrap().id
    };
    let sandbox = Sandbox::builder().data(&file).start().await.unwrap();
    assert_eq!(
        sandbox.client().unwrap().contracts().retrieve(made).await.unwrap().deal_name.as_deref(),
        Some("Northwind")
    );
    assert_eq!(sandbox.add_tenant("other").count("contracts"), 1);
    drop(sandbox);
    std::fs::write(&file, "[").unwrap();
    let error = Sandbox::builder().data(&file).start().await.unwrap_err();
    assert!(error.to_string().contains(&file.display().to_string()), "{error}");
    std::fs::remove_file(&file).unwrap();
}

#[tokio::test]
async fn the_demo_company_depends_only_on_the_seed() {
    let mut companies = Vec::new();
    for seed in [3, 3, 4] {
        let sandbox = Sandbox::start().await.unwrap();
        sandbox.demo(&Demo::default().rows(200).seed(seed)).unwrap();
        assert!((200..220).contains(&sandbox.count("transactions")), "{}", sandbox.count("transactions"));
        for resource in ["entities", "accounts", "departments", "vendors", "products", "contracts"] {
            assert!(sandbox.count(resource) > 1, "{resource}");
        }
        let invoices = sandbox.records("invoices");
        companies.push(invoices.iter().map(|invoice| invoice["total_amount"].clone()).collect::<Vec<_>>());
    }
    assert_eq!(companies[0], companies[1]);
    assert_ne!(companies[0], companies[2]);
}

#[tokio::test]
async fn the_control_interface_works_over_http() {
    let sandbox = Sandbox::builder().control(true).start().await.unwrap();
    let call = async |method: &str, path: &str, body: Value| {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let (status, response) = http(&sandbox, method, &format!("/__sandbox/{path}"), &body).await;
        (status, serde_json::from_str::<Value>(&response).unwrap_or(Value::Null))
    };
    let (_, keys) = call("GET", "", Value::Null).await;
    assert_eq!(keys["keys"]["admin"], json!(sandbox.key()));
    let (status, made) =
        call("POST", "records", json!({"resource": "contracts", "record": {"deal_name": "Northwind"}})).await;
    assert_eq!(status, 200, "{made}");
    assert_eq!(sandbox.count("contracts"), 1);
    let (_, snapshot) = call("GET", "snapshot", Value::Null).await;
    assert_eq!(call("POST", "demo", json!({"rows": 20})).await.0, 204);
    assert_eq!(call("PUT", "snapshot", snapshot).await.0, 204);
    assert_eq!(sandbox.count("transactions"), 0);
    assert_eq!(call("POST", "books", json!({"closed_through": "2030-01-01"})).await.0, 204);
    let campfire = without_retries(&sandbox);
    campfire.invoices().create(&invoice()).await.unwrap_err();
    assert_eq!(call("POST", "books", json!({"closed_through": null})).await.0, 204);
    campfire.invoices().create(&invoice()).await.unwrap();
    assert_eq!(
        call("POST", "faults", json!({"fault": "status", "value": 418, "operation": "contracts.list"})).await.0,
        201
    );
    assert!(campfire.contracts().list().await.unwrap_err().to_string().contains("418"));
    assert_eq!(call("DELETE", "faults", Value::Null).await.0, 204);
    campfire.contracts().list().await.unwrap();
    let (status, error) = call("POST", "faults", json!({"fault": "gremlins"})).await;
    assert_eq!(status, 400);
    assert!(error["detail"].as_str().unwrap().contains("truncated"), "{error}");
    assert_eq!(call("POST", "clock", json!({"advance_seconds": 60})).await.0, 204);
    assert_eq!(call("POST", "tenants", json!({"name": "second"})).await.1["tenant"], json!("second"));
    assert_eq!(call("GET", "snapshot?tenant=nobody", Value::Null).await.0, 404);
    let (_, log) = call("GET", "requests", Value::Null).await;
    assert!(log.as_array().unwrap().iter().any(|request| request["operation"] == json!("invoices.create")));

    let closed = Sandbox::start().await.unwrap();
    assert_eq!(http(&closed, "GET", "/__sandbox/", "").await.0, 404, "the interface is off by default");
}

#[tokio::test]
async fn sandboxes_are_independent() {
    let sandboxes: Vec<Sandbox> = {
        let mut sandboxes = Vec::new();
        for _ in 0..8 {
            sandboxes.push(Sandbox::start().await.unwrap());
        }
        sandboxes
    };
    for (index, sandbox) in sandboxes.iter().enumerate() {
        for _ in 0..index {
            sandbox.client().unwrap().contracts().create(&contract()).await.unwrap();
        }
    }
    let counts: Vec<usize> = sandboxes.iter().map(|sandbox| sandbox.count("contracts")).collect();
    assert_eq!(counts, (0..8).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_request_log_can_be_cleared() {
    let (sandbox, campfire) = start().await;
    campfire.contracts().create(&contract()).await.unwrap();
    campfire.contracts().list().await.unwrap();
    assert_eq!(sandbox.requests().len(), 2);
    sandbox.forget_requests();
    assert!(sandbox.requests().is_empty());
    assert_eq!(sandbox.count("contracts"), 1, "the records stay");
    campfire.contracts().list().await.unwrap();
    let operations: Vec<_> = sandbox.requests().into_iter().map(|request| request.operation).collect();
    assert_eq!(operations, [Some("contracts.list".to_owned())]);
}
