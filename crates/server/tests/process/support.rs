//! Starting the program, and sending requests.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};

use campfire_values::Json;

/// A running program. It is killed when dropped.
pub(crate) struct Program {
    child: Child,
    pub(crate) address: String,
    /// The API key of the administrator; empty for a proxy.
    pub(crate) key: String,
    // Closing the pipe would end the program at its next line.
    _output: BufReader<ChildStdout>,
}

impl Program {
    /// Starts the program on a free port, and waits until it is ready.
    pub(crate) fn start(options: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_campfire-sandbox"));
        let mut child = command.args(options).stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let (mut lines, mut line) = (Vec::new(), String::new());
        while !line.starts_with("Press") {
            line.clear();
            assert_ne!(output.read_line(&mut line).unwrap(), 0, "the program ended after {lines:?}");
            lines.push(line.clone());
        }
        let word = |line: &str, after: &str| {
            let (_, rest) = line.split_once(after)?;
            Some(rest.split([' ', ',', '\n']).next().unwrap().to_owned())
        };
        let address = word(&lines[0], "http://").unwrap();
        let key = lines.iter().find_map(|line| word(line, "Token ")).unwrap_or_default();
        Program { child, address, key, _output: output }
    }

    /// Sends a request that names a host. Returns the status and the body.
    pub(crate) fn call(&self, host: &str, method: &str, path: &str, body: &str) -> (u16, Json) {
        call(&self.address, host, &self.key, method, path, body)
    }

    /// Sends a signal, and waits for the end. Returns `true` for success.
    pub(crate) fn stop(mut self, signal: &str) -> bool {
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

/// Sends a request. Returns the status and the body.
pub(crate) fn call(address: &str, host: &str, key: &str, method: &str, path: &str, body: &str) -> (u16, Json) {
    let head = format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Token {key}\r\n");
    let response = exchange(address, &head, "application/json", body.as_bytes());
    let (status, _, body) = parts(&response);
    (status, Json::from_slice(body).unwrap_or_default())
}

/// Sends the head of a request, without its end, and a body. Returns the response.
pub(crate) fn exchange(address: &str, head: &str, content_type: &str, body: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    let content =
        format!("content-type: {content_type}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    stream.write_all(&[head.as_bytes(), content.as_bytes(), body].concat()).unwrap();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).unwrap();
    response
}

/// Takes a response apart: status, media type, and body.
pub(crate) fn parts(response: &[u8]) -> (u16, String, &[u8]) {
    let end = response.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let head = std::str::from_utf8(&response[..end]).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let media = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-type: ").map(str::to_owned));
    (status, media.unwrap_or_default(), &response[end + 4..])
}
