//! The outbox against a server that misbehaves: one binary, one module per subject.

mod crashes;
mod runs;
mod server;
mod stores;
mod throughput;
