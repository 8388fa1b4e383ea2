//! Collections: which records, in which order, in which pages.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use chrono::{Datelike, Days, Months};

use campfire_sandbox_model::{DocumentKind, Operation};

use super::accounting::document;
use super::model::Model;
use super::render::View;
use super::store::{Record, Seconds, Store};
use campfire_values::{Date, DateOrTimestamp, Decimal, Json, JsonObject};

/// What the caller asked for, by key; a key may repeat.
pub(crate) type Query = BTreeMap<String, Vec<String>>;

/// Parameters that are no filters on a field of the same name.
const CONTROL: [&str; 14] = [
    "all_time",
    "cursor",
    "download",
    "end_date",
    "include_deleted",
    "last_modified_at__gte",
    "last_modified_at__lte",
    "limit",
    "offset",
    "ordering",
    "q",
    "skip_count",
    "sort",
    "start_date",
];

/// Parameters that say where a page begins, and not which rows there are.
const PAGING: [&str; 4] = ["cursor", "limit", "offset", "skip_count"];

pub(crate) fn first<'q>(query: &'q Query, name: &str) -> Option<&'q str> {
    query.get(name)?.first().map(String::as_str)
}

fn is_set(query: &Query, name: &str) -> bool {
    first(query, name).is_some_and(|value| value.eq_ignore_ascii_case("true") || value == "1")
}

/// Where the API looks if nobody says: from six months ago to the end of this month.
pub(crate) fn default_window(today: Date) -> (Date, Date) {
    let first = today.with_day(1).unwrap_or(today);
    (today - Months::new(6), first + Months::new(1) - Days::new(1))
}

/// Which records a list shows.
pub(crate) struct Selection<'a> {
    view: View<'a>,
    pub(crate) resource: &'a str,
    parents: &'a [(&'static str, i64)],
    filter: Vec<(&'a str, Vec<Json>)>,
    deleted: bool,
    since: Option<Seconds>,
    until: Option<Seconds>,
    text: Option<String>,
    days: Option<(&'a str, Option<Date>, Option<Date>)>,
    conditions: Vec<Condition<'a>>,
}

/// What a parameter asks of a field.
struct Condition<'a> {
    field: String,
    asks: Asks,
    wanted: &'a [String],
}

enum Asks {
    AnyOf,
    NoneOf,
    AtLeast,
    AtMost,
    /// Whether the field is empty is what the value says.
    Empty,
    /// Whether the field is filled is what the value says.
    Filled,
    /// Whether the document is in that state.
    State,
}

