//! Files from presigned addresses: fetched from wherever they are, without the key.

#![cfg(all(feature = "sandbox", feature = "settings"))]

use campfire::sandbox::Sandbox;
use campfire::{Error, FilePart};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

#[tokio::test]
async fn what_was_uploaded_comes_back_from_its_link() {
    let sandbox = Sandbox::start().await.unwrap();
    let campfire = sandbox.client().unwrap();
    let content: Vec<u8> = (0..=255).cycle().take(5_000).collect();
    let part = FilePart::from_bytes("scan.pdf", content.clone());
    let file = campfire.files().upload("contract".into(), part).await.unwrap();
    let link = campfire.files().download_url(file.id).await.unwrap().into_inner().url.unwrap();
    let download = campfire.download(&link).await.unwrap();
    assert_eq!(download.bytes(10_000).await.unwrap(), content);
    assert!(matches!(campfire.download(&format!("{link}9")).await, Err(Error::NotFound(_))));
}

#[tokio::test]
async fn another_server_gets_no_key_and_errors_show_no_signature() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/bucket/file?X-Signature=s3cret", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let mut heads = Vec::new();
        for status in ["200 OK", "403 Forbidden"] {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut buffer = [0; 4096];
            let read = stream.read(&mut buffer).await.unwrap();
            heads.push(String::from_utf8_lossy(&buffer[..read]).to_lowercase());
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 4\r\nconnection: close\r\n\r\nfile");
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
        heads
    });
    let sandbox = Sandbox::start().await.unwrap();
    let campfire = sandbox.client().unwrap();
    assert_eq!(campfire.download(&url).await.unwrap().bytes(10).await.unwrap(), "file");
    let error = campfire.download(&url).await.unwrap_err();
    assert!(matches!(error, Error::Permission(_)), "{error}");
    let gone = campfire.download(&url).await.unwrap_err();
    for head in server.await.unwrap() {
        assert!(!head.contains("authorization") && !head.contains(&sandbox.key()), "{head}");
    }
    for error in [error, gone] {
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
    }
    for wrong in ["", "bucket/file", "http://files.example.com/x?sig=s3cret", "ftp://127.0.0.1/s3cret"] {
        let error = campfire.download(wrong).await.unwrap_err();
        assert!(matches!(error, Error::Request(_)) && !error.to_string().contains("s3cret"), "{error}");
    }
}
