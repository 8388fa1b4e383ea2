//! `campfire listen`: the events of a webhook, from its delivery log.

use std::collections::BTreeSet;
use std::io::Write;
use std::time::Duration;

use campfire::{Client, Json};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use super::stop::Stop;
use crate::account;
use crate::failure::Failure;
use crate::globals::Globals;
use crate::output::format::Format;
use crate::output::{cell, json};
use crate::session::Session;

/// The delivery log.
const OPERATION: &str = "webhooks.events";

pub(crate) fn command() -> Command {
    let every = Arg::new("every").long("every").value_name("SECONDS").default_value("10");
    let every = every.value_parser(value_parser!(u64).range(1..=86_400)).help("Wait this long between two looks");
    Command::new("listen")
        .about("Prints the events of a webhook as they are delivered, until Ctrl-C")
        .arg(Arg::new("webhook").value_name("WEBHOOK_ID").required(true).help("Id of the webhook"))
        .arg(every)
        .arg(Arg::new("past").long("past").action(ArgAction::SetTrue).help("Print the events so far, too"))
        .arg(Arg::new("once").long("once").action(ArgAction::SetTrue).help("Look once, and stop"))
}

pub(crate) async fn run(matches: &ArgMatches, globals: &Globals, session: &mut Session) -> Result<(), Failure> {
    let client = account::client(session, globals.profile.as_deref())?;
    let mut stop = Stop::new()?;
    let webhook = matches.get_one::<String>("webhook").map(String::as_str).unwrap_or_default();
    let every = Duration::from_secs(matches.get_one("every").copied().unwrap_or(10));
    let once = matches.get_flag("once");
    let mut seen = BTreeSet::new();
    let mut prints = matches.get_flag("past") || once;
    loop {
        match events(&client, webhook).await {
            Ok(events) => {
                for event in events {
                    // The log has no filters; what was printed is told apart by its id.
                    if seen.insert(event["id"].to_string()) && prints {
                        print(&event, globals, session)?;
                    }
                }
                session.out.flush()?;
                prints = true;
            }
            // Whoever listens for days meets an outage.
            Err(Failure::Call(error, _)) if error.is_retryable() && !once => {
                session.note(format!("{error}; trying again"))
            }
            Err(failure) => return Err(failure),
        }
        if once {
            return Ok(());
        }
        tokio::select! {
            stopped = stop.requested() => return stopped,
            () = tokio::time::sleep(every) => {}
        }
    }
}

/// Returns the log, oldest first. Its order is not documented.
async fn events(client: &Client, webhook: &str) -> Result<Vec<Json>, Failure> {
    let mut stream = client.operation(OPERATION)?.parameter("id", webhook).stream();
    let mut events = Vec::new();
    while let Some(event) = stream.try_next().await? {
        events.push(event);
    }
    events.sort_by_key(|event| event["id"].as_i64());
    Ok(events)
}

fn print(event: &Json, globals: &Globals, session: &mut Session) -> std::io::Result<()> {
    if globals.format != Format::Table {
        // An event per line: a list would never end.
        return json(event, Format::Ndjson, session);
    }
    let text = |field: &str| cell::printable(&event[field]);
    writeln!(session.out, "{}  {}  {}  {}", text("created_at"), text("topic"), text("status"), text("object"))
}
