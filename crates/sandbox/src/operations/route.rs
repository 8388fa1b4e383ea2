//! Routing.

use std::collections::BTreeSet;

use campfire_sandbox_model::Operation;
use percent_encoding::percent_decode_str;

use crate::model::api::Api;
use crate::records::key;
use crate::state::store::Store;

/// The operation of a request, with its path parameters.
pub(crate) struct Route {
    pub(crate) operation: &'static Operation,
    /// Path parameters by name, in the order of the path, as they were sent.
    pub(crate) parameters: Vec<(&'static str, String)>,
}

/// The reason why a request has no route.
pub(crate) enum NoRoute {
    /// There is no such path, or an id in it is not of the documented type.
    Path,
    /// There is such a path, but with a slash at the end, or without one.
    Slash(String),
    /// The path exists for these methods only.
    Method(BTreeSet<&'static str>),
}

/// Finds the operation of a request. If several paths match, the one with fewer parameters wins: `/contracts/parse`
/// before `/contracts/{id}`.
pub(crate) fn find(api: &'static Api, method: &str, path: &str) -> Result<Route, NoRoute> {
    let mut best: Option<Route> = None;
    let mut methods = BTreeSet::new();
    for operation in api.operations() {
        let Some(parameters) = matches(operation, path) else { continue };
        methods.insert(operation.method.as_str());
        if operation.method == method && best.as_ref().is_none_or(|best| parameters.len() < best.parameters.len()) {
            best = Some(Route { operation, parameters });
        }
    }
    match best {
        Some(route) => Ok(route),
        None if methods.is_empty() => Err(other_slash(api, path).map_or(NoRoute::Path, NoRoute::Slash)),
        None => Err(NoRoute::Method(methods)),
    }
}

/// Returns the path with a slash at the end, or without it, if the API has that one. Each path has its own way, and a client that
/// gets it wrong would look for a missing record.
fn other_slash(api: &'static Api, path: &str) -> Option<String> {
    let other = path.strip_suffix('/').map_or_else(|| format!("{path}/"), str::to_owned);
    api.operations().iter().any(|operation| matches(operation, &other).is_some()).then_some(other)
}

/// Returns the parameters, if the path matches the template of the operation, slash at the end included.
fn matches(operation: &'static Operation, path: &str) -> Option<Vec<(&'static str, String)>> {
    if path.ends_with('/') != operation.path.ends_with('/') {
        return None;
    }
    let parameters = operation.parameters(path)?.into_iter();
    parameters.map(|(name, segment)| Some((name, parameter(operation, name, segment)?))).collect()
}

/// Returns the value of a path parameter, if it is of the documented type.
fn parameter(operation: &Operation, name: &str, segment: &str) -> Option<String> {
    if operation.text_ids.iter().any(|text| text == name) {
        let text = percent_decode_str(segment).decode_utf8().ok()?;
        return (!text.is_empty()).then(|| text.into_owned());
    }
    segment.parse::<i64>().ok().map(|id| id.to_string())
}

/// Returns the numbers of the records that the path names, by parameter; 0 for those that do not exist.
pub(crate) fn ids(api: &Api, store: &Store, route: &Route) -> Vec<(&'static str, i64)> {
    let ids = route.parameters.iter().map(|(name, value)| {
        let id = match resource_of(api, route, name).filter(|resource| api.key_field(resource).is_some()) {
            Some(resource) => key::find(api, store, resource, value),
            None => value.parse().ok(),
        };
        (*name, id.unwrap_or_default())
    });
    ids.collect()
}

/// Returns `true` if all records that the path names exist, as far as the API says whose they are.
pub(crate) fn all_exist(api: &Api, store: &Store, route: &Route, ids: &[(&'static str, i64)]) -> bool {
    let exists = |(name, id): &(&str, i64)| {
        resource_of(api, route, name).is_none_or(|resource| store.get(resource, *id).is_some())
    };
    ids.iter().all(exists)
}

/// Returns the resource whose record a path parameter identifies.
fn resource_of<'a>(api: &'a Api, route: &Route, parameter: &str) -> Option<&'a str> {
    let placeholder = format!("{{{parameter}}}");
    let path = &route.operation.path;
    api.resource_at(path.find(&placeholder).map_or("", |at| &path[..at + placeholder.len()]))
}
