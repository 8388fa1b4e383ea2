//! Rules for the sandbox overlay: everything that it names must exist in the description.

use campfire_sandbox_model::{FieldPath, SumTerm};
use serde_json::Value;

use crate::description::extension;
use crate::description::load::Description;
use crate::description::node;
use crate::description::overlay::{Overlay, PropertyOverlay};
use crate::description::rule::Rule;
use crate::rules::operation_ids::OperationIds;
use crate::rules::report::Report;

/// Checks the overlay of a description.
pub(super) fn check(report: &mut Report<'_>, description: &Description, ids: &OperationIds<'_>) {
    let mut check = Check { overlay: &description.overlay, ids, report };
    check.operations();
    check.schemas(&description.root);
}

struct Check<'c, 'r> {
    overlay: &'c Overlay,
    ids: &'c OperationIds<'c>,
    report: &'c mut Report<'r>,
}

impl Check<'_, '_> {
    fn problem(&mut self, steps: &[&str], message: String, help: &str) {
        self.report.add_at(Rule::Effect, self.overlay.locate(steps), message, help);
    }

    fn operations(&mut self) {
        for (id, operation) in &self.overlay.operations {
            let at = ["operations", id];
            if !self.ids.contains(id) {
                self.problem(&at, format!("there is no operation `{id}`"), "use an existing operationId");
            }
            if let Some(resource) = &operation.effect.records.of {
                self.resource(&[at[0], at[1], "effect"], resource);
            }
        }
    }

    fn resource(&mut self, steps: &[&str], resource: &str) {
        if !self.ids.has_resource(resource) {
            let help = "use the resource of an operation, such as `invoices.payments`";
            self.problem(steps, format!("there is no resource `{resource}`"), help);
        }
    }

    fn schemas(&mut self, root: &Value) {
        for (name, schema) in &self.overlay.schemas {
            let at = ["schemas", name];
            let Some((_, node)) = node::schemas(root).find(|(known, _)| known == name) else {
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
                self.derived(&steps, properties.value, overlay.derived.as_ref());
            }
        }
    }

    fn property(&mut self, steps: &[&str], property: &PropertyOverlay) {
        if let Some(collects) = &property.collects {
            self.resource(steps, &collects.owner);
        }
        for term in &property.sum {
            if let SumTerm::Related(related) = term {
                self.resource(steps, &related.resource);
            }
        }
    }

    /// Checks that a derived property has a sibling that references the record with the value.
    fn derived(&mut self, steps: &[&str], properties: &Value, derived: Option<&FieldPath>) {
        let Some(FieldPath { owner: sibling, .. }) = derived else { return };
        if properties.get(sibling).and_then(|sibling| sibling.get(extension::REFERENCES)).is_none() {
            let location = self.overlay.locate(steps);
            let message = format!("there is no sibling `{sibling}` with `x-references`");
            let help = "write `sibling.property`, and add `x-references` to the sibling";
            self.report.add_at(Rule::Derived, location, message, help);
        }
    }
}
