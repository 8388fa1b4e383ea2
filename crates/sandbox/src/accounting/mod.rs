//! The accounting that tests need to be true: whatever is posted balances, documents equal their lines, what is paid is
//! no longer due, and statements are computed from what was posted.
//!
//! One file per rule: [`journal`] keeps entries balanced and reverses them, [`document`] posts invoices, bills and
//! memos, [`payment`] settles them, [`period`] closes books, [`chart`] finds control accounts, [`merge`] joins offsetting
//! lines, [`allocation`] splits items over products, [`statement`] adds up. An `x-effect: {do: …}` or an `x-document` in
//! the description says which operation and which record each applies to.

mod allocation;
mod chart;
pub(crate) mod document;
pub(crate) mod journal;
mod merge;
pub(crate) mod payment;
mod period;
mod statement;

use super::ResponseStyle;
use super::api::Reply;
use super::list::Query;
use super::model::Model;
use super::render::View;
use super::store::Store;
use campfire_sandbox_model::DocumentKind as Kind;
use campfire_sandbox_model::{Action, Bound, SumTerm};
use campfire_values::{Date, Decimal, Json, JsonObject};

pub(crate) const JOURNALS: &str = "journal_entries";
pub(crate) const LINES: &str = "transactions";
pub(crate) const ACCOUNTS: &str = "accounts";
pub(crate) const INTERCOMPANY: &str = "intercompany_journal_entries";

/// The links that the books are read by, whichever areas are compiled.
pub(crate) const LINKS: [(&str, &str); 6] = [
    (LINES, "journal"),
    (LINES, "intercompany_journal"),
    ("invoices.payments", "invoice"),
    ("bills.payments", "bill"),
    ("credit_memos.payments", "credit_memo"),
    ("debit_memos.payments", "debit_memo"),
];

/// The books of a tenant, and the description that they are kept by.
pub(crate) struct Books<'a> {
    pub(crate) model: &'static Model,
    pub(crate) store: &'a mut Store,
    pub(crate) style: ResponseStyle,
}

/// A call that the books have to answer.
pub(crate) struct Request<'a> {
    pub(crate) resource: &'a str,
    pub(crate) path: &'a [(&'static str, i64)],
    pub(crate) query: &'a Query,
    pub(crate) body: &'a JsonObject,
}

/// What is answered.
pub(crate) enum Done {
    /// A record of a resource.
    Record(&'static str, i64),
    /// Records of a resource.
    Records(&'static str, Vec<i64>),
    /// A value that is no record.
    Value(Json),
    /// That it was done.
    Nothing,
}

impl Books<'_> {
    /// Does what an operation asks for.
    ///
    /// # Errors
    /// The refusal, as the server words it.
    pub(crate) fn act(&mut self, action: Action, request: &Request<'_>) -> Result<Done, Reply> {
        match action {
            Action::Allocate => return allocation::allocate(self, request),
            Action::Allocations => return allocation::show(self, request),
            Action::BalanceSheet => return statement::balance_sheet(self, request.query).map(Done::Value),
            Action::CashActivity => return statement::cash_activity(self, request.query).map(Done::Value),
            Action::GeneralLedger => return statement::general_ledger(self, request.query).map(Done::Value),
            Action::IncomeStatement => return statement::income_statement(self, request.query).map(Done::Value),
            Action::TrialBalance => return statement::trial_balance(self, request.query).map(Done::Value),
            Action::Merge | Action::PreviewMerge => return merge::merge(self, request, action == Action::Merge),
            Action::Terminate => return document::terminate(self, request.body),
            Action::Promote => return document::promote(self, request),
            _ => {}
        }
        // Payments are told by the document that they settle.
        let owner = request.resource.strip_suffix(".payments").unwrap_or(request.resource);
        let Some(kind) = self.model.document(owner) else { return Ok(Done::Nothing) };
        match (action, request.path) {
            (Action::BulkCreate, _) => document::create_many(self, kind, request.body),
            (Action::BulkPay, _) => payment::bulk_pay(self, kind, request.body),
            (Action::NextNumber, _) => Ok(Done::Value(document::next_number(self, kind))),
            (Action::Pay, [(_, id), ..]) => payment::pay(self, kind, *id, request.body),
            (Action::Use, [(_, id), ..]) => payment::use_up(self, kind, *id, request.body),
            (Action::DefaultPayment, [(_, id), ..]) => payment::propose(self, kind, *id),
            (Action::CalculatePayment, [(_, id), ..]) => payment::calculate(self, kind, *id, request.body),
            (Action::Void, [(_, id), ..]) => document::void(self, kind, *id, request.body),
            (Action::Reopen, [(_, id), ..]) => document::reopen(self, kind, *id),
            (Action::VoidPayment, [(_, id), (_, payment), ..]) => {
                payment::void(self, kind, *id, *payment, request.body)
            }
            (Action::RemovePayment, [(_, id), (_, payment), ..]) => payment::remove(self, kind, *id, *payment),
            _ => Ok(Done::Nothing),
        }
    }

    /// What follows from a record that a body has just made.
    pub(crate) fn created(&mut self, resource: &str, id: i64, body: &JsonObject) -> Result<(), Reply> {
        match self.model.document(resource) {
            Some(Kind::JournalEntry) => journal::created(self, id, body),
            Some(Kind::IntercompanyEntry) => journal::intercompany_written(self, id, body),
            Some(kind) => document::created(self, kind, id),
            None => self.written(resource, id),
        }
    }

    /// What follows from a record that a body has just changed; `before` is its day until then.
    pub(crate) fn changed(&mut self, resource: &str, id: i64, body: &JsonObject) -> Result<(), Reply> {
        match self.model.document(resource) {
            Some(Kind::JournalEntry) => journal::changed(self, id, body),
            Some(Kind::IntercompanyEntry) => journal::intercompany_written(self, id, body),
            Some(kind) => document::changed(self, kind, id),
            None => self.written(resource, id),
        }
    }

    /// What must be so before a record may change or go.
    pub(crate) fn may_change(&self, resource: &str, id: i64) -> Result<(), Reply> {
        match self.model.document(resource) {
            Some(kind) => document::may_change(self, kind, id),
            None if resource == LINES => journal::line_may_change(self, id),
            None => Ok(()),
        }
    }

    /// What goes with a record.
    pub(crate) fn deleted(&mut self, resource: &str, id: i64) -> Result<(), Reply> {
        match self.model.document(resource) {
            Some(kind) => document::deleted(self, kind, id),
            None if resource == LINES => journal::line_deleted(self, id),
            None => Ok(()),
        }
    }

    fn written(&mut self, resource: &str, id: i64) -> Result<(), Reply> {
        match resource {
            ACCOUNTS => chart::written(self, id),
            LINES => journal::line_written(self, id)?,
            _ => {}
        }
        allocation::written(self, resource, id)
    }

    pub(crate) fn view(&self) -> View<'_> {
        View::new(self.model, self.store, self.style)
    }

