//! What settles documents: ledger lines, manual payments and memos.

use super::chart::{self, Role};
use super::document::{self, Documents};
use super::journal::{self, Entry};
use super::{Books, Done, LINES, date_in, day, not_found, period, refuse, refuse_all, total};
use crate::api::Reply;
use crate::fields::Fields;
use crate::store::Record;
use campfire_sandbox_model::DocumentKind as Kind;
use campfire_values::{Date, Decimal, Json, JsonObject};

/// The payments of a document that are not voided.
pub(crate) fn live<'a>(books: &'a Books<'_>, kind: Kind, id: i64) -> impl Iterator<Item = (i64, &'a Record)> {
    let form = kind.form();
    let payments = books.store.linked(form.payments, form.link, id);
    payments.filter(|(_, payment)| payment.fields.get("voided_date").is_none())
}

/// Applies payments to an invoice or a bill, all of them or none.
pub(crate) fn pay(books: &mut Books<'_>, kind: Kind, id: i64, body: &JsonObject) -> Result<Done, Reply> {
    let list = |name: &str| body.get(name).and_then(Json::as_array).unwrap_or_default();
    let memos = if kind == Kind::Bill { "debit_memos" } else { "credit_memos" };
    let (lines, manual, memos) = (list("transactions"), list("empty_transactions"), list(memos));
    if lines.is_empty() && manual.is_empty() && memos.is_empty() {
        return Err(refuse_all("Name at least one transaction, memo or manual payment."));
    }
    if ["voided", "draft"].contains(&document::status(books, kind, id)?) {
        return Err(refuse_all("It is not open for payments."));
    }
    let mut made = Settlement::default();
    for item in memos {
        apply_memo(books, kind, id, item, &mut made)?;
    }
    for item in lines {
        pay_with_lines(books, kind, id, item, &mut made)?;
    }
    for item in manual {
        pay_by_hand(books, kind, id, item, &mut made)?;
    }
    document::settle(books, kind, id)?;
    if kind == Kind::Bill {
        return Ok(Done::Record(kind.form().resource, id));
    }
    let integers = |ids: Vec<i64>| Json::Array(ids.into_iter().map(Json::from).collect());
    let mut answer = JsonObject::from([
        ("journal_entry_ids".to_owned(), integers(made.journals)),
        ("payment_ids".to_owned(), integers(made.payments)),
    ]);
    if !made.memos.is_empty() {
        answer.insert("auto_created_credit_memos".to_owned(), Json::Array(made.memos));
    }
    Ok(Done::Value(Json::Object(answer)))
}

/// What a call has made.
#[derive(Default)]
struct Settlement {
    journals: Vec<i64>,
    payments: Vec<i64>,
    memos: Vec<Json>,
}

fn amount_in(item: &Json, name: &str) -> Result<Decimal, Reply> {
    let amount = item.get(name).and_then(Json::as_decimal).unwrap_or_default();
    if amount.is_zero() || amount.is_negative() {
        return Err(refuse(name, "Ensure this value is greater than 0."));
    }
    Ok(amount)
}

/// Takes from an amount what is more than the document still needs: a credit memo of its own for an invoice, a refusal
/// for a bill.
fn without_surplus(
    books: &mut Books<'_>,
    kind: Kind,
    id: i64,
    amount: Decimal,
    journal: Option<i64>,
    date: Date,
    made: &mut Settlement,
) -> Result<(Decimal, Json), Reply> {
    let form = kind.form();
    let due = books.amount(form.resource, id, form.open_amount);
    let surplus = amount.checked_sub(due).unwrap_or_default();
    if surplus.is_zero() || surplus.is_negative() {
        return Ok((amount, Json::Null));
    }
    if kind != Kind::Invoice {
        return Err(refuse("amount", format!("{amount} is more than the {due} that is due.")));
    }
    let control = document::control(books, kind, id)?;
    let invoice = books.store.get(form.resource, id).ok_or_else(not_found)?.fields.clone();
    let line = JsonObject::from([
        ("id".to_owned(), Json::from(books.store.new_id())),
        ("account".to_owned(), Json::from(control)),
        ("amount".to_owned(), Json::from(surplus)),
        ("description".to_owned(), Json::from("Overpayment")),
    ]);
    let mut fields = Fields::default();
    for name in ["entity", "client", "currency", "contract"] {
        fields.set(name, invoice.get(name).cloned().unwrap_or_default());
    }
    let number = document::next_number(books, Kind::CreditMemo);
    fields.set("credit_memo_number", number.clone());
    fields.set("credit_memo_date", day(date));
    fields.set("credit_memo_type", "overpayment");
    fields.set("credit_account", control);
    fields.set("application_status", "open");
    fields.set("lines", Json::Array(vec![Json::Object(line)]));
    // The payment has already credited the control account.
    fields.set("journal_entry", journal.map_or(Json::Null, Json::from));
    fields.set("_posted_by", "payment");
    let memo = books.store.new_id();
    let now = books.store.now();
    let record = Record { fields, created: now, modified: now, ..Record::default() };
    books.store.put(Kind::CreditMemo.form().resource, memo, record);
    made.memos.push(Json::Object(JsonObject::from([
        ("id".to_owned(), Json::from(memo)),
        ("credit_memo_number".to_owned(), number),
    ])));
    Ok((due, Json::from(memo)))
}

