//! [`Job`]: one verification: both sides, and what was found so far.

use std::collections::BTreeSet;

use campfire::Timestamp;

use super::finding::Finding;
use super::report::{Check, Note, Report};
use super::scan::Scan;
use super::scope::Scope;
use super::server::Server;

/// One verification: both sides, and what was found so far.
pub(super) struct Job<'a, C> {
    pub(super) copy: &'a C,
    pub(super) server: Server<'a>,
    pub(super) scope: Scope,
    /// The copy's sums. Lines that were found to differ are corrected in it.
    pub(super) scan: Scan,
    /// When the copy was made.
    pub(super) copied: Option<Timestamp>,
    pub(super) report: Report,
    /// The lines that were found to differ.
    pub(super) differing: BTreeSet<i64>,
}

impl<C> Job<'_, C> {
    /// Records what was checked, and how much of it did not agree at first sight.
    pub(super) fn check(&mut self, name: impl Into<String>, checked: u64, differing: usize) {
        self.report.checks.push(Check { name: name.into(), checked, differing: differing as u64 });
    }

    pub(super) fn note(&mut self, note: Note) {
        if !self.report.notes.contains(&note) {
            self.report.notes.push(note);
        }
    }

    /// Records a difference. `changed` is the time at which the server changed the record.
    pub(super) fn find(&mut self, finding: Finding, changed: Option<Timestamp>) {
        let is_later = matches!((changed, self.copied), (Some(changed), Some(copied)) if changed > copied);
        if is_later { self.report.later.push(finding) } else { self.report.findings.push(finding) }
    }

    /// Cuts what would take too many queries to look into, and notes it.
    pub(super) fn limit<T>(&mut self, mut items: Vec<T>) -> Vec<T> {
        let left = items.len().saturating_sub(MOST);
        if left > 0 {
            self.note(Note::Incomplete { left: left as u64 });
            items.truncate(MOST);
        }
        items
    }
}

/// The most sums, entries or records that are looked into at a time. A copy with more differences needs to be made anew.
const MOST: usize = 2_000;
