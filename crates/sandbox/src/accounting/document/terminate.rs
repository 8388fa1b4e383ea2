//! Terminating a contract, which ends its revenue and voids the invoices that the call names.

use campfire_values::Json;

use crate::accounting::books::Books;
use crate::accounting::document::lifecycle;
use crate::accounting::kind::{Document, Kind};
use crate::accounting::request::{ActionRequest, Outcome};
use crate::accounting::revenue::refresh;
use crate::accounting::values::{date_in, list_in, no_such_record, object};
use crate::messages::reply::Reply;

/// Voids the invoices that are named in the body. A completed contract cannot be terminated again.
pub(crate) fn terminate(books: &mut Books<'_>, request: &ActionRequest<'_>) -> Result<Outcome, Reply> {
    let contract = request.path.first().and_then(|(_, id)| books.store.get(request.resource, *id));
    if contract.ok_or_else(Reply::not_found)?.fields.text("status") == Some("COMPLETED") {
        return Err(Reply::non_field_error("The contract is already completed."));
    }
    let body = request.body;
    let ids = list_in(body, "void_invoice_ids");
    let void_date = date_in(body, "void_date");
    if !ids.is_empty() && void_date.is_none() {
        return Err(Reply::field_error("void_date", "This field is required to void invoices."));
    }
    for id in ids {
        let id = id.as_i64().unwrap_or_default();
        let invoice = Document::new(Kind::Invoice, id);
        let Ok(fields) = invoice.fields(books) else { return Err(no_such_record("void_invoice_ids", id)) };
        if fields.date(invoice.layout().date) > void_date {
            let message = format!("Invoice {id} is dated after the void date.");
            return Err(Reply::field_error("void_invoice_ids", message));
        }
        lifecycle::void(books, invoice, body)?;
    }
    if let (Some((_, contract)), Some(date)) = (request.path.first(), date_in(body, "termination_date")) {
        refresh::end(books, *contract, date)?;
    }
    Ok(Outcome::Value(object([
        ("contract_terminated", Json::Bool(true)),
        ("contract_draft_id", Json::Null),
        ("voided_invoice_ids", Json::Array(ids.to_vec())),
        ("drafted_invoice_ids", Json::Array(Vec::new())),
    ])))
}