/// Records a payment of a document.
fn record(
    books: &mut Books<'_>,
    kind: Kind,
    id: i64,
    amount: Decimal,
    date: Date,
    mut fields: Fields,
) -> Result<i64, Reply> {
    let form = kind.form();
    let document = books.store.get(form.resource, id).ok_or_else(not_found)?;
    fields.set("currency", document.fields.get("currency").cloned().unwrap_or_default());
    fields.set(form.link, id);
    fields.set("amount", amount);
    fields.set("payment_date", day(date));
    let payment = books.store.new_id();
    let now = books.store.now();
    let path_name = match kind {
        Kind::Bill => "bill_id",
        Kind::CreditMemo => "credit_memo_id",
        Kind::DebitMemo => "debit_memo_id",
        _ => "invoice_id",
    };
    let parents = vec![(path_name.into(), id)];
    books.store.put(
        form.payments,
        payment,
        Record { fields, parents, created: now, modified: now, ..Record::default() },
    );
    Ok(payment)
}

/// Pays with lines that the ledger already has: their legs move to the control account.
fn pay_with_lines(books: &mut Books<'_>, kind: Kind, id: i64, item: &Json, made: &mut Settlement) -> Result<(), Reply> {
    let mut left = amount_in(item, "amount")?;
    let several = item.get("transaction_ids").and_then(Json::as_array).unwrap_or_default();
    let ids: Vec<i64> = item.get("transaction_id").into_iter().chain(several).filter_map(Json::as_i64).collect();
    if ids.is_empty() {
        return Err(refuse("transaction_id", "This field is required."));
    }
    let last = ids.len() - 1;
    for (index, transaction) in ids.into_iter().enumerate() {
        if left.is_zero() {
            break;
        }
        let (line, taken) = take_leg(books, kind, id, transaction, left, index == last)?;
        left = total([left, -taken])?;
        let fields = books.store.get(LINES, line).map(|line| line.fields.clone()).unwrap_or_default();
        let date = fields.date("posted_at").unwrap_or_else(|| books.store.today());
        let journal = fields.integer("journal");
        let (amount, memo) = without_surplus(books, kind, id, taken, journal, date, made)?;
        let mut said = Fields::default();
        said.set("_overpayment", memo);
        said.set("payment_transaction", line);
        said.set("payment_transactions", Json::Array(vec![Json::from(line)]));
        said.set("payment_transaction_bank_description", fields.get("bank_description").cloned().unwrap_or_default());
        said.set("payment_journal_entry", journal.map_or(Json::Null, Json::from));
        said.set("payment_type", "BANK_TRANSACTION");
        made.journals.extend(journal);
        made.payments.push(record(books, kind, id, amount, date, said)?);
    }
    Ok(())
}

