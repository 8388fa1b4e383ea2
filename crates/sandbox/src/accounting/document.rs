//! Invoices, bills, credit memos and debit memos: what they post, and what becomes of them.

use campfire_sandbox_model::DocumentKind as Kind;

use super::chart::{self, Role};
use super::journal::{self, Entry, Leg};
use super::{Books, Done, Request, date_in, day, not_found, payment, period, product, refuse, refuse_all, total};
use crate::ResponseStyle;
use crate::api::{self, Reply};
use crate::fields::Fields;
use crate::render::View;
use campfire_values::{Date, Decimal, Json, JsonObject};

/// Where a kind of document keeps what all of them have.
pub(crate) struct Form {
    pub(crate) resource: &'static str,
    /// Where its payments are, and the field by which they name it.
    pub(crate) payments: &'static str,
    pub(crate) link: &'static str,
    /// The types of its entries: its own, that of its payments, and those that take each back.
    posts: &'static str,
    pub(crate) payment_posts: &'static str,
    void_posts: &'static str,
    pub(crate) void_payment_posts: &'static str,
    number: &'static str,
    prefix: &'static str,
    date: &'static str,
    party: &'static str,
    control: &'static str,
    role: Role,
    /// Whether posting it debits the control account.
    pub(crate) debits_control: bool,
    status: &'static str,
    /// Its stored states: nothing settled, a part, all.
    states: [&'static str; 3],
    /// What is left to settle.
    pub(crate) open_amount: &'static str,
}

const INVOICE: Form = Form {
    resource: "invoices",
    payments: "invoices.payments",
    link: "invoice",
    posts: "invoice",
    payment_posts: "invoice_payment",
    void_posts: "void_invoice",
    void_payment_posts: "void_invoice_payment",
    number: "invoice_number",
    prefix: "INV",
    date: "invoice_date",
    party: "client",
    control: "ar_account",
    role: Role::Receivables,
    debits_control: true,
    status: "payment_status",
    states: ["open", "partial", "paid"],
    open_amount: "amount_due",
};

const BILL: Form = Form {
    resource: "bills",
    payments: "bills.payments",
    link: "bill",
    posts: "bill",
    payment_posts: "bill_payment",
    void_posts: "void_bill",
    void_payment_posts: "void_bill_payment",
    number: "bill_number",
    prefix: "BILL",
    date: "bill_date",
    party: "vendor",
    control: "ap_account",
    role: Role::Payables,
    debits_control: false,
    status: "payment_status",
    states: ["open", "partial", "paid"],
    open_amount: "amount_due",
};

const CREDIT_MEMO: Form = Form {
    resource: "credit_memos",
    payments: "credit_memos.payments",
    link: "credit_memo",
    posts: "credit_memo",
    payment_posts: "credit_memo_payment",
    void_posts: "void_credit_memo",
    void_payment_posts: "void_credit_memo_payment",
    number: "credit_memo_number",
    prefix: "CM",
    date: "credit_memo_date",
    party: "client",
    control: "credit_account",
    role: Role::Receivables,
    debits_control: false,
    status: "application_status",
    states: ["open", "partially_used", "used"],
    open_amount: "amount_remaining",
};

const DEBIT_MEMO: Form = Form {
    resource: "debit_memos",
    payments: "debit_memos.payments",
    link: "debit_memo",
    posts: "debit_memo",
    payment_posts: "debit_memo_payment",
    // The reference lists no type for the reversal of a debit memo.
    void_posts: "debit_memo",
    void_payment_posts: "void_debit_memo_payment",
    number: "debit_memo_number",
    prefix: "DM",
    date: "debit_memo_date",
    party: "vendor",
    control: "debit_account",
    role: Role::Payables,
    debits_control: true,
    status: "application_status",
    states: ["open", "partially_used", "used"],
    open_amount: "amount_remaining",
};

/// What each kind is in accounting.
pub(crate) trait Documents: Copy {
    fn form(self) -> &'static Form;
    fn is_entry(self) -> bool;
    fn is_memo(self) -> bool;
    fn memo(self) -> Kind;
}

impl Documents for Kind {
    fn form(self) -> &'static Form {
        match self {
            // Entries have none of it; they are kept by `journal`.
            Kind::Invoice | Kind::JournalEntry | Kind::IntercompanyEntry => &INVOICE,
            Kind::Bill => &BILL,
            Kind::CreditMemo => &CREDIT_MEMO,
            Kind::DebitMemo => &DEBIT_MEMO,
        }
    }

