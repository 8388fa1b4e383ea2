//! The resource handles and request builders: what a user calls.
//!
//! The generated code holds no policy. A builder collects parameters and knows which of progenitor's methods to call;
//! sending, retrying, decoding and paging are handwritten (`src/call.rs` and what it uses), and reached through the
//! macros `crate::request!` and `crate::list!`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::description::names;
use crate::description::spec::{Answer, Api, Body, Operation, Pagination, Parameter, Retry, SchemaKind, Type};
use crate::emit::docs;
use crate::emit::forms::{Form, Forms};
use crate::emit::lower::{is_lowered, method_name};
use crate::emit::resources::{Resource, tree};

/// Rust source of the resource modules.
///
/// `signatures` are the argument names of progenitor's methods, by method name.
///
/// # Errors
/// A sentence for what progenitor made otherwise than expected.
pub fn generate(
    selected: &Api,
    forms: &Forms<'_>,
    signatures: &BTreeMap<String, Vec<String>>,
) -> Result<String, String> {
    let facade = Facade { api: selected, forms, signatures };
    let tree = tree(selected);
    let mut source = String::new();
    for (name, resource) in &tree {
        facade.module(&mut source, name, resource)?;
    }
    source.push_str("impl crate::Client {\n");
    for (name, resource) in &tree {
        accessor(&mut source, name, resource, "self.clone()", "crate::api::");
    }
    source.push_str("}\n");
    Ok(source)
}

struct Facade<'a> {
    api: &'a Api,
    forms: &'a Forms<'a>,
    signatures: &'a BTreeMap<String, Vec<String>>,
}

/// A value that a builder takes with `new`: name, Rust type, and how it becomes the stored one.
struct Argument {
    name: String,
    takes: String,
    /// The type of the builder's field. The body has none: the call keeps its bytes.
    stored: Option<String>,
    convert: String,
    doc: String,
    /// A text in the path, which is checked before it is stored.
    is_text_id: bool,
}

