//! The rules of `openapi/README.md`: what the description must not say, because it cannot be meant or would be
//! generated wrong. Each complaint has file, line and mend.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::description::load::{Description, METHODS};
use crate::description::names;
use crate::description::spec::{flag, members};
use crate::description::yaml::{Problem, Problems, push_pointer};
use crate::rules::effects;
use crate::rules::prose;

/// Every extension, and where it may stand is said in `openapi/README.md`.
const EXTENSIONS: [&str; 20] = [
    "x-approval",
    "x-blank",
    "x-collects",
    "x-derived",
    "x-deviation",
    "x-document",
    "x-effect",
    "x-enum-descriptions",
    "x-identity",
    "x-omit",
    "x-order",
    "x-page-of",
    "x-pagination",
    "x-read-back",
    "x-references",
    "x-retry",
    "x-rust-name",
    "x-scalar",
    "x-sum",
    "x-untyped",
];

/// The handwritten types that `x-scalar` may name.
const SCALARS: [&str; 5] = ["api-error", "date-or-timestamp", "decimal", "json", "timestamp"];

/// Members that the generator adds to every object.
const RESERVED_FIELDS: [&str; 2] = ["additional", "extra"];

/// What every request builder has.
const RESERVED_SETTERS: [&str; 22] = [
    "all",
    "all_up_to",
    "call",
    "concurrency",
    "count",
    "header",
    "idempotency_key",
    "max_items",
    "new",
    "on_bad_record",
    "on_progress",
    "page_size",
    "pages",
    "resume",
    "retry",
    "rows",
    "send",
    "send_raw",
    "stream",
    "sync",
    "timeout",
    "wait",
];

/// Checks a description.
///
/// # Errors
/// All complaints at once.
pub fn check(description: &Description) -> Result<(), Problems> {
    let mut lint = Lint { description, problems: Vec::new(), operation_ids: BTreeMap::new() };
    lint.collect_operation_ids();
    lint.walk(&description.root, &mut String::new());
    lint.operations();
    lint.schemas();
    let mut problems = lint.problems;
    problems.sort_by(|a, b| a.location.cmp(&b.location));
    problems.dedup();
    if problems.is_empty() { Ok(()) } else { Err(Problems(problems)) }
}

struct Lint<'a> {
    description: &'a Description,
    problems: Vec<Problem>,
    operation_ids: BTreeMap<&'a str, String>,
}

impl<'a> Lint<'a> {
    fn report(&mut self, rule: &'static str, pointer: &str, message: impl Into<String>, help: impl Into<String>) {
        self.problems.push(Problem {
            rule,
            location: self.description.locate(pointer),
            message: message.into(),
            help: help.into(),
        });
    }

    fn each_operation(&self) -> Vec<(String, &'static str, &'a str, &'a Value)> {
        let mut operations = Vec::new();
        for (path, item) in members(self.description.root.get("paths")) {
            for method in METHODS {
                if let Some(operation) = item.get(method) {
                    let mut pointer = "/paths".to_owned();
                    push_pointer(&mut pointer, path);
                    push_pointer(&mut pointer, method);
                    operations.push((pointer, method, path, operation));
                }
            }
        }
        operations
    }

    fn collect_operation_ids(&mut self) {
        for (pointer, _, _, operation) in self.each_operation() {
            let Some(id) = operation.get("operationId").and_then(Value::as_str) else { continue };
            let at = format!("{pointer}/operationId");
            if let Some(first) = self.operation_ids.get(id) {
                let first = self.description.locate(first);
                self.report(
                    "operation-id-unique",
                    &at,
                    format!("the operationId `{id}` is used twice (first in {first})"),
                    "give it another method name",
                );
            } else {
                self.operation_ids.insert(id, at);
            }
        }
    }