impl<'a> Selection<'a> {
    /// What an operation with a query selects.
    ///
    /// # Errors
    /// What is wrong with the query, by parameter.
    pub(crate) fn new(
        view: View<'a>,
        operation: &'a Operation,
        parents: &'a [(&'static str, i64)],
        query: &'a Query,
    ) -> Result<Self, JsonObject> {
        let records = &operation.effect.records;
        let filter = records.filter.iter();
        let filter = filter.map(|(name, values)| (name.as_str(), values.iter().cloned().map(Json::from).collect()));
        let resource = records.of.as_deref().unwrap_or(operation.resource());
        let filters = query.iter().filter(|(name, _)| operation.takes(name) && !CONTROL.contains(&name.as_str()));
        let conditions = filters.filter_map(|(name, wanted)| condition(view.model, resource, name, wanted)).collect();
        Ok(Selection {
            resource,
            parents: if records.of.is_some() { &[] } else { parents },
            filter: filter.collect(),
            deleted: is_set(query, "include_deleted"),
            since: bound(query, "last_modified_at__gte")?,
            until: bound(query, "last_modified_at__lte")?,
            text: first(query, "q").filter(|text| !text.is_empty()).map(str::to_lowercase),
            days: days(view, operation, query)?,
            conditions,
            view,
        })
    }

    fn admits(&self, id: i64, record: &Record) -> bool {
        record.deleted.is_some() == self.deleted
            && record.is_below(self.parents)
            && self.since.is_none_or(|since| record.touched() >= since)
            && self.until.is_none_or(|until| record.touched() <= until)
            // What is deleted has lost all other fields.
            && (self.deleted || self.describes(id, record))
    }

    fn describes(&self, id: i64, record: &Record) -> bool {
        self.filter.iter().all(|(name, values)| record.fields.get(name).is_some_and(|value| values.contains(value)))
            && self.text.as_deref().is_none_or(|text| self.contains(id, record, text))
            && self.days.is_none_or(|(field, from, to)| {
                // What has no day is not outside of any.
                record
                    .fields
                    .date(field)
                    .is_none_or(|day| from.is_none_or(|from| day >= from) && to.is_none_or(|to| day <= to))
            })
            && self.conditions.iter().all(|condition| self.meets(id, record, condition))
    }

    fn value(&self, id: i64, record: &Record, field: &str) -> Json {
        record.fields.get(field).cloned().unwrap_or_else(|| self.view.member(self.resource, id, record, field))
    }

    fn contains(&self, id: i64, record: &Record, text: &str) -> bool {
        let within = |value: &Json| value.as_str().is_some_and(|value| value.to_lowercase().contains(text));
        let party = ["client_name", "vendor_name"].iter().any(|name| within(&self.value(id, record, name)));
        party || record.fields.iter().any(|(_, value)| within(value))
    }

    fn meets(&self, id: i64, record: &Record, condition: &Condition<'_>) -> bool {
        let wanted =
            || condition.wanted.iter().flat_map(|wanted| wanted.split(',')).filter(|wanted| !wanted.is_empty());
        // An empty filter filters nothing.
        let Some(first) = wanted().next() else { return true };
        if let Asks::State = condition.asks {
            return wanted().any(|wanted| document::is_in_state(self.view, self.resource, id, record, wanted));
        }
        let value = self.value(id, record, &condition.field);
        let is = |wanted: &str| match &value {
            Json::Array(items) => items.iter().any(|item| text(item) == wanted),
            value => text(value) == wanted,
        };
        let truth = first.eq_ignore_ascii_case("true") || first == "1";
        let number = |order: fn(Ordering) -> bool| {
            let pair = value.as_decimal().zip(first.parse::<Decimal>().ok());
            pair.is_some_and(|(value, wanted)| order(value.cmp(&wanted)))
        };
        match condition.asks {
            Asks::AnyOf => wanted().any(is),
            Asks::NoneOf => !wanted().any(is),
            Asks::AtLeast => number(Ordering::is_ge),
            Asks::AtMost => number(Ordering::is_le),
            Asks::Empty => !truth || value.is_null(),
            Asks::Filled => truth != value.is_null(),
            Asks::State => true,
        }
    }

    /// Rows that match, by id or in the order of the feeds.
    fn matching(&self, feed: bool, after: Option<(Seconds, i64)>) -> Box<dyn Iterator<Item = (i64, &'a Record)> + '_> {
        let admits = |(id, record): &(i64, &'a Record)| self.admits(*id, record);
        let store: &'a Store = self.view.store;
        if feed {
            Box::new(store.feed(self.resource, after).filter(admits))
        } else {
            Box::new(store.rows(self.resource).filter(admits))
        }
    }

    /// All rows that match, in the order that the query asks for.
    pub(crate) fn all(&self, operation: &Operation, query: &Query) -> Vec<(i64, &'a Record)> {
        let sort = first(query, "sort").or_else(|| first(query, "ordering")).filter(|sort| !sort.is_empty());
        let mut rows: Vec<_> = self.matching(sort.is_none() && operation.takes("cursor"), None).collect();
        let keys: Vec<(&str, bool)> = sort
            .into_iter()
            .flat_map(|sort| sort.split(','))
            .map(|key| key.strip_prefix('-').map_or((key, false), |key| (key, true)))
            .collect();
        if !keys.is_empty() {
            let keyed = |(id, record): &(i64, &'a Record)| -> Vec<Json> {
                keys.iter().map(|(field, _)| self.value(*id, record, field)).collect()
            };
            rows.sort_by_cached_key(|row| SortKey {
                values: keyed(row),
                descending: keys.iter().map(|key| key.1).collect(),
            });
        }
        rows
    }
}

#[derive(PartialEq, Eq)]
struct SortKey {
    values: Vec<Json>,
    descending: Vec<bool>,
}

impl Ord for SortKey {
    fn cmp(&self, other: &Self) -> Ordering {
        let pairs = self.values.iter().zip(&other.values).zip(&self.descending);
        let orders = pairs.map(|((a, b), descending)| {
            let order = compare(a, b);
            if *descending { order.reverse() } else { order }
        });
        orders.fold(Ordering::Equal, Ordering::then)
    }
}

impl PartialOrd for SortKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Nulls last, numbers by value, texts by alphabet.
fn compare(a: &Json, b: &Json) -> Ordering {
    match (a, b) {
        (Json::Null, Json::Null) => Ordering::Equal,
        (Json::Null, _) => Ordering::Greater,
        (_, Json::Null) => Ordering::Less,
        (Json::Number(a), Json::Number(b)) => a.as_decimal().cmp(&b.as_decimal()),
        (a, b) => text(a).cmp(&text(b)),
    }
}

fn text(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What a parameter means, told by its name: `entity`, `vendor_id`, `accounts`, `exclude_entity`, `no_department`,
/// `debit_amount_gte`. Parameters of which nothing is known are ignored, as the server ignores unknown ones.
fn condition<'a>(model: &Model, resource: &str, name: &str, wanted: &'a [String]) -> Option<Condition<'a>> {
    if name == "status" && matches!(model.document(resource), Some(DocumentKind::Invoice | DocumentKind::Bill)) {
        return Some(Condition { field: name.to_owned(), asks: Asks::State, wanted });
    }
    if name == "voided" {
        return Some(Condition { field: "voided_date".to_owned(), asks: Asks::Filled, wanted });
    }
    let schema = model.record_schema(resource)?;
    let field = |name: &str| {
        let names = [Some(name), name.strip_suffix("_id"), name.strip_suffix('s')];
        names.into_iter().flatten().find(|name| model.field(schema, name).is_some()).map(str::to_owned)
    };
    let (field, asks) = match field(name) {
        Some(field) => (field, Asks::AnyOf),
        // A memo's stored state.
        None if name == "status" => (field("application_status")?, Asks::AnyOf),
        None if name.ends_with("_gte") => (field(name.strip_suffix("_gte")?)?, Asks::AtLeast),
        None if name.ends_with("_lte") => (field(name.strip_suffix("_lte")?)?, Asks::AtMost),
        None if name.ends_with("_equal") => (field(name.strip_suffix("_equal")?)?, Asks::AnyOf),
        None if name.ends_with("_null") => (field(name.strip_suffix("_null")?)?, Asks::Empty),
        None if name.starts_with("exclude_") => (field(name.strip_prefix("exclude_")?)?, Asks::NoneOf),
        None if name.starts_with("no_") => (field(name.strip_prefix("no_")?)?, Asks::Empty),
        None => return None,
    };
    Some(Condition { field, asks, wanted })
}

