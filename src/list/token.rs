//! [`PageToken`]: a position in a list that outlives the process.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::position::Position;
use campfire_transport::outcome::operation::Operation;

/// A position in a list, to resume from later: `list().resume(&token)`.
///
/// It can be serialized, for example to JSON. It contains the operation, a checksum of path parameters and filters, the
/// position, and the ids of the records that were read last; no key, no filter and no other data. A token is valid for the
/// list that it came from, with the same filters, for as long as the server remembers the position. Other lists reject it,
/// and a checksum over all of it reveals if it was damaged.
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
    /// The number of records that were read.
    #[serde(default)]
    pub(super) read: u64,
    /// A checksum of everything above.
    #[serde(default)]
    sum: u64,
}

impl PageToken {
    /// Incremented when an older version of the SDK would resume at the wrong position.
    const VERSION: u32 = 2;
    /// The number of records that a token remembers. Several, because some may be deleted before it is used.
    pub(super) const REMEMBERED: usize = 16;

    pub(super) fn new(binding: &Binding, at: Position, behind: Vec<i64>, read: u64) -> Self {
        let operation = binding.operation.id.to_owned();
        Self { version: Self::VERSION, operation, query: binding.query, at, behind, read, sum: 0 }.sealed()
    }

    /// Sets the checksum.
    pub(crate) fn sealed(mut self) -> Self {
        self.sum = self.checksum();
        self
    }

    pub(crate) fn is_damaged(&self) -> bool {
        self.sum != self.checksum()
    }

    fn checksum(&self) -> u64 {
        checksum_of(&(self.version, &self.operation, self.query, &self.at, &self.behind, self.read))
    }

    /// Returns why a list cannot resume from this token, if so.
    pub(super) fn rejected_by(&self, binding: &Binding) -> Option<String> {
        let belongs_to = Some((&*self.operation, self.query));
        binding.rejects("token", (self.version, Self::VERSION), self.is_damaged(), belongs_to)
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
    /// `path` and `query` are those of a request, without what selects a page.
    pub(super) fn new(operation: &'static Operation, path: &str, mut query: Vec<(String, String)>) -> Self {
        // The order of parameters may change with the description. That of equal names is a matter of the user.
        query.sort_by(|a, b| a.0.cmp(&b.0));
        Self { operation, query: checksum_of(&(path, query)) }
    }

    /// Returns why a token or watermark cannot be used for this list, if so: it has another version, was damaged, or belongs
    /// to another list.
    pub(super) fn rejects(
        &self,
        what: &str,
        (version, readable): (u32, u32),
        is_damaged: bool,
        belongs_to: Option<(&str, u64)>,
    ) -> Option<String> {
        if version != readable {
            return Some(format!(
                "the {what} has version {version}, but this version of the SDK reads {readable}: start from the beginning"
            ));
        }
        if is_damaged {
            return Some(format!("the {what} is damaged: its checksum does not match"));
        }
        let (operation, query) = belongs_to?;
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

/// Returns the checksum of a value, by its JSON text.
pub(super) fn checksum_of(value: &impl Serialize) -> u64 {
    checksum(&serde_json::to_vec(value).unwrap_or_default())
}

/// FNV-1a. Unlike the standard hasher, it is the same in every process and version, and no change of a single byte goes
/// unnoticed.
fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
}
