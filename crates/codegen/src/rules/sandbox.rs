//! Rules for the sandbox overlay: everything that it names must exist in the description.

use std::collections::BTreeMap;

use campfire_sandbox_model::{Effect, FieldPath, SumTerm};
use serde_json::Value;

use crate::description::extension;
use crate::description::load::Description;
use crate::description::node::{self, Node, OperationNode};
use crate::description::overlay::{Overlay, PropertyOverlay};
use crate::description::rule::Rule;
use crate::rules::operation_ids::OperationIds;
use crate::rules::report::Report;

/// Checks the overlay of a description.
pub(super) fn check(report: &mut Report<'_>, description: &Description, ids: &OperationIds<'_>) {
    let root = &description.root;
    let (operations, schemas) = (node::operations(root).collect(), node::schemas(root).collect());
    let mut check = Check { overlay: &description.overlay, root, operations, schemas, ids, report };
    check.operations();
    check.schemas();
}

/// Returns `true` if the path of an operation is that of a record of its resource.
fn names_a_record(operation: &OperationNode<'_>) -> bool {
    let name = operation.node.text("operationId").rsplit('.').next();
    name.is_some_and(|name| ["retrieve", "replace", "update", "delete"].contains(&name))
}

/// Returns the part of a path that leads to a record: up to its last placeholder.
fn record_path<'a>(operation: &OperationNode<'a>) -> &'a str {
    &operation.path[..operation.path.rfind('}').map_or(0, |end| end + 1)]
}

struct Check<'c, 'r> {
    overlay: &'c Overlay,
    root: &'c Value,
    operations: Vec<OperationNode<'c>>,
    schemas: BTreeMap<&'c str, Node<'c>>,
    ids: &'c OperationIds<'c>,
    report: &'c mut Report<'r>,
}

