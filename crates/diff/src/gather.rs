//! Gathers findings into changes, one for each cause, with every place where it shows.

use std::collections::{BTreeMap, BTreeSet};

use crate::change::{Change, Occurrence};
use crate::checks::{UNCLASSIFIED, check};
use crate::finding::{At, Finding};
use crate::revision::Revision;
use crate::schemas::Node;
use crate::verdict::Bump;

/// Maximum number of occurrences listed for one change.
const MAX_OCCURRENCES: usize = 20_000;

/// Maximum depth of nested schemas followed to find an occurrence.
const MAX_DEPTH: usize = 40;

/// Maximum number of steps for all occurrences together. The number of paths through a description can be exponential.
const MAX_STEPS: usize = 3_000_000;

/// Gathers findings into changes.
pub(crate) struct Gathering<'a> {
    old: &'a Revision,
    new: &'a Revision,
    nodes: &'a [Node],
    /// True for each node from which a finding can be reached.
    dirty: Vec<bool>,
    /// Changes by id, subject and values.
    changes: BTreeMap<(String, String, String), Change>,
    steps: usize,
    truncated: bool,
}

/// The current position of a walk through the graph.
struct Walk<'w> {
    operation: &'w str,
    place: String,
    path: Vec<usize>,
    seen: BTreeSet<usize>,
}

impl<'a> Gathering<'a> {
    pub(crate) fn new(old: &'a Revision, new: &'a Revision, nodes: &'a [Node]) -> Self {
        Self { old, new, nodes, dirty: dirty(nodes), changes: BTreeMap::new(), steps: 0, truncated: false }
    }

    /// Returns the changes, and true if some occurrences were left out.
    pub(crate) fn finish(self) -> (Vec<Change>, bool) {
        let mut changes: Vec<Change> = self.changes.into_values().collect();
        changes.sort_by(|a, b| (b.wire, a.id, &a.subject).cmp(&(a.wire, b.id, &b.subject)));
        (changes, self.truncated)
    }

    /// Adds everything below a node, along every path without cycles.
    pub(crate) fn below(&mut self, node: usize, at: &Occurrence) {
        let (place, path, seen) = (at.place.clone(), Vec::new(), BTreeSet::new());
        let mut walk = Walk { operation: &at.operation, place, path, seen };
        self.walk(node, &mut walk);
        if self.truncated {
            self.rest(node, &at.operation, &walk.seen);
        }
    }

    fn walk(&mut self, node: usize, walk: &mut Walk<'_>) {
        if !self.dirty[node] || walk.path.contains(&node) {
            return;
        }
        self.steps += 1;
        if walk.path.len() > MAX_DEPTH || self.steps > MAX_STEPS {
            self.truncated = true;
            return;
        }
        walk.seen.insert(node);
        let Node { findings, edges, .. } = &self.nodes[node];
        let end = walk.place.len();
        for finding in findings {
            walk.place.push_str(&finding.step);
            self.add(finding, &Occurrence::new(walk.operation, &walk.place));
            walk.place.truncate(end);
        }
        walk.path.push(node);
        for (step, nested) in edges {
            walk.place.push_str(step);
            self.walk(*nested, walk);
            walk.place.truncate(end);
        }
        walk.path.pop();
    }

    /// Adds the findings that a truncated walk did not reach: places may be left out, changes may not.
    fn rest(&mut self, node: usize, operation: &str, seen: &BTreeSet<usize>) {
        let mut waiting = vec![node];
        let mut visited = BTreeSet::new();
        while let Some(node) = waiting.pop() {
            if !self.dirty[node] || !visited.insert(node) {
                continue;
            }
            if !seen.contains(&node) {
                for finding in &self.nodes[node].findings {
                    self.add(finding, &Occurrence::new(operation, "…"));
                }
            }
            waiting.extend(self.nodes[node].edges.iter().map(|(_, nested)| *nested));
        }
    }

    /// Adds a finding at one place.
    pub(crate) fn add(&mut self, finding: &Finding, at: &Occurrence) {
        let Some(check) = check(&finding.id).or_else(|| check(UNCLASSIFIED)) else { return };
        let wire = finding.wire.unwrap_or(check.wire);
        let values = format!("{} → {}", finding.old, finding.new);
        let (old, new) = (self.old, self.new);
        let key = (finding.id.clone(), finding.subject.clone(), values);
        let change = self.changes.entry(key).or_insert_with_key(|(id, subject, values)| Change {
            id: check.id,
            wire,
            sdk: Bump::None,
            rust: Vec::new(),
            subject: subject.clone(),
            old: finding.old.clone(),
            new: finding.new.clone(),
            fingerprint: fingerprint(&[id, subject, values]),
            occurrences: BTreeSet::new(),
            location: match &finding.at {
                At::Old(pointer) => old.locate(pointer),
                At::New(pointer) => new.locate(pointer),
                At::Location(location) => location.clone(),
            },
            allowed: None,
        });
        // The verdict of a change is that of its most severe occurrence.
        change.wire = change.wire.max(wire);
        if change.occurrences.len() < MAX_OCCURRENCES {
            change.occurrences.insert(at.clone());
        } else {
            self.truncated = true;
        }
    }
}

/// Marks the nodes from which a finding can be reached.
fn dirty(nodes: &[Node]) -> Vec<bool> {
    let mut callers: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    for (caller, node) in nodes.iter().enumerate() {
        for (_, nested) in &node.edges {
            callers[*nested].push(caller);
        }
    }
    let mut dirty = vec![false; nodes.len()];
    let mut waiting: Vec<usize> = (0..nodes.len()).filter(|node| !nodes[*node].findings.is_empty()).collect();
    while let Some(node) = waiting.pop() {
        if !std::mem::replace(&mut dirty[node], true) {
            waiting.extend(&callers[node]);
        }
    }
    dirty
}

/// Hashes texts with 64-bit FNV-1a: stable and short. Nobody gains anything from a collision.
fn fingerprint(parts: &[&str]) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for part in parts {
        for byte in part.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
    format!("{hash:016x}")
}
