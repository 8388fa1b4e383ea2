//! Builds the graph of compared schemas.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::direction::Direction;
use super::node::{Node, Replaced};
use super::pair::{self, Properties, Side};
use super::relationship::Relationship;
use super::renames::{Renames, component_pointer, similarity};
use super::unions;
use crate::finding::At;
use crate::site::Site;
use crate::subject::subject;
use crate::view::View;

/// A pair that has a node and waits to be compared.
struct Waiting<'a> {
    node: usize,
    old: Vec<Site<'a>>,
    new: Vec<Site<'a>>,
    direction: Direction,
    /// The place in the old document that uses the pair.
    used_at: String,
}

/// The two documents and the graph of compared pairs.
pub(crate) struct Schemas<'a> {
    old: &'a Value,
    new: &'a Value,
    relationship: Relationship,
    /// True if bodies may be XML.
    has_xml: bool,
    known: HashMap<(String, String, String, Direction), usize>,
    waiting: Vec<Waiting<'a>>,
    renames: Renames,
    pub(crate) nodes: Vec<Node>,
    /// Pointers of the schemas reached, in either document.
    pub(crate) reached: BTreeSet<String>,
}

impl<'a> Schemas<'a> {
    pub(crate) fn new(old: &'a Value, new: &'a Value, relationship: Relationship) -> Self {
        Self {
            old,
            new,
            relationship,
            has_xml: [old, new].into_iter().any(has_xml),
            known: HashMap::new(),
            waiting: Vec::new(),
            renames: Renames::default(),
            nodes: Vec::new(),
            reached: BTreeSet::new(),
        }
    }

    /// Returns the node of a pair. [`Schemas::finish`] compares it.
    pub(crate) fn pair(&mut self, old: Site<'a>, new: Site<'a>, direction: Direction) -> usize {
        self.pair_parts(vec![old], vec![new], direction)
    }

