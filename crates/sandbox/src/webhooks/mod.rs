//! Webhooks: each successful call that changes something is an event, which is posted to the subscribers.
//!
//! The reference names no topics and describes no payload. Topics are operation ids here, and a webhook without topics
//! gets every event.

pub(crate) mod delivery;
pub(crate) mod event;
