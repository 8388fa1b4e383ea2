//! Reading balance sheets and income statements: their columns, the amounts in them, and the totals of their sections.
//!
//! ```
//! # #[cfg(feature = "sandbox")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let sandbox = campfire::sandbox::Sandbox::start().await?;
//! # sandbox.demo(&campfire::sandbox::Demo::default().rows(500))?;
//! # let campfire = sandbox.client()?;
//! use campfire::types::Cadence;
//!
//! let [first, last] = ["2026-01-01".parse()?, "2026-03-31".parse()?];
//! let statement = campfire.statements().income_statement().start_date(first).end_date(last).cadence(Cadence::Monthly).await?;
//! for column in statement.columns() {
//!     println!("{}: revenue {}, net income {}", column, statement.total("REVENUE", &column)?, statement.net_income(&column)?);
//! }
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "sandbox"))]
//! # fn main() {}
//! ```
//!
//! The reference never states the currency of a statement, presumably that of the consolidation, and none of this was
//! compared with a response of the live server.

use std::collections::BTreeSet;
use std::fmt;

use campfire_values::{Date, Decimal, Json};

use crate::types::{BalanceSheet, ComparativeBalanceSheet, ComparativeIncomeStatement, IncomeStatement, StatementRow};

/// A column of a statement: a period, or a member of a group in a period.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Column {
    /// The key of its amounts in each row: `2026-01-01_Total`.
    pub key: String,
    /// The day that the key begins with: the first of the period, by the examples of the reference. `None` for other keys,
    /// such as those of comparisons.
    pub date: Option<Date>,
    /// The rest of the key: `Total`, or the name of a department, a tag or another member of the group.
    pub member: String,
}

impl Column {
    fn new(key: &str) -> Self {
        // The name of a member may contain underscores.
        let dated = key.split_once('_').and_then(|(date, member)| Some((date.parse().ok()?, member)));
        let dated = dated.or_else(|| Some((key.parse().ok()?, "")));
        let (date, member) = dated.map_or((None, key), |(date, member)| (Some(date), member));
        Self { key: key.to_owned(), date, member: member.to_owned() }
    }

    /// Returns `true` for the column that adds up all members of the period.
    pub fn is_total(&self) -> bool {
        matches!(&*self.member, "" | "Total")
    }
}

/// Prints the key.
impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.key)
    }
}

/// A sum that a [`Decimal`] cannot hold.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TotalError {
    /// The section whose rows were added.
    pub section: String,
    /// The key of the column.
    pub column: String,
}

impl fmt::Display for TotalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the total of {} in column {} has more digits than a decimal can hold", self.section, self.column)
    }
}

impl std::error::Error for TotalError {}

impl StatementRow {
    /// Returns the section of the row, such as `ASSET` or `REVENUE`: the first element of its hierarchy.
    pub fn section(&self) -> Option<&str> {
        self.hierarchy.as_ref()?.first().map(String::as_str)
    }

    /// Returns the amount in a column: the number there, or the `ending_balance` of the object there. `None` if the row has no
    /// amount in this column.
    pub fn amount(&self, column: &Column) -> Option<Decimal> {
        let value = self.additional.get(&column.key)?;
        value.as_decimal().or_else(|| value.get("ending_balance").and_then(Json::as_decimal))
    }
}

fn rows(rows: &Option<Vec<StatementRow>>) -> &[StatementRow] {
    rows.as_deref().unwrap_or_default()
}

fn columns(rows: &[StatementRow]) -> Vec<Column> {
    let keys: BTreeSet<&String> = rows.iter().flat_map(|row| row.additional.keys()).collect();
    let mut columns: Vec<Column> = keys.into_iter().map(|key| Column::new(key)).collect();
    // The total comes after the members of its period, as in a printed statement.
    columns.sort_by_cached_key(|column| (column.date, column.is_total(), column.key.clone()));
    columns
}

fn total(rows: &[StatementRow], section: &str, column: &Column) -> Result<Decimal, TotalError> {
    let amounts = rows.iter().filter(|row| row.section() == Some(section)).filter_map(|row| row.amount(column));
    Decimal::checked_sum(amounts).ok_or_else(|| TotalError { section: section.to_owned(), column: column.key.clone() })
}

fn net_income(rows: &[StatementRow], column: &Column) -> Result<Decimal, TotalError> {
    let sum =
        |sections: &[&str]| sections.iter().map(|section| total(rows, section, column)).collect::<Result<Vec<_>, _>>();
    let (gains, losses) = (sum(&["REVENUE", "OTHER_INCOME"])?, sum(&["COGS", "OPERATING_EXPENSES", "OTHER_EXPENSE"])?);
    let terms = gains.into_iter().chain(losses.into_iter().map(|loss| -loss));
    Decimal::checked_sum(terms)
        .ok_or_else(|| TotalError { section: "net income".to_owned(), column: column.key.clone() })
}

macro_rules! statement {
    ($($statement:ident, $rows:ident;)*) => {$(
        impl $statement {
            /// Returns the rows; empty if the response has none.
            pub fn rows(&self) -> &[StatementRow] {
                rows(&self.$rows)
            }

            /// Returns the columns by date, the total of a period after the members of its group.
            pub fn columns(&self) -> Vec<Column> {
                columns(self.rows())
            }

            /// Returns the sum of the rows of a section, such as `REVENUE`, in a column.
            ///
            /// # Errors
            /// If the sum has more digits than a [`Decimal`] can hold.
            pub fn total(&self, section: &str, column: &Column) -> Result<Decimal, TotalError> {
                total(self.rows(), section, column)
            }
        }
    )*};
}
statement! {
    BalanceSheet, balance_sheet;
    IncomeStatement, income_statement;
    ComparativeBalanceSheet, balance_sheet;
    ComparativeIncomeStatement, income_statement;
}

macro_rules! income_statement {
    ($($statement:ident)*) => {$(
        impl $statement {
            /// Returns the net income in a column: `REVENUE` and `OTHER_INCOME` less `COGS`, `OPERATING_EXPENSES` and
            /// `OTHER_EXPENSE`. It takes all sections as they are shown in the examples of the reference, revenue and
            /// expenses both positive.
            ///
            /// # Errors
            /// If the sum has more digits than a [`Decimal`] can hold.
            pub fn net_income(&self, column: &Column) -> Result<Decimal, TotalError> {
                net_income(self.rows(), column)
            }
        }
    )*};
}
income_statement!(IncomeStatement ComparativeIncomeStatement);
