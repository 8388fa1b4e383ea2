//! [`Watermark`]: how far the changes of a list are known, and what may be wrong with it.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use campfire_values::Timestamp;
use chrono::{DateTime, TimeDelta, Utc};
use http::HeaderMap;
use serde::{Deserialize, Serialize};

use super::token::{Binding, PageToken, checksum_of};
use campfire_transport::defaults::CLOCK_TOLERANCE;

/// How far the changes of a list are known: each run returns one, to start the next run from or to resume the same run.
///
/// It can be serialized. It contains the operation, a checksum of path parameters and filters, a time by the clock of the
/// server, and the ids and checksums of the records that changed just before it: the next run reads these again and leaves
/// them out. That of an unfinished run also contains the position that it has reached, so that the next call of `sync` resumes
/// there. A checksum over all of it reveals if it was damaged. A watermark made from a [`Timestamp`] starts at that time.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watermark {
    #[serde(rename = "v")]
    version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    operation: Option<String>,
    #[serde(default)]
    query: u64,
    at: Timestamp,
    /// Ids and checksums of the records that a run from `at` would return again.
    #[serde(default)]
    known: BTreeMap<i64, u64>,
    /// How far the run has come that this watermark is from, unless it is complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unfinished: Option<Box<Unfinished>>,
    /// A checksum of everything above.
    #[serde(default)]
    sum: u64,
}

/// Where a run starts: a time, and the records that changed near it and were read before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Start {
    pub(super) at: Timestamp,
    pub(super) known: BTreeMap<i64, u64>,
}

/// How far an unfinished run has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Unfinished {
    /// Where the run started; `None` for the first run.
    pub(super) since: Option<Start>,
    /// The list that is being read.
    pub(super) phase: Phase,
    /// The position in that list; `None` for its beginning.
    pub(super) token: Option<PageToken>,
    /// The number of records without a time of change.
    pub(super) undated: usize,
}

/// The list that a run is reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Phase {
    /// Records that are new or changed.
    Live,
    /// Deleted records.
    Deleted,
}

impl Watermark {
    const VERSION: u32 = 2;
    /// The version of unfinished runs. SDKs that cannot resume a run do not read it, and do not take the run for complete.
    const UNFINISHED: u32 = 3;

    /// Creates the watermark of a complete run, from which the next one starts.
    pub(super) fn new(binding: &Binding, start: Start) -> Self {
        Self::sealed(Some(binding), start, None)
    }

    /// Creates the watermark of a run that has not read everything yet. The next run will start at `next`.
    pub(super) fn unfinished(binding: &Binding, next: Start, unfinished: Unfinished) -> Self {
        Self::sealed(Some(binding), next, Some(Box::new(unfinished)))
    }

    fn sealed(binding: Option<&Binding>, start: Start, unfinished: Option<Box<Unfinished>>) -> Self {
        let (operation, query) =
            binding.map_or((None, 0), |binding| (Some(binding.operation.id.to_owned()), binding.query));
        let Start { at, known } = start;
        let version = if unfinished.is_some() { Self::UNFINISHED } else { Self::VERSION };
        let mut watermark = Self { version, operation, query, at, known, unfinished, sum: 0 };
        watermark.sum = watermark.checksum();
        watermark
    }

    fn checksum(&self) -> u64 {
        let complete = (self.version, &self.operation, self.query, &self.at, &self.known);
        match &self.unfinished {
            None => checksum_of(&complete),
            Some(unfinished) => checksum_of(&(complete, unfinished)),
        }
    }

    /// Returns `true` if it is from a run that has read everything.
    pub fn is_complete(&self) -> bool {
        self.unfinished.is_none()
    }

    /// Returns the start of the next run, and how far this one has come, unless it is complete.
    pub(super) fn into_parts(self) -> (Start, Option<Unfinished>) {
        (Start { at: self.at, known: self.known }, self.unfinished.map(|unfinished| *unfinished))
    }

    /// Returns the time from which the next run reads changes.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// Returns why a list cannot start from this watermark, if so.
    pub(super) fn rejected_by(&self, binding: &Binding) -> Option<String> {
        let is_damaged = self.sum != self.checksum();
        let belongs_to = self.operation.as_deref().map(|operation| (operation, self.query));
        let readable = if self.unfinished.is_some() { Self::UNFINISHED } else { Self::VERSION };
        binding.rejects("watermark", (self.version, readable), is_damaged, belongs_to)
    }
}

impl From<Timestamp> for Watermark {
    fn from(at: Timestamp) -> Self {
        Self::sealed(None, Start { at, known: BTreeMap::new() }, None)
    }
}

impl fmt::Debug for Watermark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watermark").field("operation", &self.operation).field("at", &self.at).finish_non_exhaustive()
    }
}

