//! Accounts as statements show them, and the sides of their postings.

use campfire_values::{Decimal, Json, JsonObject};

use crate::accounting::books::Books;
use crate::accounting::values::total;
use crate::messages::reply::Reply;
use crate::model::ledger::ACCOUNTS;
use crate::records::ledger_value;
use crate::state::fields::Fields;

/// An account in a statement.
#[derive(Clone)]
pub(super) struct Account {
    /// `None` for lines without an account, and for accounts that exist in statements only.
    pub(super) id: Option<i64>,
    pub(super) name: String,
    pub(super) number: String,
    pub(super) account_type: String,
}

impl Account {
    pub(super) fn read(books: &Books<'_>, id: Option<i64>) -> Self {
        let fields = id.and_then(|id| books.store.get(ACCOUNTS, id)).map(|record| &record.fields);
        let text = |name: &str| fields.and_then(|fields| fields.text(name)).map(str::to_owned);
        Account {
            name: text("name").unwrap_or_else(|| id.map_or("Uncategorized".to_owned(), |id| format!("Account {id}"))),
            number: text("number").unwrap_or_default(),
            account_type: text("account_type").unwrap_or_else(|| "UNCATEGORIZED".to_owned()),
            id,
        }
    }

    /// Returns an equity account that exists in statements only.
    pub(super) fn computed(name: &str) -> Self {
        Account { id: None, name: name.to_owned(), number: String::new(), account_type: "EQUITY".to_owned() }
    }

    /// Returns `true` if the account is closed into equity at the end of a year.
    pub(super) fn is_income(&self) -> bool {
        matches!(&*self.account_type, "REVENUE" | "COGS" | "OPERATING_EXPENSES" | "OTHER_INCOME" | "OTHER_EXPENSE")
    }

    /// Returns the balance with the sign that statements show. Accounts that credits increase are shown positive.
    pub(super) fn balance(&self, debits_minus_credits: Decimal) -> Decimal {
        ledger_value::natural(Some(&self.account_type), debits_minus_credits)
    }

    /// Returns the fields that identify the account in the tabular statements.
    pub(super) fn row(&self) -> JsonObject {
        let id = self.id.map_or_else(|| Json::from(""), |id| Json::from(id.to_string()));
        let leaf = self.id.map_or_else(|| self.name.clone(), |id| id.to_string());
        JsonObject::from([
            ("account_id".to_owned(), id),
            ("account_name".to_owned(), Json::from(self.name.as_str())),
            ("account_number".to_owned(), Json::from(self.number.as_str())),
            ("hierarchy".to_owned(), Json::from(vec![Json::from(self.account_type.as_str()), Json::from(leaf)])),
        ])
    }
}

/// Sums of debits and credits, both positive.
#[derive(Clone, Copy, Default)]
pub(super) struct Sides {
    pub(super) debits: Decimal,
    pub(super) credits: Decimal,
}

impl Sides {
    /// Adds the consolidated amounts of a line.
    pub(super) fn add(&mut self, line: &Fields) -> Result<(), Reply> {
        for (sum, name) in [(&mut self.debits, "debit_amount"), (&mut self.credits, "credit_amount")] {
            if let Some(amount) = line.decimal(name) {
                *sum = total([*sum, amount])?;
            }
        }
        Ok(())
    }
}
