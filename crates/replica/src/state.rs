//! [`State`]: how far a table has come, saved in one transaction with its rows.

use campfire::{PageToken, Timestamp, Watermark};
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// How far a table has come.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    #[serde(default)]
    version: u32,
    /// How far the changes are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) watermark: Option<Watermark>,
    /// When the run began that the watermark is from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) began: Option<Timestamp>,
    /// When the last run began that has read all changes: see
    /// [`ReadCopy::copied_at`](crate::copy::ReadCopy::copied_at).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) copied_at: Option<Timestamp>,
    /// Where the first full read resumes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) token: Option<PageToken>,
    /// The last parent that the first full read has completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) parent: Option<i64>,
    /// Everything was read at least once.
    #[serde(default)]
    pub(crate) complete: bool,
}

impl State {
    const VERSION: u32 = 1;

    /// Reads the state that was saved with a table.
    pub(crate) fn read(table: &str, saved: Option<&str>) -> Result<Self, Error> {
        let Some(saved) = saved else { return Ok(Self { version: Self::VERSION, ..Self::default() }) };
        let state: Self = serde_json::from_str(saved).map_err(|error| {
            Error::storage(format!("read the state of `{table}`; drop the table and its state to start over"), error)
        })?;
        if state.version == Self::VERSION {
            return Ok(state);
        }
        Err(Error::copy(format!(
            "the state of `{table}` has version {}, but this version reads {}: drop the table and its state to start over",
            state.version,
            Self::VERSION
        )))
    }

    /// Notes how far the run has come.
    pub(crate) fn advance(&mut self, watermark: Option<Watermark>) {
        self.complete |= watermark.as_ref().is_some_and(Watermark::is_complete);
        self.watermark = watermark;
    }

    /// Notes that the run has read all changes. A watermark does not tell: that of a list in the order of its changes moves with the
    /// records, and is complete after each page.
    pub(crate) fn end(&mut self) {
        self.copied_at = self.began;
    }

    /// Returns the state as text.
    pub(crate) fn text(&self) -> Result<String, Error> {
        serde_json::to_string(self).map_err(|error| Error::storage("serialize a state", error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_end_of_a_run_moves_the_time_of_the_copy() {
        let began: Timestamp = "2026-03-31T12:00:00Z".parse().unwrap();
        let mut state = State { began: Some(began), ..State::default() };
        state.advance(Some(began.into()));
        assert_eq!((state.complete, state.copied_at), (true, None), "there may be more pages");
        state.end();
        assert_eq!(state.copied_at, Some(began));
    }
}
