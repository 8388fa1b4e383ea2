//! Compares the document as a whole: its title, servers and security schemes.

use super::comparison::Comparison;
use crate::change::Occurrence;
use crate::checks::UNCLASSIFIED;
use crate::site::{Site, differing, join};
use crate::subject::subject;

/// Compares everything at the top of the document that does not belong to an operation.
pub(super) fn compare(comparison: &mut Comparison<'_, '_>) {
    // `security` was compared with each operation, and `openapi` is 3.0 in both.
    let skip = ["paths", "components", "security", "openapi"];
    section(comparison, "", &skip, |key| match key {
        "info" | "externalDocs" | "tags" => "info.changed",
        "servers" => "servers.changed",
        _ => UNCLASSIFIED,
    });
    section(comparison, "/components/securitySchemes", &[], |_| "security.scheme.changed");
}

fn section(comparison: &mut Comparison<'_, '_>, pointer: &str, skip: &[&str], check: impl Fn(&str) -> &'static str) {
    let (old, new) = (Site::at(comparison.old, pointer), Site::at(comparison.new, pointer));
    for entry in differing(&old, &new, skip) {
        let subject = subject(comparison.old, &join(pointer, entry.key));
        comparison.entry(&Occurrence::new("", ""), check(entry.key), subject, &new, entry);
    }
}
