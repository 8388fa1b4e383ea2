//! `cargo xtask resources`: the tree as a user calls it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use campfire_codegen::description::spec::{Answer, Api, Operation};
use campfire_codegen::emit::forms::{Form, Forms};
use campfire_codegen::emit::resources::{Resource, tree};

/// The tree, one line per method.
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
            let _ = writeln!(
                text,
                "    .{method}({}) -> {}",
                parameters(forms, operation, resource),
                answer(forms, operation)
            );
            let _ = writeln!(text, "        {} {}", operation.method, operation.path);
            let optional: Vec<&str> = operation
                .query
                .iter()
                .filter(|parameter| !parameter.required && !parameter.omit)
                .map(|parameter| parameter.rust_name.as_str())
                .collect();
            if !optional.is_empty() {
                let _ = writeln!(text, "        optional: {}", optional.join(", "));
            }
        }
        level(text, forms, &resource.children, &handle);
    }
}

fn parameters(forms: &Forms<'_>, operation: &Operation, resource: &Resource<'_>) -> String {
    let mut parameters: Vec<String> = operation
        .path_parameters
        .iter()
        .skip(resource.bound.len())
        .map(|parameter| parameter.rust_name.clone())
        .collect();
    parameters.extend(
        operation
            .query
            .iter()
            .filter(|parameter| parameter.required && !parameter.omit)
            .map(|parameter| parameter.rust_name.clone()),
    );
    if let Some(body) = &operation.body {
        let form = if operation.method == "PATCH" { Form::Update } else { Form::Create };
        parameters.push(if body.multipart {
            "file".to_owned()
        } else {
            format!("&{}", short(&forms.rust_type(&body.ty, form)))
        });
    }
    parameters.join(", ")
}

fn answer(forms: &Forms<'_>, operation: &Operation) -> String {
    match &operation.answer {
        Answer::Nothing => "()".to_owned(),
        Answer::Bytes(media) => format!("Download ({media})"),
        Answer::Json(ty) => short(&forms.rust_type(ty, Form::Read)),
    }
}

fn short(ty: &str) -> String {
    ty.replace("crate::types::", "").replace("crate::", "").replace("std::collections::", "")
}
