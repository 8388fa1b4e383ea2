//! Reading bodies, within a limit that counts decompressed bytes.

use bytes::{Bytes, BytesMut};

use super::failure;
use crate::Operation;
use crate::error::{Error, TransportError};

/// As much of an error body as any message needs.
const ERROR_BODY: usize = 64 * 1024;

/// Reads a whole body.
pub(crate) async fn read(
    mut response: reqwest::Response,
    limit: usize,
    operation: &'static Operation,
) -> Result<Bytes, Error> {
    let too_large = || {
        Error::Transport(TransportError {
            operation: operation.id,
            message: format!("the answer is larger than {limit} bytes; raise `max_body` or ask for smaller pages"),
            may_have_been_processed: true,
            repeatable: false,
            is_final: true,
            request_id: None,
            source: None,
        })
    };
    if response.content_length().is_some_and(|length| length > limit as u64) {
        return Err(too_large());
    }
    let failed = |error| failure::from_reqwest(error, operation);
    // Most answers come in one piece, which need not be copied.
    let Some(first) = response.chunk().await.map_err(failed)? else { return Ok(Bytes::new()) };
    if first.len() > limit {
        return Err(too_large());
    }
    let Some(second) = response.chunk().await.map_err(failed)? else { return Ok(first) };
    let mut body = BytesMut::from(first);
    if body.len() + second.len() > limit {
        return Err(too_large());
    }
    body.extend_from_slice(&second);
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > limit {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// Reads the beginning of an error body; what cannot be read is left out.
pub(crate) async fn read_prefix(mut response: reqwest::Response) -> Bytes {
    let mut body = BytesMut::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > ERROR_BODY {
            body.truncate(ERROR_BODY);
            break;
        }
    }
    body.freeze()
}
