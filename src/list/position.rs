//! [`Position`]: where in a list a page begins, and [`Paging`]: how the next position is found.

use serde::{Deserialize, Serialize};

/// The position in a list at which a page begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Position {
    /// The start of the list.
    Start,
    /// After this many records.
    Offset(u64),
    /// At an opaque cursor.
    Cursor(String),
}

impl Position {
    pub(super) fn offset_or_start(offset: u64) -> Self {
        if offset == 0 { Self::Start } else { Self::Offset(offset) }
    }

    pub(super) fn offset(&self) -> u64 {
        match self {
            Self::Offset(offset) => *offset,
            Self::Start | Self::Cursor(_) => 0,
        }
    }
}

/// How a list is paged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paging {
    /// By `limit` and `offset`.
    Offset,
    /// By an opaque cursor, taken from the `next` link.
    Cursor,
    /// Not at all: one response has all records.
    Whole,
}
