//! `cargo xtask resources`: prints the tree of resources as users call it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use campfire_codegen::description::spec::{Answer, Api, Operation};
use campfire_codegen::emit::forms::{Form, Forms};
use campfire_codegen::emit::resources::{Resource, tree};
use campfire_codegen::emit::rust_type::RustType;

/// Prints the tree: two or three lines for each method.
pub(crate) fn print(api: &Api) -> String {
    let forms = Forms::new(api);
    let mut text = String::new();
    level(&mut text, &forms, &tree(api), "campfire");
    text
}

fn level(text: &mut String, forms: &Forms<'_>, resources: &BTreeMap<String, Resource<'_>>, parent: &str) {
    for (name, resource) in resources {
        let ids: Vec<&str> = resource.binds.iter().map(|binding| binding.name.as_str()).collect();
        let handle = format!("{parent}.{name}({})", ids.join(", "));
        let _ = writeln!(text, "{handle}");
        for (method, operation) in &resource.operations {
            let (parameters, response) = (parameters(forms, operation, resource), response(forms, operation));
            let _ = writeln!(text, "    .{method}({parameters}) -> {response}");
            let _ = writeln!(text, "        {} {}", operation.method, operation.path);
            let optional = query(operation, false).join(", ");
            if !optional.is_empty() {
                let _ = writeln!(text, "        optional: {optional}");
            }
        }
        level(text, forms, &resource.children, &handle);
    }
}

/// Returns the query parameters that are required, or those that are optional.
fn query(operation: &Operation, required: bool) -> Vec<&str> {
    let offered = operation.query.iter().filter(|parameter| parameter.required == required && !parameter.omit);
    offered.map(|parameter| parameter.rust_name.as_str()).collect()
}

/// Lists the arguments of a method. The resource binds the first path parameters already.
fn parameters(forms: &Forms<'_>, operation: &Operation, resource: &Resource<'_>) -> String {
    let path = operation.path_parameters.iter().skip(resource.bound.len());
    let path = path.map(|parameter| parameter.rust_name.clone());
    let query = query(operation, true).into_iter().map(str::to_owned);
    let upload = operation.body.as_ref().filter(|body| body.multipart).map(|_| "file".to_owned());
    let body = forms.body_type(operation).map(|ty| format!("&{}", short(&ty)));
    path.chain(query).chain(upload).chain(body).collect::<Vec<_>>().join(", ")
}

fn response(forms: &Forms<'_>, operation: &Operation) -> String {
    match &operation.answer {
        Answer::Nothing => "()".to_owned(),
        Answer::Bytes(media_type) => format!("Download ({media_type})"),
        Answer::Json(ty) => short(&forms.rust_type(ty, Form::Read)),
    }
}

fn short(ty: &RustType) -> String {
    ty.to_string().replace("crate::types::", "").replace("crate::", "").replace("std::collections::", "")
}
