//! [`Progress`]: how far a run is, and what it waits for.

use std::fmt;
use std::time::Duration;

use crate::intent::Counts;

/// How far a run is: see [`RunOptions::on_progress`](crate::RunOptions::on_progress).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Progress {
    /// How many creates are in which stage.
    pub counts: Counts,
    /// What the run waits for, while nothing else is left to do.
    pub wait: Option<Wait>,
}

/// What a run waits for. It prints as `30 s for …`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wait {
    /// How long the wait may still take.
    pub left: Duration,
    /// What is waited for.
    pub reason: Reason,
}

/// Why a run waits.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The response to a create was lost, and its record may still appear in the list.
    LostRecord,
    /// Another worker is sending a create, or crashed while it was sending it.
    OtherWorker,
    /// Calls failed for a reason that may pass. The text says which.
    Trouble(String),
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} s for ", self.left.as_secs_f64().ceil())?;
        match &self.reason {
            Reason::LostRecord => f.write_str("records whose responses were lost to appear"),
            Reason::OtherWorker => f.write_str("requests of another run, or of one that was killed, to end"),
            Reason::Trouble(error) => write!(f, "another attempt: {error}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_printed_in_whole_seconds() {
        let wait = Wait { left: Duration::from_millis(28_500), reason: Reason::OtherWorker };
        assert_eq!(wait.to_string(), "29 s for requests of another run, or of one that was killed, to end");
    }
}
