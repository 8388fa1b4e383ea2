//! Decides which components were renamed, by how similar their content is.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::node::Node;
use crate::finding::{At, Finding};
use crate::site::join;
use crate::view::View;

/// Possible renames, old name and new name, with the similarity of their content.
#[derive(Default)]
pub(super) struct Renames(BTreeMap<(String, String), f64>);

impl Renames {
    pub(super) fn suggest(&mut self, old: &str, new: &str, similarity: f64) {
        self.0.insert((old.to_owned(), new.to_owned()), similarity);
    }

    /// Gives each component the most similar successor. Any other schema in its place is a replacement.
    pub(super) fn settle(self, nodes: &mut [Node]) {
        let renames = self.best();
        for node in nodes {
            // A page of a renamed schema is the same page.
            node.findings.retain(|finding| {
                let name = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                let names = (name(&finding.old), name(&finding.new));
                finding.id != "schema.page.changed" || !renames.contains_key(&names)
            });
            let Some(names) = node.renamed.take() else { continue };
            if let Some(share) = renames.get(&names) {
                node.findings.push(finding(&names.0, &names.1, *share));
                node.component = Some(names.0);
                node.replaced = None;
            }
        }
    }

    /// Pairs old and new names greedily, most similar first.
    fn best(self) -> BTreeMap<(String, String), f64> {
        let mut ranked: Vec<((String, String), f64)> = self.0.into_iter().collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let (mut olds, mut news) = (BTreeSet::new(), BTreeSet::new());
        ranked.retain(|((old, new), _)| {
            let free = !olds.contains(old) && !news.contains(new);
            if free {
                olds.insert(old.clone());
                news.insert(new.clone());
            }
            free
        });
        ranked.into_iter().collect()
    }
}

fn finding(old: &str, new: &str, share: f64) -> Finding {
    let at = At::Both(component_pointer(old), component_pointer(new));
    let text = format!("{new} ({:.0}% the same)", share * 100.0);
    Finding::new("schema.renamed", format!("components.schemas.{old}"), at).values(old, text)
}

pub(super) fn component_pointer(name: &str) -> String {
    join("/components/schemas", name)
}

/// Returns the share of properties or enum values that two schemas have in common, from 0 to 1.
pub(super) fn similarity(before: &View<'_>, after: &View<'_>) -> f64 {
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
