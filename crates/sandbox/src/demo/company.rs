//! The records of the demo company.

use campfire_values::{Date, Json, JsonObject};

use crate::accounting::books::Books;
use crate::accounting::hooks;
use crate::messages::reply::Reply;
use crate::records::write;

/// The records of the company.
pub(super) struct Company {
    pub(super) random: fastrand::Rng,
    pub(super) entities: Vec<i64>,
    pub(super) accounts: Vec<i64>,
    pub(super) departments: Vec<i64>,
    pub(super) customers: Vec<i64>,
    pub(super) suppliers: Vec<i64>,
    pub(super) products: Vec<i64>,
    pub(super) contracts: Vec<i64>,
}

/// Creates a record, and returns its id. `path` holds the ids in the path above the record.
pub(super) fn add(
    books: &mut Books<'_>,
    resource: &str,
    path: &[(&'static str, i64)],
    body: &JsonObject,
) -> Result<i64, Reply> {
    let id = write::insert(books.api, books.store, resource, body, path);
    hooks::created(books, resource, id, body)?;
    Ok(id)
}

/// Builds a body.
pub(super) fn body<const N: usize>(fields: [(&str, Json); N]) -> JsonObject {
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Writes a date.
pub(super) fn date_json(date: Date) -> Json {
    Json::from(date.to_string())
}
