//! Reads operations: parameters, bodies, and responses.

use serde_json::Value;

use super::reader::{Reader, deviation, prose, rust_name, word};
use crate::description::extension;
use crate::description::markdown::escape;
use crate::description::node::{Node, OperationNode};
use crate::description::spec::{
    Answer, Body, ClientKey, KEYED_IF_TRUSTED, Money, Operation, Pagination, Parameter, Retry, RetryVariant,
};

impl<'a> Reader<'a> {
    pub(super) fn operation(&mut self, operation: &OperationNode<'a>) -> Option<Operation> {
        let OperationNode { path, method, node } = operation;
        let Some(id) = word(node, "operationId") else {
            return self.problem(&node.pointer, "an operation without `operationId`", "name it `resource.method`");
        };
        let Some(retry) = node.word(extension::RETRY).and_then(Retry::parse) else {
            let help = "use one of safe, idempotent, keyed, keyed-if-trusted, never";
            return self.problem(&node.pointer, "missing or unknown `x-retry`", help);
        };
        let (path_parameters, query) = self.parameters(operation);
        let (answer, statuses) = self.success(node)?;
        Some(Operation {
            id,
            method: method.to_uppercase(),
            path: (*path).to_owned(),
            area: self.area(path).to_owned(),
            summary: prose(node, "summary"),
            description: prose(node, "description"),
            reference: node.child("externalDocs").and_then(|docs| word(&docs, "url")).unwrap_or_default(),
            aliases: aliases(node),
            deprecated: node.flag("deprecated"),
            retry,
            variant: retry_variant(self.root(), node),
            pagination: self.pagination(node)?,
            ordered: self.ordered(node)?,
            read_back: word(node, extension::READ_BACK),
            client_key: node.value.get(extension::CLIENT_KEY).and_then(ClientKey::parse),
            money: node.word(extension::MONEY).and_then(Money::parse),
            path_parameters,
            query,
            body: self.body(node),
            answer,
            statuses,
            refusals: self.refusals(node),
            location: self.locate(node),
        })
    }

    fn pagination(&mut self, node: &Node<'a>) -> Option<Option<Pagination>> {
        let pagination = match node.word(extension::PAGINATION) {
            None => return Some(None),
            Some("offset") => Pagination::Offset,
            Some("cursor") => Pagination::Cursor,
            Some("none") => Pagination::None,
            Some(other) => {
                let message = format!("unknown `x-pagination: {other}`");
                return self.problem(&node.pointer, message, "use one of offset, cursor, none");
            }
        };
        Some(Some(pagination))
    }

    fn ordered(&mut self, node: &Node<'a>) -> Option<bool> {
        match node.word(extension::ORDER) {
            None => Some(false),
            Some("last-modified") => Some(true),
            Some(other) => {
                self.problem(&node.pointer, format!("unknown `x-order: {other}`"), "the only order is last-modified")
            }
        }
    }

    /// Reads the parameters of the path, in its order, and those of the query.
    fn parameters(&mut self, operation: &OperationNode<'a>) -> (Vec<Parameter>, Vec<Parameter>) {
        let (mut path, mut query) = (Vec::new(), Vec::new());
        for node in operation.parameters(self.root()) {
            let Some(parameter) = self.parameter(&node) else { continue };
            match node.text("in") {
                "path" => path.push(parameter),
                "query" => query.push(parameter),
                place => {
                    let message = format!("unsupported parameter in `{place}`");
                    self.problem::<()>(&node.pointer, message, "only path and query parameters are supported");
                }
            }
        }
        let position = |name: &str| operation.placeholders().position(|placeholder| placeholder == name);
        path.sort_by_key(|parameter| position(&parameter.name));
        self.placeholders(operation, &path);
        (path, query)
    }

