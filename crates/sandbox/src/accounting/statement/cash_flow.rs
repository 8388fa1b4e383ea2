//! The cash flow statement by the indirect method: what changes on every account but cash explains the change of cash.

use std::collections::{BTreeMap, BTreeSet};

use campfire_values::{Date, Decimal, Json, JsonObject};

use crate::accounting::books::Books;
use crate::accounting::journal::amounts::consolidated;
use crate::accounting::statement::account::Account;
use crate::accounting::statement::group::Group;
use crate::accounting::statement::posted;
use crate::accounting::statement::table::{Row, Table};
use crate::accounting::values::{date_json, object, total};
use crate::messages::query::Query;
use crate::messages::reply::Reply;
use crate::model::ledger::{ACCOUNTS, ASSET_CLASSES};

/// The part of the statement that an account belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Cash,
    NetIncome,
    NonCash,
    WorkingCapital,
    Investing,
    Financing,
    /// The account lacks a classification.
    Unclassified,
}

/// Computes the first version: a row per account, and cash itself left out.
pub(crate) fn first(books: &Books<'_>, query: &Query) -> Result<Json, Reply> {
    let flow = Flow::compute(books, query)?;
    let row = |Row { account, total: sums, .. }: &Row| {
        let section: &[&str] = match flow.part(account) {
            Part::Cash => return None,
            Part::NetIncome => &["OPERATING", "NET_INCOME"],
            Part::NonCash | Part::WorkingCapital => &["OPERATING", "ADJUSTMENTS_TO_NET_INCOME"],
            Part::Investing => &["INVESTING"],
            Part::Financing => &["FINANCING"],
            Part::Unclassified => &["NONE"],
        };
        let mut row = account.row();
        let leaf = row.get("account_id").cloned().unwrap_or_default();
        let path = section.iter().map(|name| Json::from(*name)).chain([leaf]).collect::<Vec<_>>();
        row.insert("hierarchy".to_owned(), Json::from(path));
        let activity = flow.table.periods.iter().zip(sums).map(|((start, _), sum)| {
            let effect = if sum.is_zero() { Json::Null } else { Json::from(-*sum) };
            (start.to_string(), effect)
        });
        row.insert("transaction_activity".to_owned(), Json::Object(activity.collect()));
        Some(Json::Object(row))
    };
    let rows = flow.rows.iter().filter_map(row).collect();
    Ok(object([
        ("cash_flow", Json::Array(rows)),
        ("start_date", date_json(flow.table.from)),
        ("end_date", date_json(flow.table.to)),
        ("cadence", Json::from(query.first("cadence").unwrap_or("monthly"))),
    ]))
}

/// Computes the second version: sections from beginning to ending cash. Refused with 422 while an account that has moved
/// lacks a classification.
pub(crate) fn second(books: &Books<'_>, query: &Query) -> Result<Json, Reply> {
    let flow = Flow::compute(books, query)?;
    let plug = flow.sum(&[Part::Unclassified])?;
    let has_moved = |row: &Row| row.total.iter().any(|sum| !sum.is_zero());
    if flow.rows.iter().any(|row| flow.part(&row.account) == Part::Unclassified && has_moved(row)) {
        return Err(flow.refusal(plug));
    }
    let change = flow.sum(&[Part::NetIncome, Part::NonCash, Part::WorkingCapital, Part::Investing, Part::Financing])?;
    let mut cash = flow.opening_cash(books, query)?;
    let (mut beginning, mut ending) = (Vec::new(), Vec::new());
    for part in change {
        beginning.push(cash);
        cash = total([cash, part])?;
        ending.push(cash);
    }
    let none = vec![Decimal::ZERO; flow.table.periods.len()];
    Ok(object([
        ("beginning_cash", flow.by_period(&beginning)),
        (
            "operating",
            object([
                ("net_income", flow.by_period(&flow.sum(&[Part::NetIncome])?)),
                ("non_cash_items", flow.lines(Part::NonCash)),
                ("working_capital", flow.lines(Part::WorkingCapital)),
            ]),
        ),
        ("investing", flow.lines(Part::Investing)),
        ("financing", flow.lines(Part::Financing)),
        // Amounts are consolidated at the rates of their lines, so cash is never revalued.
        ("fx_effect", flow.by_period(&none)),
        ("non_cash_disclosures", Json::Array(Vec::new())),
        ("ending_cash", flow.by_period(&ending)),
        ("start_date", date_json(flow.table.from)),
        ("end_date", date_json(flow.table.to)),
    ]))
}

