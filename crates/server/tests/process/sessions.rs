//! Recording sessions, and comparing them with the sandbox.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use campfire_codegen::Description;
use campfire_codegen::description::yaml;
use campfire_codegen::rules::lint;
use campfire_values::Json;
use serde_json::Value;

use crate::plants::Plants;
use crate::support::{Program, call};
use crate::{front, session};

/// What a session has shown: method, path, status, and body of each response.
type Responses = Vec<(String, String, u16, Json)>;

/// Starts a sandbox that is not empty, so that its ids differ from those of a new one.
fn upstream() -> Program {
    let upstream = Program::start(&["--face", "documented"]);
    for number in 0..5 {
        let contract = format!(r#"{{"deal_name": "Before {number}"}}"#);
        assert_eq!(upstream.call("localhost", "POST", "/rr/api/v1/contracts", &contract).0, 201);
    }
    // No operation creates a usage tier, and the session prices one.
    let tier = r#"{"resource": "usage_tiers", "record": {"id": 1}}"#;
    let (status, reply) = upstream.call("localhost", "POST", "/__sandbox/records", tier);
    assert!(status < 300, "{status} {reply}");
    upstream
}

/// Records a session with a sandbox behind a front.
fn record(plants: Plants, out: &Path) -> Responses {
    let upstream = upstream();
    let front = front::start(upstream.address.clone(), Arc::new(plants));
    let proxy = Program::start(&["record", "--upstream", &format!("http://{front}"), "--out", out.to_str().unwrap()]);
    let responses = std::cell::RefCell::new(Responses::new());
    session::run(&|method, path, body| {
        let (status, reply) = call(&proxy.address, "localhost", &upstream.key, method, path, body);
        responses.borrow_mut().push((method.to_owned(), path.to_owned(), status, reply.clone()));
        (status, reply)
    });
    assert!(proxy.stop("TERM"));
    is_redacted(&std::fs::read_to_string(out).unwrap(), &upstream.key);
    responses.into_inner()
}

/// Checks that a session holds neither the key nor the texts that it was made with, but the rest.
fn is_redacted(session: &str, key: &str) {
    for secret in [key, "Jane", "jane", "Doe", "example.org", "Acme", "INV-1", "Checking", "Before"] {
        assert!(!session.contains(secret), "{secret}");
    }
    for kept in ["2026-01-05", "100.25", "USD", "OPERATING_EXPENSES", "sort=-created_at"] {
        assert!(session.contains(kept), "{kept}");
    }
}

/// Compares a session. Returns the exit code and the report.
fn compare(session: &Path) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_campfire-sandbox"));
    let output = command.args(["compare", "--face", "documented"]).arg(session).output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

/// Returns the places of all deviations in a report.
fn places(report: &Value) -> BTreeSet<String> {
    let mut places = BTreeSet::new();
    let members = |value: &Value| value.as_object().cloned().unwrap_or_default();
    for (path, methods) in members(&report["paths"]) {
        for (method, operation) in members(&methods) {
            places.extend(members(&operation["responses"]).keys().map(|status| format!("{method} {path} {status}")));
        }
    }
    for (schema, content) in members(&report["components"]["schemas"]) {
        places.extend(members(&content["properties"]).keys().map(|name| format!("{schema}.{name}")));
    }
    places
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (name, value) in from {
                merge(into.entry(name).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

fn openapi() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi")
}

#[test]
fn exactly_the_planted_deviations_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let clean = folder.path().join("clean");
    let responses = record(Plants::default(), &clean);
    let (code, report) = compare(&clean);
    assert_eq!((code, report.lines().count()), (0, 1), "{report}");

    let plants = Plants::chosen(responses);
    assert_eq!((plants.lacking(), plants.places.len()), (Vec::new(), 100));
    let planted = plants.places.clone();
    let deviating = folder.path().join("deviating");
    record(plants, &deviating);
    let (code, report) = compare(&deviating);
    assert_eq!(code, 1);
    let parsed = yaml::parse("report.yaml", &report).unwrap().value;
    let found = places(&parsed);
    let missed: Vec<_> = planted.difference(&found).collect();
    let wrong: Vec<_> = found.difference(&planted).collect();
    assert!(missed.is_empty() && wrong.is_empty(), "missed: {missed:#?}\nwrong: {wrong:#?}\n{report}");

    let mut description = Description::load(&openapi()).unwrap();
    merge(&mut description.root, parsed);
    lint::check(&description).unwrap();
}

#[test]
fn a_file_is_not_overwritten() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_campfire-sandbox"));
    let command = command.args(["record", "--upstream", "http://127.0.0.1:9", "--out"]).arg(file.path());
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("exists"), "{output:?}");
}
