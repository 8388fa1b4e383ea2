//! The order that `sort` and `ordering` ask for.

use std::cmp::Ordering;

use campfire_values::Json;

use crate::messages::query::Query;

/// The fields to sort by, each with `true` for descending order.
pub(super) struct Order<'a>(Vec<(&'a str, bool)>);

impl<'a> Order<'a> {
    /// Returns the order that a query asks for, or else the default, if any.
    pub(super) fn new(query: &'a Query, default: Option<&'a str>) -> Option<Self> {
        // An empty `sort` hides `ordering`.
        let asked = query.first("sort").or_else(|| query.first("ordering")).filter(|text| !text.is_empty());
        let text = asked.or(default)?;
        let keys = text.split(',').map(|key| key.strip_prefix('-').map_or((key, false), |key| (key, true)));
        Some(Order(keys.collect()))
    }

    /// Returns the key of a record. `value` returns its fields.
    pub(super) fn key(&self, value: impl Fn(&str) -> Json) -> SortKey {
        SortKey(self.0.iter().map(|(field, descending)| (value(field), *descending)).collect())
    }
}

/// The values that a record is sorted by, each with `true` for descending order.
#[derive(PartialEq, Eq)]
pub(super) struct SortKey(Vec<(Json, bool)>);

impl Ord for SortKey {
    fn cmp(&self, other: &Self) -> Ordering {
        let orders = self.0.iter().zip(&other.0).map(|((a, descending), (b, _))| {
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

/// Compares numbers by value and everything else as text; nulls come last.
fn compare(a: &Json, b: &Json) -> Ordering {
    match (a, b) {
        (Json::Null, Json::Null) => Ordering::Equal,
        (Json::Null, _) => Ordering::Greater,
        (_, Json::Null) => Ordering::Less,
        (Json::Number(a), Json::Number(b)) => a.as_decimal().cmp(&b.as_decimal()),
        (Json::String(a), Json::String(b)) => a.cmp(b),
        (a, b) => text(a).cmp(&text(b)),
    }
}

/// Returns a string as it is, and any other value as JSON.
pub(super) fn text(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
