//! The text of a table: one entry per line, sorted by name.

use serde::{Deserialize, Serialize};

/// Writes a table. Entries are sorted by name.
///
/// # Errors
/// If an entry cannot be serialized.
pub fn write<'a, T: Serialize>(entries: impl IntoIterator<Item = (&'a str, T)>) -> serde_json::Result<String> {
    let line = |(name, entry): (&str, T)| Ok(format!("{name}\t{}\n", serde_json::to_string(&entry)?));
    let mut lines = entries.into_iter().map(line).collect::<serde_json::Result<Vec<_>>>()?;
    lines.sort();
    Ok(lines.concat())
}

/// Returns the names in a table, each with the JSON of its entry.
pub fn entries(table: &str) -> impl Iterator<Item = (&str, &str)> {
    table.lines().filter_map(|line| line.split_once('\t'))
}

/// Returns the entry of that name, with its place in the table.
pub fn find<'a, T: Deserialize<'a>>(table: &'a str, name: &str) -> Option<(usize, T)> {
    let (index, (_, json)) = entries(table).enumerate().find(|(_, (entry, _))| *entry == name)?;
    Some((index, serde_json::from_str(json).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_found_by_name_in_their_sorted_place() {
        let table = write([("b", "two\nlines\tand a tab"), ("a", "one"), ("a.b", "three")]).unwrap();
        assert_eq!(entries(&table).map(|(name, _)| name).collect::<Vec<_>>(), ["a", "a.b", "b"]);
        assert_eq!(find::<String>(&table, "b"), Some((2, "two\nlines\tand a tab".to_owned())));
        assert_eq!(find::<String>(&table, "a.b"), Some((1, "three".to_owned())));
        assert_eq!(find::<String>(&table, "c"), None);
    }
}
