//! What a call can end in: a response, an error, rejected records; and the events on the way there.
//!
//! Nothing here knows HTTP clients, decoding or lists.

pub(crate) mod certainty;
pub(crate) mod error;
pub(crate) mod event;
pub(crate) mod operation;
pub(crate) mod rejected;
pub(crate) mod response;
pub(crate) mod retryable;
pub(crate) mod text;
