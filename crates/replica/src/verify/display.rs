//! [`Report`] as a table for people.

use std::collections::BTreeSet;
use std::fmt;

use super::finding::{Fault, FieldDifference, Finding};
use super::report::{Check, Note, Report};

/// What no verification compares. A reader must not take the report for more than it is.
const NOT_COMPARED: &str = "\
Compared: ledger lines, entries, and what is due on invoices, bills and memos.
Not compared: all other tables, such as contracts and vendors, and texts of
documents, entries and accounts.";

/// What the last column of the checks means. Without it, a number there contradicts a copy that agrees.
const LOOKED_INTO: &str = "\
Looked into: what did not agree at first sight. Below is what came of it:
differences, what changed on the server since, and notes.";

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = self.copied_at.map(|time| format!(" as of {time}")).unwrap_or_default();
        let result = match self.findings.len() {
            0 if self.notes.iter().any(Note::leaves_records_out) => {
                "tie out as far as they were verified: see the notes".to_owned()
            }
            0 => "tie out: no difference".to_owned(),
            1 => "do not tie out: 1 difference".to_owned(),
            many => format!("do not tie out: {many} differences"),
        };
        writeln!(f, "The books of the copy{time} {result} ({} queries).", self.queries)?;
        writeln!(f)?;
        writeln!(f, "{:<48} {:>10}  {:>11}", "Check", "Checked", "Looked into")?;
        for Check { name, checked, differing } in &self.checks {
            writeln!(f, "{name:<48} {checked:>10}  {differing:>11}")?;
        }
        if self.checks.iter().any(|check| check.differing > 0) {
            writeln!(f, "\n{LOOKED_INTO}")?;
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

/// Writes a table for each table of the copy that differs.
fn findings(f: &mut fmt::Formatter<'_>, title: &str, findings: &[Finding]) -> fmt::Result {
    let tables: BTreeSet<&str> = findings.iter().map(|finding| finding.table.as_str()).collect();
    for table in tables {
        let findings: Vec<&Finding> = findings.iter().filter(|finding| finding.table == table).collect();
        let rows: Vec<Row> =
            [HEAD.map(str::to_owned)].into_iter().chain(findings.iter().map(|row| row.row())).collect();
        let widths: [usize; 6] =
            std::array::from_fn(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0));
        writeln!(f, "\n{title}: {table}")?;
        write_row(f, &rows[0], &widths)?;
        for (finding, row) in findings.iter().zip(&rows[1..]) {
            write_row(f, row, &widths)?;
            finding.fields.iter().try_for_each(|field| writeln!(f, "    {field}"))?;
        }
    }
    Ok(())
}

/// The cells of a finding.
type Row = [String; 6];

const HEAD: [&str; 6] = ["Fault", "Id", "Entry", "Date", "Amount", "Account"];

fn write_row(
    f: &mut fmt::Formatter<'_>,
    [fault, id, entry, date, amount, account]: &Row,
    widths: &[usize; 6],
) -> fmt::Result {
    let [faults, ids, entries, dates, amounts, _] = widths;
    writeln!(f, "{fault:<faults$}  {id:>ids$}  {entry:>entries$}  {date:<dates$}  {amount:>amounts$}  {account}")
}

impl Finding {
    fn row(&self) -> Row {
        let text = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
        [
            self.fault.to_string(),
            text(self.id.map(|id| id.to_string())),
            text(self.entry.map(|entry| entry.to_string())),
            text(self.date.map(|date| date.to_string())),
            text(self.amount.map(|amount| amount.to_string())),
            text(self.account_name.clone().or(self.account.map(|account| account.to_string()))),
        ]
    }
}

/// Writes the table and the cells of the finding, and a line below it for each field that differs.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.table, self.row().join("  "))?;
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
                write!(f, "debits of {debits} and credits of {credits} that have no entity, or one that this key cannot see")
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
        report.copied_at = "2026-04-01T06:00:00Z".parse().ok();
        let expected = "\
The books of the copy as of 2026-04-01T06:00:00Z do not tie out: 1 difference (77 queries).

Check                                               Checked  Looked into
entries balance                                        1204            1

Looked into: what did not agree at first sight. Below is what came of it:
differences, what changed on the server since, and notes.

Differences: transactions
Fault   Id  Entry  Date          Amount  Account
stale  812    406  2026-03-31  -1200.50  4000 - Subscriptions
    credit_amount: null in the copy, 1200.50 on the server

Changed on the server after the copy was made: bills
Fault    Id  Entry  Date  Amount  Account
missing   -      -  -          -  9

Notes
- `bills`: not verified, because this key cannot see entity 3: 12 records (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, …)

Compared: ledger lines, entries, and what is due on invoices, bills and memos.
Not compared: all other tables, such as contracts and vendors, and texts of
documents, entries and accounts.
";
        assert_eq!(report.to_string(), expected);
    }

    #[test]
    fn the_first_line_says_if_records_were_left_out() {
        let first = |report: &Report| report.to_string().lines().next().unwrap_or_default().to_owned();
        let mut report = Report::default();
        report.notes.push(Note::UnbalancedEntry { entry: 7 });
        assert_eq!(first(&report), "The books of the copy tie out: no difference (0 queries).");
        report.notes.push(Note::OutOfScope { table: "transactions".to_owned(), entity: None, ids: vec![5] });
        assert_eq!(
            first(&report),
            "The books of the copy tie out as far as they were verified: see the notes (0 queries)."
        );
    }
}
