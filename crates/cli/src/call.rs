//! Runs the command of an operation.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::PathBuf;

use campfire::operations::{Operation, PreparedRequest, Response, Type, UntypedCall};
use campfire::{Client, Error, Json};
use clap::ArgMatches;

use crate::failure::Failure;
use crate::globals::Globals;
use crate::output::format::Format;
use crate::output::records::Records;
use crate::session::Session;
use crate::{account, arguments, confirm, finder, output, tree};

/// Runs an operation with the arguments of its command.
pub(crate) async fn run(
    id: &str,
    matches: &ArgMatches,
    globals: &Globals,
    session: &mut Session,
) -> Result<(), Failure> {
    let client = account::client_for(matches.get_flag("dry-run"), session, globals.profile.as_deref())?;
    let call = arguments::fill(client.operation(id)?, matches, session)?;
    let operation = call.operation().clone();
    perform(&client, call, &operation, matches, globals, session).await.map_err(|failure| match failure {
        Failure::Call(error, _) => {
            let advice = look_up(&error, &operation, matches).or_else(|| find_id(&error, &operation));
            Failure::Call(error, advice)
        }
        failure => failure,
    })
}

async fn perform(
    client: &Client,
    call: UntypedCall,
    operation: &Operation<'static>,
    matches: &ArgMatches,
    globals: &Globals,
    session: &mut Session,
) -> Result<(), Failure> {
    if matches.get_flag("dry-run") {
        let request = call.prepare().await?;
        return Ok(print_request(&request, operation, globals, session)?);
    }
    if call.changes_data() {
        let request = call.clone().prepare().await?;
        let path = request.url.strip_prefix(client.base_url()).unwrap_or(&request.url);
        confirm::call(operation, client, &format!("{} {path}", request.method), globals, session)?;
    }
    send(call, operation, matches, globals, session).await
}

async fn send(
    call: UntypedCall,
    operation: &Operation<'static>,
    matches: &ArgMatches,
    globals: &Globals,
    session: &mut Session,
) -> Result<(), Failure> {
    match &operation.response {
        Response::File(_) => download(call, matches, session).await,
        Response::List { ty, .. } if is_set(matches, "all") => {
            let most = matches.get_one::<u64>("max-records").copied();
            all(call, most, ty, globals, session).await
        }
        Response::List { ty, .. } => output::page(call.await?.into_inner(), ty, globals, session),
        Response::Json(ty) => output::value(&call.await?.into_inner(), ty, globals, session),
        Response::Nothing => output::value(&call.await?.into_inner(), &Type::Json, globals, session),
    }
}

/// Returns `true` for a flag that the command has and that is set.
fn is_set(matches: &ArgMatches, flag: &str) -> bool {
    matches.try_get_one::<bool>(flag).ok().flatten() == Some(&true)
}

/// Writes the records of all pages while they arrive.
async fn all(
    call: UntypedCall,
    most: Option<u64>,
    ty: &Type<'static>,
    globals: &Globals,
    session: &mut Session,
) -> Result<(), Failure> {
    let call = match most {
        Some(most) => call.max_items(most),
        None => call,
    };
    // Progress would mix with records on the same terminal.
    let shows_progress = session.err_is_terminal && !session.out_is_terminal;
    let call = if shows_progress { call.on_progress(show_progress) } else { call };
    let mut stream = call.stream();
    let mut records = Records::new(ty, globals);
    let failure = loop {
        match stream.try_next().await {
            Ok(Some(record)) => records.write(record, session)?,
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
    };
    if shows_progress {
        session.clear_line();
    }
    match failure {
        Some(error) => Err(error.into()),
        None => Ok(records.finish(session).map(drop)?),
    }
}

fn show_progress(progress: &campfire::Progress) {
    let of = progress.expected.map(|expected| format!(" of {expected}")).unwrap_or_default();
    let mut err = io::stderr();
    // Progress that cannot be shown is no reason to stop.
    drop(write!(err, "\r{}{of} records", progress.records).and_then(|()| err.flush()));
}

async fn download(call: UntypedCall, matches: &ArgMatches, session: &mut Session) -> Result<(), Failure> {
    let target = matches.get_one::<PathBuf>("save");
    if target.is_none() && session.out_is_terminal {
        return Err(Failure::usage("the response is a file: name one with --save, or redirect the output"));
    }
    let mut file = call.download().await?.into_inner();
    let Some(path) = target else {
        while let Some(chunk) = file.chunk().await? {
            session.out.write_all(&chunk)?;
        }
        return Ok(());
    };
    let unwritable = |error: io::Error| Failure::other(format!("{} cannot be written: {error}", path.display()));
    // The file gets its name when it is complete.
    let mut part = path.clone().into_os_string();
    part.push(".part");
    let mut out = File::create(&part).map_err(unwritable)?;
    let mut size = 0;
    while let Some(chunk) = file.chunk().await? {
        out.write_all(&chunk).map_err(unwritable)?;
        size += chunk.len();
    }
    fs::rename(&part, path).map_err(unwritable)?;
    session.note(format!("{}: {size} bytes", path.display()));
    Ok(())
}

/// Prints the request of a dry run. The key is not part of it.
fn print_request(
    request: &PreparedRequest,
    operation: &Operation<'_>,
    globals: &Globals,
    session: &mut Session,
) -> io::Result<()> {
    if matches!(globals.format, Format::Json | Format::Ndjson) {
        let mut object = campfire::JsonObject::new();
        object.insert("method".to_owned(), request.method.as_str().into());
        object.insert("url".to_owned(), request.url.as_str().into());
        object.insert("body".to_owned(), request.body.clone().unwrap_or_default());
        return output::json(&Json::Object(object), globals.format, session);
    }
    writeln!(session.out, "{} {}\nauthorization: [redacted]", request.method, request.url)?;
    match (&request.body, &operation.body) {
        (Some(body), _) => {
            writeln!(session.out, "content-type: application/json\n")?;
            serde_json::to_writer_pretty(&mut session.out, body)?;
            writeln!(session.out)
        }
        (None, Some(body)) if body.multipart => writeln!(session.out, "content-type: multipart/form-data"),
        _ => Ok(()),
    }
}

/// Names the commands that find the ids which were refused.
fn find_id(error: &Error, operation: &Operation<'static>) -> Option<String> {
    let is_about_ids = matches!(error, Error::NotFound(_)) || !error.fields().is_empty();
    if is_about_ids { finder::advice(operation, error.fields().iter().map(|field| field.path())) } else { None }
}

/// Names the command that shows if a call took effect, with the ids of the call where they are the same.
fn look_up(error: &Error, operation: &Operation<'static>, matches: &ArgMatches) -> Option<String> {
    let Error::OutcomeUnknown(unknown) = error else { return None };
    let known = arguments::ids(operation, matches);
    let id = |name: &str| known.iter().find(|(known, _)| known == name).map(|(_, id)| id.clone());
    Some(format!("To see whether it took effect:\n    {}", tree::command(unknown.read_back()?, id)))
}
