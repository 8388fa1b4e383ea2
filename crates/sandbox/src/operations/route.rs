//! Routing.

use std::collections::BTreeSet;

use campfire_sandbox_model::Operation;

use crate::model::api::Api;

/// The operation of a request, with its path parameters.
pub(crate) struct Route {
    pub(crate) operation: &'static Operation,
    /// Path parameters by name, in the order of the path.
    pub(crate) parameters: Vec<(&'static str, i64)>,
}

/// The reason why a request has no route.
pub(crate) enum NoRoute {
    /// There is no such path, or an id in it is not a number.
    Path,
    /// The path exists for these methods only.
    Method(BTreeSet<&'static str>),
}

/// Finds the operation of a request. If several paths match, the one with more fixed segments wins: `/contracts/parse`
/// before `/contracts/{id}`.
pub(crate) fn find(api: &'static Api, method: &str, path: &str) -> Result<Route, NoRoute> {
    let mut best: Option<(usize, Route)> = None;
    let mut methods = BTreeSet::new();
    for operation in api.operations() {
        let Some((fixed, parameters)) = matches(&operation.path, path) else { continue };
        methods.insert(operation.method.as_str());
        if operation.method == method && best.as_ref().is_none_or(|(most, _)| fixed > *most) {
            best = Some((fixed, Route { operation, parameters }));
        }
    }
    match best {
        Some((_, route)) => Ok(route),
        None if methods.is_empty() => Err(NoRoute::Path),
        None => Err(NoRoute::Method(methods)),
    }
}

/// Returns the number of fixed segments and the parameters, if the path matches the template.
fn matches(template: &'static str, path: &str) -> Option<(usize, Vec<(&'static str, i64)>)> {
    let mut segments = path.split('/');
    let mut fixed = 0;
    let mut parameters = Vec::new();
    for expected in template.split('/') {
        let segment = segments.next()?;
        match expected.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) => parameters.push((name, segment.parse().ok()?)),
            None if expected == segment => fixed += 1,
            None => return None,
        }
    }
    segments.next().is_none().then_some((fixed, parameters))
}
