//! The arguments of an operation: as clap shows them, and from the command line into a call.

pub(crate) mod body;
pub(crate) mod flags;

use std::path::PathBuf;

use campfire::operations::{Operation, Paging, Response, Type, UntypedCall};
use campfire::{FilePart, Json};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use self::flags::{Flag, Place, flags};
use crate::failure::Failure;
use crate::prose::{first_sentence, unwrapped};
use crate::session::Session;

/// Adds the arguments of an operation to its command.
pub(crate) fn add(mut command: Command, operation: &Operation<'static>) -> Command {
    let mut flags = flags(operation);
    let ids: Vec<Flag> = flags.iter().filter(|flag| flag.place == Place::Path).cloned().collect();
    for flag in flags.iter_mut().filter(|flag| flag.place == Place::Field && flag.required) {
        if ids.iter().any(|id| flag.repeats(id)) {
            flag.required = false;
            flag.description = format!("{}; that of the path if absent", first_sentence(&flag.description)).into();
        }
    }
    flags.sort_by_key(|flag| !flag.required);
    for flag in flags {
        command = command.arg(argument(&flag));
    }
    command.args(options(operation))
}

/// Names the fields that have no flag of their own, for the end of the help.
pub(crate) fn nested(operation: &Operation<'static>) -> String {
    let names: Vec<String> = flags::nested(operation)
        .iter()
        .map(|field| format!("{}{}", field.name, if field.required { " (required)" } else { "" }))
        .collect();
    match names.is_empty() {
        true => String::new(),
        false => format!("Fields for --set and --json, which `campfire describe` shows: {}\n\n", names.join(", ")),
    }
}

fn options(operation: &Operation<'_>) -> Vec<Arg> {
    let option = |name: &'static str| Arg::new(name).long(name);
    let mut options = Vec::new();
    if operation.body.as_ref().is_some_and(|body| !body.multipart) {
        let heading = "Body";
        options.push(
            option("json")
                .help_heading(heading)
                .value_name("JSON")
                .help("The body, or @FILE to read it from a file, or @- from standard input; other options change it"),
        );
        options.push(option("set").help_heading(heading).value_name("PATH=VALUE").action(ArgAction::Append).help(
            "Set a value inside the body: lines[0].amount=12.50, or PATH:=JSON for null and other JSON; may be repeated",
        ));
    }
    if matches!(operation.response, Response::List { paging, .. } if paging != Paging::Whole) {
        options.push(option("all").action(ArgAction::SetTrue).help("Fetch all pages, not only the first"));
        let records = option("max-records").value_name("N").value_parser(value_parser!(u64)).requires("all");
        options.push(records.help("Stop after this many records"));
    }
    if let Response::File(media) = &operation.response {
        let file = option("save").value_name("FILE").value_parser(value_parser!(PathBuf));
        options.push(file.help(format!("Write the file ({media}) here instead of to standard output")));
    }
    let dry_run = option("dry-run").action(ArgAction::SetTrue);
    options.push(dry_run.help("Check the call and print the request, without sending it"));
    options
}

fn argument(flag: &Flag) -> Arg {
    let arg = Arg::new(flag.id.clone()).help(help(flag, false)).long_help(help(flag, true));
    let arg = arg.value_name(value_name(flag));
    if flag.place == Place::Path {
        return arg.required(true).help_heading("Ids");
    }
    let heading = if flag.place == Place::Query { "Parameters" } else { "Fields" };
    let arg = arg.long(flag.long.clone()).help_heading(heading).hide_short_help(flag.deprecated);
    match flag.item() {
        Type::Boolean if !flag.is_list() => arg.num_args(0..=1).require_equals(true).default_missing_value("true"),
        ty => {
            let action = if flag.is_list() { ArgAction::Append } else { ArgAction::Set };
            arg.action(action).allow_negative_numbers(matches!(ty, Type::Integer | Type::Decimal))
        }
    }
}

/// Returns the help of a flag: a line, or everything that the description says.
fn help(flag: &Flag, whole: bool) -> String {
    let mut help = if whole { unwrapped(&flag.description) } else { first_sentence(&flag.description) };
    let mut notes = Vec::new();
    if flag.required {
        notes.push("required".to_owned());
    }
    if flag.deprecated {
        notes.push("deprecated".to_owned());
    }
    if flag.is_list() {
        notes.push("may be repeated".to_owned());
    }
    let values = flags::enum_values(flag.item());
    if !values.is_empty() {
        const SHOWN: usize = 8;
        let shown = if whole { values.len() } else { SHOWN.min(values.len()) };
        let more = if shown < values.len() { ", …" } else { "" };
        notes.push(format!("one of {}{more}", values[..shown].join(", ")));
    }
    if !notes.is_empty() {
        help.push_str(&format!(" [{}]", notes.join("; ")));
    }
    help
}

fn value_name(flag: &Flag) -> String {
    match flag.item() {
        _ if flag.place == Place::Path => flag.long.to_uppercase().replace('-', "_"),
        Type::Integer if flag.references => "ID".to_owned(),
        Type::Integer => "N".to_owned(),
        Type::Boolean => "true|false".to_owned(),
        Type::Date => "DATE".to_owned(),
        Type::Timestamp => "TIME".to_owned(),
        Type::DateOrTimestamp => "DATE|TIME".to_owned(),
        Type::Decimal => "NUMBER".to_owned(),
        Type::File => "FILE".to_owned(),
        Type::Json => "JSON".to_owned(),
        Type::Enum(_) => "VALUE".to_owned(),
        _ => "TEXT".to_owned(),
    }
}

/// Fills a call with the values of the command line.
pub(crate) fn fill(mut call: UntypedCall, matches: &ArgMatches, session: &mut Session) -> Result<UntypedCall, Failure> {
    let operation = call.operation().clone();
    let flags = flags(&operation);
    for flag in flags.iter().filter(|flag| matches!(flag.place, Place::Path | Place::Query | Place::Part)) {
        let Some(values) = flag.values(matches) else { continue };
        call = match (flag.item(), values.first()) {
            (Type::File, Some(path)) => call.file(flag.name, FilePart::from_path(path)),
            _ if flag.is_list() => call.parameter(flag.name, values.into_iter().map(Json::from).collect::<Vec<_>>()),
            (_, Some(text)) => call.parameter(flag.name, text.as_str()),
            (_, None) => call,
        };
    }
    match body::read(&operation, &flags, matches, session)? {
        Some(body) => Ok(call.body(body)),
        None => Ok(call),
    }
}

/// Returns the ids in the path, by the names that help shows.
pub(crate) fn ids(operation: &Operation<'static>, matches: &ArgMatches) -> Vec<(String, String)> {
    let flags = flags(operation).into_iter().filter(|flag| flag.place == Place::Path);
    flags.filter_map(|flag| Some((flag.long.clone(), flag.values(matches)?.into_iter().next()?))).collect()
}
