//! Compares schemas, each pair once, however often it is used.
//!
//! The pairs form a graph: a node is an old and a new schema in one direction, an edge leads to a property. Findings
//! sit on the node where the change is; where they show in operations is asked of the graph afterwards. So recursion
//! needs no care here, and the work grows with the description and not with the number of ways through it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Value, json};

use crate::Wire;
use crate::checks::{UNCLASSIFIED, check};
use crate::subject::subject;
use crate::view::{Facet, Site, View};

/// Which way a schema travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Direction {
    /// In a body of POST, PUT, DELETE, or inside any body.
    Request,
    /// The body of a PATCH itself, where leaving things out is the point.
    Change,
    /// In an answer.
    Response,
    /// In the query, the path or a header.
    Parameter,
}

impl Direction {
    pub(crate) fn prefix(self) -> &'static str {
        match self {
            Self::Request | Self::Change => "request",
            Self::Response => "response",
            Self::Parameter => "parameter",
        }
    }

    /// What is inside.
    fn inner(self) -> Self {
        if self == Self::Change { Self::Request } else { self }
    }

    fn hides(self, view: &View<'_>) -> bool {
        match self {
            Self::Response => view.flag("writeOnly"),
            Self::Request | Self::Change => view.flag("readOnly"),
            Self::Parameter => false,
        }
    }
}

/// A change at one node.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) id: String,
    /// Where it shows below the node.
    pub(crate) step: String,
    pub(crate) subject: String,
    pub(crate) old: Value,
    pub(crate) new: Value,
    /// Where the usual verdict does not fit.
    pub(crate) wire: Option<Wire>,
    /// In the new document, or in the old one where nothing is left of it.
    pub(crate) at: At,
}

/// A pointer into one of the two documents.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum At {
    Old(String),
    New(String),
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Node {
    pub(crate) findings: Vec<Finding>,
    pub(crate) edges: Vec<(String, usize)>,
    /// A component under another name, if this is one: decided when all pairs are known.
    pub(crate) renamed: Option<(String, String)>,
}

/// The two documents and the graph of compared pairs.
pub(crate) struct Schemas<'a> {
    old: &'a Value,
    new: &'a Value,
    known: HashMap<(String, String, Direction), usize>,
    /// With the place in the old document where the pair was met first.
    waiting: Vec<(usize, Site<'a>, Site<'a>, Direction, String)>,
    pub(crate) nodes: Vec<Node>,
    /// Old name, new name, how much of the content is the same.
    pub(crate) renames: BTreeMap<(String, String), f64>,
    /// Components that were reached, in either document.
    pub(crate) reached: BTreeSet<String>,
}

impl<'a> Schemas<'a> {
    pub(crate) fn new(old: &'a Value, new: &'a Value) -> Self {
        Self {
            old,
            new,
            known: HashMap::new(),
            waiting: Vec::new(),
            nodes: Vec::new(),
            renames: BTreeMap::new(),
            reached: BTreeSet::new(),
        }
    }

    /// The node of a pair; it is compared by [`Schemas::finish`].
    pub(crate) fn pair(&mut self, old: Site<'a>, new: Site<'a>, direction: Direction) -> usize {
        let used_at = old.pointer.clone();
        let (old, new) = (old.follow(self.old), new.follow(self.new));
        let key = (old.pointer.clone(), new.pointer.clone(), direction);
        if let Some(node) = self.known.get(&key) {
            return *node;
        }
        let node = self.nodes.len();
        self.nodes.push(Node::default());
        self.known.insert(key, node);
        self.waiting.push((node, old, new, direction, used_at));
        node
    }

    /// Compares all pairs that were asked for, and what they lead to.
    pub(crate) fn finish(&mut self) {
        while let Some((node, old, new, direction, used_at)) = self.waiting.pop() {
            let (before, after) = (View::of(self.old, &old), View::of(self.new, &new));
            let findings = Vec::new();
            let mut pair = Pair { old: &old, new: &new, used_at, before: &before, after: &after, direction, findings };
            pair.compare(self.old, self.new);
            let same_shape = !pair.findings.iter().any(|finding| finding.id.ends_with(".type.changed"));
            let findings = pair.findings;
            self.nodes[node].findings = findings;
            self.reached.extend(before.sources.iter().chain(&after.sources).cloned());
            self.names(node, &old, &before, &after);
            if same_shape {
                self.descend(node, &before, &after, direction);
                self.component(node, &old, &before, &after, direction);
            }
        }
        self.settle_renames();
    }

