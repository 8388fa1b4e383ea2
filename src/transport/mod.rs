//! The transport: everything between a call and the network. It knows requests and bytes, and no types of the API.
//!
//! An [`exchange`] is one call on its way. [`request`] is the ground for progenitor's methods, which build its requests;
//! [`http`](self::http) makes HTTP clients, and [`pools`] chooses one; [`handover`] knows if a request was sent. One file
//! per policy: [`retry`] repeats attempts, [`budget`] and [`pause`] keep retries from becoming a storm, [`pace`] spreads
//! requests over time, [`limit`] ends what takes too long. [`hooks`]
//! and [`trace`] report what happens. [`body`] reads bodies within limits, [`gzip`] decompresses them, [`received`] turns
//! them into successes, [`api_error`] and [`failure`] into errors; [`error_body`] reads what a server says, without the
//! [`secret`].

pub(crate) mod address;
pub(crate) mod api_error;
pub(crate) mod body;
mod budget;
mod error_body;
pub(crate) mod exchange;
pub(crate) mod failure;
mod gzip;
mod handover;
pub(crate) mod hooks;
pub(crate) mod http;
pub(crate) mod limit;
pub(crate) mod pace;
mod pause;
pub(crate) mod pools;
pub(crate) mod received;
pub(crate) mod request;
pub(crate) mod retry;
pub(crate) mod secret;
pub(crate) mod settings;
mod trace;
