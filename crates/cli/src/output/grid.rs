//! Lines of a table with fixed columns.

use std::io::{self, Write};

use super::cell;

/// What separates columns.
const GAP: &str = "  ";
/// A text column of a list is not made narrower than this.
pub(crate) const NARROWEST: usize = 8;

/// A column: its title and width, and whether it holds numbers, which are aligned right and never cut.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) title: String,
    pub(crate) is_number: bool,
    pub(crate) width: usize,
}

impl Column {
    /// Returns a column that is as wide as its title.
    pub(crate) fn new(title: impl Into<String>, is_number: bool) -> Self {
        let title = title.into();
        Self { width: cell::width(&title), title, is_number }
    }

    /// Makes room for a text.
    pub(crate) fn fit(&mut self, text: &str, most: usize) {
        let width = cell::width(text);
        self.width = self.width.max(if self.is_number { width } else { width.min(most) });
    }
}

/// Returns the width of a table.
pub(crate) fn width(columns: &[Column]) -> usize {
    let gaps = columns.len().saturating_sub(1) * GAP.len();
    columns.iter().map(|column| column.width).sum::<usize>() + gaps
}

/// Makes the widest text columns narrower, until the table fits or none can give more.
pub(crate) fn shrink(columns: &mut [Column], room: usize, narrowest: usize) {
    let mut excess = width(columns).saturating_sub(room);
    while excess > 0 {
        let texts = columns.iter_mut().filter(|column| !column.is_number && column.width > narrowest);
        let Some(widest) = texts.max_by_key(|column| column.width) else { return };
        widest.width -= 1;
        excess -= 1;
    }
}

/// Divides the columns of a table that does not fit into tables that do, as far as possible. Each has all text columns and some
/// of the columns of numbers.
pub(crate) fn divide(columns: &[Column], room: usize) -> Vec<Vec<usize>> {
    let place = |is_number: bool| (0..columns.len()).filter(move |&index| columns[index].is_number == is_number);
    let fits = |table: &[usize]| {
        let chosen: Vec<Column> = table.iter().map(|&index| columns[index].clone()).collect();
        width(&chosen) <= room
    };
    let texts: Vec<usize> = place(false).collect();
    let mut tables = vec![texts.clone()];
    for number in place(true) {
        let Some(last) = tables.last_mut() else { continue };
        last.push(number);
        if last.len() > texts.len() + 1 && !fits(last) {
            last.pop();
            tables.push(texts.iter().copied().chain([number]).collect());
        }
    }
    tables
}

/// Writes the titles and a rule.
pub(crate) fn head(out: &mut dyn Write, columns: &[Column]) -> io::Result<()> {
    let titles: Vec<String> = columns.iter().map(|column| column.title.clone()).collect();
    row(out, columns, &titles)?;
    rule(out, columns)
}

/// Writes a rule.
pub(crate) fn rule(out: &mut dyn Write, columns: &[Column]) -> io::Result<()> {
    let rules: Vec<String> = columns.iter().map(|column| "─".repeat(column.width)).collect();
    writeln!(out, "{}", rules.join(GAP))
}

/// Writes a row.
pub(crate) fn row(out: &mut dyn Write, columns: &[Column], cells: &[String]) -> io::Result<()> {
    let mut line = String::new();
    for (index, column) in columns.iter().enumerate() {
        let text = cells.get(index).map(String::as_str).unwrap_or_default();
        let text = if column.is_number { text.to_owned() } else { cell::cut(text, column.width) };
        let padding = " ".repeat(column.width.saturating_sub(cell::width(&text)));
        if index > 0 {
            line.push_str(GAP);
        }
        if column.is_number {
            line.push_str(&padding);
            line.push_str(&text);
        } else {
            line.push_str(&text);
            line.push_str(&padding);
        }
    }
    writeln!(out, "{}", line.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_divided_between_its_numbers() {
        let column = |width: usize, is_number: bool| Column { title: String::new(), is_number, width };
        let columns = [column(10, false), column(12, true), column(4, false), column(12, true), column(30, true)];
        assert_eq!(divide(&columns, 80), [[0, 2, 1, 3, 4]]);
        assert_eq!(divide(&columns, 45), [vec![0, 2, 1, 3], vec![0, 2, 4]]);
        assert_eq!(
            divide(&columns, 20),
            [[0, 2, 1], [0, 2, 3], [0, 2, 4]],
            "a number that does not fit is shown anyway"
        );
    }

    #[test]
    fn text_is_cut_and_numbers_are_not() {
        let mut columns = [Column::new("name", false), Column::new("amount", true)];
        columns[0].fit("a name that is rather long", 60);
        columns[1].fit("12345678901234.50", 4);
        shrink(&mut columns, 30, NARROWEST);
        let mut out = Vec::new();
        head(&mut out, &columns).unwrap();
        row(&mut out, &columns, &["a name that is rather long".to_owned(), "12345678901234.50".to_owned()]).unwrap();
        row(&mut out, &columns, &["b".to_owned(), "1".to_owned()]).unwrap();
        let text = String::from_utf8(out).unwrap();
        let expected = "\
name                    amount
───────────  ─────────────────
a name tha…  12345678901234.50
b                            1
";
        assert_eq!(text, expected);
    }
}
