//! `campfire import`: creates a record for each row of a CSV file, exactly once.

mod progress;
mod result;
mod rows;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use campfire::Client;
use campfire::operations::{self, Operation};
use campfire_outbox::machine::Status;
use campfire_outbox::sqlite::SqliteStore;
use campfire_outbox::{Absence, Added, Outbox, RunOptions};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use self::rows::{Layout, Rows};
use crate::failure::{self, Failure};
use crate::globals::Globals;
use crate::output::format::Format;
use crate::session::Session;
use crate::{account, confirm, output, prose};

/// Short names of operations.
const SHORT: [(&str, &str); 1] = [("usage", "contracts.usage.create")];
/// How long a record may take to appear in its list.
const SETTLE: Duration = Duration::from_secs(120);

pub(crate) fn command() -> Command {
    let option = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    let operation = Arg::new("operation").value_name("OPERATION").required(true);
    let file = Arg::new("file").value_name("FILE").required(true).value_parser(value_parser!(PathBuf));
    let resend = option("resend-after", "SECONDS", "Send a lost create again if its list lacks the record this long")
        .value_parser(value_parser!(u64));
    let wait = option("wait", "SECONDS", "How long a record whose response was lost is looked for; 120 if absent")
        .value_parser(value_parser!(u64))
        .conflicts_with("resend-after");
    Command::new("import")
        .about("Creates a record for each row of a CSV file, once, through crashes and lost responses")
        .long_about(
            "Creates a record for each row of a CSV file, once, through crashes and lost responses.\n\n\
             The titles of the columns are the names of fields (or paths such as lines[0].amount) and of the ids in the \
             path; empty cells are left out. Each row is known by its key, which becomes part of the record: run the \
             command again after a crash, and no record is created twice. The state is kept in a log next to the file. \
             Rows that are not in it are looked for before they are sent, so a lost log costs time, and nothing else.",
        )
        .arg(operation.help("The operation, such as contracts.usage.create, or `usage` for short"))
        .arg(file.help("The CSV file"))
        .arg(option("key", "COLUMN", "The column that identifies a row for good").default_value("key"))
        .arg(option("name", "NAME", "The name of the import, which is part of each key; the name of the file if absent"))
        .arg(option("log", "FILE", "The log; FILE.outbox, or FILE.NAME.outbox with --name, if absent").value_parser(value_parser!(PathBuf)))
        .arg(option("delimiter", "CHARACTER", "What separates the columns: `;`, or `tab`").default_value(","))
        .arg(wait)
        .arg(resend)
        .arg(Arg::new("dry-run").long("dry-run").action(ArgAction::SetTrue).help("Check all rows, and send nothing"))
}

pub(crate) async fn run(matches: &ArgMatches, globals: &Globals, session: &mut Session) -> Result<(), Failure> {
    let operation = operation(matches)?;
    let Some(file) = matches.get_one::<PathBuf>("file") else { return Ok(()) };
    let name = matches.get_one::<String>("name").map(String::as_str);
    let client = account::client_for(matches.get_flag("dry-run"), session, globals.profile.as_deref())?;
    if client.operation(operation.id)?.client_key().is_none() {
        let message = "has no field for a key of yours, so a record whose response was lost could not be found again";
        return Err(Failure::usage(format!("`{}` {message}", operation.id)));
    }
    let rows = Rows::read(&operation, file, &layout(file, matches)?)?;
    let count = prose::counted(rows.creates.len(), "row", "rows");
    // Nothing is written before the rows are right and the import is confirmed, so a refused attempt leaves no log behind.
    check(&client, &operation, &rows).await?;
    if matches.get_flag("dry-run") {
        match globals.format {
            Format::Json | Format::Ndjson => {
                let checked = serde_json::json!({"rows": rows.creates.len(), "sent": false});
                output::json(&checked, globals.format, session)?;
            }
            Format::Table | Format::Csv => writeln!(session.out, "{count} checked, no mistakes. Nothing was sent.")?,
        }
        return Ok(());
    }
    confirm::changes(&format!("{} for each of {count}.", operation.summary), "", &client, globals, session)?;
    let log = matches.get_one::<PathBuf>("log").cloned().unwrap_or_else(|| beside(file, name));
    let is_new = !log.exists();
    let outbox = Outbox::new(&client, open(&log)?);
    let added = add(&outbox, &rows).await?;
    if globals.format == Format::Table {
        writeln!(session.out, "{}", summary(&count, &added))?;
    }
    // Rows that an earlier run held: their records may be in the list by now.
    outbox.look_again().await?;
    let ran = outbox.run(&options(matches, session)).await;
    session.clear_line();
    let log = if is_new { discard_unused(outbox, log).await? } else { Some(log) };
    let report = ran.map_err(|error| stopped(error, log.as_deref()))?;
    match globals.format {
        Format::Json | Format::Ndjson => {
            output::json(&result::as_json(&rows, &added, &report), globals.format, session)?
        }
        Format::Table | Format::Csv => result::print(&rows, &report, session)?,
    }
    result::verdict(&operation, &report, log.as_deref())
}

/// Opens the log, and creates it if there is none.
fn open(log: &Path) -> Result<SqliteStore, Failure> {
    SqliteStore::open(log).map_err(|error| {
        Failure::other(format!("the log {} cannot be opened: {error}; name another one with --log", log.display()))
    })
}