/// A time bound; a day in `__lte` covers the whole of it.
fn bound(query: &Query, name: &str) -> Result<Option<Seconds>, JsonObject> {
    let Some(text) = first(query, name).filter(|text| !text.is_empty()) else { return Ok(None) };
    match text.parse() {
        Ok(DateOrTimestamp::Timestamp(time)) => Ok(Some(time.unix_seconds())),
        Ok(DateOrTimestamp::Date(day)) => {
            let start = day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp();
            Ok(Some(if name.ends_with("lte") { start + 86_399 } else { start }))
        }
        Err(error) => Err(invalid(name, &error.to_string())),
    }
}

fn invalid(name: &str, message: &str) -> JsonObject {
    JsonObject::from([(name.to_owned(), Json::Array(vec![Json::from(message)]))])
}

/// The days that `start_date`, `end_date` and `all_time` ask for.
#[allow(clippy::type_complexity)]
fn days<'a>(
    view: View<'_>,
    operation: &'a Operation,
    query: &Query,
) -> Result<Option<(&'a str, Option<Date>, Option<Date>)>, JsonObject> {
    let Some(field) = operation.effect.records.dated_by.as_deref() else { return Ok(None) };
    if is_set(query, "all_time") {
        return Ok(None);
    }
    let day = |name: &str| match first(query, name).filter(|text| !text.is_empty()) {
        Some(text) => text.parse::<Date>().map(Some).map_err(|_| invalid(name, "Enter a valid date.")),
        None => Ok(None),
    };
    Ok(match (day("start_date")?, day("end_date")?) {
        (None, None) if operation.takes("all_time") => {
            let (from, to) = default_window(view.today);
            Some((field, Some(from), Some(to)))
        }
        (from, to) => Some((field, from, to)),
    })
}