    /// Two uses of a component lead to the component itself, whose own words a use may hide.
    fn component(&mut self, node: usize, site: &Site<'a>, old: &View<'a>, new: &View<'a>, direction: Direction) {
        let (Some(before), Some(after)) = (&old.name, &new.name) else { return };
        let (before, after) = (format!("/components/schemas/{before}"), format!("/components/schemas/{after}"));
        if before == site.pointer {
            return;
        }
        if let (Some(old), Some(new)) = (self.old.pointer(&before), self.new.pointer(&after)) {
            let old = Site { value: old, pointer: before };
            let new = Site { value: new, pointer: after };
            let inner = self.pair(old, new, direction);
            self.nodes[node].edges.push((String::new(), inner));
        }
    }

    fn names(&mut self, node: usize, site: &Site<'a>, before: &View<'a>, after: &View<'a>) {
        let (Some(old), Some(new)) = (&before.name, &after.name) else { return };
        if old == new {
            return;
        }
        let gone = |name: &str, root: &Value| root.pointer(&format!("/components/schemas/{name}")).is_none();
        let similarity = similarity(before, after);
        if gone(old, self.new) && gone(new, self.old) && similarity >= 0.5 {
            self.renames.insert((old.clone(), new.clone()), similarity);
            self.nodes[node].renamed = Some((old.clone(), new.clone()));
        } else if !self.nodes[node].findings.iter().any(|finding| finding.id.ends_with(".type.changed")) {
            self.nodes[node].findings.push(Finding {
                id: "schema.replaced".to_owned(),
                step: String::new(),
                subject: subject(self.old, &site.pointer),
                old: json!(old),
                new: json!(new),
                wire: None,
                at: At::Old(site.pointer.clone()),
            });
        }
    }

    /// A component has one successor: the most similar. What else took its place is a replacement.
    fn settle_renames(&mut self) {
        let mut ranked: Vec<((String, String), f64)> = std::mem::take(&mut self.renames).into_iter().collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let (mut olds, mut news) = (BTreeSet::new(), BTreeSet::new());
        for ((old, new), similarity) in ranked {
            if !olds.contains(&old) && !news.contains(&new) {
                olds.insert(old.clone());
                news.insert(new.clone());
                self.renames.insert((old, new), similarity);
            }
        }
        for node in &mut self.nodes {
            // A page of a renamed schema is the same page.
            node.findings.retain(|finding| {
                let names = (finding.old.as_str().unwrap_or_default(), finding.new.as_str().unwrap_or_default());
                finding.id != "schema.page.changed"
                    || !self.renames.contains_key(&(names.0.to_owned(), names.1.to_owned()))
            });
            let Some((old, new)) = node.renamed.take() else { continue };
            let settled = self.renames.get(&(old.clone(), new.clone()));
            let confidence = settled.map(|similarity| format!(" (same content: {:.0} %)", similarity * 100.0));
            node.findings.push(Finding {
                id: if settled.is_some() { "schema.renamed" } else { "schema.replaced" }.to_owned(),
                step: String::new(),
                subject: format!("components.schemas.{old}"),
                old: json!(old),
                new: json!(format!("{new}{}", confidence.unwrap_or_default())),
                wire: None,
                at: At::New(format!("/components/schemas/{new}")),
            });
        }
    }

