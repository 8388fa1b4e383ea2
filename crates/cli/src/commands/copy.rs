//! `campfire copy`: a copy of the company in a database, which every run brings up to date.

use std::io::Write;
use std::path::Path;

use campfire_replica::replica::Replica;
use campfire_replica::report::Report;
use campfire_replica::sink::sqlite::Sqlite;
use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::account;
use crate::failure::Failure;
use crate::globals::Globals;
use crate::session::Session;

/// The endings of files that are SQLite databases.
const SQLITE: [&str; 3] = ["sqlite", "sqlite3", "db"];

pub(crate) fn command() -> Command {
    let to = Arg::new("to").long("to").value_name("FILE").required(true);
    let tables = Arg::new("tables").long("tables").value_name("NAME,…").value_delimiter(',').action(ArgAction::Append);
    Command::new("copy")
        .about("Copies the company into a database, or brings the copy up to date")
        .arg(to.help("A SQLite database: a file that ends in .sqlite, .sqlite3, or .db"))
        .arg(tables.help("Copy these lists only, and those that they are below"))
}

pub(crate) async fn run(matches: &ArgMatches, globals: &Globals, session: &mut Session) -> Result<(), Failure> {
    let to = matches.get_one::<String>("to").map(String::as_str).unwrap_or_default();
    if !Path::new(to).extension().is_some_and(|ending| SQLITE.iter().any(|known| ending == *known)) {
        return Err(Failure::usage(format!("--to: `{to}` does not end in .sqlite, .sqlite3, or .db")));
    }
    let client = account::client(session, globals.profile.as_deref())?;
    let mut replica = Replica::new(client, Sqlite::open(to).map_err(Failure::other)?);
    if let Some(tables) = matches.get_many::<String>("tables") {
        replica = replica.tables(tables);
    }
    if session.err_is_terminal {
        replica = replica.on_progress(|table, progress| {
            let of = progress.expected.map(|expected| format!(" of {expected}")).unwrap_or_default();
            // Progress that cannot be shown is no reason to stop.
            drop(write!(std::io::stderr(), "\r\x1b[K{table}: {}{of}", progress.records));
        });
    }
    let report = replica.run().await.map_err(Failure::other)?;
    if session.err_is_terminal {
        drop(write!(session.err, "\r\x1b[K"));
    }
    finish(&report, to, session)
}

fn finish(report: &Report, to: &str, session: &mut Session) -> Result<(), Failure> {
    writeln!(session.out, "{report}")?;
    let failed = report.tables.iter().filter(|table| !table.is_complete()).count();
    if failed > 0 {
        return Err(Failure::other(format!("{failed} tables of {to} are not current; run the command again")));
    }
    Ok(())
}
