//! Posting documents: the control account for the total, each line, and the taxes.

use campfire_values::{Date, Decimal, Json};

use crate::accounting::books::Books;
use crate::accounting::chart::{self, Purpose};
use crate::accounting::journal::amounts::Rates;
use crate::accounting::journal::entry::{self, Entry, NewLine};
use crate::accounting::kind::{Document, Kind};
use crate::accounting::period;
use crate::accounting::revenue::plan;
use crate::accounting::values::{amount_of, total};
use crate::messages::reply::Reply;
use crate::model::ledger::CONTRACTS;
use crate::state::fields::Fields;

impl Document {
    /// Returns an entry of the document.
    pub(crate) fn entry(self, books: &Books<'_>, entry_type: &'static str, date: Date) -> Result<Entry, Reply> {
        let fields = self.fields(books)?;
        Ok(Entry {
            entry_type,
            date,
            entity: fields.integer("entity"),
            currency: fields.text("currency").map(str::to_owned),
            rates: Rates::of(fields),
            memo: fields.text(self.layout().number).unwrap_or_default().to_owned(),
            owner: Some(self),
        })
    }

    /// Returns a line of an entry of the document, with its customer or vendor.
    pub(crate) fn line(self, books: &Books<'_>, account: i64, amount: Decimal) -> Result<NewLine, Reply> {
        let mut fields = Fields::default();
        fields.set("vendor", self.fields(books)?.value(self.layout().party));
        Ok(NewLine { account, amount, fields })
    }
}

/// Posts a document, or replaces its entry if it is already posted.
pub(crate) fn post(books: &mut Books<'_>, document: Document) -> Result<(), Reply> {
    let layout = document.layout();
    let fields = document.fields(books)?.clone();
    if let Some(migrated) = fields.integer("migrated_journal_id") {
        books.store.set(layout.resource, document.id, "journal_entry", migrated);
        return Ok(());
    }
    if fields.text(layout.status) == Some("draft") || fields.is_posted_by_payment() {
        return Ok(());
    }
    let date = fields.date(layout.date).unwrap_or_else(|| books.store.today());
    let existing = fields.integer("journal_entry").and_then(|id| Some((id, entry::date(books, id)?)));
    period::must_be_open(books, date)?;
    period::must_be_open_if_dated(books, existing.map(|(_, date)| date))?;
    let control = document.control_account(books)?;
    let lines = lines(books, document, &fields, control)?;
    let entry = document.entry(books, layout.entry_type, date)?;
    match existing {
        Some((id, _)) => entry::repost(books, id, &entry, lines)?,
        None => {
            let id = entry::post(books, &entry, lines)?;
            books.store.set(layout.resource, document.id, "journal_entry", id);
        }
    }
    books.store.set(layout.resource, document.id, layout.control_account, control);
    Ok(())
}

fn lines(books: &mut Books<'_>, document: Document, fields: &Fields, control: i64) -> Result<Vec<NewLine>, Reply> {
    let layout = document.layout();
    let contract = fields.integer("contract").filter(|_| document.kind == Kind::Invoice);
    let contract = contract.filter(|contract| books.store.get(CONTRACTS, *contract).is_some());
    let is_inclusive = fields.text("tax_behavior") == Some("inclusive");
    let mut lines = Vec::new();
    let mut sum = Decimal::ZERO;
    for item in fields.items("lines") {
        let tax = amount_of(item, "tax");
        // An inclusive amount contains the tax.
        let amount = total([amount_of(item, "amount"), if is_inclusive { -tax } else { Decimal::ZERO }])?;
        sum = total([sum, amount, tax])?;
        if let Some(contract) = contract.filter(|_| defers(books, item)) {
            let account = chart::account(books, Purpose::DeferredRevenue);
            let mut line = document.line(books, account, layout.posted(-amount))?;
            line.fields.set_contract(Some(contract));
            lines.push(line);
            lines.extend(tax_line(books, document, tax)?);
            continue;
        }
        let account = line_account(books, document.kind, item);
        let mut line = document.line(books, account, layout.posted(-amount))?;
        for (name, source) in
            [("bank_description", "description"), ("department", "department"), ("tag_ids", "tag_ids")]
        {
            line.fields.set(name, item.get(source).cloned().unwrap_or_default());
        }
        lines.push(line);
        lines.extend(tax_line(books, document, tax)?);
    }
    lines.insert(0, document.line(books, control, layout.posted(sum))?);
    Ok(lines)
}

/// Returns the line of a tax, unless there is none.
fn tax_line(books: &mut Books<'_>, document: Document, tax: Decimal) -> Result<Option<NewLine>, Reply> {
    if tax.is_zero() {
        return Ok(None);
    }
    let layout = document.layout();
    let purpose = if layout.purpose == Purpose::Payables { Purpose::InputTax } else { Purpose::SalesTax };
    let account = chart::account(books, purpose);
    document.line(books, account, layout.posted(-tax)).map(Some)
}

/// Returns `true` if an invoice line of a contract is earned over time: its revenue transactions recognize it, and not the
/// invoice.
fn defers(books: &Books<'_>, line: &Json) -> bool {
    plan::is_scheduled(books, line.get("product").and_then(Json::as_i64))
}

/// Returns the account of a line: its own, or else that of its product.
fn line_account(books: &mut Books<'_>, kind: Kind, line: &Json) -> i64 {
    let own = line.get("account").and_then(Json::as_i64);
    let of_product = || {
        let product = books.store.get("products", line.get("product")?.as_i64()?)?;
        product.fields.integer("revenue_account").or_else(|| product.fields.integer("invoice_account"))
    };
    let fallback = if kind == Kind::Invoice { Purpose::Income } else { Purpose::Uncategorized };
    own.or_else(of_product).unwrap_or_else(|| chart::account(books, fallback))
}
