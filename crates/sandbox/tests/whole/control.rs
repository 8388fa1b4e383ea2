//! What test engineers control: stubs, faults, and the log, from Rust and over HTTP.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use campfire_sandbox::{Demo, Error, Fault, FaultRule, Sandbox};
use campfire_values::Json;
use http::{Request, header};
use http_body_util::Full;
use serde_json::json;

use crate::support::{Server, Whole};

const CONTRACTS: &str = "/rr/api/v1/contracts";

impl Server {
    async fn controlled() -> Self {
        Server { sandbox: Sandbox::builder().control(true).start().await.unwrap() }
    }

    async fn list_as(&self, key: &str) -> u16 {
        let request = Request::get(CONTRACTS).header(header::HOST, self.host());
        let request = request.header(header::AUTHORIZATION, format!("Token {key}")).body(Full::default());
        self.send(request.unwrap()).await.status
    }
}

/// Returns the message of a failed assertion.
fn message(assertion: impl FnOnce()) -> String {
    *catch_unwind(AssertUnwindSafe(assertion)).unwrap_err().downcast::<String>().unwrap()
}

#[tokio::test]
async fn a_stub_responds_once_n_times_or_always() {
    let server = Server::start().await;
    let sandbox = &server.sandbox;
    let stub = |name: &str| FaultRule::stub("contracts.retrieve", 200, json!({"id": 42, "deal_name": name}));
    sandbox.inject(stub("once").times(1)).unwrap();
    sandbox.inject(stub("twice").times(2)).unwrap();
    sandbox.stub("contracts.retrieve", 404, json!({"detail": "gone"})).unwrap();
    let path = format!("{CONTRACTS}/42");
    for name in ["once", "twice", "twice"] {
        assert_eq!(server.ok("GET", &path, "").await, json!({"id": 42, "deal_name": name}));
    }
    for _ in 0..3 {
        assert_eq!(server.refused(404, "GET", &path, "").await, json!({"detail": "gone"}));
    }
    server.ok("POST", CONTRACTS, "{}").await;
    sandbox.clear_faults();
    assert_eq!(server.refused(404, "GET", &path, "").await, json!({"detail": "Not found."}));
}

#[tokio::test]
async fn faults_have_bodies_of_their_own() {
    let server = Server::start().await;
    let faults = [
        (Fault::Status(503), 503, json!({"detail": "maintenance"})),
        (Fault::StatusAfterProcessing(502), 502, json!(["upstream"])),
        (Fault::RateLimited(Duration::from_secs(2)), 429, json!({"code": "slow down"})),
    ];
    for (fault, status, body) in faults {
        server.sandbox.inject(FaultRule::new(fault).body(&body).times(1)).unwrap();
        let reply = server.call("GET", CONTRACTS, "").await;
        assert_eq!((reply.status, &reply.body), (status, &Json::from(body)));
        assert_eq!(reply.headers.contains_key(header::RETRY_AFTER), status == 429);
    }
    server.sandbox.inject(FaultRule::new(Fault::Malformed).body("{\"id\": 4").times(1)).unwrap();
    let request = Request::get(CONTRACTS).header(header::HOST, server.host());
    let key = format!("Token {}", server.sandbox.key());
    let request = request.header(header::AUTHORIZATION, key).body(Full::default()).unwrap();
    assert_eq!(server.text(request).await, "{\"id\": 4");
}

#[tokio::test]
async fn a_rule_that_could_never_happen_is_refused() {
    let sandbox = Server::start().await.sandbox;
    let rules = [
        (FaultRule::new(Fault::Truncated).operation("invoices.creat"), "there are `invoices."),
        (FaultRule::new(Fault::Status(503)).operation("invoice.*"), "no operation matches `invoice.*`"),
        (FaultRule::new(Fault::Status(42)), "42 is not the status of a response"),
        (FaultRule::new(Fault::Truncated).body("x"), "no body of its own"),
    ];
    for (rule, reason) in rules {
        let error = sandbox.inject(rule).unwrap_err();
        assert!(matches!(&error, Error::Fault(text) if text.contains(reason)), "{error}");
    }
    assert!(sandbox.faults().is_empty());
}

