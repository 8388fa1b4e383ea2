//! `cargo xtask bundle --lenient` describes what the live server sends, as far as the sandbox knows.

use std::convert::Infallible;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use campfire_codegen::Description;
use campfire_codegen::description::spec::Api;
use campfire_codegen::emit::model;
use campfire_sandbox::{Demo, ModelSource, Sandbox, Sdk};
use campfire_sandbox_model::{Field, Model, Operation, Response, Type};
use serde_json::{Map, Value, json};

/// The id of a record to which the sandbox adds an undocumented key and an undocumented enum value.
const SURPRISING: i64 = 31;

/// The number of lists that the bundle without `--lenient` must refuse, so that the test can fail.
const REFUSED: usize = 10;

enum Whole {}

fn model_json() -> &'static str {
    static JSON: OnceLock<String> = OnceLock::new();
    JSON.get_or_init(|| {
        let description = Description::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi")).unwrap();
        model::json(&Api::read(&description).unwrap(), &description.overlay)
    })
}

impl Sdk for Whole {
    type Client = ();
    type Error = Infallible;

    fn model() -> &'static ModelSource {
        static SOURCE: OnceLock<ModelSource> = OnceLock::new();
        SOURCE.get_or_init(|| ModelSource::new(model_json()))
    }

    fn client(_: &str, _: &str) -> Result<(), Infallible> {
        Ok(())
    }
}

/// Returns the bundle without and with `--lenient`, as JSON Schema documents.
fn bundles() -> &'static (Value, Value) {
    static BUNDLES: OnceLock<(Value, Value)> = OnceLock::new();
    BUNDLES.get_or_init(|| (bundle(&[]), bundle(&["--lenient"])))
}

fn bundle(options: &[&str]) -> Value {
    let file = tempfile::Builder::new().suffix(".json").tempfile().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    let output = command.arg("bundle").args(options).arg("--out").arg(file.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut bundle = serde_json::from_slice(&std::fs::read(file.path()).unwrap()).unwrap();
    to_json_schema(&mut bundle);
    bundle
}

/// Rewrites `nullable`, which only OpenAPI 3.0 has.
fn to_json_schema(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(to_json_schema);
            if members.get("nullable") == Some(&Value::Bool(true)) {
                members.remove("nullable");
                *value = json!({ "anyOf": [{ "type": "null" }, value.take()] });
            }
        }
        Value::Array(items) => items.iter_mut().for_each(to_json_schema),
        _ => {}
    }
}

/// Returns what is wrong with a response, by the schema of its operation.
fn problem(bundle: &Value, operation: &Operation, response: &Value) -> Option<String> {
    let method = &bundle["paths"][&operation.path][operation.method.to_lowercase()];
    let schema = &method["responses"][operation.status.to_string()]["content"]["application/json"]["schema"];
    assert!(schema.is_object(), "{}", operation.id);
    let schema = json!({ "allOf": [schema], "components": bundle["components"] });
    let options = jsonschema::options().with_draft(jsonschema::Draft::Draft4).should_validate_formats(true);
    let validator = options.build(&schema).unwrap();
    validator
        .iter_errors(response)
        .next()
        .map(|error| format!("{}: {error:.300} at {}", operation.id, error.instance_path()))
}

fn filled(model: &Model, schema: &str) -> Map<String, Value> {
    let fields = model.schemas[schema].iter().filter(|field| field.required && !field.read_only);
    fields.map(|field| (field.name.clone(), value(model, field, &field.ty))).collect()
}

fn value(model: &Model, field: &Field, ty: &Type) -> Value {
    match ty {
        Type::Integer => json!(1),
        Type::Decimal => json!(12.5),
        Type::String | Type::File => match field.format.as_deref() {
            Some("uuid") => json!("0190c0de-0000-7000-8000-000000000001"),
            Some("uri") => json!("https://example.com/"),
            Some("email") => json!("a@example.com"),
            _ => json!("text"),
        },
        Type::Boolean => json!(true),
        Type::Date => json!("2026-03-01"),
        Type::Timestamp => json!("2026-03-01T00:00:00+0000"),
        Type::Json | Type::Map(_) => json!({}),
        Type::List(_) => json!([]),
        Type::Enum(name) => json!(model.enums[name][0]),
        Type::Object(schema) => filled(model, schema).into(),
    }
}

