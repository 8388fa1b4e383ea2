//! The accounts that postings need: the tenant's own by their subtype, or else one that the sandbox makes.

use super::{ACCOUNTS, Books};
use crate::fields::Fields;
use crate::store::Record;
use campfire_values::Json;

/// What a control account is for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Role {
    Receivables,
    Payables,
    Income,
    SalesTax,
    InputTax,
    Uncategorized,
}

struct Template {
    number: &'static str,
    name: &'static str,
    account_type: &'static str,
    subtype: &'static str,
    /// Whether any account of the subtype will do.
    any_of_subtype: bool,
}

fn template(role: Role) -> Template {
    let (number, name, account_type, subtype, any_of_subtype) = match role {
        Role::Receivables => ("1200", "Accounts Receivable", "ASSET", "ACCOUNTS_RECEIVABLE", true),
        Role::Payables => ("2000", "Accounts Payable", "LIABILITY", "ACCOUNTS_PAYABLE", true),
        Role::Income => ("4000", "Sales", "REVENUE", "INCOME", true),
        Role::SalesTax => ("2200", "Sales Tax Payable", "LIABILITY", "OTHER_CURRENT_LIABILITY", false),
        Role::InputTax => ("1450", "Input Tax", "ASSET", "OTHER_CURRENT_ASSET", false),
        Role::Uncategorized => ("9999", "Uncategorized", "UNCATEGORIZED", "UNCATEGORIZED", true),
    };
    Template { number, name, account_type, subtype, any_of_subtype }
}

/// The account for a role.
pub(crate) fn account(books: &mut Books<'_>, role: Role) -> i64 {
    let wanted = template(role);
    let suits = |record: &Record| {
        record.fields.text("account_subtype") == Some(wanted.subtype)
            && record.fields.text("status") != Some("INACTIVE")
            && (wanted.any_of_subtype || record.fields.text("name") == Some(wanted.name))
    };
    if let Some((id, _)) = books.store.live(ACCOUNTS).find(|(_, record)| suits(record)) {
        return id;
    }
    let id = books.store.new_id();
    let mut fields = Fields::default();
    for (name, value) in [
        ("number", wanted.number),
        ("name", wanted.name),
        ("account_type", wanted.account_type),
        ("account_subtype", wanted.subtype),
        ("status", "ACTIVE"),
        ("currency", "USD"),
    ] {
        fields.set(name, value);
    }
    fields.set("protected", true);
    let now = books.store.now();
    let record = Record { fields, created: now, modified: now, system: true, ..Record::default() };
    books.store.put(ACCOUNTS, id, record);
    written(books, id);
    id
}

/// Keeps the combined name up to date.
pub(crate) fn written(books: &mut Books<'_>, id: i64) {
    let Some(record) = books.store.get(ACCOUNTS, id) else { return };
    let (number, name) = (record.fields.text("number"), record.fields.text("name"));
    let combined = match (number, name) {
        (Some(number), Some(name)) => format!("{number} - {name}"),
        (one, other) => one.or(other).unwrap_or_default().to_owned(),
    };
    books.store.change(ACCOUNTS, id, |record| {
        record.fields.set("name_and_number", Json::String(combined));
        if record.fields.get("account_id").is_none() {
            record.fields.set("account_id", uuid::Uuid::now_v7().to_string().as_str());
        }
    });
}

/// Whether postings to an account are refused.
pub(crate) fn is_inactive(books: &Books<'_>, id: i64) -> bool {
    books.store.get(ACCOUNTS, id).is_some_and(|record| record.fields.text("status") == Some("INACTIVE"))
}
