//! Sandboxes and clients of a sandbox.

use campfire::sandbox::Sandbox;
use campfire::{Client, ClientBuilder, RetryPolicy};

/// Starts a sandbox and returns it with a client of its own.
pub(crate) async fn start() -> (Sandbox, Client) {
    let sandbox = Sandbox::start().await.unwrap();
    let campfire = sandbox.client().unwrap();
    (sandbox, campfire)
}

/// Returns a builder for a client of the sandbox.
pub(crate) fn builder(sandbox: &Sandbox) -> ClientBuilder {
    Client::builder().api_key(sandbox.key()).base_url(sandbox.url())
}

/// Returns a client of the sandbox that sends each request once.
pub(crate) fn without_retries(sandbox: &Sandbox) -> Client {
    builder(sandbox).retry(RetryPolicy::none()).build().unwrap()
}