    fn is_entry(self) -> bool {
        matches!(self, Kind::JournalEntry | Kind::IntercompanyEntry)
    }

    fn is_memo(self) -> bool {
        matches!(self, Kind::CreditMemo | Kind::DebitMemo)
    }

    /// The memos that settle it.
    fn memo(self) -> Kind {
        if self == Kind::Bill { Kind::DebitMemo } else { Kind::CreditMemo }
    }
}

/// Members that follow from the state of a document and from the day.
pub(crate) fn shown(kind: Kind, name: &str, view: View<'_>, get: impl Fn(&str) -> Json) -> Option<Json> {
    if !matches!(kind, Kind::Invoice | Kind::Bill) {
        return None;
    }
    let text = |name: &str| get(name).as_str().map(str::to_owned);
    let late = || {
        let settled =
            text("payment_status").is_some_and(|status| ["paid", "voided", "uncollectible"].contains(&&*status));
        let due: Option<Date> = text("due_date").and_then(|date| date.parse().ok());
        due.filter(|_| !settled).map(|due| (view.today - due).num_days()).filter(|days| *days > 0)
    };
    match name {
        "status" => {
            let stored = text("payment_status").unwrap_or_else(|| "open".to_owned());
            Some(Json::from(match stored.as_str() {
                "partial" => "partially_paid",
                "open" | "sent" if late().is_some() => "past_due",
                "open" if text("sent_date").is_some() => "sent",
                other => other,
            }))
        }
        "past_due_days" => Some(late().map_or(Json::Null, Json::from)),
        _ => {
            // In the entity's and in the root's currency. The live server sends these as texts.
            let (base, rate) = match (name.strip_suffix("_book"), name.strip_suffix("_consolidation")) {
                (Some(base), _) if base.contains("amount") => (base, "exchange_rate_book"),
                (_, Some(base)) => (base, "exchange_rate"),
                _ => return None,
            };
            let amount = get(base).as_decimal()?;
            let amount = amount.checked_mul(get(rate).as_decimal().unwrap_or_else(|| Decimal::new(1, 0)))?;
            Some(if view.style == ResponseStyle::Observed {
                Json::from(amount.to_string().as_str())
            } else {
                Json::from(amount)
            })
        }
    }
}

/// Whether an invoice or a bill is in a state that the `status` filter of its list names.
pub(crate) fn is_in_state(
    view: View<'_>,
    resource: &str,
    id: i64,
    record: &crate::store::Record,
    wanted: &str,
) -> bool {
    let member = |name: &str| view.member(resource, id, record, name);
    let status = member("status");
    let late = member("past_due_days").as_i64().unwrap_or_default();
    match wanted {
        "current" => late == 0,
        "unpaid" => !["paid", "voided", "uncollectible"].iter().any(|settled| status == **settled),
        "past_due" => late > 0,
        "over_120" => late > 120,
        bucket => match bucket.split_once('_').and_then(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?))) {
            Some((from, to)) => (from..=to).contains(&late),
            None => status == *bucket,
        },
    }
}

fn fields<'a>(books: &'a Books<'_>, kind: Kind, id: i64) -> Result<&'a Fields, Reply> {
    books.store.get(kind.form().resource, id).map(|record| &record.fields).ok_or_else(not_found)
}

pub(crate) fn status<'a>(books: &'a Books<'_>, kind: Kind, id: i64) -> Result<&'a str, Reply> {
    let form = kind.form();
    Ok(fields(books, kind, id)?.text(form.status).unwrap_or(form.states[0]))
}

