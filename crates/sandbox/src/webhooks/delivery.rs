//! Delivering events over HTTP, to this machine only.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::{Request, header};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;
use url::{Host, Url};

use crate::state::store::Store;
use crate::webhooks::event::{self, Attempt};

/// The time within which a subscriber must respond.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(10);

/// Delivers the events of a tenant one after the other, until none is due.
pub(crate) async fn deliver(store: &Mutex<Store>) {
    loop {
        // Requests wait for the store meanwhile, so it is searched once for all events that are due.
        let due = event::due(&store.lock().unwrap_or_else(PoisonError::into_inner));
        if due.is_empty() {
            return;
        }
        for id in due {
            let attempt = event::attempt(&store.lock().unwrap_or_else(PoisonError::into_inner), id);
            let Some(attempt) = attempt else { continue };
            let outcome = match timeout(RESPONSE_TIMEOUT, send(attempt)).await {
                Ok(outcome) => outcome,
                Err(_) => Err(format!("no response within {} seconds", RESPONSE_TIMEOUT.as_secs())),
            };
            event::finish(&mut store.lock().unwrap_or_else(PoisonError::into_inner), id, outcome);
        }
    }
}

/// Returns the time until the next attempt, by the clock of the tenant.
pub(crate) fn wait(store: &Mutex<Store>) -> Option<Duration> {
    let store = store.lock().unwrap_or_else(PoisonError::into_inner);
    // A clock that stands still never reaches it.
    let next = event::next_time(&store).filter(|_| !store.clock.is_frozen())?;
    Some(Duration::from_secs(u64::try_from(next - store.now()).unwrap_or_default()))
}

/// Posts an event, and returns the status of the response.
async fn send(attempt: Attempt) -> Result<u16, String> {
    let url = Url::parse(&attempt.url).map_err(|error| error.to_string())?;
    if url.scheme() != "http" || !is_loopback(&url) {
        return Err("the sandbox posts only to http:// addresses of this machine".to_owned());
    }
    let host = url.host_str().unwrap_or_default();
    let address = format!("{host}:{}", url.port_or_known_default().unwrap_or(80));
    let stream = TcpStream::connect(&address).await.map_err(|error| error.to_string())?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
    let connection = AbortOnDrop(tokio::spawn(connection));
    let target = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let request = Request::post(target)
        .header(header::HOST, &address)
        .header(header::CONTENT_TYPE, "application/json")
        .header("x-webhook-token", &attempt.token)
        .header("x-webhook-topic", &attempt.topic)
        .body(Full::new(Bytes::from(attempt.body)))
        .map_err(|error| error.to_string())?;
    let response = sender.send_request(request).await.map_err(|error| error.to_string())?;
    drop(connection);
    Ok(response.status().as_u16())
}

/// A task that ends with the attempt, whatever its outcome.
struct AbortOnDrop<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}