    /// Rules for any node.
    fn walk(&mut self, value: &'a Value, pointer: &mut String) {
        match value {
            Value::Object(node) => {
                let named_enum = pointer.starts_with("/components/schemas/") && pointer.matches('/').count() == 3;
                // Below these, keys are data.
                let data = ["/properties", "/x-enum-descriptions", "/paths", "/schemas"]
                    .iter()
                    .any(|end| pointer.ends_with(end));
                if !data {
                    if node.get("type").and_then(Value::as_str) == Some("number") && !node.contains_key("x-scalar") {
                        self.report(
                            "decimal",
                            pointer,
                            "a decimal typed `number`",
                            "write `allOf: [{$ref: '#/components/schemas/Decimal'}]`: a binary float holds no cents",
                        );
                    }
                    if node.contains_key("enum") && !named_enum {
                        self.report(
                            "enum-named",
                            &format!("{pointer}/enum"),
                            "an enum without a name",
                            "move it to `components.schemas` under a name that says what it means, and refer to it",
                        );
                    }
                    if node.contains_key("properties") && !named_enum && !pointer.contains("/properties/properties") {
                        self.report(
                            "object-named",
                            &format!("{pointer}/properties"),
                            "an object without a name",
                            "move it to `components.schemas` and refer to it",
                        );
                    }
                    for key in ["oneOf", "anyOf", "not", "discriminator"] {
                        if node.contains_key(key) {
                            self.report(
                                "no-union",
                                &format!("{pointer}/{key}"),
                                format!("`{key}` cannot be generated without losing data"),
                                "describe one schema, or open JSON (`Json`) with `x-untyped`",
                            );
                        }
                    }
                    if let Some(deviation) = node.get("x-deviation") {
                        let complete = ["documented", "observed", "evidence"].iter().all(|key| {
                            deviation
                                .get(key)
                                .is_some_and(|text| !text.as_str().is_some_and(|text| text.trim().is_empty()))
                        });
                        if !complete {
                            self.report(
                                "deviation-complete",
                                &format!("{pointer}/x-deviation"),
                                "an incomplete `x-deviation`",
                                "say `documented`, `observed` and `evidence`",
                            );
                        }
                    }
                }
                for (key, member) in node {
                    let parent = pointer.len();
                    push_pointer(pointer, key);
                    if !data && key.starts_with("x-") && !EXTENSIONS.contains(&key.as_str()) {
                        self.report(
                            "extension-known",
                            pointer,
                            format!("unknown extension `{key}`"),
                            format!("the extensions are {} (see openapi/README.md)", EXTENSIONS.join(", ")),
                        );
                    } else if !(key == "x-deviation" || key == "x-enum-descriptions") {
                        self.walk(member, pointer);
                    }
                    pointer.truncate(parent);
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    let parent = pointer.len();
                    push_pointer(pointer, &index.to_string());
                    self.walk(item, pointer);
                    pointer.truncate(parent);
                }
            }
            _ => {}
        }
    }

    fn operations(&mut self) {
        for (pointer, method, _, operation) in self.each_operation() {
            let text = |key: &str| operation.get(key).and_then(Value::as_str).unwrap_or_default().trim();
            for key in ["operationId", "summary", "description"] {
                if text(key).is_empty() {
                    self.report(
                        "operation-described",
                        &pointer,
                        format!("an operation without `{key}`"),
                        "write one in our own words",
                    );
                }
            }
            if let Some(phrase) =
                prose::boilerplate(text("summary")).or_else(|| prose::boilerplate(text("description")))
            {
                self.report(
                    "boilerplate",
                    &pointer,
                    format!("`{phrase}` says nothing"),
                    "say what the operation does, in our own words",
                );
            }
            if prose::lacks_effect(method, operation) {
                self.report(
                    "side-effects",
                    &pointer,
                    "an operation that changes something and does not say what",
                    "name what else changes: entries, balances, other records; or that nothing does",
                );
            }
            if operation.pointer("/externalDocs/url").is_none() {
                self.report(
                    "reference-link",
                    &pointer,
                    "an operation without a link to its reference",
                    "add `externalDocs: {url: …}`",
                );
            }
            self.operation_id(&pointer, text("operationId"));
            self.retry(&pointer, method, operation);
            self.bodies(&pointer, operation);
            self.parameters(&pointer, operation);
            let complaints = effects::operation(operation, |resource| self.knows(resource));
            self.complain(&pointer, complaints);
        }
    }