    /// Compares the placeholders of a path with the declared parameters.
    fn placeholders(&mut self, operation: &OperationNode<'a>, declared: &[Parameter]) {
        let at = &operation.node.pointer;
        for name in operation.placeholders() {
            if !declared.iter().any(|parameter| parameter.name == name) {
                let message = format!("the path parameter `{name}` is not declared");
                self.problem::<()>(at, message, "add it to `parameters`");
            }
        }
        let unused = |parameter: &&Parameter| !operation.placeholders().any(|name| name == parameter.name);
        if let Some(unused) = declared.iter().find(unused) {
            let message = format!("the path has no placeholder `{{{}}}`", unused.name);
            self.problem::<()>(at, message, "remove the parameter, or add the placeholder to the path");
        }
    }

    fn parameter(&mut self, node: &Node<'a>) -> Option<Parameter> {
        let name = node.word("name").unwrap_or_default();
        Some(Parameter {
            name: name.to_owned(),
            rust_name: rust_name(node, name),
            description: prose(node, "description"),
            ty: self.schema_type(node)?,
            explode: node.value.get("explode").and_then(Value::as_bool).unwrap_or(true),
            required: node.flag("required"),
            deprecated: node.flag("deprecated"),
            omit: node.value.get(extension::OMIT).is_some(),
            deviation: deviation(node),
            references: word(node, extension::REFERENCES),
            min_length: node.value.pointer("/schema/minLength").and_then(Value::as_u64),
        })
    }

    fn body(&mut self, operation: &Node<'a>) -> Option<Body> {
        let body = operation.child("requestBody")?.resolved(self.root());
        let content: Vec<_> = body.members("content").collect();
        let [(media, content)] = content.as_slice() else {
            return self.problem(
                &body.at("content"),
                format!("a request body with {} media types", content.len()),
                "keep one: `application/json`, or `multipart/form-data` for uploads",
            );
        };
        let ty = self.schema_type(content)?;
        Some(Body { ty, multipart: *media == "multipart/form-data", required: body.flag("required") })
    }

    /// Reads the successful response, and the statuses that announce it.
    fn success(&mut self, operation: &Node<'a>) -> Option<(Answer, Vec<String>)> {
        let mut answer = Answer::Nothing;
        let mut statuses = Vec::new();
        for (status, response) in operation.members("responses").filter(|(status, _)| status.starts_with('2')) {
            statuses.push(status.to_owned());
            let response = response.resolved(self.root());
            for (media, content) in response.members("content") {
                if answer != Answer::Nothing {
                    return self.problem(
                        &response.pointer,
                        "two successful responses with a body",
                        "keep one and describe the other outcomes in its schema",
                    );
                }
                answer = match media {
                    "application/json" => Answer::Json(self.schema_type(&content)?),
                    _ => Answer::Bytes(media.to_owned()),
                };
            }
        }
        Some((answer, statuses))
    }

    /// Reads the error statuses that are documented one by one.
    fn refusals(&self, operation: &Node<'a>) -> Vec<(String, String)> {
        operation
            .members("responses")
            .filter(|(status, _)| status.starts_with(['4', '5']) && !status.ends_with("XX"))
            .map(|(status, response)| (status.to_owned(), escape(response.resolved(self.root()).text("description"))))
            .collect()
    }
}

/// Reads the words that people search for. The lint has checked that they are texts.
fn aliases(node: &Node<'_>) -> Vec<String> {
    let aliases = node.value.get(extension::ALIASES).and_then(Value::as_array).into_iter().flatten();
    aliases.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Reads the second retry class of an operation. The lint has checked that the property exists.
fn retry_variant(root: &Value, node: &Node<'_>) -> Option<RetryVariant> {
    if node.word(extension::RETRY) == Some(KEYED_IF_TRUSTED) {
        return Some(RetryVariant::KeyedIfTrusted);
    }
    let condition = node.child(extension::RETRY_IF)?;
    let (name, class) = condition.value.as_object()?.iter().next()?;
    let property = node.body_property(root, name)?;
    let (name, property) = (name.clone(), rust_name(&property, name));
    Some(RetryVariant::IfSet { name, property, retry: Retry::parse(class.as_str()?)? })
}
