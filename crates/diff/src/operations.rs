//! Compares operations: which are the same, their parameters, bodies, answers and what else is said of them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::Wire;
use crate::checks::UNCLASSIFIED;
use crate::schemas::{At, Direction, Finding, Schemas};
use crate::subject::subject;
use crate::view::{Site, canonical, join};

/// The methods of OpenAPI 3.0.
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// An operation of one revision.
#[derive(Clone, Debug)]
struct Operation<'a> {
    /// `GET /a/{id}`
    name: String,
    method: &'static str,
    path: &'a str,
    site: Site<'a>,
    /// By place: `query:limit`, `path:#0` (a path's parameters have their position for a name).
    parameters: BTreeMap<String, Site<'a>>,
}

/// What was found at an operation, or a schema that shows there.
pub(crate) enum Found {
    /// A change of the operation itself.
    Here(Box<Finding>),
    /// Whatever was found at this node of the graph, and below.
    Below(usize),
}

/// Where something was found: operation, place, finding.
pub(crate) type Occurrence = (String, String, Found);

/// Compares all operations.
pub(crate) fn compare<'a>(old: &'a Value, new: &'a Value, schemas: &mut Schemas<'a>) -> Vec<Occurrence> {
    let mut comparison = Comparison { old, new, schemas, found: Vec::new() };
    let before = operations(old);
    let after = operations(new);
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for key in keys {
        match (before.get(key), after.get(key)) {
            (Some(before), Some(after)) => comparison.operation(before, after),
            (Some(gone), None) => comparison.whole("operation.removed", gone, At::Old(gone.site.pointer.clone())),
            (None, Some(added)) => comparison.whole("operation.added", added, At::New(added.site.pointer.clone())),
            (None, None) => {}
        }
    }
    comparison.document();
    comparison.found
}

/// By method and path, the names of the path's parameters left out.
fn operations(root: &Value) -> BTreeMap<String, Operation<'_>> {
    let mut operations = BTreeMap::new();
    let Some(value) = root.get("paths") else { return operations };
    for (path, item) in (Site { value, pointer: "/paths".to_owned() }).members() {
        for method in METHODS {
            let Some(site) = item.child(method) else { continue };
            let mut parameters = BTreeMap::new();
            for holder in [&item, &site] {
                for parameter in holder.child("parameters").map(|list| list.items()).unwrap_or_default() {
                    let target = parameter.clone().follow(root);
                    let (location, name) = (target.text("in"), target.text("name"));
                    let position = placeholders(path).iter().position(|placeholder| *placeholder == name);
                    let key = match position {
                        Some(position) if location == "path" => format!("path:#{position}"),
                        _ => format!("{location}:{name}"),
                    };
                    parameters.insert(key, parameter);
                }
            }
            let name = format!("{} {path}", method.to_uppercase());
            let mut template = path.to_owned();
            for placeholder in placeholders(path) {
                template = template.replacen(&format!("{{{placeholder}}}"), "{}", 1);
            }
            operations.insert(format!("{method} {template}"), Operation { name, method, path, site, parameters });
        }
    }
    operations
}

fn placeholders(path: &str) -> Vec<&str> {
    path.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect()
}

struct Comparison<'a, 'b> {
    old: &'a Value,
    new: &'a Value,
    schemas: &'b mut Schemas<'a>,
    found: Vec<Occurrence>,
}

