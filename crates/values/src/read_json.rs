//! [`ReadJson`]: how each kind of value is read from a response: decimals, dates, integers, lists, objects with free keys.
//!
//! The rules are documented in `docs/decoding.md`. A value that would have to be changed or dropped to fit is an error.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::decimal::Decimal;
use crate::json::{Json, any};
use crate::patch::Patch;
use crate::read_error::ReadJsonError;
use crate::reader::{NO_FIELDS, Reader, TWICE};
use crate::timestamp::{self, DateOrTimestamp, Timestamp};

/// A value that is read from JSON. It reads as `None` if the text is null, or an empty string that means nothing.
pub trait ReadJson: Sized {
    /// The first byte of its JSON, if that is certain.
    const OPENS: Option<u8> = None;
    /// `true` if any valid JSON fits.
    const IS_UNTYPED: bool = false;

    /// Reads the value.
    ///
    /// # Errors
    /// If the text is not valid JSON, or does not fit.
    fn read_json(reader: &mut Reader<'_>) -> Result<Option<Self>, ReadJsonError>;
}

/// Reads a whole text.
///
/// # Errors
/// If the text is not exactly one JSON value that fits, or is null.
pub fn from_text<T: ReadJson>(text: &str) -> Result<T, ReadJsonError> {
    only_value(&mut Reader::new(text))
}

/// Reads a whole text.
///
/// # Errors
/// If the text is not exactly one JSON value that fits, or is null.
pub fn only_value<T: ReadJson>(reader: &mut Reader<'_>) -> Result<T, ReadJsonError> {
    let value = T::read_json(reader)?;
    reader.end()?;
    value.ok_or_else(|| reader.error("is null"))
}

/// Numbers are taken where the description says text, digit by digit.
impl ReadJson for String {
    fn read_json(reader: &mut Reader<'_>) -> Result<Option<Self>, ReadJsonError> {
        match reader.peek() {
            b'n' => reader.null().map(|_| None),
            b'-' | b'0'..=b'9' => Ok(Some(reader.number()?.text().to_owned())),
            _ => Ok(Some(reader.string()?.into_owned())),
        }
    }
}

impl ReadJson for bool {
    fn read_json(reader: &mut Reader<'_>) -> Result<Option<Self>, ReadJsonError> {
        if reader.null()? { Ok(None) } else { reader.boolean().map(Some) }
    }
}

impl ReadJson for Json {
    const IS_UNTYPED: bool = true;

