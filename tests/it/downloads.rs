//! Downloads: files from presigned URLs, which are fetched without the API key, and PDFs from the API.

use std::io::Write;
use std::time::Duration;

use campfire::error::TimeoutPhase;
use campfire::sandbox::Sandbox;
use campfire::{Client, Error, FilePart};
use httpmock::prelude::*;
use tokio::io::AsyncWriteExt;

use crate::support::sandbox::start;
use crate::support::server::{accept, listen};
use crate::support::{KEY, client};

#[tokio::test]
async fn an_uploaded_file_can_be_downloaded_by_its_link() {
    let (_sandbox, campfire) = start().await;
    let content: Vec<u8> = (0..=255).cycle().take(5_000).collect();
    let part = FilePart::from_bytes("scan.pdf", content.clone());
    let file = campfire.files().upload("contract".into(), part).await.unwrap();
    let link = campfire.files().download_url(file.id).await.unwrap().into_inner().url.unwrap();
    let download = campfire.download(&link).await.unwrap();
    assert_eq!(download.bytes(10_000).await.unwrap(), content);
    assert!(matches!(campfire.download(&format!("{link}9")).await, Err(Error::NotFound(_))));
}

#[tokio::test]
async fn presigned_downloads_reveal_neither_key_nor_signature() {
    let (listener, url) = listen().await;
    let url = format!("{url}/bucket/file?X-Signature=s3cret");
    let server = tokio::spawn(async move {
        let mut heads = Vec::new();
        for status in ["200 OK", "403 Forbidden"] {
            let (mut stream, request) = accept(&listener).await;
            heads.push(String::from_utf8_lossy(&request).to_lowercase());
            let response = format!("HTTP/1.1 {status}\r\ncontent-length: 4\r\nconnection: close\r\n\r\nfile");
            stream.write_all(response.as_bytes()).await.unwrap();
        }
        heads
    });
    let (sandbox, campfire) = start().await;
    assert_eq!(campfire.download(&url).await.unwrap().bytes(10).await.unwrap(), "file");
    let error = campfire.download(&url).await.unwrap_err();
    assert!(matches!(error, Error::Permission(_)), "{error}");
    let unreachable = campfire.download(&url).await.unwrap_err();
    for head in server.await.unwrap() {
        assert!(!head.contains("authorization") && !head.contains(&sandbox.key()), "{head}");
    }
    for error in [error, unreachable] {
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
    }
    for invalid in ["", "bucket/file", "http://files.example.com/x?sig=s3cret", "ftp://127.0.0.1/s3cret"] {
        let error = campfire.download(invalid).await.unwrap_err();
        assert!(matches!(error, Error::Request(_)) && !error.to_string().contains("s3cret"), "{error}");
    }
}

#[cfg(feature = "accounts-receivable")]
#[tokio::test]
async fn pdfs_can_be_read_as_bytes_or_into_a_writer() {
    let sandbox = Sandbox::builder().allow_unmodelled(true).start().await.unwrap();
    let campfire = sandbox.client().unwrap();
    let id = sandbox.seed("credit_memos", serde_json::json!({})).unwrap();
    let pdf = campfire.credit_memos().pdf(id).await.unwrap();
    assert_eq!(pdf.content_type(), Some("application/pdf"));
    assert_eq!(pdf.body_len(), 0, "the body has not been read yet");
    let bytes = pdf.into_inner().bytes(1 << 20).await.unwrap();
    assert!(bytes.starts_with(b"%PDF-") && bytes.ends_with(b"%%EOF\n"));
    let mut file = Vec::new();
    let size = campfire.credit_memos().pdf(id).await.unwrap().into_inner().write_to(&mut file).await.unwrap();
    assert_eq!((size as usize, &file[..]), (bytes.len(), &bytes[..]));
    let error = campfire.credit_memos().pdf(id).await.unwrap().into_inner().bytes(10).await.unwrap_err();
    assert!(error.to_string().contains("larger than 10 bytes"), "{error}");
}

