//! Pages of a list, by offset or by cursor.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use campfire_sandbox_model::{Operation, PageSize};
use campfire_values::{Json, JsonObject};

use crate::list::cursor;
use crate::list::selection::Selection;
use crate::messages::query::Query;
use crate::state::record::Record;

/// A page of records, with the URLs of the neighboring pages.
pub(crate) struct Page<'a> {
    pub(crate) records: Vec<(i64, &'a Record)>,
    pub(crate) count: usize,
    pub(crate) next: Option<String>,
    pub(crate) previous: Option<String>,
}

/// Returns the page that a query asks for. `max` caps the `limit` of the query; `url` is the URL of the list without
/// its query.
///
/// # Errors
/// The error in the query.
pub(crate) fn page<'a>(
    selection: &Selection<'a>,
    operation: &Operation,
    query: &Query,
    max: usize,
    url: &str,
) -> Result<Page<'a>, String> {
    let size = operation.effect.records.page.unwrap_or(PageSize { default: 100, max: usize::MAX });
    let limit = number(query, "limit").filter(|limit| *limit > 0).unwrap_or(size.default).min(size.max).min(max);
    let links = Links { query, limit, url };
    match query.first("cursor").filter(|_| operation.takes("cursor")) {
        Some(cursor) => page_after(selection, operation, cursor, &links),
        None => Ok(page_at(selection, operation, number(query, "offset").unwrap_or(0), &links)),
    }
}

/// Builds the URLs of neighboring pages.
struct Links<'a> {
    query: &'a Query,
    limit: usize,
    url: &'a str,
}

impl Links<'_> {
    fn to(&self, name: &str, position: &str) -> String {
        let mut text = url::form_urlencoded::Serializer::new(String::new());
        for (name, values) in self.query.iter().filter(|(name, _)| !["cursor", "limit", "offset"].contains(name)) {
            for value in values {
                text.append_pair(name, value);
            }
        }
        text.append_pair("limit", &self.limit.to_string());
        text.append_pair(name, position);
        format!("{}?{}", self.url, text.finish())
    }
}

fn page_after<'a>(
    selection: &Selection<'a>,
    operation: &Operation,
    cursor: &str,
    links: &Links<'_>,
) -> Result<Page<'a>, String> {
    let query = links.query;
    let after = match cursor {
        "" => None,
        cursor => Some(cursor::read(query, cursor).ok_or("Invalid cursor")?),
    };
    let mut records: Vec<_> = selection.iter(true, after).take(links.limit.saturating_add(1)).collect();
    let has_more = records.len() > links.limit;
    records.truncate(links.limit);
    let last = records.last().filter(|_| has_more);
    let next = last.map(|(id, record)| links.to("cursor", &cursor::write(query, record.touched(), *id)));
    let count = if query.is_set("skip_count") { records.len() } else { count(selection, operation, query) };
    Ok(Page { records, count, next, previous: None })
}

fn page_at<'a>(selection: &Selection<'a>, operation: &Operation, offset: usize, links: &Links<'_>) -> Page<'a> {
    let (query, limit) = (links.query, links.limit);
    let asks_for_order = ["sort", "ordering"].iter().any(|name| query.given(name).is_some());
    let (records, count) = if asks_for_order || operation.effect.records.order.is_some() {
        let ids = sorted(selection, operation, query);
        let page = ids.iter().skip(offset).take(limit).filter_map(|id| selection.get(*id));
        (page.collect::<Vec<_>>(), ids.len())
    } else {
        let records = selection.iter(operation.takes("cursor"), None).skip(offset).take(limit).collect();
        (records, count(selection, operation, query))
    };
    let start = offset.min(count);
    let end = start + records.len();
    Page {
        records,
        count,
        next: (end > start && end < count).then(|| links.to("offset", &end.to_string())),
        previous: (start > 0).then(|| links.to("offset", &start.saturating_sub(limit).to_string())),
    }
}

/// Returns the page of values that a query asks for, as JSON.
pub(crate) fn of_values(values: Vec<Json>, query: &Query, max: usize, url: &str) -> Json {
    let limit = number(query, "limit").filter(|limit| *limit > 0).unwrap_or(100).min(max);
    let links = Links { query, limit, url };
    let count = values.len();
    let start = number(query, "offset").unwrap_or(0).min(count);
    let results: Vec<Json> = values.into_iter().skip(start).take(limit).collect();
    let end = start + results.len();
    let link = |is_there: bool, offset: usize| match is_there {
        true => Json::from(links.to("offset", &offset.to_string())),
        false => Json::Null,
    };
    Json::Object(JsonObject::from([
        ("count".to_owned(), Json::from(i64::try_from(count).unwrap_or(i64::MAX))),
        ("next".to_owned(), link(end > start && end < count, end)),
        ("previous".to_owned(), link(start > 0, start.saturating_sub(limit))),
        ("results".to_owned(), Json::Array(results)),
    ]))
}

/// Returns a number in a query. Django REST Framework ignores what is not a number.
fn number(query: &Query, name: &str) -> Option<usize> {
    query.given(name)?.parse().ok()
}

/// Returns the number of records of the selection, from the cache if nothing has changed.
fn count(selection: &Selection<'_>, operation: &Operation, query: &Query) -> usize {
    selection.view.store.cached_count(key(selection, operation, query), || selection.iter(false, None).count())
}

/// Returns the ids of the selection in their order, from the cache if nothing has changed.
fn sorted(selection: &Selection<'_>, operation: &Operation, query: &Query) -> Arc<[i64]> {
    let ids = || selection.all(operation, query).into_iter().map(|(id, _)| id).collect();
    selection.view.store.cached_order(key(selection, operation, query), ids)
}

/// Returns a key of the records that a list selects. The operation is part of it: lists of one resource may show different
/// records of it.
fn key(selection: &Selection<'_>, operation: &Operation, query: &Query) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&operation.id, selection.parents, cursor::filter_hash(query), selection.view.today).hash(&mut hasher);
    hasher.finish()
}
