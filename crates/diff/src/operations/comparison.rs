//! The two documents under comparison, and the findings so far.

use campfire_codegen::description::extension;
use serde_json::Value;

use crate::change::Occurrence;
use crate::checks::UNCLASSIFIED;
use crate::finding::{At, Finding};
use crate::narrow::is_earlier;
use crate::resolve::comparable;
use crate::schemas::{Direction, Schemas};
use crate::site::{Entry, Site, differing, join};
use crate::subject::subject;
use crate::verdict::Wire;

/// A finding at an operation, or schemas that are used there.
pub(crate) enum Found {
    /// A difference of the operation itself.
    Here(Box<Finding>),
    /// A node of the schema graph: its findings, and those below it, show at the operation.
    Below(usize),
}

/// The two documents under comparison, and the findings so far.
pub(super) struct Comparison<'a, 'b> {
    pub(super) old: &'a Value,
    pub(super) new: &'a Value,
    pub(super) schemas: &'b mut Schemas<'a>,
    pub(super) found: Vec<(Occurrence, Found)>,
    /// Pointers to the parts of both documents that were compared with each other, except schemas.
    pub(super) pairs: Vec<(String, String)>,
    /// True within webhooks and callbacks: the server sends requests, and clients respond.
    pub(super) reversed: bool,
}

impl<'a> Comparison<'a, '_> {
    pub(super) fn report(&mut self, at: &Occurrence, finding: Finding) {
        self.found.push((at.clone(), Found::Here(Box::new(finding))));
    }

    /// Notes that two parts of the documents are compared.
    pub(super) fn note(&mut self, old: &Site<'a>, new: &Site<'a>) {
        self.pairs.push((old.pointer.clone(), new.pointer.clone()));
    }

    /// Compares two objects key by key, except for the keys in `skip`. `check` names the check for a key.
    pub(super) fn entries(
        &mut self,
        at: &Occurrence,
        (old, new): (&Site<'a>, &Site<'a>),
        skip: &[&str],
        check: impl Fn(&Entry<'a>) -> &'static str,
    ) {
        self.note(old, new);
        for entry in differing((self.old, old), (self.new, new), skip, comparable) {
            let id = check(&entry);
            self.entry(at, id, (old, new), entry);
        }
    }

    /// Reports one differing key of an object.
    pub(super) fn entry(&mut self, at: &Occurrence, id: &str, sites: (&Site<'a>, &Site<'a>), entry: Entry<'a>) {
        let (old, new) = sites;
        let location = At::Both(old.pointer.clone(), join(&new.pointer, entry.key));
        if id == UNCLASSIFIED && is_foreign(entry.key) {
            return self.report(at, Finding::new("extension.changed", entry.key.to_owned(), location));
        }
        let entry = if id == UNCLASSIFIED { entry.with_key() } else { entry };
        let earlier = id == "sunset.changed" && is_earlier(&entry.old, &entry.new);
        // The document itself has no name.
        let subject = if old.pointer.is_empty() { entry.key.to_owned() } else { self.subject(old) };
        let finding = Finding::new(id, subject, location).values(entry.old, entry.new);
        self.report(at, finding.wire_if(earlier, Wire::Risky));
    }

    /// Compares two schemas that are used at an operation.
    pub(super) fn schemas(&mut self, at: &Occurrence, old: Site<'a>, new: Site<'a>, direction: Direction) {
        let node = self.schemas.pair(old, new, direction);
        self.found.push((at.clone(), Found::Below(node)));
    }

    /// Returns the direction in which a body travels.
    pub(super) fn direction(&self, direction: Direction) -> Direction {
        if self.reversed { direction.reversed() } else { direction }
    }

    /// Returns the name of a place in the old document.
    pub(super) fn subject(&self, old: &Site<'a>) -> String {
        subject(self.old, &old.pointer)
    }
}

/// Returns true for an extension that means nothing here.
pub(super) fn is_foreign(key: &str) -> bool {
    key.starts_with("x-") && !extension::ALL.contains(&key)
}
