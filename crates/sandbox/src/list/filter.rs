//! Filters: query parameters that select records by a field.

use std::cmp::Ordering;

use campfire_sandbox_model::{DocumentKind, Operation};
use campfire_values::{Decimal, Json};

use crate::list::sort::text;
use crate::list::status;
use crate::messages::query::{self, Query};
use crate::model::api::Api;
use crate::records::view::View;
use crate::state::record::Record;

/// Parameters that are not filters on a field.
const NOT_FILTERS: [&str; 14] = [
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

/// A condition on a field.
pub(super) struct Filter<'a> {
    field: String,
    comparison: Comparison,
    values: &'a [String],
}

enum Comparison {
    AnyOf,
    NoneOf,
    AtLeast,
    AtMost,
    /// With the value `true`, the field must be null.
    Null,
    /// The field must be null for `false`, and not null for `true`.
    Set,
    /// The computed status must be one of the values.
    Status,
}

/// Returns the filters of a query.
pub(super) fn filters<'a>(api: &Api, operation: &Operation, resource: &str, query: &'a Query) -> Vec<Filter<'a>> {
    let parameters = query.iter().filter(|(name, _)| operation.takes(name) && !NOT_FILTERS.contains(name));
    parameters.filter_map(|(name, values)| Filter::new(api, resource, name, values)).collect()
}

impl<'a> Filter<'a> {
    /// Derives the filter from the name of the parameter: `entity`, `vendor_id`, `accounts`, `exclude_entity`,
    /// `no_department`, `debit_amount_gte`. Like the server, ignores parameters that match no field.
    fn new(api: &Api, resource: &str, name: &str, values: &'a [String]) -> Option<Self> {
        let has_computed_status = matches!(api.document(resource), Some(DocumentKind::Invoice | DocumentKind::Bill));
        if name == "status" && has_computed_status {
            return Some(Filter { field: name.to_owned(), comparison: Comparison::Status, values });
        }
        if name == "voided" {
            return Some(Filter { field: "voided_date".to_owned(), comparison: Comparison::Set, values });
        }
        let schema = api.record_schema(resource)?;
        let field = |name: &str| {
            let names = [Some(name), name.strip_suffix("_id"), name.strip_suffix('s')];
            names.into_iter().flatten().find(|name| api.field(schema, name).is_some()).map(str::to_owned)
        };
        let (field, comparison) = match field(name) {
            Some(field) => (field, Comparison::AnyOf),
            // Memos store their status under another name.
            None if name == "status" => (field("application_status")?, Comparison::AnyOf),
            None if name.ends_with("_gte") => (field(name.strip_suffix("_gte")?)?, Comparison::AtLeast),
            None if name.ends_with("_lte") => (field(name.strip_suffix("_lte")?)?, Comparison::AtMost),
            None if name.ends_with("_equal") => (field(name.strip_suffix("_equal")?)?, Comparison::AnyOf),
            None if name.ends_with("_null") => (field(name.strip_suffix("_null")?)?, Comparison::Null),
            None if name.starts_with("exclude_") => (field(name.strip_prefix("exclude_")?)?, Comparison::NoneOf),
            None if name.starts_with("no_") => (field(name.strip_prefix("no_")?)?, Comparison::Null),
            None => return None,
        };
        Some(Filter { field, comparison, values })
    }

    pub(super) fn matches(&self, view: View<'_>, resource: &str, id: i64, record: &Record) -> bool {
        let wanted = || self.values.iter().flat_map(|value| value.split(',')).filter(|wanted| !wanted.is_empty());
        // An empty filter matches everything.
        let Some(first) = wanted().next() else { return true };
        if let Comparison::Status = self.comparison {
            return wanted().any(|wanted| status::matches(view, resource, id, record, wanted));
        }
        let value = view.stored_or_computed(resource, id, record, &self.field);
        let equals = |wanted: &str| match &value {
            Json::Array(items) => items.iter().any(|item| text(item) == wanted),
            value => text(value) == wanted,
        };
        let compares = |accepts: fn(Ordering) -> bool| {
            let pair = value.as_decimal().zip(first.parse::<Decimal>().ok());
            pair.is_some_and(|(value, wanted)| accepts(value.cmp(&wanted)))
        };
        match self.comparison {
            Comparison::AnyOf => wanted().any(equals),
            Comparison::NoneOf => !wanted().any(equals),
            Comparison::AtLeast => compares(Ordering::is_ge),
            Comparison::AtMost => compares(Ordering::is_le),
            Comparison::Null => !query::is_true(first) || value.is_null(),
            Comparison::Set => query::is_true(first) != value.is_null(),
            Comparison::Status => true,
        }
    }
}