    fn descend(&mut self, node: usize, before: &View<'a>, after: &View<'a>, direction: Direction) {
        let inner = direction.inner();
        let mut edges = Vec::new();
        for (name, old) in &before.properties {
            let Some(new) = after.properties.get(name) else { continue };
            let hidden = inner.hides(&View::of(self.old, old)) || inner.hides(&View::of(self.new, new));
            if !hidden {
                edges.push((format!(".{name}"), self.pair(old.clone(), new.clone(), inner)));
            }
        }
        if let (Some(old), Some(new)) = (&before.items, &after.items) {
            edges.push(("[]".to_owned(), self.pair(old.clone(), new.clone(), inner)));
        }
        if let (Some(old), Some(new)) = (&before.additional, &after.additional) {
            edges.push((".*".to_owned(), self.pair(old.clone(), new.clone(), inner)));
        }
        if before.variants.len() == after.variants.len() {
            for (old, new) in before.variants.iter().zip(&after.variants) {
                edges.push((String::new(), self.pair(old.clone(), new.clone(), direction)));
            }
        }
        self.nodes[node].edges.extend(edges);
    }
}

/// How much of two schemas is the same: 1 is all of it.
fn similarity(before: &View<'_>, after: &View<'_>) -> f64 {
    if before.text("type") != after.text("type") {
        return 0.0;
    }
    let parts = |view: &View<'_>| -> BTreeSet<String> {
        let values = view.facet("enum").and_then(Value::as_array).into_iter().flatten().map(ToString::to_string);
        values.chain(view.properties.keys().map(|name| (*name).to_owned())).collect()
    };
    let (before, after) = (parts(before), parts(after));
    let all = before.union(&after).count();
    #[allow(clippy::cast_precision_loss)]
    if all == 0 { 1.0 } else { before.intersection(&after).count() as f64 / all as f64 }
}

/// One pair under comparison.
struct Pair<'a, 'b> {
    old: &'b Site<'a>,
    new: &'b Site<'a>,
    used_at: String,
    before: &'b View<'a>,
    after: &'b View<'a>,
    direction: Direction,
    findings: Vec<Finding>,
}

