//! Creating the demo company and its history.

use campfire_values::Date;
use chrono::{Days, NaiveTime};

use crate::accounting::books::Books;
use crate::demo::options::Demo;
use crate::demo::{business, founding};
use crate::error::Error;
use crate::messages::reply::Reply;
use crate::model::api::Api;
use crate::response_style::ResponseStyle;
use crate::state::store::Store;

/// The length of the company's history in days.
const YEAR: u64 = 365;

/// Creates the company.
///
/// # Errors
/// If it is too large, or cannot be posted, for example because the books are closed.
pub(crate) fn create(demo: &Demo, api: &'static Api, store: &mut Store) -> Result<(), Error> {
    if demo.rows > Demo::MAX_ROWS {
        return Err(Error::Demo(format!("at most {} ledger lines can be posted", Demo::MAX_ROWS)));
    }
    let before = store.pinned;
    let outcome = create_history(demo, &mut Books { api, store, style: ResponseStyle::Observed });
    store.pinned = before;
    outcome.map_err(|reply| Error::Demo(String::from_utf8_lossy(&reply.body).into_owned()))
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
