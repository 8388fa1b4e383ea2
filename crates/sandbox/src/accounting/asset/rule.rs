//! Rules that make fixed assets of postings.

use campfire_values::{Date, Decimal, Json, JsonObject};

use crate::accounting::asset::depreciation;
use crate::accounting::books::Books;
use crate::accounting::journal::amounts;
use crate::accounting::request::{ActionRequest, Outcome};
use crate::accounting::values::{date_json, no_such_record, object};
use crate::messages::reply::Reply;
use crate::model::ledger::{ASSETS, LINES};
use crate::records::write;
use crate::state::fields::Fields;
use crate::state::record::Seconds;

const RULES: &str = "fixed_assets.automation_rules";
const MATCHES: &str = "fixed_assets.automation_matches";

/// Applies one rule, or all of them: each posting of its account that is large enough becomes an asset, or a match that
/// waits for review.
pub(crate) fn run(books: &mut Books<'_>, request: &ActionRequest<'_>) -> Result<Outcome, Reply> {
    let asked = request.body.get("rule_id").and_then(Json::as_i64);
    let rules: Vec<(i64, Fields, Seconds)> = books
        .store
        .live(RULES)
        .filter(|(id, _)| asked.is_none_or(|asked| asked == *id))
        .map(|(id, rule)| (id, rule.fields.clone(), rule.created))
        .collect();
    if let Some(asked) = asked.filter(|_| rules.is_empty()) {
        return Err(no_such_record("rule_id", asked));
    }
    for (id, rule, created) in rules {
        for purchase in purchases(books, &rule, created) {
            apply(books, id, &rule, &purchase)?;
        }
    }
    Ok(Outcome::Value(object([])))
}

/// A posting that a rule covers.
struct Purchase {
    line: i64,
    amount: Decimal,
    date: Date,
    fields: Fields,
}

/// Returns the debits that a rule covers and that are not yet an asset or a match.
fn purchases(books: &Books<'_>, rule: &Fields, rule_created: Seconds) -> Vec<Purchase> {
    let threshold = rule.decimal("amount_threshold").unwrap_or_default();
    let is_forward_looking = rule.get("forward_looking").and_then(Json::as_bool).unwrap_or(false);
    let known = known_lines(books);
    let purchase = |(line, record): (i64, &crate::state::record::Record)| {
        let amount = amounts::layers(&record.fields).book;
        let is_covered = record.fields.integer("account") == rule.integer("account")
            && record.fields.integer("entity") == rule.integer("entity")
            && !amount.is_negative()
            && !amount.is_zero()
            && amount >= threshold
            && !(is_forward_looking && record.created < rule_created)
            && !known.contains(&line);
        let date = record.fields.date("posted_at").filter(|_| is_covered)?;
        Some(Purchase { line, amount, date, fields: record.fields.clone() })
    };
    books.store.live(LINES).filter_map(purchase).collect()
}

/// Returns the lines that assets and matches come from.
fn known_lines(books: &Books<'_>) -> Vec<i64> {
    let assets = books.store.live(ASSETS).flat_map(|(_, asset)| {
        let others = asset.fields.items("purchase_transactions").iter().filter_map(Json::as_i64);
        asset.fields.integer("purchase_transaction").into_iter().chain(others).collect::<Vec<_>>()
    });
    assets.chain(books.store.live(MATCHES).filter_map(|(_, found)| found.fields.integer("transaction"))).collect()
}

fn apply(books: &mut Books<'_>, id: i64, rule: &Fields, purchase: &Purchase) -> Result<(), Reply> {
    let name = purchase.fields.text("bank_description").or_else(|| rule.text("name")).unwrap_or_default();
    if rule.get("needs_review").and_then(Json::as_bool).unwrap_or(false) {
        let found = proposal(id, rule, purchase, name);
        books.store.add(MATCHES, found);
        return Ok(());
    }
    let mut body = JsonObject::from([
        ("name".to_owned(), Json::from(name)),
        ("asset_class".to_owned(), rule.value("asset_class")),
        ("initial_value".to_owned(), Json::from(purchase.amount)),
        ("purchase_date".to_owned(), date_json(purchase.date)),
        ("purchase_transaction".to_owned(), Json::from(purchase.line)),
        ("purchase_journal_entry".to_owned(), purchase.fields.value("journal")),
    ]);
    for name in ["entity", "vendor", "department"] {
        body.insert(name.to_owned(), purchase.fields.value(name));
    }
    if let Some(currency) = books.entity_currency(rule.integer("entity")) {
        body.insert("currency".to_owned(), Json::from(currency));
    }
    let asset = write::insert(books.api, books.store, ASSETS, &body, &[]);
    depreciation::created(books, asset, &body)
}

/// Returns a match: what the asset would be.
fn proposal(rule_id: i64, rule: &Fields, purchase: &Purchase, name: &str) -> Fields {
    let mut found = Fields::default();
    found.set("rule", rule_id);
    found.set("transaction", purchase.line);
    found.set("transaction_amount", purchase.amount);
    found.set("proposed_name", name);
    found.set("proposed_asset_class", rule.value("asset_class"));
    found.set("proposed_initial_value", purchase.amount);
    found.set("proposed_purchase_date", date_json(purchase.date));
    found.set("proposed_depreciation_start_date", date_json(purchase.date));
    for name in ["entity", "department", "vendor"] {
        found.set(format!("proposed_{name}"), purchase.fields.value(name));
    }
    found
}
