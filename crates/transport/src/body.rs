//! Reads bodies, within a limit on decompressed bytes.

use std::pin::pin;

use ::http::{HeaderValue, header};
use bytes::{Bytes, BytesMut};

use crate::defaults::ERROR_BODY;
use crate::failure;
use crate::gzip::Gunzip;
use crate::limit::Limit;
use crate::outcome::certainty::Certainty;
use crate::outcome::error::{Error, TransportError};

/// Gives a body its memory, and is shown it while it arrives. Each attempt of a call starts anew.
pub trait Intake: Sync {
    /// Returns an empty buffer for at least this many bytes: all of them, if the server has announced the size, or those that
    /// have arrived.
    fn buffer(&self, size: usize) -> BytesMut {
        BytesMut::with_capacity(size)
    }

    /// Is shown the body as far as it has arrived, decompressed, after each chunk, and its size, if the server has announced it.
    fn arrived(&self, body: &[u8], size: Option<usize>) {
        let _ = (body, size);
    }
}

/// Waits for the whole body.
pub struct Whole;

impl Intake for Whole {}

/// A response whose body has not been read yet.
pub struct Incoming {
    pub response: reqwest::Response,
    /// The time limit between two chunks.
    pub silence: Limit,
    /// Decompresses the body, if the response is compressed.
    gunzip: Option<Box<Gunzip>>,
}

impl Incoming {
    pub fn new(response: reqwest::Response, silence: Limit) -> Self {
        let is_gzip = |encoding: &HeaderValue| {
            ["gzip", "x-gzip"].iter().any(|name| encoding.as_bytes().eq_ignore_ascii_case(name.as_bytes()))
        };
        let gunzip = response.headers().get(header::CONTENT_ENCODING).is_some_and(is_gzip);
        Self { response, silence, gunzip: gunzip.then(|| Box::new(Gunzip::new())) }
    }

    /// Returns the next chunk, decompressed, or `None` at the end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        let operation = self.silence.operation;
        let damaged = |error| {
            let message = format!("the response cannot be decompressed: {error}");
            TransportError::new(operation, message, Certainty::MaybeProcessed).with_source(error)
        };
        loop {
            let Some(gunzip) = &mut self.gunzip else { return self.raw_chunk().await };
            if let Some(chunk) = gunzip.next().map_err(damaged)? {
                return Ok(Some(chunk));
            }
            let compressed = self.raw_chunk().await?;
            let Some(gunzip) = &mut self.gunzip else { return Ok(compressed) };
            match compressed {
                Some(compressed) => gunzip.push(compressed),
                None => return gunzip.finish().map(|()| None).map_err(|error| damaged(error).into()),
            }
        }
    }

    async fn raw_chunk(&mut self) -> Result<Option<Bytes>, Error> {
        let chunk = self.silence.hold(pin!(self.response.chunk())).await?;
        chunk.map_err(|error| failure::from_reqwest(error, self.silence.operation))
    }

    /// Reads a whole body.
    pub async fn read(&mut self, limit: usize, intake: &dyn Intake) -> Result<Bytes, Error> {
        let size = self.response.content_length().filter(|_| self.gunzip.is_none());
        let size = size.map(|size| usize::try_from(size).unwrap_or(usize::MAX));
        if size.is_some_and(|size| size > limit) {
            return Err(self.too_large(limit));
        }
        // Most responses come in one chunk, which need not be copied.
        let (mut only, mut body) = (Bytes::new(), BytesMut::new());
        while let Some(chunk) = self.chunk().await? {
            if only.len() + body.len() + chunk.len() > limit {
                return Err(self.too_large(limit));
            }
            let is_first = only.is_empty() && body.is_empty();
            if is_first && size.is_none_or(|size| size <= chunk.len()) {
                only = chunk;
                intake.arrived(&only, size);
                continue;
            }
            if body.is_empty() {
                body = intake.buffer(size.unwrap_or(0).max(only.len() + chunk.len()));
                body.extend_from_slice(&std::mem::take(&mut only));
            }
            body.extend_from_slice(&chunk);
            intake.arrived(&body, size);
        }
        Ok(if body.is_empty() { only } else { body.freeze() })
    }

    /// Reads the beginning of an error body, as far as it can be read. A server that sends a few bytes at a time is not waited
    /// for: the time limit of a silence is one for the whole body here.
    pub async fn read_prefix(&mut self) -> Bytes {
        let mut body = BytesMut::new();
        let whole = self.silence;
        let read = async {
            while let Ok(Some(chunk)) = self.chunk().await {
                body.extend_from_slice(&chunk);
                if body.len() >= ERROR_BODY {
                    break;
                }
            }
        };
        // What has arrived by then is what the error says.
        let _ = whole.hold(pin!(read)).await;
        body.truncate(ERROR_BODY);
        body.freeze()
    }

    fn too_large(&self, limit: usize) -> Error {
        let message = format!("the response is larger than {limit} bytes; raise `max_body` or request smaller pages");
        TransportError::new(self.silence.operation, message, Certainty::Processed).into()
    }
}
