//! Finds the differences that our description explains: with `x-deviation` or `x-untyped`, at the place itself, around
//! it, or at the place that uses it.

use std::collections::BTreeMap;

use campfire_codegen::description::extension::{DEVIATION, SCALAR, UNTYPED};
use campfire_codegen::description::yaml::push_pointer;
use serde_json::Value;

use crate::change::{Change, Occurrence};
use crate::site::Site;

/// What our description explains.
pub(super) struct Excuses<'a> {
    root: &'a Value,
    /// Known answers by occurrence, and whether it is in a request.
    known: BTreeMap<(Occurrence, bool), bool>,
}

impl<'a> Excuses<'a> {
    pub(super) fn new(root: &'a Value) -> Self {
        Self { root, known: BTreeMap::new() }
    }

    /// Returns true if each place of a change is explained.
    pub(super) fn covers(&mut self, change: &Change) -> bool {
        if change.pointers.0.as_ref().is_some_and(|pointer| self.is_around(pointer)) {
            return true;
        }
        let in_schema = |pointer: &Option<String>| pointer.as_ref().is_some_and(|pointer| pointer.contains("/schema"));
        if !in_schema(&change.pointers.0) && !in_schema(&change.pointers.1) {
            return false;
        }
        let directions: Vec<bool> = change
            .verdicts
            .iter()
            .filter_map(|verdict| match verdict.id.split_once('.')? {
                ("request", _) => Some(true),
                ("response", _) => Some(false),
                _ => None,
            })
            .collect();
        let mut places = change.occurrences.iter().filter(|place| !place.operation.is_empty()).peekable();
        places.peek().is_some() && places.all(|place| self.is_explained(place, &directions))
    }

    /// Returns true if the node at a pointer or one around it explains differences. An operation explains only what it
    /// states itself.
    fn is_around(&self, pointer: &str) -> bool {
        let is_operation = pointer.starts_with("/paths/") && pointer.matches('/').count() == 3;
        let mut around = String::new();
        let mut depth = 0;
        pointer.split('/').skip(1).any(|step| {
            around.push('/');
            around.push_str(step);
            depth += 1;
            let inside = !around.starts_with("/paths/") || depth > 3 || is_operation;
            inside && self.root.pointer(&around).is_some_and(|value| explains(value) || self.leads_to_open(value))
        })
    }

    /// Returns true for a reference to a schema that allows anything.
    fn leads_to_open(&self, value: &Value) -> bool {
        let target = value.get("$ref").and_then(Value::as_str);
        target.and_then(|target| self.root.pointer(target.trim_start_matches('#'))).is_some_and(is_open)
    }

    /// Returns true if a place is explained in each direction in which it exists.
    fn is_explained(&mut self, place: &Occurrence, directions: &[bool]) -> bool {
        let directions = if directions.is_empty() { &[true][..] } else { directions };
        let mut answers = directions.iter().map(|sent| {
            let key = (place.clone(), *sent);
            if let Some(known) = self.known.get(&key) {
                return *known;
            }
            let trails = trails(self.root, place, *sent);
            let explained = !trails.is_empty() && trails.iter().all(|trail| trail.explained);
            self.known.insert(key, explained);
            explained
        });
        answers.any(|answer| answer)
    }
}

fn explains(value: &Value) -> bool {
    // The deviation of a scalar is about its notation, not about the places that use it.
    let marked = value.get(DEVIATION).is_some() || value.get(UNTYPED).is_some();
    marked && value.get(SCALAR).is_none() || is_open(value)
}

/// Returns true for our types of any JSON.
fn is_open(value: &Value) -> bool {
    value.get(SCALAR).and_then(Value::as_str).is_some_and(|scalar| ["json", "api-error"].contains(&scalar))
}

/// A way from an operation down to a place in a body or a parameter.
struct Trail<'a> {
    site: Site<'a>,
    explained: bool,
}

