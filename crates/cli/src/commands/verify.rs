//! `campfire verify`: holds a copy against the server's ledger.

use std::io::{self, Write};

use campfire::operations::Type;
use campfire::{Client, Json, Timestamp};
use campfire_replica::copy::ReadCopy;
use campfire_replica::verify::finding::Finding;
use campfire_replica::verify::report::Report;
use campfire_replica::verify::run::Verify;
use clap::{Arg, ArgMatches, Command};

use crate::failure::{Failure, exit};
use crate::globals::Globals;
use crate::output::format::Format;
use crate::output::records::Records;
use crate::place::{self, Place, Store};
use crate::session::Session;
use crate::{account, output, prose};

/// The columns of a CSV file.
const COLUMNS: [&str; 9] = ["fault", "table", "id", "entry", "date", "amount", "account", "account_name", "fields"];

const EXAMPLES: &str = "\
Examples:
  campfire verify company.sqlite
  campfire verify copy/ --copied-at 2026-11-30T06:00:00Z --output json

Exits with 0 if the copy agrees with the server, and with 8 if it does not.";

pub(crate) fn command() -> Command {
    let copied_at = Arg::new("copied-at").long("copied-at").value_name("TIME").help(
        "When the last run of the copy began, if it is not the time that the copy has: what the server changed later is listed \
         apart, and is no fault of the copy",
    );
    Command::new("verify")
        .about("Compares a copy with the sums of the server, and names the records that differ")
        .arg(Arg::new("copy").value_name("PLACE").required(true).help(place::HELP))
        .arg(copied_at)
        .after_help(EXAMPLES)
}

pub(crate) async fn run(matches: &ArgMatches, globals: &Globals, session: &mut Session) -> Result<(), Failure> {
    let place = Place::parse(matches.get_one::<String>("copy").map(String::as_str).unwrap_or_default())?;
    let copied_at = matches.get_one::<String>("copied-at").map(|text| time(text)).transpose()?;
    let client = account::client(session, globals.profile.as_deref())?;
    let report = match place.open_existing(session).await? {
        Store::Sqlite(copy) => verify(&client, &copy, copied_at).await,
        #[cfg(feature = "parquet")]
        Store::Parquet(copy) => verify(&client, &copy, copied_at).await,
        #[cfg(feature = "postgres")]
        Store::Postgres(copy) => verify(&client, &copy, copied_at).await,
    }?;
    match globals.format {
        Format::Table => write!(session.out, "{report}")?,
        Format::Json if globals.columns.is_none() => output::json(&report, globals.format, session)?,
        _ => write_findings(&report.findings, globals, session)?,
    }
    if report.is_clean() {
        return Ok(());
    }
    let differences = prose::counted(report.findings.len(), "difference", "differences");
    Err(Failure::Coded(format!("the copy does not agree with the server: {differences}"), exit::DIFFERS))
}

fn time(text: &str) -> Result<Timestamp, Failure> {
    text.parse()
        .map_err(|_| Failure::usage(format!("--copied-at: `{text}` is not a time such as 2026-11-30T06:00:00Z")))
}

async fn verify<C: ReadCopy>(client: &Client, copy: &C, copied_at: Option<Timestamp>) -> Result<Report, Failure> {
    let verify = Verify::new(client, copy);
    Ok(match copied_at {
        Some(time) => verify.copied_at(time).run().await?,
        None => verify.run().await?,
    })
}

/// Writes a record for each difference, for programs.
fn write_findings(findings: &[Finding], globals: &Globals, session: &mut Session) -> io::Result<()> {
    let mut records = Records::new(&Type::Json, &globals.with_csv_columns(COLUMNS));
    for finding in findings {
        let record: Json = serde_json::from_str(&serde_json::to_string(finding)?)?;
        records.write(record, session)?;
    }
    records.finish(session).map(drop)
}
