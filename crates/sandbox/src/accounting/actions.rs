//! Accounting actions: the value of `do` in the effect of an operation.

use campfire_sandbox_model::Action;

use crate::accounting::asset::{rule, unmatched};
use crate::accounting::banking::{feed, reconciliation};
use crate::accounting::books::Books;
use crate::accounting::document::access::next_number;
use crate::accounting::document::{bulk, lifecycle, print, promote, proposal, terminate};
use crate::accounting::journal::balancing;
use crate::accounting::kind::{BookRecord, Document};
use crate::accounting::payment::{self, apply, preview, undo, use_memo};
use crate::accounting::request::{ActionRequest, Outcome};
use crate::accounting::revenue::modification;
use crate::accounting::statement::{
    balance_sheet, cash_activity, cash_flow, general_ledger, income_statement, trial_balance,
};
use crate::accounting::{allocation, merge};
use crate::messages::reply::Reply;

/// Runs an action.
///
/// # Errors
/// The refusal.
pub(crate) fn run(books: &mut Books<'_>, action: Action, request: &ActionRequest<'_>) -> Result<Outcome, Reply> {
    match action {
        Action::Allocate => allocation::allocate(books, request),
        Action::Allocations => allocation::show(books, request),
        Action::BalanceIntercompany => balancing::complete(books, request.body),
        Action::BalanceSheet => balance_sheet::compute(books, request.query).map(Outcome::Value),
        Action::CashFlow => cash_flow::first(books, request.query).map(Outcome::Value),
        Action::CashFlowV2 => cash_flow::second(books, request.query).map(Outcome::Value),
        Action::ClientStatement => print::client_statement(books, request),
        Action::ConfirmReconciliation => reconciliation::confirm(books, request),
        Action::ImportFeed => feed::import(books, request),
        Action::MatchStatement => reconciliation::match_statement(books, request),
        Action::ModifySchedule => modification::compute(books, request),
        Action::CashActivity => cash_activity::compute(books, request.query).map(Outcome::Value),
        Action::GeneralLedger => general_ledger::compute(books, request.query).map(Outcome::Value),
        Action::IncomeStatement => income_statement::compute(books, request.query).map(Outcome::Value),
        Action::TrialBalance => trial_balance::compute(books, request.query).map(Outcome::Value),
        Action::UnmatchedAssetLines => Ok(unmatched::list(books)),
        Action::RunAssetRules => rule::run(books, request),
        Action::Merge => merge::merge(books, request),
        Action::PreviewMerge => merge::preview(books, request),
        Action::Terminate => terminate::terminate(books, request),
        Action::Promote => promote::promote(books, request),
        _ => run_on_document(books, action, request),
    }
}

/// Runs an action on the documents of a resource, or on their payments.
fn run_on_document(books: &mut Books<'_>, action: Action, request: &ActionRequest<'_>) -> Result<Outcome, Reply> {
    let resource = request.resource.strip_suffix(".payments").unwrap_or(request.resource);
    let Some(BookRecord::Document(kind)) = BookRecord::of(books.api, resource) else { return Ok(Outcome::Nothing) };
    match action {
        Action::BulkCreate => return bulk::create(books, kind, request.body),
        Action::BulkPay => return payment::bulk::pay(books, kind, request.body),
        Action::NextNumber => return Ok(Outcome::Value(next_number(books, kind))),
        _ => {}
    }
    match (action, request.path) {
        (Action::VoidPayment, [(_, id), (_, payment), ..]) => {
            undo::void(books, Document::new(kind, *id), *payment, request.body)
        }
        (Action::RemovePayment, [(_, id), (_, payment), ..]) => undo::remove(books, Document::new(kind, *id), *payment),
        (_, [(_, id), ..]) => run_on_one(books, action, Document::new(kind, *id), request),
        (_, []) => Ok(Outcome::Nothing),
    }
}

fn run_on_one(
    books: &mut Books<'_>,
    action: Action,
    document: Document,
    request: &ActionRequest<'_>,
) -> Result<Outcome, Reply> {
    match action {
        Action::Pay => apply::pay(books, document, request.body),
        Action::Use => use_memo::use_up(books, document, request.body),
        Action::DefaultDepartment => proposal::department(books, document),
        Action::Pdf => print::document(books, document),
        Action::DefaultPayment => preview::propose(books, document),
        Action::CalculatePayment => preview::calculate(books, document, request.body),
        Action::Void => lifecycle::void(books, document, request.body),
        Action::Reopen => lifecycle::reopen(books, document),
        _ => Ok(Outcome::Nothing),
    }
}
