//! [`Download`]: an answer that is a file.

use std::fmt;
use std::pin::pin;

use bytes::{Bytes, BytesMut};

use crate::decode::Answer;
use crate::error::{Error, RequestError, TimeoutPhase, TransportError};
use crate::transport::body::Incoming;
use crate::transport::limit::Limit;
use crate::transport::{self, Received};
use crate::{Client, Operation, client};

/// A file that the server sends: PDF, CSV, XLSX.
///
/// It is not in memory yet: take it piece by piece with [`chunk`](Self::chunk), or as a whole with
/// [`bytes`](Self::bytes).
pub struct Download {
    operation: &'static crate::Operation,
    content_type: Option<String>,
    file_name: Option<String>,
    body: Box<Incoming>,
}

/// What [`Client::download`] calls itself in errors.
static OPERATION: Operation = Operation {
    id: "client.download",
    method: "GET",
    path: "",
    retry: crate::Retry::Safe,
    read_back: None,
    streams: true,
};

impl Client {
    /// Fetches a file from a presigned address, as `files().download_url(id)` answers them. The API key stays here: the
    /// address is its own permission, and errors do not show it.
    ///
    #[cfg_attr(feature = "settings", doc = "```no_run")]
    #[cfg_attr(not(feature = "settings"), doc = "```ignore")]
    /// # async fn example(campfire: campfire::Client) -> Result<(), campfire::Error> {
    /// let link = campfire.files().download_url(42).await?;
    /// if let Some(url) = &link.url {
    ///     let contract = campfire.download(url).await?.bytes(20 << 20).await?;
    ///     println!("{} bytes", contract.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the address is none, or is plain `http` to another machine; when the server cannot be reached or refuses, as it
    /// does when the address has expired. It is not tried again: ask for a new address.
    pub async fn download(&self, url: &str) -> Result<Download, Error> {
        let refuse = |message: &str| {
            Error::Request(RequestError { operation: OPERATION.id, message: message.to_owned(), fields: Vec::new() })
        };
        let url = client::file_url(url).map_err(refuse)?;
        // Nothing of the client's own goes along: no key, no headers, no hooks.
        let request = reqwest::Request::new(http::Method::GET, url);
        let settings = &self.inner.settings;
        let limit = Some(settings.read_timeout);
        let silence = Limit { operation: &OPERATION, phase: TimeoutPhase::Answer, limit };
        let answer = silence.hold(pin!(self.inner.http.execute(request))).await?;
        let response = answer.map_err(|error| transport::failure::from_reqwest(error, &OPERATION))?;
        let mut body = Incoming { response, silence };
        let mut received = transport::receive(&mut body, settings.max_body).await?;
        received.stream = Some(Box::new(body));
        Download::receive(received)
    }
}

impl Download {
    /// The media type that the server names.
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// The file name that the server proposes, without any folder.
    pub fn file_name(&self) -> Option<&str> {
        self.file_name.as_deref()
    }

    /// The next piece, or `None` at the end.
    ///
    /// # Errors
    /// When the connection breaks, or the server is silent for longer than the client's read timeout.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        self.body.chunk().await
    }

    /// The whole file, of at most `limit` bytes.
    ///
    /// # Errors
    /// When the connection breaks, or the file is larger.
    pub async fn bytes(mut self, limit: usize) -> Result<Bytes, Error> {
        let mut file = BytesMut::new();
        while let Some(chunk) = self.chunk().await? {
            if file.len() + chunk.len() > limit {
                return Err(Error::Transport(TransportError {
                    operation: self.operation.id,
                    message: format!("the file is larger than {limit} bytes; take it piece by piece with `chunk`"),
                    may_have_been_processed: true,
                    repeatable: false,
                    is_final: true,
                    request_id: None,
                    source: None,
                }));
            }
            file.extend_from_slice(&chunk);
        }
        Ok(file.freeze())
    }

    /// Writes the file piece by piece; gives its size.
    ///
    /// # Errors
    /// When the connection breaks, or writing fails (as the `source` of a transport error).
    pub async fn write_to(mut self, writer: &mut impl std::io::Write) -> Result<u64, Error> {
        let mut size = 0;
        while let Some(chunk) = self.chunk().await? {
            writer.write_all(&chunk).map_err(|error| {
                Error::Transport(TransportError {
                    operation: self.operation.id,
                    message: format!("the file cannot be written: {error}"),
                    may_have_been_processed: true,
                    repeatable: true,
                    is_final: true,
                    request_id: None,
                    source: Some(Box::new(error)),
                })
            })?;
            size += chunk.len() as u64;
        }
        Ok(size)
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("content_type", &self.content_type)
            .field("file_name", &self.file_name)
            .finish_non_exhaustive()
    }
}

impl Answer for Download {
    fn receive(received: Received) -> Result<Self, Error> {
        let header = |name| received.headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
        let content_type = header(http::header::CONTENT_TYPE).map(str::to_owned);
        let file_name = header(http::header::CONTENT_DISPOSITION).and_then(file_name);
        match received.stream {
            Some(body) => Ok(Self { operation: received.operation, content_type, file_name, body }),
            None => Err(Error::Transport(TransportError {
                operation: received.operation.id,
                message: "the answer is no stream".to_owned(),
                may_have_been_processed: true,
                repeatable: false,
                is_final: true,
                request_id: None,
                source: None,
            })),
        }
    }
}

/// `attachment; filename="a.pdf"` → `a.pdf`. Folders are cut off: the name must not lead anywhere.
fn file_name(disposition: &str) -> Option<String> {
    let name = disposition.split(';').find_map(|part| part.trim().strip_prefix("filename="))?;
    let name = name.trim().trim_matches('"');
    let name = name.rsplit(['/', '\\']).next()?;
    (!name.is_empty() && name != "." && name != "..").then(|| name.to_owned())
}
