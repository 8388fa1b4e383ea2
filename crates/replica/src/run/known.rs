//! [`Known`]: the rows that a copy has, to compare records with.

use crate::layout::Received;
use crate::sink::RowKey;

/// The rows that a copy has, and which of them were read again: 33 bytes per row.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// In the order of the ids.
    keys: Vec<RowKey>,
    seen: Vec<bool>,
}

impl Known {
    /// `keys` are in the order of their ids.
    pub(crate) fn new(keys: Vec<RowKey>) -> Self {
        let seen = vec![false; keys.len()];
        Self { keys, seen }
    }

    /// Notes that a record was read. Returns `true` if the copy has it already, in the same state.
    pub(crate) fn has(&mut self, record: &Received) -> bool {
        let Ok(place) = self.keys.binary_search_by_key(&record.id, |key| key.id) else { return false };
        self.seen[place] = true;
        let key = &mut self.keys[place];
        let same = (key.checksum, key.parent) == (record.checksum, record.parent);
        (key.checksum, key.parent) = (record.checksum, record.parent);
        same
    }

    /// Returns the rows whose records were not read.
    pub(crate) fn missing(&self) -> impl Iterator<Item = &RowKey> {
        self.keys.iter().zip(&self.seen).filter(|(_, seen)| !**seen).map(|(key, _)| key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn rows_are_known_by_id_parent_and_checksum() {
        let row = |id: i64, name: &str, parent| {
            Received::new(format!(r#"{{"id":{id},"name":"{name}"}}"#).parse().unwrap(), parent).unwrap()
        };
        let key = |row: &Received| RowKey { id: row.id, parent: row.parent, checksum: row.checksum };
        let mut known = Known::new(vec![key(&row(1, "a", None)), key(&row(2, "b", Some(7))), key(&row(5, "c", None))]);
        assert!(known.has(&row(1, "a", None)));
        assert!(!known.has(&row(2, "b", Some(8))), "it moved to another parent");
        assert!(!known.has(&row(3, "d", None)), "it is new");
        assert_eq!(known.missing().map(|key| key.id).collect::<Vec<_>>(), [5]);
        assert!(!known.has(&row(5, "changed", None)));
        assert!(known.has(&row(5, "changed", None)), "it is written only once");
        assert_eq!(known.missing().count(), 0);
    }
}
