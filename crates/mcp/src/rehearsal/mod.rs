//! Trying a write in a sandbox that holds a copy of the records it concerns.
//!
//! - `copy` reads the records through the public API.
//! - `run` performs the write in the sandbox.
//! - `changes` compares the state before and after.
//! - `trial_balance` compares the trial balances.

mod changes;
mod copy;
mod run;
mod trial_balance;

pub(crate) use changes::Changes;
pub(crate) use copy::Copy;
pub(crate) use run::{Ending, rehearse};
pub(crate) use trial_balance::{Period, Row, totals};
