//! Rules for operations.

use serde_json::Value;

use crate::description::extension;
use crate::description::names;
use crate::description::node::{Node, OperationNode};
use crate::description::rule::Rule;
use crate::description::spec::{KEYED_IF_TRUSTED, Money, Retry};
use crate::rules::operation_ids::OperationIds;
use crate::rules::report::Report;
use crate::rules::{aliases, client_key, parameter, prose};

/// The media types that a request body may have.
const REQUEST_MEDIA: [&str; 2] = ["application/json", "multipart/form-data"];

/// Checks an operation and its parameters.
pub(super) fn check(report: &mut Report<'_>, root: &Value, ids: &OperationIds<'_>, operation: &OperationNode<'_>) {
    let OperationNode { method, node, .. } = operation;
    description(report, method, node);
    operation_id(report, node);
    reference(report, root, node);
    retry(report, method, node);
    retry_if(report, root, node);
    read_back(report, ids, node);
    aliases::check(report, node);
    client_key::check(report, root, ids, operation);
    money(report, node);
    request_body(report, node);
    responses(report, node);
    parameter::check_all(report, root, ids, operation);
}

fn description(report: &mut Report<'_>, method: &str, node: &Node<'_>) {
    for key in ["operationId", "summary", "description"] {
        if node.text(key).is_empty() {
            let message = format!("an operation without `{key}`");
            report.add(Rule::OperationDescribed, &node.pointer, message, "write one in our own words");
        }
    }
    let boilerplate = ["summary", "description"].into_iter().find_map(|key| prose::boilerplate(node.text(key)));
    if let Some(phrase) = boilerplate {
        let help = "describe the operation in our own words";
        report.add(Rule::Boilerplate, &node.pointer, format!("`{phrase}` says nothing"), help);
    }
    if prose::lacks_effect(method, node.value) {
        let help =
            "name what else changes, such as entries, balances, or other records; or state that nothing else changes";
        report.add(Rule::SideEffects, &node.pointer, "an operation with undescribed side effects", help);
    }
}

fn reference(report: &mut Report<'_>, root: &Value, node: &Node<'_>) {
    let url = |value: &Value| value.pointer("/externalDocs/url").and_then(Value::as_str).map(str::to_owned);
    let Some(page) = url(node.value) else { return };
    let front = url(root).unwrap_or_default();
    if page.trim_end_matches('/') == front.trim_end_matches('/') {
        let message = "the link leads to the front page of the reference";
        let help = "link the page of the operation, or nothing if it is not known";
        report.add(Rule::ReferenceLink, node.at("externalDocs"), message, help);
    }
}

fn operation_id(report: &mut Report<'_>, node: &Node<'_>) {
    let id = node.text("operationId");
    let is_snake = |step: &str| {
        step.starts_with(|first: char| first.is_ascii_lowercase())
            && step.chars().all(|character| matches!(character, 'a'..='z' | '0'..='9' | '_'))
    };
    let is_valid = id.contains('.') && id.split('.').all(is_snake);
    if !is_valid && !id.is_empty() {
        let message = format!("`{id}` is not a valid operationId");
        let help = "write the resource path and the method in snake case, such as `contracts.usage.create`";
        report.add(Rule::OperationId, node.at("operationId"), message, help);
    }
    // A resource becomes a module, and a method may be a raw identifier.
    let (resources, method) = id.rsplit_once('.').unwrap_or(("", id));
    let keyword = resources.split('.').find(|step| !step.is_empty() && names::is_keyword(step));
    let keyword = keyword.or(["crate", "self", "super"].into_iter().find(|word| *word == method));
    if let Some(keyword) = keyword {
        let message = format!("`{keyword}` in `{id}` is a keyword of Rust");
        report.add(Rule::OperationId, node.at("operationId"), message, "choose another name");
    }
    if let Some((resource, _)) = id.split_once('.').filter(|(first, _)| names::RESERVED_RESOURCES.contains(first)) {
        let message = format!("the client has a method `{resource}`");
        report.add(Rule::OperationId, node.at("operationId"), message, "choose another name");
    }
    // Handles and request builders are types.
    let hidden = id.split('.').map(names::pascal).find(|name| names::PRELUDE.contains(&name.as_str()));
    if let Some(hidden) = hidden {
        let message = format!("a type of `{id}` would hide Rust's `{hidden}`");
        report.add(Rule::OperationId, node.at("operationId"), message, "choose another name");
    }
}

fn retry(report: &mut Report<'_>, method: &str, node: &Node<'_>) {
    let word = node.text(extension::RETRY);
    match (method, Retry::parse(word)) {
        ("get", Some(Retry::Safe)) | ("post", Some(_)) => {}
        ("put" | "patch" | "delete", Some(Retry::Idempotent | Retry::Never)) if word != KEYED_IF_TRUSTED => {}
        _ if node.value.get(extension::RETRY).is_none() => {
            let help = "add `x-retry: safe`, `idempotent`, `keyed`, `keyed-if-trusted` or `never`, see \"Retry classes\" in \
                 openapi/README.md";
            report.add(Rule::RetryClass, &node.pointer, "the operation has no `x-retry`", help);
        }
        ("get", _) => {
            let message = "a GET operation without `x-retry: safe`";
            report.add(Rule::RetryClass, node.at(extension::RETRY), message, "write `x-retry: safe`");
        }
        _ => {
            let message = format!("`x-retry: {word}` on a {} operation", method.to_uppercase());
            let help = "use idempotent or never for PUT, PATCH, and DELETE; never, keyed, keyed-if-trusted, idempotent, \
                        or safe for POST";
            report.add(Rule::RetryClass, node.at(extension::RETRY), message, help);
        }
    }
}

