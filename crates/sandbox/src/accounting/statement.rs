//! Statements, computed from the lines that are posted: what is debited is credited, always.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, Months};

use super::{ACCOUNTS, Books, LINES, day, journal, refuse, total};
use crate::api::Reply;
use crate::fields::Fields;
use crate::list::{self, Query};
use campfire_values::{Date, Decimal, Json, JsonObject};

/// The range of a statement, both days included: six months up to the end of this month unless the caller says.
fn range(books: &Books<'_>, query: &Query) -> Result<(Date, Date), Reply> {
    let given = |name: &str| match list::first(query, name).filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) => text.parse::<Date>().map(Some).map_err(|_| refuse(name, "Enter a valid date.")),
    };
    let (from, to) = list::default_window(books.store.today());
    Ok((given("start_date")?.unwrap_or(from), given("end_date")?.unwrap_or(to)))
}

/// The posted lines that a statement is about.
fn lines<'a>(books: &'a Books<'_>, query: &Query) -> impl Iterator<Item = (Date, &'a Fields)> {
    let ids = |name: &str| -> Vec<i64> {
        let values = query.get(name).into_iter().flatten();
        // Repeated, or one JSON array.
        values
            .flat_map(|value| value.trim_matches(['[', ']']).split(','))
            .filter_map(|value| value.trim().parse::<i64>().ok())
            .collect()
    };
    let (entities, departments) = (ids("entity"), ids("department"));
    let among =
        |wanted: &[i64], value: Option<i64>| wanted.is_empty() || value.is_some_and(|value| wanted.contains(&value));
    books.store.live(LINES).filter_map(move |(_, line)| {
        let fields = &line.fields;
        let counts = among(&entities, fields.integer("entity")) && among(&departments, fields.integer("department"));
        Some((fields.date("posted_at").filter(|_| counts)?, fields))
    })
}

/// What an account is in the statements.
#[derive(Clone)]
struct Account {
    id: Option<i64>,
    name: String,
    number: String,
    kind: String,
}

impl Account {
    fn of(books: &Books<'_>, id: Option<i64>) -> Self {
        let fields = id.and_then(|id| books.store.get(ACCOUNTS, id)).map(|record| &record.fields);
        let text = |name: &str| fields.and_then(|fields| fields.text(name)).map(str::to_owned);
        Account {
            name: text("name").unwrap_or_else(|| id.map_or("Uncategorized".to_owned(), |id| format!("Account {id}"))),
            number: text("number").unwrap_or_default(),
            kind: text("account_type").unwrap_or_else(|| "UNCATEGORIZED".to_owned()),
            id,
        }
    }

    fn made_up(name: &str) -> Self {
        Account { id: None, name: name.to_owned(), number: String::new(), kind: "EQUITY".to_owned() }
    }

    /// Whether it is closed into equity at the end of a year.
    fn is_income(&self) -> bool {
        matches!(&*self.kind, "REVENUE" | "COGS" | "OPERATING_EXPENSES" | "OTHER_INCOME" | "OTHER_EXPENSE")
    }

    /// Whether a credit is what makes it grow.
    fn grows_by_credit(&self) -> bool {
        matches!(&*self.kind, "LIABILITY" | "EQUITY" | "REVENUE" | "OTHER_INCOME")
    }

    fn balance(&self, debits_less_credits: Decimal) -> Decimal {
        if self.grows_by_credit() { -debits_less_credits } else { debits_less_credits }
    }

    fn row(&self) -> JsonObject {
        let id = self.id.map_or_else(|| Json::from(""), |id| Json::from(id.to_string().as_str()));
        let own = self.id.map_or_else(|| self.name.clone(), |id| id.to_string());
        JsonObject::from([
            ("account_id".to_owned(), id),
            ("account_name".to_owned(), Json::from(self.name.as_str())),
            ("account_number".to_owned(), Json::from(self.number.as_str())),
            ("hierarchy".to_owned(), Json::Array(vec![Json::from(self.kind.as_str()), Json::from(own.as_str())])),
        ])
    }
}

/// Debits and credits, each above zero.
#[derive(Clone, Copy, Default)]
struct Sides {
    debits: Decimal,
    credits: Decimal,
}

impl Sides {
    fn add(&mut self, fields: &Fields) -> Result<(), Reply> {
        self.debits = total([self.debits, fields.decimal("debit_amount").unwrap_or_default()])?;
        self.credits = total([self.credits, fields.decimal("credit_amount").unwrap_or_default()])?;
        Ok(())
    }
}

