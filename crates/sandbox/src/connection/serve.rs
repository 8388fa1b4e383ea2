//! Accepting connections.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::connection::exchange;
use crate::connection::stream::Stream;
use crate::server::shared::Shared;

/// The time within which the head of a request must arrive, so that half-open connections do not pile up.
const HEADER_TIMEOUT: Duration = Duration::from_secs(60);

/// Accepts connections until the task is aborted. While connections are to be refused, the port is closed.
pub(crate) async fn serve(listener: TcpListener, address: SocketAddr, shared: Arc<Shared>) {
    let mut refusing = shared.refusing.subscribe();
    let mut listener = Some(listener);
    // The task owns the set, and the set aborts its connections when dropped.
    let mut connections = JoinSet::new();
    loop {
        let refuses = *refusing.borrow_and_update();
        if refuses {
            listener = None;
            connections.abort_all();
        } else if listener.is_none() {
            listener = TcpListener::bind(address).await.ok();
        }
        shared.listening.send_replace(listener.is_some());
        match next(listener.as_ref(), &mut refusing).await {
            Next::Connection(stream) => {
                connections.spawn(connection(stream, shared.clone()));
            }
            Next::Retry => {}
            Next::Stopped => return,
        }
        while connections.try_join_next().is_some() {}
    }
}

enum Next {
    Connection(TcpStream),
    /// The setting has changed, or a connection could not be accepted.
    Retry,
    Stopped,
}

/// Waits for a connection, or for a change of the setting.
async fn next(listener: Option<&TcpListener>, refusing: &mut watch::Receiver<bool>) -> Next {
    let Some(listener) = listener else {
        return if refusing.changed().await.is_ok() { Next::Retry } else { Next::Stopped };
    };
    tokio::select! {
        accepted = listener.accept() => match accepted {
            Ok((stream, _)) => Next::Connection(stream),
            Err(_) => Next::Retry,
        },
        _ = refusing.changed() => Next::Retry,
    }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    // Without it, responses are only slower.
    let _ = stream.set_nodelay(true);
    let (stream, switch) = Stream::new(stream);
    let service = service_fn(move |request| {
        let (shared, switch) = (shared.clone(), switch.clone());
        async move { Ok::<_, Infallible>(exchange::respond(&shared, request, &switch).await) }
    });
    // The client sees a broken connection; the sandbox has nothing to do about it.
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
    let _ = server.serve_connection(TokioIo::new(stream), service).await;
}
