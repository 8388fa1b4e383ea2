//! Depreciation: the rows of an asset, each posted when its date has come.

use campfire_values::{Date, Decimal, Json, JsonObject};

use crate::accounting::asset::schedule;
use crate::accounting::books::Books;
use crate::accounting::journal::amounts::Rates;
use crate::accounting::journal::entry::{self, Entry, NewLine};
use crate::accounting::period;
use crate::accounting::spread::Part;
use crate::accounting::values::{amount_of, date_json, date_of, total};
use crate::messages::reply::Reply;
use crate::model::ledger::{ASSET_CLASSES, ASSETS, ENTRIES};
use crate::state::fields::Fields;
use crate::state::markers::RecordRef;

const ROWS: &str = "depreciations";

/// Plans the depreciation of a new asset, unless the body has brought a schedule, and posts what is due.
pub(crate) fn created(books: &mut Books<'_>, id: i64, sent: &JsonObject) -> Result<(), Reply> {
    if sent.get(ROWS).is_none_or(Json::is_null) {
        let parts = schedule::of(books, &books.store.fields(ASSETS, id))?;
        let imported_until = books.store.fields(ASSETS, id).date("depreciated_until");
        let rows = parts.iter().map(|part| row(books, part, imported_until)).collect();
        set_rows(books, id, rows);
    }
    post_through(books, id, books.store.today())
}

/// Plans the depreciation of a changed asset anew. Posted rows stay, and the others make up for the difference.
pub(crate) fn changed(books: &mut Books<'_>, id: i64, sent: &JsonObject) -> Result<(), Reply> {
    if sent.get(ROWS).is_none_or(Json::is_null) {
        let asset = books.store.fields(ASSETS, id);
        let known = match asset.items(ROWS) {
            // A replacement without a schedule takes it from the record, but not from the ledger.
            [] => posted_rows(books, id),
            rows => rows.to_vec(),
        };
        let wanted = schedule::of(books, &asset)?;
        let is_equal = |(row, part): (&Json, &Part)| {
            date_of(row, "post_date") == Some(part.last) && amount_of(row, "amount") == part.amount
        };
        let rows = if known.len() == wanted.len() && known.iter().zip(&wanted).all(is_equal) {
            known
        } else {
            continued(books, &asset, known)?
        };
        set_rows(books, id, rows);
    }
    post_through(books, id, books.store.today())
}

/// Returns the posted ones of the given rows, and new ones for the rest of the schedule.
fn continued(books: &mut Books<'_>, asset: &Fields, known: Vec<Json>) -> Result<Vec<Json>, Reply> {
    let mut rows: Vec<Json> = known.into_iter().filter(is_posted).collect();
    let parts = match rows.iter().filter_map(|row| date_of(row, "post_date")).max() {
        Some(through) => {
            let posted = total(rows.iter().map(|row| amount_of(row, "amount")))?;
            schedule::rest(books, asset, posted, through)?
        }
        None => schedule::of(books, asset)?,
    };
    for part in &parts {
        rows.push(row(books, part, None));
    }
    Ok(rows)
}

fn is_posted(row: &Json) -> bool {
    row.get("posted").and_then(Json::as_bool).unwrap_or(false)
}

/// Returns a row. Up to `imported_until`, the asset was depreciated before it came here: no entry is posted.
fn row(books: &mut Books<'_>, part: &Part, imported_until: Option<Date>) -> Json {
    let is_imported = imported_until.is_some_and(|last| part.last <= last);
    new_row(books, part.last, part.amount, is_imported, None)
}

fn new_row(books: &mut Books<'_>, date: Date, amount: Decimal, is_posted: bool, entry: Option<i64>) -> Json {
    let mut row = JsonObject::from([
        ("id".to_owned(), Json::from(books.store.new_id())),
        ("post_date".to_owned(), date_json(date)),
        ("amount".to_owned(), Json::from(amount)),
        ("posted".to_owned(), Json::Bool(is_posted)),
    ]);
    if let Some(entry) = entry {
        row.insert("journal_entry".to_owned(), Json::from(entry));
    }
    Json::Object(row)
}

/// Returns the rows of the entries that an asset has posted.
fn posted_rows(books: &mut Books<'_>, id: i64) -> Vec<Json> {
    let rows: Vec<(Date, Decimal, i64)> = owned_entries(books, id)
        .into_iter()
        .filter_map(|(entry, amount)| Some((entry::date(books, entry)?, amount, entry)))
        .collect();
    rows.into_iter().map(|(date, amount, entry)| new_row(books, date, amount, true, Some(entry))).collect()
}

