//! Filters: query parameters that select records.

use std::borrow::Cow;
use std::cmp::Ordering;

use campfire_sandbox_model::{DocumentKind, Operation, Parameter, Test};
use campfire_values::{Decimal, Json};

use crate::list::sort::text;
use crate::list::status;
use crate::messages::query::{self, Query};
use crate::model::api::Api;
use crate::records::view::View;
use crate::state::record::Record;
use crate::state::store::Store;

/// A condition on the records of a list.
pub(super) struct Filter<'a> {
    condition: Condition,
    /// The values in the query.
    wanted: Vec<Cow<'a, str>>,
}

enum Condition {
    /// The computed status of an invoice or bill.
    Status,
    /// The test of a parameter.
    Parameter { parameter: Parameter, counted: Vec<Json>, accepts_unset: bool },
}

/// Returns the filters of a query. Like the server, ignores parameters that the operation does not have.
pub(super) fn filters<'a>(view: View<'_>, operation: &Operation, resource: &str, query: &'a Query) -> Vec<Filter<'a>> {
    operation.query.iter().filter_map(|name| Filter::new(view, operation, resource, name, query)).collect()
}

/// Returns the first parameter of a query whose effect is not modelled.
pub(crate) fn unmodelled<'a>(operation: &'a Operation, query: &Query) -> Option<&'a str> {
    let mut parameters = operation.effect.records.parameters.iter();
    let is_unmodelled = |(name, parameter): &(&'a String, &Parameter)| {
        let is_asked_for = |value: &str| match parameter.yes.as_deref() {
            Some(yes) => value == yes,
            None => !value.eq_ignore_ascii_case("false"),
        };
        parameter.test == Test::Unmodelled && query.given(name).is_some_and(is_asked_for)
    };
    parameters.find(is_unmodelled).map(|(name, _)| name.as_str())
}

impl<'a> Filter<'a> {
    fn new(view: View<'_>, operation: &Operation, resource: &str, name: &str, query: &'a Query) -> Option<Self> {
        let given = query.values(name).iter().flat_map(|value| value.split(',')).filter(|value| !value.is_empty());
        let mut wanted: Vec<Cow<'a, str>> = given.map(Cow::Borrowed).collect();
        if name == "status" && has_computed_status(view.api, resource) {
            return (!wanted.is_empty()).then_some(Filter { condition: Condition::Status, wanted });
        }
        let schema = view.api.record_schema(resource)?;
        let is_field = |name: &str| view.api.field(schema, name).is_some();
        let parameter = Parameter::of_list(&operation.effect.records.parameters, name, is_field)?;
        if wanted.is_empty() && parameter.test != Test::Unless {
            // An empty filter matches everything.
            return None;
        }
        if parameter.test == Test::Within || parameter.rollup.as_deref().is_some_and(|rollup| query.is_set(rollup)) {
            let target = view.api.field(schema, parameter.of.first()?)?.references.as_deref()?;
            wanted = with_descendants(view.store, target, &wanted).into_iter().map(Cow::Owned).collect();
        }
        let accepts_unset = parameter.or_unset.as_deref().is_some_and(|name| query.is_set(name));
        let counted = parameter.values.iter().cloned().map(Json::from).collect();
        Some(Filter { condition: Condition::Parameter { parameter, counted, accepts_unset }, wanted })
    }

    pub(super) fn matches(&self, view: View<'_>, resource: &str, id: i64, record: &Record) -> bool {
        match &self.condition {
            Condition::Status => self.wanted.iter().any(|wanted| status::matches(view, resource, id, record, wanted)),
            Condition::Parameter { parameter, counted, accepts_unset } => {
                let values = values(view, resource, id, record, parameter);
                self.passes(parameter, counted, &values) || (*accepts_unset && values.is_empty())
            }
        }
    }

    fn passes(&self, parameter: &Parameter, counted: &[Json], values: &[Json]) -> bool {
        let equals = |value: &Json| self.wanted.iter().any(|wanted| text(value) == **wanted);
        let is_yes = |value: &str| query::is_true(value) || parameter.yes.as_deref() == Some(value);
        let yes = self.wanted.first().map_or(parameter.default, |value| is_yes(value));
        let is_set = || match counted {
            [] => !values.is_empty(),
            counted => values.iter().any(|value| counted.contains(value)),
        };
        match parameter.test {
            Test::AnyOf | Test::Within => values.iter().any(equals),
            Test::NoneOf => !values.iter().any(equals),
            Test::AtLeast => self.compares(values, Ordering::is_ge),
            Test::AtMost => self.compares(values, Ordering::is_le),
            Test::Contains => self.wanted.iter().any(|wanted| values.iter().any(|value| contains(value, wanted))),
            Test::Has => yes == is_set(),
            Test::Set => !yes || is_set(),
            Test::Unset => !yes || !is_set(),
            Test::Unless => yes || !is_set(),
            Test::Ignored | Test::Unmodelled => true,
        }
    }

    /// Compares numbers by value, and dates as text.
    fn compares(&self, values: &[Json], accepts: fn(Ordering) -> bool) -> bool {
        let Some(wanted) = self.wanted.first() else { return true };
        let number = wanted.parse::<Decimal>().ok();
        values.iter().any(|value| match (value, number) {
            (Json::String(value), _) => accepts(value.as_str().cmp(wanted)),
            (value, Some(wanted)) => value.as_decimal().is_some_and(|value| accepts(value.cmp(&wanted))),
            _ => false,
        })
    }
}

/// Returns `true` if the value contains the text, in any case.
pub(super) fn contains(value: &Json, wanted: &str) -> bool {
    value.as_str().is_some_and(|value| value.to_lowercase().contains(&wanted.to_lowercase()))
}

fn has_computed_status(api: &Api, resource: &str) -> bool {
    matches!(api.document(resource), Some(DocumentKind::Invoice | DocumentKind::Bill))
}

/// Returns the values that a parameter looks at.
fn values(view: View<'_>, resource: &str, id: i64, record: &Record, parameter: &Parameter) -> Vec<Json> {
    let of = |id: i64, record: &Record| -> Vec<Json> {
        parameter.of.iter().flat_map(|path| view.values(resource, id, record, path)).collect()
    };
    let Some(link) = &parameter.siblings else { return of(id, record) };
    let Some(shared) = record.fields.integer(link) else { return Vec::new() };
    let siblings = view.store.linked(resource, link, shared).filter(|(sibling, _)| *sibling != id);
    siblings.flat_map(|(id, record)| of(id, record)).collect()
}

/// Returns ids with those of all records below them.
fn with_descendants(store: &Store, resource: &str, ids: &[Cow<'_, str>]) -> Vec<String> {
    let mut found: Vec<i64> = ids.iter().filter_map(|id| id.parse().ok()).collect();
    let mut next = 0;
    while let Some(parent) = found.get(next).copied() {
        let children = store.live(resource).filter(|(_, record)| record.fields.integer("parent") == Some(parent));
        let new: Vec<i64> = children.map(|(id, _)| id).filter(|id| !found.contains(id)).collect();
        found.extend(new);
        next += 1;
    }
    found.iter().map(i64::to_string).collect()
}