/// Debits and credits of each account, income of earlier periods in rows of its own.
pub(crate) fn trial_balance(books: &Books<'_>, query: &Query) -> Result<Json, Reply> {
    let (from, to) = range(books, query)?;
    let year = from.with_ordinal(1).unwrap_or(from);
    let whole_year = list::first(query, "income_statement_basis") == Some("fiscal_ytd");
    let income_from = if whole_year { year } else { from };
    let mut accounts: BTreeMap<Option<i64>, (Account, Sides)> = BTreeMap::new();
    let (mut earlier_years, mut this_year) = (Sides::default(), Sides::default());
    for (date, fields) in lines(books, query).filter(|(date, _)| *date <= to) {
        let id = fields.integer("account");
        let (account, sides) = accounts.entry(id).or_insert_with(|| (Account::of(books, id), Sides::default()));
        match account.is_income() {
            true if date < year => earlier_years.add(fields)?,
            true if date < income_from => this_year.add(fields)?,
            _ => sides.add(fields)?,
        }
    }
    let mut rows: Vec<(Account, Sides)> = accounts.into_values().collect();
    rows.sort_by(|(a, _), (b, _)| (&a.number, a.id).cmp(&(&b.number, b.id)));
    rows.push((Account::made_up("Retained Earnings"), earlier_years));
    if !whole_year {
        rows.push((Account::made_up("Net Income (Prior Periods)"), this_year));
    }
    let rows = rows.into_iter().map(|(account, sides)| {
        Json::Object(JsonObject::from([
            ("id".to_owned(), account.id.map_or_else(|| Json::from(account.name.as_str()), Json::from)),
            ("name".to_owned(), Json::from(account.name.as_str())),
            ("number".to_owned(), Json::from(account.number.as_str())),
            ("account_type".to_owned(), Json::from(account.kind.as_str())),
            (
                "balances".to_owned(),
                Json::Object(JsonObject::from([
                    ("debits".to_owned(), Json::from(sides.debits)),
                    ("credits".to_owned(), Json::from(sides.credits)),
                ])),
            ),
        ]))
    });
    let accounts = JsonObject::from([("accounts".to_owned(), Json::Array(rows.collect()))]);
    Ok(Json::Object(JsonObject::from([
        ("trial_balance".to_owned(), Json::Object(accounts)),
        ("start_date".to_owned(), day(from)),
        ("end_date".to_owned(), day(to)),
        ("income_statement_start".to_owned(), day(income_from)),
    ])))
}

/// The periods of a range: first and last day of each.
fn periods(from: Date, to: Date, cadence: &str) -> Vec<(Date, Date)> {
    let mut periods = Vec::new();
    let mut start = match cadence {
        "daily" => from,
        "weekly" => from - Days::new(u64::from(from.weekday().num_days_from_monday())),
        "quarterly" => from.with_day(1).and_then(|date| date.with_month0(date.month0() / 3 * 3)).unwrap_or(from),
        "yearly" => from.with_ordinal(1).unwrap_or(from),
        _ => from.with_day(1).unwrap_or(from),
    };
    while start <= to && periods.len() < 4_000 {
        let next = match cadence {
            "daily" => start.checked_add_days(Days::new(1)),
            "weekly" => start.checked_add_days(Days::new(7)),
            "quarterly" => start.checked_add_months(Months::new(3)),
            "yearly" => start.checked_add_months(Months::new(12)),
            _ => start.checked_add_months(Months::new(1)),
        };
        let Some(next) = next else { break };
        periods.push((start, next - Days::new(1)));
        start = next;
    }
    periods
}

struct Table {
    from: Date,
    to: Date,
    cadence: String,
    periods: Vec<(Date, Date)>,
}

impl Table {
    fn of(books: &Books<'_>, query: &Query) -> Result<Self, Reply> {
        let (from, to) = range(books, query)?;
        let cadence = list::first(query, "cadence").unwrap_or("monthly").to_owned();
        Ok(Table { periods: periods(from, to, &cadence), from, to, cadence })
    }

    fn answer(self, name: &str, rows: Vec<Json>) -> Json {
        let columns = self.periods.iter().map(|(start, _)| Json::from(format!("{start}_Total").as_str())).collect();
        Json::Object(JsonObject::from([
            (name.to_owned(), Json::Array(rows)),
            ("start_date".to_owned(), day(self.from)),
            ("end_date".to_owned(), day(self.to)),
            ("cadence".to_owned(), Json::from(self.cadence.as_str())),
            ("headers".to_owned(), Json::Object(JsonObject::from([("Total".to_owned(), Json::Array(columns))]))),
        ]))
    }
}

/// Debits less credits of each account in each period; lines for which `column` has no period do not count.
fn by_account(
    books: &Books<'_>,
    query: &Query,
    columns: usize,
    column: impl Fn(Date, &Account) -> std::ops::Range<usize>,
) -> Result<Vec<(Account, Vec<Decimal>)>, Reply> {
    let mut accounts: BTreeMap<Option<i64>, (Account, Vec<Decimal>)> = BTreeMap::new();
    for (date, fields) in lines(books, query) {
        let id = fields.integer("account");
        let (account, sums) =
            accounts.entry(id).or_insert_with(|| (Account::of(books, id), vec![Decimal::ZERO; columns]));
        for sum in &mut sums[column(date, account)] {
            *sum = total([*sum, journal::consolidated(fields)])?;
        }
    }
    let mut rows: Vec<(Account, Vec<Decimal>)> = accounts.into_values().collect();
    rows.sort_by(|(a, _), (b, _)| (&a.number, a.id).cmp(&(&b.number, b.id)));
    Ok(rows)
}

