//! Depreciation schedules: straight line, in whole months.

use campfire_values::{Date, Decimal, Json};
use chrono::{Datelike, Days, Months};

use crate::accounting::books::Books;
use crate::accounting::spread::{Part, Proration, month_end, spread};
use crate::accounting::values::total;
use crate::messages::reply::Reply;
use crate::model::ledger::{ASSET_CLASSES, ENTITIES, SETTINGS};
use crate::state::fields::Fields;

/// Returns what an asset loses in each month, empty if it is not depreciated.
pub(super) fn of(books: &Books<'_>, asset: &Fields) -> Result<Vec<Part>, Reply> {
    let is_fixed = asset.get("is_non_depreciable").and_then(Json::as_bool).unwrap_or(false);
    let Some((first, last)) = term(books, asset).filter(|_| !is_fixed) else { return Ok(Vec::new()) };
    spread(depreciable(asset)?, first, last, Proration::Standard)
}

/// Returns the rows after the given last day of the posted ones, which make up for what those have left over.
pub(super) fn rest(books: &Books<'_>, asset: &Fields, posted: Decimal, through: Date) -> Result<Vec<Part>, Reply> {
    let Some((first, last)) = term(books, asset) else { return Ok(Vec::new()) };
    let next = through.checked_add_days(Days::new(1)).unwrap_or(through).max(first);
    spread(total([depreciable(asset)?, -posted])?, next, last, Proration::Standard)
}

fn depreciable(asset: &Fields) -> Result<Decimal, Reply> {
    total([asset.decimal("initial_value").unwrap_or_default(), -asset.decimal("salvage_value").unwrap_or_default()])
}

/// Returns the first and the last day of depreciation, in whole months.
fn term(books: &Books<'_>, asset: &Fields) -> Option<(Date, Date)> {
    let start = asset.date("depreciation_start_date").or_else(|| asset.date("purchase_date"))?;
    let mut first = start.with_day(1)?;
    if threshold(books, asset).is_some_and(|threshold| i64::from(start.day()) > threshold) {
        first = first.checked_add_months(Months::new(1))?;
    }
    if let Some(end) = asset.date("depreciation_end_date") {
        return Some((first, month_end(end)));
    }
    let class = books.store.get(ASSET_CLASSES, asset.integer("asset_class")?)?;
    let months = u32::try_from(class.fields.integer("useful_life")?).ok().filter(|months| *months > 0)?;
    let next = first.checked_add_months(Months::new(months))?;
    Some((first, next.checked_sub_days(Days::new(1))?))
}

/// Returns the day after which a month does not count, if the entity or the organization has the mid-month convention.
fn threshold(books: &Books<'_>, asset: &Fields) -> Option<i64> {
    let entity = asset.integer("entity").and_then(|id| books.store.get(ENTITIES, id)).map(|entity| &entity.fields);
    let settings = books.store.live(SETTINGS).next().map(|(_, settings)| &settings.fields);
    // What is null at the entity follows the organization.
    let value = |name: &str| entity.and_then(|entity| entity.get(name)).or_else(|| settings?.get(name));
    let is_on = value("enable_mid_month_convention").and_then(Json::as_bool).unwrap_or(false);
    value("mid_month_threshold").and_then(Json::as_i64).filter(|_| is_on)
}
