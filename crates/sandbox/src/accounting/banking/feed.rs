//! Importing the lines of a bank account, each with its journal entry.
//!
//! The reference documents neither the keys of a line nor the sign of amounts. A line has those of a bank transaction here,
//! and money that comes in is positive.

use campfire_values::{Date, DateOrTimestamp, Decimal, Json, JsonObject};

use crate::accounting::books::Books;
use crate::accounting::chart::{self, Purpose};
use crate::accounting::journal::amounts::Rates;
use crate::accounting::journal::entry::{self, Entry, NewLine};
use crate::accounting::period;
use crate::accounting::request::{ActionRequest, Outcome};
use crate::accounting::values::{list_in, object};
use crate::messages::reply::Reply;
use crate::model::ledger::{BANK_LINES, BANKS};
use crate::records::write;
use crate::state::fields::Fields;

/// The bank account that a feed is for.
struct Account {
    id: i64,
    ledger: i64,
    fields: Fields,
}

/// A line that can be imported.
struct Line<'a> {
    key: &'a str,
    amount: Decimal,
    date: Date,
    body: &'a JsonObject,
}

/// Imports a feed. Lines that are known are skipped, and a line in error stops no other.
pub(crate) fn import(books: &mut Books<'_>, request: &ActionRequest<'_>) -> Result<Outcome, Reply> {
    let Some((_, id)) = request.path.last() else { return Err(Reply::not_found()) };
    let fields = books.store.get(BANKS, *id).ok_or_else(Reply::not_found)?.fields.clone();
    let ledger = fields.integer("chart_of_accounts_account");
    let lines = list_in(request.body, "transactions");
    let (mut created, mut skipped, mut failed) = (0_i64, Vec::new(), Vec::new());
    for item in lines {
        let key = item.get("external_transaction_id").and_then(Json::as_str).unwrap_or_default();
        let outcome = match (read(item), ledger) {
            (Err(reason), _) => Err(reason),
            (Ok(line), _) if is_known(books, *id, line.key) => {
                skipped.push(result(key, "It is already imported."));
                continue;
            }
            (Ok(_), None) => Err("The bank account has no ledger account.".to_owned()),
            (Ok(line), Some(ledger)) => {
                let account = Account { id: *id, ledger, fields: fields.clone() };
                period::must_be_open(books, line.date)
                    .and_then(|()| post(books, &account, &line))
                    .map_err(|refusal| String::from_utf8_lossy(&refusal.body).into_owned())
            }
        };
        match outcome {
            Ok(()) => created += 1,
            Err(reason) => failed.push(result(key, &reason)),
        }
    }
    books.store.change(BANKS, *id, |record| {
        for (field, name) in [("current_balance", "balance"), ("available_balance", "available_balance")] {
            record.fields.set(field, request.body.get(name).cloned().unwrap_or_default());
        }
    });
    let count = |count: usize| Json::from(i64::try_from(count).unwrap_or(i64::MAX));
    Ok(Outcome::Value(object([
        ("message", Json::from(format!("{created} of {} transactions were created.", lines.len()))),
        ("account_id", Json::from(*id)),
        ("submitted_count", count(lines.len())),
        ("created_count", Json::from(created)),
        ("skipped_count", count(skipped.len())),
        ("skipped_transactions", Json::Array(skipped)),
        ("failed_count", count(failed.len())),
        ("failed_transactions", Json::Array(failed)),
    ])))
}

fn result(key: &str, reason: &str) -> Json {
    object([("external_transaction_id", Json::from(key)), ("reason", Json::from(reason))])
}

/// Reads a line, or returns the reason why it cannot be imported.
fn read(item: &Json) -> Result<Line<'_>, String> {
    let body = item.as_object().ok_or("A transaction is an object.")?;
    let key = body.get("external_transaction_id").and_then(Json::as_str).filter(|key| !key.is_empty());
    let amount = body.get("amount").and_then(Json::as_decimal).filter(|amount| !amount.is_zero());
    let date = match body.get("posted_at").and_then(Json::as_str).map(str::parse) {
        Some(Ok(DateOrTimestamp::Date(date))) => Some(date),
        Some(Ok(DateOrTimestamp::Timestamp(time))) => Some(time.utc_date()),
        _ => None,
    };
    Ok(Line {
        key: key.ok_or("external_transaction_id: This field is required.")?,
        amount: amount.ok_or("amount: A number other than zero is required.")?,
        date: date.ok_or("posted_at: A date or a time is required.")?,
        body,
    })
}

fn is_known(books: &Books<'_>, account: i64, key: &str) -> bool {
    let mut lines = books.store.linked(BANK_LINES, "account", account);
    lines.any(|(_, line)| line.fields.text("external_transaction_id") == Some(key))
}

/// Creates the bank transaction of a line, and posts its entry: the ledger account of the bank against uncategorized.
fn post(books: &mut Books<'_>, account: &Account, line: &Line<'_>) -> Result<(), Reply> {
    let mut body = line.body.clone();
    body.insert("account".to_owned(), Json::from(account.id));
    let transaction = write::insert(books.api, books.store, BANK_LINES, &body, &[]);
    let currency = line.body.get("currency").and_then(Json::as_str).or_else(|| account.fields.text("currency"));
    let entry = Entry {
        entry_type: if line.amount.is_negative() { "payment" } else { "deposit" },
        date: line.date,
        entity: account.fields.integer("entity"),
        currency: currency.map(str::to_owned),
        rates: Rates { book: None, consolidated: None },
        memo: line.body.get("bank_description").and_then(Json::as_str).unwrap_or_default().to_owned(),
        owner: None,
    };
    let mut fields = Fields::default();
    for name in ["bank_description", "merchant_name"] {
        fields.set(name, line.body.get(name).cloned().unwrap_or_default());
    }
    fields.set("external_id", line.key);
    fields.set("parent_bank_transaction", transaction);
    let other = chart::account(books, Purpose::Uncategorized);
    let bank = NewLine { account: account.ledger, amount: line.amount, fields: fields.clone() };
    let entry = entry::post(books, &entry, vec![bank, NewLine { account: other, amount: -line.amount, fields }])?;
    let uuid = books.store.new_uuid();
    books.store.change(BANK_LINES, transaction, |record| {
        record.fields.set("journal", entry);
        if !record.fields.contains("transaction_id") {
            record.fields.set("transaction_id", uuid);
        }
        if !record.fields.contains("amount_native") {
            record.fields.set("amount_native", line.amount);
        }
    });
    Ok(())
}
