//! Whose id a value is, and the Rust type of the ids of each resource.
//!
//! `x-references` says whose id a value is. Where it says nothing, two things follow from the resource tree:
//!
//! - The identity of the records that `list` and `retrieve` of a resource return is an id of that resource, unless
//!   several resources return the same records.
//! - A path parameter named `id`, or after a resource (`bill_id` below `bills`), is an id of the resource that it selects a
//!   record of.
//!
//! Two resources whose records are the same have one id type: if the identity of the records of `customers` references
//! `vendors`, then every id of a customer is an id of a vendor.

use std::collections::{BTreeMap, BTreeSet};

use crate::description::names;
use crate::description::spec::{Answer, Api, Field, Operation, Parameter, Schema, SchemaKind, Type};
use crate::emit::resources::{Resource, tree};

/// The ids of a description.
#[derive(Clone, Debug, Default)]
pub struct Ids {
    /// The resource that identifies the records of another one, by the latter.
    same_as: BTreeMap<String, String>,
    /// The resource whose records a schema describes, by the name of the schema.
    records: BTreeMap<String, String>,
    /// The resources that path parameters select a record of, by the id of the operation.
    paths: BTreeMap<String, Vec<Option<String>>>,
    /// The resources whose ids occur, by the name of their type.
    types: BTreeMap<String, BTreeSet<String>>,
}

impl Ids {
    /// Finds out whose ids the values of a description are.
    pub fn new(api: &Api) -> Self {
        let tree = tree(api);
        let mut ids = Self::default();
        let mut shared = BTreeSet::new();
        for (schema, resource) in tree.values().flat_map(|resource| shown_records(api, resource)) {
            if let Some(target) = key(schema).and_then(|key| key.references.as_deref()) {
                ids.same_as.insert(resource.to_owned(), target.to_owned());
            }
            let before = ids.records.insert(schema.name.clone(), resource.to_owned());
            if before.is_some_and(|before| before != resource) {
                shared.insert(schema.name.clone());
            }
        }
        let known: BTreeSet<String> = ids.records.values().cloned().chain(referenced(api)).collect();
        ids.records.retain(|schema, _| !shared.contains(schema));
        for resource in tree.values() {
            paths(resource, &[], &known, &mut ids.paths);
        }
        ids.collect_types(api);
        ids
    }

    /// Returns the name of the type of a field, if it holds ids of a known resource.
    pub fn field(&self, schema: &str, field: &Field) -> Option<String> {
        self.type_of(self.field_resource(schema, field)?)
    }

    /// Returns the name of the type of a query parameter.
    pub fn query(&self, parameter: &Parameter) -> Option<String> {
        self.type_of(parameter.references.as_deref().filter(|_| is_id(&parameter.ty))?)
    }

    /// Returns the name of the type of a path parameter.
    pub fn path(&self, operation: &Operation, position: usize) -> Option<String> {
        self.type_of(self.path_resource(operation, position)?)
    }

    /// Returns the resource that identifies the records of a resource: itself, unless their identity says otherwise.
    fn space<'a>(&'a self, resource: &'a str) -> &'a str {
        let mut space = resource;
        // A chain that is longer than the number of links is a circle.
        for _ in 0..=self.same_as.len() {
            match self.same_as.get(space) {
                Some(next) if next != space => space = next,
                _ => return space,
            }
        }
        resource
    }

    fn type_of(&self, resource: &str) -> Option<String> {
        Some(names::id_type(self.space(resource)))
    }

    fn field_resource<'a>(&'a self, schema: &str, field: &'a Field) -> Option<&'a str> {
        if !is_id(&field.ty) {
            return None;
        }
        let derived = || self.records.get(schema).filter(|_| field.identity).map(String::as_str);
        field.references.as_deref().or_else(derived)
    }

    fn path_resource<'a>(&'a self, operation: &'a Operation, position: usize) -> Option<&'a str> {
        let parameter = operation.path_parameters.get(position).filter(|parameter| is_id(&parameter.ty))?;
        let derived = || self.paths.get(&operation.id)?.get(position)?.as_deref();
        parameter.references.as_deref().or_else(derived)
    }

    fn collect_types(&mut self, api: &Api) {
        let mut found = BTreeSet::new();
        for (name, schema) in &api.schemas {
            if let SchemaKind::Object { fields, .. } = &schema.kind {
                found.extend(fields.iter().filter_map(|field| self.field_resource(name, field)));
            }
        }
        for operation in &api.operations {
            let positions = 0..operation.path_parameters.len();
            found.extend(positions.filter_map(|position| self.path_resource(operation, position)));
            let queries = operation.query.iter().filter(|parameter| is_id(&parameter.ty));
            found.extend(queries.filter_map(|parameter| parameter.references.as_deref()));
        }
        let mut types: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for resource in found {
            let space = self.space(resource);
            types.entry(names::id_type(space)).or_default().insert(space.to_owned());
        }
        self.types = types;
    }

    /// Returns the names of the types, each with the resources whose ids have it: one, or the names collide.
    pub fn types(&self) -> &BTreeMap<String, BTreeSet<String>> {
        &self.types
    }
}