/// The account that a document is open on.
pub(crate) fn control(books: &mut Books<'_>, kind: Kind, id: i64) -> Result<i64, Reply> {
    let form = kind.form();
    let given = fields(books, kind, id)?.integer(form.control);
    Ok(given.unwrap_or_else(|| chart::account(books, form.role)))
}

/// What the entries of a document have in common.
pub(crate) fn entry(books: &Books<'_>, kind: Kind, id: i64, posts: &'static str, date: Date) -> Result<Entry, Reply> {
    let form = kind.form();
    let fields = fields(books, kind, id)?;
    Ok(Entry {
        kind: posts,
        date,
        entity: fields.integer("entity"),
        currency: fields.text("currency").map(str::to_owned),
        rates: (fields.decimal("exchange_rate_book"), fields.decimal("exchange_rate")),
        memo: fields.text(form.number).unwrap_or_default().to_owned(),
        owner: Some((kind, id)),
    })
}

/// What a leg says of the party.
pub(crate) fn leg(books: &Books<'_>, kind: Kind, id: i64, account: i64, amount: Decimal) -> Result<Leg, Reply> {
    let mut said = Fields::default();
    said.set("vendor", fields(books, kind, id)?.get(kind.form().party).cloned().unwrap_or_default());
    Ok(Leg { account, amount, fields: said })
}

/// Completes a document that a body has made, and posts it.
pub(crate) fn created(books: &mut Books<'_>, kind: Kind, id: i64) -> Result<(), Reply> {
    let form = kind.form();
    let mut given = fields(books, kind, id)?.clone();
    if given.text(form.number).is_none_or(str::is_empty) {
        given.set(form.number, printed(kind, books.store.ever(form.resource)));
    }
    if given.get(form.status).is_none() {
        given.set(form.status, form.states[0]);
    }
    complete_lines(&mut given)?;
    books.store.change(form.resource, id, |record| record.fields = given);
    post(books, kind, id)
}

/// Posts a document that a body has changed anew.
pub(crate) fn changed(books: &mut Books<'_>, kind: Kind, id: i64) -> Result<(), Reply> {
    let form = kind.form();
    let mut given = fields(books, kind, id)?.clone();
    complete_lines(&mut given)?;
    books.store.change(form.resource, id, |record| record.fields = given);
    if books.amount(form.resource, id, form.open_amount).is_negative() {
        return Err(refuse_all("The lines add up to less than what is already settled."));
    }
    post(books, kind, id)?;
    settle(books, kind, id)
}

/// The amount of a line is its quantity times its rate, where it is not given.
fn complete_lines(given: &mut Fields) -> Result<(), Reply> {
    let mut lines = given.items("lines").to_vec();
    for line in &mut lines {
        let Json::Object(members) = line else { continue };
        let number = |name: &str| members.get(name).and_then(Json::as_decimal);
        if number("amount").is_none()
            && let (Some(quantity), Some(rate)) = (number("quantity"), number("rate"))
        {
            members.insert("amount".to_owned(), Json::from(product(quantity, rate)?));
        }
    }
    given.set("lines", Json::Array(lines));
    Ok(())
}

