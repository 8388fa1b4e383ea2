//! What changed between two revisions of an OpenAPI 3.0 description, by meaning and not by text.
//!
//! ```
//! use campfire_diff::{Revision, compare};
//!
//! let old = Revision::parse("old.yaml", "openapi: 3.0.3\npaths: {/a: {get: {responses: {'204': {description: x}}}}}")?;
//! let new = Revision::parse("new.yaml", "openapi: 3.0.3\npaths: {}")?;
//! let diff = compare(&old, &new);
//! assert_eq!(diff.changes[0].id, "operation.removed");
//! assert_eq!(diff.changes[0].subject, "GET /a");
//! # Ok::<(), campfire_codegen::Problems>(())
//! ```
//!
//! References are followed, `allOf` is merged, order is ignored, every way to write nullable is one, a schema may contain
//! itself. Direction counts: `readOnly` properties do not exist in requests, `writeOnly` ones not in answers.
//!
//! One change is one [`Change`], however many operations it reaches: those are its [`Occurrence`]s. Each has two
//! verdicts, [`Wire`] for whoever talks to the API and [`Bump`] for users of the generated Rust. What no check knows is
//! [`Wire::Unclassified`], and never left out.
//!
//! The way through: `revision` reads → `operations` matches and compares them → `schemas` compares each pair of schemas
//! once → this module gathers occurrences → `sdk` judges by the Rust types → `render` prints, `allow` forgives.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod allow;
mod checks;
pub mod drift;
mod operations;
mod render;
mod revision;
mod schemas;
mod sdk;
mod subject;
mod surface;
mod view;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

pub use allow::{Allowed, Rules, RulesError};
pub use checks::{Bump, CHECKS, Check, Sdk, Wire, check};
pub use render::{changelog, github, json, markdown, text};
pub use revision::{MAX_BYTES, Revision};

use campfire_codegen::description::yaml::Location;
use operations::Found;
use schemas::{At, Node, Schemas};
use view::canonical;

/// How many places of one change are listed; more are counted in none.
const MAX_OCCURRENCES: usize = 20_000;

/// How deep a place is followed through schemas in schemas.
const MAX_STEPS: usize = 40;

/// How many steps all places together may take: a description can have more ways through it than atoms are in it.
const MAX_WORK: usize = 3_000_000;

/// One change, with one cause.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Change {
    /// What kind of change it is; one of [`CHECKS`].
    pub id: &'static str,
    /// What it does to those who talk to the API.
    pub wire: Wire,
    /// What it does to users of the generated Rust.
    pub sdk: Bump,
    /// The Rust items that it touches: `types::Contract.status: Option<String>` and what becomes of it.
    pub rust: Vec<String>,
    /// The root: `components.schemas.Tag.name`, `GET /x query:limit`.
    pub subject: String,
    /// What was there, or null.
    pub old: Value,
    /// What is there, or null.
    pub new: Value,
    /// The same for the same change, whatever else changes: what an allow file names.
    pub fingerprint: String,
    /// Where it shows.
    pub occurrences: BTreeSet<Occurrence>,
    /// Where to look: in the new revision, or in the old one where nothing is left.
    pub location: Location,
    /// Why it is accepted, if the allow file says so.
    pub allowed: Option<String>,
}

/// A place where a change shows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Occurrence {
    /// `GET /x`; empty where the whole document is meant.
    pub operation: String,
    /// `query:limit`, `.results[].tags[].name`; empty for the operation itself.
    pub place: String,
}

/// All changes between two revisions.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Diff {
    /// The worst on the wire first, then by id and subject.
    pub changes: Vec<Change>,
    /// What the Rust API asks for that no single change accounts for, an item a line.
    pub rust: Vec<String>,
    /// The version bump that is due.
    pub bump: Bump,
    /// Whether the bump rests on the generated types; on the table of checks where a revision is not in our dialect.
    pub from_types: bool,
    /// Whether places were left out because there are too many.
    pub truncated: bool,
}

/// Compares two revisions.
pub fn compare(old: &Revision, new: &Revision) -> Diff {
    let mut schemas = Schemas::new(old.root(), new.root());
    let found = operations::compare(old.root(), new.root(), &mut schemas);
    schemas.finish();
    let mut gathering = Gathering::new(old, new, &schemas.nodes);
    for (operation, place, found) in found {
        match found {
            Found::Here(finding) => gathering.add(&finding, &operation, &place),
            Found::Below(node) => gathering.below(node, &operation, &place),
        }
    }
    unused(old, new, &schemas, &mut gathering);
    let truncated = gathering.truncated;
    let mut changes: Vec<Change> = gathering.changes.into_values().collect();
    changes.sort_by(|a, b| b.wire.cmp(&a.wire).then_with(|| a.id.cmp(b.id)).then_with(|| a.subject.cmp(&b.subject)));
    let mut diff = Diff { changes, truncated, ..Diff::default() };
    sdk::judge(old, new, &mut diff);
    diff
}

