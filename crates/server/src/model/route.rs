//! From a request to its operation.

use campfire_sandbox_model::Operation;

use crate::model::api::Api;

/// The operation of a request, and the resources of the ids in its path.
pub(crate) struct Route<'a> {
    pub(crate) operation: &'a Operation,
    /// The resource that each segment of the path identifies a record of; `None` for fixed segments and for keys that
    /// are not numbers.
    pub(crate) ids: Vec<Option<&'a str>>,
}

/// Finds the operation of a request. Of several that match, the one with the fewest parameters is meant.
pub(crate) fn find<'a>(api: &'a Api, method: &str, path: &str) -> Option<Route<'a>> {
    let matching = api.operations().iter().filter(|operation| operation.method == method);
    let matching = matching.filter_map(|operation| Some((operation, operation.parameters(path)?.len())));
    let (operation, _) = matching.min_by_key(|(_, parameters)| *parameters)?;
    Some(Route { operation, ids: ids(api, operation) })
}

fn ids<'a>(api: &'a Api, operation: &'a Operation) -> Vec<Option<&'a str>> {
    let mut path = String::new();
    let resource = |segment: &'a str| {
        path.push('/');
        path.push_str(segment);
        let name = segment.strip_prefix('{')?.strip_suffix('}')?;
        if operation.text_ids.iter().any(|text| text == name) {
            return None;
        }
        Some(api.resource_at(&path).or_else(|| api.link(name)).unwrap_or(operation.resource()))
    };
    operation.path.trim_matches('/').split('/').map(resource).collect()
}