/// Posts a document, or what is posted of it anew: the control account for the total, each line, and the taxes.
fn post(books: &mut Books<'_>, kind: Kind, id: i64) -> Result<(), Reply> {
    let form = kind.form();
    let document = fields(books, kind, id)?.clone();
    let existing = document.integer("journal_entry").filter(|journal| journal::date(books, *journal).is_some());
    if let Some(migrated) = document.integer("migrated_journal_id") {
        books.store.set(form.resource, id, "journal_entry", migrated);
        return Ok(());
    }
    if document.text(form.status) == Some("draft") || document.text("_posted_by").is_some() {
        return Ok(());
    }
    let date = document.date(form.date).unwrap_or_else(|| books.store.today());
    for day in [Some(date), existing.and_then(|journal| journal::date(books, journal))].into_iter().flatten() {
        period::must_be_open(books, day)?;
    }
    let control = control(books, kind, id)?;
    let sign = |amount: Decimal| if form.debits_control { amount } else { -amount };
    let mut legs = Vec::new();
    let mut sum = Decimal::ZERO;
    for line in document.items("lines") {
        let number = |name: &str| line.get(name).and_then(Json::as_decimal).unwrap_or_default();
        let (amount, tax) = (number("amount"), number("tax"));
        sum = total([sum, amount, tax])?;
        let account = line_account(books, kind, line);
        let mut leg_of_line = leg(books, kind, id, account, sign(-amount))?;
        for (name, member) in
            [("bank_description", "description"), ("department", "department"), ("tag_ids", "tag_ids")]
        {
            leg_of_line.fields.set(name, line.get(member).cloned().unwrap_or_default());
        }
        legs.push(leg_of_line);
        if !tax.is_zero() {
            let role = if form.role == Role::Payables { Role::InputTax } else { Role::SalesTax };
            let account = chart::account(books, role);
            legs.push(leg(books, kind, id, account, sign(-tax))?);
        }
    }
    legs.insert(0, leg(books, kind, id, control, sign(sum))?);
    let entry = entry(books, kind, id, form.posts, date)?;
    match existing {
        Some(journal) => journal::repost(books, journal, &entry, legs)?,
        None => {
            let journal = journal::post(books, &entry, legs)?;
            books.store.set(form.resource, id, "journal_entry", journal);
        }
    }
    books.store.set(form.resource, id, form.control, control);
    Ok(())
}

/// The account of a line: its own, else that of its product.
fn line_account(books: &mut Books<'_>, kind: Kind, line: &Json) -> i64 {
    let own = line.get("account").and_then(Json::as_i64);
    let of_product = || {
        let product = books.store.get("products", line.get("product")?.as_i64()?)?;
        product.fields.integer("revenue_account").or_else(|| product.fields.integer("invoice_account"))
    };
    let fallback = if kind == Kind::Invoice { Role::Income } else { Role::Uncategorized };
    own.or_else(of_product).unwrap_or_else(|| chart::account(books, fallback))
}

/// Brings the stored state of a document in step with its payments.
pub(crate) fn settle(books: &mut Books<'_>, kind: Kind, id: i64) -> Result<(), Reply> {
    let form = kind.form();
    if ["voided", "draft", "uncollectible"].contains(&status(books, kind, id)?) {
        return Ok(());
    }
    let open = books.amount(form.resource, id, form.open_amount);
    let dates: Vec<Date> = books
        .store
        .linked(form.payments, form.link, id)
        .filter(|(_, payment)| payment.fields.get("voided_date").is_none())
        .filter_map(|(_, payment)| payment.fields.date("payment_date"))
        .collect();
    let state = match (dates.iter().max(), open.is_zero()) {
        (None, _) => form.states[0],
        (Some(_), false) => form.states[1],
        (Some(_), true) => form.states[2],
    };
    let settled_on = dates.into_iter().max().filter(|_| state == form.states[2]);
    let day_of_it = if kind.is_memo() { "applied_date" } else { "paid_date" };
    books.store.change(form.resource, id, |record| {
        record.fields.set(form.status, state);
        record.fields.set(day_of_it, settled_on.map_or(Json::Null, day));
    });
    Ok(())
}

