//! `search`: words to operations.

use campfire::Json;
use campfire::operations::{self, Operation, Response, Retry};

use crate::arguments::Arguments;
use crate::index;
use crate::json::{count, object, option};
use crate::refusal::Refusal;
use crate::session::Session;

/// The number of operations per page.
const PAGE: usize = 15;

/// Letters of a query that are looked at.
const MAX_QUERY: usize = 300;

pub(super) fn run(_: &Session, mut arguments: Arguments) -> Result<Json, Refusal> {
    let query: String = arguments.required_text("query")?.chars().take(MAX_QUERY).collect();
    let start = usize::try_from(arguments.count("start")?.unwrap_or(0)).unwrap_or(usize::MAX);
    arguments.finish()?;
    let found = index::find(&query);
    let page = found.iter().skip(start).take(PAGE).filter_map(|id| operations::get(id));
    let page: Vec<Json> = page.map(|operation| line(&operation)).collect();
    let next = start.saturating_add(PAGE);
    let hint =
        "no operation has these words: try the name of a resource, such as invoices, contracts, accounts, statements";
    Ok(object([
        ("operations", Json::Array(page)),
        ("matches", count(found.len())),
        ("next_start", option((next < found.len()).then(|| count(next)))),
        ("hint", option(found.is_empty().then_some(hint))),
    ]))
}

fn line(operation: &Operation<'_>) -> Json {
    let kind = match (operation.retry, operation.changes_if, &operation.response) {
        (Retry::Safe, Some(flag), _) => format!("reads; writes if `{flag}` is set"),
        (Retry::Safe, None, Response::List { .. }) => "reads a list".to_owned(),
        (Retry::Safe, None, Response::File(_)) => "reads a file".to_owned(),
        (Retry::Safe, None, _) => "reads".to_owned(),
        _ => "writes".to_owned(),
    };
    object([
        ("operation", Json::from(operation.id)),
        ("summary", Json::from(&*operation.summary)),
        ("kind", Json::from(kind)),
    ])
}
