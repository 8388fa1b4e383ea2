//! HTTP servers that send what no well-behaved server would, and a shorthand for one that behaves.

use httpmock::{Mock, MockServer};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};

/// Binds a free port on loopback and returns the listener with its `http://` URL.
pub(crate) async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

/// Accepts a connection and reads the first bytes that the client sends: a whole request, if it has no body.
pub(crate) async fn accept(listener: &TcpListener) -> (TcpStream, Vec<u8>) {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut request = vec![0; 4096];
    let read = stream.read(&mut request).await.unwrap_or(0);
    request.truncate(read);
    (stream, request)
}

/// Serves `body` with status 200 to every `GET` of `path`.
pub(crate) async fn serve_get(server: &MockServer, path: impl Into<String>, body: impl Into<String>) -> Mock<'_> {
    let (path, body) = (path.into(), body.into());
    server
        .mock_async(|when, then| {
            when.method(httpmock::Method::GET).path(path);
            then.status(200).header("content-type", "application/json").body(body);
        })
        .await
}
