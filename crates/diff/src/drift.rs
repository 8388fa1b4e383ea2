//! What the vendor's current schema says otherwise than our description: a to-do list.
//!
//! The vendor's schema is what its framework writes: each body in three media types, `Patched…` twins, enums behind `oneOf`
//! with a blank and a null one, hashed names, operation ids that come twice. All of that is read as what it means. What
//! `x-deviation` explains is left out, and so is how anything is described.

use std::fmt;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::{Change, Revision, compare};
use campfire_codegen::description::bundle;
use campfire_codegen::description::node::members;
use campfire_codegen::description::yaml::{Location, push_pointer};

/// One thing to look at.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Item {
    /// In which way it differs.
    pub kind: Kind,
    /// The check that found it, as [`crate::diff`] names it.
    pub id: &'static str,
    /// What differs: `components.schemas.Tag.name`.
    pub subject: String,
    /// What our description says, or null.
    pub ours: Value,
    /// What the vendor says, or null.
    pub vendors: Value,
    /// Where it shows: a few operations.
    pub places: Vec<String>,
    /// Where to look: in our description, or in the vendor's for what is new.
    pub location: Location,
    /// Facts to paste and then to describe, for what is new.
    pub snippet: Option<String>,
}

/// How something differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The vendor has it, we do not.
    New,
    /// We have it, the vendor does not any more.
    Gone,
    /// Both have it, not alike.
    Different,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::New => "new",
            Self::Gone => "gone",
            Self::Different => "different",
        })
    }
}

/// Compares our description with the vendor's schema.
pub fn drift(ours: &Revision, vendors: &Revision) -> Vec<Item> {
    let mut read = vendors.clone();
    read.description.root = as_meant(vendors.root());
    let diff = compare(ours, &read);
    let mut items: Vec<Item> = diff
        .changes
        .iter()
        .filter(|change| !is_explained(ours.root(), &change.subject))
        .filter_map(|change| item(change, read.root()))
        .collect();
    for item in items.iter_mut().filter(|item| undirected(item.id).starts_with("enum.")) {
        if let Some(subject) = enum_of(ours.root(), &item.subject) {
            item.subject = subject;
        }
    }
    items.sort_by(|a, b| (a.kind, &a.subject, a.id).cmp(&(b.kind, &b.subject, b.id)));
    // A field that goes both ways is one thing to do.
    items.dedup_by(|later, first| {
        let same =
            later.kind == first.kind && later.subject == first.subject && undirected(later.id) == undirected(first.id);
        same && later.ours == first.ours && later.vendors == first.vendors
    });
    items
}

/// The list for people, with the snippets.
pub fn text(items: &[Item]) -> String {
    let mut text = String::new();
    for item in items {
        let _ = writeln!(text, "{}: {} ({})", item.kind, item.subject, item.id);
        let _ = writeln!(text, "    at {}", item.location);
        if item.kind == Kind::Different {
            let _ = writeln!(text, "    ours {}, the vendor's {}", item.ours, item.vendors);
        }
        if !item.places.is_empty() {
            let _ = writeln!(text, "    in {}", item.places.join("; "));
        }
        for line in item.snippet.iter().flat_map(|snippet| snippet.lines()) {
            let _ = writeln!(text, "    | {line}");
        }
    }
    let count = |kind| items.iter().filter(|item| item.kind == kind).count();
    let _ =
        writeln!(text, "{} new, {} gone, {} different", count(Kind::New), count(Kind::Gone), count(Kind::Different));
    text
}

/// A check without its direction: `enum.added` of `request.enum.added`.
fn undirected(id: &str) -> &str {
    match id.split_once('.') {
        Some(("request" | "response", rest)) => rest,
        // `parameter.added` is of the parameter itself.
        Some(("parameter", rest)) if rest.contains('.') => rest,
        _ => id,
    }
}