fn rows(table: &Table, accounts: impl IntoIterator<Item = (Account, Vec<Decimal>)>) -> Vec<Json> {
    let row = |(account, sums): (Account, Vec<Decimal>)| {
        let mut row = account.row();
        for ((start, _), sum) in table.periods.iter().zip(sums) {
            row.insert(format!("{start}_Total"), Json::from(account.balance(sum)));
        }
        Json::Object(row)
    };
    accounts.into_iter().map(row).collect()
}

/// Balances at the end of each period; what income accounts have earned until then is in retained earnings.
pub(crate) fn balance_sheet(books: &Books<'_>, query: &Query) -> Result<Json, Reply> {
    let table = Table::of(books, query)?;
    let count = table.periods.len();
    // A line counts in all periods that end on its day or later.
    let first = |date: Date| table.periods.partition_point(|(_, end)| *end < date);
    let accounts = by_account(books, query, count, |date, _| first(date)..count)?;
    let (income, mut sheet): (Vec<_>, Vec<_>) = accounts.into_iter().partition(|(account, _)| account.is_income());
    let mut retained = vec![Decimal::ZERO; count];
    for (_, sums) in income {
        for (sum, part) in retained.iter_mut().zip(sums) {
            *sum = total([*sum, part])?;
        }
    }
    sheet.push((Account::made_up("Retained Earnings"), retained));
    let rows = rows(&table, sheet);
    Ok(table.answer("balance_sheet", rows))
}

/// What income accounts have earned and spent in each period.
pub(crate) fn income_statement(books: &Books<'_>, query: &Query) -> Result<Json, Reply> {
    let table = Table::of(books, query)?;
    let (from, to) = (table.from, table.to);
    let column = |date: Date, account: &Account| {
        let at = table.periods.partition_point(|(_, end)| *end < date);
        let counts = account.is_income() && (from..=to).contains(&date) && at < table.periods.len();
        if counts { at..at + 1 } else { 0..0 }
    };
    let accounts = by_account(books, query, table.periods.len(), column)?;
    let rows = rows(&table, accounts.into_iter().filter(|(account, _)| account.is_income()));
    Ok(table.answer("income_statement", rows))
}

/// What went into and out of bank accounts in each period.
pub(crate) fn cash_activity(books: &Books<'_>, query: &Query) -> Result<Json, Reply> {
    let table = Table::of(books, query)?;
    let mut sums = vec![Sides::default(); table.periods.len()];
    let is_bank = |id: i64| {
        books.store.get(ACCOUNTS, id).is_some_and(|account| account.fields.text("account_subtype") == Some("BANK"))
    };
    for (date, fields) in lines(books, query).filter(|(date, _)| (table.from..=table.to).contains(date)) {
        let at = table.periods.partition_point(|(_, end)| *end < date);
        if let Some(sum) = sums.get_mut(at).filter(|_| fields.integer("account").is_some_and(is_bank)) {
            sum.add(fields)?;
        }
    }
    let activity = table.periods.iter().zip(sums).map(|((start, _), sum)| {
        let sides = JsonObject::from([
            ("total_debit".to_owned(), Json::from(sum.debits)),
            ("total_credit".to_owned(), Json::from(-sum.credits)),
        ]);
        (start.to_string(), Json::Object(sides))
    });
    Ok(Json::Object(JsonObject::from([("transaction_activity".to_owned(), Json::Object(activity.collect()))])))
}

/// Each account with what it was before the range, what happened in it, and what it is after.
pub(crate) fn general_ledger(books: &Books<'_>, query: &Query) -> Result<Json, Reply> {
    let (from, to) = range(books, query)?;
    // The reference lists no parameters: without any, it is the whole ledger.
    let all = !query.contains_key("start_date");
    let mut accounts: BTreeMap<Option<i64>, (Account, Decimal, Sides)> = BTreeMap::new();
    for (date, fields) in lines(books, query).filter(|(date, _)| *date <= to || all) {
        let id = fields.integer("account");
        let (_, opening, sides) =
            accounts.entry(id).or_insert_with(|| (Account::of(books, id), Decimal::ZERO, Sides::default()));
        if date < from && !all {
            *opening = total([*opening, journal::consolidated(fields)])?;
        } else {
            sides.add(fields)?;
        }
    }
    let mut rows = Vec::new();
    for (account, opening, sides) in accounts.into_values() {
        let ending = total([opening, sides.debits, -sides.credits])?;
        let mut row = account.row();
        row.insert("opening_balance".to_owned(), Json::from(account.balance(opening)));
        row.insert("debits".to_owned(), Json::from(sides.debits));
        row.insert("credits".to_owned(), Json::from(sides.credits));
        row.insert("ending_balance".to_owned(), Json::from(account.balance(ending)));
        rows.push(Json::Object(row));
    }
    Ok(Json::Object(JsonObject::from([("general_ledger".to_owned(), Json::Array(rows))])))
}
