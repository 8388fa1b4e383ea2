//! [`PageToken`]: a place in a list that outlives the process.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Position;

/// A place in a list, to go on from later: `list().resume(&token)`.
///
/// It serializes (to a JSON object, say) and holds the operation, a checksum of path and filters, and the place; no key,
/// no filter and nothing of the records but the ids of the last rows that were read. A token is good for the list that it
/// came from, with the same filters, for as long as the server remembers the place; any other list refuses it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageToken {
    #[serde(rename = "v")]
    version: u32,
    pub(super) operation: String,
    /// A checksum of path and filters.
    pub(super) query: u64,
    pub(super) at: Position,
    /// The last rows that were read, the youngest last. The list goes on behind them, wherever they are by then.
    pub(super) behind: Vec<i64>,
}

impl PageToken {
    /// Counted up when an older reader would go on at the wrong place.
    const VERSION: u32 = 1;
    /// How many rows it remembers: some of them may be deleted before it is used.
    pub(super) const REMEMBERED: usize = 16;

    pub(super) fn new(binding: &Binding, at: Position, behind: Vec<i64>) -> Self {
        Self { version: Self::VERSION, operation: binding.operation.to_owned(), query: binding.query, at, behind }
    }

    /// Why a list cannot go on from it.
    pub(super) fn refused_by(&self, binding: &Binding) -> Option<String> {
        if self.version != Self::VERSION {
            return Some(format!("the token has version {}, this reads {}", self.version, Self::VERSION));
        }
        binding.refusal("token", &self.operation, self.query)
    }
}

/// The checksum is nobody's business, the place is opaque.
impl fmt::Debug for PageToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageToken").field("operation", &self.operation).finish_non_exhaustive()
    }
}

/// What a token or a watermark is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Binding {
    pub(super) operation: &'static str,
    pub(super) query: u64,
}

impl Binding {
    /// `filters` are the ids of the path and the parameters that are set, by name.
    pub(super) fn new<'a>(operation: &'static str, filters: impl IntoIterator<Item = (&'a str, String)>) -> Self {
        let text: String = filters.into_iter().map(|(name, value)| format!("{name}\0{value}\0")).collect();
        Self { operation, query: checksum(text.as_bytes()) }
    }

    /// Why something bound to that list is of no use for this one.
    pub(super) fn refusal(&self, what: &str, operation: &str, query: u64) -> Option<String> {
        if operation != self.operation {
            return Some(format!("the {what} is of `{operation}`, not of `{}`", self.operation));
        }
        (query != self.query).then(|| {
            format!("the {what} is of `{operation}` with other filters or ids: set the same as when it was taken")
        })
    }
}

/// FNV-1a: the same in every process and version, which the standard hasher does not promise.
pub(super) fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
}
