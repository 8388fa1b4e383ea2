//! Documents as files.

use campfire_values::{Date, Decimal, Json};

use crate::accounting::books::Books;
use crate::accounting::kind::{Document, Kind};
use crate::accounting::request::{ActionRequest, Outcome};
use crate::accounting::values::{amount_of, total};
use crate::messages::pdf;
use crate::messages::reply::Reply;
use crate::state::fields::Fields;

const PDF: &str = "application/pdf";

/// Draws a document with its lines and amounts.
pub(crate) fn document(books: &mut Books<'_>, document: Document) -> Result<Outcome, Reply> {
    let layout = document.layout();
    let fields = document.fields(books)?;
    let text = |name: &str| fields.text(name).unwrap_or_default().to_owned();
    let mut lines = vec![
        format!("{} {}", title(document.kind), text(layout.number)),
        format!("Date: {}", text(layout.date)),
        party(books, fields.integer(layout.party)),
        String::new(),
    ];
    for item in fields.items("lines") {
        let description = item.get("description").and_then(Json::as_str).unwrap_or_default();
        let amount = total([amount_of(item, "amount"), amount_of(item, "tax")])?;
        lines.push(row(description, &amount.to_string()));
    }
    let currency = text("currency");
    for (label, name) in [("Total", "total_amount"), ("Open", layout.open_amount)] {
        let amount = books.amount(layout.resource, document.id, name);
        lines.push(row(label, &format!("{amount} {currency}")));
    }
    Ok(Outcome::File(PDF, pdf::of_lines(&lines)))
}

/// Draws the statement of a customer: outstanding invoices with a running balance, and what is due in all.
pub(crate) fn client_statement(books: &mut Books<'_>, request: &ActionRequest<'_>) -> Result<Outcome, Reply> {
    let client = request.path.last().map(|(_, id)| *id).ok_or_else(Reply::not_found)?;
    books.store.get("vendors", client).ok_or_else(Reply::not_found)?;
    let mut lines = vec![format!("Statement as of {}", books.store.today()), party(books, Some(client)), String::new()];
    // Amounts of several currencies cannot be added.
    for (currency, invoices) in outstanding(books, client) {
        let mut balance = Decimal::ZERO;
        for (date, number, due) in invoices {
            balance = total([balance, due])?;
            let date = date.map_or_else(String::new, |date| date.to_string());
            lines.push(format!("{date:<12}{number:<20}{:>16}{:>16}", due.to_string(), balance.to_string()));
        }
        lines.push(row("Total due", &format!("{balance} {currency}")));
        lines.push(String::new());
    }
    lines.push("Please return this slip with your payment.".to_owned());
    Ok(Outcome::File(PDF, pdf::of_lines(&lines)))
}

/// An invoice in a statement: date, number, and what is due.
type Open = (Option<Date>, String, Decimal);

/// Returns the invoices of a client that are not settled, by currency and date.
fn outstanding(books: &Books<'_>, client: i64) -> Vec<(String, Vec<Open>)> {
    let layout = Kind::Invoice.layout();
    let is_open = |fields: &Fields| {
        fields.integer(layout.party) == Some(client)
            && !matches!(fields.text(layout.status), Some("voided" | "draft" | "uncollectible" | "paid"))
    };
    let mut open: Vec<(String, Open)> = Vec::new();
    for (id, invoice) in books.store.live(layout.resource).filter(|(_, invoice)| is_open(&invoice.fields)) {
        let fields = &invoice.fields;
        let text = |name: &str| fields.text(name).unwrap_or_default().to_owned();
        let due = Document::new(Kind::Invoice, id).open_amount(books);
        open.push((text("currency"), (fields.date(layout.date), text(layout.number), due)));
    }
    open.sort();
    let mut currencies: Vec<(String, Vec<Open>)> = Vec::new();
    for (currency, invoice) in open {
        match currencies.last_mut().filter(|(known, _)| *known == currency) {
            Some((_, invoices)) => invoices.push(invoice),
            None => currencies.push((currency, vec![invoice])),
        }
    }
    currencies
}

fn title(kind: Kind) -> &'static str {
    match kind {
        Kind::Invoice => "Invoice",
        Kind::Bill => "Bill",
        Kind::CreditMemo => "Credit memo",
        Kind::DebitMemo => "Debit memo",
    }
}

fn party(books: &Books<'_>, id: Option<i64>) -> String {
    let vendor = id.and_then(|id| books.store.get("vendors", id));
    vendor.and_then(|vendor| vendor.fields.text("name")).unwrap_or_default().to_owned()
}

fn row(label: &str, amount: &str) -> String {
    format!("{label:<48}{amount:>16}")
}
