//! The JSON body of a call, from `--json`, flags, and `--set`, in this order.

use std::fs;
use std::io::Read as _;

use campfire::operations::{Operation, Type};
use campfire::{Json, JsonObject};
use clap::ArgMatches;

use super::flags::{Flag, Place};
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
pub(crate) fn example(flags: &[Flag]) -> String {
    let fields = flags.iter().filter(|flag| matches!(flag.place, Place::Field | Place::Part));
    let repeats = |field: &&Flag| flags.iter().any(|flag| flag.place == Place::Path && field.repeats(flag));
    let fields = fields.filter(|field| !repeats(field));
    let required: Vec<&Flag> = fields.clone().filter(|flag| flag.required).collect();
    let shown = if required.is_empty() { fields.take(1).collect() } else { required };
    shown.iter().map(|flag| format!(" --{}={}", flag.long, sample(flag.item()))).collect()
}

fn sample(ty: &Type<'_>) -> String {
    match ty {
        Type::Integer => "1".to_owned(),
        Type::Decimal => "12.50".to_owned(),
        Type::Boolean => "true".to_owned(),
        Type::Date | Type::DateOrTimestamp => "2026-11-30".to_owned(),
        Type::Timestamp => "2026-11-30T12:00:00Z".to_owned(),
        Type::File => "FILE".to_owned(),
        ty => super::flags::enum_values(ty).into_iter().next().unwrap_or_else(|| "TEXT".to_owned()),
    }
}
