//! Allocations: the amount of an item, split over products. The parts add up to the whole.

use campfire_values::{Decimal, Json};

use crate::accounting::books::Books;
use crate::accounting::request::{ActionRequest, Outcome};
use crate::accounting::revenue::refresh;
use crate::accounting::values::{amount_of, list_in, object, total};
use crate::messages::reply::Reply;

/// The fields that may hold the amount of an item, in order of precedence.
const AMOUNTS: [&str; 4] = ["total_amount", "total_value", "amount", "total_revenue"];

/// Refuses a bundle whose percentages do not add up to 100.
pub(super) fn check_percentages(books: &Books<'_>, resource: &str, id: i64) -> Result<(), Reply> {
    let Some(record) = books.store.get(resource, id) else { return Ok(()) };
    let lines = record.fields.items("lines").iter();
    let parts: Vec<Decimal> = lines.filter_map(|line| line.get("percentage_allocation")?.as_decimal()).collect();
    if parts.is_empty() || total(parts)? == Decimal::new(100, 0) {
        return Ok(());
    }
    Err(Reply::field_error("lines", "The percentages must add up to 100."))
}

/// Returns the item in the path, and its amount.
fn item(books: &Books<'_>, request: &ActionRequest<'_>) -> Result<(i64, Decimal), Reply> {
    let Some((_, id)) = request.path.last() else { return Err(Reply::not_found()) };
    books.store.get(request.resource, *id).ok_or_else(Reply::not_found)?;
    let amounts = AMOUNTS.iter().map(|name| books.amount(request.resource, *id, name));
    Ok((*id, amounts.into_iter().find(|amount| !amount.is_zero()).unwrap_or_default()))
}

/// Returns the allocation of an item.
pub(super) fn show(books: &Books<'_>, request: &ActionRequest<'_>) -> Result<Outcome, Reply> {
    let (id, amount) = item(books, request)?;
    let record = books.store.get(request.resource, id).ok_or_else(Reply::not_found)?;
    let contract = request.path.first().and_then(|(_, id)| books.store.get("contracts", *id));
    let currency = contract.and_then(|contract| contract.fields.get("currency")).cloned();
    Ok(Outcome::Value(object([
        ("id", Json::from(id)),
        ("source_bundle", record.fields.value("product_bundle")),
        ("source_bundle_name", Json::Null),
        ("total_amount", Json::from(amount)),
        ("currency", currency.unwrap_or_else(|| Json::from("USD"))),
        ("license_term_start_date", Json::Null),
        ("lines", Json::Array(record.fields.allocation().to_vec())),
        ("created_at", books.view().time(record.created)),
        ("last_modified_at", books.view().time(record.modified)),
    ])))
}

/// Allocates the amount of an item to products.
pub(super) fn allocate(books: &mut Books<'_>, request: &ActionRequest<'_>) -> Result<Outcome, Reply> {
    let (id, whole) = item(books, request)?;
    let sent = list_in(request.body, "lines");
    let sum = total(sent.iter().map(|line| amount_of(line, "amount")))?;
    if sum != whole {
        let message = format!("The amounts add up to {sum}, and must add up to {whole}.");
        return Err(Reply::field_error("lines", message));
    }
    let lines = sent.iter().map(|line| allocated_line(books, line, whole)).collect();
    books.store.change(request.resource, id, |record| record.fields.set_allocation(lines));
    refresh::written(books, request.resource, id)?;
    show(books, request)
}

fn allocated_line(books: &mut Books<'_>, line: &Json, whole: Decimal) -> Json {
    let product = line.get("product").cloned().unwrap_or_default();
    let product_text = |name: &str| {
        let record = product.as_i64().and_then(|id| books.store.get("products", id));
        record.and_then(|record| record.fields.get(name)).cloned().unwrap_or_else(|| Json::from(""))
    };
    let (name, sku) = (product_text("product_name"), product_text("product_id"));
    let amount = amount_of(line, "amount");
    object([
        ("product_name", name),
        ("product_id_str", sku),
        ("id", Json::from(books.store.new_id())),
        ("amount", Json::from(amount)),
        ("percentage", Json::from(percentage(amount, whole))),
        ("original_percentage", Json::Null),
        ("component_type", Json::Null),
        ("product", product),
    ])
}

/// Returns the percentage of `whole` that `part` is, rounded to six decimal places; zero if `whole` is zero.
fn percentage(part: Decimal, whole: Decimal) -> Decimal {
    let hundredfold = rust_decimal::Decimal::from(part).checked_mul(rust_decimal::Decimal::ONE_HUNDRED);
    let share = hundredfold.and_then(|hundredfold| hundredfold.checked_div(whole.into()));
    share.unwrap_or_default().round_dp(6).normalize().into()
}
