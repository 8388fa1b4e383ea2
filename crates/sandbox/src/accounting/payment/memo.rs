//! Payments with memos.

use campfire_values::{Date, Decimal, Json};

use crate::accounting::books::Books;
use crate::accounting::document::settlement;
use crate::accounting::journal::entry::{self, Entry};
use crate::accounting::journal::{amounts, line};
use crate::accounting::kind::{Document, Kind};
use crate::accounting::payment::exchange;
use crate::accounting::payment::record::{self, Created};
use crate::accounting::values::{date_of, no_such_record, object, positive_amount};
use crate::messages::reply::Reply;
use crate::state::fields::Fields;
use crate::state::markers::RecordRef;

/// Settles a document with a memo of the same party.
pub(super) fn apply(
    books: &mut Books<'_>,
    document: Document,
    item: &Json,
    created: &mut Created,
) -> Result<(), Reply> {
    let amount = positive_amount(item, "amount")?;
    let memo = named_memo(books, document, item)?;
    for side in [memo, document] {
        let open = side.open_amount(books);
        if amount > open {
            return Err(Reply::field_error("amount", format!("{amount} is more than the {open} that is open.")));
        }
    }
    let date = date_of(item, "posted_at").unwrap_or_else(|| books.store.today());
    let (entry, gain) = post(books, document, memo, amount, date)?;
    let payment = add_both_sides(books, document, memo, amount, date, entry)?;
    books.store.set(
        document.layout().payments,
        payment,
        "fx_gain_loss_realized_transaction",
        gain.map(Json::from).unwrap_or_default(),
    );
    settlement::update(books, memo)?;
    created.entries.push(entry);
    created.payments.push(payment);
    Ok(())
}

/// Returns the memo that an item names.
fn named_memo(books: &Books<'_>, document: Document, item: &Json) -> Result<Document, Reply> {
    let kind = document.kind.memo();
    let field = kind.layout().path_parameter;
    let id = item.get(field).and_then(Json::as_i64);
    let id = id.ok_or_else(|| Reply::field_error(field, "This field is required."))?;
    let memo = Document::new(kind, id);
    if memo.fields(books).is_err() {
        return Err(no_such_record(field, id));
    }
    if memo.status(books)? == "voided" {
        return Err(Reply::field_error(field, "The memo is voided."));
    }
    let (memo_currency, own) = (exchange::currency(books, memo)?, exchange::currency(books, document)?);
    if memo_currency != own {
        return Err(Reply::field_error(field, format!("The memo is in {memo_currency}, not in {own}.")));
    }
    let party = |one: Document| Ok::<_, Reply>(one.fields(books)?.integer(one.layout().party));
    if let (Some(of_memo), Some(of_document)) = (party(memo)?, party(document)?)
        && of_memo != of_document
    {
        let name = document.layout().party;
        return Err(Reply::field_error(field, format!("The memo belongs to {name} {of_memo}, not to {of_document}.")));
    }
    Ok(memo)
}

/// Posts the entry of the application. It moves the amount between the two control accounts. Returns its id, and the line
/// of the gain or loss if the two have different rates.
fn post(
    books: &mut Books<'_>,
    document: Document,
    memo: Document,
    amount: Decimal,
    date: Date,
) -> Result<(i64, Option<i64>), Reply> {
    let entry = document.entry(books, memo.layout().payment_entry_type, date)?;
    let entry = Entry { owner: Some(memo), ..entry };
    let (memo_account, account) = (memo.control_account(books)?, document.control_account(books)?);
    let settled = exchange::at_rates_of(books, document, document.layout().settled(amount))?;
    let used = exchange::at_rates_of(books, memo, -document.layout().settled(amount))?;
    let mut memo_line = document.line(books, memo_account, used.native)?;
    amounts::set_layers(&mut memo_line.fields, used);
    let mut lines = vec![memo_line, document.line(books, account, settled.native)?];
    let balancing = exchange::balancing_line(books, document, &[used, settled])?;
    let has_gain = balancing.is_some();
    lines.extend(balancing);
    let entry = entry::post(books, &entry, lines)?;
    let gain = if has_gain { line::ids(books, entry).last().copied() } else { None };
    Ok((entry, gain))
}

/// Adds the payment of the document and the application of the memo, each naming the other. Returns the payment.
fn add_both_sides(
    books: &mut Books<'_>,
    document: Document,
    memo: Document,
    amount: Decimal,
    date: Date,
    entry: i64,
) -> Result<i64, Reply> {
    let mut fields = Fields::default();
    fields.set("payment_journal_entry", entry);
    fields.set_own_entry();
    let (mut of_document, mut of_memo) = (fields.clone(), fields);
    of_document.set("payment_type", "CREDIT_MEMO");
    if document.kind == Kind::Invoice {
        of_document.set("credit_memo", summary(books, memo)?);
    }
    of_memo.set(document.layout().link, summary(books, document)?);
    let payments = document.layout().payments;
    let payment = record::add(books, document, amount, date, of_document)?;
    of_memo.set_counterpart(&RecordRef::new(payments, payment));
    let application = record::add(books, memo, amount, date, of_memo)?;
    let counterpart = RecordRef::new(memo.layout().payments, application);
    books.store.change(payments, payment, |record| record.fields.set_counterpart(&counterpart));
    Ok(payment)
}

/// Returns the id and the printed number of a document.
fn summary(books: &Books<'_>, document: Document) -> Result<Json, Reply> {
    let number = document.layout().number;
    Ok(object([("id", Json::from(document.id)), (number, document.fields(books)?.value(number))]))
}
