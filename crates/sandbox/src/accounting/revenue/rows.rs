//! Revenue transactions: one per product and month of an item.

use campfire_values::{Date, Json};

use crate::accounting::books::Books;
use crate::accounting::journal::entry;
use crate::accounting::revenue::plan::Revenue;
use crate::accounting::revenue::posting;
use crate::accounting::values::date_json;
use crate::messages::reply::Reply;
use crate::model::ledger::{CONTRACTS, REVENUE};
use crate::state::fields::Fields;

/// The item that revenue transactions come from: the field in which they name it, and its id.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source {
    pub(super) link: &'static str,
    pub(super) id: i64,
}

/// Makes the revenue transactions of an item equal to its plan. Those that do not change are left alone, so that revenue
/// in closed periods does not stand in the way. Returns their ids.
pub(super) fn write(
    books: &mut Books<'_>,
    contract: i64,
    source: Source,
    plan: Vec<Revenue>,
) -> Result<Vec<i64>, Reply> {
    let mut old: Vec<(i64, Key)> =
        books.store.linked(REVENUE, source.link, source.id).map(|(id, row)| (id, key(&row.fields))).collect();
    let mut ids = Vec::new();
    for revenue in plan {
        let wanted = (revenue.product, Some(revenue.first));
        let kept = old.iter().position(|(_, key)| *key == wanted).map(|at| old.remove(at).0);
        ids.push(write_one(books, contract, source, kept, &revenue)?);
    }
    for (id, _) in old {
        remove(books, id)?;
    }
    Ok(ids)
}

/// What tells the revenue transactions of an item apart: product and first day.
type Key = (Option<i64>, Option<Date>);

fn key(row: &Fields) -> Key {
    (row.integer("product"), row.date("transaction_date"))
}

fn write_one(
    books: &mut Books<'_>,
    contract: i64,
    source: Source,
    kept: Option<i64>,
    revenue: &Revenue,
) -> Result<i64, Reply> {
    let before = kept.map(|id| books.store.fields(REVENUE, id)).unwrap_or_default();
    let mut fields = before.clone();
    let header = books.store.fields(CONTRACTS, contract);
    for name in ["entity", "client", "department", "currency", "exchange_rate", "exchange_rate_book"] {
        fields.set(name, header.value(name));
    }
    fields.set("contract", contract);
    fields.set(source.link, source.id);
    fields.set("product", revenue.product.map_or(Json::Null, Json::from));
    fields.set("transaction_date", date_json(revenue.first));
    fields.set("transaction_end_date", date_json(revenue.last));
    fields.set("amount", revenue.amount);
    fields.set("mrr", revenue.mrr.map_or(Json::Null, Json::from));
    let id = match kept {
        Some(id) if fields == before => return Ok(id),
        Some(id) => {
            books.store.change(REVENUE, id, |record| record.fields = fields);
            id
        }
        None => books.store.add(REVENUE, fields),
    };
    posting::post(books, id)?;
    Ok(id)
}

/// Deletes a revenue transaction with its entry.
pub(super) fn remove(books: &mut Books<'_>, id: i64) -> Result<(), Reply> {
    if let Some(entry) = books.store.fields(REVENUE, id).integer("journal_entry") {
        entry::erase(books, entry)?;
    }
    books.store.delete(REVENUE, id);
    Ok(())
}
