//! The table at the top of a large type's page: its fields by what they hold.

use std::fmt::Write as _;

use crate::description::spec::{Api, Field, SchemaKind, Type};

/// The largest number of fields that a reader finds their way in without a table.
const SMALL: usize = 40;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    Identity,
    Links,
    Dates,
    Amounts,
    Choices,
    Parts,
    Other,
}

impl Group {
    const ALL: [Self; 7] =
        [Self::Identity, Self::Links, Self::Dates, Self::Amounts, Self::Choices, Self::Parts, Self::Other];

    fn of(api: &Api, field: &Field) -> Self {
        if field.identity || field.format.as_deref() == Some("uuid") {
            return Self::Identity;
        }
        if field.references.is_some() {
            return Self::Links;
        }
        match (&field.ty, api.scalar(&field.ty)) {
            (Type::Date, _) => Self::Dates,
            (_, Some("decimal")) => Self::Amounts,
            (_, Some(scalar)) if scalar.contains("timestamp") => Self::Dates,
            (Type::Boolean, _) => Self::Choices,
            (Type::Named(name), None) => match api.schema(name).map(|schema| &schema.kind) {
                Some(SchemaKind::Enum(_)) => Self::Choices,
                _ => Self::Parts,
            },
            (Type::Array(_) | Type::Map(_) | Type::Json, _) => Self::Parts,
            _ => Self::Other,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Identity => "Identity",
            Self::Links => "Ids of other records",
            Self::Dates => "Dates and times",
            Self::Amounts => "Amounts, quantities, and rates",
            Self::Choices => "Choices",
            Self::Parts => "Lists and objects",
            Self::Other => "Other",
        }
    }
}

/// Returns the table for a type with many fields, as Markdown.
pub(crate) fn table(api: &Api, fields: &[&Field]) -> Option<String> {
    if fields.len() <= SMALL {
        return None;
    }
    let mut table = "| Fields | |\n| --- | --- |".to_owned();
    for group in Group::ALL {
        let members = fields.iter().filter(|field| Group::of(api, field) == group);
        let links = members.map(|field| format!("[`{0}`](#structfield.{0})", field.rust_name));
        let links: Vec<String> = links.collect();
        if !links.is_empty() {
            let _ = write!(table, "\n| {} | {} |", group.title(), links.join(", "));
        }
    }
    Some(table)
}
