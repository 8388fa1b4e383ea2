//! An agent: a JSON-RPC client over a pair of streams, which knows nothing of the MCP library.

use std::collections::HashMap;

use campfire::sandbox::{Demo, Sandbox};
use campfire::{Client, Json};
use campfire_mcp::{Error, Options};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, Lines, ReadHalf, WriteHalf, duplex, split};
use tokio::task::JoinHandle;

/// An agent that is connected to a server.
pub(crate) struct Agent {
    input: WriteHalf<DuplexStream>,
    output: Lines<BufReader<ReadHalf<DuplexStream>>>,
    server: JoinHandle<Result<(), Error>>,
    last_id: i64,
    /// Responses that came while another was awaited.
    early: HashMap<i64, Json>,
    /// Everything that the server has written.
    pub(crate) transcript: Vec<String>,
}

/// What a tool returns.
pub(crate) type Outcome = Result<Json, String>;

impl Agent {
    /// Connects to a new server, and shakes hands.
    pub(crate) async fn connect(client: &Client, options: Options) -> Self {
        let mut agent = Self::connect_silently(client, options);
        let hello = r#"{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"test","version":"1"}}"#;
        agent.request("initialize", hello).await;
        agent.send(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#).await;
        agent
    }

    /// Connects to a new server without a handshake.
    pub(crate) fn connect_silently(client: &Client, options: Options) -> Self {
        let (ours, theirs) = duplex(16 * 1024);
        let (input, output) = split(theirs);
        let server = tokio::spawn(campfire_mcp::serve(client.clone(), options, input, output));
        let (output, input) = split(ours);
        let output = BufReader::new(output).lines();
        Self { input, output, server, last_id: 0, early: HashMap::new(), transcript: Vec::new() }
    }

    /// Sends a line.
    pub(crate) async fn send(&mut self, line: &str) {
        self.input.write_all(line.as_bytes()).await.unwrap();
        self.input.write_all(b"\n").await.unwrap();
    }

    /// Reads a message.
    pub(crate) async fn receive(&mut self) -> Json {
        let line = self.output.next_line().await.unwrap().expect("the server has ended");
        self.transcript.push(line.clone());
        line.parse().unwrap()
    }

    /// Sends a request, and returns its response.
    pub(crate) async fn request(&mut self, method: &str, params: &str) -> Json {
        let id = self.start(method, params).await;
        self.finish(id).await
    }

    /// Sends a request, and returns its id.
    pub(crate) async fn start(&mut self, method: &str, params: &str) -> i64 {
        self.last_id += 1;
        let id = self.last_id;
        let params = params.replace('\n', " ");
        self.send(&format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{params}}}"#)).await;
        id
    }

    /// Returns the response to a request.
    pub(crate) async fn finish(&mut self, id: i64) -> Json {
        loop {
            if let Some(response) = self.early.remove(&id) {
                return response;
            }
            let message = self.receive().await;
            if let Some(id) = message["id"].as_i64() {
                self.early.insert(id, message);
            }
        }
    }

    /// Uses a tool, and returns the JSON of its result or the text of its refusal.
    pub(crate) async fn tool(&mut self, name: &str, arguments: &str) -> Outcome {
        let response = self.request("tools/call", &format!(r#"{{"name":"{name}","arguments":{arguments}}}"#)).await;
        let result = &response["result"];
        let text = result["content"][0]["text"].as_str().unwrap_or_else(|| panic!("no text: {response}")).to_owned();
        match result["isError"].as_bool() {
            Some(true) => Err(text),
            _ => Ok(text.parse().unwrap_or_else(|error| panic!("{error}: {text}"))),
        }
    }

    /// Ends the input, and waits for the server to end.
    pub(crate) async fn leave(mut self) -> Result<(), Error> {
        self.input.shutdown().await.unwrap();
        drop(self.output);
        self.server.await.unwrap()
    }
}

/// Starts a sandbox with a demo company.
pub(crate) async fn company(rows: usize) -> (Sandbox, Client) {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.demo(&Demo::default().rows(rows)).unwrap();
    let client = sandbox.client().unwrap();
    (sandbox, client)
}

/// Returns the requests to a sandbox that were not GET requests, by operation.
pub(crate) fn writes(sandbox: &Sandbox) -> Vec<String> {
    let requests = sandbox.requests().into_iter().filter(|request| request.method != "GET");
    requests.map(|request| request.operation.unwrap_or(request.path)).collect()
}
