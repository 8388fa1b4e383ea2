//! Serving an agent.

use std::sync::Arc;

use campfire::Client;
use rmcp::ServiceExt;
use rmcp::service::{QuitReason, ServerInitializeError};
use tokio::io::{AsyncRead, AsyncWrite, BufReader};

use crate::error::Error;
use crate::exact;
use crate::handler::Handler;
use crate::options::Options;
use crate::session::Session;

/// Bytes of messages that wait to be read.
const BUFFER: usize = 64 * 1024;

/// Serves an agent over standard input and output, until the input ends. Nothing else may write to standard output meanwhile.
///
/// # Errors
/// If the agent does not begin with a valid handshake, or the input cannot be read.
pub async fn serve_stdio(client: Client, options: Options) -> Result<(), Error> {
    serve(client, options, tokio::io::stdin(), tokio::io::stdout()).await
}

/// Serves an agent over a pair of streams with a JSON-RPC message per line, until the input ends. Writes that are in flight
/// then are waited for.
///
/// # Errors
/// If the agent does not begin with a valid handshake, or the input cannot be read.
pub async fn serve(
    client: Client,
    options: Options,
    input: impl AsyncRead + Send + Unpin + 'static,
    output: impl AsyncWrite + Send + Unpin + 'static,
) -> Result<(), Error> {
    let (exact_input, to_exact_input) = tokio::io::duplex(BUFFER);
    let passing_on = exact::pass_on(BufReader::new(input), to_exact_input, options.max_message_bytes);
    let session = Arc::new(Session::new(client, options));
    let serving = run(session.clone(), exact_input, output);
    let passing_on = tokio::spawn(passing_on);
    let served = serving.await;
    // An agent that has stopped reading may never end the input. If it has ended, this changes nothing.
    passing_on.abort();
    let passed = passing_on.await.unwrap_or(Ok(()));
    drop(session.writes.write().await);
    served.and_then(|()| passed.map_err(Error::Input))
}

async fn run(
    session: Arc<Session>,
    input: impl AsyncRead + Send + Unpin + 'static,
    output: impl AsyncWrite + Send + Unpin + 'static,
) -> Result<(), Error> {
    let running = match Handler::new(session).serve((input, output)).await {
        Ok(running) => running,
        // An agent that leaves before it says anything is no error.
        Err(ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
        Err(error) => return Err(Error::Handshake(error.into())),
    };
    match running.waiting().await {
        Ok(QuitReason::JoinError(error)) | Err(error) => Err(Error::Stopped(error.into())),
        Ok(_) => Ok(()),
    }
}
