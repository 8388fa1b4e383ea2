//! File uploads.

use std::time::Duration;

use campfire::sandbox::{Fault, FaultRule, Sandbox};
use campfire::types::FileModel;
use campfire::{Error, Event, FilePart};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::sandbox::{builder, start};
use crate::support::server::{accept, listen};
use crate::support::{client, quick_retries};

#[tokio::test]
async fn files_from_memory_and_disk_keep_name_and_type() {
    let (sandbox, campfire) = start().await;
    let part = FilePart::from_bytes("receipt.pdf", b"%PDF-1.4 hello\r\n--not-the-boundary".to_vec());
    let file = campfire.files().upload(FileModel::Bill, part).object_id(7).await.unwrap();
    assert_eq!((file.name.as_deref(), file.s3_content_length), (Some("receipt.pdf"), Some(34)));
    assert_eq!(file.s3_content_type.as_deref(), Some("application/pdf"));
    assert_eq!(sandbox.requests()[0].query, "model=bill&object_id=7");
    let path = std::env::temp_dir().join(format!("campfire-upload-{}.csv", std::process::id()));
    std::fs::write(&path, "a,b\n1,2\n").unwrap();
    let part = FilePart::from_path(&path).with_file_name("usage.csv");
    let file = campfire.files().upload(FileModel::Contract, part).await.unwrap();
    assert_eq!((file.name.as_deref(), file.s3_content_length), (Some("usage.csv"), Some(8)));
    std::fs::remove_file(&path).unwrap();
    let gone = campfire.files().upload(FileModel::Contract, FilePart::from_path(&path)).await.unwrap_err();
    assert!(gone.to_string().contains("cannot be read"), "{gone}");
    assert_eq!(sandbox.requests().len(), 2, "a request was sent for a missing file");
}

#[tokio::test]
async fn each_attempt_reads_the_file_again() {
    let sandbox = Sandbox::start().await.unwrap();
    let campfire = builder(&sandbox).retry(quick_retries()).build().unwrap();
    let path = std::env::temp_dir().join(format!("campfire-upload-again-{}.csv", std::process::id()));
    std::fs::write(&path, "a,b\n1,2\n").unwrap();
    let upload = || campfire.files().upload(FileModel::Contract, FilePart::from_path(&path));
    sandbox.inject(FaultRule::new(Fault::RateLimited(Duration::ZERO)).operation("files.upload").times(2)).unwrap();
    let file = upload().await.unwrap();
    assert_eq!(
        (file.attempts(), file.s3_content_length),
        (3, Some(8)),
        "nothing had been processed before the third attempt"
    );
    // An upload that may have been processed is not sent again: it could create a second document.
    sandbox.inject(FaultRule::new(Fault::Status(500)).operation("files.upload").times(1)).unwrap();
    let lost = upload().await.unwrap_err();
    assert!(matches!(lost, Error::OutcomeUnknown(_)), "{lost:?}");
    // A file that disappears between attempts ends the call.
    sandbox.inject(FaultRule::new(Fault::RateLimited(Duration::ZERO)).operation("files.upload").times(1)).unwrap();
    let removed = path.clone();
    let campfire = builder(&sandbox)
        .on_event(move |event| {
            if matches!(event, Event::Retry(_)) {
                let _ = std::fs::remove_file(&removed);
            }
        })
        .build()
        .unwrap();
    let gone = campfire.files().upload(FileModel::Contract, FilePart::from_path(&path)).await.unwrap_err();
    assert!(gone.to_string().contains("cannot be read"), "{gone}");
    assert!(matches!(&gone, Error::Request(_)), "{gone:?}");
    assert_eq!(sandbox.requests().len(), 5, "{:?}", sandbox.requests());
}

#[tokio::test]
async fn the_content_type_of_an_upload_can_be_set() {
    let (sandbox, campfire) = start().await;
    let part = FilePart::from_bytes("receipt.pdf", b"GIF89a".to_vec()).with_content_type("image/gif");
    assert_eq!(part.content_type(), "image/gif");
    let file = campfire.files().upload(FileModel::Bill, part).await.unwrap();
    assert_eq!((file.name.as_deref(), file.s3_content_type.as_deref()), (Some("receipt.pdf"), Some("image/gif")));

    let invalid = FilePart::from_bytes("receipt.pdf", b"GIF89a".to_vec()).with_content_type("not a media type");
    let error = campfire.files().upload(FileModel::Bill, invalid).await.unwrap_err();
    assert!(matches!(error, Error::Request(_)) && error.to_string().contains("not a media type"), "{error:?}");
    assert_eq!(sandbox.requests().len(), 1, "the invalid upload was sent");
}

/// Returns a path for a file of this test run, which does not exist yet.
fn temporary(name: &str) -> std::path::PathBuf {
    let path = std::env::temp_dir().join(format!("campfire-upload-{}-{name}", std::process::id()));
    let _ = std::fs::remove_file(&path);
    path
}

