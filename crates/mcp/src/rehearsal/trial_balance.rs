//! Comparing trial balances.

use campfire::{Client, Date, Decimal, Error, Json};

use crate::refusal::Refusal;

/// The operation that returns the trial balance.
const OPERATION: &str = "statements.trial_balance";

/// The days that a trial balance covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Period {
    pub(crate) from: Date,
    pub(crate) to: Date,
}

/// A row of a trial balance.
#[derive(Clone, Debug, PartialEq)]
struct Balance {
    id: Json,
    name: String,
    number: String,
    debits: Decimal,
    credits: Decimal,
}

/// What a write does to a row of the trial balance.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    /// The id of the account, or the name of a computed row.
    pub(crate) id: Json,
    pub(crate) name: String,
    pub(crate) number: String,
    /// The change of the debits and of the credits.
    pub(crate) debits: Decimal,
    pub(crate) credits: Decimal,
    /// Debits minus credits, before and after. `None` if the server's trial balance was not read.
    pub(crate) balances: Option<(Decimal, Decimal)>,
}

/// Returns the trial balance of a server.
pub(super) async fn read(client: &Client, period: Period) -> Result<Json, Error> {
    let call = client.operation(OPERATION)?;
    let call = call.parameter("start_date", period.from.to_string()).parameter("end_date", period.to.to_string());
    Ok(call.send().await?.into_inner())
}

/// Returns the rows that differ between two trial balances of the sandbox, with the balances of the server.
pub(super) fn compare(before: &Json, after: &Json, server: Option<&Json>) -> Result<Vec<Row>, Refusal> {
    let (before, after) = (balances(before)?, balances(after)?);
    let server = server.map(balances).transpose()?;
    let ids = after.iter().chain(before.iter().filter(|row| find(&after, &row.id).is_none()));
    let mut rows = Vec::new();
    for shown in ids {
        let (debits, credits) = change(find(&before, &shown.id), find(&after, &shown.id))?;
        if debits.is_zero() && credits.is_zero() {
            continue;
        }
        let balances = server.as_deref().map(|server| balances_on(server, &shown.id, debits, credits)).transpose()?;
        let (id, name, number) = (shown.id.clone(), shown.name.clone(), shown.number.clone());
        rows.push(Row { id, name, number, debits, credits, balances });
    }
    Ok(rows)
}

/// Returns the sums of the changes, which are equal.
pub(crate) fn totals(rows: &[Row]) -> Option<(Decimal, Decimal)> {
    let debits = Decimal::checked_sum(rows.iter().map(|row| row.debits))?;
    Some((debits, Decimal::checked_sum(rows.iter().map(|row| row.credits))?))
}

fn change(before: Option<&Balance>, after: Option<&Balance>) -> Result<(Decimal, Decimal), Refusal> {
    let sides = |row: Option<&Balance>| row.map(|row| (row.debits, row.credits)).unwrap_or_default();
    let (before, after) = (sides(before), sides(after));
    Ok((minus(after.0, before.0)?, minus(after.1, before.1)?))
}

/// Returns the balance of a row on the server, and what it is after a change.
fn balances_on(
    server: &[Balance],
    id: &Json,
    debits: Decimal,
    credits: Decimal,
) -> Result<(Decimal, Decimal), Refusal> {
    let before = match find(server, id) {
        Some(row) => minus(row.debits, row.credits)?,
        None => Decimal::ZERO,
    };
    let change = minus(debits, credits)?;
    Ok((before, before.checked_add(change).ok_or_else(too_large)?))
}

fn find<'a>(rows: &'a [Balance], id: &Json) -> Option<&'a Balance> {
    rows.iter().find(|row| row.id == *id)
}

fn minus(one: Decimal, other: Decimal) -> Result<Decimal, Refusal> {
    one.checked_sub(other).ok_or_else(too_large)
}

fn too_large() -> Refusal {
    Refusal::new("no preview: an amount of the trial balance is too large")
}

fn balances(statement: &Json) -> Result<Vec<Balance>, Refusal> {
    let rows = statement["trial_balance"]["accounts"].as_array();
    let rows = rows.ok_or_else(|| Refusal::new("no preview: the trial balance has no accounts"))?;
    let amount = |amount: &Json| match amount {
        Json::Null => Some(Decimal::ZERO),
        amount => amount.as_decimal(),
    };
    let row = |row: &Json| {
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let (debits, credits) = (amount(&row["balances"]["debits"]), amount(&row["balances"]["credits"]));
        let unreadable = || Refusal::new("no preview: an amount of the trial balance is no number");
        Ok(Balance {
            id: row["id"].clone(),
            name: text("name"),
            number: text("number"),
            debits: debits.ok_or_else(unreadable)?,
            credits: credits.ok_or_else(unreadable)?,
        })
    };
    rows.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(rows: &[(&str, &str, &str)]) -> Json {
        let rows = rows.iter().map(|(id, debits, credits)| {
            format!(r#"{{"id": {id}, "name": "n", "number": "1", "balances": {{"debits": {debits}, "credits": {credits}}}}}"#)
        });
        format!(r#"{{"trial_balance": {{"accounts": [{}]}}}}"#, rows.collect::<Vec<_>>().join(",")).parse().unwrap()
    }

    #[test]
    fn rows_that_differ_are_returned_to_the_cent() {
        let before = statement(&[("1", "0.10", "0"), ("2", "5", "5"), ("3", "1", "0")]);
        let after = statement(&[("1", "0.30", "0"), ("2", "5", "5"), ("4", "0", "1.20")]);
        let server = statement(&[("1", "9999999999999999999.99", "0.04"), ("3", "\"7\"", "0")]);
        let rows = compare(&before, &after, Some(&server)).unwrap();
        let shown = rows.iter().map(|row| {
            let (before, after) = row.balances.unwrap();
            format!("{}: {} {} {before} {after}", row.id, row.debits, row.credits)
        });
        let expected = ["1: 0.20 0 9999999999999999999.95 10000000000000000000.15", "4: 0 1.20 0 -1.20", "3: -1 0 7 6"];
        assert_eq!(shown.collect::<Vec<_>>(), expected);
        assert_eq!(totals(&rows).unwrap().1.to_string(), "1.20");
    }

    #[test]
    fn what_is_no_trial_balance_is_refused() {
        let good = statement(&[]);
        assert!(compare(&good, &Json::Null, None).is_err());
        assert!(compare(&good, &statement(&[("1", "true", "0")]), None).is_err());
    }
}
