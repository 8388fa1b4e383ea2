//! Calls by operation id: the same requests as those of the typed methods, and mistakes that are found before sending.

use campfire::operations::{self, Operation, SchemaKind, Type};
use campfire::sandbox::{LoggedRequest, Sandbox};
use campfire::{Client, Error, FilePart, Json};
use serde_json::json;

use crate::support::generated::{OPERATIONS, call};
use crate::support::sandbox::start;

#[test]
fn the_table_has_every_operation_and_every_schema_that_one_refers_to() {
    let mut described: Vec<&str> = OPERATIONS.iter().map(|(id, _)| *id).collect();
    described.sort_unstable();
    assert_eq!(operations::ids().collect::<Vec<_>>(), described);
    for id in described {
        let operation = operations::get(id).unwrap_or_else(|| panic!("{id} cannot be read"));
        for ty in operation.body.iter().map(|body| &body.ty) {
            check_type(ty, 8);
        }
    }
}

fn check_type(ty: &Type<'_>, depth: usize) {
    match ty {
        Type::List(inner) | Type::Map(inner) => check_type(inner, depth),
        Type::Enum(name) => assert!(matches!(operations::schema(name).unwrap().kind, SchemaKind::Enum(_)), "{name}"),
        Type::Object(name) => {
            let SchemaKind::Object { fields, .. } = operations::schema(name).unwrap().kind else { panic!("{name}") };
            for field in fields.iter().filter(|_| depth > 0) {
                check_type(&field.ty, depth - 1);
            }
        }
        _ => {}
    }
}

/// The request of a typed call, taken apart and put together again by name, must be the same request.
#[tokio::test]
async fn every_operation_sends_the_request_of_its_typed_method() {
    let sandbox = Sandbox::builder().allow_unmodelled(true).start().await.unwrap();
    let campfire = sandbox.client().unwrap();
    let mut not_sent = Vec::new();
    for (id, _) in OPERATIONS {
        // What becomes of the request is no matter here.
        let _ = call(id, &campfire).await;
        let typed = sandbox.requests().pop().unwrap();
        // Without this, the request of the typed call would be compared with itself.
        let before = sandbox.requests().len();
        let repeated = repeat(&campfire, &operations::get(id).unwrap(), &typed).await;
        if sandbox.requests().len() != before + 1 {
            not_sent.push(format!("{id}: {repeated:?}"));
            continue;
        }
        let untyped = sandbox.requests().pop().unwrap();
        assert_eq!(untyped.operation.as_deref(), Some(*id));
        assert_eq!(
            (&untyped.method, &untyped.path, &untyped.query),
            (&typed.method, &typed.path, &typed.query),
            "{id}"
        );
        assert_eq!(comparable(&untyped.body), comparable(&typed.body), "{id}");
    }
    assert!(not_sent.is_empty(), "{}", not_sent.join("\n"));
    assert_eq!(sandbox.requests().len(), 2 * OPERATIONS.len());
}

async fn repeat(campfire: &Client, operation: &Operation<'_>, typed: &LoggedRequest) -> Result<(), Error> {
    let mut call = campfire.operation(operation.id)?;
    for (step, sent) in operation.path.split('/').zip(typed.path.split('/')) {
        if let Some(name) = step.strip_prefix('{').and_then(|step| step.strip_suffix('}')) {
            call = call.parameter(name, sent);
        }
    }
    for (name, value) in url::form_urlencoded::parse(typed.query.as_bytes()) {
        let parameter = operation.query.iter().find(|parameter| parameter.name == name).unwrap();
        call = match parameter.ty {
            // A list is sent as `a=1,2`; an empty one as `a=`.
            Type::List(_) => {
                let items = value.split(',').filter(|item| !item.is_empty());
                call.parameter(&name, items.map(Json::from).collect::<Vec<_>>())
            }
            _ => call.parameter(&name, &*value),
        };
    }
    match &operation.body {
        Some(body) if body.multipart => {
            for part in typed.body.split("; name=\"").skip(1) {
                let (name, rest) = part.split_once('"').unwrap();
                let value = rest.split("\r\n\r\n").nth(1).unwrap_or_default().split("\r\n").next().unwrap();
                call = match rest.starts_with("; filename") {
                    true => call.file(name, FilePart::from_bytes("sample.pdf", value.as_bytes().to_vec())),
                    false => call.parameter(name, value),
                };
            }
        }
        Some(_) => call = call.body(typed.body.parse().unwrap()),
        None => {}
    }
    match operation.response {
        operations::Response::File(_) => call.download().await.map(drop),
        _ => call.await.map(drop),
    }
}

