//! [`Report`] as a table for people.

use std::fmt;

use super::finding::{Fault, FieldDifference, Finding};
use super::report::{Check, Note, Report};

/// What no verification compares. A reader must not take the report for more than it is.
const NOT_COMPARED: &str = "\
Compared: ledger lines, entries, and what is due on invoices, bills and memos. Not compared: all other tables, such as contracts
and vendors, and texts of documents, entries and accounts.";

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let queries = self.queries;
        match self.findings.len() {
            0 => writeln!(f, "The books of the copy tie out: no difference ({queries} queries).")?,
            1 => writeln!(f, "The books of the copy do not tie out: 1 difference ({queries} queries).")?,
            many => writeln!(f, "The books of the copy do not tie out: {many} differences ({queries} queries).")?,
        }
        writeln!(f)?;
        writeln!(f, "{:<48} {:>10} {:>10}", "Check", "Checked", "Differing")?;
        for Check { name, checked, differing } in &self.checks {
            writeln!(f, "{name:<48} {checked:>10} {differing:>10}")?;
        }
        findings(f, "Differences", &self.findings)?;
        findings(f, "Changed on the server after the copy was made", &self.later)?;
        if !self.notes.is_empty() {
            writeln!(f, "\nNotes")?;
        }
        self.notes.iter().try_for_each(|note| writeln!(f, "- {note}"))?;
        writeln!(f, "\n{NOT_COMPARED}")
    }
}

fn findings(f: &mut fmt::Formatter<'_>, title: &str, findings: &[Finding]) -> fmt::Result {
    if findings.is_empty() {
        return Ok(());
    }
    writeln!(f, "\n{title}")?;
    let (fault, table, id, entry, date, amount) = ("Fault", "Table", "Id", "Entry", "Date", "Amount");
    writeln!(f, "{fault:<15} {table:<13} {id:>10} {entry:>10} {date:<10} {amount:>18}  Account")?;
    findings.iter().try_for_each(|finding| writeln!(f, "{finding}"))
}

/// Writes a row of the table, and a line below it for each field that differs.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |number: Option<i64>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
        let date = self.date.map_or_else(|| "-".to_owned(), |date| date.to_string());
        let amount = self.amount.map_or_else(|| "-".to_owned(), |amount| amount.to_string());
        let account = self.account_name.clone().unwrap_or_else(|| number(self.account));
        let (fault, table, id, entry) = (self.fault, &self.table, number(self.id), number(self.entry));
        write!(f, "{fault:<15} {table:<13} {id:>10} {entry:>10} {date:<10} {amount:>18}  {account}")?;
        self.fields.iter().try_for_each(|field| write!(f, "\n    {field}"))
    }
}

impl fmt::Display for FieldDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "null".to_owned());
        write!(f, "{}: {} in the copy, {} on the server", self.field, value(&self.copy), value(&self.server))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Fault::Missing => "missing",
            Fault::Doubled => "doubled",
            Fault::Stale => "stale",
            Fault::Extra => "not on server",
            Fault::Unexplained => "unexplained",
            Fault::CarriedForward => "carried forward",
        })
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Note::OutOfScope { table, entity: Some(entity), ids } => {
                write!(f, "`{table}`: not verified, because this key cannot see entity {entity}: {}", Ids { noun: "record", ids })
            }
            Note::OutOfScope { table, entity: None, ids } => {
                write!(f, "`{table}`: not verified, because they have no entity: {}", Ids { noun: "record", ids })
            }
            Note::Hidden { debits, credits, lines } => {
                f.write_str("not verified: the server counts ")?;
                if let Some(lines) = lines {
                    write!(f, "{lines} lines, ")?;
                }
                write!(f, "debits of {debits} and credits of {credits} that belong to no entity that this key can see")
            }
            Note::Count { from, to, copy, server } => write!(
                f,
                "from {from} to {to}, the server counts {server} lines, but has {copy} by its statements and journal entries"
            ),
            Note::UnbalancedEntry { entry } => write!(f, "entry {entry} does not balance on the server either"),
            Note::ControlAccount { subtype, currency, balance, open } => write!(
                f,
                "{subtype}: the accounts hold {balance} {currency}, open documents {open} {currency}; the copy agrees with the \
                 server, so this is a matter of the books, such as postings by hand"
            ),
            Note::NotCounted => f.write_str("the server does not count ledger lines, so only sums were compared"),
            Note::NoDailyStatements => f.write_str(
                "the daily statements of the server could not be read, so lines that moved within a month were not looked for",
            ),
            Note::Statements { accounts } => write!(
                f,
                "the daily statements and the trial balance of the server differ, so lines that moved within a month were not \
                 looked for, in {}",
                Ids { noun: "account", ids: accounts }
            ),
            Note::NoChangeTimes => f.write_str(
                "the ledger lines do not say when they were changed, so changes that no sum shows were not looked for",
            ),
            Note::NoTable { table } => write!(f, "the copy has no table `{table}`, so it was not verified"),
            Note::Incomplete { left } => {
                write!(f, "{left} more sums, entries or records that differ were not looked into")
            }
        }
    }
}

/// The number of things, and the first of their ids.
struct Ids<'a> {
    noun: &'a str,
    ids: &'a [i64],
}

impl fmt::Display for Ids<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 10;
        let (number, plural) = (self.ids.len(), if self.ids.len() == 1 { "" } else { "s" });
        let ids: Vec<String> = self.ids.iter().take(SHOWN).map(i64::to_string).collect();
        let more = if number > SHOWN { ", …" } else { "" };
        write!(f, "{number} {}{plural} ({}{more})", self.noun, ids.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use campfire::Decimal;

    #[test]
    fn a_report_is_a_table() {
        let mut report = Report::default();
        report.checks.push(Check { name: "entries balance".to_owned(), checked: 1_204, differing: 1 });
        report.findings.push(Finding {
            id: Some(812),
            entry: Some(406),
            account: Some(7),
            account_name: Some("4000 - Subscriptions".to_owned()),
            date: "2026-03-31".parse().ok(),
            amount: Some(Decimal::new(-120_050, 2)),
            fields: vec![FieldDifference { field: "credit_amount", copy: None, server: Some("1200.50".to_owned()) }],
            ..Finding::new(Fault::Stale, "transactions")
        });
        report.later.push(Finding { account: Some(9), ..Finding::new(Fault::Missing, "bills") });
        report.notes.push(Note::OutOfScope { table: "bills".to_owned(), entity: Some(3), ids: (1..=12).collect() });
        report.queries = 77;
        let expected = "\
The books of the copy do not tie out: 1 difference (77 queries).

Check                                               Checked  Differing
entries balance                                        1204          1

Differences
Fault           Table                 Id      Entry Date                   Amount  Account
stale           transactions         812        406 2026-03-31           -1200.50  4000 - Subscriptions
    credit_amount: null in the copy, 1200.50 on the server

Changed on the server after the copy was made
Fault           Table                 Id      Entry Date                   Amount  Account
missing         bills                  -          - -                           -  9

Notes
- `bills`: not verified, because this key cannot see entity 3: 12 records (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, …)

Compared: ledger lines, entries, and what is due on invoices, bills and memos. Not compared: all other tables, such as contracts
and vendors, and texts of documents, entries and accounts.
";
        assert_eq!(report.to_string(), expected);
    }
}