/// Components that no operation reaches have no place; a difference is still said.
fn unused(old: &Revision, new: &Revision, schemas: &Schemas<'_>, gathering: &mut Gathering<'_>) {
    let components = |revision: &Revision| -> BTreeMap<String, Value> {
        let schemas = campfire_codegen::description::node::members(revision.root().pointer("/components/schemas"));
        schemas.map(|(name, schema)| (name.to_owned(), canonical(schema))).collect()
    };
    let (before, after) = (components(old), components(new));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    // What a reached schema refers to is compared there, or is new or gone with it.
    let used = |revision: &Revision| {
        let mut used = BTreeSet::new();
        for section in ["/paths", "/components"] {
            let value = revision.root().pointer(section).unwrap_or(&Value::Null);
            campfire_codegen::description::references::references(value, &mut String::new(), &mut |_, target| {
                used.insert(target.trim_start_matches('#').to_owned());
            });
        }
        used
    };
    let (used_before, used_after) = (used(old), used(new));
    for name in names {
        let pointer = view::join("/components/schemas", name);
        let reached = schemas.reached.contains(&pointer);
        let used = used_before.contains(&pointer) || used_after.contains(&pointer);
        let (was, is) = (before.get(name), after.get(name));
        if reached || used || was == is {
            continue;
        }
        let there = |schema: Option<&Value>| schema.map_or(Value::Null, |_| Value::from(name.clone()));
        let finding = schemas::Finding {
            id: "schema.unused.changed".to_owned(),
            step: String::new(),
            subject: format!("components.schemas.{name}"),
            old: there(was),
            new: there(is),
            wire: None,
            at: if is.is_some() { At::New(pointer) } else { At::Old(pointer) },
        };
        gathering.add(&finding, "", "");
    }
}

/// Turns findings into changes: one for each cause.
struct Gathering<'a> {
    old: &'a Revision,
    new: &'a Revision,
    nodes: &'a [Node],
    /// The nodes from which a finding can be reached.
    dirty: Vec<bool>,
    changes: HashMap<(String, String, String), Change>,
    work: usize,
    truncated: bool,
}

impl<'a> Gathering<'a> {
    fn new(old: &'a Revision, new: &'a Revision, nodes: &'a [Node]) -> Self {
        let mut callers: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
        for (caller, node) in nodes.iter().enumerate() {
            for (_, inner) in &node.edges {
                callers[*inner].push(caller);
            }
        }
        let mut dirty = vec![false; nodes.len()];
        let mut waiting: Vec<usize> = (0..nodes.len()).filter(|node| !nodes[*node].findings.is_empty()).collect();
        while let Some(node) = waiting.pop() {
            if !std::mem::replace(&mut dirty[node], true) {
                waiting.extend(&callers[node]);
            }
        }
        Self { old, new, nodes, dirty, changes: HashMap::new(), work: 0, truncated: false }
    }

    /// Everything below a node, in every way that leads there without going in circles.
    fn below(&mut self, node: usize, operation: &str, place: &str) {
        let mut seen = BTreeSet::new();
        self.walk(node, operation, &mut place.to_owned(), &mut Vec::new(), &mut seen);
        // Too many ways to list, but no change may be lost: visit what was not.
        if self.truncated {
            let mut waiting = vec![node];
            let mut visited = BTreeSet::new();
            while let Some(node) = waiting.pop() {
                if self.dirty[node] && visited.insert(node) {
                    if !seen.contains(&node) {
                        for finding in &self.nodes[node].findings {
                            self.add(finding, operation, "…");
                        }
                    }
                    waiting.extend(self.nodes[node].edges.iter().map(|(_, inner)| *inner));
                }
            }
        }
    }

    fn walk(
        &mut self,
        node: usize,
        operation: &str,
        place: &mut String,
        path: &mut Vec<usize>,
        seen: &mut BTreeSet<usize>,
    ) {
        if !self.dirty[node] || path.contains(&node) {
            return;
        }
        self.work += 1;
        if path.len() > MAX_STEPS || self.work > MAX_WORK {
            self.truncated = true;
            return;
        }
        seen.insert(node);
        let Node { findings, edges, .. } = &self.nodes[node];
        for finding in findings {
            let end = place.len();
            place.push_str(&finding.step);
            self.add(finding, operation, place);
            place.truncate(end);
        }
        path.push(node);
        for (step, inner) in edges {
            let end = place.len();
            place.push_str(step);
            self.walk(*inner, operation, place, path, seen);
            place.truncate(end);
        }
        path.pop();
    }

    fn add(&mut self, finding: &schemas::Finding, operation: &str, place: &str) {
        let Some(check) = check(&finding.id).or_else(|| checks::check(checks::UNCLASSIFIED)) else { return };
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
            },
            allowed: None,
        });
        // The same change may matter at one place and not at another.
        change.wire = change.wire.max(wire);
        if change.occurrences.len() < MAX_OCCURRENCES {
            let operation = operation.to_owned();
            change.occurrences.insert(Occurrence { operation, place: place.to_owned() });
        } else {
            self.truncated = true;
        }
    }
}

/// FNV-1a, 64 bits: stable, short, and nobody gains by a collision.
fn fingerprint(parts: &[&str]) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for part in parts {
        for byte in part.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
    format!("{hash:016x}")
}
