//! Reconciliations: which ledger lines of an account belong to a report, and which lines of the statement they match.
//!
//! The lines of a statement are those in `unmatched_statement_transactions` of the report. The sandbox reads no PDFs, so
//! tests put them there.

use std::collections::BTreeSet;

use campfire_values::{Decimal, Json, JsonObject};

use crate::accounting::books::Books;
use crate::accounting::journal::amounts;
use crate::accounting::request::{ActionRequest, Outcome};
use crate::accounting::values::{amount_of, list_in, object, total};
use crate::messages::reply::Reply;
use crate::model::ledger::{BANK_LINES, ENTRIES, FILES, LINES, RECONCILED, REPORTS};
use crate::state::fields::Fields;

const STATEMENT: &str = "unmatched_statement_transactions";

/// Refuses a report whose period overlaps that of another one of the account and entity.
pub(crate) fn written(books: &mut Books<'_>, id: i64) -> Result<(), Reply> {
    let own = books.store.fields(REPORTS, id);
    let period = |fields: &Fields| fields.date("statement_starting_date").zip(fields.date("statement_ending_date"));
    let overlaps = |other: &Fields| match (period(&own), period(other)) {
        (Some((from, to)), Some((other_from, other_to))) => from <= other_to && other_from <= to,
        _ => false,
    };
    let is_same = |other: &Fields| ["account", "entity"].iter().all(|name| other.get(name) == own.get(name));
    let is_live = |other: &Fields| other.text("status") != Some("DELETED");
    let clashes = |fields: &Fields| is_live(fields) && is_same(fields) && overlaps(fields);
    if books.store.live(REPORTS).any(|(other, report)| other != id && clashes(&report.fields)) {
        return Err(Reply::non_field_error("The period overlaps that of another reconciliation of the account."));
    }
    add_up(books, id)
}

/// Refuses a file that becomes the statement of a report. It had the fields `before`, or is new.
pub(crate) fn file_written(books: &Books<'_>, id: i64, before: Option<&Fields>) -> Result<(), Reply> {
    let file = books.store.fields(FILES, id);
    let is_statement = file.text("model").is_some_and(|model| model.starts_with("reconciliation"));
    let object = |file: &Fields| file.integer("object_id");
    if !is_statement || object(&file).is_none() || before.and_then(object) == object(&file) {
        return Ok(());
    }
    let reason = "The reference does not say what the server reads from the file, nor what it matches. Put the lines into \
                  `unmatched_statement_transactions` of the reconciliation, or upload the file without `object_id`.";
    Err(Reply::unmodelled("Attaching a statement to a reconciliation", Some(reason)))
}

/// Frees the ledger lines of a deleted report.
pub(crate) fn deleted(books: &mut Books<'_>, id: i64) {
    for (pair, line) in pairs(books, id) {
        books.store.delete(RECONCILED, pair);
        if books.store.fields(LINES, line).integer("reconciliation_report") == Some(id) {
            set_report(books, line, &Json::Null);
        }
    }
}

/// Sets the report that a ledger line is reconciled in, also for the bank transaction that the line comes from.
fn set_report(books: &mut Books<'_>, line: i64, report: &Json) {
    books.store.set(LINES, line, "reconciliation_report", report.clone());
    if let Some(bank_line) = books.store.fields(LINES, line).integer("parent_bank_transaction") {
        books.store.set(BANK_LINES, bank_line, "reconciliation_report", report.clone());
    }
}

/// Pairs ledger lines with lines of the statement, all or none.
pub(crate) fn match_statement(books: &mut Books<'_>, request: &ActionRequest<'_>) -> Result<Outcome, Reply> {
    let id = report(books, request)?;
    if books.store.fields(REPORTS, id).text("status").is_some_and(|status| status != "DRAFT") {
        return Err(Reply::non_field_error("Only a DRAFT can be matched."));
    }
    let (mut lines, mut statements) = (BTreeSet::new(), BTreeSet::new());
    for pair in list_in(request.body, "pairs") {
        let id_in = |name: &str| pair.get(name).and_then(Json::as_i64).unwrap_or_default();
        let (line, statement) = (id_in("transaction_id"), id_in("statement_transaction_id"));
        must_be_open_to(books, id, line)?;
        if !lines.insert(line) || !statements.insert(statement) {
            return Err(Reply::non_field_error("A transaction occurs twice."));
        }
        pair_with(books, id, line, statement, "DRAFT")?;
    }
    add_up(books, id)?;
    Ok(Outcome::Nothing)
}