/// Starts a sandbox with a company and, of each resource with a list, an ordinary and a surprising record.
async fn sandbox(model: &Model) -> Sandbox<Whole> {
    let sandbox: Sandbox<Whole> = Sandbox::builder().allow_unmodelled(true).start().await.unwrap();
    sandbox.demo(&Demo::default().rows(200)).unwrap();
    for operation in lists(model) {
        let resource = operation.effect.records.of.as_deref().unwrap_or(operation.resource());
        let (Response::Page { ty } | Response::List { ty }) = &operation.response else { unreachable!() };
        let Type::Object(schema) = ty else { continue };
        for id in [1, SURPRISING] {
            let mut record = filled(model, schema);
            record.insert("id".to_owned(), json!(id));
            for parent in ["contract", "contract_id", "commit_id", "prepaid_commit", "budget_pk", "budget"] {
                record.entry(parent).or_insert(json!(1));
            }
            let record: campfire_values::Json = Value::Object(record).into();
            sandbox.seed(resource, record).unwrap();
        }
    }
    sandbox
}

fn lists(model: &Model) -> impl Iterator<Item = &Operation> {
    let is_list = |operation: &&Operation| {
        let is_array = matches!(operation.response, Response::Page { .. } | Response::List { .. });
        is_array && operation.method == "GET" && operation.unmodelled.is_none()
    };
    model.operations.iter().filter(is_list)
}

/// Sends a GET request, and returns the response.
fn get(sandbox: &Sandbox<Whole>, path: &str) -> Value {
    serde_json::from_str(&send(sandbox, "GET", path)).unwrap()
}

/// Sends a request that must succeed, and returns the body of the response.
fn send(sandbox: &Sandbox<Whole>, method: &str, path: &str) -> String {
    let host = sandbox.url().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Token {}\r\nconnection: close\r\n\r\n",
        sandbox.key()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 20"), "{path}: {response}");
    body.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn deleted_records_of_the_live_style_are_in_the_lenient_bundle() {
    let model: Model = serde_json::from_str(model_json()).unwrap();
    let (strict, lenient) = bundles();
    let sandbox: Sandbox<Whole> = Sandbox::start().await.unwrap();
    let tag: campfire_values::Json = json!({"name": "West"}).into();
    let id = sandbox.seed("tags", tag).unwrap();
    send(&sandbox, "DELETE", &format!("/coa/api/tag/{id}"));
    let list = lists(&model).find(|operation| operation.id == "tags.list").unwrap();
    let response = get(&sandbox, &format!("{}?include_deleted=true", list.path));
    assert_eq!(response["count"], 1);
    assert_eq!(problem(lenient, list, &response), None);
    assert!(problem(strict, list, &response).is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn all_lists_of_the_live_style_are_in_the_lenient_bundle() {
    let model: Model = serde_json::from_str(model_json()).unwrap();
    let (strict, lenient) = bundles();
    let sandbox = sandbox(&model).await;
    let (mut problems, mut checked, mut empty, mut refused) = (Vec::new(), 0, Vec::new(), 0);
    for operation in lists(&model) {
        let segments = operation.path.split('/').map(|segment| if segment.starts_with('{') { "1" } else { segment });
        let response = get(&sandbox, &segments.collect::<Vec<_>>().join("/"));
        let records = response.get("results").unwrap_or(&response).as_array().unwrap();
        if records.is_empty() {
            empty.push(operation.id.clone());
        }
        checked += 1;
        problems.extend(problem(lenient, operation, &response));
        // Enough to know that leniency is needed.
        if refused < REFUSED {
            refused += usize::from(problem(strict, operation, &response).is_some());
        }
    }
    assert!(problems.is_empty(), "{} of {checked}:\n{}", problems.len(), problems.join("\n"));
    assert!(checked >= 50 && refused == REFUSED, "{checked} lists, {refused} refused by the strict bundle");
    assert!(empty.len() < 5, "{empty:?}");
}

#[test]
fn nothing_else_is_lost() {
    let (strict, lenient) = bundles();
    assert_eq!(lenient["paths"], strict["paths"]);
    let names = |bundle: &Value, schema: &str| -> Vec<String> {
        let properties = bundle["components"]["schemas"][schema]["properties"].as_object();
        properties.into_iter().flat_map(|properties| properties.keys().cloned()).collect()
    };
    for schema in strict["components"]["schemas"].as_object().unwrap().keys() {
        assert_eq!(names(lenient, schema), names(strict, schema), "{schema}");
    }
    // Deleted records of lists have four fields.
    assert_eq!(lenient["components"]["schemas"]["Vendor"]["required"], json!(["id"]));
    // What a request needs is still required elsewhere.
    let required = |bundle: &Value| bundle["components"]["schemas"]["Invoice"]["required"].as_array().unwrap().clone();
    assert!(required(lenient).contains(&json!("lines")) && !required(lenient).contains(&json!("total_amount")));
    assert!(required(strict).contains(&json!("total_amount")));
}
