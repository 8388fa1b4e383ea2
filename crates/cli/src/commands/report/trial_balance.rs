//! `campfire report trial-balance`.

use campfire::{Decimal, Json};

use super::sheet::{Cell, Row, Sheet};

/// Returns the trial balance, with totals of both sides.
pub(super) fn sheet(response: &Json) -> Sheet {
    let accounts = response["trial_balance"]["accounts"].as_array().unwrap_or_default();
    let mut rows: Vec<Row> = accounts.iter().map(row).collect();
    let total = |side: &str| {
        let amounts = accounts.iter().map(|account| account["balances"][side].as_decimal().unwrap_or_default());
        Cell::Amount(Decimal::checked_sum(amounts))
    };
    rows.push(Row::Total(vec![
        Cell::Text(String::new()),
        Cell::Text("Total".to_owned()),
        total("debits"),
        total("credits"),
    ]));
    let day = |field: &str| response[field].as_str().unwrap_or("…").to_owned();
    let columns = [("number", false), ("name", false), ("debits", true), ("credits", true)];
    Sheet {
        title: format!("Trial balance, {} to {}", day("start_date"), day("end_date")),
        days: ["start_date", "end_date"].map(|day| (day, response[day].clone())).into(),
        columns: columns.map(|(title, is_amount)| (title.to_owned(), is_amount)).into(),
        rows,
    }
}

fn row(account: &Json) -> Row {
    let balances = &account["balances"];
    let side = |side: &str| Cell::amount(&balances[side]);
    Row::Line(0, vec![Cell::text(&account["number"]), Cell::text(&account["name"]), side("debits"), side("credits")])
}
