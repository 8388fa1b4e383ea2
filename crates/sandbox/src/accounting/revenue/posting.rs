//! The entry of a revenue transaction: it credits revenue, and debits what the contract has billed or has yet to bill.

use campfire_values::{Date, Json};

use crate::accounting::books::Books;
use crate::accounting::chart::{self, Purpose};
use crate::accounting::journal::amounts::Rates;
use crate::accounting::journal::entry::{self, Entry, NewLine};
use crate::accounting::period;
use crate::messages::reply::Reply;
use crate::model::ledger::{CONTRACTS, PRODUCTS, REVENUE};
use crate::state::fields::Fields;
use crate::state::markers::RecordRef;

/// Posts a revenue transaction on its last day, or replaces its entry. A migrated one has no entry.
pub(super) fn post(books: &mut Books<'_>, id: i64) -> Result<(), Reply> {
    let row = books.store.fields(REVENUE, id);
    let existing = row.integer("journal_entry");
    let date = row.date("transaction_end_date").or_else(|| row.date("transaction_date"));
    let is_migrated = row.get("is_migration_invoiced").and_then(Json::as_bool).unwrap_or(false);
    let (Some(date), false) = (date, is_migrated) else { return Ok(()) };
    let amount = row.decimal("amount").unwrap_or_default();
    let revenue = revenue_account(books, &row);
    let open = chart::account(books, Purpose::DeferredRevenue);
    let debit = NewLine { account: open, amount, fields: line_fields(&row, true) };
    let credit = NewLine { account: revenue, amount: -amount, fields: line_fields(&row, false) };
    let entry = header(books, &row, date);
    match existing {
        Some(existing) => {
            period::must_be_open_if_dated(books, entry::date(books, existing))?;
            entry::repost(books, existing, &entry, vec![debit, credit])?;
        }
        None => {
            let posted = entry::post_for(books, &RecordRef::new(REVENUE, id), &entry, vec![debit, credit])?;
            books.store.set(REVENUE, id, "journal_entry", posted);
        }
    }
    Ok(())
}

fn header(books: &Books<'_>, row: &Fields, date: Date) -> Entry {
    let contract = row.integer("contract").and_then(|id| books.store.get(CONTRACTS, id));
    let memo = contract.and_then(|contract| contract.fields.text("deal_name")).unwrap_or_default();
    Entry {
        entry_type: "revenue_recognition",
        date,
        entity: row.integer("entity"),
        currency: row.text("currency").map(str::to_owned),
        rates: Rates::of(row),
        memo: memo.to_owned(),
        owner: None,
    }
}

fn line_fields(row: &Fields, is_contract_side: bool) -> Fields {
    let mut fields = Fields::default();
    fields.set("vendor", row.value("client"));
    if is_contract_side {
        fields.set_contract(row.integer("contract"));
    } else {
        fields.set("department", row.value("department"));
    }
    fields
}

/// Returns the account that revenue is credited to: that of the product, or else the income account.
fn revenue_account(books: &mut Books<'_>, row: &Fields) -> i64 {
    let product = row.integer("product").and_then(|id| books.store.get(PRODUCTS, id));
    let own = product.and_then(|product| product.fields.integer("revenue_account"));
    own.unwrap_or_else(|| chart::account(books, Purpose::Income))
}
