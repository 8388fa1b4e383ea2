//! A server between the client and the sandbox, which changes what the list of ledger lines returns.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

use campfire::{Client, Json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the list returns instead of a line, by its id; `None` leaves it out.
type Changes = Arc<Mutex<BTreeMap<i64, Option<Json>>>>;

/// A server between the client and the sandbox.
pub(crate) struct Proxy {
    pub(crate) client: Client,
    changes: Changes,
}

impl Proxy {
    /// Starts a proxy in front of a sandbox.
    pub(crate) async fn start(url: &str, key: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = Client::builder().api_key(key).base_url(format!("http://{}", listener.local_addr().unwrap()));
        let (changes, sandbox) = (Changes::default(), url.trim_start_matches("http://").to_owned());
        let proxy = Proxy { client: client.build().unwrap(), changes: changes.clone() };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(forward(stream, sandbox.clone(), changes.clone()));
            }
        });
        proxy
    }

    /// Sets what the list returns instead of some lines.
    pub(crate) fn set(&self, changes: BTreeMap<i64, Option<Json>>) {
        *self.changes.lock().unwrap() = changes;
    }
}

/// Forwards the request of a connection, and closes it.
async fn forward(mut client: TcpStream, sandbox: String, changes: Changes) -> io::Result<()> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        if client.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    let is_header = |line: &str, name: &str| line.to_ascii_lowercase().starts_with(name);
    let kept =
        request.trim_end().lines().filter(|line| !is_header(line, "accept-encoding") && !is_header(line, "connection"));
    let mut head: Vec<String> = kept.map(str::to_owned).collect();
    head.extend(["connection: close", "", ""].map(str::to_owned));
    let limit = if request.starts_with("GET /coa/api/transaction?") { raise_limit(&mut head[0]) } else { None };
    let mut server = TcpStream::connect(sandbox).await?;
    server.write_all(head.join("\r\n").as_bytes()).await?;
    let mut response = Vec::new();
    server.read_to_end(&mut response).await?;
    let response = String::from_utf8_lossy(&response).into_owned();
    let Some((head, body)) = response.split_once("\r\n\r\n") else { return Ok(()) };
    let body = limit.map_or_else(|| body.to_owned(), |limit| change(body, limit, &changes));
    let head: Vec<&str> = head.lines().filter(|line| !is_header(line, "content-length")).collect();
    let response = format!("{}\r\ncontent-length: {}\r\n\r\n{body}", head.join("\r\n"), body.len());
    client.write_all(response.as_bytes()).await
}

/// Asks for all lines, because those that are left out must not be counted either. Returns how many were asked for.
fn raise_limit(line: &mut String) -> Option<usize> {
    let (before, after) = line.split_once("limit=")?;
    let digits = after.chars().take_while(char::is_ascii_digit).count();
    let limit = after[..digits].parse().ok()?;
    *line = format!("{before}limit=10000{}", &after[digits..]);
    Some(limit)
}

/// Changes the list, and cuts it to the page.
fn change(body: &str, limit: usize, changes: &Changes) -> String {
    let (changes, mut page) = (changes.lock().unwrap(), body.parse::<Json>().unwrap());
    let Json::Object(fields) = &mut page else { return body.to_owned() };
    let Some(Json::Array(lines)) = fields.get_mut("results") else { return body.to_owned() };
    let change = |line: &Json| changes.get(&line["id"].as_i64().unwrap());
    lines.retain(|line| !matches!(change(line), Some(None)));
    for line in lines.iter_mut() {
        if let Some(Some(other)) = change(line) {
            *line = other.clone();
        }
    }
    let count = lines.len();
    assert!(limit == 1 || limit >= count, "the proxy does not divide the list into pages");
    lines.truncate(limit);
    fields.insert("count".to_owned(), Json::from(count as i64));
    page.to_string()
}
