//! The flags of an operation, as data: its parameters, and the fields of its body that a flag can hold.

use std::borrow::Cow;
use std::collections::HashSet;

use campfire::operations::{self, Field, Operation, Parameter, SchemaKind, Type};
use clap::ArgMatches;

use crate::{globals, tree};

/// The names of the options that operations have beside their parameters and fields.
const OPTIONS: [&str; 6] = ["json", "set", "dry-run", "all", "max-records", "save"];

/// Where the value of a flag goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// An id in the path.
    Path,
    /// A query parameter.
    Query,
    /// A field of a JSON body.
    Field,
    /// A part of an upload.
    Part,
}

/// A flag, or an id that is given by position.
#[derive(Clone, Debug)]
pub(crate) struct Flag {
    /// The name among the arguments of the command.
    pub(crate) id: String,
    /// The word after `--`.
    pub(crate) long: String,
    pub(crate) place: Place,
    /// The name in the API.
    pub(crate) name: &'static str,
    pub(crate) description: Cow<'static, str>,
    pub(crate) required: bool,
    pub(crate) deprecated: bool,
    /// The value is the id of a record.
    pub(crate) references: bool,
    /// The most characters of a text.
    pub(crate) max_length: Option<u64>,
    ty: Type<'static>,
}

impl Flag {
    /// Returns the type of a value; for a list, that of an item.
    pub(crate) fn item(&self) -> &Type<'static> {
        match &self.ty {
            Type::List(inner) => inner,
            ty => ty,
        }
    }

    pub(crate) fn is_list(&self) -> bool {
        matches!(self.ty, Type::List(_))
    }

    /// Returns `true` for a field that repeats an id of the path: `contract` beside `contract_id`.
    pub(crate) fn repeats(&self, id: &Flag) -> bool {
        *self.item() == Type::Integer && (id.long == self.long || id.long.strip_suffix("-id") == Some(&self.long))
    }

    /// Returns the values that the command line has for the flag. Ids may be given as `1,2`, because they have no commas.
    pub(crate) fn values(&self, matches: &ArgMatches) -> Option<Vec<String>> {
        let values = matches.get_many::<String>(&self.id)?;
        Some(match self.item() {
            Type::Integer if self.is_list() => {
                values.flat_map(|value| value.split(',')).map(|value| value.trim().to_owned()).collect()
            }
            _ => values.cloned().collect(),
        })
    }
}

/// Returns the flags of an operation. If two would have the same name, the later one is called `--field-…` or `--query-…`.
pub(crate) fn flags(operation: &Operation<'static>) -> Vec<Flag> {
    let path = operation.path_parameters.iter().map(|parameter| of_parameter(parameter, Place::Path));
    let query = operation.query.iter().map(|parameter| of_parameter(parameter, Place::Query));
    let mut flags: Vec<Flag> = path.chain(query).chain(of_body(operation)).collect();
    let reserved = OPTIONS.iter().chain(&globals::NAMES).chain(&["help", "version"]);
    let mut taken: HashSet<String> = reserved.map(|name| (*name).to_owned()).collect();
    for flag in &mut flags {
        let prefix = match flag.place {
            Place::Path => continue,
            Place::Query => "query",
            Place::Field | Place::Part => "field",
        };
        if !taken.insert(flag.long.clone()) {
            flag.long = format!("{prefix}-{}", flag.long);
            taken.insert(flag.long.clone());
        }
    }
    flags
}

fn of_parameter(parameter: &Parameter<'static>, place: Place) -> Flag {
    Flag {
        id: format!("{place:?}:{}", parameter.name),
        long: tree::word(parameter.shown_name()),
        place,
        name: parameter.name,
        description: parameter.description.clone(),
        required: place == Place::Query && parameter.required,
        deprecated: parameter.deprecated,
        references: parameter.references.is_some(),
        max_length: parameter.limits.max_length,
        ty: parameter.ty.clone(),
    }
}

fn of_body(operation: &Operation<'static>) -> Vec<Flag> {
    let Some(body) = &operation.body else { return Vec::new() };
    let place = if body.multipart { Place::Part } else { Place::Field };
    let flags = fields_of(&body.ty).into_iter().filter(|field| is_plain(&field.ty));
    flags.map(|field| of_field(field, place, body.partial)).collect()
}

/// Returns the fields of the body that no flag can hold: objects, and lists of them.
pub(crate) fn nested(operation: &Operation<'static>) -> Vec<Field<'static>> {
    let Some(body) = operation.body.as_ref().filter(|body| !body.multipart) else { return Vec::new() };
    let fields = fields_of(&body.ty).into_iter().filter(|field| !is_plain(&field.ty));
    fields.map(|field| Field { required: field.required && !body.partial, ..field }).collect()
}

/// Returns the fields of an object, or of the objects in a list, that a caller may send.
pub(crate) fn fields_of(ty: &Type<'static>) -> Vec<Field<'static>> {
    let name = match ty {
        Type::List(inner) => return fields_of(inner),
        Type::Object(name) => *name,
        _ => return Vec::new(),
    };
    match operations::schema(name).map(|schema| schema.kind) {
        Some(SchemaKind::Object { fields, .. }) => fields.into_iter().filter(|field| !field.read_only).collect(),
        _ => Vec::new(),
    }
}

fn of_field(field: Field<'static>, place: Place, partial: bool) -> Flag {
    Flag {
        id: format!("{place:?}:{}", field.name),
        long: tree::word(field.name),
        place,
        name: field.name,
        required: (field.required && !partial) || field.ty == Type::File,
        deprecated: field.deprecated,
        references: field.references.is_some(),
        max_length: field.limits.max_length,
        description: field.description,
        ty: field.ty,
    }
}

/// Returns `true` for values that are written as one word: everything but objects, and lists of them.
pub(crate) fn is_plain(ty: &Type<'_>) -> bool {
    match ty {
        Type::List(inner) => !matches!(**inner, Type::List(_)) && is_plain(inner),
        Type::Object(_) | Type::Map(_) => false,
        _ => true,
    }
}

/// Returns the values of an enum.
pub(crate) fn enum_values(ty: &Type<'_>) -> Vec<String> {
    let Type::Enum(name) = ty else { return Vec::new() };
    match operations::schema(name).map(|schema| schema.kind) {
        Some(SchemaKind::Enum(values)) => values.into_iter().map(|value| value.value.into_owned()).collect(),
        _ => Vec::new(),
    }
}
