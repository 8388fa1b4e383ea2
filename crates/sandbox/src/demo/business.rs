//! The business of the demo company: sales, purchases, and entries.

use campfire_values::{Date, Decimal, Json, JsonObject};
use chrono::Days;

use crate::accounting::books::Books;
use crate::accounting::journal;
use crate::accounting::kind::{Document, Kind};
use crate::accounting::payment::apply;
use crate::demo::company::{Company, add, body, date_json};
use crate::demo::random;
use crate::messages::reply::Reply;
use crate::model::ledger::ENTRIES;
use crate::records::write;

/// Posts a document or an entry.
pub(super) fn post_one(company: &mut Company, books: &mut Books<'_>, day: Date) -> Result<(), Reply> {
    // If the area of a document is not compiled, it posts nothing. Entries always do.
    let (sells, buys) = (books.api.document("invoices").is_some(), books.api.document("bills").is_some());
    match company.random.u8(0..10) {
        0..4 if sells => sell(company, books, day),
        4..7 if buys => buy(company, books, day),
        _ => post_entry(company, books, day),
    }
}

/// Returns the fields that invoices and bills share. All business is done by the first entity, in its currency.
fn document(company: &Company, day: Date, date_field: &str) -> JsonObject {
    body([
        ("entity", Json::from(company.entities[0])),
        ("currency", Json::from("USD")),
        (date_field, date_json(day)),
        ("due_date", date_json(day + Days::new(30))),
    ])
}

fn sell(company: &mut Company, books: &mut Books<'_>, day: Date) -> Result<(), Reply> {
    let customer = company.random.usize(..company.customers.len());
    let mut invoice = document(company, day, "invoice_date");
    invoice.insert("client".to_owned(), Json::from(company.customers[customer]));
    if let Some(contract) = company.contracts.get(customer) {
        invoice.insert("contract".to_owned(), Json::from(*contract));
    }
    let lines = (0..company.random.usize(1..4)).map(|_| {
        let quantity = Decimal::new(company.random.i64(1..20), 0);
        let rate = Decimal::new(company.random.i64(500..90_000), 2);
        Json::Object(body([
            ("product", random::pick(&mut company.random, &company.products)),
            ("quantity", Json::from(quantity)),
            ("rate", Json::from(rate)),
            ("amount", Json::from(quantity.checked_mul(rate).unwrap_or(rate))),
        ]))
    });
    invoice.insert("lines".to_owned(), Json::Array(lines.collect()));
    let invoice = add(books, "invoices", &[], &invoice)?;
    settle(company, books, Document::new(Kind::Invoice, invoice), day)
}

fn buy(company: &mut Company, books: &mut Books<'_>, day: Date) -> Result<(), Reply> {
    let mut bill = document(company, day, "bill_date");
    bill.insert("vendor".to_owned(), random::pick(&mut company.random, &company.suppliers));
    let number = format!("R-{:06}", company.random.u32(0..1_000_000));
    bill.insert("bill_number".to_owned(), Json::from(number));
    let lines = (0..company.random.usize(1..4)).map(|_| {
        let random = &mut company.random;
        let amount = random::amount(random);
        let tax = if random.bool() { Decimal::ZERO } else { Decimal::new(random.i64(100..9_000), 2) };
        Json::Object(body([
            ("account", random::pick(random, &company.accounts[10..])),
            ("department", random::pick(random, &company.departments)),
            ("amount", Json::from(amount)),
            ("tax", Json::from(tax)),
        ]))
    });
    bill.insert("lines".to_owned(), Json::Array(lines.collect()));
    let bill = add(books, "bills", &[], &bill)?;
    settle(company, books, Document::new(Kind::Bill, bill), day)
}

/// Pays most documents in full, some in part, and others not at all.
fn settle(company: &mut Company, books: &mut Books<'_>, document: Document, day: Date) -> Result<(), Reply> {
    let layout = document.layout();
    let due = books.amount(layout.resource, document.id, layout.open_amount);
    let amount = match company.random.u8(0..10) {
        0..6 => due,
        // Half, in whole cents.
        6 => due.checked_mul(Decimal::new(5, 1)).map_or(due, |half| half.round(2)),
        _ => return Ok(()),
    };
    let payment = body([
        ("account_id", Json::from(company.accounts[0])),
        ("account_name", Json::from("Checking")),
        ("amount", Json::from(amount)),
        ("payment_date", date_json(day)),
    ]);
    let payments = body([("empty_transactions", Json::Array(vec![Json::Object(payment)]))]);
    apply::pay(books, document, &payments).map(|_| ())
}

fn post_entry(company: &mut Company, books: &mut Books<'_>, day: Date) -> Result<(), Reply> {
    let (memo, accounts) = match company.random.u8(0..3) {
        0 => ("Payroll", (11, 1)),
        1 => ("Rent", (12, 0)),
        _ => ("Transfer to payroll", (1, 0)),
    };
    let amount = random::amount(&mut company.random);
    entry(company, books, day, memo, accounts, amount)
}

/// Posts an entry with two lines. `accounts` holds the indexes of the debited and the credited account.
pub(super) fn entry(
    company: &mut Company,
    books: &mut Books<'_>,
    day: Date,
    memo: &str,
    (debit, credit): (usize, usize),
    amount: Decimal,
) -> Result<(), Reply> {
    let department = random::pick(&mut company.random, &company.departments);
    let line = |account: usize, side: &str| {
        let account = Json::from(company.accounts[account]);
        Json::Object(body([("account", account), (side, Json::from(amount)), ("department", department.clone())]))
    };
    let entry = body([
        ("date", date_json(day)),
        ("memo", Json::from(memo)),
        ("entity", Json::from(company.entities[0])),
        ("transactions", Json::Array(vec![line(debit, "debit_amount_native"), line(credit, "credit_amount_native")])),
    ]);
    // Not through the hooks, which know entries only if their area is compiled.
    let id = write::insert(books.api, books.store, ENTRIES, &entry, &[]);
    journal::body::created(books, id, &entry)
}
