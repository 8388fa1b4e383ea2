//! The tree of resources: which handle has which methods and children, and which ids it binds.

use std::collections::BTreeMap;

use crate::description::spec::{Api, Operation, Parameter};

/// A resource: the part of the operation ids before the last dot.
#[derive(Clone, Debug)]
pub struct Resource<'a> {
    /// `contracts.usage`
    pub path: String,
    /// The ids that its handle binds and that its parent's does not yet.
    pub binds: Vec<Binding>,
    /// All ids that its handle binds, those of the parents included.
    pub bound: Vec<Binding>,
    /// Its operations, by method name, in the order of the description.
    pub operations: Vec<(&'a str, &'a Operation)>,
    /// The resources below it, by name.
    pub children: BTreeMap<String, Resource<'a>>,
}

/// An id that a handle holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The name in Rust: `contract_id`.
    pub name: String,
    /// Its place among the parameters of the path.
    pub position: usize,
    /// Whether it is an integer (all ids of this API are).
    pub integer: bool,
}

/// Builds the tree.
pub fn tree(api: &Api) -> BTreeMap<String, Resource<'_>> {
    let mut roots = BTreeMap::new();
    for operation in &api.operations {
        let mut steps: Vec<&str> = operation.id.split('.').collect();
        let Some(method) = steps.pop() else { continue };
        let mut level = &mut roots;
        let mut path = String::new();
        for (index, step) in steps.iter().enumerate() {
            path = if path.is_empty() { (*step).to_owned() } else { format!("{path}.{step}") };
            let resource = level.entry((*step).to_owned()).or_insert_with(|| Resource {
                path: path.clone(),
                binds: Vec::new(),
                bound: Vec::new(),
                operations: Vec::new(),
                children: BTreeMap::new(),
            });
            if index + 1 == steps.len() {
                resource.operations.push((method, operation));
            }
            level = &mut resource.children;
        }
    }
    for resource in roots.values_mut() {
        bind(resource, &[], 0);
    }
    roots
}

/// A resource at depth `n` binds the first `n` path parameters that all its operations share.
fn bind(resource: &mut Resource<'_>, inherited: &[Binding], depth: usize) {
    let mut bound = inherited.to_vec();
    for position in inherited.len()..depth {
        let mut parameters = resource.operations.iter().map(|(_, operation)| operation.path_parameters.get(position));
        let Some(Some(first)) = parameters.next() else { break };
        if !parameters.all(|parameter| parameter.is_some_and(|parameter| parameter.name == first.name)) {
            break;
        }
        let parent = resource.path.rsplit_once('.').map_or("", |(parent, _)| parent);
        bound.push(Binding {
            name: parameter_name(first, parent),
            position,
            integer: first.ty == crate::description::spec::Type::Integer,
        });
    }
    resource.binds = bound[inherited.len()..].to_vec();
    resource.bound.clone_from(&bound);
    for child in resource.children.values_mut() {
        bind(child, &bound, depth + 1);
    }
}

/// `id` says nothing away from its resource: `vendor_id`.
pub(crate) fn parameter_name(parameter: &Parameter, resource: &str) -> String {
    if parameter.rust_name == "id" {
        format!("{}_id", crate::description::names::singular(resource))
    } else {
        parameter.rust_name.clone()
    }
}
