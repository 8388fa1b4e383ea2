//! File uploads.

use std::time::Duration;

use campfire::sandbox::{Fault, FaultRule, Sandbox};
use campfire::types::FileModel;
use campfire::{Error, Event, FilePart};

use crate::support::quick_retries;
use crate::support::sandbox::{builder, start};

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
    sandbox.inject(FaultRule::new(Fault::RateLimited(Duration::ZERO)).operation("files.upload").times(2));
    let file = upload().await.unwrap();
    assert_eq!(
        (file.attempts(), file.s3_content_length),
        (3, Some(8)),
        "nothing had been processed before the third attempt"
    );
    // An upload that may have been processed is not sent again: it could create a second document.
    sandbox.inject(FaultRule::new(Fault::Status(500)).operation("files.upload").times(1));
    let lost = upload().await.unwrap_err();
    assert!(matches!(lost, Error::OutcomeUnknown(_)), "{lost:?}");
    // A file that disappears between attempts ends the call.
    sandbox.inject(FaultRule::new(Fault::RateLimited(Duration::ZERO)).operation("files.upload").times(1));
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