/// Voids a document by the opposite entry.
pub(crate) fn void(books: &mut Books<'_>, kind: Kind, id: i64, body: &JsonObject) -> Result<Done, Reply> {
    let form = kind.form();
    let date = date_in(body, "void_date").unwrap_or_else(|| books.store.today());
    if status(books, kind, id)? == "voided" {
        return Err(refuse_all("It is already voided."));
    }
    if payment::live(books, kind, id).next().is_some() {
        return Err(refuse_all("It has payments: void or delete those first."));
    }
    if fields(books, kind, id)?.get("_posted_by").is_some() {
        return Err(refuse_all("An overpayment made it: void that payment."));
    }
    period::must_be_open(books, date)?;
    if let Some(journal) =
        fields(books, kind, id)?.integer("journal_entry").filter(|id| journal::date(books, *id).is_some())
    {
        let reversal = journal::reverse(books, journal, form.void_posts, date)?;
        books.store.set(form.resource, id, "voided_journal_entry", reversal);
    }
    books.store.change(form.resource, id, |record| {
        record.fields.set(form.status, "voided");
        record.fields.set("voided_date", day(date));
    });
    Ok(Done::Record(form.resource, id))
}

/// Takes a voiding back: its entry goes.
pub(crate) fn reopen(books: &mut Books<'_>, kind: Kind, id: i64) -> Result<Done, Reply> {
    let form = kind.form();
    if status(books, kind, id)? != "voided" {
        return Err(refuse_all("Only what is voided can be reopened."));
    }
    if let Some(reversal) = fields(books, kind, id)?.integer("voided_journal_entry") {
        journal::erase(books, reversal)?;
    }
    if let Some(journal) = fields(books, kind, id)?.integer("journal_entry") {
        books.store.set(super::JOURNALS, journal, "has_reversal", Json::Null);
    }
    books.store.change(form.resource, id, |record| {
        record.fields.set(form.status, form.states[0]);
        record.fields.set("voided_date", Json::Null);
        record.fields.set("voided_journal_entry", Json::Null);
    });
    settle(books, kind, id)?;
    Ok(Done::Record(form.resource, id))
}

/// Whether a document may be changed or deleted at all.
pub(crate) fn may_change(books: &Books<'_>, kind: Kind, id: i64) -> Result<(), Reply> {
    match kind {
        Kind::JournalEntry => return journal::may_change(books, id),
        Kind::IntercompanyEntry => {
            let record = books.store.get(super::INTERCOMPANY, id).ok_or_else(not_found)?;
            return record.fields.date("date").map_or(Ok(()), |date| period::must_be_open(books, date));
        }
        _ => {}
    }
    let document = fields(books, kind, id)?;
    if let Some(date) = document.date(kind.form().date) {
        period::must_be_open(books, date)?;
    }
    if status(books, kind, id)? == "voided" {
        return Err(refuse_all("It is voided: reopen it first."));
    }
    Ok(())
}

/// Deletes what a deleted document has posted, or refuses.
pub(crate) fn deleted(books: &mut Books<'_>, kind: Kind, id: i64) -> Result<(), Reply> {
    if kind.is_entry() {
        journal::deleted(books, kind, id);
        return Ok(());
    }
    let form = kind.form();
    if books.store.get_any(form.resource, id).is_some_and(|record| record.fields.get("_posted_by").is_some()) {
        return Err(refuse_all("An overpayment made it: delete that payment."));
    }
    let payments: Vec<i64> = books.store.linked(form.payments, form.link, id).map(|(payment, _)| payment).collect();
    // Only an invoice takes its payments along.
    if kind != Kind::Invoice && !payments.is_empty() {
        return Err(refuse_all("It has payments or applications: delete those first."));
    }
    for payment in payments {
        payment::remove(books, kind, id, payment)?;
    }
    let record = books.store.get_any(form.resource, id).cloned().unwrap_or_default();
    if let Some(journal) = record.fields.integer("journal_entry").filter(|id| journal::date(books, *id).is_some()) {
        journal::erase(books, journal)?;
    }
    Ok(())
}