/// A page of rows, and the addresses of its neighbours.
pub(crate) struct Page<'a> {
    pub(crate) rows: Vec<(i64, &'a Record)>,
    pub(crate) count: usize,
    pub(crate) next: Option<String>,
    pub(crate) previous: Option<String>,
}

/// The page that a query asks for. The server may honour a smaller `limit` than was asked for.
///
/// # Errors
/// What is wrong with the query.
pub(crate) fn page<'a>(
    selection: &Selection<'a>,
    operation: &Operation,
    query: &Query,
    most: usize,
    address: &str,
) -> Result<Page<'a>, String> {
    let number = |name: &str| match first(query, name) {
        None | Some("") => Ok(None),
        Some(text) => text.parse::<usize>().map(Some).map_err(|_| format!("`{name}` is no number: {text:.40}")),
    };
    let limit = number("limit")?.filter(|limit| *limit > 0).unwrap_or(100).min(most);
    let link = |name: &str, place: &str| {
        let mut text = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in query.iter().filter(|(name, _)| !["cursor", "limit", "offset"].contains(&name.as_str())) {
            for value in value {
                text.append_pair(name, value);
            }
        }
        text.append_pair("limit", &limit.to_string());
        text.append_pair(name, place);
        format!("{address}?{}", text.finish())
    };
    if let Some(cursor) = first(query, "cursor").filter(|_| operation.takes("cursor")) {
        let after = match cursor {
            "" => None,
            cursor => Some(open_cursor(query, cursor).ok_or("Invalid cursor")?),
        };
        let mut rows: Vec<_> = selection.matching(true, after).take(limit + 1).collect();
        let more = rows.len() > limit;
        rows.truncate(limit);
        let last = rows.last().filter(|_| more).map(|(id, record)| cursor_at(query, record.touched(), *id));
        let count = if is_set(query, "skip_count") { rows.len() } else { count(selection, query) };
        return Ok(Page { rows, count, next: last.map(|cursor| link("cursor", &cursor)), previous: None });
    }
    let offset = number("offset")?.unwrap_or(0);
    let sorted = ["sort", "ordering"].iter().any(|name| first(query, name).is_some_and(|sort| !sort.is_empty()));
    let (rows, count) = if sorted {
        let all = selection.all(operation, query);
        let rows = all.iter().skip(offset).take(limit).copied().collect::<Vec<_>>();
        (rows, all.len())
    } else {
        let rows = selection.matching(operation.takes("cursor"), None).skip(offset).take(limit).collect();
        (rows, count(selection, query))
    };
    let start = offset.min(count);
    let end = start + rows.len();
    Ok(Page {
        rows,
        count,
        next: (end < count).then(|| link("offset", &end.to_string())),
        previous: (start > 0).then(|| link("offset", &start.saturating_sub(limit).to_string())),
    })
}

/// How many rows there are: counted once while nothing changes.
fn count(selection: &Selection<'_>, query: &Query) -> usize {
    let store = selection.view.store;
    let mut hasher = DefaultHasher::new();
    (selection.resource, selection.parents, checksum(query), selection.view.today).hash(&mut hasher);
    let key = hasher.finish();
    store.counted(key, || selection.matching(false, None).count())
}

/// A cursor is bound to the filters under which it was given.
fn cursor_at(query: &Query, time: Seconds, id: i64) -> String {
    format!("{time:x}.{id:x}-{:x}", checksum(query))
}

fn open_cursor(query: &Query, cursor: &str) -> Option<(Seconds, i64)> {
    let (place, sum) = cursor.split_once('-')?;
    let (time, id) = place.split_once('.')?;
    let place = (i64::from_str_radix(time, 16).ok()?, i64::from_str_radix(id, 16).ok()?);
    (u64::from_str_radix(sum, 16).ok()? == checksum(query)).then_some(place)
}

fn checksum(query: &Query) -> u64 {
    let mut hasher = DefaultHasher::new();
    for (name, values) in query.iter().filter(|(name, _)| !PAGING.contains(&name.as_str())) {
        (name, values).hash(&mut hasher);
    }
    hasher.finish()
}
