//! What tells the rows of a list apart.

use std::collections::HashSet;

use crate::{JsonObject, Page, Timestamp};

/// A row of a list. Written for every read type by the generator.
pub trait Row {
    /// The id, where the type promises one.
    fn identity(&self) -> Option<i64>;
    /// When the server changed it last.
    fn last_modified_at(&self) -> Option<Timestamp>;
    /// When it was deleted.
    fn deleted_at(&self) -> Option<Timestamp>;
    /// Whether it is deleted, where the server says so.
    fn is_deleted(&self) -> Option<bool>;
}

/// A time among the members that the description does not name.
pub(crate) fn extra_time(extra: &JsonObject, name: &str) -> Option<Timestamp> {
    extra.get(name)?.as_str()?.parse().ok()
}

/// A yes or no among the members that the description does not name.
pub(crate) fn extra_flag(extra: &JsonObject, name: &str) -> Option<bool> {
    extra.get(name)?.as_bool()
}

/// The ids of a page in the order in which they came, rows that do not decode among them.
pub(crate) fn identities<T: Row>(page: &Page<T>) -> Vec<Option<i64>> {
    let mut good = page.results.iter();
    let mut bad = page.rejected.iter().peekable();
    (0..page.results.len() + page.rejected.len())
        .map(|index| match bad.next_if(|rejected| rejected.index == index) {
            Some(rejected) => rejected.raw.as_object()?.get("id")?.as_i64(),
            None => good.next()?.identity(),
        })
        .collect()
}

/// Keeps the rows of a page whose place is marked, the rejected among them.
pub(crate) fn keep<T>(page: &mut Page<T>, marks: &[bool]) {
    let mut bad = page.rejected.iter().map(|rejected| rejected.index).peekable();
    let mut good_marks = Vec::with_capacity(page.results.len());
    // Where each place moves to.
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

/// The ids that came lately: enough to know a row that moves from page to page, in bounded memory.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    young: HashSet<i64>,
    old: HashSet<i64>,
}

impl Seen {
    /// How many ids a generation holds; between one and two of them are remembered.
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
    use crate::{Json, Rejected};

    #[test]
    fn rejected_rows_keep_their_place_among_the_kept() {
        let rejected =
            |index| Rejected { index, path: String::new(), reason: String::new(), raw: Json::from(index as i64) };
        let mut page: Page<i32> = serde_json::from_str("[0, 2, 4]").unwrap();
        page.rejected = vec![rejected(1), rejected(3), rejected(5)];
        keep(&mut page, &[false, true, true, false, false, true]);
        assert_eq!(page.results, [2]);
        let places: Vec<(usize, &Json)> =
            page.rejected.iter().map(|rejected| (rejected.index, &rejected.raw)).collect();
        assert_eq!(places, [(0, &Json::from(1_i64)), (2, &Json::from(5_i64))]);
    }
}
