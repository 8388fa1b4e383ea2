//! Reading bodies, within a limit that counts decompressed bytes.

use std::pin::pin;

use bytes::{Bytes, BytesMut};

use super::failure;
use super::limit::Limit;
use crate::error::{Error, TransportError};

/// As much of an error body as any message needs.
const ERROR_BODY: usize = 64 * 1024;

/// An answer whose body is still to be read.
pub(crate) struct Incoming {
    pub(crate) response: reqwest::Response,
    /// How long the server may be silent between two pieces.
    pub(crate) silence: Limit,
}

impl Incoming {
    /// The next piece, or `None` at the end.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        let chunk = self.silence.hold(pin!(self.response.chunk())).await?;
        chunk.map_err(|error| failure::from_reqwest(error, self.silence.operation))
    }

    /// Reads a whole body.
    pub(crate) async fn read(&mut self, limit: usize) -> Result<Bytes, Error> {
        if self.response.content_length().is_some_and(|length| length > limit as u64) {
            return Err(self.too_large(limit));
        }
        // Most answers come in one piece, which need not be copied.
        let Some(first) = self.chunk().await? else { return Ok(Bytes::new()) };
        if first.len() > limit {
            return Err(self.too_large(limit));
        }
        let Some(second) = self.chunk().await? else { return Ok(first) };
        let mut body = BytesMut::from(first);
        let mut next = Some(second);
        while let Some(chunk) = next {
            if body.len() + chunk.len() > limit {
                return Err(self.too_large(limit));
            }
            body.extend_from_slice(&chunk);
            next = self.chunk().await?;
        }
        Ok(body.freeze())
    }

    /// Reads the beginning of an error body; what cannot be read is left out.
    pub(crate) async fn read_prefix(&mut self) -> Bytes {
        let mut body = BytesMut::new();
        while let Ok(Some(chunk)) = self.chunk().await {
            body.extend_from_slice(&chunk);
            if body.len() > ERROR_BODY {
                body.truncate(ERROR_BODY);
                break;
            }
        }
        body.freeze()
    }

    fn too_large(&self, limit: usize) -> Error {
        Error::Transport(TransportError {
            operation: self.silence.operation.id,
            message: format!("the answer is larger than {limit} bytes; raise `max_body` or ask for smaller pages"),
            may_have_been_processed: true,
            repeatable: false,
            is_final: true,
            request_id: None,
            source: None,
        })
    }
}
