//! Compares one pair of schemas: type, facets and properties. Nested schemas are pairs of their own.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::direction::Direction;
use super::facets;
use crate::checks::{UNCLASSIFIED, check};
use crate::finding::{At, Finding};
use crate::site::{Entry, Site};
use crate::subject::subject;
use crate::verdict::Wire;
use crate::view::View;

/// One side of a pair: the document, the schema's place in it, and the schema by its meaning.
#[derive(Clone, Copy)]
pub(super) struct Side<'a, 'b> {
    pub(super) root: &'a Value,
    pub(super) site: &'b Site<'a>,
    pub(super) view: &'b View<'a>,
}

impl<'a> Side<'a, '_> {
    fn subject(self, pointer: &str) -> String {
        subject(self.root, pointer)
    }

    /// Returns a property that exists in the given direction.
    fn property(self, name: &str, direction: Direction) -> Option<(View<'a>, String)> {
        let site = self.view.properties.get(name)?;
        let view = View::of(self.root, site);
        (!direction.hides(&view)).then(|| (view, site.pointer.clone()))
    }
}

/// Compares a pair of schemas.
pub(super) fn compare(old: Side<'_, '_>, new: Side<'_, '_>, direction: Direction, used_at: &str) -> Vec<Finding> {
    let mut pair = Pair { old, new, direction, findings: Vec::new() };
    pair.compare(used_at);
    pair.findings
}

struct Pair<'a, 'b> {
    old: Side<'a, 'b>,
    new: Side<'a, 'b>,
    direction: Direction,
    findings: Vec<Finding>,
}

impl Pair<'_, '_> {
    fn compare(&mut self, used_at: &str) {
        let (before, after) = (self.old.view, self.new.view);
        let shape = |view: &View<'_>| (view.text("type").to_owned(), view.variants.is_empty());
        if shape(before) != shape(after) {
            self.type_change(used_at);
            // The other facets belong to types that cannot be compared.
            self.facet("nullable");
            self.facet("deprecated");
            return;
        }
        if before.variants.len() != after.variants.len() {
            self.changed("variants.changed", "oneOf", json!(before.variants.len()), json!(after.variants.len()));
        }
        let keys: BTreeSet<&String> = before.facets.keys().chain(after.facets.keys()).collect();
        // A handwritten type replaces the format.
        let scalar = before.facet("x-scalar") != after.facet("x-scalar");
        for key in keys {
            if !(key == "type" || (scalar && key == "format")) {
                self.facet(key);
            }
        }
        self.required();
        self.properties();
        let (old, new) = (additional(before), additional(after));
        if old != new {
            self.changed("additional_properties.changed", "additionalProperties", json!(old), json!(new));
        }
    }

    fn type_change(&mut self, used_at: &str) {
        let (old, new) = (json!(self.old.view.kind()), json!(self.new.view.kind()));
        if self.old.view.name == self.new.view.name {
            return self.changed("type.changed", "type", old, new);
        }
        // Neither component changed; the place that uses them did.
        let at = At::New(self.new.site.pointer.clone());
        let finding = Finding::new(self.id("type.changed"), self.old.subject(used_at), at);
        self.findings.push(finding.values(old, new));
    }

    fn id(&self, check: &str) -> String {
        format!("{}.{check}", self.direction.prefix())
    }

    /// Reports a change of the facet `key`.
    fn changed(&mut self, check: &str, key: &str, old: Value, new: Value) {
        let (subject, at) = self.source(key);
        self.findings.push(Finding::new(self.id(check), subject, at).values(old, new));
    }

    /// Returns the schema that states a facet: the shared one if both revisions have the facet from there, and
    /// otherwise the schema under comparison.
    fn source(&self, key: &str) -> (String, At) {
        let (old, new) = (self.old, self.new);
        let before = old.view.facets.get(key).map(|facet| facet.schema.as_str());
        let after = new.view.facets.get(key).map(|facet| facet.schema.as_str());
        let at = match (before, after) {
            (_, Some(after)) => At::New(after.to_owned()),
            (Some(before), None) if new.view.sources.contains(before) => At::New(before.to_owned()),
            (Some(before), None) => At::Old(before.to_owned()),
            (None, None) => At::New(new.site.pointer.clone()),
        };
        let shared = match (before, after) {
            (Some(before), Some(after)) => Some(old.subject(before)).filter(|subject| *subject == new.subject(after)),
            (Some(before), None) => new.view.sources.contains(before).then(|| old.subject(before)),
            (None, Some(after)) => old.view.sources.contains(after).then(|| new.subject(after)),
            (None, None) => None,
        };
        (shared.unwrap_or_else(|| old.subject(&old.site.pointer)), at)
    }

