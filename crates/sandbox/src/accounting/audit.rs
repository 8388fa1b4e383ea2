//! Checking the books of a whole tenant, before a snapshot replaces them.

use std::collections::BTreeSet;

use crate::accounting::books::Books;
use crate::accounting::journal::line;
use crate::model::ledger::LINES;

/// Checks that every entry balances.
///
/// # Errors
/// The first entry that does not, and by how much.
pub(crate) fn check(books: &Books<'_>) -> Result<(), String> {
    let lines = books.store.live(LINES);
    let entries: BTreeSet<i64> = lines.filter_map(|(_, line)| line.fields.integer("journal")).collect();
    for entry in entries {
        line::check_balance(books, entry)
            .map_err(|reply| format!("journal entry {entry} is refused: {}", String::from_utf8_lossy(&reply.body)))?;
    }
    Ok(())
}
