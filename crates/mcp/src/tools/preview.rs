//! `preview`: what a write would do.

use std::time::Instant;

use campfire::{Decimal, Json};

use crate::arguments::Arguments;
use crate::json::{count, object, option, texts};
use crate::refusal::Refusal;
use crate::rehearsal::{self, Changes, Copy, Ending, Period, Row};
use crate::request::Request;
use crate::session::Session;
use crate::shape;

/// The most bytes of the sandbox's response in a result.
const MAX_RESPONSE: usize = 4_000;
/// The most rows of the trial balance in a result.
const MAX_ROWS: usize = 60;
/// The most notes about records that could not be copied.
const MAX_NOTES: usize = 10;

const RECORD_ONLY: &str = "The sandbox stores the record and posts nothing. It does not model what the server derives from a \
    record later, such as revenue schedules or depreciation, so this does not show that the trial balance stays as it is.";

const NOT_MODELLED: &str = "The sandbox does not model this operation: there is no preview of it.";

const ORIGIN: &str = "The changes were computed in a sandbox that holds a copy of the records concerned, and that has never been \
    compared with the live server. Balances before are those of the server: debits minus credits.";

pub(super) async fn run(session: &Session, mut arguments: Arguments) -> Result<Json, Refusal> {
    let request = Request::read(&mut arguments)?;
    arguments.finish()?;
    if !request.changes_data(&session.client)? {
        return Err(Refusal::new(format!("{} only reads: use `call`", request.operation.id)));
    }
    let prepared = request.call(&session.client)?.prepare().await?;
    let rehearsal = rehearsal::rehearse(&session.client, &request, &session.options).await?;
    let is_previewed = matches!(rehearsal.ending, Ending::Done { .. });
    let confirmation = confirmation(session, &request, is_previewed);
    let (outcome, effects) = effects(rehearsal.ending);
    Ok(object([
        ("operation", Json::from(request.operation.id)),
        ("request", Json::from(format!("{} {}", prepared.method, prepared.url))),
        ("outcome", Json::from(outcome)),
        ("effects", effects),
        ("copied", copied(&rehearsal.copy)),
        ("confirmation", confirmation),
    ]))
}

/// Returns the token with which the write can be made, or why there is none.
fn confirmation(session: &Session, request: &Request, is_previewed: bool) -> Json {
    let options = &session.options;
    let none = |reason: &str| object([("token", Json::Null), ("reason", Json::from(reason))]);
    match (options.allow_writes, is_previewed || options.allow_unpreviewed) {
        (false, _) => none("this server was started without permission to write"),
        (true, false) => none("without a preview, this server makes no write"),
        (true, true) => {
            let lifetime = options.confirm_within;
            let token = session.confirmations.issue(request.fingerprint(), Instant::now(), lifetime);
            object([("token", Json::from(token)), ("valid_for_seconds", count(lifetime.as_secs()))])
        }
    }
}

/// Returns how the write ended in the sandbox, in a word and in detail.
fn effects(ending: Ending) -> (&'static str, Json) {
    match ending {
        Ending::NotModelled => ("not modelled", object([("note", Json::from(NOT_MODELLED))])),
        Ending::Refused(reason) => ("refused by the sandbox", object([("reason", Json::from(reason))])),
        Ending::Done { response, changes, trial_balance, unknown_balances } => {
            let response = bounded(response);
            let outcome = if changes.is_posted() { "posts" } else { "changes records" };
            let effects = object([
                ("records", changes.to_json()),
                ("response", response),
                ("trial_balance", trial_balance.map_or(Json::Null, |(period, rows)| statement(period, &rows))),
                ("note", Json::from(if changes.is_posted() { ORIGIN } else { RECORD_ONLY })),
                ("unknown_balances", option(unknown_balances)),
                ("assumed_accounts", assumed(&changes)),
            ]);
            (outcome, effects)
        }
    }
}

/// Returns the response, or what it consists of if it is large. Its new ids are those of the sandbox.
fn bounded(response: Json) -> Json {
    if response.to_string().len() > MAX_RESPONSE { shape::outline(&response) } else { response }
}

fn statement(period: Period, rows: &[Row]) -> Json {
    let shown = rows.iter().take(MAX_ROWS).map(row).collect();
    let totals = rehearsal::totals(rows)
        .map(|(debits, credits)| object([("debits", amount(debits)), ("credits", amount(credits))]));
    object([
        ("from", Json::from(period.from.to_string())),
        ("to", Json::from(period.to.to_string())),
        ("rows", Json::Array(shown)),
        ("rows_left_out", option((rows.len() > MAX_ROWS).then(|| count(rows.len() - MAX_ROWS)))),
        ("total_change", option(totals)),
    ])
}

fn row(row: &Row) -> Json {
    let balance = |of: fn(&(Decimal, Decimal)) -> Decimal| option(row.balances.as_ref().map(of).map(amount));
    object([
        ("account", row.id.clone()),
        ("name", Json::from(row.name.as_str())),
        ("number", if row.number.is_empty() { Json::Null } else { Json::from(row.number.as_str()) }),
        ("change_of_debits", amount(row.debits)),
        ("change_of_credits", amount(row.credits)),
        ("balance_before", balance(|(before, _)| *before)),
        ("balance_after", balance(|(_, after)| *after)),
    ])
}

fn amount(amount: Decimal) -> Json {
    Json::from(amount)
}

fn assumed(changes: &Changes) -> Json {
    if changes.assumed_accounts.is_empty() {
        return Json::Null;
    }
    let names = changes.assumed_accounts.join(", ");
    Json::from(format!(
        "The chart of accounts has none for these postings, so the server may choose other accounts: {names}"
    ))
}

/// Returns how many records were copied, and what is missing.
fn copied(copy: &Copy) -> Json {
    let notes = |notes: &[String]| {
        if notes.is_empty() { Json::Null } else { texts(notes.iter().take(MAX_NOTES).cloned()) }
    };
    object([
        ("records", count(copy.records.len())),
        ("not_found", notes(&copy.missing)),
        ("left_out", notes(&copy.left_out)),
    ])
}
