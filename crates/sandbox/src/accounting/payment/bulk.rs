//! Spreading a transaction over several documents.

use campfire_values::{Date, Json, JsonObject};

use crate::accounting::books::Books;
use crate::accounting::document::settlement;
use crate::accounting::journal::{amounts, bank as bank_line};
use crate::accounting::kind::{Document, Kind};
use crate::accounting::payment::record::Created;
use crate::accounting::payment::{bank, terms};
use crate::accounting::request::Outcome;
use crate::accounting::values::{object, total};
use crate::messages::reply::Reply;
use crate::model::ledger::LINES;
use crate::state::record::Record;

/// Pays documents with a transaction until it is used up, the earliest due date first.
pub(crate) fn pay(books: &mut Books<'_>, kind: Kind, body: &JsonObject) -> Result<Outcome, Reply> {
    let transaction = body.get("transaction_id").and_then(Json::as_i64).unwrap_or_default();
    let candidates = candidates(books, kind, body)?;
    let line = bank_line::settling_line(books, transaction, !kind.layout().debits_control)?;
    let mut left = amounts::native(&books.store.fields(LINES, line));
    let mut created = Created::default();
    for document in candidates {
        let amount = document.open_amount(books).min(left);
        if amount.is_zero() || amount.is_negative() {
            continue;
        }
        terms::check(books, document)?;
        let item = object([("transaction_id", Json::from(transaction)), ("amount", Json::from(amount))]);
        bank::pay(books, document, &item, &mut created)?;
        settlement::update(books, document)?;
        left = total([left, -amount])?;
    }
    // No document is overpaid, so no memos are created.
    Ok(Outcome::Value(created.into_json()))
}

/// Returns the documents that the body selects by ids or filters and that are open, by due date.
fn candidates(books: &Books<'_>, kind: Kind, body: &JsonObject) -> Result<Vec<Document>, Reply> {
    let named = body.get("invoice_ids").and_then(Json::as_array);
    let named: Option<Vec<i64>> = named.map(|ids| ids.iter().filter_map(Json::as_i64).collect());
    let filters = body.get("filters").and_then(Json::as_object);
    if named.is_none() && filters.is_none() {
        return Err(Reply::non_field_error("Give invoice_ids or filters."));
    }
    let is_selected = |id: i64, record: &Record| match &named {
        Some(named) => named.contains(&id),
        None => filters.is_none_or(|filters| matches(record, filters)),
    };
    let documents = books.store.live(kind.layout().resource);
    let mut due: Vec<(Option<Date>, i64)> = documents
        .filter(|(id, record)| is_selected(*id, record) && is_open(record))
        .map(|(id, record)| (record.fields.date("due_date"), id))
        .collect();
    due.sort_unstable();
    Ok(due.into_iter().map(|(_, id)| Document::new(kind, id)).collect())
}

fn matches(record: &Record, filters: &JsonObject) -> bool {
    ["entity", "client"].iter().all(|name| {
        let wanted = filters.get(name).filter(|value| !value.is_null());
        wanted.is_none_or(|wanted| match wanted.as_array() {
            Some(any) => any.is_empty() || any.iter().any(|one| record.fields.get(name) == Some(one)),
            None => record.fields.get(name) == Some(wanted),
        })
    })
}

fn is_open(record: &Record) -> bool {
    let status = record.fields.text("payment_status");
    status.is_none_or(|status| ["open", "partial", "sent"].contains(&status))
}
