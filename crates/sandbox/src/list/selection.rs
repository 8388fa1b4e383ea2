//! The records that a list returns.

use campfire_sandbox_model::Operation;
use campfire_values::{DateOrTimestamp, Json, JsonObject};

use crate::list::filter::{self, Filter, contains};
use crate::list::sort::Order;
use crate::list::window::{Window, invalid};
use crate::messages::query::Query;
use crate::records::view::View;
use crate::state::record::{Record, Seconds};

/// The records that an operation and a query select.
pub(crate) struct Selection<'a> {
    pub(super) view: View<'a>,
    pub(crate) resource: &'a str,
    pub(super) parents: &'a [(&'static str, i64)],
    /// The values that the operation allows, by field.
    allowed: Vec<(&'a str, Vec<Json>)>,
    deleted: bool,
    modified_from: Option<Seconds>,
    modified_to: Option<Seconds>,
    /// Text to search for, and the fields to look in.
    text: Option<&'a str>,
    searched: &'a [String],
    window: Option<Window<'a>>,
    filters: Vec<Filter<'a>>,
}

impl<'a> Selection<'a> {
    /// Returns the selection of an operation with a query.
    ///
    /// # Errors
    /// The errors in the query, by parameter.
    pub(crate) fn new(
        view: View<'a>,
        operation: &'a Operation,
        parents: &'a [(&'static str, i64)],
        query: &'a Query,
    ) -> Result<Self, JsonObject> {
        let records = &operation.effect.records;
        let resource = records.of.as_deref().unwrap_or(operation.resource());
        let allowed = |(name, values): (&'a String, &'a Vec<serde_json::Value>)| {
            (name.as_str(), values.iter().cloned().map(Json::from).collect())
        };
        Ok(Selection {
            resource,
            parents: if records.of.is_some() { &[] } else { parents },
            allowed: records.filter.iter().map(allowed).collect(),
            deleted: query.is_set("include_deleted"),
            modified_from: modification_bound(query, "last_modified_at__gte")?,
            modified_to: modification_bound(query, "last_modified_at__lte")?,
            text: query.given("q"),
            searched: &records.search,
            window: Window::new(operation, query, view.today)?,
            filters: filter::filters(view, operation, resource, query),
            view,
        })
    }

    /// Returns all records of the selection in the order that the query asks for.
    pub(crate) fn all(&self, operation: &Operation, query: &Query) -> Vec<(i64, &'a Record)> {
        let default = operation.effect.records.order.as_deref();
        let Some(order) = Order::new(query, default) else {
            return self.iter(operation.takes("cursor"), None).collect();
        };
        let mut records: Vec<_> = self.iter(false, None).collect();
        records.sort_by_cached_key(|(id, record)| {
            order.key(|field| self.view.stored_or_computed(self.resource, *id, record, field))
        });
        records
    }

    /// Returns a record by its id.
    pub(super) fn get(&self, id: i64) -> Option<(i64, &'a Record)> {
        Some((id, self.view.store.get_any(self.resource, id)?))
    }

    /// Returns the records of the selection, by id or in the order of change feeds.
    pub(super) fn iter(
        &self,
        feed: bool,
        after: Option<(Seconds, i64)>,
    ) -> Box<dyn Iterator<Item = (i64, &'a Record)> + '_> {
        let contains = |(id, record): &(i64, &'a Record)| self.contains(*id, record);
        if feed {
            Box::new(self.view.store.feed(self.resource, after).filter(contains))
        } else {
            Box::new(self.view.store.records(self.resource).filter(contains))
        }
    }

    fn contains(&self, id: i64, record: &Record) -> bool {
        record.deleted.is_some() == self.deleted
            && record.is_below(self.parents)
            && self.modified_from.is_none_or(|from| record.touched() >= from)
            && self.modified_to.is_none_or(|to| record.touched() <= to)
            // Deleted records have no other fields to match.
            && (self.deleted || self.matches_fields(id, record))
    }

    fn matches_fields(&self, id: i64, record: &Record) -> bool {
        let is_allowed =
            |(name, values): &(&str, Vec<Json>)| record.fields.get(name).is_some_and(|value| values.contains(value));
        // A record without a date is in every window.
        let is_within =
            |window: &Window<'_>| record.fields.date(window.field()).is_none_or(|date| window.contains(date));
        self.allowed.iter().all(is_allowed)
            && self.text.is_none_or(|text| self.contains_text(id, record, text))
            && self.window.as_ref().is_none_or(is_within)
            && self.filters.iter().all(|filter| filter.matches(self.view, self.resource, id, record))
    }

    fn contains_text(&self, id: i64, record: &Record, text: &str) -> bool {
        let is_within = |value: &Json| contains(value, text);
        if self.searched.is_empty() {
            let names = ["client_name", "vendor_name"];
            return names.iter().any(|name| is_within(&self.view.stored_or_computed(self.resource, id, record, name)))
                || record.fields.iter().any(|(_, value)| is_within(value));
        }
        self.searched.iter().any(|path| match path.as_str() {
            // An id is found as a whole.
            "id" => text.parse() == Ok(id),
            path => self.view.values(self.resource, id, record, path).iter().any(is_within),
        })
    }
}

/// Returns a bound of the modification time. A date as upper bound includes the whole day.
fn modification_bound(query: &Query, name: &str) -> Result<Option<Seconds>, JsonObject> {
    let Some(text) = query.given(name) else { return Ok(None) };
    match text.parse() {
        Ok(DateOrTimestamp::Timestamp(time)) => Ok(Some(time.unix_seconds())),
        Ok(DateOrTimestamp::Date(day)) => {
            let start = day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp();
            Ok(Some(if name.ends_with("lte") { start + 86_399 } else { start }))
        }
        Err(error) => Err(invalid(name, &error.to_string())),
    }
}
