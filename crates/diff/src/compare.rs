//! Compares two revisions: operations and schemas first, then the Rust API generated from them.

use std::collections::{BTreeMap, BTreeSet};

use campfire_codegen::description::references::references;
use serde_json::{Value, json};

use crate::change::{Diff, Occurrence};
use crate::finding::{At, Finding};
use crate::gather::Gathering;
use crate::operations::{self, Found, Operations};
use crate::overlay;
use crate::revision::Revision;
use crate::schemas::{Relationship, Schemas};
use crate::sdk;
use crate::site::{Site, canonical, join};

/// Compares two revisions.
pub fn compare(old: &Revision, new: &Revision) -> Diff {
    let mut diff = compare_as(old, new, Relationship::Revisions).diff;
    sdk::judge(old, new, &mut diff);
    diff
}

/// A comparison, and what was compared.
pub(crate) struct Comparison {
    pub(crate) diff: Diff,
    /// Pointers to the parts of both documents that were compared with each other.
    pub(crate) pairs: Vec<(String, String)>,
}

/// Compares two documents without judging the Rust API.
pub(crate) fn compare_as(old: &Revision, new: &Revision, relationship: Relationship) -> Comparison {
    let mut schemas = Schemas::new(old.root(), new.root(), relationship);
    let Operations { found, mut pairs } = operations::compare(old.root(), new.root(), &mut schemas);
    schemas.finish();
    let mut gathering = Gathering::new(old, new, &schemas.nodes);
    for (at, found) in found {
        match found {
            Found::Here(finding) => gathering.add(&finding, &at),
            Found::Below(node) => gathering.below(node, &at),
        }
    }
    if relationship == Relationship::Revisions {
        for finding in unused(old, new, &schemas.reached) {
            gathering.add(&finding, &Occurrence::new("", ""));
        }
        for (at, finding) in overlay::compare(old, new) {
            gathering.add(&finding, &at);
        }
    }
    let (changes, truncated) = gathering.finish();
    pairs.extend(schemas.nodes.into_iter().map(|node| node.pointers));
    Comparison { diff: Diff::new(changes, truncated), pairs }
}

/// Reports differences in components that no operation uses, directly or through other components.
fn unused(old: &Revision, new: &Revision, reached: &BTreeSet<String>) -> Vec<Finding> {
    let (before, after) = (components(old), components(new));
    let (used_before, used_after) = (used(old), used(new));
    let names: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
    let mut findings = Vec::new();
    for name in names {
        let pointer = join("/components/schemas", name);
        let used = [reached, &used_before, &used_after].iter().any(|used| used.contains(&pointer));
        let (was, is) = (before.get(name), after.get(name));
        if used || was == is {
            continue;
        }
        let value = |there: bool| if there { json!(name) } else { Value::Null };
        let at = if is.is_some() { At::New(pointer) } else { At::Old(pointer) };
        let finding = Finding::new("schema.unused.changed", format!("components.schemas.{name}"), at);
        findings.push(finding.values(value(was.is_some()), value(is.is_some())));
    }
    findings
}

fn components(revision: &Revision) -> BTreeMap<&str, Value> {
    let schemas = Site::at(revision.root(), "/components/schemas").entries();
    schemas.into_iter().map(|(name, schema)| (name, canonical(schema.value))).collect()
}

/// Returns the pointers that some reference names.
fn used(revision: &Revision) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for section in ["/paths", "/components"] {
        let value = revision.root().pointer(section).unwrap_or(&Value::Null);
        references(value, &mut String::new(), &mut |_, target| {
            used.insert(target.trim_start_matches('#').to_owned());
        });
    }
    used
}
