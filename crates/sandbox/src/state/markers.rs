//! Markers: fields that the sandbox keeps in records for its own use and never shows.
//!
//! Their names begin with an underscore, which no field of the API does. They are spelled only in this file, so that
//! nothing else depends on how they are stored. Snapshots contain them.

use std::fmt::{self, Write};

use campfire_values::{Date, Json, JsonObject};

use crate::model::ledger::CONTRACT;
use crate::state::fields::Fields;
use crate::state::record::Seconds;

const ALLOCATION: &str = "_allocation";
const ATTEMPTS: &str = "_attempts";
const CONTENT: &str = "_content";
const COUNTERPART: &str = "_twin";
const ENDED_ON: &str = "_ended_on";
const NEXT_ATTEMPT: &str = "_next_attempt";
const OVERPAYMENT: &str = "_overpayment";
const OWNER: &str = "_owner";
const OWN_ENTRY: &str = "_own_entry";
const POSTED_BY: &str = "_posted_by";
const SETTLES: &str = "_settles";
const UNBILLED: &str = "_unbilled";

/// A record, written `resource/id`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RecordRef {
    pub(crate) resource: String,
    pub(crate) id: i64,
}

impl RecordRef {
    pub(crate) fn new(resource: &str, id: i64) -> Self {
        Self { resource: resource.to_owned(), id }
    }

    fn parse(text: &str) -> Option<Self> {
        let (resource, id) = text.split_once('/')?;
        Some(Self::new(resource, id.parse().ok()?))
    }
}

impl fmt::Display for RecordRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.resource, self.id)
    }
}

/// Returns `true` if the field is a marker.
pub(crate) fn is_marker(name: &str) -> bool {
    name.starts_with('_')
}

/// Returns `true` if the field is the content of a file, which uploads set.
pub(crate) fn is_content(name: &str) -> bool {
    name == CONTENT
}

/// Adds the content of an uploaded file to the fields of a body. It is stored as hexadecimal digits, because a snapshot
/// is JSON.
pub(crate) fn insert_content(fields: &mut JsonObject, content: &[u8]) {
    let mut text = String::with_capacity(content.len() * 2);
    for byte in content {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    fields.insert(CONTENT.to_owned(), Json::String(text));
}

impl Fields {
    /// Returns the content of an uploaded file.
    pub(crate) fn content(&self) -> Option<Vec<u8>> {
        let digits = self.text(CONTENT)?.as_bytes().chunks(2);
        Some(digits.filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect())
    }

    /// Returns the document that a journal entry belongs to.
    pub(crate) fn owner(&self) -> Option<RecordRef> {
        RecordRef::parse(self.text(OWNER)?)
    }

    pub(crate) fn set_owner(&mut self, owner: &RecordRef) {
        self.set(OWNER, owner.to_string());
    }

    /// Returns `true` if the ledger line settles a document.
    pub(crate) fn settles(&self) -> bool {
        self.contains(SETTLES)
    }

    pub(crate) fn set_settles(&mut self, settles: bool) {
        self.set_option(SETTLES, settles.then_some(true));
    }

    /// Marks a ledger line that changes what a contract has billed or earned.
    pub(crate) fn set_contract(&mut self, contract: Option<i64>) {
        self.set_option(CONTRACT, contract);
    }

    /// Returns `true` if a line of a contract is on the account of unbilled revenue.
    pub(crate) fn is_unbilled(&self) -> bool {
        self.contains(UNBILLED)
    }

    pub(crate) fn set_unbilled(&mut self, is_unbilled: bool) {
        self.set_option(UNBILLED, is_unbilled.then_some(true));
    }

    /// Returns the day on which a contract was terminated.
    pub(crate) fn ended_on(&self) -> Option<Date> {
        self.date(ENDED_ON)
    }

    pub(crate) fn set_ended_on(&mut self, date: Date) {
        self.set(ENDED_ON, date.to_string());
    }

    /// Returns `true` if a payment posted this memo, so that it has no entry of its own.
    pub(crate) fn is_posted_by_payment(&self) -> bool {
        self.contains(POSTED_BY)
    }

    pub(crate) fn set_posted_by_payment(&mut self) {
        self.set(POSTED_BY, "payment");
    }

    /// Returns the credit memo for the surplus of this payment.
    pub(crate) fn overpayment_memo(&self) -> Option<i64> {
        self.integer(OVERPAYMENT)
    }

    pub(crate) fn set_overpayment_memo(&mut self, memo: Option<i64>) {
        self.set_option(OVERPAYMENT, memo);
    }

    /// Returns `true` if the journal entry of this payment exists for it alone.
    pub(crate) fn has_own_entry(&self) -> bool {
        self.contains(OWN_ENTRY)
    }

    pub(crate) fn set_own_entry(&mut self) {
        self.set(OWN_ENTRY, true);
    }

    /// Returns the other side of a memo's application: the payment of the document, or the application of the memo.
    pub(crate) fn counterpart(&self) -> Option<RecordRef> {
        RecordRef::parse(self.text(COUNTERPART)?)
    }

    pub(crate) fn set_counterpart(&mut self, counterpart: &RecordRef) {
        self.set(COUNTERPART, counterpart.to_string());
    }

    /// Returns the number of attempts to deliver an event.
    pub(crate) fn attempts(&self) -> i64 {
        self.integer(ATTEMPTS).unwrap_or(0)
    }

    pub(crate) fn set_attempts(&mut self, attempts: i64) {
        self.set(ATTEMPTS, attempts);
    }

    /// Returns the time of the next attempt to deliver an event.
    pub(crate) fn next_attempt(&self) -> Option<Seconds> {
        self.integer(NEXT_ATTEMPT)
    }

    pub(crate) fn set_next_attempt(&mut self, time: Option<Seconds>) {
        self.set_option(NEXT_ATTEMPT, time);
    }

    /// Returns the products that an amount is allocated to.
    pub(crate) fn allocation(&self) -> &[Json] {
        self.items(ALLOCATION)
    }

    pub(crate) fn set_allocation(&mut self, lines: Vec<Json>) {
        self.set(ALLOCATION, lines);
    }
}