/// Moves a leg of a transaction to the control account of a document, cut to what is needed; gives it and its amount.
fn take_leg(
    books: &mut Books<'_>,
    kind: Kind,
    id: i64,
    transaction: i64,
    wanted: Decimal,
    must_suffice: bool,
) -> Result<(i64, Decimal), Reply> {
    // Settling does the opposite of posting.
    let line = journal::leg_for(books, transaction, !kind.form().debits_control)?;
    let fields = books.store.get(LINES, line).map(|line| line.fields.clone()).unwrap_or_default();
    if let Some(date) = fields.date("posted_at") {
        period::must_be_open(books, date)?;
    }
    let control = document::control(books, kind, id)?;
    let has = journal::native(&fields);
    if must_suffice && has < wanted {
        return Err(refuse("amount", format!("{wanted} is more than the {has} of transaction {transaction}.")));
    }
    let taken = has.min(wanted);
    journal::split(books, line, taken)?;
    books.store.change(LINES, line, |record| {
        record.fields.set("account", control);
        record.fields.set(journal::TAKEN, true);
    });
    Ok((line, taken))
}

/// Gives a leg back that a payment has taken.
fn give_back(books: &mut Books<'_>, line: i64) {
    let uncategorized = chart::account(books, Role::Uncategorized);
    books.store.change(LINES, line, |record| {
        record.fields.remove(journal::TAKEN);
        record.fields.set("account", uncategorized);
    });
}

/// Posts a payment that no line of the ledger stands for yet.
fn pay_by_hand(books: &mut Books<'_>, kind: Kind, id: i64, item: &Json, made: &mut Settlement) -> Result<(), Reply> {
    let form = kind.form();
    let in_document_currency = ["amount_in_invoice_currency", "amount_in_bill_currency"];
    let name = in_document_currency.into_iter().find(|name| item.get(name).is_some_and(|value| !value.is_null()));
    let paid = amount_in(item, name.unwrap_or("amount"))?;
    let account =
        item.get("account_id").and_then(Json::as_i64).ok_or_else(|| refuse("account_id", "This field is required."))?;
    let date = item.as_object().and_then(|item| date_in(item, "payment_date")).unwrap_or_else(|| books.store.today());
    let entry = document::entry(books, kind, id, form.payment_posts, date)?;
    let control = document::control(books, kind, id)?;
    // Money comes in for what was debited, and goes out for what was credited.
    let sign = |amount: Decimal| if form.debits_control { amount } else { -amount };
    let legs = vec![
        document::leg(books, kind, id, account, sign(paid))?,
        document::leg(books, kind, id, control, sign(-paid))?,
    ];
    let journal = journal::post(books, &entry, legs)?;
    let (amount, memo) = without_surplus(books, kind, id, paid, Some(journal), date, made)?;
    let mut said = Fields::default();
    said.set("_overpayment", memo);
    said.set("payment_journal_entry", journal);
    said.set("_own_entry", true);
    said.set("payment_type", "MANUAL_TRANSACTION");
    said.set("source", "MANUAL");
    said.set("external_id", item.get("external_id").cloned().unwrap_or_default());
    said.set("withheld_amount", item.get("withholding_amount").cloned().unwrap_or_default());
    made.journals.push(journal);
    made.payments.push(record(books, kind, id, amount, date, said)?);
    Ok(())
}

