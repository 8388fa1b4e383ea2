//! Splitting an item over products: the parts are the whole.

use super::{Books, Done, Request, not_found, refuse, total};
use crate::api::Reply;
use campfire_values::{Decimal, Json, JsonObject};

/// What an item is worth, whichever kind it is.
const WORTH: [&str; 4] = ["total_amount", "total_value", "amount", "total_revenue"];

/// Records of bundles whose percentages must make up the whole.
pub(crate) fn written(books: &Books<'_>, resource: &str, id: i64) -> Result<(), Reply> {
    let Some(record) = books.store.get(resource, id) else { return Ok(()) };
    let parts: Vec<Decimal> = record
        .fields
        .items("lines")
        .iter()
        .filter_map(|line| line.get("percentage_allocation")?.as_decimal())
        .collect();
    if parts.is_empty() || total(parts.iter().copied())? == Decimal::new(100, 0) {
        return Ok(());
    }
    Err(refuse("lines", "The percentages must add up to 100."))
}

/// The item that the path names.
fn item(books: &Books<'_>, request: &Request<'_>) -> Result<(i64, Decimal), Reply> {
    let Some((_, id)) = request.path.last() else { return Err(not_found()) };
    books.store.get(request.resource, *id).ok_or_else(not_found)?;
    let worth = WORTH.iter().map(|name| books.amount(request.resource, *id, name)).find(|worth| !worth.is_zero());
    Ok((*id, worth.unwrap_or_default()))
}

/// Shows how an item is split.
pub(crate) fn show(books: &Books<'_>, request: &Request<'_>) -> Result<Done, Reply> {
    let (id, worth) = item(books, request)?;
    let record = books.store.get(request.resource, id).ok_or_else(not_found)?;
    let contract = request.path.first().and_then(|(_, id)| books.store.get("contracts", *id));
    let currency = contract.and_then(|contract| contract.fields.get("currency")).cloned();
    Ok(Done::Value(Json::Object(JsonObject::from([
        ("id".to_owned(), Json::from(id)),
        ("source_bundle".to_owned(), record.fields.get("product_bundle").cloned().unwrap_or_default()),
        ("source_bundle_name".to_owned(), Json::Null),
        ("total_amount".to_owned(), Json::from(worth)),
        ("currency".to_owned(), currency.unwrap_or_else(|| Json::from("USD"))),
        ("license_term_start_date".to_owned(), Json::Null),
        ("lines".to_owned(), Json::Array(record.fields.items("_allocation").to_vec())),
        ("created_at".to_owned(), books.view().time(record.created)),
        ("last_modified_at".to_owned(), books.view().time(record.modified)),
    ]))))
}

/// Splits an item.
pub(crate) fn allocate(books: &mut Books<'_>, request: &Request<'_>) -> Result<Done, Reply> {
    let (id, worth) = item(books, request)?;
    let sent = request.body.get("lines").and_then(Json::as_array).unwrap_or_default();
    let amount = |line: &Json| line.get("amount").and_then(Json::as_decimal).unwrap_or_default();
    let sum = total(sent.iter().map(amount))?;
    if sum != worth {
        return Err(refuse("lines", format!("The amounts add up to {sum}, and must add up to {worth}.")));
    }
    let mut lines = Vec::new();
    for line in sent {
        let share = percentage(amount(line), worth);
        let product = line.get("product").cloned().unwrap_or_default();
        let name = |name: &str| {
            let record = product.as_i64().and_then(|id| books.store.get("products", id));
            record.and_then(|record| record.fields.get(name)).cloned().unwrap_or_else(|| Json::from(""))
        };
        let (product_name, sku) = (name("product_name"), name("product_id"));
        lines.push(Json::Object(JsonObject::from([
            ("product_name".to_owned(), product_name),
            ("product_id_str".to_owned(), sku),
            ("id".to_owned(), Json::from(books.store.new_id())),
            ("amount".to_owned(), Json::from(amount(line))),
            ("percentage".to_owned(), Json::from(share)),
            ("original_percentage".to_owned(), Json::Null),
            ("component_type".to_owned(), Json::Null),
            ("product".to_owned(), product),
        ])));
    }
    books.store.set(request.resource, id, "_allocation", Json::Array(lines));
    show(books, request)
}

/// Returns the percentage of `whole` that `part` is, rounded to six digits after the decimal point; zero of zero.
fn percentage(part: Decimal, whole: Decimal) -> Decimal {
    let hundredfold = rust_decimal::Decimal::from(part).checked_mul(rust_decimal::Decimal::ONE_HUNDRED);
    let share = hundredfold.and_then(|hundredfold| hundredfold.checked_div(whole.into()));
    share.unwrap_or_default().round_dp(6).normalize().into()
}
