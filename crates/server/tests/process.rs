//! The program as a process: it serves, and saves when it is stopped.
#![cfg(unix)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use campfire_values::Json;

/// A running program. It is killed when dropped.
struct Program {
    child: Child,
    address: String,
    key: String,
    // Closing the pipe would end the program at its next line.
    _output: BufReader<ChildStdout>,
}

impl Program {
    /// Starts the program on a free port, and waits until it is ready.
    fn start(options: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_campfire-sandbox"));
        let mut child = command.args(options).stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let (mut lines, mut line) = (Vec::new(), String::new());
        while !line.starts_with("Press") {
            line.clear();
            assert_ne!(output.read_line(&mut line).unwrap(), 0, "the program ended after {lines:?}");
            lines.push(line.clone());
        }
        let word =
            |line: &str, after: &str| line.split_once(after).unwrap().1.split_whitespace().next().unwrap().to_owned();
        Program { child, address: word(&lines[0], "http://"), key: word(&lines[1], "Token "), _output: output }
    }

    /// Sends a request that names a host. Returns the status and the body.
    fn call(&self, host: &str, method: &str, path: &str, body: &str) -> (u16, Json) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Token {}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n{body}",
            self.key,
            body.len()
        )
        .unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        let (head, body) = response.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.parse().unwrap_or_default())
    }

    /// Sends a signal, and waits for the end. Returns `true` for success.
    fn stop(mut self, signal: &str) -> bool {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
        self.child.wait().unwrap().success()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It has ended already, unless the test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

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
