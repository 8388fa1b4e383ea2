//! Manual payments, which no transaction in the ledger stands for yet.

use campfire_values::Json;

use crate::accounting::books::Books;
use crate::accounting::journal::entry;
use crate::accounting::kind::Document;
use crate::accounting::payment::overpayment;
use crate::accounting::payment::record::{self, Created};
use crate::accounting::values::{date_of, positive_amount};
use crate::messages::reply::Reply;
use crate::state::fields::Fields;

/// Posts a manual payment of a document.
pub(super) fn pay(books: &mut Books<'_>, document: Document, item: &Json, created: &mut Created) -> Result<(), Reply> {
    let layout = document.layout();
    let in_document_currency = ["amount_in_invoice_currency", "amount_in_bill_currency"];
    let name = in_document_currency.into_iter().find(|name| item.get(name).is_some_and(|value| !value.is_null()));
    let paid = positive_amount(item, name.unwrap_or("amount"))?;
    let account = item.get("account_id").and_then(Json::as_i64);
    let account = account.ok_or_else(|| Reply::field_error("account_id", "This field is required."))?;
    let date = date_of(item, "payment_date").unwrap_or_else(|| books.store.today());
    let entry = document.entry(books, layout.payment_entry_type, date)?;
    let control = document.control_account(books)?;
    let lines = vec![
        document.line(books, account, -layout.settled(paid))?,
        document.line(books, control, layout.settled(paid))?,
    ];
    let entry = entry::post(books, &entry, lines)?;
    let split = overpayment::split(books, document, paid, Some(entry), date, created)?;
    let mut fields = Fields::default();
    fields.set_overpayment_memo(split.memo);
    fields.set("payment_journal_entry", entry);
    fields.set_own_entry();
    fields.set("payment_type", "MANUAL_TRANSACTION");
    fields.set("source", "MANUAL");
    fields.set("external_id", item.get("external_id").cloned().unwrap_or_default());
    fields.set("withheld_amount", item.get("withholding_amount").cloned().unwrap_or_default());
    created.entries.push(entry);
    created.payments.push(record::add(books, document, split.amount, date, fields)?);
    Ok(())
}
