//! What became of the rows: for people, for programs, and as an exit code.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;

use campfire::operations::Operation;
use campfire_outbox::machine::Status;
use campfire_outbox::{Added, Intent, Report};

use super::rows::Rows;
use crate::failure::{Failure, exit};
use crate::session::Session;
use crate::{finder, prose};

/// The advice for rows whose outcome is unknown.
const UNKNOWN: &str = "the outcomes of some rows are unknown, because a response was lost or an earlier import was killed, and their \
                       records are not in the list. To look again, run the command again. To send those rows again that the list still \
                       lacks, add --resend-after SECONDS: the longest time that a new record may take to appear in the list, \
                       such as 300";

/// Prints what became of all rows of the log, in this run and before.
pub(super) fn print(rows: &Rows, report: &Report, session: &mut Session) -> io::Result<()> {
    let stages = Status::ALL.into_iter().map(|status| (report.counts.of(status), status));
    let counts: Vec<String> =
        stages.filter(|(count, _)| *count > 0).map(|(count, status)| format!("{count} {status}")).collect();
    writeln!(session.out, "In all: {}", counts.join(", "))?;
    for Intent { key, state, .. } in report.refused.iter().chain(&report.open) {
        let detail = state.detail.iter().map(|detail| format!(": {detail}")).collect::<String>();
        writeln!(session.out, "  {}: {}{detail}", rows.place(key), state.status)?;
    }
    Ok(())
}

pub(super) fn as_json(rows: &Rows, added: &Added, report: &Report) -> serde_json::Value {
    let row = |Intent { key, state, .. }: &Intent| {
        serde_json::json!({
            "line": rows.line(key), "key": key, "status": state.status.as_str(), "detail": state.detail,
        })
    };
    let counts: serde_json::Map<_, _> =
        Status::ALL.iter().map(|status| (status.to_string(), report.counts.of(*status).into())).collect();
    serde_json::json!({
        "rows": rows.creates.len(),
        "new": added.new,
        "corrected": added.replaced,
        "in_the_log_already": added.known,
        "in_all": counts,
        "not_created": report.refused.iter().chain(&report.open).map(row).collect::<Vec<_>>(),
    })
}

/// Returns `true` if a row is held because another import made a record with its key.
fn is_foreign(intent: &Intent) -> bool {
    intent.state.status == Status::Held && intent.state.attempts == 0
}

/// Names the commands that find the ids which the detail of a refused row, `field: message; field: message`, is about.
pub(super) fn find_id(operation: &Operation<'static>, detail: &str) -> Option<String> {
    let names = detail.split("; ").filter_map(|part| part.split_once(": ")).map(|(name, _)| name);
    // An error that is about no field begins with the operation.
    finder::advice(operation, names.filter(|name| *name != operation.id))
}

/// Returns the failure of an import that is not complete. `log` is the log, unless it was of no use and removed.
pub(super) fn verdict(operation: &Operation<'static>, report: &Report, log: Option<&Path>) -> Result<(), Failure> {
    match (report.open.is_empty(), report.refused.len()) {
        _ if report.is_complete() => Ok(()),
        (false, _) if report.open.iter().all(is_foreign) => {
            let message =
                "some rows have the keys of other records, and were not sent: give the import a --name of its own";
            Err(Failure::Coded(message.to_owned(), exit::REFUSED))
        }
        (false, refused) => {
            let refused = match refused {
                0 => String::new(),
                refused => format!("{} refused; ", prose::counted(refused, "row was", "rows were")),
            };
            Err(Failure::Coded(format!("{refused}{UNKNOWN}"), exit::OUTCOME_UNKNOWN))
        }
        (true, 0) => {
            Err(Failure::Coded("the import is not complete: run the command again".to_owned(), exit::UNAVAILABLE))
        }
        (true, refused) => {
            let mut message = prose::counted(refused, "row was refused", "rows were refused");
            message.push_str(". Correct the file, and run the command again");
            if let Some(log) = log {
                message.push_str(&format!(": the log {} knows which records exist", log.display()));
            }
            let details = report.refused.iter().filter_map(|intent| intent.state.detail.as_deref());
            let advice: BTreeSet<String> = details.filter_map(|detail| find_id(operation, detail)).collect();
            message.extend(advice.iter().map(|advice| format!("\n{advice}")));
            Err(Failure::Coded(message, exit::REFUSED))
        }
    }
}