impl<'a> Comparison<'a, '_> {
    fn whole(&mut self, id: &str, operation: &Operation<'a>, at: At) {
        let id_text = json!(operation.site.text("operationId"));
        let (old, new) = if id == "operation.added" { (Value::Null, id_text) } else { (id_text, Value::Null) };
        self.push(&operation.name, "", id, operation.name.clone(), old, new, at);
    }

    #[allow(clippy::too_many_arguments)]
    fn push(&mut self, operation: &str, place: &str, id: &str, subject: String, old: Value, new: Value, at: At) {
        let finding = Finding { id: id.to_owned(), step: String::new(), subject, old, new, wire: None, at };
        self.found.push((operation.to_owned(), place.to_owned(), Found::Here(Box::new(finding))));
    }

    fn operation(&mut self, old: &Operation<'a>, new: &Operation<'a>) {
        let name = &new.name;
        if old.path != new.path {
            for (before, after) in placeholders(old.path).iter().zip(placeholders(new.path)) {
                if *before != after {
                    let place = format!("path:{after}");
                    let at = At::New(new.site.pointer.clone());
                    let subject = format!("{} path:{before}", old.name);
                    self.push(name, &place, "parameter.renamed", subject, json!(before), json!(after), at);
                }
            }
        }
        self.words(old, new);
        self.security(old, new);
        self.parameters(old, new);
        self.body(old, new);
        self.answers(old, new);
    }

    /// Everything that is a word or a few at the operation.
    fn words(&mut self, old: &Operation<'a>, new: &Operation<'a>) {
        for key in keys(&old.site, &new.site) {
            if ["parameters", "requestBody", "responses", "security"].contains(&key) {
                continue;
            }
            let (before, after) = (plain(&old.site, key), plain(&new.site, key));
            if before == after {
                continue;
            }
            let id = match key {
                "operationId" => "operation.renamed",
                "summary" | "description" => "operation.description.changed",
                "externalDocs" => "operation.reference.changed",
                "tags" => "operation.tags.changed",
                "deprecated" if after == json!(true) => "operation.deprecated",
                "deprecated" => "operation.undeprecated",
                "x-retry" => "operation.retry.changed",
                "x-pagination" => "operation.pagination.changed",
                "x-order" => "operation.order.changed",
                "x-read-back" => "operation.read_back.changed",
                "x-deviation" => "deviation.changed",
                "x-effect" | "x-approval" => "sandbox.changed",
                _ => UNCLASSIFIED,
            };
            let at = At::New(join(&new.site.pointer, key));
            let (before, after) = if id == UNCLASSIFIED { named(key, before, after) } else { (before, after) };
            self.push(&new.name, "", id, old.name.clone(), before, after, at);
        }
    }

    fn security(&mut self, old: &Operation<'a>, new: &Operation<'a>) {
        let of = |site: &Site<'a>, root: &'a Value| -> (Value, bool) {
            let own = site.value.get("security");
            let mut demands: Vec<Value> =
                own.or(root.get("security")).and_then(Value::as_array).into_iter().flatten().map(canonical).collect();
            demands.sort_by_key(ToString::to_string);
            demands.dedup();
            (Value::Array(demands), own.is_some())
        };
        let ((before, own_before), (after, own_after)) = (of(&old.site, self.old), of(&new.site, self.new));
        if before == after {
            return;
        }
        let everywhere = !own_before && !own_after;
        let open = |value: &Value| value.as_array().is_some_and(|list| list.is_empty() || list.contains(&json!({})));
        let subject = if everywhere { "security".to_owned() } else { old.name.clone() };
        let at = At::New(if everywhere { "/security".to_owned() } else { join(&new.site.pointer, "security") });
        let wire = open(&after).then_some(Wire::Compatible);
        let id = "operation.security.changed".to_owned();
        let finding = Finding { id, step: String::new(), subject, old: before, new: after, wire, at };
        self.found.push((new.name.clone(), String::new(), Found::Here(Box::new(finding))));
    }

    fn parameters(&mut self, old: &Operation<'a>, new: &Operation<'a>) {
        let keys: BTreeSet<&String> = old.parameters.keys().chain(new.parameters.keys()).collect();
        for key in keys {
            match (old.parameters.get(key), new.parameters.get(key)) {
                (Some(before), Some(after)) => {
                    let (before, after) = (before.clone().follow(self.old), after.clone().follow(self.new));
                    self.parameter(&new.name, &before, &after);
                }
                (Some(gone), None) => {
                    let target = gone.clone().follow(self.old);
                    let place = format!("{}:{}", target.text("in"), target.text("name"));
                    let subject = format!("{} {place}", old.name);
                    let at = At::Old(gone.pointer.clone());
                    self.push(
                        &old.name,
                        &place,
                        "parameter.removed",
                        subject,
                        json!(target.text("name")),
                        json!(null),
                        at,
                    );
                }
                (None, Some(added)) => {
                    let target = added.clone().follow(self.new);
                    let place = format!("{}:{}", target.text("in"), target.text("name"));
                    let required = target.value.get("required") == Some(&json!(true));
                    let text = format!("{}{}", target.text("name"), if required { ", required" } else { "" });
                    let finding = Finding {
                        id: "parameter.added".to_owned(),
                        step: String::new(),
                        subject: format!("{} {place}", new.name),
                        old: Value::Null,
                        new: json!(text),
                        wire: required.then_some(Wire::Breaking),
                        at: At::New(added.pointer.clone()),
                    };
                    self.found.push((new.name.clone(), place, Found::Here(Box::new(finding))));
                }
                (None, None) => {}
            }
        }
    }

    fn parameter(&mut self, operation: &str, old: &Site<'a>, new: &Site<'a>) {
        let place = format!("{}:{}", new.text("in"), new.text("name"));
        for key in keys(old, new) {
            if ["schema", "content", "name", "in"].contains(&key) {
                continue;
            }
            let (before, after) = (plain(old, key), plain(new, key));
            // What is not said of a style is what OpenAPI has for it.
            let effective = |parameter: &Site<'a>, value: &Value| match (key, parameter.value.get(key)) {
                ("style", None) => json!(usual_style(parameter)),
                ("explode", None) => {
                    json!(["", "form"].contains(&parameter.text("style")) && usual_style(parameter) == "form")
                }
                ("explode", Some(said)) => said.clone(),
                _ => value.clone(),
            };
            if effective(old, &before) == effective(new, &after) {
                continue;
            }
            let id = match key {
                "required" if after == json!(true) => "parameter.became_required",
                "required" => "parameter.became_optional",
                "deprecated" if after == json!(true) => "parameter.deprecated",
                "deprecated" => "parameter.undeprecated",
                "description" => "parameter.description.changed",
                "style" | "explode" | "allowReserved" => "parameter.style.changed",
                "allowEmptyValue" if after == json!(true) => "parameter.blank.allowed",
                "allowEmptyValue" => "parameter.blank.forbidden",
                "example" | "examples" => "example.changed",
                "x-rust-name" => "parameter.rust_name.changed",
                "x-omit" if before.is_null() => "parameter.omitted",
                "x-omit" if after.is_null() => "parameter.offered",
                "x-omit" => "parameter.description.changed",
                "x-deviation" => "deviation.changed",
                "x-references" => "references.changed",
                _ => UNCLASSIFIED,
            };
            let (before, after) = if id == UNCLASSIFIED { named(key, before, after) } else { (before, after) };
            let subject = subject(self.old, &old.pointer);
            self.push(operation, &place, id, subject, before, after, At::New(join(&new.pointer, key)));
        }
        if let (Some(before), Some(after)) = (old.child("schema"), new.child("schema")) {
            self.below(operation, &place, before, after, Direction::Parameter);
        } else if old.value.get("schema") != new.value.get("schema") {
            let subject = subject(self.old, &old.pointer);
            let (before, after) = named("schema", plain(old, "schema"), plain(new, "schema"));
            self.push(operation, &place, UNCLASSIFIED, subject, before, after, At::New(new.pointer.clone()));
        }
        if let (Some(before), Some(after)) = (old.child("content"), new.child("content")) {
            self.contents(operation, &place, &before, &after, Direction::Parameter);
        } else if old.value.get("content") != new.value.get("content") {
            let subject = subject(self.old, &old.pointer);
            let (before, after) = named("content", plain(old, "content"), plain(new, "content"));
            self.push(operation, &place, UNCLASSIFIED, subject, before, after, At::New(new.pointer.clone()));
        }
    }

    fn below(&mut self, operation: &str, place: &str, old: Site<'a>, new: Site<'a>, direction: Direction) {
        let node = self.schemas.pair(old, new, direction);
        self.found.push((operation.to_owned(), place.to_owned(), Found::Below(node)));
    }

    fn body(&mut self, old: &Operation<'a>, new: &Operation<'a>) {
        let before = old.site.child("requestBody").map(|body| body.follow(self.old));
        let after = new.site.child("requestBody").map(|body| body.follow(self.new));
        match (before, after) {
            (Some(before), Some(after)) => {
                for key in keys(&before, &after).into_iter().filter(|key| *key != "content") {
                    let (was, is) = (plain(&before, key), plain(&after, key));
                    if was == is {
                        continue;
                    }
                    let id = match key {
                        "required" if is == json!(true) => "request.body.became_required",
                        "required" => "request.body.became_optional",
                        "description" => "operation.description.changed",
                        "x-deviation" => "deviation.changed",
                        "x-untyped" => "untyped.changed",
                        _ => UNCLASSIFIED,
                    };
                    let (was, is) = if id == UNCLASSIFIED { named(key, was, is) } else { (was, is) };
                    let subject = subject(self.old, &before.pointer);
                    self.push(&new.name, "", id, subject, was, is, At::New(join(&after.pointer, key)));
                }
                if let (Some(before), Some(after)) = (before.child("content"), after.child("content")) {
                    let direction = if new.method == "patch" { Direction::Change } else { Direction::Request };
                    self.contents(&new.name, "", &before, &after, direction);
                }
            }
            (Some(gone), None) => {
                let subject = format!("{} request", old.name);
                let at = At::Old(gone.pointer.clone());
                self.push(&old.name, "", "request.body.removed", subject, json!(media(&gone)), json!(null), at);
            }
            (None, Some(added)) => {
                let finding = Finding {
                    id: "request.body.added".to_owned(),
                    step: String::new(),
                    subject: format!("{} request", new.name),
                    old: Value::Null,
                    new: json!(media(&added)),
                    wire: (added.value.get("required") == Some(&json!(true))).then_some(Wire::Breaking),
                    at: At::New(added.pointer.clone()),
                };
                self.found.push((new.name.clone(), String::new(), Found::Here(Box::new(finding))));
            }
            (None, None) => {}
        }
    }

    /// Media types and their schemas.
    fn contents(&mut self, operation: &str, place: &str, old: &Site<'a>, new: &Site<'a>, direction: Direction) {
        let side = if direction == Direction::Response { "response" } else { "request" };
        for key in keys(old, new) {
            match (old.child(key), new.child(key)) {
                (Some(before), Some(after)) => {
                    for word in keys(&before, &after).into_iter().filter(|word| *word != "schema") {
                        let (was, is) = (plain(&before, word), plain(&after, word));
                        if was == is {
                            continue;
                        }
                        let id = match word {
                            "example" | "examples" => "example.changed",
                            "x-deviation" => "deviation.changed",
                            "x-untyped" => "untyped.changed",
                            _ => UNCLASSIFIED,
                        };
                        let (was, is) = if id == UNCLASSIFIED { named(word, was, is) } else { (was, is) };
                        let subject = subject(self.old, &before.pointer);
                        self.push(operation, place, id, subject, was, is, At::New(join(&after.pointer, word)));
                    }
                    match (before.child("schema"), after.child("schema")) {
                        (Some(before), Some(after)) => self.below(operation, place, before, after, direction),
                        (None, None) => {}
                        (before, _) => {
                            let (id, at) = if before.is_some() {
                                (format!("{side}.body.removed"), At::New(after.pointer.clone()))
                            } else {
                                (format!("{side}.body.added"), At::New(after.pointer.clone()))
                            };
                            let subject = subject(self.old, &old.pointer);
                            self.push(operation, place, &id, subject, Value::Null, json!(key), at);
                        }
                    }
                }
                (before, after) => {
                    let kind = if after.is_some() { "added" } else { "removed" };
                    let id = format!("{side}.media_type.{kind}");
                    let at = match (&after, &before) {
                        (Some(after), _) => At::New(after.pointer.clone()),
                        (_, before) => At::Old(before.as_ref().map_or("", |site| &site.pointer).to_owned()),
                    };
                    let subject = subject(self.old, &old.pointer);
                    let value = |there: bool| if there { json!(key) } else { Value::Null };
                    self.push(operation, place, &id, subject, value(before.is_some()), value(after.is_some()), at);
                }
            }
        }
    }

    fn answers(&mut self, old: &Operation<'a>, new: &Operation<'a>) {
        let none = Value::Null;
        let answers = |site: &Site<'a>| site.child("responses");
        let (before, after) = (answers(&old.site), answers(&new.site));
        let statuses: BTreeSet<&str> =
            before.iter().chain(&after).flat_map(|site| site.members()).map(|(status, _)| status).collect();
        for status in statuses {
            let was = before.as_ref().and_then(|site| site.child(status));
            let is = after.as_ref().and_then(|site| site.child(status));
            let success = status.starts_with('2') || status.starts_with('3');
            let group = if success { "status" } else { "error" };
            let subject = format!("{} response:{status}", new.name);
            match (was, is) {
                (Some(was), Some(is)) => {
                    let (was, is) = (was.follow(self.old), is.follow(self.new));
                    self.answer(&new.name, &was, &is);
                }
                (Some(was), None) => {
                    let id = format!("response.{group}.removed");
                    self.push(&new.name, "", &id, subject, json!(status), none.clone(), At::Old(was.pointer));
                }
                (None, Some(is)) => {
                    let id = format!("response.{group}.added");
                    self.push(&new.name, "", &id, subject, none.clone(), json!(status), At::New(is.pointer));
                }
                (None, None) => {}
            }
        }
    }

    fn answer(&mut self, operation: &str, old: &Site<'a>, new: &Site<'a>) {
        let subject = subject(self.old, &old.pointer);
        for key in keys(old, new).into_iter().filter(|key| *key != "content") {
            let (before, after) = (plain(old, key), plain(new, key));
            if before == after {
                continue;
            }
            let id = match key {
                "description" => "response.description.changed",
                "headers" => "response.headers.changed",
                "x-deviation" => "deviation.changed",
                "x-untyped" => "untyped.changed",
                _ => UNCLASSIFIED,
            };
            let (before, after) = if id == UNCLASSIFIED { named(key, before, after) } else { (before, after) };
            self.push(operation, "", id, subject.clone(), before, after, At::New(join(&new.pointer, key)));
        }
        match (old.child("content"), new.child("content")) {
            (Some(before), Some(after)) => self.contents(operation, "", &before, &after, Direction::Response),
            (Some(before), None) => {
                let gone = json!(media(old));
                self.push(operation, "", "response.body.removed", subject, gone, Value::Null, At::Old(before.pointer));
            }
            (None, Some(after)) => {
                let added = json!(media(new));
                self.push(operation, "", "response.body.added", subject, Value::Null, added, At::New(after.pointer));
            }
            (None, None) => {}
        }
    }

    /// What is said of the API as a whole.
    fn document(&mut self) {
        let (old, new) = (site(self.old, ""), site(self.new, ""));
        for key in keys(&old, &new) {
            // An operation's own view of `security` was compared; `openapi` is the same for both.
            if ["paths", "components", "security", "openapi"].contains(&key) {
                continue;
            }
            let (before, after) = (plain(&old, key), plain(&new, key));
            if before == after {
                continue;
            }
            let id = match key {
                "info" | "externalDocs" | "tags" => "info.changed",
                "servers" => "servers.changed",
                _ => UNCLASSIFIED,
            };
            let (before, after) = if id == UNCLASSIFIED { named(key, before, after) } else { (before, after) };
            self.push("", "", id, key.to_owned(), before, after, At::New(join("", key)));
        }
        let (old, new) = (site(self.old, "/components/securitySchemes"), site(self.new, "/components/securitySchemes"));
        for key in keys(&old, &new) {
            let (before, after) = (plain(&old, key), plain(&new, key));
            if before != after {
                let subject = format!("components.securitySchemes.{key}");
                let at = At::New(join(&new.pointer, key));
                self.push("", "", "security.scheme.changed", subject, before, after, at);
            }
        }
    }
}