#[tokio::test]
async fn file_names_never_contain_a_folder() {
    let server = MockServer::start_async().await;
    let campfire = client(server.base_url());
    for (number, (disposition, expected)) in [
        (r#"attachment; filename="march report.pdf""#, Some("march report.pdf")),
        ("attachment; filename=report.pdf; size=3", Some("report.pdf")),
        (r#"attachment; filename="../../etc/passwd""#, Some("passwd")),
        (r#"attachment; filename="C:\\Windows\\report.pdf""#, Some("report.pdf")),
        (r#"attachment; filename="..""#, None),
        (r#"attachment; filename="""#, None),
        ("inline", None),
    ]
    .into_iter()
    .enumerate()
    {
        let path = format!("/files/{number}");
        server
            .mock_async(|when, then| {
                when.method(GET).path(&path);
                then.status(200).header("content-disposition", disposition).body("pdf");
            })
            .await;
        let download = campfire.download(&server.url(&path)).await.unwrap();
        assert_eq!(download.file_name(), expected, "{disposition}");
    }
    server
        .mock_async(|when, then| {
            when.method(GET).path("/files/unnamed");
            then.status(200).body("pdf");
        })
        .await;
    assert_eq!(campfire.download(&server.url("/files/unnamed")).await.unwrap().file_name(), None);
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// Serves this response to every connection, a chunk at a time with this pause after each.
async fn serve(head: &str, chunks: Vec<Vec<u8>>, pause: Duration) -> String {
    let (listener, url) = listen().await;
    let length: usize = chunks.iter().map(Vec::len).sum();
    let head = format!("HTTP/1.1 {head}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    tokio::spawn(async move {
        loop {
            let (mut stream, request) = accept(&listener).await;
            assert!(String::from_utf8_lossy(&request).to_lowercase().contains("accept-encoding: gzip\r\n"));
            let _ = stream.write_all(head.as_bytes()).await;
            for chunk in &chunks {
                let _ = stream.write_all(chunk).await;
                tokio::time::sleep(pause).await;
            }
        }
    });
    url
}

#[tokio::test]
async fn all_members_of_a_gzip_body_are_read() {
    let members: Vec<_> = [&b"{\"id\": 7, "[..], b"\"deal_name\":", b" \"Northwind\"}"].into_iter().map(gzip).collect();
    for chunks in [vec![members.concat()], members] {
        let url = serve("200 OK\r\ncontent-encoding: gzip", chunks, Duration::ZERO).await;
        let campfire = client(&url);
        let file = campfire.download(&url).await.unwrap().bytes(100).await.unwrap();
        assert_eq!(file, "{\"id\": 7, \"deal_name\": \"Northwind\"}");
        let contract = campfire.contracts().retrieve(7).await.unwrap();
        assert_eq!(contract.deal_name.as_deref(), Some("Northwind"));
    }
    let mut cut = gzip(b"{\"id\": 7}");
    cut.pop();
    let url = serve("200 OK\r\ncontent-encoding: gzip", vec![cut], Duration::ZERO).await;
    let error = client(&url).contracts().retrieve(7).await.unwrap_err();
    assert!(matches!(error, Error::Transport(_)) && error.to_string().contains("decompressed"), "{error:?}");
}

#[tokio::test]
async fn a_part_of_a_file_is_no_file() {
    let url = serve("206 Partial Content\r\ncontent-range: bytes 0-3/9", vec![b"file".to_vec()], Duration::ZERO).await;
    let error = client(&url).download(&url).await.unwrap_err();
    assert!(error.to_string().contains("only a part of the file"), "{error}");
}

#[tokio::test]
async fn a_server_elsewhere_cannot_name_a_file_on_this_machine() {
    let (listener, url) = listen().await;
    let campfire = Client::builder().api_key(KEY).base_url("https://api.example.com").build().unwrap();
    for host in ["127.0.0.1", "localhost", "localhost.", "0.0.0.0", "[::ffff:127.0.0.1]"] {
        let error = campfire.download(&url.replace("127.0.0.1", host)).await.unwrap_err();
        assert!(matches!(error, Error::Request(_)) && error.to_string().contains("this machine"), "{host}: {error}");
    }
    drop(listener);
}

#[tokio::test]
async fn downloads_obey_the_limits_of_the_client() {
    // The server is never silent for long, but never done either.
    let url = serve("200 OK", vec![b"x".to_vec(); 1_000], Duration::from_millis(20)).await;
    let builder = Client::builder().api_key(KEY).base_url(&url);
    let limits =
        [builder.clone().timeout(Duration::from_millis(300)), builder.attempt_timeout(Duration::from_millis(300))];
    for builder in limits {
        let campfire = builder.build().unwrap();
        let ended =
            tokio::time::timeout(Duration::from_secs(15), async { campfire.download(&url).await?.bytes(10_000).await });
        let error = ended.await.expect("the download goes on").unwrap_err();
        assert!(matches!(&error, Error::Timeout(error) if error.phase() == TimeoutPhase::Call), "{error:?}");
    }
    let url = serve("200 OK", vec![vec![b'x'; 2_000]], Duration::ZERO).await;
    let campfire = Client::builder().api_key(KEY).base_url(&url).max_body(1_000).build().unwrap();
    let error = campfire.download(&url).await.unwrap().bytes(usize::MAX).await.unwrap_err();
    assert!(error.to_string().contains("larger than 1000 bytes"), "{error}");
    let mut file = Vec::new();
    assert_eq!(campfire.download(&url).await.unwrap().write_to(&mut file).await.unwrap(), 2_000);
}
