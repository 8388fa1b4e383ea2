//! [`Download`]: a response that is a file.

use std::fmt;
use std::pin::pin;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use tokio::time::timeout_at;

use crate::client::Client;
use crate::send::FromReceived;
use campfire_transport::address::file_url;
use campfire_transport::body::{Incoming, Whole};
use campfire_transport::disposition::file_name;
use campfire_transport::failure;
use campfire_transport::limit::Limit;
use campfire_transport::outcome::certainty::Certainty;
use campfire_transport::outcome::error::{Error, RequestError, TimeoutError, TimeoutPhase, TransportError};
use campfire_transport::outcome::operation::{Operation, Retry};
use campfire_transport::outcome::rejected::RejectedRecords;
use campfire_transport::received::{Received, receive};

/// A file that the server sends: PDF, CSV, XLSX.
///
/// Its content has not been read yet: read it in chunks with [`chunk`](Self::chunk), or as a whole with
/// [`bytes`](Self::bytes).
pub struct Download {
    operation: &'static Operation,
    content_type: Option<String>,
    file_name: Option<String>,
    body: Box<Incoming>,
    /// When the download ends at the latest, and the limit of which this is the end.
    deadline: Option<(Instant, Duration)>,
    /// The most bytes that are read into memory.
    max_bytes: usize,
}

/// How [`Client::download`] appears in errors.
static OPERATION: Operation = Operation::new("client.download", "GET", "", Retry::Safe, None).streaming();

impl Client {
    /// Fetches a file from a presigned URL, as returned by `files().download_url(id)`. The API key is not sent: whoever has
    /// the URL may read the file, so errors do not contain it either.
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
    /// If the URL is invalid, is plain `http` to another machine, or leads to this machine although the API does not; if
    /// the server cannot be reached or refuses, for
    /// example because the URL has expired. The request is not retried: request a new URL.
    pub async fn download(&self, url: &str) -> Result<Download, Error> {
        let started = Instant::now();
        let url = file_url(url, &self.transport.address).map_err(|message| RequestError::new(&OPERATION, message))?;
        // The request carries nothing of the client: no key, no headers, no hooks.
        let request = reqwest::Request::new(http::Method::GET, url);
        let settings = &self.transport.settings;
        let limit = Some(settings.read_timeout);
        let silence = Limit { operation: &OPERATION, phase: TimeoutPhase::Response, limit };
        let call = pin!(async {
            let http = self.transport.http.client(Retry::Safe)?;
            let response = silence.hold(pin!(http.execute(request))).await?;
            let response = response.map_err(|error| failure::from_reqwest(error, &OPERATION))?;
            let mut body = Incoming::new(response, silence);
            let mut received = receive(&mut body, settings.max_body, &settings.authorization, &Whole).await?;
            received.stream = Some(Box::new(body));
            Ok(received)
        });
        // There is only one attempt.
        let limit = [settings.timeout, settings.attempt_timeout].into_iter().flatten().min();
        let whole = Limit { operation: &OPERATION, phase: TimeoutPhase::Call, limit };
        let mut received = whole.hold(call).await.unwrap_or_else(Err)?;
        let download = Download::from_received(&mut received, RejectedRecords::default())?;
        let deadline = limit.and_then(|limit| started.checked_add(limit));
        Ok(Download { deadline: deadline.zip(limit), max_bytes: settings.max_body, ..download })
    }
}

impl Download {
    /// Returns the media type that the server sent.
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// Returns the file name that the server suggests, without folders.
    pub fn file_name(&self) -> Option<&str> {
        self.file_name.as_deref()
    }

    /// Returns the next chunk, or `None` at the end.
    ///
    /// # Errors
    /// If the connection breaks, if the server is silent for longer than the client's read timeout, or if a download from
    /// a presigned URL takes longer than the client's timeout.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        let Some((deadline, limit)) = self.deadline else { return self.body.chunk().await };
        let expired =
            || TimeoutError::new(self.operation, TimeoutPhase::Call, Some(limit), Certainty::MaybeProcessed).into();
        if deadline <= Instant::now() {
            return Err(expired());
        }
        timeout_at(deadline.into(), self.body.chunk()).await.unwrap_or_else(|_| Err(expired()))
    }

    /// Reads the whole file, at most `limit` bytes, and no more than the client's
    /// [`max_body`](crate::ClientBuilder::max_body) from a presigned URL.
    ///
    /// # Errors
    /// If the connection breaks, or the file is larger.
    pub async fn bytes(mut self, limit: usize) -> Result<Bytes, Error> {
        let limit = limit.min(self.max_bytes);
        let mut file = BytesMut::new();
        while let Some(chunk) = self.chunk().await? {
            if file.len() + chunk.len() > limit {
                let message = format!("the file is larger than {limit} bytes; read it in chunks with `chunk`");
                return Err(TransportError::new(self.operation, message, Certainty::Processed).into());
            }
            file.extend_from_slice(&chunk);
        }
        Ok(file.freeze())
    }

    /// Writes the file in chunks, and returns its size.
    ///
    /// # Errors
    /// If the connection breaks, or writing fails (as the `source` of a transport error).
    pub async fn write_to(mut self, writer: &mut impl std::io::Write) -> Result<u64, Error> {
        let mut size = 0;
        while let Some(chunk) = self.chunk().await? {
            writer.write_all(&chunk).map_err(|error| {
                let message = format!("the file cannot be written: {error}");
                TransportError::new(self.operation, message, Certainty::Processed).with_source(error)
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

impl FromReceived for Download {
    fn from_received(received: &mut Received, _: RejectedRecords) -> Result<Self, Error> {
        let header = |name| received.headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
        let content_type = header(http::header::CONTENT_TYPE).map(str::to_owned);
        let disposition = received.headers.get(http::header::CONTENT_DISPOSITION);
        let file_name = disposition.and_then(|value| file_name(value.as_bytes()));
        let operation = received.operation;
        let unusable = |message| Err(TransportError::new(operation, message, Certainty::Processed).into());
        match received.stream.take() {
            _ if received.status == http::StatusCode::PARTIAL_CONTENT => {
                unusable("the server sent only a part of the file")
            }
            None => unusable("the response is not a stream"),
            Some(body) => Ok(Self { operation, content_type, file_name, body, deadline: None, max_bytes: usize::MAX }),
        }
    }
}
