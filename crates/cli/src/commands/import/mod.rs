//! `campfire import`: creates a record for each row of a CSV file, exactly once.

mod rows;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use campfire::operations::{self, Operation};
use campfire_outbox::machine::Status;
use campfire_outbox::sqlite::SqliteStore;
use campfire_outbox::{Absence, Added, Intent, Outbox, Report, RunOptions};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use self::rows::{Layout, Rows};
use crate::failure::{Failure, exit};
use crate::globals::Globals;
use crate::output::format::Format;
use crate::session::Session;
use crate::{account, confirm, output, prose};

/// Short names of operations.
const SHORT: [(&str, &str); 1] = [("usage", "contracts.usage.create")];
/// How long a record may take to appear in its list.
const SETTLE: Duration = Duration::from_secs(120);
/// The advice for rows whose outcome is unknown.
const UNKNOWN: &str = "the outcomes of some rows are unknown, because a response was lost or an earlier import was killed, and their \
                       records are not in the list. To look again, run the command again. To send those rows again that the list still \
                       lacks, add --resend-after SECONDS: the longest time that a new record may take to appear in the list, \
                       such as 300";
/// How often progress is written where nobody watches.
const QUIET: Duration = Duration::from_secs(10);

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
    let rows = Rows::read(&operation, file, &layout(file, matches)?)?;
    let name = matches.get_one::<String>("name").map(String::as_str);
    let client = account::client(session, globals.profile.as_deref())?;
    if client.operation(operation.id)?.client_key().is_none() {
        let message = "has no field for a key of yours, so a record whose response was lost could not be found again";
        return Err(Failure::usage(format!("`{}` {message}", operation.id)));
    }
    let count = rows.creates.len();
    let log = matches.get_one::<PathBuf>("log").cloned().unwrap_or_else(|| beside(file, name));
    let is_dry = matches.get_flag("dry-run");
    // A dry run leaves no log behind.
    let store = SqliteStore::open(if is_dry { Path::new(":memory:") } else { log.as_path() });
    let outbox = Outbox::new(&client, store.map_err(Failure::other)?);
    check(&outbox, &rows).await?;
    if is_dry {
        match globals.format {
            Format::Json | Format::Ndjson => {
                output::json(&serde_json::json!({"rows": count, "sent": false}), globals.format, session)?;
            }
            Format::Table | Format::Csv => writeln!(session.out, "{count} rows are right. Nothing was sent.")?,
        }
        return Ok(());
    }
    confirm::changes(&format!("{} for each of {count} rows.", operation.summary), "", &client, globals, session)?;
    let added = add(&outbox, &rows).await?;
    if globals.format == Format::Table {
        writeln!(session.out, "{}", summary(count, &added))?;
    }
    // Rows that an earlier run held: their records may be in the list by now.
    outbox.look_again().await.map_err(Failure::other)?;
    let report = outbox.run(&options(matches, session)).await.map_err(Failure::other)?;
    if session.err_is_terminal {
        session.note("");
    }
    match globals.format {
        Format::Json | Format::Ndjson => output::json(&as_json(&rows, &added, &report), globals.format, session)?,
        Format::Table | Format::Csv => print(&rows, &report, session)?,
    }
    verdict(&report)
}

/// Checks all rows before the first is sent.
async fn check(outbox: &Outbox<SqliteStore>, rows: &Rows) -> Result<(), Failure> {
    let shown = outbox.dry_run(rows.creates.clone()).await.map_err(Failure::other)?;
    let wrong: Vec<String> = shown
        .into_iter()
        .filter_map(|shown| shown.request.err().map(|error| format!("{}: {error}", rows.place(&shown.key))))
        .collect();
    if wrong.is_empty() {
        return Ok(());
    }
    let (count, first) = (rows.creates.len(), wrong.iter().take(20).cloned().collect::<Vec<_>>().join("\n  "));
    Err(Failure::usage(format!("{} of {count} rows are wrong; nothing was sent:\n  {first}", wrong.len())))
}

/// Adds the rows to the log.
async fn add(outbox: &Outbox<SqliteStore>, rows: &Rows) -> Result<Added, Failure> {
    let added = outbox.add(rows.creates.clone()).await.map_err(Failure::other)?;
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
fn summary(count: usize, added: &Added) -> String {
    let corrected = match added.replaced {
        0 => String::new(),
        corrected => format!(", {corrected} corrected"),
    };
    format!("{count} rows: {} new{corrected}, {} in the log already", added.new, added.known)
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
    let is_terminal = session.err_is_terminal;
    let shown = Mutex::new((0, Instant::now()));
    RunOptions::new(absence).on_progress(move |counts| {
        let done = counts.of(Status::Created) + counts.of(Status::Found);
        let waiting = counts.of(Status::Sending) + counts.of(Status::Open);
        let line = format!("{done} of {} rows, {waiting} in flight or looked for", counts.total());
        let Ok(mut last) = shown.lock() else { return };
        if is_terminal {
            drop(write!(io::stderr(), "\r{line}"));
        } else if last.0 != done && last.1.elapsed() >= QUIET {
            *last = (done, Instant::now());
            drop(writeln!(io::stderr(), "{line}"));
        }
    })
}

/// Prints what became of all rows of the log, in this run and before.
fn print(rows: &Rows, report: &Report, session: &mut Session) -> io::Result<()> {
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

fn as_json(rows: &Rows, added: &Added, report: &Report) -> serde_json::Value {
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

fn verdict(report: &Report) -> Result<(), Failure> {
    match (report.open.is_empty(), report.refused.is_empty()) {
        _ if report.is_complete() => Ok(()),
        (false, _) if report.open.iter().all(is_foreign) => {
            let message =
                "some rows have the keys of other records, and were not sent: give the import a --name of its own";
            Err(Failure::Coded(message.to_owned(), exit::REFUSED))
        }
        (false, _) => {
            let refused = match report.refused.len() {
                0 => String::new(),
                refused => format!("{} refused; ", prose::counted(refused, "row was", "rows were")),
            };
            Err(Failure::Coded(format!("{refused}{UNKNOWN}"), exit::OUTCOME_UNKNOWN))
        }
        (true, false) => Err(Failure::Coded("some rows were refused".to_owned(), exit::REFUSED)),
        (true, true) => {
            Err(Failure::Coded("the import is not complete: run the command again".to_owned(), exit::UNAVAILABLE))
        }
    }
}