/// Debits minus credits of each account per period.
struct Flow {
    table: Table,
    rows: Vec<Row>,
    parts: BTreeMap<Option<i64>, Part>,
}

impl Flow {
    fn compute(books: &Books<'_>, query: &Query) -> Result<Self, Reply> {
        Group::of(query, "statements.cash_flow", &[])?;
        let table = Table::new(books, query)?;
        let rows = table.add_up(books, query, None, &|date: Date, _: &Account| {
            if (table.from..=table.to).contains(&date) { table.period_of(date) } else { None }
        })?;
        let contra = accumulated_accounts(books);
        let parts = rows.iter().map(|row| (row.account.id, part(books, &row.account, &contra))).collect();
        Ok(Flow { table, rows, parts })
    }

    fn part(&self, account: &Account) -> Part {
        self.parts.get(&account.id).copied().unwrap_or(Part::Unclassified)
    }

    /// Returns the effect of some parts on cash, per period.
    fn sum(&self, parts: &[Part]) -> Result<Vec<Decimal>, Reply> {
        let mut effects = vec![Decimal::ZERO; self.table.periods.len()];
        for row in self.rows.iter().filter(|row| parts.contains(&self.part(&row.account))) {
            for (effect, sum) in effects.iter_mut().zip(&row.total) {
                *effect = total([*effect, -*sum])?;
            }
        }
        Ok(effects)
    }

    /// Returns the cash before the statement.
    fn opening_cash(&self, books: &Books<'_>, query: &Query) -> Result<Decimal, Reply> {
        let before = posted::lines(books, query).filter(|(date, _)| *date < self.table.from);
        let is_cash = |id: Option<i64>| part(books, &Account::read(books, id), &BTreeSet::new()) == Part::Cash;
        let mut known: BTreeMap<Option<i64>, bool> = BTreeMap::new();
        let mut cash = Decimal::ZERO;
        for (_, line) in before {
            let account = line.integer("account");
            if *known.entry(account).or_insert_with(|| is_cash(account)) {
                cash = total([cash, consolidated(line)])?;
            }
        }
        Ok(cash)
    }

    /// Writes amounts per period, as decimal strings.
    fn by_period(&self, amounts: &[Decimal]) -> Json {
        let entries = self.table.periods.iter().zip(amounts);
        Json::Object(entries.map(|((start, _), sum)| (start.to_string(), Json::from(sum.to_string()))).collect())
    }

    /// Returns the accounts of a part, with their effects on cash.
    fn lines(&self, part: Part) -> Json {
        let rows = self.rows.iter().filter(|row| self.part(&row.account) == part);
        let line = |row: &Row| {
            let mut shown: JsonObject = row.account.row();
            let effects: Vec<Decimal> = row.total.iter().map(|sum| -*sum).collect();
            shown.insert("amounts".to_owned(), self.by_period(&effects));
            Json::Object(shown)
        };
        Json::Array(rows.map(line).collect())
    }

    fn refusal(&self, plug: Vec<Decimal>) -> Reply {
        let detail = "The books do not reconcile: set `account_cashflow_classification` on these accounts.";
        Reply::json(
            422,
            &object([
                ("detail", Json::from(detail)),
                ("plug", self.by_period(&plug)),
                ("unclassified", self.lines(Part::Unclassified)),
            ]),
        )
    }
}

/// Returns the accounts on which depreciation adds up.
fn accumulated_accounts(books: &Books<'_>) -> BTreeSet<i64> {
    let classes = books.store.live(ASSET_CLASSES);
    classes.filter_map(|(_, class)| class.fields.integer("accumulated_depreciation_account")).collect()
}

fn part(books: &Books<'_>, account: &Account, contra: &BTreeSet<i64>) -> Part {
    let fields = account.id.and_then(|id| books.store.get(ACCOUNTS, id)).map(|record| &record.fields);
    let text = |name: &str| fields.and_then(|fields| fields.text(name));
    if account.is_income() {
        return Part::NetIncome;
    }
    match (text("account_subtype"), text("account_cashflow_classification")) {
        (Some("BANK"), _) => Part::Cash,
        (_, Some("OPERATING")) if account.id.is_some_and(|id| contra.contains(&id)) => Part::NonCash,
        (_, Some("OPERATING")) => Part::WorkingCapital,
        (_, Some("INVESTING")) => Part::Investing,
        (_, Some("FINANCING")) => Part::Financing,
        _ => Part::Unclassified,
    }
}
