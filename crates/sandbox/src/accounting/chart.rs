//! The accounts that postings need: those of the account settings or of the tenant by subtype, otherwise one that the
//! sandbox creates.

use campfire_values::Json;

use crate::accounting::books::Books;
use crate::model::ledger::{ACCOUNTS, SETTINGS};
use crate::state::fields::Fields;
use crate::state::record::Record;

/// The purpose of a control account.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Purpose {
    Receivables,
    Payables,
    Income,
    SalesTax,
    InputTax,
    BadDebt,
    DeferredRevenue,
    UnbilledRevenue,
    RealizedGainLoss,
    Uncategorized,
}

struct Template {
    number: &'static str,
    name: &'static str,
    account_type: &'static str,
    subtype: &'static str,
    /// `true` if any account of the subtype will do, `false` if its name must match too.
    any_of_subtype: bool,
}

impl Purpose {
    /// Returns the field of the account settings that names the account.
    fn setting(self) -> Option<&'static str> {
        match self {
            Purpose::Receivables => Some("accounts_receivable"),
            Purpose::Payables => Some("accounts_payable"),
            Purpose::BadDebt => Some("bad_debt_account"),
            Purpose::DeferredRevenue => Some("deferred_revenue"),
            Purpose::UnbilledRevenue => Some("unbilled_revenue"),
            Purpose::RealizedGainLoss => Some("realized_gain_loss"),
            Purpose::SalesTax => Some("tax_account"),
            Purpose::Uncategorized => Some("uncategorized"),
            Purpose::Income | Purpose::InputTax => None,
        }
    }

    fn template(self) -> Template {
        let (number, name, account_type, subtype, any_of_subtype) = match self {
            Purpose::Receivables => ("1200", "Accounts Receivable", "ASSET", "ACCOUNTS_RECEIVABLE", true),
            Purpose::Payables => ("2000", "Accounts Payable", "LIABILITY", "ACCOUNTS_PAYABLE", true),
            Purpose::Income => ("4000", "Sales", "REVENUE", "INCOME", true),
            Purpose::SalesTax => ("2200", "Sales Tax Payable", "LIABILITY", "OTHER_CURRENT_LIABILITY", false),
            Purpose::InputTax => ("1450", "Input Tax", "ASSET", "OTHER_CURRENT_ASSET", false),
            Purpose::BadDebt => ("6900", "Bad Debt", "OPERATING_EXPENSES", "EXPENSE", false),
            Purpose::DeferredRevenue => ("2300", "Deferred Revenue", "LIABILITY", "DEFERRED_REVENUE", true),
            Purpose::UnbilledRevenue => ("1250", "Unbilled Revenue", "ASSET", "UNBILLED_RECEIVABLE", true),
            Purpose::RealizedGainLoss => ("7900", "Realized Gain or Loss", "OTHER_INCOME", "REALIZED_GAIN_LOSS", true),
            Purpose::Uncategorized => ("9999", "Uncategorized", "UNCATEGORIZED", "UNCATEGORIZED", true),
        };
        Template { number, name, account_type, subtype, any_of_subtype }
    }
}

/// Returns the account for a purpose.
pub(super) fn account(books: &mut Books<'_>, purpose: Purpose) -> i64 {
    let settings = books.store.live(SETTINGS).next().map(|(_, settings)| &settings.fields);
    if let Some(account) = settings.and_then(|settings| settings.integer(purpose.setting()?)) {
        return account;
    }
    let template = purpose.template();
    let matches = |record: &Record| {
        record.fields.text("account_subtype") == Some(template.subtype)
            && record.fields.text("status") != Some("INACTIVE")
            && (template.any_of_subtype || record.fields.text("name") == Some(template.name))
    };
    let existing = books.store.live(ACCOUNTS).find(|(_, record)| matches(record)).map(|(id, _)| id);
    existing.unwrap_or_else(|| create(books, &template))
}

fn create(books: &mut Books<'_>, template: &Template) -> i64 {
    let mut fields = Fields::default();
    for (name, value) in [
        ("number", template.number),
        ("name", template.name),
        ("account_type", template.account_type),
        ("account_subtype", template.subtype),
        ("status", "ACTIVE"),
        ("currency", "USD"),
    ] {
        fields.set(name, value);
    }
    fields.set("protected", true);
    if matches!(template.account_type, "ASSET" | "LIABILITY") && template.subtype != "BANK" {
        fields.set("account_cashflow_classification", "OPERATING");
    }
    let (id, now) = (books.store.new_id(), books.store.now());
    let record = Record { fields, created: now, modified: now, system: true, ..Record::default() };
    books.store.put(ACCOUNTS, id, record);
    complete(books, id);
    id
}

/// Sets the fields of an account that the server derives.
pub(super) fn complete(books: &mut Books<'_>, id: i64) {
    let Some(record) = books.store.get(ACCOUNTS, id) else { return };
    let combined = match (record.fields.text("number"), record.fields.text("name")) {
        (Some(number), Some(name)) => format!("{number} - {name}"),
        (one, other) => one.or(other).unwrap_or_default().to_owned(),
    };
    let uuid = books.store.new_uuid();
    books.store.change(ACCOUNTS, id, |record| {
        record.fields.set("name_and_number", Json::String(combined));
        if !record.fields.contains("account_id") {
            record.fields.set("account_id", uuid);
        }
    });
}

/// Returns `true` if postings to an account are refused.
pub(super) fn is_inactive(books: &Books<'_>, id: i64) -> bool {
    books.store.get(ACCOUNTS, id).is_some_and(|record| record.fields.text("status") == Some("INACTIVE"))
}