/// Settles a document with a memo of the same party.
fn apply_memo(books: &mut Books<'_>, kind: Kind, id: i64, item: &Json, made: &mut Settlement) -> Result<(), Reply> {
    let form = kind.form();
    let memo_kind = kind.memo();
    let memo_form = memo_kind.form();
    let key = if memo_kind == Kind::DebitMemo { "debit_memo_id" } else { "credit_memo_id" };
    let amount = amount_in(item, "amount")?;
    let memo = item.get(key).and_then(Json::as_i64).ok_or_else(|| refuse(key, "This field is required."))?;
    if books.store.get(memo_form.resource, memo).is_none() {
        return Err(refuse(key, format!("Invalid pk \"{memo}\" - object does not exist.")));
    }
    if document::status(books, memo_kind, memo)? == "voided" {
        return Err(refuse(key, "The memo is voided."));
    }
    for (resource, of, name) in
        [(memo_form.resource, memo, memo_form.open_amount), (form.resource, id, form.open_amount)]
    {
        let open = books.amount(resource, of, name);
        if amount > open {
            return Err(refuse("amount", format!("{amount} is more than the {open} that is open.")));
        }
    }
    let date = item.as_object().and_then(|item| date_in(item, "posted_at")).unwrap_or_else(|| books.store.today());
    let entry =
        Entry { owner: Some((memo_kind, memo)), ..document::entry(books, kind, id, memo_form.payment_posts, date)? };
    let (memo_account, control) = (document::control(books, memo_kind, memo)?, document::control(books, kind, id)?);
    let sign = |amount: Decimal| if form.debits_control { amount } else { -amount };
    let legs = vec![
        document::leg(books, kind, id, memo_account, sign(amount))?,
        document::leg(books, kind, id, control, sign(-amount))?,
    ];
    let journal = journal::post(books, &entry, legs)?;
    let reference = |books: &Books<'_>, resource: &str, id: i64, name: &'static str| {
        let number =
            books.store.get(resource, id).and_then(|record| record.fields.get(name)).cloned().unwrap_or_default();
        Json::Object(JsonObject::from([("id".to_owned(), Json::from(id)), (name.to_owned(), number)]))
    };
    let mut said = Fields::default();
    said.set("payment_journal_entry", journal);
    said.set("_own_entry", true);
    let (mut of_document, mut of_memo) = (said.clone(), said);
    of_document.set("payment_type", "CREDIT_MEMO");
    if kind == Kind::Invoice {
        of_document.set("credit_memo", reference(books, memo_form.resource, memo, "credit_memo_number"));
        of_memo.set("invoice", reference(books, form.resource, id, "invoice_number"));
    } else {
        of_memo.set("bill", reference(books, form.resource, id, "bill_number"));
    }
    let payment = record(books, kind, id, amount, date, of_document)?;
    of_memo.set("_twin", format!("{}/{payment}", form.payments).as_str());
    let application = record(books, memo_kind, memo, amount, date, of_memo)?;
    let twin = format!("{}/{application}", memo_form.payments);
    books.store.change(form.payments, payment, |record| record.fields.set("_twin", twin.as_str()));
    document::settle(books, memo_kind, memo)?;
    made.journals.push(journal);
    made.payments.push(payment);
    Ok(())
}

/// Uses a memo up with a transaction that paid it out.
pub(crate) fn use_up(books: &mut Books<'_>, kind: Kind, id: i64, body: &JsonObject) -> Result<Done, Reply> {
    let form = kind.form();
    let item = Json::Object(body.clone());
    let amount = amount_in(&item, "amount")?;
    if document::status(books, kind, id)? == "voided" {
        return Err(refuse_all("It is voided: reopen it first."));
    }
    let open = books.amount(form.resource, id, form.open_amount);
    if amount > open {
        return Err(refuse("amount", format!("{amount} is more than the {open} that is left.")));
    }
    let transaction = item.get("transaction_id").and_then(Json::as_i64).unwrap_or_default();
    let (line, taken) = take_leg(books, kind, id, transaction, amount, true)?;
    let date = date_in(body, "payment_date").unwrap_or_else(|| books.store.today());
    let mut said = Fields::default();
    said.set("payment_transaction", line);
    let journal = books.store.get(LINES, line).and_then(|line| line.fields.integer("journal"));
    said.set("payment_journal_entry", journal.map_or(Json::Null, Json::from));
    record(books, kind, id, taken, date, said)?;
    document::settle(books, kind, id)?;
    Ok(Done::Nothing)
}

fn payment_of(books: &Books<'_>, kind: Kind, id: i64, payment: i64) -> Result<Fields, Reply> {
    let form = kind.form();
    let record = books.store.get(form.payments, payment).ok_or_else(not_found)?;
    if record.fields.integer(form.link) == Some(id) { Ok(record.fields.clone()) } else { Err(not_found()) }
}

/// The memo that an overpayment has made stands for money of this payment: it goes with it, unless it is used.
fn without_overpayment(books: &mut Books<'_>, fields: &Fields, voided: Option<Date>) -> Result<(), Reply> {
    let kind = Kind::CreditMemo;
    let resource = kind.form().resource;
    let Some(memo) = fields.integer("_overpayment").filter(|memo| books.store.get(resource, *memo).is_some()) else {
        return Ok(());
    };
    if live(books, kind, memo).next().is_some() {
        return Err(refuse_all("The credit memo that the overpayment made is used: take its use back first."));
    }
    match voided {
        Some(date) => {
            books.store.change(resource, memo, |record| {
                record.fields.set("application_status", "voided");
                record.fields.set("voided_date", day(date));
            });
        }
        None => books.store.delete(resource, memo),
    }
    Ok(())
}