    /// Refuses a record with which a total, of its own or of a record that it names, leaves its documented range.
    pub(crate) fn totals_must_fit(&self, resource: &str, id: i64) -> Result<(), Reply> {
        let Some(record) = self.store.get(resource, id) else { return Ok(()) };
        for (owner, field) in self.model.totals() {
            let named = field.sum.iter().filter_map(|term| match term {
                SumTerm::Related(related) if related.resource == resource => record.fields.integer(&related.by),
                _ => None,
            });
            let own = (owner == resource).then_some(id);
            for id in named.chain(own) {
                let amount = self.amount(owner, id, &field.name);
                let beyond = |bound: &Option<Bound>, outside: fn(Decimal, Decimal) -> bool| {
                    let bound = bound.as_ref().and_then(|bound| bound.value.parse::<Decimal>().ok());
                    bound.is_some_and(|bound| outside(amount, bound))
                };
                if beyond(&field.minimum, |amount, bound| amount <= bound)
                    || beyond(&field.maximum, |amount, bound| amount >= bound)
                {
                    return Err(refuse_all(format!("`{}` would be {amount}, which is too large.", field.name)));
                }
            }
        }
        Ok(())
    }

    /// A decimal member of a record, as it is shown.
    pub(crate) fn amount(&self, resource: &str, id: i64, name: &str) -> Decimal {
        let view = View::new(self.model, self.store, ResponseStyle::Documented);
        let record = self.store.get(resource, id);
        record.and_then(|record| view.member(resource, id, record, name).as_decimal()).unwrap_or_default()
    }
}

pub(crate) fn not_found() -> Reply {
    Reply::detail(404, "Not found.")
}

/// A refusal of one field.
pub(crate) fn refuse(field: &str, message: impl Into<String>) -> Reply {
    let messages = Json::Array(vec![Json::String(message.into())]);
    Reply::invalid(JsonObject::from([(field.to_owned(), messages)]))
}

/// A refusal of the whole.
pub(crate) fn refuse_all(message: impl Into<String>) -> Reply {
    refuse("non_field_errors", message)
}

/// A sum that must be exact.
pub(crate) fn total(numbers: impl IntoIterator<Item = Decimal>) -> Result<Decimal, Reply> {
    Decimal::checked_sum(numbers).ok_or_else(|| refuse_all("The amounts have too many digits to be added exactly."))
}

pub(crate) fn product(a: Decimal, b: Decimal) -> Result<Decimal, Reply> {
    a.checked_mul(b).ok_or_else(|| refuse_all("The amounts have too many digits to be multiplied exactly."))
}

pub(crate) fn day(date: Date) -> Json {
    Json::String(date.to_string())
}

/// A date member of a body.
pub(crate) fn date_in(body: &JsonObject, name: &str) -> Option<Date> {
    body.get(name)?.as_str()?.parse().ok()
}
