//! Compares the headers of responses.

use std::collections::BTreeMap;

use serde_json::json;

use super::comparison::Comparison;
use crate::change::Occurrence;
use crate::checks::UNCLASSIFIED;
use crate::finding::{At, Finding};
use crate::schemas::Direction;
use crate::site::{Site, join};
use crate::verdict::Wire;

/// Compares the headers of two responses. Their names have no case.
pub(super) fn compare<'a>(comparison: &mut Comparison<'a, '_>, at: &Occurrence, old: &Site<'a>, new: &Site<'a>) {
    let (before, after) = (headers(old), headers(new));
    for name in before.keys().chain(after.keys().filter(|name| !before.contains_key(*name))) {
        let at = Occurrence::new(&at.operation, &format!("header:{name}"));
        // Headers are named after the response that has them, even if they are components.
        let subject = format!("{} header:{name}", comparison.subject(old));
        match (before.get(name), after.get(name)) {
            (Some(before), Some(after)) => {
                let before = before.clone().follow(comparison.old);
                header(comparison, &at, &before, &after.clone().follow(comparison.new));
            }
            (Some(gone), None) => {
                let required = gone.clone().follow(comparison.old).flag("required");
                let finding = Finding::new("response.header.removed", subject, At::Old(gone.pointer.clone()));
                comparison.report(&at, finding.removed(name.clone()).wire_if(required, Wire::Breaking));
            }
            (None, Some(fresh)) => {
                let finding = Finding::new("response.header.added", subject, At::New(fresh.pointer.clone()));
                comparison.report(&at, finding.added(name.clone()));
            }
            (None, None) => {}
        }
    }
}

fn headers<'a>(response: &Site<'a>) -> BTreeMap<String, Site<'a>> {
    let headers = response.child("headers").map(|headers| headers.entries()).unwrap_or_default();
    headers.into_iter().map(|(name, header)| (name.to_lowercase(), header)).collect()
}

fn header<'a>(comparison: &mut Comparison<'a, '_>, at: &Occurrence, old: &Site<'a>, new: &Site<'a>) {
    comparison.entries(at, (old, new), &["schema"], |entry| match entry.key {
        "required" if entry.new == json!(true) => "response.header.became_required",
        "required" => "response.header.became_optional",
        "description" => "response.description.changed",
        "example" | "examples" => "example.changed",
        "x-deviation" => "deviation.changed",
        "x-untyped" => "untyped.changed",
        key if key.starts_with("x-") => UNCLASSIFIED,
        _ => "response.header.changed",
    });
    match (old.child("schema"), new.child("schema")) {
        (Some(before), Some(after)) => {
            let direction = comparison.direction(Direction::Response);
            comparison.schemas(at, before, after, direction);
        }
        (None, None) => {}
        (before, after) => {
            let subject = comparison.subject(old);
            let location = At::Both(old.pointer.clone(), join(&new.pointer, "schema"));
            let value = |site: Option<Site<'a>>| site.map(|site| site.value.clone()).unwrap_or_default();
            let finding = Finding::new("response.header.changed", subject, location);
            comparison.report(at, finding.values(value(before), value(after)));
        }
    }
}