impl Facade<'_> {
    fn module(&self, source: &mut String, name: &str, resource: &Resource<'_>) -> Result<(), String> {
        let handle = names::pascal(name);
        let title = resource.path.replace('.', ", ").replace('_', " ");
        docs::write(source, 0, &format!("Requests of [`{handle}`]({name}::{handle}): {title}."));
        let _ = writeln!(source, "pub mod {name} {{");
        let _ = writeln!(source, "#[allow(unused_imports)]\nuse crate::types;\n");
        let mut text = format!("The {title} of the tenant.\n\n| method | request | |\n| --- | --- | --- |\n");
        for (method, operation) in &resource.operations {
            let _ = writeln!(
                text,
                "| [`{method}`](Self::{method}) | `{} {}` | {} |",
                operation.method, operation.path, operation.summary
            );
        }
        docs::write(source, 0, &text);
        let _ = writeln!(source, "#[derive(Clone, Debug)]\npub struct {handle} {{\n    client: crate::Client,");
        for binding in &resource.bound {
            let _ = writeln!(source, "    {}: {},", binding.name, id_type(binding.integer));
        }
        let _ = writeln!(source, "}}\n\nimpl {handle} {{");
        let bound: Vec<String> =
            resource.bound.iter().map(|binding| format!(", {}: {}", binding.name, id_type(binding.integer))).collect();
        let names: Vec<&str> = resource.bound.iter().map(|binding| binding.name.as_str()).collect();
        let _ = writeln!(
            source,
            "    pub(crate) fn new(client: crate::Client{}) -> Self {{\n        Self {{ client, {} }}\n    }}\n",
            bound.concat(),
            names.join(", ")
        );
        let mut builders = String::new();
        for (method, operation) in &resource.operations {
            self.method(source, &mut builders, method, operation, resource)?;
        }
        for (child, below) in &resource.children {
            accessor(source, child, below, "self.client.clone()", "");
        }
        self.fan_outs(source, resource);
        source.push_str("}\n\n");
        source.push_str(&builders);
        for (child, below) in &resource.children {
            self.module(source, child, below)?;
        }
        source.push_str("}\n\n");
        Ok(())
    }

    fn method(
        &self,
        source: &mut String,
        builders: &mut String,
        method: &str,
        operation: &Operation,
        resource: &Resource<'_>,
    ) -> Result<(), String> {
        let builder = names::pascal(method);
        let arguments = self.arguments(operation, resource);
        let mut text = format!("{}.\n\n{}", operation.summary.trim_end_matches('.'), operation.description);
        let _ = write!(text, "\n\n`{} {}`", operation.method, operation.path);
        if !arguments.is_empty() {
            text.push_str("\n\n# Parameters\n");
            for argument in &arguments {
                let _ = write!(
                    text,
                    "\n- `{}`: {}",
                    argument.name,
                    argument.doc.trim().replace("\n\n", "\n").replace('\n', "\n  ")
                );
            }
        }
        if operation.query.iter().any(|parameter| !parameter.required && !parameter.omit) {
            let _ = write!(text, "\n\nOptional parameters are set on [`{builder}`].");
        }
        let _ = write!(text, "\n\n# Errors\n{}", errors(operation));
        let _ = write!(text, "\n\n[Reference]({})", operation.reference);
        docs::write(source, 4, &text);
        if operation.deprecated {
            let _ = writeln!(source, "    #[deprecated]");
        }
        let takes: Vec<String> =
            arguments.iter().map(|argument| format!(", {}: {}", argument.name, argument.takes)).collect();
        let _ = writeln!(source, "    pub fn {}(&self{}) -> {builder} {{", method_ident(method), takes.concat());
        for argument in arguments.iter().filter(|argument| argument.is_text_id) {
            let _ = writeln!(source, "        let {0}: String = {0}.into();", argument.name);
        }
        let mut check = String::new();
        for (position, parameter) in
            operation.path_parameters.iter().enumerate().filter(|(_, path)| path.ty != Type::Integer)
        {
            match resource.bound.get(position) {
                Some(binding) => drop(write!(check, ".segment({:?}, &self.{})", parameter.name, binding.name)),
                None => drop(write!(check, ".segment({:?}, &{})", parameter.name, parameter.rust_name)),
            }
        }
        if arguments.iter().any(|argument| argument.stored.is_none()) {
            check.push_str(".body(body)");
        }
        let list = if self.is_list(operation) { "\n            list: Default::default()," } else { "" };
        let _ = writeln!(
            source,
            "        {builder} {{\n            call: crate::call::Call::new(self.client.clone(), &{constant}){check},{list}",
            constant = constant(method)
        );
        for binding in &resource.bound {
            let clone = if binding.integer { "" } else { ".clone()" };
            let _ = writeln!(source, "            {}: self.{}{clone},", binding.name, binding.name);
        }
        for argument in arguments.iter().filter(|argument| argument.stored.is_some()) {
            let _ = writeln!(source, "            {}: {},", argument.name, argument.convert);
        }
        for parameter in optional(operation) {
            let _ = writeln!(source, "            query_{}: None,", parameter.rust_name);
        }
        for (name, _, required) in self.parts(operation) {
            if !required {
                let _ = writeln!(source, "            {name}: None,");
            }
        }
        let _ = writeln!(source, "        }}\n    }}\n");
        self.builder(builders, &builder, method, operation, resource, &arguments)
    }

    /// What the method takes: ids that the handle does not bind, required query parameters, the body.
    fn arguments(&self, operation: &Operation, resource: &Resource<'_>) -> Vec<Argument> {
        let mut arguments = Vec::new();
        for parameter in operation.path_parameters.iter().skip(resource.bound.len()) {
            let integer = parameter.ty == Type::Integer;
            arguments.push(Argument {
                name: parameter.rust_name.clone(),
                takes: if integer { "i64" } else { "impl Into<String>" }.to_owned(),
                stored: Some(id_type(integer).to_owned()),
                convert: parameter.rust_name.clone(),
                doc: parameter.description.clone(),
                is_text_id: !integer,
            });
        }
        for parameter in operation.query.iter().filter(|parameter| parameter.required && !parameter.omit) {
            let (takes, text) = self.setter(parameter);
            arguments.push(Argument {
                name: parameter.rust_name.clone(),
                takes,
                stored: Some(query_type(parameter).to_owned()),
                convert: text,
                doc: parameter.description.clone(),
                is_text_id: false,
            });
        }
        match &operation.body {
            Some(Body { multipart: true, .. }) => {
                for (name, ty, required) in self.parts(operation) {
                    if required {
                        let takes = if ty == "String" { "impl Into<String>".to_owned() } else { ty.clone() };
                        let convert = if ty == "String" { format!("{name}.into()") } else { name.clone() };
                        let doc = "A part of the form.".to_owned();
                        let stored = Some(ty);
                        arguments.push(Argument { name, takes, stored, convert, doc, is_text_id: false });
                    }
                }
            }
            Some(body) => {
                let form = if operation.method == "PATCH" { Form::Update } else { Form::Create };
                let ty = self.forms.body_type(&body.ty, form);
                arguments.push(Argument {
                    name: "body".to_owned(),
                    takes: format!("&{ty}"),
                    stored: None,
                    convert: String::new(),
                    doc: "What to send.".to_owned(),
                    is_text_id: false,
                });
            }
            None => {}
        }
        arguments
    }

    /// The parts of an upload: name, Rust type, required.
    fn parts(&self, operation: &Operation) -> Vec<(String, String, bool)> {
        let Some(Body { multipart: true, ty: Type::Named(name), .. }) = &operation.body else { return Vec::new() };
        let Some(SchemaKind::Object { fields, .. }) = self.api.schema(name).map(|schema| &schema.kind) else {
            return Vec::new();
        };
        fields
            .iter()
            .map(|field| {
                let required = field.required || field.ty == Type::File;
                (field.rust_name.clone(), self.forms.rust_type(&field.ty, Form::Create), required)
            })
            .collect()
    }

    /// What the setter of a query parameter takes, and the expression that makes the sent text of it.
    fn setter(&self, parameter: &Parameter) -> (String, String) {
        let name = &parameter.rust_name;
        if let Type::Array(inner) = &parameter.ty {
            let item = match inner.as_ref() {
                Type::String => "impl AsRef<str>".to_owned(),
                other => self.forms.rust_type(other, Form::Create),
            };
            let text = if **inner == Type::String { "item.as_ref().to_owned()" } else { "item.to_string()" };
            let items = format!("{name}.iter().map(|item| {text}).collect::<Vec<String>>()");
            return (format!("&[{item}]"), if parameter.explode { items } else { format!("{items}.join(\",\")") });
        }
        match (&parameter.ty, self.api.scalar(&parameter.ty)) {
            (_, Some("decimal")) => ("impl Into<crate::Decimal>".to_owned(), format!("{name}.into().to_string()")),
            (_, Some("date-or-timestamp")) => {
                ("impl Into<crate::DateOrTimestamp>".to_owned(), format!("{name}.into().to_string()"))
            }
            (Type::String, _) => ("impl Into<String>".to_owned(), format!("{name}.into()")),
            (other, _) => (self.forms.rust_type(other, Form::Create), format!("{name}.to_string()")),
        }
    }

    fn builder(
        &self,
        source: &mut String,
        builder: &str,
        method: &str,
        operation: &Operation,
        resource: &Resource<'_>,
        arguments: &[Argument],
    ) -> Result<(), String> {
        let answer = answer(self.forms, operation);
        let handle = names::pascal(resource.path.rsplit('.').next().unwrap_or_default());
        docs::write(
            source,
            0,
            &format!(
                "{}: a request made by [`{handle}::{method}`], to await or to [send](Self::send).",
                operation.summary.trim_end_matches('.')
            ),
        );
        let _ =
            writeln!(source, "#[derive(Clone, Debug)]\n#[must_use = \"a request does nothing until it is awaited\"]");
        let _ = writeln!(source, "pub struct {builder} {{\n    call: crate::call::Call,");
        if self.is_list(operation) {
            source.push_str("    list: crate::list::options::ListOptions,\n");
        }
        for binding in &resource.bound {
            let _ = writeln!(source, "    {}: {},", binding.name, id_type(binding.integer));
        }
        for argument in arguments {
            if let Some(stored) = &argument.stored {
                let _ = writeln!(source, "    {}: {stored},", argument.name);
            }
        }
        for parameter in optional(operation) {
            let _ = writeln!(source, "    query_{}: Option<{}>,", parameter.rust_name, query_type(parameter));
        }
        for (name, ty, required) in self.parts(operation) {
            if !required {
                let _ = writeln!(source, "    {name}: Option<{ty}>,");
            }
        }
        source.push_str("}\n\n");
        self.setters(source, builder, operation);
        let constant = constant(method);
        operation_constant(source, &constant, operation);
        let send = if is_lowered(operation) {
            self.lowered_send(operation, resource)?
        } else {
            self.upload_send(operation, resource)
        };
        let _ =
            writeln!(source, "crate::call::request! {{\n    {builder} => {answer};\n    |this, requests| {send}\n}}\n");
        if let Some(pagination) = operation.pagination {
            self.list(source, builder, operation, pagination, resource, arguments);
        }
        Ok(())
    }

    fn setters(&self, source: &mut String, builder: &str, operation: &Operation) {
        let parts = self.parts(operation);
        if optional(operation).next().is_none() && parts.iter().all(|(_, _, required)| *required) {
            return;
        }
        let _ = writeln!(source, "impl {builder} {{");
        for parameter in optional(operation) {
            let (takes, text) = self.setter(parameter);
            let name = &parameter.rust_name;
            let mut doc = parameter.description.clone();
            if let Some(deviation) = &parameter.deviation {
                let _ = write!(doc, "\n\n{}", docs::deviation(deviation));
            }
            docs::write(source, 4, &doc);
            if parameter.deprecated {
                let _ = writeln!(source, "    #[deprecated]");
            }
            let check = if parameter.min_length.is_some_and(|least| least > 0) {
                format!("\n        self.call.refuse_empty({:?}, self.query_{name}.as_deref());", parameter.name)
            } else {
                String::new()
            };
            let _ = writeln!(
                source,
                "    pub fn {}(mut self, {name}: {takes}) -> Self {{\n        self.query_{name} = Some({text});{check}\n        self\n    }}\n",
                method_ident(name)
            );
        }
        for (name, ty, required) in parts {
            if !required {
                docs::write(source, 4, "A part of the form.");
                let takes = if ty == "String" { "impl Into<String>" } else { &ty };
                let _ = writeln!(
                    source,
                    "    pub fn {name}(mut self, {name}: {takes}) -> Self {{\n        self.{name} = Some({name}.into());\n        self\n    }}\n"
                );
            }
        }
        source.push_str("}\n\n");
    }

    /// A call of progenitor's method, its arguments found by name.
    fn lowered_send(&self, operation: &Operation, resource: &Resource<'_>) -> Result<String, String> {
        let method = method_name(operation);
        let signature = self
            .signatures
            .get(&method)
            .ok_or_else(|| format!("progenitor made no method `{method}` ({})", operation.location))?;
        let plain = |name: &str| name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        let mut arguments = Vec::new();
        for argument in signature {
            if argument == "body" {
                arguments.push("this.call.json_body()".to_owned());
                continue;
            }
            let path =
                operation.path_parameters.iter().enumerate().find(|(_, path)| plain(&path.name) == plain(argument));
            let query = operation.query.iter().find(|query| !query.omit && plain(&query.name) == plain(argument));
            arguments.push(match (path, query) {
                (Some((position, path)), _) => {
                    let name = resource.bound.get(position).map_or(&path.rust_name, |binding| &binding.name);
                    if path.ty == Type::Integer { format!("this.{name}") } else { format!("&this.{name}") }
                }
                (None, Some(query)) => query_argument(query),
                (None, None) => {
                    return Err(format!(
                        "progenitor's `{method}` takes `{argument}`, which the description does not have"
                    ));
                }
            });
        }
        Ok(format!("requests.{method}({})", arguments.join(", ")))
    }

    /// An upload, which progenitor cannot send.
    fn upload_send(&self, operation: &Operation, resource: &Resource<'_>) -> String {
        let mut path = operation.path.clone();
        let mut ids = Vec::new();
        for (position, parameter) in operation.path_parameters.iter().enumerate() {
            let name = resource.bound.get(position).map_or(&parameter.rust_name, |binding| &binding.name);
            path = path.replace(&format!("{{{}}}", parameter.name), "{}");
            ids.push(format!(", this.{name}"));
        }
        let mut form = format!("requests.upload({:?}, format!({path:?}{}))", operation.method, ids.concat());
        for query in operation.query.iter().filter(|query| !query.omit) {
            let _ = write!(form, "\n        .query({:?}, {})", query.name, query_argument(query));
        }
        let fields: BTreeMap<String, String> = match &operation.body {
            Some(Body { ty: Type::Named(name), .. }) => match self.api.schema(name).map(|schema| &schema.kind) {
                Some(SchemaKind::Object { fields, .. }) => {
                    fields.iter().map(|field| (field.rust_name.clone(), field.name.clone())).collect()
                }
                _ => BTreeMap::new(),
            },
            _ => BTreeMap::new(),
        };
        for (name, ty, required) in self.parts(operation) {
            let wire = fields.get(&name).unwrap_or(&name);
            let step = if ty == "crate::FilePart" { "file" } else { "text" };
            let value = if required { format!("Some(&this.{name})") } else { format!("this.{name}.as_ref()") };
            let _ = write!(form, "\n        .{step}({wire:?}, {value})");
        }
        form
    }

    /// Whether the builder reads a list page by page.
    fn is_list(&self, operation: &Operation) -> bool {
        operation.pagination.is_some() && answer(self.forms, operation).starts_with("crate::Page<")
    }

    fn list(
        &self,
        source: &mut String,
        builder: &str,
        operation: &Operation,
        pagination: Pagination,
        resource: &Resource<'_>,
        arguments: &[Argument],
    ) {
        let answer = answer(self.forms, operation);
        let Some(row) = answer.strip_prefix("crate::Page<").and_then(|rest| rest.strip_suffix('>')) else { return };
        let has = |name: &str| operation.query.iter().any(|parameter| parameter.name == name && !parameter.omit);
        let kind = match pagination {
            Pagination::Offset if has("limit") && has("offset") => "offset",
            Pagination::Cursor if has("limit") && has("cursor") => "cursor",
            _ => "whole",
        };
        // What says which list it is, and not where in it.
        let paging = ["limit", "offset", "cursor"];
        let filters = optional(operation).filter(|parameter| !paging.contains(&parameter.name.as_str()));
        let filters: Vec<String> = resource
            .bound
            .iter()
            .map(|binding| binding.name.clone())
            .chain(arguments.iter().filter(|argument| argument.stored.is_some()).map(|argument| argument.name.clone()))
            .chain(filters.map(|parameter| format!("query_{}", parameter.rust_name)))
            .collect();
        let _ =
            writeln!(source, "crate::list::macros::list! {{ {builder} => {row}, {kind}, [{}] }}\n", filters.join(" "));
        let field = |name: &str| {
            let parameter = optional(operation).find(|parameter| parameter.name == name);
            parameter.map(|parameter| format!("query_{}", parameter.rust_name)).unwrap_or_default()
        };
        let since = field("last_modified_at__gte");
        if !since.is_empty() {
            let _ = writeln!(
                source,
                "crate::list::macros::sync! {{ {builder} => {row}, {}, {since}, [{}], [{}] }}\n",
                operation.ordered,
                field("include_deleted"),
                field("all_time")
            );
        }
    }

    /// The lists that exist only below the rows of this one's.
    fn fan_outs(&self, source: &mut String, resource: &Resource<'_>) {
        let lists = |resource: &Resource<'_>| {
            let list = resource.operations.iter().find(|(method, _)| *method == "list")?.1;
            let alone = self.arguments(list, resource).is_empty() && list.pagination.is_some();
            alone.then(|| answer(self.forms, list).starts_with("crate::Page<"))
        };
        if lists(resource) != Some(true) {
            return;
        }
        for (name, child) in &resource.children {
            let [binding] = child.binds.as_slice() else { continue };
            if !binding.integer || lists(child) != Some(true) {
                continue;
            }
            let list =
                child.operations.iter().find(|(method, _)| *method == "list").map(|(_, list)| answer(self.forms, list));
            let Some(row) = list.as_deref().and_then(|page| page.strip_prefix("crate::Page<")?.strip_suffix('>'))
            else {
                continue;
            };
            let (title, handle) = (name.replace('_', " "), names::pascal(name));
            let parents = resource.path.rsplit('.').next().unwrap_or_default().replace('_', " ");
            docs::write(
                source,
                4,
                &format!(
                    "The {title} below all {parents}, each with the id of its parent: see [`FanOut`](crate::ChildRecords)."
                ),
            );
            let bound = resource.bound.iter().map(|binding| format!("{}, ", binding.name)).collect::<String>();
            let copies = resource.bound.iter().fold(String::new(), |mut text, binding| {
                let clone = if binding.integer { "" } else { ".clone()" };
                let _ = writeln!(text, "        let {} = self.{}{clone};", binding.name, binding.name);
                text
            });
            let clones = bound.replace(", ", ".clone(), ");
            let _ = writeln!(
                source,
                "    pub fn all_{name}(&self) -> crate::ChildRecords<List, {name}::List, {row}> {{\n        let client = self.client.clone();\n{copies}        \
                 crate::ChildRecords::new(self.list(), move |parent| {name}::{handle}::new(client.clone(), {clones}parent).list())\n    }}\n"
            );
        }
    }
}