    fn read_json(reader: &mut Reader<'_>) -> Result<Option<Self>, ReadJsonError> {
        any(reader).map(|json| (!json.is_null()).then_some(json))
    }
}

impl ReadJson for Decimal {
    fn read_json(reader: &mut Reader<'_>) -> Result<Option<Self>, ReadJsonError> {
        let decimal = match reader.peek() {
            b'n' => return reader.null().map(|_| None),
            b'"' => reader.string()?.trim().parse(),
            b'-' | b'0'..=b'9' => reader.number()?.decimal(),
            _ => return Err(reader.unexpected(Decimal::EXPECTED)),
        };
        decimal.map(Some).map_err(|error| reader.error(error.to_string()))
    }
}

/// Integers arrive as numbers, as strings, and as `12.0`.
impl ReadJson for i64 {
    fn read_json(reader: &mut Reader<'_>) -> Result<Option<Self>, ReadJsonError> {
        const EXPECTED: &str = "an integer";
        let mark = reader.mark();
        match reader.peek() {
            b'n' => reader.null().map(|_| None),
            b'"' => {
                let text = reader.string()?;
                match text.parse::<i64>() {
                    // `007` and `+7` would not be written back unchanged.
                    Ok(integer) if integer.to_string() == text => Ok(Some(integer)),
                    _ => {
                        reader.back(mark);
                        Err(reader.unexpected(EXPECTED))
                    }
                }
            }
            b'-' | b'0'..=b'9' => {
                let number = reader.number()?;
                let integer = number.integer();
                integer
                    .map(Some)
                    .ok_or_else(|| reader.error(format!("the number {:.40} is not a 64-bit integer", number.text())))
            }
            _ => Err(reader.unexpected(EXPECTED)),
        }
    }
}

/// Reads a string and parses it. Null and `""` read as `None`.
///
/// # Errors
/// If the text is not a string, or cannot be parsed.
pub fn parsed<T, E: ToString>(
    reader: &mut Reader<'_>,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<Option<T>, ReadJsonError> {
    if reader.null()? {
        return Ok(None);
    }
    let text = reader.string()?;
    if text.is_empty() {
        return Ok(None);
    }
    parse(&text).map(Some).map_err(|error| reader.error(error.to_string()))
}

impl ReadJson for Timestamp {
    fn read_json(reader: &mut Reader<'_>) -> Result<Option<Self>, ReadJsonError> {
        parsed(reader, str::parse)
    }
}

impl ReadJson for DateOrTimestamp {
    fn read_json(reader: &mut Reader<'_>) -> Result<Option<Self>, ReadJsonError> {
        parsed(reader, str::parse)
    }
}

impl ReadJson for NaiveDate {
    fn read_json(reader: &mut Reader<'_>) -> Result<Option<Self>, ReadJsonError> {
        parsed(reader, |text| {
            timestamp::parse_day(text).ok_or_else(|| format!("`{text:.80}` is not a date such as 2025-01-31"))
        })
    }
}

/// Lists skip nulls, which carry no data.
impl<T: ReadJson> ReadJson for Vec<T> {
    const OPENS: Option<u8> = Some(b'[');

    fn read_json(reader: &mut Reader<'_>) -> Result<Option<Self>, ReadJsonError> {
        let Some(mut list) = reader.list()? else { return Ok(None) };
        let mut items = Vec::new();
        while reader.item(&mut list)? {
            if let Some(item) = T::read_json(reader).map_err(|error| error.at_index(list.index()))? {
                reader.push(&mut items, item)?;
            }
        }
        Ok(Some(items))
    }
}

/// Adds a key to a map.
pub(crate) fn insert<T>(
    reader: &mut Reader<'_>,
    members: &mut BTreeMap<String, T>,
    key: String,
    value: T,
) -> Result<(), ReadJsonError> {
    if members.contains_key(&key) {
        return Err(reader.error(TWICE).at_key(key));
    }
    reader.insert(members, key, value)
}

/// Objects whose keys are data skip nulls as well.
impl<T: ReadJson> ReadJson for BTreeMap<String, T> {
    const OPENS: Option<u8> = Some(b'{');

    fn read_json(reader: &mut Reader<'_>) -> Result<Option<Self>, ReadJsonError> {
        let Some(mut object) = reader.object(NO_FIELDS, "an object")? else { return Ok(None) };
        let (mut members, mut nulls) = (BTreeMap::new(), BTreeMap::new());
        while reader.key(&mut object)?.is_some() {
            let key = object.take_key().into_owned();
            let value = T::read_json(reader).map_err(|error| error.at_key(&*key))?;
            if nulls.contains_key(&key) {
                return Err(reader.error(TWICE).at_key(key));
            }
            match value {
                Some(value) => insert(reader, &mut members, key, value)?,
                None if members.contains_key(&key) => {
                    return Err(reader.error(TWICE).at_key(key));
                }
                None => insert(reader, &mut nulls, key, ())?,
            }
        }
        Ok(Some(members))
    }
}

/// Null clears the field.
impl<T: ReadJson> ReadJson for Patch<T> {
    const OPENS: Option<u8> = T::OPENS;

    fn read_json(reader: &mut Reader<'_>) -> Result<Option<Self>, ReadJsonError> {
        T::read_json(reader).map(|value| Some(value.map_or(Patch::Clear, Patch::Set)))
    }
}
