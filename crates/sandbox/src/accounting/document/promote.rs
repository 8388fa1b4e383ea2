//! Promoting a bill draft to a bill.

use campfire_values::{Json, JsonObject};

use crate::accounting::books::Books;
use crate::accounting::chart::{self, Purpose};
use crate::accounting::document::lifecycle;
use crate::accounting::kind::{Document, Kind};
use crate::accounting::request::{ActionRequest, Outcome};
use crate::accounting::values::{date_json, object};
use crate::messages::reply::Reply;
use crate::records::write;
use crate::state::fields::Fields;

/// The fields of a bill, and the fields of the draft that they come from.
const SOURCES: [(&str, &str); 7] = [
    ("entity", "entity"),
    ("vendor", "resolved_vendor"),
    ("bill_number", "extracted_bill_number"),
    ("bill_date", "extracted_bill_date"),
    ("due_date", "extracted_due_date"),
    ("currency", "extracted_currency"),
    ("source_file", "source_file"),
];

/// Creates the bill of a draft.
pub(crate) fn promote(books: &mut Books<'_>, request: &ActionRequest<'_>) -> Result<Outcome, Reply> {
    let Some((_, id)) = request.path.last() else { return Ok(Outcome::Nothing) };
    let draft = books.store.get(request.resource, *id).ok_or_else(Reply::not_found)?.fields.clone();
    if draft.integer("promoted_bill").is_some() || draft.text("status") == Some("discarded") {
        return Err(Reply::non_field_error("The draft is closed."));
    }
    let bill = bill(books, *id, &draft);
    let made = write::insert(books.api, books.store, Kind::Bill.layout().resource, &bill, &[]);
    lifecycle::created(books, Document::new(Kind::Bill, made))?;
    books.store.change(request.resource, *id, |record| {
        record.fields.set("promoted_bill", made);
        record.fields.set("status", "promoted");
    });
    Ok(Outcome::Record("bill_drafts", *id))
}

/// Returns the body of the bill: the fields that were extracted from the draft, and defaults for the others.
fn bill(books: &mut Books<'_>, draft_id: i64, draft: &Fields) -> JsonObject {
    let extracted = SOURCES.into_iter().filter_map(|(name, source)| Some((name, draft.get(source)?.clone())));
    let mut bill: JsonObject = extracted.map(|(name, value)| (name.to_owned(), value)).collect();
    let today = date_json(books.store.today());
    for name in ["bill_date", "due_date"] {
        bill.get_or_insert_with(name, || today.clone());
    }
    bill.get_or_insert_with("bill_number", || Json::from(format!("DRAFT-{draft_id}")));
    let account = chart::account(books, Purpose::Uncategorized);
    let amount = draft.get("extracted_total_amount").cloned().unwrap_or_else(|| Json::from(0));
    let line = object([("account", Json::from(account)), ("amount", amount)]);
    bill.insert("lines".to_owned(), Json::Array(vec![line]));
    bill
}
