//! The sandbox with the whole API of `openapi/`, over plain HTTP.

mod adopt;
mod bodies;
mod laws;
mod support;

mod assets;
mod banking;
mod control;
mod currencies;
mod faults;
mod http;
mod keys;
mod lists;
mod operations;
mod random;
mod reports;
mod reproducible;
mod revenue;
mod round_trip;
mod story;
mod taxes;
mod webhooks;
