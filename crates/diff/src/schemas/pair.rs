//! Compares one pair of schemas: type, facets, alternatives and properties. Nested schemas are pairs of their own.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::direction::Direction;
use super::discriminator;
use super::facets;
use super::relationship::Relationship;
use super::unions::{Pairing, are_disjoint};
use crate::checks::{UNCLASSIFIED, check};
use crate::finding::{At, Finding};
use crate::narrow::{Relation, is_earlier, relation};
use crate::site::{Entry, Site, join};
use crate::subject::subject;
use crate::verdict::Wire;
use crate::view::View;

/// The properties of a schema that exist in a direction.
pub(super) type Properties<'a> = BTreeMap<&'a str, View<'a>>;

/// One side of a pair: the document, the schema's place in it, and the schema by its meaning.
#[derive(Clone, Copy)]
pub(super) struct Side<'a, 'b> {
    pub(super) root: &'a Value,
    pub(super) site: &'b Site<'a>,
    pub(super) view: &'b View<'a>,
    pub(super) properties: &'b Properties<'a>,
}

impl Side<'_, '_> {
    fn subject(self, pointer: &str) -> String {
        subject(self.root, pointer)
    }

    /// Returns the pointer of a property, or the one it would have.
    fn property(self, name: &str) -> String {
        let part = self.view.properties.get(name).and_then(|parts| parts.first());
        part.map_or_else(|| join(&join(&self.site.pointer, "properties"), name), |part| part.pointer.clone())
    }

    /// Returns true if the schema has a property, whether or not it exists in the direction under comparison.
    fn declares(self, name: &str) -> bool {
        self.view.properties.contains_key(name)
    }
}

/// What is known about the place of a pair.
pub(super) struct Context<'a, 'b> {
    pub(super) direction: Direction,
    pub(super) relationship: Relationship,
    pub(super) has_xml: bool,
    pub(super) used_at: &'b str,
    pub(super) alternatives: Option<&'b Pairing<'a>>,
}

/// Compares a pair of schemas.
pub(super) fn compare<'a>(old: Side<'a, '_>, new: Side<'a, '_>, context: &Context<'a, '_>) -> Vec<Finding> {
    let mut pair = Pair { old, new, context, findings: Vec::new() };
    pair.compare();
    pair.findings
}

struct Pair<'a, 'b> {
    old: Side<'a, 'b>,
    new: Side<'a, 'b>,
    context: &'b Context<'a, 'b>,
    findings: Vec<Finding>,
}