/// The other side of a memo that settles a document.
fn twin(books: &Books<'_>, fields: &Fields) -> Option<(Kind, i64, i64)> {
    let (resource, payment) = fields.text("_twin")?.split_once('/')?;
    let payment: i64 = payment.parse().ok()?;
    let kind = [Kind::Invoice, Kind::Bill, Kind::CreditMemo, Kind::DebitMemo]
        .into_iter()
        .find(|kind| kind.form().payments == resource)?;
    let owner = books.store.get(resource, payment)?.fields.integer(kind.form().link)?;
    Some((kind, owner, payment))
}

/// Voids a payment by an entry of its own; the document is open again.
pub(crate) fn void(books: &mut Books<'_>, kind: Kind, id: i64, payment: i64, body: &JsonObject) -> Result<Done, Reply> {
    let form = kind.form();
    let fields = payment_of(books, kind, id, payment)?;
    if fields.get("voided_date").is_some() {
        return Err(refuse_all("The payment is already voided."));
    }
    let date = date_in(body, "void_date").unwrap_or_else(|| books.store.today());
    without_overpayment(books, &fields, Some(date))?;
    let reversal = match fields.integer("payment_journal_entry") {
        Some(journal) if fields.get("_own_entry").is_some() => {
            journal::reverse(books, journal, form.void_payment_posts, date)?
        }
        _ => {
            // The bank line stays as it is; an entry of its own moves the amount back to where nothing is settled.
            let line = fields.integer("payment_transaction").and_then(|line| books.store.get(LINES, line));
            let amount =
                line.map(|line| journal::native(&line.fields)).or(fields.decimal("amount")).unwrap_or_default();
            let (control, uncategorized) =
                (document::control(books, kind, id)?, chart::account(books, Role::Uncategorized));
            let sign = |amount: Decimal| if form.debits_control { amount } else { -amount };
            let entry = document::entry(books, kind, id, form.void_payment_posts, date)?;
            let legs = vec![
                document::leg(books, kind, id, control, sign(amount))?,
                document::leg(books, kind, id, uncategorized, sign(-amount))?,
            ];
            journal::post(books, &entry, legs)?
        }
    };
    let mut voided = vec![(kind, id, payment)];
    voided.extend(twin(books, &fields));
    for (kind, owner, payment) in voided {
        books.store.change(kind.form().payments, payment, |record| {
            record.fields.set("voided_date", day(date));
            record.fields.set("voided_journal_entry", reversal);
        });
        document::settle(books, kind, owner)?;
    }
    Ok(Done::Record(form.payments, payment))
}

/// Removes a payment without a trace; the bank line is uncategorized again.
pub(crate) fn remove(books: &mut Books<'_>, kind: Kind, id: i64, payment: i64) -> Result<Done, Reply> {
    let fields = payment_of(books, kind, id, payment)?;
    if let Some(date) = fields.date("payment_date") {
        period::must_be_open(books, date)?;
    }
    without_overpayment(books, &fields, None)?;
    if let Some(reversal) = fields.integer("voided_journal_entry") {
        journal::erase(books, reversal)?;
    }
    match fields.integer("payment_journal_entry") {
        Some(journal) if fields.get("_own_entry").is_some() => journal::erase(books, journal)?,
        _ => {
            if let Some(line) = fields.integer("payment_transaction") {
                give_back(books, line);
            }
        }
    }
    let mut removed = vec![(kind, id, payment)];
    removed.extend(twin(books, &fields));
    for (kind, owner, payment) in removed {
        books.store.erase(kind.form().payments, payment);
        if books.store.get(kind.form().resource, owner).is_some() {
            document::settle(books, kind, owner)?;
        }
    }
    Ok(Done::Nothing)
}

/// What to propose for a payment: all that is due.
pub(crate) fn propose(books: &mut Books<'_>, kind: Kind, id: i64) -> Result<Done, Reply> {
    let form = kind.form();
    document::status(books, kind, id)?;
    let due = books.amount(form.resource, id, form.open_amount);
    Ok(Done::Value(Json::Object(JsonObject::from([
        ("default_payment_amount".to_owned(), Json::from(due)),
        ("payment_term_discount_note".to_owned(), Json::Null),
    ]))))
}

