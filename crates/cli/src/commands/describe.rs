//! `campfire describe ID`: what an operation does, and what it takes.

use std::io::{self, Write};

use campfire::operations::{self, Money, Operation, Paging, Response, Retry, Schema, SchemaKind, Type};
use clap::{Arg, ArgMatches, Command};
use serde::Serialize;

use crate::arguments::body;
use crate::arguments::flags::{Flag, Place, flags};
use crate::failure::Failure;
use crate::globals::Globals;
use crate::output;
use crate::output::format::Format;
use crate::prose::{first_sentence, unwrapped, wrapped};
use crate::session::Session;
use crate::tree;

pub(crate) fn command() -> Command {
    let words = Arg::new("operation").value_name("OPERATION").required(true).num_args(1..);
    Command::new("describe")
        .about("Shows what an operation does, its side effects, and its fields")
        .arg(words.help("An operation id such as invoices.void, or its words"))
}

pub(crate) fn run(matches: &ArgMatches, globals: &Globals, session: &mut Session) -> Result<(), Failure> {
    let words = matches.get_many::<String>("operation").into_iter().flatten();
    let id = tree::id_of(words.map(String::as_str));
    let Some(operation) = operations::get(&id) else {
        let similar = operations::similar(&id);
        let hint = if similar.is_empty() { String::new() } else { format!(": did you mean {}?", similar.join(" or ")) };
        return Err(Failure::usage(format!("there is no operation `{id:.80}`{hint}")));
    };
    match globals.format {
        Format::Json | Format::Ndjson => output::json(&Described::new(operation), globals.format, session)?,
        Format::Table | Format::Csv => write_text(&operation, session)?,
    }
    Ok(())
}

/// An operation, and the schemas that its parameters, its body, and its response refer to.
#[derive(Serialize)]
struct Described {
    #[serde(flatten)]
    operation: Operation<'static>,
    schemas: Vec<Schema<'static>>,
}

impl Described {
    fn new(operation: Operation<'static>) -> Self {
        let mut schemas = Vec::new();
        let parameters = operation.path_parameters.iter().chain(&operation.query).map(|parameter| &parameter.ty);
        let response = match &operation.response {
            Response::Json(ty) | Response::List { ty, .. } => Some(ty),
            Response::Nothing | Response::File(_) => None,
        };
        let types = parameters.chain(operation.body.as_ref().map(|body| &body.ty)).chain(response);
        types.for_each(|ty| collect(ty, &mut schemas));
        Self { operation, schemas }
    }
}

/// Adds the schemas that a type refers to, each once.
fn collect(ty: &Type<'static>, schemas: &mut Vec<Schema<'static>>) {
    let name = match ty {
        Type::List(inner) | Type::Map(inner) => return collect(inner, schemas),
        Type::Object(name) | Type::Enum(name) => *name,
        _ => return,
    };
    if schemas.iter().any(|schema| schema.name == name) {
        return;
    }
    let Some(schema) = operations::schema(name) else { return };
    let kind = schema.kind.clone();
    schemas.push(schema);
    if let SchemaKind::Object { fields, additional } = kind {
        fields.iter().map(|field| &field.ty).chain(&additional).for_each(|ty| collect(ty, schemas));
    }
}

/// Returns an example of a command line.
pub(crate) fn example(operation: &Operation<'static>) -> String {
    let flags = flags(operation);
    let ids = flags.iter().filter(|flag| flag.place == Place::Path).map(|_| " 42");
    let required = flags.iter().filter(|flag| flag.place == Place::Query && flag.required);
    let required = required.map(|flag| format!(" --{}={}", flag.long, body::sample(flag.item(), flag.max_length)));
    let ids: String = ids.map(str::to_owned).chain(required).collect();
    format!("campfire {}{ids}{}", tree::words(operation.id), body::example(operation, &flags))
}

fn write_text(operation: &Operation<'static>, session: &mut Session) -> io::Result<()> {
    let width = session.width.min(100);
    let out = &mut session.out;
    writeln!(out, "{}: {}\n{} {}\n", operation.id, operation.summary, operation.method, operation.path)?;
    writeln!(out, "{}", wrapped(&unwrapped(&operation.description), width, ""))?;
    writeln!(out, "{}", wrapped(&retry(operation), width, ""))?;
    if let Some(read_back) = operation.read_back {
        writeln!(out, "To see whether it took effect: {}\n", tree::command(read_back, |_| None))?;
    }
    if let Some(money) = operation.money {
        writeln!(out, "{}\n", self::money(money))?;
    }
    let flags = flags(operation);
    for (place, title) in [(Place::Path, "Ids"), (Place::Query, "Parameters"), (Place::Part, "Parts of the form")] {
        write_flags(out, title, flags.iter().filter(|flag| flag.place == place), width)?;
    }
    write_body(out, operation, width)?;
    writeln!(out, "Response: {}\n", response(&operation.response))?;
    if !operation.reference.is_empty() {
        writeln!(out, "Reference: {}", operation.reference)?;
    }
    writeln!(out, "Example: {}", example(operation))
}