impl Pair<'_, '_> {
    fn compare(&mut self, old_root: &Value, new_root: &Value) {
        let shape = |view: &View<'_>| (view.text("type").to_owned(), view.variants.is_empty());
        if shape(self.before) != shape(self.after) {
            let (old, new) = (json!(self.before.kind()), json!(self.after.kind()));
            if self.before.name != self.after.name {
                // Neither component has changed: what uses them has.
                let (subject, at) = (subject(old_root, &self.used_at), At::New(self.new.pointer.clone()));
                self.push(&format!("{}.type.changed", self.direction.prefix()), subject, at, old, new, None);
            } else {
                self.whole("type.changed", "type", old, new, old_root, new_root);
            }
            for key in ["nullable", "deprecated"] {
                self.facet(key, old_root, new_root);
            }
            return;
        }
        if self.before.variants.len() != self.after.variants.len() {
            let (old, new) = (json!(self.before.variants.len()), json!(self.after.variants.len()));
            self.whole("variants.changed", "oneOf", old, new, old_root, new_root);
        }
        let keys: BTreeSet<&String> = self.before.facets.keys().chain(self.after.facets.keys()).collect();
        let scalar = self.before.facet("x-scalar") != self.after.facet("x-scalar");
        for key in keys {
            // A handwritten type stands for its format.
            if !(key == "type" || (scalar && key == "format")) {
                self.facet(key, old_root, new_root);
            }
        }
        self.required(old_root, new_root);
        self.properties(old_root, new_root);
        let values = |view: &View<'_>| match (&view.additional, view.facet("additionalProperties")) {
            (Some(_), _) => "described",
            (None, Some(Value::String(rule))) if rule == "none" => "none",
            (None, Some(_)) => "any",
            (None, None) => "",
        };
        if values(self.before) != values(self.after) {
            let (old, new) = (json!(values(self.before)), json!(values(self.after)));
            self.whole("additional_properties.changed", "additionalProperties", old, new, old_root, new_root);
        }
    }

    fn whole(&mut self, check: &str, key: &str, old: Value, new: Value, old_root: &Value, new_root: &Value) {
        let (subject, at) = self.source(key, old_root, new_root);
        let id = format!("{}.{check}", self.direction.prefix());
        self.push(&id, subject, at, old, new, None);
    }

    fn push(&mut self, id: &str, subject: String, at: At, old: Value, new: Value, wire: Option<Wire>) {
        self.findings.push(Finding { id: id.to_owned(), step: String::new(), subject, old, new, wire, at });
    }

    /// Who says the facet: the shared schema, where both revisions have it from there, and else the place itself.
    fn source(&self, key: &str, old_root: &Value, new_root: &Value) -> (String, At) {
        let before = self.before.facets.get(key).map(|facet| facet.schema.as_str());
        let after = self.after.facets.get(key).map(|facet| facet.schema.as_str());
        let at = match (before, after) {
            (_, Some(after)) => At::New(after.to_owned()),
            (Some(_), None) if self.after.sources.contains(before.unwrap_or_default()) => {
                At::New(before.unwrap_or_default().to_owned())
            }
            (Some(before), None) => At::Old(before.to_owned()),
            (None, None) => At::New(self.new.pointer.clone()),
        };
        let place = || subject(old_root, &self.old.pointer);
        let subject = match (before, after) {
            (Some(before), Some(after)) => {
                let (before, after) = (subject(old_root, before), subject(new_root, after));
                if before == after { before } else { place() }
            }
            (Some(before), None) if self.after.sources.contains(before) => subject(old_root, before),
            (None, Some(after)) if self.before.sources.contains(after) => subject(new_root, after),
            _ => place(),
        };
        (subject, at)
    }

    fn facet(&mut self, key: &str, old_root: &Value, new_root: &Value) {
        let null = Facet { value: Value::Null, schema: String::new() };
        let before = &self.before.facets.get(key).unwrap_or(&null).value;
        let after = &self.after.facets.get(key).unwrap_or(&null).value;
        if before == after {
            return;
        }
        let (subject, at) = self.source(key, old_root, new_root);
        if key == "enum" {
            return self.values(before, after, &subject, &at);
        }
        let Some(kind) = kind_of_facet(key, before, after) else { return };
        let directed = format!("{}.{kind}", self.direction.prefix());
        let id = [directed, kind.clone()].into_iter().find(|id| check(id).is_some());
        match id {
            Some(id) => self.push(&id, subject, at, before.clone(), after.clone(), None),
            None => {
                let named = |value: &Value| if value.is_null() { json!(null) } else { json!({ key: value }) };
                self.push(UNCLASSIFIED, subject, at, named(before), named(after), None);
            }
        }
    }

    fn values(&mut self, before: &Value, after: &Value, subject: &str, at: &At) {
        let prefix = self.direction.prefix();
        let (Some(old), Some(new)) = (before.as_array(), after.as_array()) else {
            let kind = if before.is_null() { "introduced" } else { "dropped" };
            let id = format!("{prefix}.enum.{kind}");
            return self.push(&id, subject.to_owned(), at.clone(), before.clone(), after.clone(), None);
        };
        for value in old.iter().filter(|value| !new.contains(value)) {
            let id = format!("{prefix}.enum.removed");
            self.push(&id, subject.to_owned(), at.clone(), value.clone(), Value::Null, None);
        }
        for value in new.iter().filter(|value| !old.contains(value)) {
            let id = format!("{prefix}.enum.added");
            self.push(&id, subject.to_owned(), at.clone(), Value::Null, value.clone(), None);
        }
    }

    fn required(&mut self, old_root: &Value, new_root: &Value) {
        let names: BTreeSet<&str> = self.before.required.keys().chain(self.after.required.keys()).copied().collect();
        for name in names {
            let (old, new) = (self.before.required.get(name), self.after.required.get(name));
            let (Some(property), Some(later)) = (self.before.properties.get(name), self.after.properties.get(name))
            else {
                continue;
            };
            let hidden =
                self.direction.hides(&View::of(old_root, property)) || self.direction.hides(&View::of(new_root, later));
            if old.is_some() == new.is_some() || hidden {
                continue;
            }
            let kind = if new.is_some() { "became_required" } else { "became_optional" };
            // What a PATCH leaves out stays as it is, whatever the create form requires.
            let wire = (self.direction == Direction::Change && new.is_some()).then_some(Wire::Risky);
            self.findings.push(Finding {
                id: format!("{}.property.{kind}", self.direction.prefix()),
                step: format!(".{name}"),
                subject: subject(old_root, &property.pointer),
                old: json!(old.is_some()),
                new: json!(new.is_some()),
                wire,
                at: At::New(later.pointer.clone()),
            });
        }
    }

    fn properties(&mut self, old_root: &Value, new_root: &Value) {
        let names: BTreeSet<&str> =
            self.before.properties.keys().chain(self.after.properties.keys()).copied().collect();
        for name in names {
            let (old, new) = (self.before.properties.get(name), self.after.properties.get(name));
            let before = old.map(|site| View::of(old_root, site)).filter(|view| !self.direction.hides(view));
            let after = new.map(|site| View::of(new_root, site)).filter(|view| !self.direction.hides(view));
            match (before, after, old, new) {
                (None, Some(view), _, Some(site)) => {
                    let required = self.after.required.contains_key(name);
                    let breaking = required && self.direction == Direction::Request;
                    self.findings.push(Finding {
                        id: format!("{}.property.added", self.direction.prefix()),
                        step: format!(".{name}"),
                        subject: subject(new_root, &site.pointer),
                        old: if old.is_some() { json!("only in the other direction") } else { Value::Null },
                        new: json!(format!("{}{}", view.kind(), if required { ", required" } else { "" })),
                        wire: breaking.then_some(Wire::Breaking),
                        at: At::New(site.pointer.clone()),
                    });
                }
                (Some(view), None, Some(site), _) => self.findings.push(Finding {
                    id: format!("{}.property.removed", self.direction.prefix()),
                    step: format!(".{name}"),
                    subject: subject(old_root, &site.pointer),
                    old: json!(view.kind()),
                    new: if new.is_some() { json!("only in the other direction") } else { Value::Null },
                    wire: None,
                    at: new.map_or_else(|| At::Old(site.pointer.clone()), |new| At::New(new.pointer.clone())),
                }),
                _ => {}
            }
        }
    }
}