#[tokio::test]
async fn no_more_than_the_announced_length_of_a_file_is_sent() {
    let path = temporary("growing.csv");
    std::fs::write(&path, "a,b\n1,2\n").unwrap();
    let growing = path.clone();
    let (sandbox, _) = start().await;
    // The hook runs after the file was opened and before its content is sent.
    let campfire = builder(&sandbox)
        .on_request(move |_, _| std::fs::write(&growing, "a,b\n1,2\n".repeat(20_000)).unwrap())
        .build()
        .unwrap();
    let file = campfire.files().upload(FileModel::Contract, FilePart::from_path(&path)).await.unwrap();
    assert_eq!(file.s3_content_length, Some(8));

    std::fs::write(&path, "a,b\n1,2\n").unwrap();
    let shrinking = path.clone();
    let campfire = builder(&sandbox).on_request(move |_, _| std::fs::write(&shrinking, "a").unwrap()).build().unwrap();
    let error = campfire.files().upload(FileModel::Contract, FilePart::from_path(&path)).await.unwrap_err();
    assert!(error.to_string().contains("the file shrank while it was sent"), "{error}");
    std::fs::remove_file(&path).unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn only_regular_files_are_sent() {
    let (sandbox, campfire) = start().await;
    let pipe = temporary("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let missing = temporary("missing.pdf");
    for path in [std::env::temp_dir(), "/dev/zero".into(), pipe.clone(), missing] {
        let upload = campfire.files().upload(FileModel::Contract, FilePart::from_path(&path));
        let ended = tokio::time::timeout(Duration::from_secs(20), upload.send()).await;
        let error = ended.unwrap_or_else(|_| panic!("{} hangs", path.display())).unwrap_err();
        assert!(matches!(error, Error::Request(_)), "{error:?}");
        assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    }
    assert!(sandbox.requests().is_empty(), "{:?}", sandbox.requests());
    std::fs::remove_file(&pipe).unwrap();
}

#[tokio::test]
async fn file_names_and_media_types_cannot_add_headers() {
    let (listener, url) = listen().await;
    let server = tokio::spawn(async move {
        let (mut stream, mut request) = accept(&listener).await;
        while !request.ends_with(b"--\r\n") {
            assert!(stream.read_buf(&mut request).await.unwrap() > 0);
        }
        stream.write_all(b"HTTP/1.1 201 Created\r\ncontent-length: 8\r\n\r\n{\"id\":1}").await.unwrap();
        String::from_utf8(request).unwrap()
    });
    let campfire = client(url);
    let part = FilePart::from_bytes("a\r\nx-injected: 1\n\rb\"c\\.pdf", "content");
    campfire.files().upload(FileModel::Bill, part).await.unwrap();
    let request = server.await.unwrap();
    assert!(request.contains(r#"filename="a%0D%0Ax-injected: 1%0A%0Db\"c\\.pdf""#), "{request}");
    for media_type in ["text/plain\r\nx-injected: 1", "text/plain; a=\"\r\nx-injected: 1\"", "", "text"] {
        let part = FilePart::from_bytes("receipt.pdf", "content").with_content_type(media_type);
        let error = campfire.files().upload(FileModel::Bill, part).await.unwrap_err();
        assert!(matches!(error, Error::Request(_)) && error.to_string().contains("receipt.pdf"), "{error:?}");
    }
}

#[tokio::test]
async fn a_response_that_arrives_before_the_whole_file_was_sent_is_read() {
    let content = vec![b'x'; 16 << 20];
    let path = temporary("large.bin");
    std::fs::write(&path, &content).unwrap();
    let (listener, url) = listen().await;
    let server = tokio::spawn(async move {
        // Connections stay open, but nothing more is read from them.
        let mut connections = Vec::new();
        loop {
            let (mut stream, _) = accept(&listener).await;
            let body = r#"{"detail":"at most 5 MB"}"#;
            let head = format!("HTTP/1.1 413 Payload Too Large\r\ncontent-length: {}\r\n", body.len());
            stream.write_all(format!("{head}connection: close\r\n\r\n{body}").as_bytes()).await.unwrap();
            connections.push(stream);
        }
    });
    let campfire = client(url);
    for part in [FilePart::from_path(&path), FilePart::from_bytes("large.bin", content)] {
        let upload = campfire.files().upload(FileModel::Contract, part).timeout(Duration::from_secs(20));
        let error = upload.await.unwrap_err();
        assert!(matches!(&error, Error::Status(error) if error.status() == 413), "{error:?}");
        assert!(error.to_string().contains("at most 5 MB"), "{error}");
    }
    server.abort();
    std::fs::remove_file(&path).unwrap();
}

/// A server that refuses an upload and closes the connection resets it, because bytes that it has not read are left. The
/// response is read wherever it arrives before the reset; otherwise the upload may have been processed, as far as is known.
#[tokio::test]
async fn a_response_that_a_reset_follows_is_read_or_the_outcome_is_unknown() {
    let (listener, url) = listen().await;
    let server = tokio::spawn(async move {
        loop {
            let (mut stream, _) = accept(&listener).await;
            let body = r#"{"detail":"at most 5 MB"}"#;
            let head = format!("HTTP/1.1 413 Payload Too Large\r\ncontent-length: {}\r\n\r\n", body.len());
            let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
        }
    });
    let campfire = client(url);
    let mut read = 0;
    for _ in 0..50 {
        let part = FilePart::from_bytes("large.bin", vec![b'x'; 8 << 20]);
        match campfire.files().upload(FileModel::Contract, part).timeout(Duration::from_secs(20)).await.unwrap_err() {
            Error::Status(error) if error.status() == 413 => read += 1,
            Error::OutcomeUnknown(_) => {}
            error => panic!("{error:?}"),
        }
    }
    eprintln!("{read} of 50 responses were read");
    assert!(read > 0, "no response was read");
    server.abort();
}
