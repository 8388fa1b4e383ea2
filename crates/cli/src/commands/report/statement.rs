//! `campfire report income-statement` and `balance-sheet`.

use std::collections::BTreeSet;

use campfire::Json;

use super::sheet::{Cell, Row, Sheet};

/// The fields of a row that are no columns of amounts.
const FIXED: [&str; 4] = ["account_id", "account_name", "account_number", "hierarchy"];

/// Returns a statement, with the amounts as the server sends them. It does not say if those of an account contain those of the
/// accounts below it, so nothing is added up.
pub(super) fn sheet(title: &str, rows: &Json) -> Sheet {
    let rows = rows.as_array().unwrap_or_default();
    let keys = rows.iter().filter_map(Json::as_object).flat_map(|row| row.keys());
    let periods: BTreeSet<&String> = keys.filter(|key| !FIXED.contains(&key.as_str())).collect();
    let mut lines = Vec::new();
    let mut section = None;
    for row in rows {
        let here = row["hierarchy"][0].as_str();
        if here.is_some() && here != section {
            section = here;
            lines.push(Row::Section(readable(here.unwrap_or_default())));
        }
        let depth = row["hierarchy"].as_array().map_or(0, |path| path.len().saturating_sub(1));
        let mut cells = vec![Cell::text(&row["account_name"]), Cell::text(&row["account_number"])];
        cells.extend(periods.iter().map(|period| amount(&row[period.as_str()])));
        lines.push(Row::Line(depth, cells));
    }
    let mut columns = vec![("account".to_owned(), false), ("number".to_owned(), false)];
    columns.extend(periods.into_iter().map(|period| (period.trim_end_matches("_Total").to_owned(), true)));
    Sheet { title: title.to_owned(), columns, rows: lines }
}

/// Returns the amount of a column: a number, or an object with the balance at the end of the period.
fn amount(value: &Json) -> Cell {
    match value.get("ending_balance") {
        Some(balance) => Cell::amount(balance),
        None => Cell::amount(value),
    }
}

/// Returns a section such as `OTHER_INCOME` as words.
fn readable(section: &str) -> String {
    let words = section.to_lowercase().replace('_', " ");
    let mut characters = words.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_come_from_the_rows() {
        let rows = r#"[
            {"account_name": "Cash", "account_number": "1000", "hierarchy": ["ASSET", "1"], "2026-01-01_Total": 12.50},
            {"account_name": "Till", "account_number": "1010", "hierarchy": ["ASSET", "1", "2"],
             "2026-02-01_Total": {"ending_balance": "7.1"}}
        ]"#;
        let sheet = sheet("Balance sheet", &rows.parse().unwrap());
        let titles: Vec<&str> = sheet.columns.iter().map(|(title, _)| title.as_str()).collect();
        assert_eq!(titles, ["account", "number", "2026-01-01", "2026-02-01"]);
        let Row::Section(section) = &sheet.rows[0] else { panic!() };
        assert_eq!(section, "Asset");
        let Row::Line(2, cells) = &sheet.rows[2] else { panic!() };
        assert_eq!(cells[2..], [Cell::Amount(None), Cell::Amount("7.1".parse().ok())]);
    }
}
