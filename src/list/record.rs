//! [`Record`]: what is known about the records of any list.

use std::collections::HashSet;

use campfire_values::read_json::ReadJson;
use campfire_values::{Json, RecordText, Timestamp};
use serde::Serialize;

use super::schema::{self, RecordSchema};
use crate::wire::page::Page;

/// A record of a list: what is known about it whatever its type.
///
/// Implemented by the type of every list, and by [`Json`] and [`RecordText`] for lists whose type is not known at compile time.
/// Only this crate implements it.
pub trait Record: ReadJson + Serialize + Send + Sync + Unpin + 'static {
    /// The name of the type in the API: `Contract`.
    const KIND: &'static str;

    /// Returns the id, if the type guarantees one.
    fn id(&self) -> Option<i64>;
    /// Returns the time of the last change, by the clock of the server.
    fn last_modified_at(&self) -> Option<Timestamp>;
    /// Returns the time of deletion, by the clock of the server.
    fn deleted_at(&self) -> Option<Timestamp>;
    /// Returns `true` if the record is deleted, or `None` if the server does not say.
    fn is_deleted(&self) -> Option<bool>;

    /// Returns the fields of the type, as the API describes them.
    fn schema() -> &'static RecordSchema {
        schema::of(Self::KIND)
    }
}

/// Any object with an integer `id`. Its fields are not known, so its schema is empty.
macro_rules! untyped {
    ($($record:ident),*) => {$(
        impl Record for $record {
            const KIND: &'static str = stringify!($record);

            fn id(&self) -> Option<i64> {
                self.get("id")?.as_i64()
            }

            fn last_modified_at(&self) -> Option<Timestamp> {
                self.get("last_modified_at")?.as_str()?.parse().ok()
            }

            fn deleted_at(&self) -> Option<Timestamp> {
                self.get("deleted_at")?.as_str()?.parse().ok()
            }

            fn is_deleted(&self) -> Option<bool> {
                self.get("is_deleted")?.as_bool()
            }
        }
    )*};
}
untyped!(Json, RecordText);

/// Returns the ids of a page in the order of the response, including those of rejected records.
pub(crate) fn identities<T: Record>(page: &Page<T>) -> Vec<Option<i64>> {
    let mut good = page.results.iter();
    let mut bad = page.rejected.iter().peekable();
    (0..page.results.len() + page.rejected.len())
        .map(|index| match bad.next_if(|rejected| rejected.index == index) {
            Some(rejected) => rejected.raw.as_object()?.get("id")?.as_i64(),
            None => good.next()?.id(),
        })
        .collect()
}

/// Keeps the records of a page whose index is marked, rejected ones included.
pub(crate) fn keep<T>(page: &mut Page<T>, marks: &[bool]) {
    let mut bad = page.rejected.iter().map(|rejected| rejected.index).peekable();
    let mut good_marks = Vec::with_capacity(page.results.len());
    // The new index of each record.
    let mut moved = Vec::with_capacity(marks.len());
    let mut kept = 0;
    for (index, mark) in marks.iter().enumerate() {
        if bad.next_if(|place| *place == index).is_none() {
            good_marks.push(*mark);
        }
        moved.push(kept);
        kept += usize::from(*mark);
    }
    let mut good_marks = good_marks.into_iter();
    page.results.retain(|_| good_marks.next().unwrap_or(true));
    page.rejected.retain_mut(|rejected| {
        let mark = marks.get(rejected.index).copied().unwrap_or(true);
        rejected.index = moved.get(rejected.index).copied().unwrap_or(rejected.index);
        mark
    });
}

/// The ids of recent records: enough to recognize a record that moves from page to page, in bounded memory.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    young: HashSet<i64>,
    old: HashSet<i64>,
}

impl Seen {
    /// The number of ids per generation. Between one and two generations are remembered.
    const GENERATION: usize = 400_000;

    pub(crate) fn insert(&mut self, id: i64) {
        if self.young.len() >= Self::GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(id);
    }

    pub(crate) fn contains(&self, id: i64) -> bool {
        self.young.contains(&id) || self.old.contains(&id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use campfire_transport::outcome::rejected::RejectedRecord;

    #[test]
    fn rejected_records_keep_their_index_among_those_that_are_kept() {
        let rejected = |index| RejectedRecord::new(index, String::new(), String::new(), Json::from(index as i64));
        let mut page: Page<i64> = serde_json::from_str("[0, 2, 4]").unwrap();
        page.rejected = vec![rejected(1), rejected(3), rejected(5)];
        keep(&mut page, &[false, true, true, false, false, true]);
        assert_eq!(page.results, [2]);
        let places: Vec<(usize, &Json)> =
            page.rejected.iter().map(|rejected| (rejected.index, &rejected.raw)).collect();
        assert_eq!(places, [(0, &Json::from(1_i64)), (2, &Json::from(5_i64))]);
    }
}