/// The Rust type that awaiting the request gives.
pub fn answer(forms: &Forms<'_>, operation: &Operation) -> String {
    match &operation.answer {
        Answer::Nothing => "()".to_owned(),
        Answer::Bytes(_) => "crate::Download".to_owned(),
        Answer::Json(Type::Array(rows)) if operation.pagination.is_some() => {
            format!("crate::Page<{}>", forms.rust_type(rows, Form::Read))
        }
        Answer::Json(ty) => forms.rust_type(ty, Form::Read),
    }
}

fn accessor(source: &mut String, name: &str, resource: &Resource<'_>, client: &str, prefix: &str) {
    let handle = names::pascal(name);
    let takes: Vec<String> = resource
        .binds
        .iter()
        .map(|binding| format!(", {}: {}", binding.name, if binding.integer { "i64" } else { "impl Into<String>" }))
        .collect();
    let inherited = resource.bound.len() - resource.binds.len();
    let mut values: Vec<String> = resource
        .bound
        .iter()
        .take(inherited)
        .map(|binding| format!(", self.{}{}", binding.name, if binding.integer { "" } else { ".clone()" }))
        .collect();
    values.extend(
        resource
            .binds
            .iter()
            .map(|binding| format!(", {}{}", binding.name, if binding.integer { "" } else { ".into()" })),
    );
    let title = resource.path.rsplit('.').next().unwrap_or(name).replace('_', " ");
    let below = match resource.binds.first() {
        Some(binding) => format!("The {title} below one {}.", binding.name.trim_end_matches("_id").replace('_', " ")),
        None => format!("The {title}."),
    };
    docs::write(source, 4, &below);
    let _ = writeln!(
        source,
        "    pub fn {name}(&self{}) -> {prefix}{name}::{handle} {{\n        {prefix}{name}::{handle}::new({client}{})\n    }}\n",
        takes.concat(),
        values.concat()
    );
}

