//! Creating the demo company.

use campfire_values::{Date, Json, JsonObject};
use chrono::{Days, NaiveTime};

use crate::accounting::books::Books;
use crate::accounting::hooks;
use crate::demo::options::Demo;
use crate::demo::{business, founding};
use crate::messages::reply::Reply;
use crate::model::api::Api;
use crate::records::write;
use crate::response_style::ResponseStyle;
use crate::state::store::Store;

/// The length of the company's history in days.
const YEAR: u64 = 365;

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

/// Creates the company.
pub(crate) fn create(demo: &Demo, api: &'static Api, store: &mut Store) -> Result<(), Reply> {
    let before = store.pinned;
    let outcome = create_history(demo, &mut Books { api, store, style: ResponseStyle::Observed });
    store.pinned = before;
    outcome
}

fn create_history(demo: &Demo, books: &mut Books<'_>) -> Result<(), Reply> {
    let first_day = books.store.today() - Days::new(YEAR);
    pin(books, first_day);
    let mut company = founding::found(demo, books, first_day)?;
    let start = books.store.len("transactions");
    let mut posted = 0;
    while posted < demo.rows {
        // Spreads the documents evenly over the year.
        let passed = posted as u64 * YEAR / demo.rows.max(1) as u64;
        let day = first_day + Days::new(passed.min(YEAR - 1));
        pin(books, day);
        business::post_one(&mut company, books, day)?;
        posted = books.store.len("transactions") - start;
    }
    Ok(())
}

/// Sets the clock to noon of a day.
fn pin(books: &mut Books<'_>, day: Date) {
    const NOON: i64 = 12 * 60 * 60;
    books.store.pinned = Some(day.and_time(NaiveTime::MIN).and_utc().timestamp() + NOON);
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