/// Makes the selected ledger lines reconciled. Other suggestions of the report are dropped.
pub(crate) fn confirm(books: &mut Books<'_>, request: &ActionRequest<'_>) -> Result<Outcome, Reply> {
    let id = report(books, request)?;
    let ids = |name: &str| list_in(request.body, name).iter().filter_map(Json::as_i64).collect::<BTreeSet<_>>();
    let (selected, statements) = (ids("selected"), ids("selected_statements"));
    for line in &selected {
        books.store.get(LINES, *line).ok_or_else(|| unknown("transaction", *line))?;
    }
    for (pair, line) in pairs(books, id) {
        if !selected.contains(&line) && books.store.fields(RECONCILED, pair).text("status") == Some("DRAFT") {
            give_back(books, id, pair);
        }
    }
    for statement in statements {
        let amount = deposit(&statement_line(books, id, statement).ok_or_else(|| unknown("statement", statement))?)?;
        let is_free = |line: &i64| {
            amounts::layers(&books.store.fields(LINES, *line)).native == amount
                && suggestion(books, id, *line).is_none()
        };
        if let Some(line) = selected.iter().copied().find(is_free) {
            pair_with(books, id, line, statement, "DRAFT")?;
        }
    }
    for line in selected {
        match pairs(books, id).into_iter().find(|(_, known)| *known == line) {
            Some((pair, _)) => books.store.set(RECONCILED, pair, "status", "RECONCILED"),
            None => {
                books.store.add(RECONCILED, pair_of(id, line, "RECONCILED"));
            }
        }
        set_report(books, line, &Json::from(id));
    }
    add_up(books, id)?;
    Ok(Outcome::Nothing)
}

fn report(books: &Books<'_>, request: &ActionRequest<'_>) -> Result<i64, Reply> {
    let id = request.path.first().map(|(_, id)| *id);
    id.filter(|id| books.store.get(REPORTS, *id).is_some()).ok_or_else(Reply::not_found)
}

fn unknown(kind: &str, id: i64) -> Reply {
    Reply::json(404, &object([("error", Json::from(format!("There is no {kind} {id}.")))]))
}

/// Refuses a ledger line that does not exist, or that is reconciled.
fn must_be_open_to(books: &Books<'_>, report: i64, line: i64) -> Result<(), Reply> {
    let known = books.store.get(LINES, line).ok_or_else(Reply::not_found)?;
    if known.fields.contains("reconciliation_report") || suggestion(books, report, line).is_some() {
        return Err(Reply::non_field_error(format!("Transaction {line} is already matched or reconciled.")));
    }
    Ok(())
}

/// Returns the pairs of a report: their ids, and those of the ledger lines.
fn pairs(books: &Books<'_>, report: i64) -> Vec<(i64, i64)> {
    let pairs = books.store.linked(RECONCILED, "report", report);
    pairs.filter_map(|(id, pair)| Some((id, pair.fields.integer("transaction")?))).collect()
}

/// Returns the statement line that is suggested for a ledger line.
fn suggestion(books: &Books<'_>, report: i64, line: i64) -> Option<Json> {
    let (pair, _) = pairs(books, report).into_iter().find(|(_, known)| *known == line)?;
    books.store.fields(RECONCILED, pair).get("suggestion").cloned()
}

fn statement_line(books: &Books<'_>, report: i64, id: i64) -> Option<Json> {
    let fields = books.store.fields(REPORTS, report);
    fields.items(STATEMENT).iter().find(|item| item.get("id").and_then(Json::as_i64) == Some(id)).cloned()
}

fn pair_of(report: i64, line: i64, status: &str) -> Fields {
    let mut pair = Fields::default();
    pair.set("report", report);
    pair.set("transaction", line);
    pair.set("status", status);
    pair
}

/// Pairs a ledger line with a statement line, which is then no longer unmatched.
fn pair_with(books: &mut Books<'_>, report: i64, line: i64, statement: i64, status: &str) -> Result<(), Reply> {
    let item = statement_line(books, report, statement).ok_or_else(Reply::not_found)?;
    let mut pair = pair_of(report, line, status);
    pair.set("suggestion_id", statement);
    pair.set("suggestion", item);
    books.store.add(RECONCILED, pair);
    let rest: Vec<Json> = books.store.fields(REPORTS, report).items(STATEMENT).to_vec();
    let rest: Vec<Json> =
        rest.into_iter().filter(|item| item.get("id").and_then(Json::as_i64) != Some(statement)).collect();
    books.store.set(REPORTS, report, STATEMENT, rest);
    Ok(())
}

