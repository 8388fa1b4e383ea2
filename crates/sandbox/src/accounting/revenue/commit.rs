//! Prepaid commits: a pool that is paid for at once, and drawn down by the use of each month.

use campfire_values::{Date, Decimal, Json};
use chrono::{Datelike, Days};

use crate::accounting::books::Books;
use crate::accounting::revenue::plan;
use crate::accounting::revenue::position;
use crate::accounting::revenue::rows::{self, Source};
use crate::accounting::spread::month_end;
use crate::accounting::values::{date_json, rounded_share, total};
use crate::messages::reply::Reply;
use crate::model::ledger::{CONSUMED, CONTRACTS, OVERUSED};
use crate::records::write;
use crate::state::fields::Fields;

const COMMITS: &str = "contracts.prepaid_commits";
const CONSUMPTION: &str = "contracts.prepaid_commits.consumption";
/// The field in which a month of use names its commit, and the parameter of the commit in its path.
const COMMIT: &str = "prepaid_commit";
const COMMIT_PARAMETER: &str = "commit_id";
/// The field in which the body of a contract brings commits along, and the parameter of the contract in their path.
const NESTED: &str = "prepaid_commits";
const CONTRACT_PARAMETER: &str = "contract_id";

/// Runs after a commit or a month of its use has been written.
pub(super) fn written(books: &mut Books<'_>, resource: &str, id: i64) -> Result<(), Reply> {
    match resource {
        COMMITS => draw_down(books, id),
        CONSUMPTION => {
            let Some(commit) = complete(books, id) else { return Ok(()) };
            draw_down(books, commit)
        }
        _ => Ok(()),
    }
}

/// Creates the commits that the body of a new contract has brought.
pub(super) fn create_nested(books: &mut Books<'_>, contract: i64) -> Result<(), Reply> {
    let nested = books.store.fields(CONTRACTS, contract).items(NESTED).to_vec();
    books.store.set(CONTRACTS, contract, NESTED, Json::Null);
    for item in nested {
        let body = item.as_object().cloned().unwrap_or_default();
        let id = write::insert(books.api, books.store, COMMITS, &body, &[(CONTRACT_PARAMETER, contract)]);
        draw_down(books, id)?;
    }
    Ok(())
}

/// Draws the commits of a contract down anew.
pub(super) fn refresh(books: &mut Books<'_>, contract: i64) -> Result<(), Reply> {
    let commits: Vec<i64> = books.store.linked(COMMITS, "contract", contract).map(|(id, _)| id).collect();
    commits.into_iter().try_for_each(|commit| draw_down(books, commit))
}

/// Returns the contracts of active commits, and the days after they expire.
pub(super) fn waiting(books: &Books<'_>) -> Vec<(Date, i64)> {
    let commits = books.store.live(COMMITS).filter(|(_, commit)| commit.fields.text("status") == Some("ACTIVE"));
    let day_after = |commit: &Fields| commit.date("expiration_date")?.checked_add_days(Days::new(1));
    commits.filter_map(|(_, commit)| Some((day_after(&commit.fields)?, commit.fields.integer("contract")?))).collect()
}

/// Runs after a commit or a month of its use has been deleted.
pub(super) fn deleted(books: &mut Books<'_>, resource: &str, id: i64) -> Result<(), Reply> {
    if resource != CONSUMPTION {
        return Ok(());
    }
    let fields = books.store.get_any(resource, id).map(|record| record.fields.clone()).unwrap_or_default();
    for row in
        ["revenue_transaction", "overage_revenue_transaction"].into_iter().filter_map(|name| fields.integer(name))
    {
        rows::remove(books, row)?;
    }
    fields.integer(COMMIT).map_or(Ok(()), |commit| draw_down(books, commit))
}

/// Fills in what a month of use takes from its path and its commit. Returns the commit.
fn complete(books: &mut Books<'_>, id: i64) -> Option<i64> {
    let record = books.store.get(CONSUMPTION, id)?;
    let above = record.parents.iter().find(|(name, _)| name == COMMIT_PARAMETER).map(|(_, commit)| *commit);
    let commit = record.fields.integer(COMMIT).or(above)?;
    let header = books.store.get(COMMITS, commit)?.fields.clone();
    let month = record.fields.date("period_month").or_else(|| record.fields.date("period_start"));
    let first = month.and_then(|day| day.with_day(1))?;
    books.store.change(CONSUMPTION, id, |record| {
        record.fields.set(COMMIT, commit);
        record.fields.remove("period_month");
        record.fields.set("period_start", date_json(first));
        record.fields.set("period_end", date_json(month_end(first)));
        for name in ["entity", "currency"] {
            record.fields.set(name, header.value(name));
        }
    });
    Some(commit)
}