/// Removes a log from which nothing was sent, and which has found no record: it would only puzzle. Returns the log if it is kept.
async fn discard_unused(outbox: Outbox<SqliteStore>, log: PathBuf) -> Result<Option<PathBuf>, Failure> {
    let counts = outbox.counts().await?;
    let exist = counts.of(Status::Created) + counts.of(Status::Found);
    if exist > 0 || outbox.all(&Status::ALL).await?.iter().any(|intent| intent.state.attempts > 0) {
        return Ok(Some(log));
    }
    drop(outbox);
    // Rows are looked for before they are sent, so nothing depends on it.
    Ok(fs::remove_file(&log).is_err().then_some(log))
}

/// Returns why an import stopped, and how it goes on.
fn stopped(error: campfire_outbox::Error, log: Option<&Path>) -> Failure {
    let code = match &error {
        campfire_outbox::Error::Api(error) => failure::code_of(error),
        _ => failure::exit::OTHER,
    };
    let next = match log {
        Some(log) => format!("The log {} knows which records exist. To go on, run the command again.", log.display()),
        None => "Nothing was sent.".to_owned(),
    };
    Failure::Coded(format!("{error}\n{next}"), code)
}

/// Checks all rows before the first is sent.
async fn check(client: &Client, operation: &Operation<'static>, rows: &Rows) -> Result<(), Failure> {
    let outbox = Outbox::new(client, SqliteStore::open(":memory:")?);
    let shown = outbox.dry_run(rows.creates.clone()).await?;
    let wrong: Vec<(String, String)> = shown
        .into_iter()
        .filter_map(|shown| shown.request.err().map(|error| (rows.place(&shown.key), error)))
        .collect();
    if wrong.is_empty() {
        return Ok(());
    }
    let (count, rows) = (wrong.len(), prose::counted(rows.creates.len(), "row", "rows"));
    let lines: String = wrong.iter().take(20).map(|(place, error)| format!("\n  {place}: {error}")).collect();
    let advice = wrong.iter().find_map(|(_, error)| result::find_id(operation, error));
    let advice = advice.map(|advice| format!("\n{advice}")).unwrap_or_default();
    Err(Failure::usage(format!("nothing was sent, because of mistakes in {count} of {rows}:{lines}{advice}")))
}

/// Adds the rows to the log.
async fn add(outbox: &Outbox<SqliteStore>, rows: &Rows) -> Result<Added, Failure> {
    let added = outbox.add(rows.creates.clone()).await?;
    if added.conflicts.is_empty() {
        return Ok(added);
    }
    let changed = added.conflicts.iter().map(|key| rows.place(key)).collect::<Vec<_>>().join(", ");
    let message = "were sent with other contents before, and a record that exists is not changed; nothing was sent";
    Err(Failure::usage(format!("these rows {message}: {changed}")))
}

/// Returns how to read the file.
fn layout<'a>(file: &Path, matches: &'a ArgMatches) -> Result<Layout<'a>, Failure> {
    let text = |name: &str| matches.get_one::<String>(name).map(String::as_str);
    let delimiter = match text("delimiter").unwrap_or(",") {
        "tab" | "\\t" => b'\t',
        one => match one.as_bytes() {
            [byte] if byte.is_ascii() => *byte,
            _ => return Err(Failure::usage(format!("`{one:.20}` is not a delimiter: give one character, or `tab`"))),
        },
    };
    let stem = || file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Layout { delimiter, key: text("key").unwrap_or("key"), name: text("name").map_or_else(stem, str::to_owned) })
}

/// Says how much of the file the log knew before.
fn summary(count: &str, added: &Added) -> String {
    let corrected = match added.replaced {
        0 => String::new(),
        corrected => format!(", {corrected} corrected"),
    };
    format!("{count}: {} new{corrected}, {} in the log already", added.new, added.known)
}

fn operation(matches: &ArgMatches) -> Result<Operation<'static>, Failure> {
    let name = matches.get_one::<String>("operation").map(String::as_str).unwrap_or_default();
    let id = SHORT.iter().find(|(short, _)| *short == name).map_or(name, |(_, id)| *id);
    operations::get(id).ok_or_else(|| {
        let similar = operations::similar(id);
        let hint = match similar.is_empty() {
            true => "see `campfire search create`".to_owned(),
            false => format!("did you mean `{}`? If not, see `campfire search create`", similar.join("` or `")),
        };
        Failure::usage(format!("there is no operation `{id:.80}`: {hint}"))
    })
}

/// Returns the path of the log of a file. Each name is an import of its own.
fn beside(file: &Path, name: Option<&str>) -> PathBuf {
    let mut log = file.as_os_str().to_owned();
    if let Some(name) = name {
        log.push(".");
        log.push(name.replace(|character: char| !character.is_ascii_alphanumeric(), "-"));
    }
    log.push(".outbox");
    log.into()
}

fn options(matches: &ArgMatches, session: &Session) -> RunOptions {
    let seconds = |name: &str| matches.get_one::<u64>(name).copied().map(Duration::from_secs);
    let absence = match seconds("resend-after") {
        Some(settle) => Absence::SendAgainAfter(settle),
        None => Absence::AskAfter(seconds("wait").unwrap_or(SETTLE)),
    };
    RunOptions::new(absence).on_progress(progress::shown(session))
}