/// Drops a suggestion: its statement line is unmatched again.
fn give_back(books: &mut Books<'_>, report: i64, pair: i64) {
    if let Some(item) = books.store.fields(RECONCILED, pair).remove("suggestion") {
        let mut lines = books.store.fields(REPORTS, report).items(STATEMENT).to_vec();
        lines.push(item);
        books.store.set(REPORTS, report, STATEMENT, lines);
    }
    books.store.delete(RECONCILED, pair);
}

/// Returns the amount of a statement line: deposits are positive.
fn deposit(item: &Json) -> Result<Decimal, Reply> {
    total([amount_of(item, "deposit"), -amount_of(item, "withdrawal")])
}

/// Sets the totals of a report: what is cleared, what is matched, and the difference to the statement.
fn add_up(books: &mut Books<'_>, id: i64) -> Result<(), Reply> {
    let before = books.store.fields(REPORTS, id);
    let mut fields = before.clone();
    let (mut cleared, mut matched) = (Vec::new(), Vec::new());
    for (pair, line) in pairs(books, id) {
        let (pair, amount) =
            (books.store.fields(RECONCILED, pair), amounts::layers(&books.store.fields(LINES, line)).native);
        if pair.text("status") == Some("RECONCILED") {
            cleared.push(amount);
        }
        if pair.contains("suggestion") {
            matched.push(amount);
        }
    }
    let activity = total(cleared.iter().copied())?;
    for (prefix, amounts) in [("cleared", cleared), ("matched", matched)] {
        let side = |is_debit: bool| total(amounts.iter().filter(|amount| amount.is_negative() != is_debit).copied());
        fields.set(format!("{prefix}_total_debits"), side(true)?);
        fields.set(format!("{prefix}_total_credits"), -side(false)?);
        fields.set(format!("{prefix}_activity"), total(amounts.iter().copied())?);
        fields.set(format!("{prefix}_item_count"), i64::try_from(amounts.len()).unwrap_or(i64::MAX));
    }
    let balance = |name: &str| before.decimal(name).unwrap_or_default();
    let difference = total([balance("ending_balance"), -balance("starting_balance"), -activity])?;
    fields.set("reconciliation_difference", difference);
    if fields != before {
        books.store.change(REPORTS, id, |record| record.fields = fields);
    }
    Ok(())
}

/// Returns a ledger line as a report shows it, with its pair in the report.
pub(crate) fn source_row(books: &Books<'_>, report: i64, line: i64) -> Option<Json> {
    let fields = &books.store.get(LINES, line)?.fields;
    let pair = pairs(books, report).into_iter().find(|(_, known)| *known == line).map(|(pair, _)| pair);
    let shown = pair.map(|id| (id, books.store.fields(RECONCILED, id)));
    let is_cleared = shown.as_ref().is_some_and(|(_, pair)| pair.text("status") == Some("RECONCILED"));
    let is_matched = shown.as_ref().is_some_and(|(_, pair)| pair.contains("suggestion"));
    let pairs = shown.map(|(id, pair)| {
        let mut object = JsonObject::from([("id".to_owned(), Json::from(id))]);
        for name in ["status", "suggestion_id", "suggestion"] {
            object.insert(name.to_owned(), pair.value(name));
        }
        Json::Object(object)
    });
    let journal = fields.value("journal");
    let entry = fields.integer("journal").map(|id| books.store.fields(ENTRIES, id));
    Some(object([
        ("id", Json::from(line)),
        ("currency", fields.value("currency")),
        ("posted_at", fields.value("posted_at")),
        ("debit_amount_in_currency", fields.value("debit_amount_native")),
        ("credit_amount_in_currency", fields.value("credit_amount_native")),
        ("bank_description", fields.value("bank_description")),
        ("reconciliation_transaction", Json::Array(pairs.into_iter().collect())),
        ("is_cleared", Json::Bool(is_cleared)),
        ("is_matched", Json::Bool(is_matched)),
        ("journal_id", journal),
        ("journal_order", entry.map_or(Json::Null, |entry| entry.value("order"))),
    ]))
}

/// Returns `true` if a ledger line is open to a report: on its account, up to its last day, and not reconciled elsewhere.
pub(crate) fn is_open_to(report_id: i64, report: &Fields, line: &Fields) -> bool {
    let is_of = |name: &str| report.get(name).is_none_or(|wanted| line.get(name) == Some(wanted));
    let is_in_time = report.date("statement_ending_date").is_none_or(|last| line.date("posted_at") <= Some(last));
    let is_free = line.integer("reconciliation_report").is_none_or(|other| other == report_id);
    is_of("account") && is_of("entity") && is_in_time && is_free
}