/// What a month takes from the pool, and what it uses beyond it.
struct Use {
    discount: Decimal,
    net: Decimal,
    overage: Decimal,
    after: Decimal,
}

/// Draws a commit down month by month. What the pool does not cover is charged at the full rate.
fn draw_down(books: &mut Books<'_>, commit: i64) -> Result<(), Reply> {
    let Some(record) = books.store.get(COMMITS, commit) else { return Ok(()) };
    let header = record.fields.clone();
    let contract = header.integer("contract").or_else(|| record.parents.first().map(|(_, contract)| *contract));
    let mut left = header.decimal("total_value").unwrap_or_default();
    let mut months: Vec<(Date, i64)> = books
        .store
        .linked(CONSUMPTION, COMMIT, commit)
        .filter_map(|(id, month)| Some((month.fields.date("period_start")?, id)))
        .collect();
    months.sort_unstable();
    for (first, id) in months {
        let fields = books.store.fields(CONSUMPTION, id);
        let used = use_of(&header, fields.decimal("gross_usage_amount").unwrap_or_default(), left)?;
        if header.contains("overage_invoice_cadence") && !used.overage.is_zero() {
            let reason = "The reference does not say what an invoice of the overage contains. Create the commit without \
                          `overage_invoice_cadence`.";
            return Err(Reply::unmodelled("Use beyond a commit whose overage is invoiced", Some(reason)));
        }
        let earned = match contract {
            Some(contract) => earn(books, contract, &header, id, first, &used)?,
            None => [None, None],
        };
        record_use(books, id, &fields, left, &used, earned);
        left = used.after;
    }
    record_pool(books, commit, &header, left);
    contract.map_or(Ok(()), |contract| position::settle(books, contract))
}

fn use_of(commit: &Fields, gross: Decimal, left: Decimal) -> Result<Use, Reply> {
    let hundred = Decimal::new(100, 0);
    let percentage = commit.decimal("discount_percentage").unwrap_or_default();
    let discount = rounded_share(gross, percentage, hundred)?;
    let net = total([gross, -discount])?;
    if net <= left {
        return Ok(Use { discount, net, overage: Decimal::ZERO, after: total([left, -net])? });
    }
    // The pool covers its balance at the discounted rate. The rest of the use is not discounted.
    let rest = total([hundred, -percentage])?;
    let covered = if rest.is_zero() { gross } else { rounded_share(left, hundred, rest)? };
    let discount = total([covered, -left])?;
    Ok(Use { discount, net: left, overage: total([gross, -covered])?, after: Decimal::ZERO })
}

/// Writes the revenue of a month: the part from the pool, and the overage.
fn earn(
    books: &mut Books<'_>,
    contract: i64,
    commit: &Fields,
    id: i64,
    month: Date,
    used: &Use,
) -> Result<[Option<i64>; 2], Reply> {
    let mut earned = [None, None];
    for (slot, (link, amount)) in earned.iter_mut().zip([(CONSUMED, used.net), (OVERUSED, used.overage)]) {
        let revenue = plan::of_month(commit.integer("product"), month, amount);
        let plan = if amount.is_zero() { Vec::new() } else { vec![revenue] };
        let ids = rows::write(books, contract, Source { link, id }, plan)?;
        *slot = ids.first().copied();
    }
    Ok(earned)
}

fn record_use(
    books: &mut Books<'_>,
    id: i64,
    before: &Fields,
    left: Decimal,
    used: &Use,
    [pool, overage]: [Option<i64>; 2],
) {
    let mut fields = before.clone();
    for (name, amount) in [
        ("discount_amount", used.discount),
        ("net_consumption_amount", used.net),
        ("overage_amount", used.overage),
        ("balance_before", left),
        ("balance_after", used.after),
    ] {
        fields.set(name, amount);
    }
    fields.set_option("revenue_transaction", pool);
    fields.set_option("overage_revenue_transaction", overage);
    if fields != *before {
        books.store.change(CONSUMPTION, id, |record| record.fields = fields);
    }
}

fn record_pool(books: &mut Books<'_>, id: i64, before: &Fields, left: Decimal) {
    let is_expired = before.date("expiration_date").is_some_and(|last| last < books.store.today());
    let is_exhausted = left.is_zero() && before.decimal("total_value").is_some_and(|value| !value.is_zero());
    let status = if is_exhausted {
        "EXHAUSTED"
    } else if is_expired {
        "EXPIRED"
    } else {
        "ACTIVE"
    };
    let mut fields = before.clone();
    fields.set("remaining_value", left);
    fields.set("status", status);
    if fields != *before {
        books.store.change(COMMITS, id, |record| record.fields = fields);
    }
}
