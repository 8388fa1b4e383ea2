//! The program serves, and saves when it is stopped.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use campfire_values::Json;

use crate::support::Program;

fn with_data<'a>(file: &'a Path, more: &[&'a str]) -> Program {
    let options: Vec<&str> = ["--data", file.to_str().unwrap()].into_iter().chain(more.iter().copied()).collect();
    Program::start(&options)
}

#[test]
fn the_state_survives_every_way_to_stop() {
    let folder = tempfile::tempdir().unwrap();
    for signal in ["TERM", "INT"] {
        let file = folder.path().join(signal);
        let program = with_data(&file, &[]);
        let (status, created) =
            program.call("localhost", "POST", "/rr/api/v1/contracts", r#"{"deal_name": "Northwind"}"#);
        assert_eq!(status, 201, "{created}");
        assert!(program.stop(signal), "{signal}");
        let program = with_data(&file, &[]);
        let path = format!("/rr/api/v1/contracts/{}", created["id"]);
        let (status, contract) = program.call("localhost", "GET", &path, "");
        assert_eq!((status, &contract["deal_name"]), (200, &created["deal_name"]), "{signal}");
    }
}

#[test]
fn the_demo_company_is_added_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.json");
    let count =
        |program: &Program| program.call("localhost", "GET", "/__sandbox/records", "").1["transactions"].clone();
    let program = with_data(&file, &["--demo", "50", "--seed", "3"]);
    let lines = count(&program);
    assert!(lines.as_i64().unwrap() >= 50, "{lines}");
    assert!(program.stop("TERM"));
    assert_eq!(count(&with_data(&file, &["--demo", "50"])), lines);
}

#[test]
fn the_options_take_effect() {
    let program =
        Program::start(&["--face", "documented", "--no-control", "--allow-host", "campfire", "--host", "0.0.0.0"]);
    let created = program.call("localhost", "POST", "/rr/api/v1/contracts", "{}").1;
    // The live server writes `+0000` instead.
    assert!(created["created_at"].as_str().unwrap().ends_with('Z'), "{created}");
    let health = |host: &str| program.call(host, "GET", "/__sandbox/health", "");
    let (status, health_body) = health("campfire:8080");
    assert_eq!((status, &health_body["status"]), (200, &"ok".into()));
    assert_eq!((health("10.1.2.3").0, health("rebound.example").0), (200, 400));
    assert_eq!(program.call("localhost", "GET", "/__sandbox/clock", "").0, 404);
    assert_eq!(program.call("localhost", "GET", "/", "").0, 404);
    let page = program.call("campfire:8080", "GET", "/rr/api/v1/contracts?limit=1", "").1;
    assert_eq!(page["count"], Json::from(1));

    for options in [&["--face", "happy"][..], &["--demo", "1000000000000"], &["--prot", "1"]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_campfire-sandbox"));
        let output = command.args(options).output().unwrap();
        assert!(!output.status.success(), "{options:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(options[0]), "{options:?}");
    }
}

#[test]
fn the_description_is_served() {
    let program = Program::start(&[]);
    let (status, document) = program.call("localhost", "GET", "/__sandbox/openapi.json", "");
    assert_eq!(status, 200);
    assert!(
        document["paths"]["/coa/api/v1/invoice/"]["post"]["requestBody"].as_object().is_some(),
        "{:.200}",
        document.to_string()
    );
}

#[test]
fn the_program_serves_on_when_nobody_reads_its_output() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_campfire-sandbox"));
    let mut child = command.args(["--port", &address.port().to_string()]).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let deadline = Instant::now() + Duration::from_secs(30);
    while TcpStream::connect(address).is_err() {
        assert!(child.try_wait().unwrap().is_none() && Instant::now() < deadline, "the program does not serve");
        std::thread::yield_now();
    }
    // The last line has been printed, in vain, once the program handles signals: it is stopped, and has not failed.
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    assert!(child.wait().unwrap().success());
}
