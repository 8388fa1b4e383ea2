//! The sandbox with the whole API of `openapi/`, over plain HTTP.

mod adopt;
mod bodies;
mod consequences;
mod laws;
mod support;

mod assets;
mod banking;
mod control;
mod currencies;
mod faults;
mod files;
mod http;
mod journal;
mod keys;
mod lists;
mod operations;
mod payments;
mod random;
mod references;
mod refusals;
mod reports;
mod reproducible;
mod revenue;
mod round_trip;
mod story;
mod taxes;
mod webhooks;
