//! [`Place`]: where in its list a page is, and the tokens within it.

use super::position::Position;
use super::token::{Binding, PageToken};

/// The place of a page in its list.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) binding: Binding,
    pub(super) at: Position,
    /// The indices of its records in the response, and their ids.
    pub(super) rows: Vec<(usize, Option<i64>)>,
    /// The number of records before it.
    pub(super) read: u64,
    /// The ids of the last records before it.
    pub(super) before: Vec<i64>,
    /// The position after it, or `None` at the end.
    pub(super) after: Option<PageToken>,
}

impl Place {
    /// Returns the token after this many of its records.
    pub(super) fn token(&self, rows: usize) -> Option<PageToken> {
        if rows >= self.rows.len() {
            return self.after.clone();
        }
        let mut behind = self.before.clone();
        behind.extend(self.rows[..rows].iter().filter_map(|(_, id)| *id));
        behind.drain(..behind.len().saturating_sub(PageToken::REMEMBERED));
        let at = match (&self.at, rows.checked_sub(1).map(|last| self.rows[last])) {
            // An offset counts records. Starting at the last one reveals if the records have moved.
            (Position::Start | Position::Offset(_), Some((index, Some(_)))) => {
                Position::offset_or_start(self.at.offset().saturating_add(index as u64))
            }
            (Position::Start | Position::Offset(_), Some((index, None))) => {
                Position::Offset(self.at.offset().saturating_add(index as u64 + 1))
            }
            (at, _) => at.clone(),
        };
        Some(PageToken::new(&self.binding, at, behind, self.read.saturating_add(rows as u64)))
    }

    /// Shortens the page to this many records.
    pub(super) fn truncate(&mut self, records: usize) {
        if self.rows.len() > records {
            self.after = self.token(records);
            self.rows.truncate(records);
        }
    }

    /// Marks the records that are left of a page of this many records. `None` if all are.
    pub(super) fn marks(&self, received: usize) -> Option<Vec<bool>> {
        if self.rows.len() == received {
            return None;
        }
        let mut marks = vec![false; received];
        for (index, _) in &self.rows {
            marks[*index] = true;
        }
        Some(marks)
    }
}
