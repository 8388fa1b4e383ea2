//! Subjects, the readable names of places in a document: `components.schemas.Tag.name`, `GET /x query:limit`.

use serde_json::Value;

use crate::site::Site;

/// Returns the subject for a JSON pointer.
pub(crate) fn subject(root: &Value, pointer: &str) -> String {
    let steps: Vec<String> =
        pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~")).collect();
    let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
    match steps.as_slice() {
        ["components", kind, name, rest @ ..] => format!("components.{kind}.{name}{}", place(rest)),
        ["paths", path, "parameters", index, rest @ ..] => {
            let item = format!("/paths/{}/parameters/{index}", escape(path));
            format!("{path} {}{}", parameter(root, &item), place(rest))
        }
        ["paths", path, method, "parameters", index, rest @ ..] => {
            let item = format!("/paths/{}/{method}/parameters/{index}", escape(path));
            format!("{} {path} {}{}", method.to_uppercase(), parameter(root, &item), place(rest))
        }
        ["paths", path, method, "requestBody", rest @ ..] => {
            format!("{} {path} request{}", method.to_uppercase(), place(rest))
        }
        ["paths", path, method, "responses", status, rest @ ..] => {
            format!("{} {path} response:{status}{}", method.to_uppercase(), place(rest))
        }
        ["paths", path, method, rest @ ..] => {
            format!("{} {path}{}", method.to_uppercase(), place(rest)).trim_end().to_owned()
        }
        steps => steps.join("."),
    }
}

fn escape(path: &str) -> String {
    path.replace('~', "~0").replace('/', "~1")
}

fn parameter(root: &Value, pointer: &str) -> String {
    if root.pointer(pointer).is_none() {
        return "parameter".to_owned();
    }
    let parameter = Site::at(root, pointer).follow(root);
    format!("{}:{}", parameter.text("in"), parameter.text("name"))
}

/// Returns the steps below a root as a user thinks of them: `.tags[].name`.
fn place(steps: &[&str]) -> String {
    let mut text = String::new();
    let mut steps = steps.iter();
    while let Some(step) = steps.next() {
        match *step {
            "properties" => {
                if let Some(name) = steps.next() {
                    text.push('.');
                    text.push_str(name);
                }
            }
            "items" => text.push_str("[]"),
            "additionalProperties" => text.push_str(".*"),
            // The composition of a schema is not part of its name.
            "allOf" | "oneOf" | "anyOf" | "content" => {
                steps.next();
            }
            "schema" => {}
            other => {
                text.push('.');
                text.push_str(other);
            }
        }
    }
    text
}