/// The check, without its direction, that a changed facet belongs to; `None` where something else tells of it.
fn kind_of_facet(key: &str, before: &Value, after: &Value) -> Option<String> {
    let bound = |group: &str, lower: bool| {
        let tighter = match (before.as_f64(), after.as_f64()) {
            (Some(before), Some(after)) => (after > before) == lower,
            (None, Some(_)) => true,
            (Some(_), None) => false,
            // `exclusiveMinimum` and `uniqueItems` are flags.
            (None, None) => after == &Value::Bool(true),
        };
        format!("{group}.{}", if tighter { "narrowed" } else { "widened" })
    };
    let switched = |on: &str, off: &str| if after == &Value::Bool(true) { on.to_owned() } else { off.to_owned() };
    Some(match key {
        "nullable" => switched("nullable.added", "nullable.removed"),
        "deprecated" => switched("schema.deprecated", "schema.undeprecated"),
        "x-blank" => switched("blank.allowed", "blank.forbidden"),
        "minimum" | "exclusiveMinimum" | "multipleOf" => bound("range", true),
        "maximum" | "exclusiveMaximum" => bound("range", false),
        "minLength" => bound("length", true),
        "maxLength" => bound("length", false),
        "minItems" | "uniqueItems" | "minProperties" => bound("items", true),
        "maxItems" | "maxProperties" => bound("items", false),
        "format" => "format.changed".to_owned(),
        "pattern" => "pattern.changed".to_owned(),
        "default" => "default.changed".to_owned(),
        "example" | "examples" => "example.changed".to_owned(),
        "description" | "title" | "externalDocs" | "x-enum-descriptions" => "schema.description.changed".to_owned(),
        "x-scalar" => "schema.scalar.changed".to_owned(),
        "x-identity" => "schema.identity.changed".to_owned(),
        "x-page-of" => "schema.page.changed".to_owned(),
        "x-rust-name" => "schema.rust_name.changed".to_owned(),
        "x-deviation" => "deviation.changed".to_owned(),
        "x-untyped" => "untyped.changed".to_owned(),
        "x-references" => "references.changed".to_owned(),
        "x-derived" | "x-document" | "x-collects" | "x-sum" => "sandbox.changed".to_owned(),
        // Presence in a direction, and what has its own comparison.
        "readOnly" | "writeOnly" | "additionalProperties" => return None,
        other => other.to_owned(),
    })
}