fn write_flags<'a>(
    out: &mut dyn Write,
    title: &str,
    flags: impl Iterator<Item = &'a Flag>,
    width: usize,
) -> io::Result<()> {
    let mut flags = flags.peekable();
    if flags.peek().is_none() {
        return Ok(());
    }
    writeln!(out, "{title}:")?;
    for flag in flags {
        let list = if flag.is_list() { "list of " } else { "" };
        let required = if flag.required { ", required" } else { "" };
        let head = format!("{} ({list}{}{required})", flag.name, type_name(flag.item()));
        write!(out, "{}", wrapped(&head, width, "  "))?;
        write!(out, "{}", wrapped(&first_sentence(&flag.description), width, "      "))?;
    }
    writeln!(out)
}

fn write_body(out: &mut dyn Write, operation: &Operation<'static>, width: usize) -> io::Result<()> {
    let Some(body) = operation.body.as_ref().filter(|body| !body.multipart) else { return Ok(()) };
    writeln!(out, "Body: {}", type_name(&body.ty))?;
    write_fields(out, &body.ty, body.partial, width, 1, &mut Vec::new())?;
    writeln!(out)
}

/// Writes the fields of an object, and those of objects in it, each schema once.
fn write_fields(
    out: &mut dyn Write,
    ty: &Type<'static>,
    partial: bool,
    width: usize,
    depth: usize,
    seen: &mut Vec<&'static str>,
) -> io::Result<()> {
    let name = match ty {
        Type::List(inner) | Type::Map(inner) => return write_fields(out, inner, partial, width, depth, seen),
        Type::Object(name) if !seen.contains(name) => *name,
        _ => return Ok(()),
    };
    seen.push(name);
    let Some(SchemaKind::Object { fields, .. }) = operations::schema(name).map(|schema| schema.kind) else {
        return Ok(());
    };
    let indent = "  ".repeat(depth);
    for field in fields.into_iter().filter(|field| !field.read_only) {
        let required = if field.required && !partial { ", required" } else { "" };
        let head = format!("{} ({}{required})", field.name, type_name(&field.ty));
        write!(out, "{}", wrapped(&head, width, &indent))?;
        write!(out, "{}", wrapped(&first_sentence(&field.description), width, &format!("{indent}    ")))?;
        write_fields(out, &field.ty, false, width, depth + 1, seen)?;
    }
    Ok(())
}

fn type_name(ty: &Type<'_>) -> String {
    match ty {
        Type::String => "string".to_owned(),
        Type::Integer => "integer".to_owned(),
        Type::Boolean => "true or false".to_owned(),
        Type::Date => "date".to_owned(),
        Type::Decimal => "decimal number".to_owned(),
        Type::Timestamp => "time".to_owned(),
        Type::DateOrTimestamp => "date or time".to_owned(),
        Type::File => "file".to_owned(),
        Type::Json => "any JSON".to_owned(),
        Type::List(inner) => format!("list of {}", type_name(inner)),
        Type::Map(inner) => format!("map of {}", type_name(inner)),
        Type::Object(name) => (*name).to_owned(),
        Type::Enum(_) => format!("one of {}", crate::arguments::flags::enum_values(ty).join(", ")),
    }
}

fn retry(operation: &Operation<'_>) -> String {
    let class = match operation.retry {
        Retry::Safe => "Changes nothing, and is retried if it fails.",
        Retry::Idempotent => "Changes data. Running it twice has the same effect as running it once, so it is retried.",
        Retry::Keyed => {
            "Changes data. The server processes it once per idempotency key, so it is retried with the same key."
        }
        Retry::Never => "Changes data. It may take effect twice if it is repeated, so it is never retried.",
    };
    match operation.changes_if {
        Some(flag) => format!("{class} With `{flag}`, it changes data and is never retried."),
        None => class.to_owned(),
    }
}

fn money(money: Money) -> &'static str {
    match money {
        Money::Moves => "Money may move outside the books.",
        Money::Records => "A payment is recorded, applied, or reversed in the books; no money moves.",
    }
}

fn response(response: &Response<'_>) -> String {
    match response {
        Response::Nothing => "none".to_owned(),
        Response::File(media) => format!("a file ({media})"),
        Response::Json(ty) => type_name(ty),
        Response::List { ty, paging: Paging::Whole } => format!("all records at once: {}", type_name(ty)),
        Response::List { ty, .. } => format!("a page of records: {}", type_name(ty)),
    }
}