    /// Returns the node of a pair whose schemas each consist of parts that hold together.
    fn pair_parts(&mut self, old: Vec<Site<'a>>, new: Vec<Site<'a>>, direction: Direction) -> usize {
        let pointers =
            |sites: &[Site<'_>]| sites.iter().map(|site| site.pointer.as_str()).collect::<Vec<_>>().join(" ");
        let follow = |sites: Vec<Site<'a>>, root: &'a Value| match <[Site<'a>; 1]>::try_from(sites) {
            Ok([site]) => vec![site.follow(root)],
            Err(sites) => sites,
        };
        let used_at = old.first().map(|site| site.pointer.clone()).unwrap_or_default();
        let (old, new) = (follow(old, self.old), follow(new, self.new));
        let names = (pointers(&old), pointers(&new));
        // One schema in the place of another is a change of the place that uses it.
        let place = if names.0 == names.1 { String::new() } else { used_at.clone() };
        let key = (names.0.clone(), names.1.clone(), place, direction);
        if let Some(node) = self.known.get(&key) {
            return *node;
        }
        let node = self.nodes.len();
        self.nodes.push(Node::new(names.0, names.1));
        self.known.insert(key, node);
        self.waiting.push(Waiting { node, old, new, direction, used_at });
        node
    }

    /// Compares all pairs requested so far, and the pairs nested in them.
    pub(crate) fn finish(&mut self) {
        while let Some(waiting) = self.waiting.pop() {
            self.compare(waiting);
        }
        std::mem::take(&mut self.renames).settle(&mut self.nodes);
    }

    fn compare(&mut self, waiting: Waiting<'a>) {
        let Waiting { node, old, new, direction, used_at } = waiting;
        let (before, after) = (View::of(self.old, &old), View::of(self.new, &new));
        self.reached.extend(before.sources.iter().chain(&after.sources).cloned());
        let ([old_site, ..], [new_site, ..]) = (old.as_slice(), new.as_slice()) else { return };
        let alternatives = unions::pairing((self.old, &before, old_site), (self.new, &after, new_site));
        let properties = (visible(self.old, &before, direction), visible(self.new, &after, direction));
        let context = pair::Context {
            direction,
            relationship: self.relationship,
            has_xml: self.has_xml,
            used_at: &used_at,
            alternatives: alternatives.as_ref(),
        };
        self.nodes[node].findings = pair::compare(
            Side { root: self.old, site: old_site, view: &before, properties: &properties.0 },
            Side { root: self.new, site: new_site, view: &after, properties: &properties.1 },
            &context,
        );
        let changes_type = self.nodes[node].changes_type();
        self.names(node, (old_site, &before), (new_site, &after), &used_at);
        if !changes_type {
            self.descend(node, (&before, &properties.0), (&after, &properties.1), direction);
            for (old, new) in alternatives.into_iter().flat_map(|alternatives| alternatives.pairs) {
                let nested = self.pair(old, new, direction);
                self.nodes[node].edges.push((String::new(), nested));
            }
            self.component(node, old_site, &before, &after, direction);
        }
    }

    /// Connects two uses of a component with the component itself, whose annotations a use may override.
    fn component(&mut self, node: usize, site: &Site<'a>, old: &View<'a>, new: &View<'a>, direction: Direction) {
        let (Some(before), Some(after)) = (&old.name, &new.name) else { return };
        let (before, after) = (component_pointer(before), component_pointer(after));
        if before == site.pointer || self.nodes[node].replaced.is_some() && self.nodes[node].renamed.is_none() {
            return;
        }
        if self.old.pointer(&before).is_some() && self.new.pointer(&after).is_some() {
            let nested = self.pair(Site::at(self.old, &before), Site::at(self.new, &after), direction);
            self.nodes[node].edges.push((String::new(), nested));
        }
    }

    /// Notes a component that took the place of another: renamed if the content is similar, replaced otherwise.
    fn names(
        &mut self,
        node: usize,
        (old_site, before): (&Site<'a>, &View<'a>),
        (new_site, after): (&Site<'a>, &View<'a>),
        used_at: &str,
    ) {
        let (Some(old), Some(new)) = (&before.name, &after.name) else { return };
        if old == new || self.relationship == Relationship::Descriptions {
            self.nodes[node].component = Some(old.clone());
            return;
        }
        let gone = |name: &str, root: &Value| root.pointer(&component_pointer(name)).is_none();
        let similarity = similarity(before, after);
        if gone(old, self.new) && gone(new, self.old) && similarity >= 0.5 {
            self.renames.suggest(old, new, similarity);
            self.nodes[node].renamed = Some((old.clone(), new.clone()));
        }
        if self.nodes[node].renamed.is_some() || !self.nodes[node].changes_type() {
            let at = At::Both(old_site.pointer.clone(), new_site.pointer.clone());
            let (old, new, subject) = (old.clone(), new.clone(), subject(self.old, used_at));
            self.nodes[node].replaced = Some(Replaced { old, new, subject, at });
        }
    }

    fn descend(
        &mut self,
        node: usize,
        (before, olds): (&View<'a>, &Properties<'a>),
        (after, news): (&View<'a>, &Properties<'a>),
        direction: Direction,
    ) {
        let direction = direction.nested();
        let mut edges = Vec::new();
        for (name, old) in before.properties.iter().filter(|(name, _)| olds.contains_key(*name)) {
            if let Some(new) = after.properties.get(name).filter(|_| news.contains_key(name)) {
                edges.push((format!(".{name}"), self.pair_parts(old.clone(), new.clone(), direction)));
            }
        }
        for (step, old, new) in [("[]", &before.items, &after.items), (".*", &before.additional, &after.additional)] {
            if !old.is_empty() && !new.is_empty() {
                edges.push((step.to_owned(), self.pair_parts(old.clone(), new.clone(), direction)));
            }
        }
        for (index, (old, new)) in before.prefix.iter().zip(&after.prefix).enumerate() {
            edges.push((format!("[{index}]"), self.pair(old.clone(), new.clone(), direction)));
        }
        self.nodes[node].edges.extend(edges);
    }
}

/// Returns the properties that exist in a direction.
fn visible<'a>(root: &'a Value, view: &View<'a>, direction: Direction) -> Properties<'a> {
    let properties = view.properties.iter().map(|(name, parts)| (*name, View::of(root, parts)));
    properties.filter(|(_, property)| !direction.hides(property)).collect()
}

/// Returns true if a document has a media type for XML.
fn has_xml(value: &Value) -> bool {
    match value {
        Value::Object(entries) => entries.iter().any(|(key, value)| {
            let media_types = if key == "content" { value.as_object() } else { None };
            media_types.is_some_and(|types| types.keys().any(|name| name.contains("xml"))) || has_xml(value)
        }),
        Value::Array(items) => items.iter().any(has_xml),
        _ => false,
    }
}
