//! The same API for programs without async: calls that block their thread (feature `blocking`).
//!
#![cfg_attr(feature = "revenue-recognition", doc = "```no_run")]
#![cfg_attr(not(feature = "revenue-recognition"), doc = "```ignore")]
//! # fn main() -> Result<(), campfire::Error> {
//! let campfire = campfire::blocking::Client::from_env()?;
//! let contract = campfire.contracts().retrieve(42).wait()?;
//! for contract in campfire.contracts().list().page_size(500).records() {
//!     println!("{:?}", contract?.deal_name);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Every request builder has `wait()` in place of `.await`, and every list has `records()`, which fetches pages as they are
//! needed; `pages().wait()` iterates over pages. [`wait`] runs everything else: `wait(campfire.tags().list().all())`. Files are
//! read with [`Download::into_reader`]. A small background runtime, one per process, does the work, so
//! these methods can be called anywhere. Inside async code they block the thread; use `.await` there.

pub(crate) mod iter;
pub(crate) mod runtime;

use std::io::{self, Read};

use bytes::Bytes;
use futures_core::Stream;
use http::Method;
use iter::Iter;
pub use runtime::wait;

use crate::client::{self, ClientBuilder};
use crate::files::download::Download;
use crate::list::changes::ChangeStream;
use crate::list::children::ChildRecordStream;
use crate::list::pages::PageStream;
use crate::list::records::RecordStream;
use crate::unlisted::UnlistedRequest;
use campfire_transport::outcome::error::Error;

/// A [`Client`](crate::Client) for programs without async: the same resources, whose calls block.
#[derive(Clone, Debug)]
pub struct Client(client::Client);

impl Client {
    /// Creates a client from the environment: see [`Client::from_env`](crate::Client::from_env).
    ///
    /// # Errors
    /// If there is no key, or the key or the base URL is invalid.
    pub fn from_env() -> Result<Self, Error> {
        client::Client::from_env().map(Self)
    }

    /// Creates a client with this key and the default settings.
    ///
    /// # Errors
    /// If the key is invalid.
    pub fn new(key: impl Into<String>) -> Result<Self, Error> {
        client::Client::new(key).map(Self)
    }

    /// Returns a builder; finish it with [`build_blocking`](ClientBuilder::build_blocking).
    pub fn builder() -> ClientBuilder {
        client::Client::builder()
    }

    /// Fetches a file from a presigned URL: see [`Client::download`](crate::Client::download).
    ///
    /// # Errors
    /// If the URL is invalid, the server cannot be reached, or it refuses.
    pub fn download(&self, url: &str) -> Result<Download, Error> {
        let (client, url) = (self.0.clone(), url.to_owned());
        wait(async move { client.download(&url).await })
    }

    /// Starts a request to a path that the description does not list: see [`Client::request`](crate::Client::request).
    pub fn request(&self, method: Method, path: impl Into<String>) -> UnlistedRequest {
        self.0.request(method, path)
    }

    /// Returns the async client, which shares connections and settings with this one.
    pub fn as_async(&self) -> &crate::Client {
        &self.0
    }

    /// Returns the async client.
    pub fn into_inner(self) -> crate::Client {
        self.0
    }
}

impl From<client::Client> for Client {
    fn from(client: client::Client) -> Self {
        Self(client)
    }
}

impl ClientBuilder {
    /// Builds a client for programs without async.
    ///
    /// # Errors
    /// See [`build`](Self::build).
    pub fn build_blocking(self) -> Result<Client, Error> {
        self.build().map(Client)
    }
}

/// The records of a list, one after the other.
pub type RecordIter<T> = Iter<RecordStream<T>>;

impl<T> ChangeStream<T>
where
    Self: Stream,
{
    /// Iterates over the changes, blocking this thread (feature `blocking`).
    pub fn wait(self) -> Iter<Self> {
        Iter::new(self)
    }
}

impl<T> PageStream<T> {
    /// Iterates over the pages, blocking this thread (feature `blocking`).
    pub fn wait(self) -> Iter<Self> {
        Iter::new(self)
    }
}

impl<T> ChildRecordStream<T> {
    /// Iterates over the records, blocking this thread (feature `blocking`).
    pub fn wait(self) -> Iter<Self> {
        Iter::new(self)
    }
}

impl Download {
    /// Returns a reader of the file that blocks this thread (feature `blocking`).
    pub fn into_reader(self) -> Reader {
        Reader { file: Some(self), chunk: Bytes::new() }
    }
}

/// A reader of a file: see [`Download::into_reader`].
///
/// If the connection breaks, reading fails with an [`io::Error`] whose source is the [`Error`]. What was read before is
/// valid.
#[derive(Debug)]
pub struct Reader {
    /// `None` at the end, and after an error.
    file: Option<Download>,
    chunk: Bytes,
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.chunk.is_empty() && !buffer.is_empty() {
            let Some(mut file) = self.file.take() else { return Ok(0) };
            let next: Result<_, Error> = wait(async move {
                let chunk = file.chunk().await?;
                Ok(chunk.map(|chunk| (chunk, file)))
            });
            match next.map_err(io::Error::other)? {
                Some((chunk, file)) => (self.chunk, self.file) = (chunk, Some(file)),
                None => return Ok(0),
            }
        }
        let size = buffer.len().min(self.chunk.len());
        buffer[..size].copy_from_slice(&self.chunk.split_to(size));
        Ok(size)
    }
}