impl<'c> Check<'c, '_> {
    fn problem(&mut self, steps: &[&str], message: String, help: &str) {
        self.report.add_at(Rule::Effect, self.overlay.locate(steps), message, help);
    }

    fn operations(&mut self) {
        for (id, operation) in &self.overlay.operations {
            let at = ["operations", id];
            if !self.ids.contains(id) {
                self.problem(&at, format!("there is no operation `{id}`"), "use an existing operationId");
            }
            let Effect { records, copy, delete, link, set, .. } = &operation.effect;
            if let Some(resource) = &records.of {
                self.resource(&[at[0], at[1], "effect"], resource);
            }
            if *copy || *delete || *link || !set.is_empty() {
                self.record_in_path(&at, id);
            }
            self.fields_of_record(&at, id, set);
        }
    }

    /// Checks that the sandbox finds the record that an operation changes: an integer in the path is its number, and a string is a
    /// key, which is looked up as that of the resource at this path.
    fn record_in_path(&mut self, steps: &[&str], id: &str) {
        let Some(operation) = self.operation(id) else { return };
        let Some(name) = operation.placeholders().last() else { return };
        let mut parameters = operation.parameters(self.root);
        let parameter = parameters.find(|parameter| parameter.text("in") == "path" && parameter.text("name") == name);
        let is_integer = parameter
            .and_then(|parameter| parameter.child("schema"))
            .is_some_and(|schema| schema.resolved(self.root).text("type") == "integer");
        let before = record_path(operation);
        let is_at = |other: &OperationNode<'_>| other.path.trim_end_matches('/') == before && names_a_record(other);
        if !is_integer && !self.operations.iter().any(is_at) {
            let message = format!("the sandbox cannot find the record that `{id}` changes by its key `{name}`");
            self.problem(steps, message, &format!("describe `GET {before}` as the `retrieve` of the resource"));
        }
    }

    /// Checks that an operation sets only fields that the record in its path has.
    fn fields_of_record(&mut self, steps: &[&str], id: &str, set: &BTreeMap<String, Value>) {
        let Some(path) = self.operation(id).map(record_path) else { return };
        let is_at = |other: &&OperationNode<'_>| other.method == "get" && other.path.trim_end_matches('/') == path;
        let Some(retrieve) = self.operations.iter().find(is_at) else { return };
        let Some(properties) = retrieve.node.response_properties(self.root) else { return };
        for name in set.keys().filter(|name| properties.child(name).is_none()) {
            let message = format!("`{id}` sets `{name}`, which the record at `{path}` does not have");
            self.problem(steps, message, "name a property of the record, or describe it");
        }
    }

    fn operation(&self, id: &str) -> Option<&OperationNode<'c>> {
        self.operations.iter().find(|operation| operation.node.word("operationId") == Some(id))
    }

    fn resource(&mut self, steps: &[&str], resource: &str) {
        if !self.ids.has_resource(resource) {
            let help = "use the resource of an operation, such as `invoices.payments`";
            self.problem(steps, format!("there is no resource `{resource}`"), help);
        }
    }

    fn schemas(&mut self) {
        for (name, schema) in &self.overlay.schemas {
            let at = ["schemas", name];
            let Some(node) = self.schemas.get(name.as_str()).cloned() else {
                self.problem(&at, format!("there is no schema `{name}`"), "use a name from `components.schemas`");
                continue;
            };
            let Some(properties) = node.child("properties") else {
                self.problem(&at, format!("the schema `{name}` is not an object"), "remove the entry");
                continue;
            };
            for (property, overlay) in &schema.properties {
                let steps = ["schemas", name, "properties", property];
                if properties.child(property).is_none() {
                    let message = format!("the schema `{name}` has no property `{property}`");
                    self.problem(&steps, message, "correct or remove it");
                }
                self.property(&steps, overlay);
                self.lineage(&steps, properties.value, overlay);
                self.unlisted(&steps, properties.value, overlay);
                self.derived(&steps, properties.value, &schema.properties);
            }
        }
    }

    fn property(&mut self, steps: &[&str], property: &PropertyOverlay) {
        match &property.collects {
            Some(collects) => self.resource(steps, &collects.owner),
            None if property.filter.is_empty() => {}
            None => {
                self.problem(steps, "`where` has nothing to choose from".to_owned(), "name the records with `collects`")
            }
        }
        for term in &property.sum {
            if let SumTerm::Related(related) = term {
                self.resource(steps, &related.resource);
            }
        }
    }

    /// Checks that the overlay names only resources without operations. Others are part of the description.
    fn unlisted(&mut self, steps: &[&str], properties: &Value, overlay: &PropertyOverlay) {
        let Some(resource) = &overlay.references else { return };
        let property = steps.last().and_then(|name| properties.get(name));
        let is_described = property.is_some_and(|property| property.get(extension::REFERENCES).is_some());
        if is_described || self.ids.has_resource(resource) {
            let message = format!("the API has operations for `{resource}`");
            self.problem(steps, message, "write `x-references` in the description instead");
        }
    }

    /// Checks that a lineage has a sibling that references the record above.
    fn lineage(&mut self, steps: &[&str], properties: &Value, overlay: &PropertyOverlay) {
        let Some(parent) = &overlay.lineage else { return };
        if properties.get(parent).is_none_or(|parent| parent.get(extension::REFERENCES).is_none()) {
            let message = format!("there is no sibling `{parent}` with `x-references`");
            self.problem(steps, message, "name the property that references the record above");
        }
    }

    /// Checks that a derived property has a sibling that references the record with the value.
    fn derived(&mut self, steps: &[&str], properties: &Value, overlays: &BTreeMap<String, PropertyOverlay>) {
        let derived = steps.last().and_then(|name| overlays.get(*name)?.derived.as_ref());
        let Some(FieldPath { owner: sibling, .. }) = derived else { return };
        let is_unlisted = overlays.get(sibling).is_some_and(|sibling| sibling.references.is_some());
        let is_described = || properties.get(sibling).is_some_and(|found| found.get(extension::REFERENCES).is_some());
        if !is_unlisted && !is_described() {
            let location = self.overlay.locate(steps);
            let message = format!("there is no sibling `{sibling}` with `x-references`");
            let help = "write `sibling.property`, and add `x-references` to the sibling";
            self.report.add_at(Rule::Derived, location, message, help);
        }
    }
}
