//! The sandbox with the whole API of `openapi/`, over plain HTTP.

mod adopt;
mod bodies;
mod support;

mod control;
mod currencies;
mod faults;
mod http;
mod keys;
mod lists;
mod operations;
mod reproducible;
mod revenue;
mod round_trip;