/// What may be wrong with an incremental run: see [`ChangeStream::warnings`](crate::ChangeStream::warnings).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SyncWarning {
    /// The first response has no `Date` header, so the watermark is a time of the local clock.
    NoDate,
    /// The `Date` header of the first response cannot be read, so the watermark is a time of the local clock.
    UnreadableDate(String),
    /// The clock of the server and the local clock differ by more than a minute. The watermark is the earlier time.
    ClocksDiffer {
        /// The `Date` of the first response.
        server: Timestamp,
        /// The local time when the run started.
        local: Timestamp,
    },
    /// The run started from a time that is still to come, so it returned no changes before that time. The next watermark is
    /// not later than now. Start again from an earlier time, or read the list in full.
    FutureWatermark(Timestamp),
    /// A list that is described as sorted by the time of changes is not. It is read like any other.
    NotInOrder,
    /// This many records were sent as deleted ones but do not say that they are. They were left out.
    NotMarkedAsDeleted(u64),
}

impl fmt::Display for SyncWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDate => f.write_str("the response has no `Date`: the watermark depends on the local clock"),
            Self::UnreadableDate(date) => {
                write!(
                    f,
                    "the `Date` of the response cannot be read ({date:?}): the watermark depends on the local clock"
                )
            }
            Self::ClocksDiffer { server, local } => {
                write!(f, "it is {server} on the server and {local} here: the watermark is the earlier time")
            }
            Self::FutureWatermark(at) => {
                write!(f, "the watermark is in the future ({at}): changes before that time were not read")
            }
            Self::NotInOrder => f.write_str("the records are not sorted by the time of their last change"),
            Self::NotMarkedAsDeleted(records) => {
                write!(
                    f,
                    "{records} records were sent as deleted ones but do not say that they are: they were left out"
                )
            }
        }
    }
}

/// The clocks at the start of a run.
pub(super) struct Clocks {
    /// The local time before the first request.
    pub(super) local: Timestamp,
    /// The time at which the server started to process the request, or slightly earlier.
    pub(super) server: Option<Timestamp>,
}

impl Clocks {
    /// Reads the `Date` of the first response, which took this long. Returns what may be wrong with it.
    pub(super) fn read(local: Timestamp, headers: &HeaderMap, elapsed: Duration) -> (Self, Option<SyncWarning>) {
        // `Date` has whole seconds.
        const RESOLUTION: Duration = Duration::from_secs(1);
        let Some(date) = headers.get(http::header::DATE) else {
            return (Self { local, server: None }, Some(SyncWarning::NoDate));
        };
        let text = String::from_utf8_lossy(date.as_bytes());
        let Ok(date) = httpdate::parse_http_date(&text) else {
            let warning = SyncWarning::UnreadableDate(text.chars().take(80).collect());
            return (Self { local, server: None }, Some(warning));
        };
        let server = Timestamp::from(date);
        let (earliest, latest) = (subtract(local, CLOCK_TOLERANCE), add(local, elapsed + CLOCK_TOLERANCE));
        let warning = !(earliest..=latest).contains(&server);
        let warning = warning.then_some(SyncWarning::ClocksDiffer { server, local });
        (Self { local, server: Some(subtract(server, elapsed + RESOLUTION)) }, warning)
    }

    /// Returns the start of the next run, and what is wrong with the start of this one.
    pub(super) fn next(&self, since: Option<Timestamp>, overlap: Duration) -> (Timestamp, Option<SyncWarning>) {
        let earlier = self.server.map_or(self.local, |server| server.min(self.local));
        let later = self.server.map_or(self.local, |server| server.max(self.local));
        let began = subtract(earlier, overlap);
        // Whole seconds, for servers that do not compare fractions.
        let began = Timestamp::from_unix_seconds(began.unix_seconds()).unwrap_or(began);
        match since {
            Some(since) if since > add(later, CLOCK_TOLERANCE) => (began, Some(SyncWarning::FutureWatermark(since))),
            Some(since) => (since.max(began), None),
            None => (began, None),
        }
    }
}

/// Returns the time this much earlier, or the earliest that the calendar can express.
fn subtract(time: Timestamp, by: Duration) -> Timestamp {
    let by = TimeDelta::from_std(by).unwrap_or(TimeDelta::MAX);
    DateTime::<Utc>::from(time).checked_sub_signed(by).unwrap_or(DateTime::<Utc>::MIN_UTC).into()
}

/// Returns the time this much later, or the latest that the calendar can express.
fn add(time: Timestamp, by: Duration) -> Timestamp {
    let by = TimeDelta::from_std(by).unwrap_or(TimeDelta::MAX);
    DateTime::<Utc>::from(time).checked_add_signed(by).unwrap_or(DateTime::<Utc>::MAX_UTC).into()
}
