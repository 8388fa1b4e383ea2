//! A raw HTTP server that meets requests with faults and records what it has seen.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use campfire::{Client, Event};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::support::{KEY, quick_retries};

pub(super) const DETAIL: &str = r#"{"detail": "No."}"#;

/// What goes wrong with an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nothing listens until the first retry.
    Refused,
    /// Processes the request and sends nothing until the client gives up.
    Silent,
    /// Closes the connection without reading.
    ClosedUnread,
    /// Closes the connection after part of the request.
    ClosedMidRequest,
    /// Processes the request and closes the connection without a response.
    ClosedAfterRequest,
    /// Processes the request and closes the connection within the response head.
    ClosedMidHead,
    /// Processes the request and stops sending within the response head.
    SilentMidHead,
    /// Processes the request and closes the connection within the response body.
    ClosedMidBody,
    /// Processes the request and stops sending within the response body.
    SilentMidBody,
    /// Processes the request and announces a larger body than the client reads.
    Oversized,
    /// Responds with this status, these additional headers and this body.
    Respond(u16, &'static str, &'static str),
}

use Fault::{
    ClosedAfterRequest, ClosedMidBody, ClosedMidHead, ClosedMidRequest, ClosedUnread, Oversized, Refused, Respond,
    Silent, SilentMidBody, SilentMidHead,
};

impl Fault {
    /// Returns whether the server processes the request. Where a real server may or may not, the worst is assumed.
    pub(super) fn processes(self) -> bool {
        match self {
            Refused | ClosedUnread | ClosedMidRequest => false,
            Silent | ClosedAfterRequest | ClosedMidHead | ClosedMidBody | SilentMidHead | SilentMidBody | Oversized => {
                true
            }
            Respond(status, headers, _) => {
                matches!(status, 200 | 408 | 500 | 502 | 504 | 507 | 520 | 522 | 524 | 527 | 529 | 530 | 598 | 599)
                    || (status == 503 && headers.is_empty())
            }
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) attempts: usize,
    pub(super) processed: usize,
    /// The idempotency key of each request that was read.
    pub(super) keys: Vec<Option<String>>,
    pub(super) authorizations: usize,
}

/// A server whose first `faulty` requests meet a fault; all later ones succeed.
pub(super) struct Server {
    pub(super) url: String,
    fault: Fault,
    pub(super) seen: Arc<Mutex<Seen>>,
    /// The port of a server that does not listen yet. Holding it keeps other tests from taking it.
    reserved: Arc<Mutex<Option<TcpSocket>>>,
    listening: UnboundedSender<TcpListener>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    pub(super) async fn start(fault: Fault, faulty: usize) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let url = format!("http://{}", socket.local_addr().unwrap());
        let (listening, mut listeners) = unbounded_channel();
        let mut reserved = Some(socket);
        if fault != Refused || faulty == 0 {
            listen(&mut reserved, &listening);
        }
        let seen = Arc::new(Mutex::new(Seen::default()));
        let shared = seen.clone();
        let task = tokio::spawn(async move {
            let Some(listener) = listeners.recv().await else { return };
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let shared = shared.clone();
                tokio::spawn(async move { serve(stream, fault, faulty, &shared).await });
            }
        });
        Self { url, fault, seen, reserved: Arc::new(Mutex::new(reserved)), listening, task }
    }

    /// Returns a client of this server with quick retries. Its read timeout is short only if the server falls silent:
    /// on a busy machine, a short one would also end other calls.
    pub(super) fn client(&self) -> Client {
        let (reserved, listening, seen) = (self.reserved.clone(), self.listening.clone(), self.seen.clone());
        let silent = matches!(self.fault, Silent | SilentMidHead | SilentMidBody);
        let read_timeout = if silent { Duration::from_millis(500) } else { Duration::from_secs(60) };
        Client::builder()
            .api_key(KEY)
            .base_url(&self.url)
            .retry(quick_retries())
            .read_timeout(read_timeout)
            .on_event(move |event| {
                if let Event::Retry(_) = event
                    && listen(&mut reserved.lock().unwrap(), &listening)
                {
                    // The attempt that was refused.
                    seen.lock().unwrap().attempts += 1;
                }
            })
            .build()
            .unwrap()
    }
}

/// Starts to listen on a reserved port. Returns `false` if the server listens already.
fn listen(reserved: &mut Option<TcpSocket>, listening: &UnboundedSender<TcpListener>) -> bool {
    let Some(socket) = reserved.take() else { return false };
    listening.send(socket.listen(1024).unwrap()).unwrap();
    true
}

/// Serves one request per connection, so that a connection that is closed is never one that was reused.
async fn serve(mut stream: TcpStream, fault: Fault, faulty: usize, seen: &Mutex<Seen>) {
    let attempt = {
        let mut seen = seen.lock().unwrap();
        seen.attempts += 1;
        seen.attempts
    };
    let fault = (attempt <= faulty).then_some(fault);
    if fault == Some(ClosedUnread) {
        // The request is there: a client that hears of the end before it sends one knows that it was not processed.
        let _ = stream.peek(&mut [0; 1]).await;
        return;
    }
    let Some(head) = read_request(&mut stream, fault == Some(ClosedMidRequest)).await else { return };
    {
        let mut seen = seen.lock().unwrap();
        seen.processed += usize::from(fault.is_none_or(Fault::processes));
        let key = head.lines().find_map(|line| line.strip_prefix("idempotency-key: ").map(str::to_owned));
        seen.keys.push(key);
        seen.authorizations += usize::from(head.contains(&format!("authorization: token {KEY}")));
    }
    respond(&mut stream, fault).await;
}

/// Reads a request and returns its head in lower case, or `None` if a side closes the connection first.
async fn read_request(stream: &mut TcpStream, close_early: bool) -> Option<String> {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    let (head, length) = loop {
        let read = stream.read(&mut buffer).await.unwrap_or(0);
        if read == 0 || close_early {
            return None;
        }
        request.extend_from_slice(&buffer[..read]);
        if let Some(end) = request.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&request[..end]).to_lowercase();
            let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
            break (head, end + 4 + length.unwrap_or(0_usize));
        }
    };
    while request.len() < length {
        let read = stream.read(&mut buffer).await.unwrap_or(0);
        if read == 0 {
            return None;
        }
        request.extend_from_slice(&buffer[..read]);
    }
    Some(head)
}

async fn respond(stream: &mut TcpStream, fault: Option<Fault>) {
    const PART_OF_BODY: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\": 1";
    let (status, headers, body) = match fault {
        None => (200, "", r#"{"id": 1}"#),
        Some(Respond(status, headers, body)) => (status, headers, body),
        Some(fault) => {
            let part: &[u8] = match fault {
                ClosedMidHead | SilentMidHead => b"HTTP/1.1 200 O",
                ClosedMidBody | SilentMidBody => PART_OF_BODY,
                Oversized => b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n{",
                _ => b"",
            };
            let _ = stream.write_all(part).await;
            if matches!(fault, Silent | SilentMidHead | SilentMidBody) {
                // Ends when the client closes the connection.
                let _ = stream.read(&mut [0; 1]).await;
            }
            return;
        }
    };
    let response =
        format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n{body}", body.len());
    let _ = stream.write_all(response.as_bytes()).await;
}
