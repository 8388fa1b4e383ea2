//! Ledger lines on the accounts of fixed assets that no asset explains.

use std::collections::BTreeSet;

use campfire_values::Json;

use crate::accounting::books::Books;
use crate::accounting::request::Outcome;
use crate::model::ledger::{ASSET_CLASSES, ASSETS, ENTRIES, LINES};
use crate::state::record::Record;

/// The accounts of a class that assets explain.
const ACCOUNTS: [&str; 2] = ["asset_account", "accumulated_depreciation_account"];

/// Returns the lines that stem from no asset's purchase or depreciation.
pub(crate) fn list(books: &Books<'_>) -> Outcome {
    let classes = books.store.live(ASSET_CLASSES);
    let accounts: BTreeSet<i64> =
        classes.flat_map(|(_, class)| ACCOUNTS.into_iter().filter_map(|name| class.fields.integer(name))).collect();
    let purchases: BTreeSet<i64> = books.store.live(ASSETS).flat_map(|(_, asset)| purchase_lines(asset)).collect();
    let is_unmatched = |(id, line): &(i64, &Record)| {
        let entry = line.fields.integer("journal").and_then(|entry| books.store.get(ENTRIES, entry));
        let owner = entry.and_then(|entry| entry.fields.owner());
        line.fields.integer("account").is_some_and(|account| accounts.contains(&account))
            && !purchases.contains(id)
            && owner.is_none_or(|owner| owner.resource != ASSETS)
    };
    Outcome::Records(LINES, books.store.live(LINES).filter(is_unmatched).map(|(id, _)| id).collect())
}

/// Returns the lines that an asset names as its purchase.
fn purchase_lines(asset: &Record) -> Vec<i64> {
    let others = asset.fields.items("purchase_transactions").iter().filter_map(Json::as_i64);
    asset.fields.integer("purchase_transaction").into_iter().chain(others).collect()
}