/// Returns `true` for integers and lists of integers, the types of ids.
fn is_id(ty: &Type) -> bool {
    match ty {
        Type::Integer => true,
        Type::Array(items) => **items == Type::Integer,
        _ => false,
    }
}

/// The field that identifies the records of a schema, if it is an integer.
fn key(schema: &Schema) -> Option<&Field> {
    let SchemaKind::Object { fields, .. } = &schema.kind else { return None };
    let mut identity = fields.iter().filter(|field| field.identity);
    identity.next().filter(|key| identity.next().is_none() && key.ty == Type::Integer)
}

/// The schemas with a key that a resource, and those below it, list or retrieve, each with the path of the resource.
fn shown_records<'a>(api: &'a Api, resource: &'a Resource<'a>) -> Vec<(&'a Schema, &'a str)> {
    let shows_records = |(method, operation): &&(&str, &Operation)| match *method {
        "list" => operation.pagination.is_some(),
        // What needs no id is the only record of its kind.
        "retrieve" => operation.path_parameters.len() > resource.bound.len(),
        _ => false,
    };
    let operations = resource.operations.iter().filter(shows_records);
    let schemas = operations.filter_map(|(_, operation)| record(api, operation)).filter(|schema| key(schema).is_some());
    let mut found: Vec<_> = schemas.map(|schema| (schema, resource.path.as_str())).collect();
    found.extend(resource.children.values().flat_map(|child| shown_records(api, child)));
    found
}

/// The schema of the record or the records that an operation returns.
fn record<'a>(api: &'a Api, operation: &Operation) -> Option<&'a Schema> {
    let Answer::Json(ty) = &operation.answer else { return None };
    let schema = api.schema(Api::names(ty)?)?;
    match &schema.kind {
        SchemaKind::Page(records) => api.schema(records),
        _ => Some(schema),
    }
}

/// The resources that anything references.
fn referenced(api: &Api) -> impl Iterator<Item = String> + '_ {
    let fields = api.schemas.values().filter_map(|schema| match &schema.kind {
        SchemaKind::Object { fields, .. } => Some(fields),
        _ => None,
    });
    let fields = fields.flatten().filter_map(|field| field.references.clone());
    let parameters =
        api.operations.iter().flat_map(|operation| operation.path_parameters.iter().chain(&operation.query));
    fields.chain(parameters.filter_map(|parameter| parameter.references.clone()))
}

/// Finds the resources that path parameters select a record of. `owners` are those of the parameters that the parent binds.
fn paths(
    resource: &Resource<'_>,
    owners: &[Option<String>],
    known: &BTreeSet<String>,
    found: &mut BTreeMap<String, Vec<Option<String>>>,
) {
    let mut owners = owners.to_vec();
    let parent = resource.path.rsplit_once('.').map(|(parent, _)| parent.to_owned());
    // Of several ids that are bound at once, the last one selects a record of the parent.
    owners.extend(resource.binds.iter().skip(1).map(|_| None));
    owners.extend(resource.binds.first().map(|_| parent));
    let selected = owners.iter().cloned().chain([Some(resource.path.clone())]);
    let selected: Vec<Option<String>> = selected.map(|owner| owner.filter(|owner| known.contains(owner))).collect();
    for (_, operation) in &resource.operations {
        let parameters = operation.path_parameters.iter().zip(&selected);
        let resources =
            parameters.map(|(parameter, owner)| owner.clone().filter(|owner| names_a_record(parameter, owner)));
        found.insert(operation.id.clone(), resources.collect());
    }
    for child in resource.children.values() {
        paths(child, &owners, known, found);
    }
}

/// Returns `true` if a path parameter has the name that the id of a record of a resource has: `id`, `bill_id`, `budget_pk`.
fn names_a_record(parameter: &Parameter, resource: &str) -> bool {
    let name = parameter.rust_name.as_str();
    let record = names::singular(resource);
    let is_called = |name: &str| record == name || record.ends_with(&format!("_{name}"));
    name == "id" || ["_id", "_pk"].into_iter().filter_map(|suffix| name.strip_suffix(suffix)).any(is_called)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_parameters_are_named_after_resources() {
        let parameter = |name: &str| Parameter {
            name: name.to_owned(),
            rust_name: name.to_owned(),
            description: String::new(),
            ty: Type::Integer,
            explode: true,
            required: true,
            deprecated: false,
            omit: false,
            deviation: None,
            references: None,
            min_length: None,
        };
        for (name, resource, expected) in [
            ("id", "bills", true),
            ("bill_id", "bills", true),
            ("budget_pk", "budgets", true),
            ("commit_id", "contracts.prepaid_commits", true),
            ("client_id", "invoices", false),
            ("voice_id", "invoices", false),
            ("bill", "bills", false),
        ] {
            assert_eq!(names_a_record(&parameter(name), resource), expected, "{name} of {resource}");
        }
    }

    #[test]
    fn a_circle_of_references_ends() {
        let same_as = [("a", "b"), ("b", "c"), ("c", "b"), ("d", "e")];
        let same_as = same_as.map(|(from, to)| (from.to_owned(), to.to_owned())).into();
        let ids = Ids { same_as, ..Ids::default() };
        assert_eq!(["a", "d", "e"].map(|resource| ids.space(resource)), ["a", "e", "e"]);
    }
}
