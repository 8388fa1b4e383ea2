//! Subjects, the readable names of places in a document: `components.schemas.Tag.name`, `GET /x query:limit`.

use campfire_codegen::description::yaml::push_pointer;
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

/// Returns the JSON pointer of a subject and the last name in it. Reads `components.schemas.Tag.name`,
/// `GET /x query:limit` and `GET /x`.
pub(crate) fn locate(root: &Value, subject: &str) -> Option<(String, String)> {
    if let Some(path) = subject.strip_prefix("components.schemas.") {
        return locate_schema(path);
    }
    let mut words = subject.splitn(3, ' ');
    let (method, path) = (words.next()?.to_lowercase(), words.next()?);
    let mut item = "/paths".to_owned();
    push_pointer(&mut item, path);
    let operation = format!("{item}/{method}");
    match words.next() {
        None => Some((operation, method)),
        Some(place) => [item, operation].iter().find_map(|holder| locate_parameter(root, holder, place)),
    }
}

fn locate_schema(path: &str) -> Option<(String, String)> {
    let mut steps = path.split('.');
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
    Some((pointer, name))
}

/// Finds `query:limit` in the parameters of a path or an operation.
fn locate_parameter(root: &Value, holder: &str, place: &str) -> Option<(String, String)> {
    let (_, name) = place.split_once(':')?;
    let parameters = Site::at(root, holder).child("parameters")?;
    let found = parameters.items().into_iter().map(|parameter| parameter.follow(root)).find(|parameter| {
        parameter.value.is_object() && format!("{}:{}", parameter.text("in"), parameter.text("name")) == place
    })?;
    Some((found.pointer, name.to_owned()))
}
