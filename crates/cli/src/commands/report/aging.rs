//! `campfire report aging`: what is due, by customer or vendor and days overdue.

use std::collections::BTreeMap;

use campfire::{Client, Date, Decimal, Json, Timestamp};
use clap::ArgMatches;

use super::sheet::{Cell, Row, Sheet};
use crate::failure::Failure;

/// The last day of each range, and its title. What is due later than the last one is in a range of its own.
const RANGES: [(i64, &str); 4] = [(0, "not due"), (30, "1-30"), (60, "31-60"), (90, "61-90")];
/// The number of ranges.
const COUNT: usize = RANGES.len() + 1;

/// What a customer or vendor owes in a currency, by range.
type Due = BTreeMap<(String, String), [Decimal; COUNT]>;

/// Reads all documents, and adds up what is due.
pub(super) async fn sheet(client: &Client, matches: &ArgMatches) -> Result<Sheet, Failure> {
    let payable = matches.get_flag("payable");
    let (list, party) = if payable { ("bills.list", "vendor_name") } else { ("invoices.list", "client_name") };
    let as_of = match matches.get_one::<String>("as-of") {
        Some(text) => text.parse().map_err(|_| Failure::usage(format!("--as-of: `{text}` is not a date")))?,
        None => Timestamp::now().utc_date(),
    };
    let mut due = Due::new();
    let mut documents = client.operation(list)?.stream();
    while let Some(document) = documents.try_next().await? {
        add(&mut due, &document, party, as_of)?;
    }
    let title = format!("{} as of {as_of}, by days overdue", if payable { "Payables" } else { "Receivables" });
    let sheet = laid_out(title, if payable { "vendor" } else { "customer" }, &due)?;
    Ok(Sheet { days: vec![("as_of", as_of.to_string().into())], ..sheet })
}

fn add(due: &mut Due, document: &Json, party: &str, as_of: Date) -> Result<(), Failure> {
    let amount = match &document["amount_due"] {
        Json::Null => return Ok(()),
        value => value.as_decimal().ok_or_else(|| unreadable(document, "amount_due"))?,
    };
    // Drafts are not posted, and voided documents are reversed.
    let is_open = document["voided_date"].is_null() && !matches!(document["status"].as_str(), Some("draft" | "voided"));
    if amount.is_zero() || !is_open {
        return Ok(());
    }
    let overdue = match document["due_date"].as_str() {
        Some(day) => (as_of - day.parse::<Date>().map_err(|_| unreadable(document, "due_date"))?).num_days(),
        None => 0,
    };
    let range = RANGES.iter().position(|(last, _)| overdue <= *last).unwrap_or(RANGES.len());
    let text = |field: &str| document[field].as_str().unwrap_or("?").to_owned();
    let sums = due.entry((text(party), text("currency"))).or_default();
    sums[range] = sums[range].checked_add(amount).ok_or_else(too_large)?;
    Ok(())
}

fn unreadable(document: &Json, field: &str) -> Failure {
    Failure::other(format!("document {}: `{field}` cannot be read: {}", document["id"], document[field]))
}

fn too_large() -> Failure {
    Failure::other("a sum needs more than 28 digits")
}

fn laid_out(title: String, party: &str, due: &Due) -> Result<Sheet, Failure> {
    let mut columns = vec![(party.to_owned(), false), ("currency".to_owned(), false)];
    columns.extend(RANGES.iter().map(|(_, title)| ((*title).to_owned(), true)));
    columns.extend([("over 90".to_owned(), true), ("total".to_owned(), true)]);
    let mut rows = Vec::new();
    let mut totals: BTreeMap<&str, [Decimal; COUNT]> = BTreeMap::new();
    for ((party, currency), sums) in due {
        rows.push(Row::Line(0, cells(party, currency, sums)?));
        let totals = totals.entry(currency).or_default();
        for (total, sum) in totals.iter_mut().zip(sums) {
            *total = total.checked_add(*sum).ok_or_else(too_large)?;
        }
    }
    for (currency, sums) in totals {
        rows.push(Row::Total(cells("Total", currency, &sums)?));
    }
    Ok(Sheet { title, days: Vec::new(), columns, rows })
}

fn cells(party: &str, currency: &str, sums: &[Decimal; COUNT]) -> Result<Vec<Cell>, Failure> {
    let total = Decimal::checked_sum(sums.iter().copied()).ok_or_else(too_large)?;
    let amounts = sums.iter().chain([&total]).map(|amount| Cell::Amount((!amount.is_zero()).then_some(*amount)));
    let texts = [party, currency].map(|text| Cell::Text(text.to_owned()));
    Ok(texts.into_iter().chain(amounts).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_go_into_the_range_of_their_due_date() {
        let mut due = Due::new();
        for (day, amount, more) in [
            ("2026-11-30", "10.01", ""),
            ("2026-11-29", "0.10", ""),
            ("2026-10-31", "0.20", ""),
            ("2026-08-01", "5", ""),
            ("2026-08-01", "99", r#", "voided_date": "2026-09-01""#),
            ("2026-08-01", "99", r#", "status": "draft""#),
        ] {
            let text = format!(
                r#"{{"client_name": "A", "currency": "USD", "due_date": "{day}", "amount_due": {amount}{more}}}"#
            );
            add(&mut due, &text.parse().unwrap(), "client_name", "2026-11-30".parse().unwrap()).unwrap();
        }
        let shown: Vec<String> = due[&("A".to_owned(), "USD".to_owned())].iter().map(Decimal::to_string).collect();
        assert_eq!(shown, ["10.01", "0.30", "0", "0", "5"]);
    }
}
