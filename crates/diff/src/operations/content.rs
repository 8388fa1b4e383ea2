//! Compares the bodies of requests and responses, down to the schema of each media type.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::comparison::Comparison;
use super::operation::Operation;
use crate::change::Occurrence;
use crate::checks::UNCLASSIFIED;
use crate::finding::{At, Finding};
use crate::schemas::Direction;
use crate::site::{Entry, Site};

/// Compares the request bodies of two matching operations.
pub(super) fn request<'a>(comparison: &mut Comparison<'a, '_>, old: &Operation<'a>, new: &Operation<'a>) {
    let before = old.site.child("requestBody").map(|body| body.follow(comparison.old));
    let after = new.site.child("requestBody").map(|body| body.follow(comparison.new));
    let at = Occurrence::new(&new.name, "");
    let direction = if new.method == "patch" { Direction::Update } else { Direction::Request };
    let direction = comparison.direction(direction);
    let side = direction.prefix();
    match (before, after) {
        (Some(before), Some(after)) => {
            comparison.entries(&at, (&before, &after), &["content"], request_check);
            if let (Some(before), Some(after)) = (before.child("content"), after.child("content")) {
                compare(comparison, &at, &before, &after, direction);
            }
        }
        (Some(gone), None) => {
            let location = At::Both(gone.pointer.clone(), new.site.pointer.clone());
            let finding = Finding::new(format!("{side}.body.removed"), format!("{} request", old.name), location);
            comparison.report(&Occurrence::new(&old.name, ""), finding.removed(media_types(&gone)));
        }
        (None, Some(added)) => {
            let location = At::Both(old.site.pointer.clone(), added.pointer.clone());
            let finding = Finding::new(format!("{side}.body.added"), format!("{} request", new.name), location);
            let required = added.flag("required") && direction.is_sent();
            comparison.report(&at, finding.added(media_types(&added)).breaking_if(required));
        }
        (None, None) => {}
    }
}

fn request_check(entry: &Entry<'_>) -> &'static str {
    match entry.key {
        "required" if entry.new == json!(true) => "request.body.became_required",
        "required" => "request.body.became_optional",
        "description" => "operation.description.changed",
        "x-deviation" => "deviation.changed",
        "x-untyped" => "untyped.changed",
        _ => UNCLASSIFIED,
    }
}

/// Compares two `content` objects, media type by media type.
pub(super) fn compare<'a>(
    comparison: &mut Comparison<'a, '_>,
    at: &Occurrence,
    old: &Site<'a>,
    new: &Site<'a>,
    direction: Direction,
) {
    let side = if direction == Direction::Response { "response" } else { "request" };
    let subject = comparison.subject(old);
    let (before, after) = (by_media_type(old), by_media_type(new));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for name in names {
        match (before.get(name), after.get(name)) {
            (Some(before), Some(after)) => media_type(comparison, at, (name, old), before, after, direction),
            (Some(before), None) => {
                let id = format!("{side}.media_type.removed");
                let finding = Finding::new(id, subject.clone(), At::Old(before.pointer.clone()));
                comparison.report(at, finding.removed(name.as_str()));
            }
            (None, Some(after)) => {
                let id = format!("{side}.media_type.added");
                let finding = Finding::new(id, subject.clone(), At::New(after.pointer.clone()));
                comparison.report(at, finding.added(name.as_str()));
            }
            (None, None) => {}
        }
    }
}

/// Returns the entries of a `content` object by media type in normal form: in lower case, and without a character set,
/// which JSON does not have.
fn by_media_type<'a>(content: &Site<'a>) -> BTreeMap<String, Site<'a>> {
    let normal = |name: &str| {
        let name = name.to_lowercase();
        let parts = name.split(';').map(str::trim).filter(|part| !part.starts_with("charset="));
        parts.collect::<Vec<_>>().join("; ")
    };
    content.entries().into_iter().map(|(name, site)| (normal(name), site)).collect()
}

/// Compares one media type of two `content` objects.
fn media_type<'a>(
    comparison: &mut Comparison<'a, '_>,
    at: &Occurrence,
    (name, content): (&str, &Site<'a>),
    old: &Site<'a>,
    new: &Site<'a>,
    direction: Direction,
) {
    let side = if direction == Direction::Response { "response" } else { "request" };
    comparison.entries(at, (old, new), &["schema"], |entry| match (entry.key, side) {
        ("example" | "examples", _) => "example.changed",
        ("encoding", "request") => "request.encoding.changed",
        ("encoding", _) => "response.encoding.changed",
        ("x-deviation", _) => "deviation.changed",
        ("x-untyped", _) => "untyped.changed",
        _ => UNCLASSIFIED,
    });
    let finding = |kind: &str, subject: String| {
        let location = At::Both(old.pointer.clone(), new.pointer.clone());
        Finding::new(format!("{side}.body.{kind}"), subject, location)
    };
    match (old.child("schema"), new.child("schema")) {
        (Some(before), Some(after)) => comparison.schemas(at, before, after, direction),
        (Some(_), None) => comparison.report(at, finding("removed", comparison.subject(content)).removed(name)),
        (None, Some(_)) => comparison.report(at, finding("added", comparison.subject(content)).added(name)),
        (None, None) => {}
    }
}

/// Lists the media types of a body.
pub(super) fn media_types(body: &Site<'_>) -> String {
    let content = body.child("content").map(|content| content.entries()).unwrap_or_default();
    content.into_iter().map(|(name, _)| name).collect::<Vec<_>>().join(", ")
}
