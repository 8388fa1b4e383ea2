//! Collections: filters, order, pages.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::model::Operation;
use super::store::{Record, Store};
use crate::{DateOrTimestamp, Json, JsonObject, Timestamp};

/// What the caller asked for, by key; a key may repeat.
pub(crate) type Query = BTreeMap<String, Vec<String>>;

/// Parameters that are no filters on a field of the same name.
const CONTROL: [&str; 9] = [
    "cursor",
    "include_deleted",
    "last_modified_at__gte",
    "last_modified_at__lte",
    "limit",
    "offset",
    "ordering",
    "q",
    "sort",
];

/// The rows that match, in order.
pub(crate) fn select<'a>(
    store: &'a Store,
    operation: &Operation,
    parents: &[(&str, i64)],
    query: &Query,
) -> Result<Vec<(i64, &'a Record)>, JsonObject> {
    let deleted = first(query, "include_deleted").is_some_and(|value| value == "true");
    let since = bound(query, "last_modified_at__gte")?;
    let until = bound(query, "last_modified_at__lte")?;
    let text = first(query, "q").map(str::to_lowercase);
    let mut rows: Vec<(i64, &Record)> = store
        .table(operation.resource())
        .filter(|(_, record)| parents.iter().all(|(name, id)| record.parents.get(*name) == Some(id)))
        .filter(|(_, record)| record.deleted.is_some() == deleted)
        .filter(|(_, record)| {
            let time = record.deleted.unwrap_or(record.modified);
            since.is_none_or(|since| time >= since) && until.is_none_or(|until| time <= until)
        })
        .filter(|(_, record)| text.as_deref().is_none_or(|text| contains(&record.fields, text)))
        .filter(|(_, record)| matches(operation, query, &record.fields))
        .collect();
    if let Some(sort) = first(query, "sort").or_else(|| first(query, "ordering")) {
        let (field, descending) = sort.strip_prefix('-').map_or((sort, false), |field| (field, true));
        rows.sort_by(|(_, a), (_, b)| {
            let order = compare(a.fields.get(field), b.fields.get(field));
            if descending { order.reverse() } else { order }
        });
    } else if operation.query.iter().any(|name| name == "cursor") {
        // The feeds are the only lists with a promised order.
        rows.sort_by_key(|(id, record)| (record.modified, *id));
    }
    Ok(rows)
}

pub(crate) fn first<'q>(query: &'q Query, name: &str) -> Option<&'q str> {
    query.get(name)?.first().map(String::as_str)
}

/// A time bound; a day in `__lte` covers the whole of it.
fn bound(query: &Query, name: &str) -> Result<Option<Timestamp>, JsonObject> {
    let Some(text) = first(query, name).filter(|text| !text.is_empty()) else { return Ok(None) };
    match text.parse() {
        Ok(DateOrTimestamp::Timestamp(time)) => Ok(Some(time)),
        Ok(DateOrTimestamp::Date(day)) => {
            let time = if name.ends_with("lte") { "23:59:59" } else { "00:00:00" };
            Ok(format!("{day}T{time}Z").parse().ok())
        }
        Err(error) => {
            let message = Json::Array(vec![Json::String(error.to_string())]);
            Err(JsonObject::from([(name.to_owned(), message)]))
        }
    }
}

fn contains(fields: &JsonObject, text: &str) -> bool {
    fields.values().any(|value| value.as_str().is_some_and(|value| value.to_lowercase().contains(text)))
}

/// Declared parameters that name a field filter on it; several values of one mean any of them. Unknown parameters are
/// ignored, as the server ignores them.
fn matches(operation: &Operation, query: &Query, fields: &JsonObject) -> bool {
    query
        .iter()
        .filter(|(name, _)| operation.query.contains(name) && !CONTROL.contains(&name.as_str()))
        .filter_map(|(name, wanted)| Some((fields.get(name)?, wanted)))
        .all(|(value, wanted)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            wanted.iter().any(|wanted| wanted.is_empty() || wanted.split(',').any(|wanted| wanted == text))
        })
}

/// Nulls last, numbers by value, texts by alphabet.
fn compare(a: Option<&Json>, b: Option<&Json>) -> Ordering {
    match (a.filter(|a| !a.is_null()), b.filter(|b| !b.is_null())) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(Json::Number(a)), Some(Json::Number(b))) => a.as_decimal().cmp(&b.as_decimal()),
        (Some(a), Some(b)) => a.to_string().cmp(&b.to_string()),
    }
}

/// Where a page begins and ends, and the addresses of its neighbours.
pub(crate) struct Window {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) next: Option<String>,
    pub(crate) previous: Option<String>,
}

/// The rows that a page asked for, of `total`. The server may honour a smaller `limit`.
pub(crate) fn window(
    operation: &Operation,
    query: &Query,
    total: usize,
    most: usize,
    address: &str,
) -> Result<Window, String> {
    let number = |name: &str| match first(query, name) {
        None | Some("") => Ok(None),
        Some(text) => text.parse::<usize>().map(Some).map_err(|_| format!("`{name}` is no number: {text:.40}")),
    };
    let limit = number("limit")?.filter(|limit| *limit > 0).unwrap_or(100).min(most);
    let cursor = first(query, "cursor").filter(|_| operation.query.iter().any(|name| name == "cursor"));
    let start = match cursor {
        None => number("offset")?.unwrap_or(0),
        Some("") => 0,
        Some(cursor) => open_cursor(query, cursor).ok_or("Invalid cursor")?,
    }
    .min(total);
    let end = (start + limit).min(total);
    let link = |start: usize| {
        let mut text = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in query.iter().filter(|(name, _)| !["cursor", "limit", "offset"].contains(&name.as_str())) {
            for value in value {
                text.append_pair(name, value);
            }
        }
        text.append_pair("limit", &limit.to_string());
        match cursor {
            Some(_) => text.append_pair("cursor", &cursor_at(query, start)),
            None => text.append_pair("offset", &start.to_string()),
        };
        format!("{address}?{}", text.finish())
    };
    Ok(Window {
        start,
        end,
        next: (end < total).then(|| link(end)),
        previous: (start > 0).then(|| link(start.saturating_sub(limit))),
    })
}

/// A cursor is bound to the filters under which it was given.
fn cursor_at(query: &Query, start: usize) -> String {
    format!("{start:x}-{:x}", checksum(query))
}

fn open_cursor(query: &Query, cursor: &str) -> Option<usize> {
    let (start, sum) = cursor.split_once('-')?;
    (u64::from_str_radix(sum, 16).ok()? == checksum(query)).then(|| usize::from_str_radix(start, 16).ok())?
}

fn checksum(query: &Query) -> u64 {
    let mut hasher = DefaultHasher::new();
    for (name, values) in query.iter().filter(|(name, _)| !["cursor", "limit", "offset"].contains(&name.as_str())) {
        (name, values).hash(&mut hasher);
    }
    hasher.finish()
}