/// The enum of ours that a place uses, by whose name the vendor's may not be known: `components.schemas.MemoStatus`.
fn enum_of(ours: &Value, subject: &str) -> Option<String> {
    let (pointer, _) = place_of(ours, subject)?;
    let mut value = ours.pointer(&pointer)?;
    let mut name = None;
    // A use of a use of an enum is deep enough.
    for _ in 0..8 {
        value = value.get("items").or_else(|| value.get("schema")).unwrap_or(value);
        let part = ["allOf", "oneOf"].into_iter().find_map(|word| value.get(word)?.get(0)).unwrap_or(value);
        let Some(target) = part.get("$ref").and_then(Value::as_str) else { break };
        value = ours.pointer(target.trim_start_matches('#'))?;
        name = target.strip_prefix("#/components/schemas/");
    }
    value.get("enum").and(name).map(|name| format!("components.schemas.{name}"))
}

/// What a difference asks for; nothing for those that are only said otherwise.
fn item(change: &Change, vendors: &Value) -> Option<Item> {
    let kind = match undirected(change.id) {
        "operation.added" | "parameter.added" | "property.added" | "enum.added" | "status.added" | "body.added"
        | "media_type.added" => Kind::New,
        "operation.removed" | "parameter.removed" | "property.removed" | "enum.removed" | "status.removed"
        | "body.removed" | "media_type.removed" => Kind::Gone,
        "type.changed"
        | "format.changed"
        | "enum.introduced"
        | "enum.dropped"
        | "variants.changed"
        | "nullable.added"
        | "nullable.removed"
        | "property.became_required"
        | "property.became_optional"
        | "parameter.became_required"
        | "parameter.became_optional"
        | "parameter.type.changed"
        | "parameter.enum.added"
        | "parameter.enum.removed"
        | "length.narrowed"
        | "length.widened"
        | "range.narrowed"
        | "range.widened"
        | "unclassified.changed" => Kind::Different,
        _ => return None,
    };
    let mut places: Vec<String> = change
        .occurrences
        .iter()
        .take(3)
        .map(|place| format!("{} {}", place.operation, place.place).trim().to_owned())
        .filter(|place| *place != change.subject)
        .collect();
    if change.occurrences.len() > 3 {
        places.push(format!("and {} more", change.occurrences.len() - 3));
    }
    Some(Item {
        kind,
        id: change.id,
        subject: change.subject.clone(),
        ours: change.old.clone(),
        vendors: change.new.clone(),
        places,
        location: change.location.clone(),
        snippet: (kind == Kind::New).then(|| snippet(change, vendors)).flatten(),
    })
}

/// The facts of what is new, as YAML in our dialect, each description still to be written.
fn snippet(change: &Change, vendors: &Value) -> Option<String> {
    const TO_WRITE: &str = "TODO: say what it is, in your own words";
    let (pointer, name) = place_of(vendors, &change.subject)?;
    let value = vendors.pointer(&pointer)?;
    let mut facts = facts(value);
    if let Value::Object(members) = &mut facts {
        if change.id == "operation.added" {
            members.insert("summary".to_owned(), json!(TO_WRITE));
            members.insert("x-retry".to_owned(), json!("TODO: safe, idempotent, keyed or never"));
        } else {
            members.insert("description".to_owned(), json!(TO_WRITE));
        }
    }
    let wrapped = if change.id.ends_with("enum.added") {
        json!([change.new])
    } else if change.id == "parameter.added" {
        json!([facts])
    } else {
        json!({ name: facts })
    };
    Some(bundle::value(&wrapped))
}

/// A schema, parameter or operation without the vendor's sentences.
fn facts(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let said = ["description", "title", "summary", "example", "examples", "tags", "operationId"];
            // A property may be called `title`: then it is a schema.
            let is_fact = |key: &str, value: &Value| value.is_object() || !said.contains(&key);
            let kept = members
                .iter()
                .filter(|(key, value)| is_fact(key, value) && !key.starts_with("x-") && *key != "examples");
            Value::Object(kept.map(|(key, value)| (key.clone(), facts(value))).collect())
        }
        Value::Array(items) => items.iter().map(facts).collect(),
        other => other.clone(),
    }
}

