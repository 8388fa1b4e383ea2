//! Faults that are planted into a copy.

use std::collections::{BTreeMap, BTreeSet};

use campfire::{Date, Decimal, Json, Timestamp};
use campfire_replica::verify::finding::Fault;
use campfire_replica::verify::memory::MemoryCopy;
use campfire_replica::verify::report::{Note, Report};
use fastrand::Rng;

use crate::company::TABLES;

const LINES: &str = "transactions";

/// What a report must say: the faults by table and id.
#[derive(Debug, Default)]
pub(crate) struct Planted {
    faults: BTreeSet<(Fault, String, i64)>,
    /// The records of an entity that the key cannot see.
    hidden: BTreeSet<i64>,
    touched: BTreeSet<(String, i64)>,
}

/// How many faults a report names by id, and how many it invents.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Score {
    pub(crate) planted: usize,
    pub(crate) named: usize,
    pub(crate) invented: usize,
}

impl std::ops::AddAssign for Score {
    fn add_assign(&mut self, other: Self) {
        self.planted += other.planted;
        self.named += other.named;
        self.invented += other.invented;
    }
}

impl Planted {
    /// Plants faults into a copy, each into another record.
    pub(crate) fn plant(random: &mut Rng, copy: &mut MemoryCopy, faults: usize) -> Self {
        let mut planted = Planted::default();
        while planted.touched.len() < faults {
            planted.plant_one(random, copy);
        }
        planted
    }

    /// Compares a report with what was planted.
    pub(crate) fn score(&self, report: &Report) -> Score {
        let found: BTreeSet<(Fault, String, i64)> = report
            .findings
            .iter()
            .map(|finding| (finding.fault, finding.table.clone(), finding.id.unwrap_or_default()))
            .collect();
        let hidden: BTreeSet<i64> = report
            .notes
            .iter()
            .filter_map(|note| match note {
                Note::OutOfScope { ids, .. } => Some(ids),
                _ => None,
            })
            .flatten()
            .copied()
            .collect();
        Score {
            planted: self.faults.len() + self.hidden.len(),
            named: found.intersection(&self.faults).count() + hidden.intersection(&self.hidden).count(),
            invented: report.findings.len() - found.intersection(&self.faults).count()
                + hidden.difference(&self.hidden).count(),
        }
    }

    /// Returns what a list must return instead of lines of the sandbox, so that the copy cannot be right: lines that it leaves
    /// out or has as they were before a change.
    pub(crate) fn in_list(random: &mut Rng, clean: &MemoryCopy, faults: usize) -> (Self, BTreeMap<i64, Option<Json>>) {
        let (mut planted, mut changes) = (Planted::default(), BTreeMap::new());
        while changes.len() < faults {
            let lines = clean.table(LINES);
            let mut line = lines[random.usize(..lines.len())].clone();
            let id = line["id"].as_i64().unwrap();
            if changes.contains_key(&id) {
                continue;
            }
            let fault = if random.bool() { Fault::Missing } else { Fault::Stale };
            change_counted(random, &mut line, 4);
            changes.insert(id, (fault == Fault::Stale).then_some(line));
            planted.faults.insert((fault, LINES.to_owned(), id));
        }
        (planted, changes)
    }

    fn plant_one(&mut self, random: &mut Rng, copy: &mut MemoryCopy) {
        let is_line = random.u8(..4) > 0;
        let table = if is_line { LINES } else { TABLES[random.usize(1..TABLES.len())] };
        let mut records = copy.table(table).to_vec();
        if records.is_empty() {
            return;
        }
        let at = random.usize(..records.len());
        let id = records[at]["id"].as_i64().unwrap();
        if self.touched.contains(&(table.to_owned(), id)) {
            return;
        }
        let new = 1_000_000 + self.touched.len() as i64;
        let (fault, id) = match random.u8(..8) {
            0 | 1 => {
                records.remove(at);
                (Fault::Missing, id)
            }
            2 => {
                records.push(records[at].clone());
                (Fault::Doubled, id)
            }
            3 => {
                // A record that was deleted on the server.
                let mut record = records[at].clone();
                set(&mut record, "id", new);
                records.push(record);
                (Fault::Extra, new)
            }
            4 => {
                // A record of an entity that the key cannot see.
                let mut record = records[at].clone();
                set(&mut record, "id", new);
                set(&mut record, "entity", 99);
                records.push(record);
                self.hidden.insert(new);
                self.touched.insert((table.to_owned(), new));
                copy.set(table, records).unwrap();
                return;
            }
            _ if is_line => {
                change_line(random, &mut records[at]);
                (Fault::Stale, id)
            }
            _ => {
                if !change_document(random, &mut records[at]) {
                    return;
                }
                (Fault::Stale, id)
            }
        };
        self.touched.insert((table.to_owned(), id));
        self.faults.insert((fault, table.to_owned(), id));
        copy.set(table, records).unwrap();
    }
}

/// Changes a line of the copy, as if the server had changed it after it was copied. Half of the changes have moved the time of
/// the last change on the server, and half have not, and then only the fields show it that some sum counts.
fn change_line(random: &mut Rng, line: &mut Json) {
    let is_late = random.bool();
    if !is_late {
        let time: Timestamp = line["last_modified_at"].as_str().unwrap().parse().unwrap();
        let before = Timestamp::from_unix_seconds(time.unix_seconds() - random.i64(1..10_000_000)).unwrap();
        set(line, "last_modified_at", before.to_string());
    }
    match random.u8(..if is_late { 5 } else { 7 }) {
        5 => set(line, "bank_description", "Before the change"),
        6 => set(line, "department", 77),
        _ => change_counted(random, line, 5),
    }
}

/// Changes the amount, the account, or the day of a line; the entity as well if there are five kinds of changes.
fn change_counted(random: &mut Rng, line: &mut Json, kinds: u8) {
    match random.u8(..kinds) {
        0 | 1 => {
            let more = Decimal::new(random.i64(1..100_000), 2);
            let side = if line["debit_amount"].is_null() { "credit" } else { "debit" };
            for layer in ["", "_native", "_book"] {
                let name = format!("{side}_amount{layer}");
                let amount = line[&*name].as_decimal().unwrap_or_default() + more;
                set(line, &name, amount);
            }
        }
        2 => {
            let account = line["account"].as_i64().unwrap();
            set(line, "account", account % 14 + 1);
        }
        3 => {
            let date: Date = line["posted_at"].as_str().unwrap().parse().unwrap();
            set(line, "posted_at", (date + chrono::Days::new(random.u64(1..20))).to_string());
        }
        _ => {
            let entity = line["entity"].as_i64().unwrap();
            set(line, "entity", 3 - entity);
        }
    }
}

/// Changes what is open of a document. Returns `false` if nothing of it can be.
fn change_document(random: &mut Rng, document: &mut Json) -> bool {
    if !document["voided_date"].is_null() {
        return false;
    }
    let field = if document["amount_due"].is_null() { "amount_remaining" } else { "amount_due" };
    let amount = document[field].as_decimal().unwrap() + Decimal::new(random.i64(1..100_000), 2);
    set(document, field, amount);
    true
}

fn set(record: &mut Json, field: &str, value: impl Into<Json>) {
    let Json::Object(fields) = record else { panic!("a record is not an object") };
    fields.insert(field.to_owned(), value.into());
}
