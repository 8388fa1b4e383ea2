//! Compares the document as a whole: its title, servers and security schemes.

use std::collections::BTreeSet;

use campfire_codegen::description::extension::KEY_PREFIX;
use serde_json::Value;

use super::comparison::{Comparison, Found};
use super::operation::{Group, operations};
use super::security::requirements;
use crate::change::Occurrence;
use crate::checks::UNCLASSIFIED;
use crate::finding::{At, Finding};
use crate::site::{Site, keys};
use crate::verdict::Wire;

/// Compares everything at the top of the document that does not belong to an operation.
pub(super) fn compare(comparison: &mut Comparison<'_, '_>) {
    // `security` was compared with each operation. The version of OpenAPI is a notation.
    let skip = ["paths", "webhooks", "components", "security", "openapi", "jsonSchemaDialect"];
    let sites = (Site::at(comparison.old, ""), Site::at(comparison.new, ""));
    comparison.entries(&document(), (&sites.0, &sites.1), &skip, |entry| match entry.key {
        "info" | "externalDocs" | "tags" => "info.changed",
        "servers" => "servers.changed",
        _ => UNCLASSIFIED,
    });
    schemes(comparison);
}

fn document() -> Occurrence {
    Occurrence::new("", "")
}

/// Compares the security schemes. One that no operation uses concerns nobody.
fn schemes(comparison: &mut Comparison<'_, '_>) {
    const SECTION: &str = "/components/securitySchemes";
    let (old, new) = (Site::at(comparison.old, SECTION), Site::at(comparison.new, SECTION));
    let used = used(comparison.old);
    for name in keys(&old, &new) {
        let subject = format!("components.securitySchemes.{name}");
        let unused = !used.contains(name);
        match (old.child(name), new.child(name)) {
            (Some(before), Some(after)) => {
                let (before, after) = (before.follow(comparison.old), after.follow(comparison.new));
                scheme(comparison, &before, &after, unused);
            }
            (Some(gone), None) => {
                let finding = Finding::new("security.scheme.removed", subject, At::Old(gone.pointer));
                let finding = finding.removed(gone.value.clone()).wire_if(unused, Wire::Compatible);
                comparison.report(&document(), finding);
            }
            (None, Some(fresh)) => {
                let finding = Finding::new("security.scheme.added", subject, At::New(fresh.pointer));
                comparison.report(&document(), finding.added(fresh.value.clone()));
            }
            (None, None) => {}
        }
    }
}

fn scheme<'a>(comparison: &mut Comparison<'a, '_>, old: &Site<'a>, new: &Site<'a>, unused: bool) {
    let before = comparison.found.len();
    comparison.entries(&document(), (old, new), &[], |entry| match entry.key {
        "description" | "bearerFormat" => "info.changed",
        key if key.starts_with("x-") && key != KEY_PREFIX => UNCLASSIFIED,
        _ => "security.scheme.changed",
    });
    if unused {
        for (_, found) in &mut comparison.found[before..] {
            if let Found::Here(finding) = found {
                finding.wire = Some(Wire::Documentation);
            }
        }
    }
}

/// Returns the security schemes that operations require.
fn used(root: &Value) -> BTreeSet<&str> {
    let all = operations(root, &Site::at(root, "/paths"), Group::Paths);
    let required = |site: &Site<'_>| requirements(site, root);
    let names: BTreeSet<String> = all
        .iter()
        .flat_map(|operation| required(&operation.site))
        .flat_map(|requirement| {
            requirement.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect::<Vec<_>>()
        })
        .collect();
    let schemes = Site::at(root, "/components/securitySchemes").entries();
    schemes.into_iter().map(|(name, _)| name).filter(|name| names.contains(*name)).collect()
}
