//! [`PageToken`]: a position in a list that outlives the process.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::position::Position;
use crate::outcome::operation::Operation;

/// A position in a list, to resume from later: `list().resume(&token)`.
///
/// It can be serialized, for example to JSON. It contains the operation, a checksum of path parameters and filters, the
/// position, and the ids of the records that were read last; no key, no filter and no other data. A token is valid for the
/// list that it came from, with the same filters, for as long as the server remembers the position. Other lists reject it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageToken {
    #[serde(rename = "v")]
    version: u32,
    pub(super) operation: String,
    /// A checksum of path parameters and filters.
    pub(super) query: u64,
    pub(super) at: Position,
    /// The ids of the records that were read last, in order. The list resumes after them, wherever they are by then.
    pub(super) behind: Vec<i64>,
}

impl PageToken {
    /// Incremented when an older version of the SDK would resume at the wrong position.
    const VERSION: u32 = 1;
    /// The number of records that a token remembers. Several, because some may be deleted before it is used.
    pub(super) const REMEMBERED: usize = 16;

    pub(super) fn new(binding: &Binding, at: Position, behind: Vec<i64>) -> Self {
        Self { version: Self::VERSION, operation: binding.operation.id.to_owned(), query: binding.query, at, behind }
    }

    /// Returns why a list cannot resume from this token, if so.
    pub(super) fn rejected_by(&self, binding: &Binding) -> Option<String> {
        if self.version != Self::VERSION {
            return Some(format!(
                "the token has version {}, but this version of the SDK reads {}",
                self.version,
                Self::VERSION
            ));
        }
        binding.mismatch("token", &self.operation, self.query)
    }
}

/// Omits the checksum and the position, which are opaque.
impl fmt::Debug for PageToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageToken").field("operation", &self.operation).finish_non_exhaustive()
    }
}

/// The list that a token or a watermark belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Binding {
    pub(super) operation: &'static Operation,
    pub(super) query: u64,
}

impl Binding {
    /// `filters` are the path parameters and the filters that are set, by name.
    pub(super) fn new(operation: &'static Operation, filters: impl Iterator<Item = (String, String)>) -> Self {
        let text: String = filters.map(|(name, value)| format!("{name}\0{value}\0")).collect();
        Self { operation, query: checksum(text.as_bytes()) }
    }

    /// Returns why a token or watermark of another list cannot be used for this one, if so.
    pub(super) fn mismatch(&self, what: &str, operation: &str, query: u64) -> Option<String> {
        if operation != self.operation.id {
            return Some(format!("the {what} belongs to `{operation}`, not to `{}`", self.operation.id));
        }
        (query != self.query).then(|| {
            format!(
                "the {what} belongs to `{operation}` with other filters or path parameters: set the same ones as before"
            )
        })
    }
}

/// FNV-1a. Unlike the standard hasher, it is the same in every process and version.
pub(super) fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
}