/// Returns the entries of an asset with their amounts, by id.
fn owned_entries(books: &Books<'_>, id: i64) -> Vec<(i64, Decimal)> {
    let owner = RecordRef::new(ASSETS, id);
    let entries = books.store.live(ENTRIES).filter(|(_, entry)| entry.fields.owner().as_ref() == Some(&owner));
    entries.map(|(entry, _)| (entry, entry::amount(books, entry))).collect()
}

/// Posts the rows up to a day that are not posted yet. Rows in closed periods wait until those are opened.
pub(crate) fn post_through(books: &mut Books<'_>, id: i64, day: Date) -> Result<(), Reply> {
    let asset = books.store.fields(ASSETS, id);
    let is_active = asset.text("status").is_none_or(|status| status == "ACTIVE");
    let mut rows = asset.items(ROWS).to_vec();
    for row in rows.iter_mut().filter(|row| is_active && !is_posted(row)) {
        let Some(date) = date_of(row, "post_date").filter(|date| *date <= day) else { continue };
        if period::must_be_open(books, date).is_err() {
            continue;
        }
        let (Some(entry), Json::Object(row)) = (post(books, id, &asset, date, amount_of(row, "amount"))?, row) else {
            continue;
        };
        row.insert("posted".to_owned(), Json::Bool(true));
        row.insert("journal_entry".to_owned(), Json::from(entry));
    }
    set_rows(books, id, rows);
    complete(books, id)
}

/// Posts one row. `None` if the class of the asset lacks an account for it.
fn post(books: &mut Books<'_>, id: i64, asset: &Fields, date: Date, amount: Decimal) -> Result<Option<i64>, Reply> {
    let class = asset.integer("asset_class").and_then(|id| books.store.get(ASSET_CLASSES, id));
    let account = |name: &str| class.and_then(|class| class.fields.integer(name));
    let accounts = account("depreciation_expense_account").zip(account("accumulated_depreciation_account"));
    let Some((expense, accumulated)) = accounts else { return Ok(None) };
    let mut fields = Fields::default();
    fields.set("department", asset.value("department"));
    let debit = NewLine { account: expense, amount, fields };
    let credit = NewLine { account: accumulated, amount: -amount, fields: Fields::default() };
    let entry = Entry {
        entry_type: "journal_entry",
        date,
        entity: asset.integer("entity"),
        currency: asset.text("currency").map(str::to_owned),
        rates: Rates::of(asset),
        memo: format!("Depreciation of {}", asset.text("name").unwrap_or_default()),
        owner: None,
    };
    entry::post_for(books, &RecordRef::new(ASSETS, id), &entry, vec![debit, credit]).map(Some)
}

fn set_rows(books: &mut Books<'_>, id: i64, rows: Vec<Json>) {
    if books.store.fields(ASSETS, id).items(ROWS) != rows {
        books.store.set(ASSETS, id, ROWS, rows);
    }
}

/// Sets what follows from the rows: the book value, the useful life, and the status.
fn complete(books: &mut Books<'_>, id: i64) -> Result<(), Reply> {
    let before = books.store.fields(ASSETS, id);
    let rows = before.items(ROWS);
    let lost = total(rows.iter().filter(|row| is_posted(row)).map(|row| amount_of(row, "amount")))?;
    let is_done = !rows.is_empty() && rows.iter().all(is_posted);
    let status = match before.text("status") {
        Some("ACTIVE" | "DEPRECIATED") | None if is_done => "DEPRECIATED",
        Some("DEPRECIATED") | None => "ACTIVE",
        Some(status) => status,
    };
    let class = before.integer("asset_class").and_then(|id| books.store.get(ASSET_CLASSES, id));
    let mut fields = before.clone();
    fields.set("status", status);
    fields.set("net_book_value", total([before.decimal("initial_value").unwrap_or_default(), -lost])?);
    fields.set("useful_life", class.map_or(Json::Null, |class| class.fields.value("useful_life")));
    if fields != before {
        books.store.change(ASSETS, id, |record| record.fields = fields);
    }
    Ok(())
}

/// Returns the assets with rows that wait to be posted, with their dates.
pub(crate) fn waiting(books: &Books<'_>) -> Vec<(Date, i64)> {
    let assets = books.store.live(ASSETS);
    let rows = assets.flat_map(|(id, asset)| asset.fields.items(ROWS).iter().map(move |row| (id, row)));
    rows.filter(|(_, row)| !is_posted(row)).filter_map(|(id, row)| Some((date_of(row, "post_date")?, id))).collect()
}

/// Deletes the entries of a deleted asset.
pub(crate) fn deleted(books: &mut Books<'_>, id: i64) -> Result<(), Reply> {
    for (entry, _) in owned_entries(books, id) {
        entry::erase(books, entry)?;
    }
    Ok(())
}