/// The pointer and the last name of a subject: `components.schemas.Tag.name`, `GET /x query:limit`, `GET /x`.
fn place_of(root: &Value, subject: &str) -> Option<(String, String)> {
    if let Some(rest) = subject.strip_prefix("components.schemas.") {
        let mut steps = rest.split('.');
        let mut pointer = "/components/schemas".to_owned();
        let mut name = steps.next()?.trim_end_matches("[]").to_owned();
        push_pointer(&mut pointer, &name);
        for step in steps {
            let lists = step.matches("[]").count();
            name = step.trim_end_matches("[]").to_owned();
            pointer.push_str("/properties");
            push_pointer(&mut pointer, &name);
            pointer.push_str(&"/items".repeat(lists));
        }
        return Some((pointer, name));
    }
    let mut words = subject.splitn(3, ' ');
    let (method, path) = (words.next()?.to_lowercase(), words.next()?);
    let mut pointer = "/paths".to_owned();
    push_pointer(&mut pointer, path);
    let Some(place) = words.next() else {
        push_pointer(&mut pointer, &method);
        return Some((pointer, method));
    };
    let (location, name) = place.split_once(':')?;
    for holder in [pointer.clone(), format!("{pointer}/{method}")] {
        let list = root.pointer(&holder).and_then(|holder| holder.get("parameters")).and_then(Value::as_array);
        for (index, parameter) in list.into_iter().flatten().enumerate() {
            let target = parameter.get("$ref").and_then(Value::as_str).map(|target| target.trim_start_matches('#'));
            let found = target.map_or(Some(parameter), |target| root.pointer(target))?;
            if found.get("in").is_some_and(|value| value == location)
                && found.get("name").is_some_and(|value| value == name)
            {
                let own = format!("{holder}/parameters/{index}");
                return Some((target.map_or(own, str::to_owned), name.to_owned()));
            }
        }
    }
    None
}

/// Whether our description says at that place, or at one around it, that it differs on purpose.
fn is_explained(ours: &Value, subject: &str) -> bool {
    let says = |value: &Value| value.get("x-deviation").is_some();
    let Some((pointer, _)) = place_of(ours, subject) else { return false };
    let mut around = String::new();
    pointer.split('/').skip(1).any(|step| {
        around.push('/');
        around.push_str(step);
        let Some(value) = ours.pointer(&around) else { return false };
        let target =
            value.get("$ref").and_then(Value::as_str).and_then(|target| ours.pointer(target.trim_start_matches('#')));
        says(value) || target.is_some_and(says)
    })
}

/// The vendor's document as it is meant.
fn as_meant(vendors: &Value) -> Value {
    let mut document = vendors.clone();
    if let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) {
        for operation in paths.values_mut().filter_map(Value::as_object_mut).flat_map(Map::values_mut) {
            one_media_type(operation.pointer_mut("/requestBody/content"));
            for answer in
                operation.get_mut("responses").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut)
            {
                one_media_type(answer.get_mut("content"));
            }
        }
    }
    let twins: Vec<String> = members(vendors.pointer("/components/schemas"))
        .filter_map(|(name, _)| name.strip_prefix("Patched"))
        .filter(|name| vendors.pointer("/components/schemas").is_some_and(|schemas| schemas.get(name).is_some()))
        .map(str::to_owned)
        .collect();
    retarget(&mut document, &twins);
    document
}

/// Forms are the framework's default beside JSON; alone they are an upload.
fn one_media_type(content: Option<&mut Value>) {
    if let Some(content) = content.and_then(Value::as_object_mut)
        && content.contains_key("application/json")
    {
        content.retain(|media, _| media == "application/json");
    }
}

/// Lets what refers to a `Patched…` twin refer to the schema itself: a change is sent in it.
fn retarget(value: &mut Value, twins: &[String]) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(target)) = members.get_mut("$ref")
                && let Some(name) = target.strip_prefix("#/components/schemas/Patched")
                && twins.iter().any(|twin| twin == name)
            {
                *target = format!("#/components/schemas/{name}");
            }
            members.values_mut().for_each(|member| retarget(member, twins));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| retarget(item, twins)),
        _ => {}
    }
}