/// Returns a body with its keys in order and every digit as sent, and a form without its random boundary.
fn comparable(body: &str) -> String {
    if let Ok(json) = body.parse::<Json>() {
        return json.to_string();
    }
    match body.strip_prefix("--").and_then(|body| body.split_once("\r\n")) {
        Some((boundary, _)) => body.replace(boundary, ""),
        None => body.to_owned(),
    }
}

#[tokio::test]
async fn digits_are_kept_in_both_directions_and_lists_are_read_to_the_end() {
    let (_sandbox, campfire) = start().await;
    for number in 1..=7 {
        let body = format!(r#"{{"deal_name": "Deal {number}", "total_contract_value": 12345678901234.5{number}}}"#);
        let contract = campfire.operation("contracts.create").unwrap().body(body.parse().unwrap()).await.unwrap();
        assert_eq!(contract["deal_name"].as_str(), Some(&*format!("Deal {number}")));
    }
    let list = campfire.operation("contracts.list").unwrap().parameter("limit", 3);
    assert_eq!(list.clone().await.unwrap()["results"].as_array().map(<[_]>::len), Some(3));
    let records = list.clone().stream().collect_up_to(100).await.unwrap();
    let typed = campfire.contracts().list().all().await.unwrap();
    assert_eq!(records.len(), 7);
    for (record, typed) in records.iter().zip(typed) {
        assert_eq!(record["id"].as_i64(), Some(typed.id.get()));
        assert_eq!(record["total_contract_value"].as_decimal(), typed.total_contract_value);
    }
    assert_eq!(list.max_items(2).stream().collect_up_to(100).await.unwrap().len(), 2);
}

#[tokio::test]
async fn mistakes_are_found_before_anything_is_sent() {
    let (sandbox, campfire) = start().await;
    let error = campfire.operation("contract.usage.crate").unwrap_err();
    assert!(error.to_string().contains("did you mean `contracts.usage.create`"), "{error}");
    let body = |json: serde_json::Value| Json::from(json);
    let cases = [
        (campfire.operation("contracts.retrieve"), "contract_id is required"),
        (campfire.operation("contracts.retrieve").map(|call| call.parameter("id", "x")), "expects an integer"),
        (campfire.operation("contracts.list").map(|call| call.parameter("limt", 3)), "did you mean `limit`"),
        (campfire.operation("contracts.list").map(|call| call.body(body(json!({})))), "is not part of this operation"),
        (
            campfire.operation("contracts.create").map(|call| call.body(body(json!({"deal_nme": "x"})))),
            "did you mean `deal_name`",
        ),
        (
            campfire.operation("contracts.create").map(|call| call.body(body(json!({"deal_name": 7})))),
            "expects a string",
        ),
        (campfire.operation("contracts.create").map(|call| call.body(body(json!({"id": 7})))), "is set by the server"),
        (campfire.operation("bills.create"), "lines: is required"),
        (
            campfire.operation("product_bundles.create").map(|call| {
                call.body(body(json!({"bundle_name": "B", "lines": [{"product": 1, "percentage_allocation": 100.01}]})))
            }),
            "at most 100",
        ),
        (campfire.operation("credit_memos.pdf").map(|call| call.parameter("id", 1)), "use `download`"),
    ];
    for (call, reason) in cases {
        let error = call.map(|call| call.send()).unwrap().await.unwrap_err();
        assert!(matches!(error, Error::Request(_)), "{error:?}");
        assert!(error.to_string().replace("contract_id: is", "contract_id is").contains(reason), "{reason}: {error}");
    }
    assert!(sandbox.requests().is_empty(), "a request was sent");
}

#[tokio::test]
async fn a_prepared_request_is_not_sent_and_has_no_key() {
    let (sandbox, campfire) = start().await;
    let call = campfire.operation("contracts.usage.create").unwrap().parameter("contract_id", 42);
    let prepared = call.body(json!({"contract": 42}).into()).prepare().await.unwrap();
    assert_eq!(prepared.method, "POST");
    assert!(prepared.url.ends_with("/contracts/42/usage"), "{}", prepared.url);
    assert_eq!(prepared.body, Some(json!({"contract": 42}).into()));
    assert!(!format!("{prepared:?} {prepared}").contains(&sandbox.key()));
    assert!(sandbox.requests().is_empty(), "a request was sent");
}