/// What would be left to pay after a mix of payments.
pub(crate) fn calculate(books: &mut Books<'_>, kind: Kind, id: i64, body: &JsonObject) -> Result<Done, Reply> {
    let form = kind.form();
    document::status(books, kind, id)?;
    let sum = |lists: &[&str], name: &str| {
        let items = lists.iter().filter_map(|list| body.get(*list)?.as_array()).flatten();
        total(items.filter_map(|item| item.get(name)?.as_decimal()))
    };
    let is_memo = |record: &Record| record.fields.text("payment_type") == Some("CREDIT_MEMO");
    let settled = |memos: bool| {
        let payments = live(books, kind, id).filter(|(_, record)| is_memo(record) == memos);
        total(payments.filter_map(|(_, payment)| payment.fields.decimal("amount")))
    };
    let total_due = books.amount(form.resource, id, "total_amount");
    let withheld = sum(&["transactions", "empty_transactions"], "withholding_amount")?;
    let payments = total([settled(false)?, sum(&["transactions", "empty_transactions"], "amount")?])?;
    let credits = total([settled(true)?, sum(&["credit_memos"], "amount")?])?;
    let remaining = total([total_due, -payments, -credits, -withheld])?;
    let answer = [
        ("total_due", total_due),
        ("applied_payments", payments),
        ("applied_credits", credits),
        ("applied_withholding", withheld),
        ("term_discounts", Decimal::ZERO),
        ("remaining_due", remaining),
    ];
    let members = answer.into_iter().map(|(name, amount)| (name.to_owned(), Json::from(amount)));
    Ok(Done::Value(Json::Object(members.collect())))
}

/// Spreads a transaction over documents, the one that is due first coming first.
pub(crate) fn bulk_pay(books: &mut Books<'_>, kind: Kind, body: &JsonObject) -> Result<Done, Reply> {
    let form = kind.form();
    let transaction = body.get("transaction_id").and_then(Json::as_i64).unwrap_or_default();
    let named: Option<Vec<i64>> =
        body.get("invoice_ids").and_then(Json::as_array).map(|ids| ids.iter().filter_map(Json::as_i64).collect());
    let filters = body.get("filters").and_then(Json::as_object);
    if named.is_none() && filters.is_none() {
        return Err(refuse_all("Give invoice_ids or filters."));
    }
    let suits = |record: &Record| {
        filters.is_none_or(|filters| {
            ["entity", "client"].iter().all(|name| {
                let wanted = filters.get(*name).filter(|value| !value.is_null());
                wanted.is_none_or(|wanted| match wanted.as_array() {
                    Some(any) => any.is_empty() || any.iter().any(|one| record.fields.get(name) == Some(one)),
                    None => record.fields.get(name) == Some(wanted),
                })
            })
        })
    };
    let mut due: Vec<(Option<Date>, i64)> = books
        .store
        .live(form.resource)
        .filter(|(id, record)| named.as_ref().map_or_else(|| suits(record), |named| named.contains(id)))
        .filter(|(_, record)| {
            record.fields.text("payment_status").is_none_or(|status| ["open", "partial", "sent"].contains(&status))
        })
        .map(|(id, record)| (record.fields.date("due_date"), id))
        .collect();
    due.sort_unstable();
    let leg = journal::leg_for(books, transaction, !form.debits_control)?;
    let mut left = books.store.get(LINES, leg).map(|line| journal::native(&line.fields)).unwrap_or_default();
    let mut made = Settlement::default();
    for (_, id) in due {
        let open = books.amount(form.resource, id, form.open_amount);
        let amount = open.min(left);
        if amount.is_zero() || amount.is_negative() {
            continue;
        }
        let item = Json::Object(JsonObject::from([
            ("transaction_id".to_owned(), Json::from(transaction)),
            ("amount".to_owned(), Json::from(amount)),
        ]));
        pay_with_lines(books, kind, id, &item, &mut made)?;
        document::settle(books, kind, id)?;
        left = total([left, -amount])?;
    }
    let ids = |ids: Vec<i64>| Json::Array(ids.into_iter().map(Json::from).collect());
    Ok(Done::Value(Json::Object(JsonObject::from([
        ("journal_entry_ids".to_owned(), ids(made.journals)),
        ("payment_ids".to_owned(), ids(made.payments)),
    ]))))
}
