//! [`Operation`]: what the description says about an operation.

/// An operation of the API, as described.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    /// The operation id: `contracts.usage.create`.
    pub id: &'static str,
    /// The HTTP method.
    pub method: &'static str,
    /// The path with its parameters: `/rr/api/v1/contracts/{contract_id}/usage`.
    pub path: &'static str,
    /// The retry class.
    pub retry: Retry,
    /// The operation that shows if this one took effect.
    pub read_back: Option<&'static str>,
    /// The field of the request body in which a caller can put a key of its own, to find the record again.
    pub client_key: Option<ClientKey>,
    /// The response is a stream of bytes, not JSON.
    streams: bool,
}

impl Operation {
    /// Creates the entry of an operation that returns JSON; for the generated table.
    #[doc(hidden)]
    pub const fn new(
        id: &'static str,
        method: &'static str,
        path: &'static str,
        retry: Retry,
        read_back: Option<&'static str>,
    ) -> Self {
        Self { id, method, path, retry, read_back, client_key: None, streams: false }
    }

    /// Names the field for a key of the caller's.
    #[doc(hidden)]
    pub const fn with_client_key(self, key: ClientKey) -> Self {
        Self { client_key: Some(key), ..self }
    }

    /// Marks an operation whose response is a stream of bytes.
    #[doc(hidden)]
    pub const fn streaming(self) -> Self {
        Self { streams: true, ..self }
    }

    /// Returns `true` if the response is a stream of bytes.
    #[doc(hidden)]
    pub fn streams(&self) -> bool {
        self.streams
    }

    /// Returns `true` unless the operation only reads.
    #[doc(hidden)]
    pub fn changes_data(&self) -> bool {
        self.retry != Retry::Safe
    }
}

/// The field of a request body in which a caller can put a key of its own. It comes back in the list that
/// [`Operation::read_back`] names, so that the record can be found again after the response was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ClientKey {
    /// The field holds the key and nothing else, such as `external_id`.
    Id(&'static str),
    /// The field is free text, such as `description`. The key stands in it as a marker that people can read.
    Marker(&'static str),
}

impl ClientKey {
    /// Returns the name of the field.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Id(field) | Self::Marker(field) => field,
        }
    }
}

/// How often the server may process a call without harm: decides if the call is retried when its response was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Retry {
    /// It changes nothing.
    Safe,
    /// Processing it twice has the same effect as processing it once.
    Idempotent,
    /// The server processes it once per `Idempotency-Key`.
    Keyed,
    /// It may post, pay or send twice, as far as is known.
    Never,
}
