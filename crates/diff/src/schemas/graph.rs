//! Builds the graph of compared schemas.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::direction::Direction;
use super::node::Node;
use super::pair;
use super::renames::{Renames, similarity};
use crate::finding::{At, Finding};
use crate::site::Site;
use crate::subject::subject;
use crate::view::View;

/// A pair that has a node and waits to be compared.
struct Waiting<'a> {
    node: usize,
    old: Site<'a>,
    new: Site<'a>,
    direction: Direction,
    /// The place in the old document where the pair was first met.
    used_at: String,
}

/// The two documents and the graph of compared pairs.
pub(crate) struct Schemas<'a> {
    old: &'a Value,
    new: &'a Value,
    known: HashMap<(String, String, Direction), usize>,
    waiting: Vec<Waiting<'a>>,
    renames: Renames,
    pub(crate) nodes: Vec<Node>,
    /// Pointers of the schemas reached, in either document.
    pub(crate) reached: BTreeSet<String>,
}

impl<'a> Schemas<'a> {
    pub(crate) fn new(old: &'a Value, new: &'a Value) -> Self {
        Self {
            old,
            new,
            known: HashMap::new(),
            waiting: Vec::new(),
            renames: Renames::default(),
            nodes: Vec::new(),
            reached: BTreeSet::new(),
        }
    }

    /// Returns the node of a pair. [`Schemas::finish`] compares it.
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
        self.waiting.push(Waiting { node, old, new, direction, used_at });
        node
    }

    /// Compares all pairs requested so far, and the pairs nested in them.
    pub(crate) fn finish(&mut self) {
        while let Some(Waiting { node, old, new, direction, used_at }) = self.waiting.pop() {
            let (before, after) = (View::of(self.old, &old), View::of(self.new, &new));
            self.nodes[node].findings = pair::compare(
                pair::Side { root: self.old, site: &old, view: &before },
                pair::Side { root: self.new, site: &new, view: &after },
                direction,
                &used_at,
            );
            self.reached.extend(before.sources.iter().chain(&after.sources).cloned());
            let changes_type = self.nodes[node].changes_type();
            self.names(node, &old, &before, &after);
            if !changes_type {
                self.descend(node, &before, &after, direction);
                self.component(node, &old, &before, &after, direction);
            }
        }
        std::mem::take(&mut self.renames).settle(&mut self.nodes);
    }

    /// Connects two uses of a component with the component itself, whose annotations a use may override.
    fn component(&mut self, node: usize, site: &Site<'a>, old: &View<'a>, new: &View<'a>, direction: Direction) {
        let (Some(before), Some(after)) = (&old.name, &new.name) else { return };
        let (before, after) = (component_pointer(before), component_pointer(after));
        if before == site.pointer {
            return;
        }
        if self.old.pointer(&before).is_some() && self.new.pointer(&after).is_some() {
            let nested = self.pair(Site::at(self.old, &before), Site::at(self.new, &after), direction);
            self.nodes[node].edges.push((String::new(), nested));
        }
    }

    /// Notes a component that took the place of another: renamed if the content is similar, replaced otherwise.
    fn names(&mut self, node: usize, site: &Site<'a>, before: &View<'a>, after: &View<'a>) {
        let (Some(old), Some(new)) = (&before.name, &after.name) else { return };
        if old == new {
            return;
        }
        let gone = |name: &str, root: &Value| root.pointer(&component_pointer(name)).is_none();
        let similarity = similarity(before, after);
        if gone(old, self.new) && gone(new, self.old) && similarity >= 0.5 {
            self.renames.suggest(old, new, similarity);
            self.nodes[node].renamed = Some((old.clone(), new.clone()));
        } else if !self.nodes[node].changes_type() {
            let at = At::Old(site.pointer.clone());
            let finding = Finding::new("schema.replaced", subject(self.old, &site.pointer), at);
            self.nodes[node].findings.push(finding.values(old.as_str(), new.as_str()));
        }
    }

    fn descend(&mut self, node: usize, before: &View<'a>, after: &View<'a>, direction: Direction) {
        let nested = direction.nested();
        let mut edges = Vec::new();
        for (name, old) in &before.properties {
            let Some(new) = after.properties.get(name) else { continue };
            let hidden = nested.hides(&View::of(self.old, old)) || nested.hides(&View::of(self.new, new));
            if !hidden {
                edges.push((format!(".{name}"), self.pair(old.clone(), new.clone(), nested)));
            }
        }
        if let (Some(old), Some(new)) = (&before.items, &after.items) {
            edges.push(("[]".to_owned(), self.pair(old.clone(), new.clone(), nested)));
        }
        if let (Some(old), Some(new)) = (&before.additional, &after.additional) {
            edges.push((".*".to_owned(), self.pair(old.clone(), new.clone(), nested)));
        }
        if before.variants.len() == after.variants.len() {
            for (old, new) in before.variants.iter().zip(&after.variants) {
                edges.push((String::new(), self.pair(old.clone(), new.clone(), direction)));
            }
        }
        self.nodes[node].edges.extend(edges);
    }
}

fn component_pointer(name: &str) -> String {
    format!("/components/schemas/{name}")
}
