//! Compares request bodies and responses, down to the schema of each media type.

use std::collections::BTreeSet;

use serde_json::json;

use super::comparison::Comparison;
use super::operation::Operation;
use crate::change::Occurrence;
use crate::checks::UNCLASSIFIED;
use crate::finding::{At, Finding};
use crate::schemas::Direction;
use crate::site::{Entry, Site, keys};
use crate::verdict::Wire;

/// Compares the request bodies of two matching operations.
pub(super) fn request<'a>(comparison: &mut Comparison<'a, '_>, old: &Operation<'a>, new: &Operation<'a>) {
    let before = old.site.child("requestBody").map(|body| body.follow(comparison.old));
    let after = new.site.child("requestBody").map(|body| body.follow(comparison.new));
    let at = Occurrence::new(&new.name, "");
    match (before, after) {
        (Some(before), Some(after)) => {
            comparison.entries(&at, (&before, &after), &["content"], request_check);
            if let (Some(before), Some(after)) = (before.child("content"), after.child("content")) {
                let direction = if new.method == "patch" { Direction::Update } else { Direction::Request };
                compare(comparison, &at, &before, &after, direction);
            }
        }
        (Some(gone), None) => {
            let subject = format!("{} request", old.name);
            let finding = Finding::new("request.body.removed", subject, At::Old(gone.pointer.clone()));
            comparison.report(&Occurrence::new(&old.name, ""), finding.removed(media_types(&gone)));
        }
        (None, Some(added)) => {
            let subject = format!("{} request", new.name);
            let finding = Finding::new("request.body.added", subject, At::New(added.pointer.clone()));
            let required = added.flag("required");
            comparison.report(&at, finding.added(media_types(&added)).wire_if(required, Wire::Breaking));
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

/// Compares the responses of two matching operations, status by status.
pub(super) fn responses<'a>(comparison: &mut Comparison<'a, '_>, old: &Operation<'a>, new: &Operation<'a>) {
    let (before, after) = (old.site.child("responses"), new.site.child("responses"));
    let statuses: BTreeSet<&str> =
        before.iter().chain(&after).flat_map(Site::entries).map(|(status, _)| status).collect();
    let at = Occurrence::new(&new.name, "");
    for status in statuses {
        let was = before.as_ref().and_then(|site| site.child(status));
        let is = after.as_ref().and_then(|site| site.child(status));
        let group = if status.starts_with(['2', '3']) { "status" } else { "error" };
        let subject = format!("{} response:{status}", new.name);
        match (was, is) {
            (Some(was), Some(is)) => {
                let (was, is) = (was.follow(comparison.old), is.follow(comparison.new));
                response(comparison, &at, &was, &is);
            }
            (Some(was), None) => {
                let finding = Finding::new(format!("response.{group}.removed"), subject, At::Old(was.pointer));
                comparison.report(&at, finding.removed(status));
            }
            (None, Some(is)) => {
                let finding = Finding::new(format!("response.{group}.added"), subject, At::New(is.pointer));
                comparison.report(&at, finding.added(status));
            }
            (None, None) => {}
        }
    }
}

fn response<'a>(comparison: &mut Comparison<'a, '_>, at: &Occurrence, old: &Site<'a>, new: &Site<'a>) {
    comparison.entries(at, (old, new), &["content"], |entry| match entry.key {
        "description" => "response.description.changed",
        "headers" => "response.headers.changed",
        "x-deviation" => "deviation.changed",
        "x-untyped" => "untyped.changed",
        _ => UNCLASSIFIED,
    });
    let subject = comparison.subject(old);
    match (old.child("content"), new.child("content")) {
        (Some(before), Some(after)) => compare(comparison, at, &before, &after, Direction::Response),
        (Some(before), None) => {
            let finding = Finding::new("response.body.removed", subject, At::Old(before.pointer));
            comparison.report(at, finding.removed(media_types(old)));
        }
        (None, Some(after)) => {
            let finding = Finding::new("response.body.added", subject, At::New(after.pointer));
            comparison.report(at, finding.added(media_types(new)));
        }
        (None, None) => {}
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
    for key in keys(old, new) {
        match (old.child(key), new.child(key)) {
            (Some(before), Some(after)) => media_type(comparison, at, (key, old), &before, &after, direction),
            (Some(before), None) => {
                let id = format!("{side}.media_type.removed");
                comparison.report(at, Finding::new(id, subject.clone(), At::Old(before.pointer)).removed(key));
            }
            (None, Some(after)) => {
                let id = format!("{side}.media_type.added");
                comparison.report(at, Finding::new(id, subject.clone(), At::New(after.pointer)).added(key));
            }
            (None, None) => {}
        }
    }
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
    comparison.entries(at, (old, new), &["schema"], |entry| match entry.key {
        "example" | "examples" => "example.changed",
        "x-deviation" => "deviation.changed",
        "x-untyped" => "untyped.changed",
        _ => UNCLASSIFIED,
    });
    let side = if direction == Direction::Response { "response" } else { "request" };
    let finding = |kind: &str, subject: String| {
        Finding::new(format!("{side}.body.{kind}"), subject, At::New(new.pointer.clone()))
    };
    match (old.child("schema"), new.child("schema")) {
        (Some(before), Some(after)) => comparison.schemas(at, before, after, direction),
        (Some(_), None) => comparison.report(at, finding("removed", comparison.subject(content)).removed(name)),
        (None, Some(_)) => comparison.report(at, finding("added", comparison.subject(content)).added(name)),
        (None, None) => {}
    }
}

fn media_types(body: &Site<'_>) -> String {
    let content = body.child("content").map(|content| content.entries()).unwrap_or_default();
    content.into_iter().map(|(name, _)| name).collect::<Vec<_>>().join(", ")
}
