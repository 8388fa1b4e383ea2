//! Compares the responses of an operation.

use std::collections::BTreeSet;

use super::comparison::Comparison;
use super::operation::Operation;
use super::{content, headers};
use crate::change::Occurrence;
use crate::checks::UNCLASSIFIED;
use crate::finding::{At, Finding};
use crate::resolve::resolved;
use crate::schemas::Direction;
use crate::site::{Entry, Site, keys};

/// Descriptions that say no more than the status does.
const HOLLOW: [&str; 13] = [
    "",
    "accepted",
    "created",
    "default response",
    "no content",
    "no response body",
    "ok",
    "response",
    "success",
    "successful",
    "successful operation",
    "successful response",
    "description",
];

/// Compares the responses of two matching operations, status by status.
pub(super) fn compare<'a>(comparison: &mut Comparison<'a, '_>, old: &Operation<'a>, new: &Operation<'a>) {
    let (before, after) = (statuses(old), statuses(new));
    let at = Occurrence::new(&new.name, "");
    let all: BTreeSet<&str> = before.iter().chain(&after).map(|(status, _)| status.as_str()).collect();
    for status in all {
        let group = if status.starts_with(['2', '3']) { "status" } else { "error" };
        let subject = format!("{} response:{status}", new.name);
        if is_split(&before, &after, status) || is_split(&after, &before, status) {
            continue;
        }
        match (find(&before, &after, status), find(&after, &before, status)) {
            (Some((was, old)), Some((is, new))) => {
                let (old, new) = (old.clone().follow(comparison.old), new.clone().follow(comparison.new));
                if was != is {
                    let kind = if is.ends_with("XX") { "widened" } else { "narrowed" };
                    let location = At::Both(old.pointer.clone(), new.pointer.clone());
                    let finding = Finding::new(format!("response.{group}.{kind}"), subject, location);
                    comparison.report(&at, finding.values(was, is));
                }
                response(comparison, &at, &old, &new);
            }
            (Some((_, gone)), None) => {
                let finding = Finding::new(format!("response.{group}.removed"), subject, At::Old(gone.pointer.clone()));
                comparison.report(&at, finding.removed(status));
            }
            (None, Some((_, fresh))) => {
                let finding = Finding::new(format!("response.{group}.added"), subject, At::New(fresh.pointer.clone()));
                comparison.report(&at, finding.added(status));
            }
            (None, None) => {}
        }
    }
}

/// Returns the responses by status in capitals: `200`, `4XX`, `DEFAULT`.
fn statuses<'a>(operation: &Operation<'a>) -> Vec<(String, Site<'a>)> {
    let responses = operation.site.child("responses").map(|site| site.entries()).unwrap_or_default();
    let responses = responses.into_iter().filter(|(status, _)| !status.starts_with("x-"));
    responses.map(|(status, site)| (status.to_uppercase(), site)).collect()
}

/// Returns the response for a status: its own, or that of the range it belongs to if the other document does not tell the
/// two apart.
fn find<'r, 'a>(
    responses: &'r [(String, Site<'a>)],
    others: &[(String, Site<'a>)],
    status: &str,
) -> Option<(&'r str, &'r Site<'a>)> {
    let own = responses.iter().find(|(known, _)| known == status);
    let range = range_of(status).filter(|range| others.iter().all(|(known, _)| known != range));
    let found = own.or_else(|| responses.iter().find(|(known, _)| Some(known) == range.as_ref()));
    found.map(|(status, site)| (status.as_str(), site))
}

/// Returns true for a range that is compared with the statuses that the other document has in its place.
fn is_split(responses: &[(String, Site<'_>)], others: &[(String, Site<'_>)], status: &str) -> bool {
    let has = |responses: &[(String, Site<'_>)]| responses.iter().any(|(known, _)| known == status);
    let in_range = |(known, _): &(String, Site<'_>)| range_of(known).as_deref() == Some(status);
    has(responses) && !has(others) && others.iter().any(in_range)
}

/// Returns the range of a single status: `2XX` for `200`.
fn range_of(status: &str) -> Option<String> {
    let is_single = status.len() == 3 && status.bytes().all(|byte| byte.is_ascii_digit());
    is_single.then(|| format!("{}XX", &status[..1]))
}

fn response<'a>(comparison: &mut Comparison<'a, '_>, at: &Occurrence, old: &Site<'a>, new: &Site<'a>) {
    comparison.entries(at, (old, new), &["content", "headers", "links", "description"], |entry| match entry.key {
        "x-deviation" => "deviation.changed",
        "x-untyped" => "untyped.changed",
        _ => UNCLASSIFIED,
    });
    description(comparison, at, old, new);
    headers::compare(comparison, at, old, new);
    links(comparison, at, old, new);
    let subject = comparison.subject(old);
    let direction = comparison.direction(Direction::Response);
    match (old.child("content"), new.child("content")) {
        (Some(before), Some(after)) => content::compare(comparison, at, &before, &after, direction),
        (Some(before), None) => {
            let location = At::Both(before.pointer, new.pointer.clone());
            let finding = Finding::new(format!("{}.body.removed", direction.prefix()), subject, location);
            comparison.report(at, finding.removed(content::media_types(old)));
        }
        (None, Some(after)) => {
            let location = At::Both(old.pointer.clone(), after.pointer);
            let finding = Finding::new(format!("{}.body.added", direction.prefix()), subject, location);
            comparison.report(at, finding.added(content::media_types(new)));
        }
        (None, None) => {}
    }
}

/// Compares descriptions. Those that carry nothing are one change in all.
fn description<'a>(comparison: &mut Comparison<'a, '_>, at: &Occurrence, old: &Site<'a>, new: &Site<'a>) {
    let (before, after) = (old.text("description").trim_end(), new.text("description").trim_end());
    if before == after {
        return;
    }
    let is_hollow = |text: &str| HOLLOW.contains(&text.trim_end_matches('.').to_lowercase().as_str());
    let location = At::Both(old.pointer.clone(), new.pointer.clone());
    let finding = if is_hollow(before) && is_hollow(after) {
        let texts = "texts that say no more than the status";
        Finding::new("response.description.changed", "responses".to_owned(), location).values(texts, texts)
    } else {
        Finding::new("response.description.changed", comparison.subject(old), location).values(before, after)
    };
    comparison.report(at, finding);
}

/// Compares the links to other operations.
fn links<'a>(comparison: &mut Comparison<'a, '_>, at: &Occurrence, old: &Site<'a>, new: &Site<'a>) {
    let links = |response: &Site<'a>| response.child("links").unwrap_or_else(|| Site::at(&serde_json::Value::Null, ""));
    let (before, after) = (links(old), links(new));
    for name in keys(&before, &after) {
        let value = |site: &Site<'a>, root| site.child(name).map(|link| resolved(root, link.value)).unwrap_or_default();
        let entry =
            Entry { key: name, old: value(&before, comparison.old), new: value(&after, comparison.new) }.with_key();
        if entry.old == entry.new {
            continue;
        }
        let id = match (entry.old.is_null(), entry.new.is_null()) {
            (true, _) => "response.link.added",
            (_, true) => "response.link.removed",
            _ => "response.link.changed",
        };
        let location = At::Both(old.pointer.clone(), new.pointer.clone());
        let finding = Finding::new(id, comparison.subject(old), location).values(entry.old, entry.new);
        comparison.report(at, finding);
    }
}
