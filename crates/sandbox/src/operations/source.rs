//! The ledger lines that are open to a reconciliation.

use campfire_values::Json;

use crate::accounting::banking::reconciliation;
use crate::accounting::books::Books;
use crate::list::page;
use crate::list::selection::Selection;
use crate::messages::query::is_true;
use crate::messages::reply::Reply;
use crate::model::ledger::REPORTS;
use crate::operations::call::Call;
use crate::state::store::Store;

/// Replies with a page of them.
pub(super) fn list(call: &Call<'_>, store: &mut Store) -> Result<Reply, Reply> {
    let operation = call.operation();
    let id = call.subject().ok_or_else(Reply::not_found)?;
    let report = store.get(REPORTS, id).ok_or_else(Reply::not_found)?.fields.clone();
    let selection = Selection::new(call.view(store), operation, &[], &call.query).map_err(Reply::field_errors)?;
    let lines = selection.all(operation, &call.query).into_iter();
    let open: Vec<i64> =
        lines.filter(|(_, line)| reconciliation::is_open_to(id, &report, &line.fields)).map(|(line, _)| line).collect();
    let books = Books { api: call.api(), store, style: call.caller.style };
    let asks = |name: &str| call.query.given(name).map(is_true);
    let is_wanted = |row: &Json| {
        let has = |name: &str| row.get(name).and_then(Json::as_bool).unwrap_or(false);
        asks("matched").is_none_or(|matched| matched == has("is_matched"))
            && (asks("unreconciled") != Some(true) || !has("is_cleared"))
            && (asks("reconciled_only") != Some(true) || has("is_cleared"))
    };
    let rows = open.into_iter().filter_map(|line| reconciliation::source_row(&books, id, line)).filter(is_wanted);
    let url = format!("{}{}", call.caller.server, call.path);
    call.reply_with_computed(page::of_values(rows.collect(), &call.query, call.caller.page_limit, &url))
}