fn optional(operation: &Operation) -> impl Iterator<Item = &Parameter> {
    operation.query.iter().filter(|parameter| !parameter.required && !parameter.omit)
}

fn query_type(parameter: &Parameter) -> &'static str {
    if matches!(parameter.ty, Type::Array(_)) && parameter.explode { "Vec<String>" } else { "String" }
}

fn query_argument(parameter: &Parameter) -> String {
    let name = &parameter.rust_name;
    let repeated = query_type(parameter) == "Vec<String>";
    match (parameter.required, repeated) {
        (true, true) => format!("Some(&this.{name})"),
        (true, false) => format!("Some(this.{name}.as_str())"),
        (false, true) => format!("this.query_{name}.as_ref()"),
        (false, false) => format!("this.query_{name}.as_deref()"),
    }
}

fn id_type(integer: bool) -> &'static str {
    if integer { "i64" } else { "String" }
}

/// Operation and parameter names that are Rust keywords; the lint asks for `x-rust-name` where it can be avoided.
fn method_ident(name: &str) -> String {
    if names::is_keyword(name) { format!("r#{name}") } else { name.to_owned() }
}

/// The name of the constant that describes an operation.
fn constant(method: &str) -> String {
    method.to_uppercase()
}

fn operation_constant(source: &mut String, constant: &str, operation: &Operation) {
    let retry = match operation.retry {
        Retry::Safe => "Safe",
        Retry::Idempotent => "Idempotent",
        Retry::Keyed => "Keyed",
        Retry::Never => "Never",
    };
    let bytes = matches!(operation.answer, Answer::Bytes(_));
    let _ = writeln!(
        source,
        "static {constant}: crate::Operation = crate::Operation {{\n    id: {:?},\n    method: {:?},\n    path: {:?},\n    \
         retry: crate::Retry::{retry},\n    read_back: {:?},\n    streams: {bytes},\n}};\n",
        operation.id, operation.method, operation.path, operation.read_back
    );
}

fn errors(operation: &Operation) -> String {
    let mut text = "As every call: see [`Error`](crate::Error).".to_owned();
    for (status, when) in &operation.refusals {
        let _ = write!(text, "\n- {status}: {}", when.replace('\n', " "));
    }
    if !operation.refusals.is_empty() {
        text.push('\n');
    }
    if operation.retry == Retry::Never {
        text.push_str(if operation.refusals.is_empty() { " " } else { "\n" });
        text.push_str("Never repeated by itself");
        if let Some(read_back) = &operation.read_back {
            let _ = write!(text, "; after a lost answer look with `{read_back}` whether it took effect");
        }
        text.push('.');
    }
    text
}
