//! Gathers findings into changes, one for each cause, with every place where it shows.

use std::collections::{BTreeMap, BTreeSet};

use crate::change::{Change, Occurrence, Verdict};
use crate::checks::{Sdk, UNCLASSIFIED, check, undirected};
use crate::finding::{At, Finding};
use crate::replaced;
use crate::revision::Revision;
use crate::schemas::Node;
use crate::verdict::Bump;

/// Maximum number of occurrences listed for one change.
const MAX_OCCURRENCES: usize = 20_000;

/// Maximum depth of nested schemas followed to find an occurrence.
const MAX_DEPTH: usize = 40;

/// Maximum number of steps for all occurrences together. The number of paths through a description can be exponential.
const MAX_STEPS: usize = 3_000_000;

/// The id without its direction, the subject and the values.
type Key = (String, String, String);

/// Gathers findings into changes.
pub(crate) struct Gathering<'a> {
    old: &'a Revision,
    new: &'a Revision,
    nodes: &'a [Node],
    /// True for each node from which a finding can be reached.
    dirty: Vec<bool>,
    changes: BTreeMap<Key, Change>,
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
    pub(crate) fn finish(mut self) -> (Vec<Change>, bool) {
        self.merge_twins();
        let mut changes: Vec<Change> = self.changes.into_values().collect();
        changes.iter_mut().for_each(Change::settle);
        (changes, self.truncated)
    }

    /// Merges each change of a `Patched…` twin, which some frameworks write for updates, with the same change of the
    /// schema itself.
    fn merge_twins(&mut self) {
        const TWIN: &str = "components.schemas.Patched";
        let own_values = |values: &str| values.replace(", required\"", "\"");
        let twins: Vec<Key> =
            self.changes.keys().filter(|(_, subject, _)| subject.starts_with(TWIN)).cloned().collect();
        for twin in twins {
            let subject = twin.1.replacen(TWIN, "components.schemas.", 1);
            let range = (twin.0.clone(), subject.clone(), String::new())..;
            let own = self.changes.range(range).map(|(key, _)| key);
            let mut own = own.take_while(|key| key.0 == twin.0 && key.1 == subject);
            let own = own.find(|key| own_values(&key.2) == own_values(&twin.2)).cloned();
            if let Some(own) = own
                && let Some(twin) = self.changes.remove(&twin)
                && let Some(change) = self.changes.get_mut(&own)
            {
                change.occurrences.extend(twin.occurrences);
                twin.verdicts.into_iter().for_each(|verdict| add_verdict(change, verdict));
            }
        }
    }

    /// Adds everything below a node, along every path without cycles.
    pub(crate) fn below(&mut self, node: usize, at: &Occurrence) {
        let (place, path, seen) = (at.place.clone(), Vec::new(), BTreeSet::new());
        let mut walk = Walk { operation: &at.operation, place, path, seen };
        self.walk(node, &mut walk, false);
        if self.truncated {
            self.rest(node, &at.operation, &walk.seen);
        }
    }

    /// Adds the findings of a node and those below it. In a schema that took the place of another, `replaced` is true,
    /// and the differences between the two are part of that change.
    fn walk(&mut self, node: usize, walk: &mut Walk<'_>, replaced: bool) {
        if !self.dirty[node] || walk.path.contains(&node) {
            return;
        }
        self.steps += 1;
        if walk.path.len() > MAX_DEPTH || self.steps > MAX_STEPS {
            self.truncated = true;
            return;
        }
        walk.seen.insert(node);
        let nodes = self.nodes;
        let Node { findings, edges, .. } = &nodes[node];
        let end = walk.place.len();
        let inside = self.enter(node, &Occurrence::new(walk.operation, &walk.place), replaced);
        for finding in findings.iter().filter(|_| !inside) {
            walk.place.push_str(&finding.step);
            self.add(finding, &Occurrence::new(walk.operation, &walk.place));
            walk.place.truncate(end);
        }
        walk.path.push(node);
        for (step, nested) in edges {
            walk.place.push_str(step);
            self.walk(*nested, walk, inside);
            walk.place.truncate(end);
        }
        walk.path.pop();
    }

    /// Reports a schema that took the place of another. Returns true if the findings of the node are part of such a
    /// change.
    fn enter(&mut self, node: usize, at: &Occurrence, replaced: bool) -> bool {
        let nodes = self.nodes;
        let is_foreign = replaced && !nodes[node].is_same_schema();
        if is_foreign || nodes[node].replaced.is_none() {
            return is_foreign;
        }
        if let Some((finding, details)) = replaced::finding(nodes, node) {
            self.add_with(&finding, at, &details);
        }
        true
    }

    /// Adds the findings that a truncated walk did not reach: places may be left out, changes may not.
    fn rest(&mut self, node: usize, operation: &str, seen: &BTreeSet<usize>) {
        let mut waiting = vec![(node, false)];
        let mut visited = BTreeSet::new();
        let nodes = self.nodes;
        while let Some((node, replaced)) = waiting.pop() {
            if !self.dirty[node] || !visited.insert((node, replaced)) {
                continue;
            }
            let at = Occurrence::new(operation, "…");
            let inside = self.enter(node, &at, replaced);
            if !seen.contains(&node) && !inside {
                for finding in &nodes[node].findings {
                    self.add(finding, &at);
                }
            }
            waiting.extend(nodes[node].edges.iter().map(|(_, nested)| (*nested, inside)));
        }
    }

    /// Adds a finding at one place.
    pub(crate) fn add(&mut self, finding: &Finding, at: &Occurrence) {
        self.add_with(finding, at, &[]);
    }

    /// Adds a finding that consists of several differences.
    fn add_with(&mut self, finding: &Finding, at: &Occurrence, details: &[String]) {
        let Some(check) = check(&finding.id).or_else(|| check(UNCLASSIFIED)) else { return };
        let wire = finding.wire.unwrap_or(check.wire);
        let values = format!("{} → {}", finding.old, finding.new);
        let (old, new) = (self.old, self.new);
        let id = undirected(&finding.id).to_owned();
        let key = (id, finding.subject.clone(), [&[values], details].concat().join("\n"));
        let change = self.changes.entry(key).or_insert_with_key(|(id, subject, values)| Change {
            id: check.id,
            wire,
            verdicts: Vec::new(),
            sdk: Bump::None,
            rust: Vec::new(),
            subject: subject.clone(),
            old: finding.old.clone(),
            new: finding.new.clone(),
            details: details.to_vec(),
            fingerprint: fingerprint(&[id, subject, values]),
            occurrences: BTreeSet::new(),
            location: match &finding.at {
                At::Old(pointer) => old.locate(pointer),
                At::New(pointer) | At::Both(_, pointer) => new.locate(pointer),
                At::Location(location) => location.clone(),
            },
            allowed: None,
            pointers: (finding.at.in_old().map(str::to_owned), finding.at.in_new().map(str::to_owned)),
        });
        add_verdict(change, Verdict::new(check.id, wire));
        // The bump for revisions that cannot be generated. `sdk` replaces it if they can.
        let (Sdk::Always(bump) | Sdk::Types(bump)) = check.sdk;
        change.sdk = change.sdk.max(finding.sdk.unwrap_or(bump));
        if change.occurrences.len() < MAX_OCCURRENCES {
            change.occurrences.insert(at.clone());
        } else {
            self.truncated = true;
        }
    }
}

/// Adds a verdict. That of a check is the verdict of its most severe occurrence.
fn add_verdict(change: &mut Change, verdict: Verdict) {
    match change.verdicts.iter_mut().find(|known| known.id == verdict.id) {
        Some(known) => known.wire = known.wire.max(verdict.wire),
        None => change.verdicts.push(verdict),
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
    let mut waiting: Vec<usize> =
        (0..nodes.len()).filter(|node| !nodes[*node].findings.is_empty() || nodes[*node].replaced.is_some()).collect();
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