    fn facet(&mut self, key: &str) {
        let null = Value::Null;
        let before = self.old.view.facet(key).unwrap_or(&null);
        let after = self.new.view.facet(key).unwrap_or(&null);
        if before == after {
            return;
        }
        let (subject, at) = self.source(key);
        if key == "enum" {
            return self.values(before, after, &subject, &at);
        }
        let Some(kind) = facets::check(key, before, after) else { return };
        let known = [self.id(&kind), kind].into_iter().find(|id| check(id).is_some());
        let entry = Entry { key, old: before.clone(), new: after.clone() };
        let (id, entry) = match known {
            Some(id) => (id, entry),
            None => (UNCLASSIFIED.to_owned(), entry.with_key()),
        };
        self.findings.push(Finding::new(id, subject, at).values(entry.old, entry.new));
    }

    fn values(&mut self, before: &Value, after: &Value, subject: &str, at: &At) {
        let finding = |id: String| Finding::new(id, subject.to_owned(), at.clone());
        let (Some(old), Some(new)) = (before.as_array(), after.as_array()) else {
            let kind = if before.is_null() { "enum.introduced" } else { "enum.dropped" };
            return self.findings.push(finding(self.id(kind)).values(before.clone(), after.clone()));
        };
        let (removed, added) = (self.id("enum.removed"), self.id("enum.added"));
        let gone = old.iter().filter(|value| !new.contains(value));
        self.findings.extend(gone.map(|value| finding(removed.clone()).removed(value.clone())));
        let fresh = new.iter().filter(|value| !old.contains(value));
        self.findings.extend(fresh.map(|value| finding(added.clone()).added(value.clone())));
    }

    /// Reports properties that became required or optional.
    fn required(&mut self) {
        let (old, new) = (&self.old.view.required, &self.new.view.required);
        let names: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
        for name in names {
            let (was, is) = (old.contains_key(name), new.contains_key(name));
            let before = self.old.property(name, self.direction);
            let after = self.new.property(name, self.direction);
            let (Some((_, before)), Some((_, after))) = (before, after) else { continue };
            if was == is {
                continue;
            }
            let id = self.id(if is { "property.became_required" } else { "property.became_optional" });
            let finding = Finding::new(id, self.old.subject(&before), At::New(after)).values(was, is);
            // A field left out of a PATCH stays as it is, whatever the schema requires on creation.
            let mild = is && self.direction == Direction::Update;
            self.findings.push(finding.step(format!(".{name}")).wire_if(mild, Wire::Risky));
        }
    }

    /// Reports properties that were added or removed in this direction.
    fn properties(&mut self) {
        let (old, new) = (&self.old.view.properties, &self.new.view.properties);
        let names: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
        for name in names {
            let before = self.old.property(name, self.direction);
            let after = self.new.property(name, self.direction);
            let finding = match (before, after) {
                (None, Some((view, pointer))) => self.added(name, &view, pointer),
                (Some((view, pointer)), None) => self.removed(name, &view, pointer),
                _ => continue,
            };
            self.findings.push(finding.step(format!(".{name}")));
        }
    }

    fn added(&self, name: &str, view: &View<'_>, pointer: String) -> Finding {
        let required = self.new.view.required.contains_key(name);
        let text = format!("{}{}", view.kind(), if required { ", required" } else { "" });
        let old = other_direction(self.old.view.properties.contains_key(name));
        let finding = Finding::new(self.id("property.added"), self.new.subject(&pointer), At::New(pointer));
        finding.values(old, text).wire_if(required && self.direction == Direction::Request, Wire::Breaking)
    }

    fn removed(&self, name: &str, view: &View<'_>, pointer: String) -> Finding {
        let left = self.new.view.properties.get(name);
        let subject = self.old.subject(&pointer);
        let at = left.map_or(At::Old(pointer), |site| At::New(site.pointer.clone()));
        let finding = Finding::new(self.id("property.removed"), subject, at);
        finding.values(view.kind(), other_direction(left.is_some()))
    }
}

/// Returns the value of a property that this direction does not have.
fn other_direction(exists: bool) -> Value {
    if exists { json!("only in the other direction") } else { Value::Null }
}

/// Describes the rule for additional properties.
fn additional(view: &View<'_>) -> &'static str {
    match (&view.additional, view.facet("additionalProperties")) {
        (Some(_), _) => "described",
        (None, Some(Value::String(rule))) if rule == "none" => "none",
        (None, Some(_)) => "any",
        (None, None) => "",
    }
}