/// Returns the ways to a place. There may be several: one for each response that has it.
fn trails<'a>(root: &'a Value, place: &Occurrence, sent: bool) -> Vec<Trail<'a>> {
    let Some((method, path)) = place.operation.split_once(' ') else { return Vec::new() };
    let mut pointer = "/paths".to_owned();
    push_pointer(&mut pointer, path);
    let item = Site::at(root, &pointer);
    let Some(operation) = item.child(&method.to_lowercase()) else { return Vec::new() };
    let (name, steps) = match place.place.find(['.', '[']) {
        Some(end) => place.place.split_at(end),
        None => (place.place.as_str(), ""),
    };
    let mut trails =
        if name.is_empty() { bodies(root, &operation, sent) } else { parameters(root, [&item, &operation], name) };
    for step in steps_of(steps) {
        trails =
            trails.into_iter().flat_map(|trail| parts(root, trail)).filter_map(|trail| down(trail, &step)).collect();
    }
    // The parts of a schema are one schema: what one of them explains is explained.
    let explained = |trail: Trail<'a>| {
        let site = trail.site.clone();
        let explained = parts(root, trail).iter().any(|part| part.explained);
        Trail { site, explained }
    };
    trails.into_iter().map(explained).collect()
}

fn bodies<'a>(root: &'a Value, operation: &Site<'a>, sent: bool) -> Vec<Trail<'a>> {
    let holders: Vec<Site<'a>> = if sent {
        operation.child("requestBody").into_iter().collect()
    } else {
        let responses = operation.child("responses").map(|site| site.entries()).unwrap_or_default();
        responses.into_iter().map(|(_, response)| response).collect()
    };
    let mut trails = Vec::new();
    for holder in holders {
        let body = holder.follow(root);
        let content = body.child("content").map(|site| site.entries()).unwrap_or_default();
        for (_, media_type) in content {
            let explained = explains(body.value) || explains(media_type.value);
            trails.extend(media_type.child("schema").map(|site| Trail { site, explained }));
        }
    }
    trails
}

fn parameters<'a>(root: &'a Value, holders: [&Site<'a>; 2], name: &str) -> Vec<Trail<'a>> {
    let lists = holders.into_iter().filter_map(|holder| holder.child("parameters"));
    let targets = lists.flat_map(|list| list.items()).map(|parameter| parameter.follow(root));
    let named = targets.filter(|target| format!("{}:{}", target.text("in"), target.text("name")) == name);
    let trail = |target: Site<'a>| {
        let explained = explains(target.value);
        let site = target.child("schema").unwrap_or(target);
        Trail { site, explained }
    };
    named.map(trail).collect()
}

/// Returns the schemas that a schema is merged from.
fn parts<'a>(root: &'a Value, trail: Trail<'a>) -> Vec<Trail<'a>> {
    let own = trail.explained || explains(trail.site.value);
    let target = trail.site.follow(root);
    let explained = own || explains(target.value);
    let mut all = vec![Trail { site: target.clone(), explained }];
    for key in ["allOf", "oneOf", "anyOf"] {
        for part in target.child(key).map(|parts| parts.items()).unwrap_or_default() {
            all.extend(parts(root, Trail { site: part, explained }));
        }
    }
    all
}

fn down<'a>(trail: Trail<'a>, step: &str) -> Option<Trail<'a>> {
    let site = match step {
        ".*" => trail.site.child("additionalProperties"),
        step if step.starts_with('[') => trail.site.child("items"),
        step => trail.site.child("properties")?.child(step.trim_start_matches('.')),
    };
    site.map(|site| Trail { site, explained: trail.explained })
}

/// Splits `.tags[].name` into `.tags`, `[]` and `.name`.
fn steps_of(steps: &str) -> Vec<String> {
    let mut split: Vec<String> = Vec::new();
    for character in steps.chars() {
        match (character, split.last_mut()) {
            ('.' | '[', _) | (_, None) => split.push(character.to_string()),
            (_, Some(step)) => step.push(character),
        }
    }
    split
}