    /// Whether some operation belongs to a resource.
    fn knows(&self, resource: &str) -> bool {
        self.operation_ids.keys().any(|id| id.rsplit_once('.').is_some_and(|(known, _)| known == resource))
    }

    fn complain(&mut self, pointer: &str, complaints: Vec<effects::Complaint>) {
        for (below, problem, mend) in complaints {
            self.report("effect", &format!("{pointer}{below}"), problem, mend);
        }
    }

    fn operation_id(&mut self, pointer: &str, id: &str) {
        let steps: Vec<&str> = id.split('.').collect();
        let plain = |step: &&str| {
            step.starts_with(|first: char| first.is_ascii_lowercase())
                && step
                    .chars()
                    .all(|character| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '_')
        };
        if !id.is_empty() && (steps.len() < 2 || !steps.iter().all(plain)) {
            self.report(
                "operation-id",
                &format!("{pointer}/operationId"),
                format!("`{id}` is no operationId of ours"),
                "write the resource path and the method in snake case: `contracts.usage.create`",
            );
        }
    }

    fn retry(&mut self, pointer: &str, method: &str, operation: &Value) {
        let at = format!("{pointer}/x-retry");
        let retry = operation.get("x-retry").and_then(Value::as_str).unwrap_or_default();
        match (method, retry) {
            ("get", "safe") | ("post", "safe" | "idempotent" | "keyed" | "never") => {}
            ("put" | "patch" | "delete", "idempotent" | "never") => {}
            ("get", _) => self.report("retry-class", &at, "a GET that is not `x-retry: safe`", "write `x-retry: safe`"),
            _ => self.report(
                "retry-class",
                &at,
                format!("`x-retry: {retry}` on a {}", method.to_uppercase()),
                "PUT, PATCH and DELETE by id are idempotent; POST is never, keyed, idempotent or safe",
            ),
        }
        match operation.get("x-read-back").and_then(Value::as_str) {
            Some(id) if !self.operation_ids.contains_key(id) => {
                self.report(
                    "read-back",
                    &format!("{pointer}/x-read-back"),
                    format!("there is no operation `{id}`"),
                    "name an operationId",
                );
            }
            None if retry == "never" || retry == "keyed" => self.report(
                "read-back",
                &at,
                "an operation that must not be done twice does not say how to find out whether it happened",
                "add `x-read-back: <operationId>`",
            ),
            _ => {}
        }
    }

    fn bodies(&mut self, pointer: &str, operation: &'a Value) {
        if let Some(content) = operation.pointer("/requestBody/content") {
            let media: Vec<&str> = members(Some(content)).map(|(media, _)| media).collect();
            if media.len() != 1 {
                self.report(
                    "one-media-type",
                    &format!("{pointer}/requestBody/content"),
                    format!("{} media types for one body", media.len()),
                    "keep `application/json`, or `multipart/form-data` for an upload",
                );
            } else if !["application/json", "multipart/form-data"].contains(&media[0]) {
                self.report(
                    "one-media-type",
                    &format!("{pointer}/requestBody/content"),
                    format!("a body of type `{}`", media[0]),
                    "use `application/json`, or `multipart/form-data` for an upload",
                );
            }
        }
        let responses: Vec<(&str, &Value)> = members(operation.get("responses")).collect();
        for (status, _) in &responses {
            if *status == "default" {
                self.report(
                    "responses",
                    &format!("{pointer}/responses/default"),
                    "a `default` response",
                    "write the success status, and `4XX` and `5XX` for errors",
                );
            }
        }
        for status in ["4XX", "5XX"] {
            if !responses.iter().any(|(known, _)| known == &status) {
                self.report(
                    "responses",
                    &format!("{pointer}/responses"),
                    format!("no `{status}` response"),
                    "refer to `#/components/responses/ClientError` and `ServerError`",
                );
            }
        }
        if !responses.iter().any(|(status, _)| status.starts_with('2')) {
            self.report("responses", &format!("{pointer}/responses"), "no success response", "add the documented one");
        }
        let contents = |response: &'a Value| members(response.get("content")).count();
        let bodies: usize = responses
            .iter()
            .filter(|(status, _)| status.starts_with('2'))
            .map(|(_, response)| contents(response))
            .sum();
        if bodies > 1 {
            self.report(
                "one-answer",
                &format!("{pointer}/responses"),
                "two success answers, or two media types of one",
                "keep one; describe other outcomes in its schema",
            );
        }
    }

