//! The JSON body of a call, from `--json`, flags, and `--set`, in this order.

use std::fs;
use std::io::Read as _;

use campfire::operations::{Field, Operation, Type};
use campfire::{Json, JsonObject};
use clap::ArgMatches;

use super::flags::{self, Flag, Place};
use crate::failure::Failure;
use crate::path;
use crate::session::Session;

/// The most bytes that are read from standard input.
const LARGEST: u64 = 64 << 20;

/// Returns the body, or `None` if the command line has nothing for it.
pub(crate) fn read(
    operation: &Operation<'static>,
    flags: &[Flag],
    matches: &ArgMatches,
    session: &mut Session,
) -> Result<Option<Json>, Failure> {
    let Some(description) = operation.body.as_ref().filter(|body| !body.multipart) else { return Ok(None) };
    // An object may be empty, but a list must come from the command line.
    let is_object = matches!(description.ty, Type::Object(_));
    let mut body = match matches.get_one::<String>("json") {
        Some(text) => Some(parsed(text, session)?),
        None => is_object.then(|| Json::Object(JsonObject::new())),
    };
    for flag in flags.iter().filter(|flag| flag.place == Place::Field) {
        let Some(values) = flag.values(matches) else { continue };
        let mut values = values.iter().map(|text| path::value(Some(flag.item()), text));
        let value = if flag.is_list() { Json::Array(values.collect()) } else { values.next().unwrap_or_default() };
        match body.get_or_insert_with(|| Json::Object(JsonObject::new())) {
            Json::Object(object) => drop(object.insert(flag.name.to_owned(), value)),
            _ => return Err(Failure::usage(format!("--{} needs a body that is an object", flag.long))),
        }
    }
    for assignment in matches.get_many::<String>("set").into_iter().flatten() {
        let body = body.get_or_insert_default();
        path::assign(body, &description.ty, assignment).map_err(|error| Failure::usage(format!("--set: {error}")))?;
    }
    add_path_ids(flags, matches, body.as_mut());
    Ok(body)
}

/// Sets required fields that repeat an id of the path, such as `contract` beside `contract_id`, unless they are set.
fn add_path_ids(flags: &[Flag], matches: &ArgMatches, body: Option<&mut Json>) {
    let Some(Json::Object(object)) = body else { return };
    for field in flags.iter().filter(|flag| flag.place == Place::Field && flag.required) {
        let repeated = flags.iter().find(|flag| flag.place == Place::Path && field.repeats(flag));
        let id = repeated.and_then(|flag| flag.values(matches)?.into_iter().next());
        if let Some(id) = id.filter(|_| !object.contains_key(field.name)) {
            object.insert(field.name.to_owned(), path::value(Some(field.item()), &id));
        }
    }
}

fn parsed(text: &str, session: &mut Session) -> Result<Json, Failure> {
    let text = match text.strip_prefix('@') {
        None => text.to_owned(),
        Some("-") => {
            let mut text = String::new();
            let read = session.input.by_ref().take(LARGEST).read_to_string(&mut text);
            read.map_err(|error| Failure::usage(format!("standard input cannot be read: {error}")))?;
            text
        }
        Some(file) => {
            fs::read_to_string(file).map_err(|error| Failure::usage(format!("{file} cannot be read: {error}")))?
        }
    };
    text.parse().map_err(|error| Failure::usage(format!("--json: {error}")))
}

/// Returns an example of a body: the required fields, or the first field if none is.
pub(crate) fn example(operation: &Operation<'static>, flags: &[Flag]) -> String {
    let nested: Vec<String> = match operation.body.as_ref().map(|body| &body.ty) {
        Some(ty @ Type::List(item)) if !flags::is_plain(item) => inside("[0]", ty),
        Some(Type::List(item)) => vec![format!("[0]={}", sample(item, None))],
        Some(Type::Json | Type::Map(_)) => return " --json '{}'".to_owned(),
        _ => {
            let required = flags::nested(operation).into_iter().filter(|field| field.required);
            required.flat_map(|field| inside(&start(&field), &field.ty)).collect()
        }
    };
    let fields = flags.iter().filter(|flag| matches!(flag.place, Place::Field | Place::Part));
    let repeats = |field: &&Flag| flags.iter().any(|flag| flag.place == Place::Path && field.repeats(flag));
    let fields = fields.filter(|field| !repeats(field));
    let required: Vec<&Flag> = fields.clone().filter(|flag| flag.required).collect();
    let shown = if required.is_empty() && nested.is_empty() { fields.take(1).collect() } else { required };
    let plain = shown.iter().map(|flag| format!(" --{}={}", flag.long, sample(flag.item(), flag.max_length)));
    // Shells would take the brackets for a pattern.
    plain.chain(nested.iter().map(|path| format!(" --set '{path}'"))).collect()
}

/// Returns the path of the first object in a field.
fn start(field: &Field<'_>) -> String {
    if matches!(field.ty, Type::List(_)) { format!("{}[0]", field.name) } else { field.name.to_owned() }
}

/// Returns assignments to the required fields of an object, or to its first plain field if none is required.
fn inside(path: &str, ty: &Type<'static>) -> Vec<String> {
    let fields = flags::fields_of(ty);
    let is_plain = |field: &&Field<'_>| flags::is_plain(&field.ty);
    let assign = |field: &Field<'_>| match &field.ty {
        Type::List(item) => format!("{path}.{}[0]={}", field.name, sample(item, field.limits.max_length)),
        ty => format!("{path}.{}={}", field.name, sample(ty, field.limits.max_length)),
    };
    let mut assignments: Vec<String> = Vec::new();
    for field in fields.iter().filter(|field| field.required) {
        match is_plain(&field) {
            true => assignments.push(assign(field)),
            false => assignments.extend(inside(&format!("{path}.{}", start(field)), &field.ty)),
        }
    }
    if assignments.is_empty() {
        assignments.extend(fields.iter().find(is_plain).map(assign));
    }
    assignments
}

/// Returns a value that the description allows.
pub(crate) fn sample(ty: &Type<'_>, max_length: Option<u64>) -> String {
    match ty {
        Type::Integer => "1".to_owned(),
        Type::Decimal => "12.50".to_owned(),
        Type::Boolean => "true".to_owned(),
        Type::Date | Type::DateOrTimestamp => "2026-11-30".to_owned(),
        Type::Timestamp => "2026-11-30T12:00:00Z".to_owned(),
        Type::File => "FILE".to_owned(),
        Type::Json => "{}".to_owned(),
        ty => flags::enum_values(ty).into_iter().next().unwrap_or_else(|| {
            let most = max_length.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
            "TEXT".chars().take(most).collect()
        }),
    }
}
