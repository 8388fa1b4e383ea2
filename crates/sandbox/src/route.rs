//! Which operation a request is for.

use std::collections::BTreeMap;

use campfire_sandbox_model::Operation;

use super::model::Model;

/// The operation of a request, and what its path holds.
pub(crate) struct Route {
    pub(crate) operation: &'static Operation,
    /// Path parameters by name, in the order of the path.
    pub(crate) parameters: Vec<(&'static str, i64)>,
}

/// Why there is none.
pub(crate) enum NoRoute {
    /// No such path, or an id that is no number.
    Path,
    /// The path exists, for other methods.
    Method,
}

/// Finds the operation. Where several paths fit, the one with more fixed steps wins (`/contracts/parse` over
/// `/contracts/{id}`).
pub(crate) fn find(model: &'static Model, method: &str, path: &str) -> Result<Route, NoRoute> {
    let mut best: Option<(usize, Route)> = None;
    let mut known = false;
    for operation in model.operations() {
        let Some((fixed, parameters)) = fit(&operation.path, path) else { continue };
        known = true;
        if operation.method == method && best.as_ref().is_none_or(|(most, _)| fixed > *most) {
            best = Some((fixed, Route { operation, parameters }));
        }
    }
    match best {
        Some((_, route)) => Ok(route),
        None if known => Err(NoRoute::Method),
        None => Err(NoRoute::Path),
    }
}

/// The number of fixed steps and the parameters, if the path is one of the template's.
fn fit(template: &'static str, path: &str) -> Option<(usize, Vec<(&'static str, i64)>)> {
    let mut steps = path.split('/');
    let mut fixed = 0;
    let mut parameters = Vec::new();
    for expected in template.split('/') {
        let step = steps.next()?;
        match expected.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) => parameters.push((name, step.parse().ok()?)),
            None if expected == step => fixed += 1,
            None => return None,
        }
    }
    steps.next().is_none().then_some((fixed, parameters))
}

/// The pairs of a query, decoded; a key may repeat.
pub(crate) fn query(text: &str) -> BTreeMap<String, Vec<String>> {
    let mut pairs: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
        pairs.entry(name.into_owned()).or_default().push(value.into_owned());
    }
    pairs
}