impl<'a> Pair<'a, '_> {
    fn compare(&mut self) {
        let (before, after) = (self.old.view, self.new.view);
        let became_union = before.variants.is_empty() != after.variants.is_empty();
        if let Some(alternatives) = self.context.alternatives {
            self.alternatives(alternatives);
            if became_union {
                return self.facets(|key| ["nullable", "deprecated"].contains(&key));
            }
        } else if became_union && before.text("type") == after.text("type") && !before.text("type").is_empty() {
            let kind = if before.variants.is_empty() { Relation::Narrowed } else { Relation::Widened };
            self.changed(&format!("variants.{}", kind.name()), "oneOf", before.variants.len(), after.variants.len());
        }
        if let Some(relation) = type_relation(before, after) {
            self.type_change(relation);
            // The other facets belong to types that cannot be compared.
            let numeric = [before, after].iter().all(|view| ["integer", "number"].contains(&view.text("type")));
            return self.facets(|key| {
                ["nullable", "deprecated"].contains(&key) || numeric && !["type", "format"].contains(&key)
            });
        }
        // A handwritten type replaces the format. Other descriptions do not know ours.
        let is_handwritten = match self.context.relationship {
            Relationship::Revisions => before.facet("x-scalar") != after.facet("x-scalar"),
            Relationship::Descriptions => before.text("x-scalar") == "decimal",
        };
        self.facets(|key| key != "type" && !(is_handwritten && key == "format"));
        self.discriminator();
        if before.prefix.len() != after.prefix.len() {
            self.changed("constraint.changed", "prefixItems", before.prefix.len(), after.prefix.len());
        }
        self.required();
        self.properties();
        self.additional();
    }

    /// Compares the facets that `include` returns true for.
    fn facets(&mut self, include: impl Fn(&str) -> bool) {
        let (before, after) = (&self.old.view.facets, &self.new.view.facets);
        let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for key in keys.into_iter().filter(|key| include(key)) {
            self.facet(key);
        }
    }

    /// Reports alternatives that were added or removed, and unions that may match several of them.
    fn alternatives(&mut self, alternatives: &Pairing<'a>) {
        let label = |side: Side<'a, '_>, site: &Site<'a>| {
            let view = View::of(side.root, std::slice::from_ref(site));
            let names: Vec<&str> = view.properties.keys().copied().take(3).collect();
            let is_named = view.name.is_some() || names.is_empty();
            if is_named { view.kind() } else { format!("{} with {}", view.kind(), names.join(", ")) }
        };
        let subject = self.old.subject(&self.old.site.pointer);
        for gone in &alternatives.removed {
            let at = At::Old(gone.pointer.clone());
            let finding = Finding::new(self.id("variant.removed"), subject.clone(), at);
            self.findings.push(finding.removed(label(self.old, gone)));
        }
        for fresh in &alternatives.added {
            let at = At::New(fresh.pointer.clone());
            let finding = Finding::new(self.id("variant.added"), subject.clone(), at);
            self.findings.push(finding.added(label(self.new, fresh)));
        }
        let (before, after) = (self.old.view, self.new.view);
        let several = before.variants.len() > 1 && after.variants.len() > 1;
        if several && before.exclusive != after.exclusive && !are_disjoint(self.old.root, before) {
            let kind = if after.exclusive { "variants.narrowed" } else { "variants.widened" };
            let word = |exclusive: bool| if exclusive { "oneOf" } else { "anyOf" };
            self.changed(kind, "oneOf", word(before.exclusive), word(after.exclusive));
        }
    }

    fn type_change(&mut self, relation: Relation) {
        let (old, new) = (self.old.view.kind(), self.new.view.kind());
        let check = format!("type.{}", relation.name());
        let names_differ =
            self.context.relationship == Relationship::Descriptions || self.old.view.name != self.new.view.name;
        if !names_differ {
            return self.changed(&check, "type", old, new);
        }
        // Neither component changed; the place that uses them did.
        let at = At::Both(self.context.used_at.to_owned(), self.new.site.pointer.clone());
        let finding = Finding::new(self.id(&check), self.old.subject(self.context.used_at), at);
        self.findings.push(finding.values(old, new));
    }

    fn id(&self, check: &str) -> String {
        format!("{}.{check}", self.context.direction.prefix())
    }

    /// Reports a change of the facet `key`.
    fn changed(&mut self, check: &str, key: &str, old: impl Into<Value>, new: impl Into<Value>) {
        let (subject, at) = self.source(key);
        self.findings.push(Finding::new(self.id(check), subject, at).values(old, new));
    }

    /// Returns the schema that states a facet: the shared one if both revisions have the facet from there, and
    /// otherwise the schema under comparison.
    fn source(&self, key: &str) -> (String, At) {
        let (old, new) = (self.old, self.new);
        let before = old.view.facets.get(key).map(|facet| facet.schema.as_str());
        let after = new.view.facets.get(key).map(|facet| facet.schema.as_str());
        // Descriptions of the same API name schemas as they like, so ours is the name to go by.
        let descriptions = self.context.relationship == Relationship::Descriptions;
        let shared = match (before, after) {
            (Some(before), _) if descriptions => Some((before, after.unwrap_or(&new.site.pointer))),
            (Some(before), Some(after)) if old.subject(before) == new.subject(after) => Some((before, after)),
            (Some(before), None) if new.view.sources.contains(before) => Some((before, before)),
            (None, Some(after)) if old.view.sources.contains(after) => Some((after, after)),
            _ => None,
        };
        let (before, after) = match shared {
            Some(shared) => shared,
            None => (old.site.pointer.as_str(), after.unwrap_or(&new.site.pointer)),
        };
        (old.subject(before), At::Both(before.to_owned(), after.to_owned()))
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
        if kind == "extension.changed" {
            return self.findings.push(Finding::new(kind, key.to_owned(), at));
        }
        let known = [self.id(&kind), kind].into_iter().find(|id| check(id).is_some());
        let entry = Entry { key, old: before.clone(), new: after.clone() };
        let (id, entry) = match known {
            Some(id) if id.ends_with(".constraint.changed") => (id, entry.with_key()),
            Some(id) => (id, entry),
            None => (UNCLASSIFIED.to_owned(), entry.with_key()),
        };
        let harmless = key == "xml" && !self.context.has_xml;
        let earlier = key == "x-sunset" && is_earlier(before, after);
        let finding = Finding::new(id, subject, at).values(entry.old, entry.new);
        self.findings.push(finding.wire_if(harmless, Wire::Documentation).wire_if(earlier, Wire::Risky));
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

    fn discriminator(&mut self) {
        let (subject, at) = self.source("discriminator");
        for (kind, values, wire) in discriminator::changes(self.old.view, self.new.view, self.context.direction) {
            let mut finding = Finding::new(self.id(kind), subject.clone(), at.clone()).values(values.0, values.1);
            finding.wire = wire;
            self.findings.push(finding);
        }
    }

    /// Reports properties that became required or optional.
    fn required(&mut self) {
        let direction = self.context.direction;
        let (old, new) = (&self.old.view.required, &self.new.view.required);
        let names: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
        for name in names {
            let (mut was, mut is) = (old.contains_key(name), new.contains_key(name));
            if self.context.relationship == Relationship::Descriptions && direction == Direction::Update {
                // Ours requires nothing of an update. Only a schema that is made for updates says what theirs requires.
                was = false;
                is &= self.new.view.name.as_ref().is_some_and(|name| name.starts_with("Patched"));
            }
            let exists = self.old.properties.contains_key(name) && self.new.properties.contains_key(name);
            if was == is || !exists {
                continue;
            }
            let id = self.id(if is { "property.became_required" } else { "property.became_optional" });
            let (before, after) = (self.old.property(name), self.new.property(name));
            let finding = Finding::new(id, self.old.subject(&before), At::Both(before, after)).values(was, is);
            // A field left out of a PATCH stays as it is, whatever the schema requires on creation.
            let mild = is && direction == Direction::Update;
            self.findings.push(finding.step(format!(".{name}")).wire_if(mild, Wire::Risky));
        }
    }

    /// Reports properties that were added or removed in this direction.
    fn properties(&mut self) {
        let names: BTreeSet<&str> = self.old.properties.keys().chain(self.new.properties.keys()).copied().collect();
        for name in names {
            let finding = match (self.old.properties.get(name), self.new.properties.get(name)) {
                (None, Some(view)) => self.added(name, view),
                (Some(view), None) => self.removed(name, view),
                _ => continue,
            };
            self.findings.push(finding.step(format!(".{name}")));
        }
    }

    fn added(&self, name: &str, view: &View<'_>) -> Finding {
        let (direction, after) = (self.context.direction, self.new.property(name));
        let required = self.new.view.required.contains_key(name);
        let required_by_callers = required && direction == Direction::Request;
        if self.old.declares(name) {
            // It existed in the other direction only.
            let kind = if direction.is_sent() { "property.became_writable" } else { "property.became_readable" };
            let before = self.old.property(name);
            let finding = Finding::new(self.id(kind), self.old.subject(&before), At::Both(before, after));
            return finding.added(view.kind()).breaking_if(required_by_callers);
        }
        let text = format!("{}{}", view.kind(), if required { ", required" } else { "" });
        let subject = self.added_subject(name, &after);
        let finding = Finding::new(self.id("property.added"), subject, At::New(after)).added(text);
        // A client that was promised no further properties may refuse them.
        let promised = !direction.is_sent() && openness(self.old) == Openness::Closed;
        finding.breaking_if(required_by_callers).wire_if(promised, Wire::Risky)
    }

    /// Names a property after the schema that states it if both revisions have that schema, and otherwise after the
    /// schema under comparison.
    fn added_subject(&self, name: &str, after: &str) -> String {
        let holder = after.rsplit_once("/properties/").map_or(after, |(holder, _)| holder);
        if self.context.relationship == Relationship::Revisions
            && (self.old.view.sources.contains(holder) || self.old.site.pointer == self.new.site.pointer)
        {
            return self.new.subject(after);
        }
        let holder = self.old.site.pointer.as_str();
        self.old.subject(&join(&join(holder, "properties"), name))
    }

    fn removed(&self, name: &str, view: &View<'_>) -> Finding {
        let before = self.old.property(name);
        let subject = self.old.subject(&before);
        if self.new.declares(name) {
            let sent = self.context.direction.is_sent();
            let kind = if sent { "property.became_read_only" } else { "property.became_write_only" };
            let at = At::Both(before, self.new.property(name));
            return Finding::new(self.id(kind), subject, at).removed(view.kind());
        }
        Finding::new(self.id("property.removed"), subject, At::Old(before)).removed(view.kind())
    }

    fn additional(&mut self) {
        let (old, new) = (openness(self.old), openness(self.new));
        if old != new {
            let kind = if new < old { "additional_properties.narrowed" } else { "additional_properties.widened" };
            self.changed(kind, "additionalProperties", old.name(), new.name());
        }
    }
}

/// Returns how the type changed, or `None` if it is the same.
fn type_relation(before: &View<'_>, after: &View<'_>) -> Option<Relation> {
    let kind = |view: &View<'_>| match (view.text("type"), view.variants.is_empty()) {
        ("", true) => Value::Null,
        ("", false) => json!("one of several"),
        (kind, _) => json!(kind),
    };
    let (before, after) = (kind(before), kind(after));
    (before != after).then(|| relation("type", &before, &after))
}

/// Which properties an object may have beyond those described, least first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Openness {
    Closed,
    Described,
    Open,
}

impl Openness {
    fn name(self) -> &'static str {
        match self {
            Self::Closed => "none",
            Self::Described => "described",
            Self::Open => "any",
        }
    }
}

fn openness(side: Side<'_, '_>) -> Openness {
    if side.view.text("additionalProperties") == "none" {
        return Openness::Closed;
    }
    let described = View::of(side.root, &side.view.additional);
    let allows_anything = described.kind() == "any" || described.text("x-scalar") == "json";
    if allows_anything { Openness::Open } else { Openness::Described }
}