    fn parameters(&mut self, pointer: &str, operation: &'a Value) {
        let root = &self.description.root;
        let mut seen: BTreeMap<String, String> = BTreeMap::new();
        let parameters = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
        for (index, parameter) in parameters.enumerate() {
            let at = format!("{pointer}/parameters/{index}");
            let target = parameter.get("$ref").and_then(Value::as_str);
            let parameter = target.and_then(|target| root.pointer(target.trim_start_matches('#'))).unwrap_or(parameter);
            let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default();
            if parameter.get("description").and_then(Value::as_str).is_none_or(|text| text.trim().is_empty()) {
                self.report(
                    "parameter-described",
                    &at,
                    format!("the parameter `{name}` has no description"),
                    "say what it does, in our own words",
                );
            }
            let in_path = parameter.get("in").and_then(Value::as_str) == Some("path");
            if in_path && !flag(parameter, "required") {
                self.report(
                    "path-parameter",
                    &at,
                    format!("the path parameter `{name}` is not `required: true`"),
                    "add it",
                );
            }
            if parameter.get("x-omit").is_some() {
                continue;
            }
            let rust = self.rust_name(&at, parameter, name);
            if !in_path && RESERVED_SETTERS.contains(&rust.as_str()) {
                self.report("rust-name", &at, format!("`{rust}` is a method of every request"), "add an `x-rust-name`");
            }
            // Progenitor makes identifiers of the wire's names: they must differ there, too.
            for key in BTreeSet::from([rust.clone(), names::snake(name)]) {
                if let Some(other) = seen.insert(key.clone(), name.to_owned()) {
                    self.report(
                        "rust-name",
                        &at,
                        format!("`{name}` and `{other}` are both `{key}` in Rust"),
                        "rename one by `x-rust-name`, omit one by `x-omit`",
                    );
                }
            }
        }
    }

    fn rust_name(&mut self, pointer: &str, value: &Value, name: &str) -> String {
        let rust = match value.get("x-rust-name").and_then(Value::as_str) {
            Some(rust) => rust.to_owned(),
            None => names::snake(name),
        };
        if names::is_keyword(&rust) {
            self.report(
                "rust-name",
                pointer,
                format!("`{rust}` cannot be a Rust identifier"),
                "give it an `x-rust-name`",
            );
        }
        rust
    }

    fn schemas(&mut self) {
        let root = &self.description.root;
        for (name, schema) in members(root.pointer("/components/schemas")) {
            let mut pointer = "/components/schemas".to_owned();
            push_pointer(&mut pointer, name);
            if !name.starts_with(|first: char| first.is_ascii_uppercase())
                || !name.chars().all(|c| c.is_ascii_alphanumeric())
            {
                self.report("type-name", &pointer, format!("`{name}` is no type name"), "use PascalCase");
            }
            if schema.get("description").and_then(Value::as_str).is_none_or(|text| text.trim().is_empty()) {
                self.report(
                    "schema-described",
                    &pointer,
                    format!("the schema `{name}` has no description"),
                    "say what it is, in our own words",
                );
            }
            if let Some(scalar) = schema.get("x-scalar").and_then(Value::as_str)
                && !SCALARS.contains(&scalar)
            {
                self.report(
                    "scalar-known",
                    &format!("{pointer}/x-scalar"),
                    format!("there is no handwritten `{scalar}`"),
                    format!("one of {}", SCALARS.join(", ")),
                );
            }
            if let Some(rows) = schema.get("x-page-of").and_then(Value::as_str)
                && root.pointer(&format!("/components/schemas/{rows}")).is_none()
            {
                self.report(
                    "page-of",
                    &format!("{pointer}/x-page-of"),
                    format!("there is no schema `{rows}`"),
                    "name the schema of the rows",
                );
            }
            self.enum_values(&pointer, schema);
            self.object(&pointer, schema);
        }
    }