/// How a parameter is written that does not say how.
fn usual_style(parameter: &Site<'_>) -> &'static str {
    if ["path", "header"].contains(&parameter.text("in")) { "simple" } else { "form" }
}

fn site<'a>(root: &'a Value, pointer: &str) -> Site<'a> {
    const NOTHING: &Value = &Value::Null;
    Site { value: root.pointer(pointer).unwrap_or(NOTHING), pointer: pointer.to_owned() }
}

/// The members of either.
fn keys<'a>(old: &Site<'a>, new: &Site<'a>) -> BTreeSet<&'a str> {
    old.members().into_iter().chain(new.members()).map(|(key, _)| key).collect()
}

/// A member as it is compared: `false` says nothing, lists of words have no order.
fn plain(site: &Site<'_>, key: &str) -> Value {
    match site.value.get(key).map(canonical) {
        None | Some(Value::Bool(false)) => Value::Null,
        Some(Value::Array(mut items)) => {
            items.sort_by_key(ToString::to_string);
            Value::Array(items)
        }
        Some(value) => value,
    }
}

/// A change without a check names what has changed.
fn named(key: &str, old: Value, new: Value) -> (Value, Value) {
    let name = |value: Value| if value.is_null() { value } else { json!({ key: value }) };
    (name(old), name(new))
}

fn media(site: &Site<'_>) -> String {
    let content = site.child("content").map(|content| content.members()).unwrap_or_default();
    content.into_iter().map(|(media, _)| media).collect::<Vec<_>>().join(", ")
}
