//! [`FileStream`]: the content of a file on disk, in exactly the length that was announced.

use std::io::{Error, ErrorKind};
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use tokio::fs::File;
use tokio::io::{AsyncRead, ReadBuf};

const CHUNK: usize = 64 * 1024;

/// A file that is read in chunks. It yields as many bytes as the file had when it was opened, even if the file grows
/// meanwhile: anything beyond would cut off the rest of the request.
pub(super) struct FileStream {
    file: File,
    pub(super) remaining: u64,
    buffer: Box<[u8]>,
}

impl FileStream {
    /// Opens a regular file. Only these have a length, and opening a pipe would wait for its writer.
    pub(super) async fn open(path: &Path) -> Result<Self, Error> {
        if !tokio::fs::metadata(path).await?.is_file() {
            return Err(Error::new(ErrorKind::InvalidInput, "it is not a regular file"));
        }
        let file = File::open(path).await?;
        let remaining = file.metadata().await?.len();
        Ok(Self { file, remaining, buffer: vec![0; CHUNK].into() })
    }
}

impl Stream for FileStream {
    type Item = Result<Bytes, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Self { file, remaining, buffer } = self.get_mut();
        if *remaining == 0 {
            return Poll::Ready(None);
        }
        let wanted = usize::try_from(*remaining).map_or(CHUNK, |remaining| remaining.min(CHUNK));
        let mut chunk = ReadBuf::new(&mut buffer[..wanted]);
        ready!(Pin::new(file).poll_read(context, &mut chunk))?;
        if chunk.filled().is_empty() {
            return Poll::Ready(Some(Err(Error::new(ErrorKind::UnexpectedEof, "the file shrank while it was sent"))));
        }
        *remaining -= chunk.filled().len() as u64;
        Poll::Ready(Some(Ok(Bytes::copy_from_slice(chunk.filled()))))
    }
}
