//! What a call can end in: a response, an error, rejected records; and the events on the way there.
//!
//! Nothing here knows HTTP clients, decoding or lists.

#[doc(hidden)]
pub mod certainty;
pub mod error;
pub mod event;
pub mod operation;
pub mod rejected;
pub mod response;
#[doc(hidden)]
pub mod retryable;
#[doc(hidden)]
pub mod text;