/// Voids the invoices that go with a contract.
pub(crate) fn terminate(books: &mut Books<'_>, body: &JsonObject) -> Result<Done, Reply> {
    let named = body.get("void_invoice_ids").and_then(Json::as_array).unwrap_or_default();
    let void_date = date_in(body, "void_date");
    if !named.is_empty() && void_date.is_none() {
        return Err(refuse("void_date", "This field is required to void invoices."));
    }
    for id in named {
        let id = id.as_i64().unwrap_or_default();
        let Ok(invoice) = fields(books, Kind::Invoice, id) else {
            return Err(refuse("void_invoice_ids", format!("Invalid pk \"{id}\" - object does not exist.")));
        };
        if invoice.date(INVOICE.date) > void_date {
            return Err(refuse("void_invoice_ids", format!("Invoice {id} is dated after the void date.")));
        }
        void(books, Kind::Invoice, id, body)?;
    }
    Ok(Done::Value(Json::Object(JsonObject::from([
        ("contract_terminated".to_owned(), Json::Bool(true)),
        ("contract_draft_id".to_owned(), Json::Null),
        ("voided_invoice_ids".to_owned(), Json::Array(named.to_vec())),
        ("drafted_invoice_ids".to_owned(), Json::Array(Vec::new())),
    ]))))
}

/// Creates several, or none.
pub(crate) fn create_many(books: &mut Books<'_>, kind: Kind, body: &JsonObject) -> Result<Done, Reply> {
    let form = kind.form();
    let mut ids = Vec::new();
    for item in body.values().filter_map(Json::as_array).flatten() {
        let members = item.as_object().cloned().unwrap_or_default();
        let schema = books.model.record_schema(form.resource).unwrap_or_default();
        crate::validate::object(books.model, books.store, schema, &members, false, &[]).map_err(Reply::invalid)?;
        let id = api::insert(books.model, books.store, form.resource, &members, &[]);
        created(books, kind, id)?;
        ids.push(id);
    }
    if ids.is_empty() {
        return Err(refuse(form.resource, "This list may not be empty."));
    }
    Ok(Done::Records(form.resource, ids))
}

/// The next printed number.
pub(crate) fn next_number(books: &Books<'_>, kind: Kind) -> Json {
    printed(kind, books.store.ever(kind.form().resource) + 1)
}

fn printed(kind: Kind, count: usize) -> Json {
    Json::from(format!("{}-{count:05}", kind.form().prefix).as_str())
}

/// Makes the bill of a draft.
pub(crate) fn promote(books: &mut Books<'_>, request: &Request<'_>) -> Result<Done, Reply> {
    let Some((_, id)) = request.path.last() else { return Ok(Done::Nothing) };
    let draft = books.store.get(request.resource, *id).ok_or_else(not_found)?.fields.clone();
    if draft.integer("promoted_bill").is_some() || draft.text("status") == Some("discarded") {
        return Err(refuse_all("The draft is closed."));
    }
    let today = day(books.store.today());
    let mut bill = JsonObject::new();
    for (name, source) in [
        ("entity", "entity"),
        ("vendor", "resolved_vendor"),
        ("bill_number", "extracted_bill_number"),
        ("bill_date", "extracted_bill_date"),
        ("due_date", "extracted_due_date"),
        ("currency", "extracted_currency"),
        ("source_file", "source_file"),
    ] {
        if let Some(value) = draft.get(source) {
            bill.insert(name.to_owned(), value.clone());
        }
    }
    for name in ["bill_date", "due_date"] {
        bill.entry(name.to_owned()).or_insert_with(|| today.clone());
    }
    bill.entry("bill_number".to_owned()).or_insert_with(|| Json::from(format!("DRAFT-{id}").as_str()));
    let account = chart::account(books, Role::Uncategorized);
    let amount = draft.get("extracted_total_amount").cloned().unwrap_or_else(|| Json::from(0));
    let line = JsonObject::from([("account".to_owned(), Json::from(account)), ("amount".to_owned(), amount)]);
    bill.insert("lines".to_owned(), Json::Array(vec![Json::Object(line)]));
    let made = api::insert(books.model, books.store, BILL.resource, &bill, &[]);
    created(books, Kind::Bill, made)?;
    books.store.change(request.resource, *id, |record| {
        record.fields.set("promoted_bill", made);
        record.fields.set("status", "promoted");
    });
    Ok(Done::Record("bill_drafts", *id))
}
