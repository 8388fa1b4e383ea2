//! What is known of an operation before it is called.

/// An operation of the API, as the description has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    /// The operation id: `contracts.usage.create`.
    pub id: &'static str,
    /// The HTTP method.
    pub method: &'static str,
    /// The path with its parameters: `/rr/api/v1/contracts/{contract_id}/usage`.
    pub path: &'static str,
    /// Whether the call may be repeated.
    pub retry: Retry,
    /// The operation that tells whether this one took effect.
    pub read_back: Option<&'static str>,
    /// Whether the answer is a stream of bytes, not JSON.
    pub(crate) streams: bool,
}

/// Whether a call may be repeated when its answer was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Retry {
    /// It changes nothing.
    Safe,
    /// Doing it twice is doing it once.
    Idempotent,
    /// The server does it once per `Idempotency-Key`.
    Keyed,
    /// Not known to be repeatable: it may post, pay or send twice.
    Never,
}
