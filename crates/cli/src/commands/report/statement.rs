//! `campfire report income-statement` and `balance-sheet`.

use campfire::statements::Column;
use campfire::types::StatementRow;

use super::sheet::{Cell, Row, Sheet};

/// Returns a statement, with the amounts as the server sends them. It does not say if those of an account contain those of the
/// accounts below it, so nothing is added up.
pub(super) fn sheet(title: &str, rows: &[StatementRow], columns: &[Column]) -> Sheet {
    let mut lines = Vec::new();
    let mut section = None;
    for row in rows {
        let here = row.section();
        if here.is_some() && here != section {
            section = here;
            lines.push(Row::Section(readable(here.unwrap_or_default())));
        }
        let depth = row.hierarchy.as_ref().map_or(0, |path| path.len().saturating_sub(1));
        let text = |text: &Option<String>| Cell::Text(text.clone().unwrap_or_default());
        let mut cells = vec![text(&row.account_name), text(&row.account_number)];
        cells.extend(columns.iter().map(|column| amount(row, column)));
        lines.push(Row::Line(depth, cells));
    }
    let mut titles = vec![("account".to_owned(), false), ("number".to_owned(), false)];
    titles.extend(columns.iter().map(|column| (heading(column), true)));
    Sheet { title: title.to_owned(), days: Vec::new(), columns: titles, rows: lines }
}

/// Returns the amount in a column, or whatever else the server sends there.
fn amount(row: &StatementRow, column: &Column) -> Cell {
    match (row.amount(column), row.additional.get(&column.key)) {
        (None, Some(other)) if !other.is_null() => Cell::Other(other.clone()),
        (amount, _) => Cell::Amount(amount),
    }
}

/// Returns the title of a column: the day of its period if it holds the total, otherwise its key.
fn heading(column: &Column) -> String {
    match column.date {
        Some(day) if column.is_total() => day.to_string(),
        _ => column.key.clone(),
    }
}

/// Returns a section such as `OTHER_INCOME` as words.
fn readable(section: &str) -> String {
    if section == "COGS" {
        return "Cost of goods sold".to_owned();
    }
    let words = section.to_lowercase().replace('_', " ");
    let mut characters = words.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use campfire::Json;
    use campfire::types::BalanceSheet;

    use super::*;

    #[test]
    fn columns_come_from_the_rows() {
        let response = r#"{"balance_sheet": [
            {"account_name": "Cash", "account_number": "1000", "hierarchy": ["ASSET", "1"],
             "2026-01-01_Total": 12.50, "2026-01-01_Sales": "n/a"},
            {"account_name": "Till", "account_number": "1010", "hierarchy": ["ASSET", "1", "2"],
             "2026-02-01": {"ending_balance": "7.1"}}
        ]}"#;
        let statement: BalanceSheet = serde_json::from_str(response).unwrap();
        let sheet = sheet("Balance sheet", statement.rows(), &statement.columns());
        let titles: Vec<&str> = sheet.columns.iter().map(|(title, _)| title.as_str()).collect();
        assert_eq!(titles, ["account", "number", "2026-01-01_Sales", "2026-01-01", "2026-02-01"]);
        let Row::Section(section) = &sheet.rows[0] else { panic!() };
        assert_eq!(section, "Asset");
        let Row::Line(1, cells) = &sheet.rows[1] else { panic!() };
        let amount = |text: &str| Cell::Amount(text.parse().ok());
        assert_eq!(cells[2..], [Cell::Other(Json::from("n/a")), amount("12.50"), Cell::Amount(None)]);
        let Row::Line(2, cells) = &sheet.rows[2] else { panic!() };
        assert_eq!(cells[2..], [Cell::Amount(None), Cell::Amount(None), amount("7.1")]);
    }
}
