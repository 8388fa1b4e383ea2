//! Tests of the tool server, through its own protocol and against a sandbox that plays the company's server.

mod agent;
mod fidelity;
mod protocol;
mod python;
mod random;
mod reading;
mod writing;
