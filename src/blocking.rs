//! For programs without async: the same tree, and calls that wait on their thread (feature `blocking`).
//!
#![cfg_attr(feature = "revenue-recognition", doc = "```no_run")]
#![cfg_attr(not(feature = "revenue-recognition"), doc = "```ignore")]
//! # fn main() -> Result<(), campfire::Error> {
//! let campfire = campfire::blocking::Client::from_env()?;
//! let contract = campfire.contracts().retrieve(42).wait()?;
//! for row in campfire.contracts().list().page_size(500).rows() {
//!     println!("{:?}", row?.deal_name);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Every request builder has `wait()` in the place of `.await`, and every list has `rows()`, which fetches pages as they
//! are needed. Files are read through [`Download::into_reader`]. The work is done by a small runtime in the background, one per process, so that they may be called
//! anywhere; inside async code they block the thread, and `.await` is the better choice.

use std::future::Future;
use std::io::{self, Read};
use std::ops::Deref;
use std::pin::Pin;
use std::sync::OnceLock;
use std::sync::mpsc;

use bytes::Bytes;
use futures_core::Stream;
use tokio::runtime::Runtime;

use crate::error::ConfigurationError;
use crate::{ClientBuilder, Download, Error};

/// A [`Client`](crate::Client) for programs without async.
///
/// It is the same client: all resources are there, and [`into_inner`](Self::into_inner) gives it to async code.
#[derive(Clone, Debug)]
pub struct Client(crate::Client);

impl Client {
    /// As [`Client::from_env`](crate::Client::from_env).
    ///
    /// # Errors
    /// When there is no key, or it or the base URL cannot be used.
    pub fn from_env() -> Result<Self, Error> {
        crate::Client::from_env().map(Self)
    }

    /// A client with this key and the default settings.
    ///
    /// # Errors
    /// When the key cannot be used.
    pub fn new(key: impl Into<String>) -> Result<Self, Error> {
        crate::Client::new(key).map(Self)
    }

    /// Begins a client with settings of its own; build it by [`build_blocking`](ClientBuilder::build_blocking).
    pub fn builder() -> ClientBuilder {
        crate::Client::builder()
    }

    /// As [`Client::download`](crate::Client::download).
    ///
    /// # Errors
    /// As there.
    pub fn download(&self, url: &str) -> Result<Download, Error> {
        let (client, url) = (self.0.clone(), url.to_owned());
        wait(async move { client.download(&url).await })
    }

    /// The client behind it.
    pub fn into_inner(self) -> crate::Client {
        self.0
    }
}

impl From<crate::Client> for Client {
    fn from(client: crate::Client) -> Self {
        Self(client)
    }
}

impl Deref for Client {
    type Target = crate::Client;

    fn deref(&self) -> &crate::Client {
        &self.0
    }
}

impl ClientBuilder {
    /// Builds a client for programs without async.
    ///
    /// # Errors
    /// As [`build`](Self::build).
    pub fn build_blocking(self) -> Result<Client, Error> {
        self.build().map(Client)
    }
}

/// The rows of a list, one after the other.
pub type Rows<T> = Iter<crate::Rows<T>>;

/// A stream whose items are waited for on this thread: rows, changes, what is below all parents.
#[derive(Debug)]
pub struct Iter<S>(Option<S>);

impl<S> Iter<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self(Some(stream))
    }

    /// The stream, to ask where it stands: for its token or watermark. `None` when the background runtime is gone.
    pub fn stream(&self) -> Option<&S> {
        self.0.as_ref()
    }
}

impl<S: Stream<Item = Result<T, E>> + Send + Unpin + 'static, T: Send + 'static, E: From<Error> + Send + 'static>
    Iterator for Iter<S>
{
    type Item = Result<T, E>;

    fn next(&mut self) -> Option<Self::Item> {
        // The stream travels to the runtime and back; if it does not come back, there is nothing more to read.
        let mut stream = self.0.take()?;
        let next = wait(async move {
            let item = std::future::poll_fn(|context| Pin::new(&mut stream).poll_next(context)).await;
            Ok((item, stream))
        });
        match next {
            Ok((item, stream)) => {
                self.0 = Some(stream);
                item
            }
            Err(error) => Some(Err(error.into())),
        }
    }
}

impl<T> crate::Changes<T>
where
    Self: Stream,
{
    /// The changes, waited for on this thread (feature `blocking`).
    pub fn wait(self) -> Iter<Self> {
        Iter::new(self)
    }
}

impl<T> crate::FanOutRows<T> {
    /// The rows, waited for on this thread (feature `blocking`).
    pub fn wait(self) -> Iter<Self> {
        Iter::new(self)
    }
}

impl Download {
    /// Reads the file as it comes, without async (feature `blocking`).
    pub fn into_reader(self) -> Reader {
        Reader { file: Some(self), piece: Bytes::new() }
    }
}

/// A file that is read as it comes: see [`Download::into_reader`].
///
/// A connection that breaks is an [`io::Error`] whose source is the [`Error`]; what was read before is good.
#[derive(Debug)]
pub struct Reader {
    /// None at the end, and after an error.
    file: Option<Download>,
    piece: Bytes,
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() && !buffer.is_empty() {
            let Some(mut file) = self.file.take() else { return Ok(0) };
            let next = wait(async move {
                let piece = file.chunk().await?;
                Ok(piece.map(|piece| (piece, file)))
            });
            match next.map_err(io::Error::other)? {
                Some((piece, file)) => (self.piece, self.file) = (piece, Some(file)),
                None => return Ok(0),
            }
        }
        let size = buffer.len().min(self.piece.len());
        buffer[..size].copy_from_slice(&self.piece.split_to(size));
        Ok(size)
    }
}

/// Runs a call in the background and waits for its end.
pub(crate) fn wait<T: Send + 'static>(
    call: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, Error> {
    let runtime = runtime().ok_or_else(|| lost("the background runtime cannot be started"))?;
    let (sender, receiver) = mpsc::sync_channel(1);
    runtime.spawn(async move {
        // Nobody waits any more if this fails.
        let _ = sender.send(call.await);
    });
    // Waiting on a channel, unlike `block_on`, is allowed inside a runtime, too.
    receiver.recv().unwrap_or_else(|_| Err(lost("the call ended without an outcome")))
}

fn runtime() -> Option<&'static Runtime> {
    static RUNTIME: OnceLock<Option<Runtime>> = OnceLock::new();
    let build = || {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(1).thread_name("campfire-blocking").enable_all().build().ok()
    };
    RUNTIME.get_or_init(build).as_ref()
}

fn lost(message: &str) -> Error {
    ConfigurationError::new(message).into()
}
