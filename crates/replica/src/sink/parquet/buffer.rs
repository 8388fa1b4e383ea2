//! [`Buffer`]: changes that are not on the disk yet.

use std::cmp::Reverse;

use super::partition::{Month, Partitions};
use crate::layout::Layout;
use crate::sink::RowChange;

/// Changes that are not on the disk yet, as they were received: they become columns when their order is known.
#[derive(Default)]
pub(super) struct Buffer {
    changes: Vec<RowChange>,
    bytes: usize,
}

/// What a change belongs to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    Partition(Month),
    Deletions,
}

impl Buffer {
    /// Returns about how much memory it takes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    pub(super) fn push(&mut self, change: RowChange) {
        self.bytes += size_of::<RowChange>();
        if let RowChange::Write(record) = &change {
            // A field takes its text, and four numbers that say where it is.
            self.bytes += record.text.as_str().len() + 16 * record.text.fields().len();
        }
        self.changes.push(change);
    }

    /// Returns the last change of each record, by target and id.
    pub(super) fn sorted(&self, layout: &Layout, partitions: Partitions) -> Vec<(Target, Vec<&RowChange>)> {
        let place = |(index, change): (usize, &RowChange)| match change {
            RowChange::Write(record) => {
                (record.id, Reverse(index), Target::Partition(partitions.month(layout, record)))
            }
            RowChange::Delete(id) => (*id, Reverse(index), Target::Deletions),
        };
        let mut places: Vec<_> = self.changes.iter().enumerate().map(place).collect();
        places.sort_unstable_by_key(|(id, index, _)| (*id, *index));
        places.dedup_by_key(|(id, ..)| *id);
        places.sort_by_key(|(.., target)| *target);
        let groups = places.chunk_by(|(.., left), (.., right)| left == right);
        let changes = |group: &[(i64, Reverse<usize>, Target)]| {
            group.iter().map(|(_, index, _)| &self.changes[index.0]).collect()
        };
        groups.map(|group| (group[0].2, changes(group))).collect()
    }
}