#[tokio::test]
async fn misspelled_faults_are_refused_over_http() {
    let server = Server::controlled().await;
    let bodies = [
        (json!({"fault": "status", "value": 503, "operatoin": "contracts.list"}), "There is no field `operatoin`"),
        (json!({"fault": "status", "value": 503, "operation": "contracts.lists"}), "no operation matches"),
        (json!({"fault": "status", "value": 503, "times": "3"}), "`times` must be an integer"),
        (json!({"fault": "status", "value": 503, "probability": 20}), "`probability` must be between 0 and 1"),
        (json!({"fault": "truncated", "value": 503}), "has no `value`"),
        (json!({"fault": "status"}), "needs a `value`"),
        (json!(["fault"]), "must be a JSON object"),
    ];
    for (body, reason) in bodies {
        let error = server.refused(400, "POST", "/__sandbox/faults", &body.to_string()).await;
        assert!(error["detail"].as_str().unwrap().contains(reason), "{error}");
    }
    server.refused(400, "DELETE", "/__sandbox/faults?tennant=other", "").await;
    server.refused(400, "POST", "/__sandbox/clock", r#"{"advance_second": 1}"#).await;
    assert!(server.sandbox.faults().is_empty());
}

#[tokio::test]
async fn faults_are_listed_and_removed_over_http_for_each_tenant() {
    let server = Server::controlled().await;
    let other = server.sandbox.add_tenant("other").key();
    let fault = r#"{"fault": "status", "value": 503, "operation": "contracts.*", "times": 9, "body": {"a": 1}}"#;
    let theirs = server.ok("POST", "/__sandbox/faults?tenant=other", fault).await;
    let stub = r#"{"operation": "contracts.list", "status": 418, "json": {"detail": "teapot"}}"#;
    let stub = server.ok("POST", "/__sandbox/stubs?tenant=main", stub).await;
    assert_eq!((server.list_as(&other).await, server.list_as(&server.sandbox.key()).await), (503, 418));
    let listed = server.ok("GET", "/__sandbox/faults", "").await;
    assert_eq!(
        listed[0],
        json!({"id": 1, "fault": "status", "value": 503, "body": {"a": 1}, "operation": "contracts.*", "path": null,
            "tenant": "other", "probability": 1, "after": 0, "times": 8})
    );
    assert_eq!(server.ok("GET", "/__sandbox/faults?tenant=main", "").await.as_array().unwrap().len(), 1);
    server.ok("DELETE", &format!("/__sandbox/faults/{}", stub["id"].as_i64().unwrap()), "").await;
    assert_eq!((server.list_as(&other).await, server.list_as(&server.sandbox.key()).await), (503, 200));
    server.ok("DELETE", "/__sandbox/faults?tenant=main", "").await;
    assert_eq!(server.list_as(&other).await, 503);
    server.ok("DELETE", "/__sandbox/faults?tenant=other", "").await;
    assert_eq!(server.list_as(&other).await, 200);
    server.refused(404, "DELETE", &format!("/__sandbox/faults/{}", theirs["id"].as_i64().unwrap()), "").await;
}

#[tokio::test]
async fn the_log_holds_the_exchange_without_the_key() {
    let server = Server::controlled().await;
    let other = server.sandbox.add_tenant("other");
    other.advance(Duration::from_secs(86_400 * 3650));
    let created = server.ok("POST", CONTRACTS, r#"{"deal_name": "Northwind"}"#).await;
    server.list_as(&other.key()).await;
    let log = server.ok("GET", "/__sandbox/requests", "").await;
    let [first, second] = log.as_array().unwrap() else { panic!("{log}") };
    assert_eq!(
        (&first["operation"], &first["method"], &first["tenant"]),
        (&"contracts.create".into(), &"POST".into(), &"main".into())
    );
    assert_eq!(first["body"], *r#"{"deal_name": "Northwind"}"#);
    let response: Json = first["response"].as_str().unwrap().parse().unwrap();
    assert_eq!((&first["status"], response), (&Json::from(201), created));
    assert_eq!(first["headers"]["content-type"], *"application/json");
    assert_eq!(first["headers"]["authorization"], *"[redacted]");
    assert!(!log.to_string().contains(&server.sandbox.key()), "{log}");
    let (time, later) = (first["time"].as_str().unwrap(), second["time"].as_str().unwrap());
    let years = later[..4].parse::<i32>().unwrap() - time[..4].parse::<i32>().unwrap();
    assert!((9..=10).contains(&years), "{time}, {later}");
    let theirs = server.ok("GET", "/__sandbox/requests?tenant=other", "").await;
    assert_eq!(theirs, Json::Array(vec![second.clone()]));
}

#[tokio::test]
async fn expectations_hold_or_show_what_was_sent() {
    let server = Server::start().await;
    let sandbox = &server.sandbox;
    server.ok("POST", CONTRACTS, r#"{"deal_name": "Northwind"}"#).await;
    server.refused(404, "GET", "/nothing", "").await;
    server.ok("GET", CONTRACTS, "").await;
    sandbox.expect("contracts.create").times(1);
    sandbox.expect("contracts.*").at_least(2);
    sandbox.expect("contracts.delete").times(0);
    sandbox.assert_requests(&["contracts.create 201", "GET /nothing", "contracts.list"]);

    let text = message(|| sandbox.expect("contracts.create").times(2));
    assert!(text.starts_with("expected 2 calls of `contracts.create`, but there were 1"), "{text}");
    assert!(text.lines().any(|line| line.starts_with("> ") && line.contains("sent {\"deal_name\"")), "{text}");
    assert_eq!(text.lines().count(), 4, "{text}");
    let text = message(|| drop(sandbox.expect("contracts.creat")));
    assert!(text.contains("no operation matches `contracts.creat`"), "{text}");

    let expected = ["contracts.create 400", "contracts.retrieve", "GET /nothing 404", "contracts.list"];
    let text = message(|| sandbox.assert_requests(&expected));
    let marks: Vec<&str> = text.lines().skip(1).map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(
        marks,
        [
            "- contracts.create 400",
            "- contracts.retrieve",
            "+ contracts.create 201",
            "  GET /nothing 404",
            "  contracts.list 200"
        ],
        "{text}"
    );
}

#[tokio::test]
async fn expectations_are_checked_over_http() {
    let server = Server::controlled().await;
    server.ok("POST", CONTRACTS, "{}").await;
    let expect = |body: Json| {
        let server = &server;
        async move { server.call("POST", "/__sandbox/expect", &body.to_string()).await }
    };
    for body in [
        json!({"operation": "contracts.create", "times": 1}),
        json!({"operation": "contracts.*", "at_least": 1}),
        json!({"requests": ["contracts.create 201"]}),
    ] {
        assert_eq!(expect(body.into()).await.status, 204);
    }
    let reply = expect(json!({"operation": "contracts.create", "times": 0}).into()).await;
    assert_eq!(reply.status, 409);
    assert!(reply.body["detail"].as_str().unwrap().contains("but there were 1"), "{}", reply.body);
    assert_eq!(expect(json!({"requests": []}).into()).await.status, 409);
    assert_eq!(expect(json!({"operation": "contracts.creat", "times": 0}).into()).await.status, 400);
    assert_eq!(expect(json!({"operation": "contracts.create"}).into()).await.status, 400);
}

#[tokio::test]
async fn a_reset_returns_to_the_demo_company() {
    let builder = Sandbox::builder().control(true).demo(Demo::default().rows(60));
    let server: Server = Server { sandbox: builder.start().await.unwrap() };
    let sandbox = &server.sandbox;
    let counts = || (sandbox.count("transactions"), sandbox.count("contracts"));
    let demo = counts();
    assert!(demo.0 >= 60, "{demo:?}");
    for path in ["/__sandbox/reset", "/__sandbox/reset?tenant=main"] {
        server.ok("POST", CONTRACTS, "{}").await;
        sandbox.add_tenant("other").demo(&Demo::default().rows(10)).unwrap();
        sandbox.close_books(Some("2020-01-31".parse().unwrap()));
        server.ok("POST", path, "").await;
        assert_eq!(counts(), demo, "{path}");
        server.ok("POST", "/__sandbox/books", r#"{"closed_through": null}"#).await;
    }
    let other = sandbox.add_tenant("other");
    assert!(other.count("transactions") > 0, "the reset of one tenant leaves the others alone");
    other.reset().unwrap();
    assert_eq!(other.count("transactions"), 0);
}

#[tokio::test]
async fn a_reset_returns_to_the_data_file_and_changes_nothing_if_it_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.json");
    let start = async || {
        let sandbox: Sandbox<Whole> = Sandbox::builder().data(&file).start().await.unwrap();
        sandbox
    };
    let first = start().await;
    first.seed("contracts", json!({})).unwrap();
    first.add_tenant("other").seed("contracts", json!({})).unwrap();
    first.save().unwrap();
    let sandbox = start().await;
    sandbox.seed("contracts", json!({})).unwrap();
    sandbox.remove_tenant("other");
    sandbox.reset().unwrap();
    assert_eq!((sandbox.count("contracts"), sandbox.add_tenant("other").count("contracts")), (1, 1));
    sandbox.seed("contracts", json!({})).unwrap();
    std::fs::write(&file, "{").unwrap();
    let error = sandbox.reset().unwrap_err();
    assert!(error.to_string().contains("data.json"), "{error}");
    assert_eq!(sandbox.count("contracts"), 2);
}

#[tokio::test]
async fn the_operations_are_listed_with_their_paths() {
    let server = Server::controlled().await;
    let operations = server.ok("GET", "/__sandbox/operations", "").await;
    let operations = operations.as_array().unwrap();
    assert_eq!(operations.len(), crate::support::model().operations.len());
    let pay = operations.iter().find(|operation| operation["operation"] == "invoices.pay").unwrap();
    assert_eq!((&pay["method"], &pay["path"]), (&"POST".into(), &"/coa/api/v1/invoice/{invoice_id}/pay/".into()));
    server.refused(404, "GET", "/__sandbox/openapi.json", "").await;
}
