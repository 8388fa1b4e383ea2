//! The two documents under comparison, and the findings so far.

use serde_json::Value;

use crate::change::Occurrence;
use crate::checks::UNCLASSIFIED;
use crate::finding::{At, Finding};
use crate::schemas::{Direction, Schemas};
use crate::site::{Entry, Site, differing, join};
use crate::subject::subject;

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
}

impl<'a> Comparison<'a, '_> {
    pub(super) fn report(&mut self, at: &Occurrence, finding: Finding) {
        self.found.push((at.clone(), Found::Here(Box::new(finding))));
    }

    /// Compares two objects key by key, except for the keys in `skip`. `check` names the check for a key.
    pub(super) fn entries(
        &mut self,
        at: &Occurrence,
        (old, new): (&Site<'a>, &Site<'a>),
        skip: &[&str],
        check: impl Fn(&Entry<'a>) -> &'static str,
    ) {
        let subject = self.subject(old);
        for entry in differing(old, new, skip) {
            let id = check(&entry);
            self.entry(at, id, subject.clone(), new, entry);
        }
    }

    /// Reports one differing key of an object.
    pub(super) fn entry(&mut self, at: &Occurrence, id: &str, subject: String, new: &Site<'a>, entry: Entry<'a>) {
        let location = At::New(join(&new.pointer, entry.key));
        let entry = if id == UNCLASSIFIED { entry.with_key() } else { entry };
        self.report(at, Finding::new(id, subject, location).values(entry.old, entry.new));
    }

    /// Compares two schemas that are used at an operation.
    pub(super) fn schemas(&mut self, at: &Occurrence, old: Site<'a>, new: Site<'a>, direction: Direction) {
        let node = self.schemas.pair(old, new, direction);
        self.found.push((at.clone(), Found::Below(node)));
    }

    /// Returns the name of a place in the old document.
    pub(super) fn subject(&self, old: &Site<'a>) -> String {
        subject(self.old, &old.pointer)
    }
}