    fn enum_values(&mut self, pointer: &str, schema: &'a Value) {
        let Some(values) = schema.get("enum").and_then(Value::as_array) else { return };
        let mut seen = BTreeMap::new();
        for value in values {
            let Some(text) = value.as_str().filter(|text| !text.is_empty()) else {
                self.report(
                    "enum-values",
                    &format!("{pointer}/enum"),
                    format!("the enum value {value}"),
                    "only texts; an allowed `\"\"` is `x-blank` on the property",
                );
                continue;
            };
            if let Some(other) = seen.insert(names::variant(text), text) {
                self.report(
                    "enum-values",
                    &format!("{pointer}/enum"),
                    format!("`{text}` and `{other}` become one variant"),
                    "remove one",
                );
            }
        }
        for (value, _) in members(schema.get("x-enum-descriptions")) {
            if !seen.values().any(|known| *known == value) {
                self.report(
                    "enum-values",
                    &format!("{pointer}/x-enum-descriptions"),
                    format!("`{value}` is no value of the enum"),
                    "correct or remove it",
                );
            }
        }
    }

    fn object(&mut self, pointer: &str, schema: &'a Value) {
        let properties: BTreeMap<&str, &Value> = members(schema.get("properties")).collect();
        for list in ["required", "x-identity"] {
            for name in schema.get(list).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
                if !properties.contains_key(name) {
                    self.report(
                        "property-known",
                        &format!("{pointer}/{list}"),
                        format!("`{name}` is no property"),
                        "correct or remove it",
                    );
                }
            }
        }
        self.complain(pointer, effects::schema(schema));
        let mut seen: BTreeMap<String, &str> = BTreeMap::new();
        let page = schema.get("x-page-of").is_some();
        for (name, property) in &properties {
            let mut at = format!("{pointer}/properties");
            push_pointer(&mut at, name);
            if property.get("description").and_then(Value::as_str).is_none_or(|text| text.trim().is_empty()) && !page {
                self.report(
                    "property-described",
                    &at,
                    format!("the property `{name}` has no description"),
                    "say what it means, in our own words",
                );
            }
            if prose::lacks_currency(property, schema) {
                self.report(
                    "currency-named",
                    &at,
                    format!("the amount `{name}` does not say its currency"),
                    "name it, or say what else the number counts",
                );
            }
            if property.get("$ref").is_some() {
                self.report(
                    "ref-described",
                    &at,
                    "a `$ref` with nothing beside it",
                    "wrap it: `allOf: [{$ref: …}]`, and describe the property",
                );
            }
            let rust = self.rust_name(&at, property, name);
            if RESERVED_FIELDS.contains(&rust.as_str()) {
                self.report(
                    "rust-name",
                    &at,
                    format!("`{rust}` is a field of every object"),
                    "give it an `x-rust-name`",
                );
            }
            if let Some(other) = seen.insert(rust.clone(), name) {
                self.report(
                    "rust-name",
                    &at,
                    format!("`{name}` and `{other}` are both `{rust}` in Rust"),
                    "give one an `x-rust-name`",
                );
            }
            let complaints = effects::property(property, |resource| self.knows(resource));
            self.complain(&at, complaints);
            if let Some(derived) = property.get("x-derived").and_then(Value::as_str) {
                let sibling = derived.split('.').next().unwrap_or_default();
                let references = properties.get(sibling).is_some_and(|sibling| sibling.get("x-references").is_some());
                if !references {
                    self.report(
                        "derived",
                        &format!("{at}/x-derived"),
                        format!("`{sibling}` is no sibling with `x-references`"),
                        "write `sibling.property`, and say on the sibling which resource it references",
                    );
                }
            }
        }
    }
}
