//! One schema that took the place of another: a single change, judged by what callers lose.

use std::collections::BTreeSet;

use crate::checks::{UNCLASSIFIED, check};
use crate::finding::Finding;
use crate::schemas::Node;
use crate::verdict::Wire;

/// Maximum number of differences listed.
const MAX_DETAILS: usize = 200;

/// A difference between the two schemas.
type Detail = (Wire, String);

/// Returns the finding for a node where one schema took the place of another, and the differences between the two, most
/// severe first.
pub(crate) fn finding(nodes: &[Node], node: usize) -> Option<(Finding, Vec<String>)> {
    let replaced = nodes[node].replaced.as_ref()?;
    let mut details: Vec<Detail> = Vec::new();
    collect(nodes, node, &mut details);
    details.retain(|(wire, _)| *wire > Wire::Documentation);
    details.sort_by(|a, b| (b.0, &a.1).cmp(&(a.0, &b.1)));
    details.dedup();
    let wire = details.first().map_or(Wire::Compatible, |(wire, _)| *wire);
    let finding = Finding::new("schema.replaced", replaced.subject.clone(), replaced.at.clone());
    let finding = finding.values(replaced.old.clone(), replaced.new.clone()).wire_if(true, wire);
    let details = details.into_iter().take(MAX_DETAILS).map(|(wire, text)| format!("{wire}: {text}"));
    Some((finding, details.collect()))
}

/// Collects the differences at and below a node, up to schemas that are the same in both documents.
fn collect(nodes: &[Node], root: usize, details: &mut Vec<Detail>) {
    let mut waiting = vec![(root, String::new())];
    let mut seen = BTreeSet::new();
    while let Some((index, place)) = waiting.pop() {
        let node = &nodes[index];
        if !seen.insert(index) || index != root && node.is_same_schema() {
            continue;
        }
        for finding in &node.findings {
            let Some(check) = check(&finding.id).or_else(|| check(UNCLASSIFIED)) else { continue };
            let place = format!("{place}{}", finding.step);
            details.push((finding.wire.unwrap_or(check.wire), format!("{} {place}", check.id).trim_end().to_owned()));
        }
        if let Some(nested) = node.replaced.as_ref().filter(|_| !place.is_empty()) {
            details.push((Wire::Compatible, format!("schema.replaced {place} ({} → {})", nested.old, nested.new)));
        }
        waiting.extend(node.edges.iter().map(|(step, nested)| (*nested, format!("{place}{step}"))));
    }
}