/// Checks the class that applies if a flag of the body is set.
fn retry_if(report: &mut Report<'_>, root: &Value, node: &Node<'_>) {
    let Some(condition) = node.child(extension::RETRY_IF) else { return };
    let members: Vec<(&String, &Value)> = condition.value.as_object().into_iter().flatten().collect();
    let (message, help) = match members[..] {
        _ if node.text(extension::RETRY) == KEYED_IF_TRUSTED => {
            ("`x-retry-if` beside `x-retry: keyed-if-trusted`".to_owned(), "state one of them")
        }
        [(name, class)] => match node.body_property(root, name) {
            _ if class.as_str().and_then(Retry::parse).is_none() || class == KEYED_IF_TRUSTED => {
                (format!("unknown retry class `{class}`"), "use one of safe, idempotent, keyed, never")
            }
            Some(flag) if is_flag(&flag) => return,
            Some(_) => (format!("`{name}` is not a flag"), "use a `type: boolean` that is not nullable"),
            None => (format!("the body has no property `{name}`"), "use a property of the JSON body"),
        },
        _ => ("`x-retry-if` with more or less than one property".to_owned(), "write `{property: class}`"),
    };
    report.add(Rule::RetryClass, &condition.pointer, message, help);
}

fn is_flag(property: &Node<'_>) -> bool {
    property.word("type") == Some("boolean") && !property.flag("nullable") && !property.flag("readOnly")
}

fn read_back(report: &mut Report<'_>, ids: &OperationIds<'_>, node: &Node<'_>) {
    let condition = node.value.get(extension::RETRY_IF).and_then(Value::as_object).into_iter().flatten();
    let words = condition.filter_map(|(_, class)| class.as_str()).chain([node.text(extension::RETRY)]);
    let must_not_repeat = words.filter_map(Retry::parse).any(Retry::runs_once);
    match node.word(extension::READ_BACK) {
        Some(id) if !ids.contains(id) => {
            let message = format!("there is no operation `{id}`");
            report.add(Rule::ReadBack, node.at(extension::READ_BACK), message, "use an existing operationId");
        }
        None if must_not_repeat => {
            let message = "an operation that must not run twice has no `x-read-back`";
            let help = "add `x-read-back: <operationId>`, naming the operation that shows whether it took effect";
            report.add(Rule::ReadBack, node.at(extension::RETRY), message, help);
        }
        _ => {}
    }
}

fn money(report: &mut Report<'_>, node: &Node<'_>) {
    let Some(value) = node.value.get(extension::MONEY) else { return };
    let at = node.at(extension::MONEY);
    if value.as_str().and_then(Money::parse).is_none() {
        report.add(Rule::Money, at, format!("unknown `x-money: {value}`"), "use one of moves, records");
    } else if Retry::parse(node.text(extension::RETRY)) == Some(Retry::Safe) {
        let message = "an operation that changes nothing cannot move money";
        report.add(Rule::Money, at, message, "remove `x-money`, or correct `x-retry`");
    }
}

fn request_body(report: &mut Report<'_>, node: &Node<'_>) {
    let Some(body) = node.child("requestBody") else { return };
    if body.value.get("content").is_none() {
        return;
    }
    let media: Vec<&str> = body.members("content").map(|(media, _)| media).collect();
    let message = match media[..] {
        [only] if REQUEST_MEDIA.contains(&only) => return,
        [only] => format!("a request body of type `{only}`"),
        _ => format!("a request body with {} media types", media.len()),
    };
    let help = "use `application/json`, or `multipart/form-data` for an upload";
    report.add(Rule::OneMediaType, body.at("content"), message, help);
}

fn responses(report: &mut Report<'_>, node: &Node<'_>) {
    let at = node.at("responses");
    let statuses: Vec<&str> = node.members("responses").map(|(status, _)| status).collect();
    if statuses.contains(&"default") {
        let help = "write the success status, and `4XX` and `5XX` for errors";
        report.add(Rule::Responses, format!("{at}/default"), "a `default` response", help);
    }
    for status in ["4XX", "5XX"] {
        if !statuses.contains(&status) {
            let help = "refer to `#/components/responses/ClientError` and `ServerError`";
            report.add(Rule::Responses, &at, format!("no `{status}` response"), help);
        }
    }
    let successes = || node.members("responses").filter(|(status, _)| status.starts_with('2'));
    if successes().next().is_none() {
        report.add(Rule::Responses, &at, "no success response", "add the documented one");
    }
    let bodies: usize = successes().map(|(_, response)| response.members("content").count()).sum();
    if bodies > 1 {
        let help = "keep one and describe the other outcomes in its schema";
        report.add(Rule::OneAnswer, &at, "two success responses or media types", help);
    }
}
