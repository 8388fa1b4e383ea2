//! What a write changed in the sandbox.

use std::collections::{BTreeMap, BTreeSet};

use campfire::{Date, Json};

use crate::json::{count, object};

/// Ids that are listed per resource.
const MAX_LISTED: usize = 20;

const ACCOUNTS: &str = "accounts";
const ENTRIES: &str = "journal_entries";
const LINES: &str = "transactions";

/// The ids of the records that were created, changed and deleted.
#[derive(Default)]
struct OfResource {
    created: Vec<i64>,
    changed: Vec<i64>,
    deleted: Vec<i64>,
}

/// What a write changed in the sandbox.
#[derive(Default)]
pub(crate) struct Changes {
    resources: BTreeMap<String, OfResource>,
    /// The dates of the ledger lines that were created, changed and deleted.
    dates: BTreeSet<Date>,
    /// The accounts that the sandbox had to assume, because the chart of accounts has none for a posting.
    pub(crate) assumed_accounts: Vec<String>,
}

impl Changes {
    /// Compares two snapshots.
    pub(super) fn between(before: &Json, after: &Json) -> Self {
        let mut changes = Self::default();
        let (before, after) = (&before["records"], &after["records"]);
        for (resource, records) in after.as_object().into_iter().flatten() {
            let known = by_id(&before[resource.as_str()]);
            for (id, record) in by_id(records) {
                changes.note(resource, id, known.get(&id).copied(), record);
            }
            let is_left = by_id(records);
            for (id, record) in known.into_iter().filter(|(id, _)| !is_left.contains_key(id)) {
                changes.note_deleted(resource, id, record);
            }
        }
        changes
    }

    fn note(&mut self, resource: &str, id: i64, before: Option<&Json>, after: &Json) {
        let is_deleted = |record: &Json| !record["deleted"].is_null();
        match before {
            Some(before) if is_deleted(before) == is_deleted(after) && before["fields"] == after["fields"] => return,
            Some(before) if !is_deleted(before) && is_deleted(after) => return self.note_deleted(resource, id, before),
            Some(before) => {
                self.note_date(resource, before);
                self.resources.entry(resource.to_owned()).or_default().changed.push(id);
            }
            None if is_deleted(after) => return,
            None => {
                if resource == ACCOUNTS && after["system"].as_bool() == Some(true) {
                    let name = after["fields"]["name"].as_str().unwrap_or_default().to_owned();
                    self.assumed_accounts.push(name);
                    return;
                }
                self.resources.entry(resource.to_owned()).or_default().created.push(id);
            }
        }
        self.note_date(resource, after);
    }

    fn note_deleted(&mut self, resource: &str, id: i64, before: &Json) {
        self.note_date(resource, before);
        self.resources.entry(resource.to_owned()).or_default().deleted.push(id);
    }

    fn note_date(&mut self, resource: &str, record: &Json) {
        if resource == LINES {
            self.dates.extend(record["fields"]["posted_at"].as_str().and_then(|date| date.parse::<Date>().ok()));
        }
    }

    /// Returns `true` if the ledger changed.
    pub(crate) fn is_posted(&self) -> bool {
        self.resources.contains_key(ENTRIES) || self.resources.contains_key(LINES)
    }

    /// Returns the first and the last day on which the ledger changed.
    pub(super) fn days(&self) -> Option<(Date, Date)> {
        Some((*self.dates.first()?, *self.dates.last()?))
    }

    /// Returns the changes by resource. New records have other ids on the server.
    pub(crate) fn to_json(&self) -> Json {
        let ids = |ids: &[i64]| match ids {
            [] => Json::Null,
            ids if ids.len() > MAX_LISTED => count(ids.len()),
            ids => Json::Array(ids.iter().map(|id| Json::from(*id)).collect()),
        };
        let of_resource = |changes: &OfResource| {
            object([
                ("created", if changes.created.is_empty() { Json::Null } else { count(changes.created.len()) }),
                ("changed", ids(&changes.changed)),
                ("deleted", ids(&changes.deleted)),
            ])
        };
        Json::Object(self.resources.iter().map(|(name, changes)| (name.clone(), of_resource(changes))).collect())
    }
}

fn by_id(records: &Json) -> BTreeMap<i64, &Json> {
    let records = records.as_array().unwrap_or_default().iter();
    records.filter_map(|record| Some((record["id"].as_i64()?, record))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_compared_by_their_fields() {
        let before = r#"{"records": {"bills": [{"id": 1, "modified": 1, "fields": {"a": 1}}, {"id": 2, "fields": {}}],
            "transactions": [{"id": 5, "fields": {"posted_at": "2026-03-01"}}]}}"#;
        let after = r#"{"records": {"accounts": [{"id": 9, "system": true, "fields": {"name": "Sales"}}],
            "bills": [{"id": 1, "modified": 2, "fields": {"a": 1}}, {"id": 2, "fields": {"a": 1}}, {"id": 3, "fields": {}}],
            "transactions": [{"id": 5, "deleted": 7, "fields": {"posted_at": "2026-03-01"}}]}}"#;
        let changes = Changes::between(&before.parse().unwrap(), &after.parse().unwrap());
        assert_eq!(
            changes.to_json().to_string(),
            r#"{"bills":{"changed":[2],"created":1},"transactions":{"deleted":[5]}}"#
        );
        assert_eq!(changes.assumed_accounts, ["Sales"]);
        assert!(changes.is_posted());
        let day = "2026-03-01".parse().unwrap();
        assert_eq!(changes.days(), Some((day, day)));
        let none = Changes::between(&before.parse().unwrap(), &before.parse().unwrap());
        assert!(!none.is_posted());
        assert_eq!(none.to_json().to_string(), "{}");
    }
}
