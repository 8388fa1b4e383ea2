//! Compares with a schema in the style of the vendor's framework: equivalent notations are no drift, and planted
//! differences are found.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use campfire_codegen::Description;
use campfire_diff::Revision;
use campfire_diff::drift::{Kind, drift, text};
use serde_json::{Map, Value, json};

fn openapi() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi")
}

/// Our description in the style of the vendor's framework.
fn vendor_shaped() -> Value {
    let mut document = Description::load(&openapi()).unwrap().root;
    let enums: BTreeMap<String, String> = document["components"]["schemas"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, schema)| schema.get("enum").is_some())
        .enumerate()
        .map(|(number, (name, _))| (name.clone(), format!("{name}{:x}Enum", 0xab3 + number * 7919)))
        .collect();
    let undone = ["x-scalar"];
    plain(&mut document, &enums, &undone);
    // The names of enums are hashed.
    let schemas = document["components"]["schemas"].as_object_mut().unwrap();
    for (name, hashed) in &enums {
        let schema = schemas.remove(name).unwrap();
        schemas.insert(hashed.clone(), schema);
    }
    schemas.insert("BlankEnum".to_owned(), json!({"enum": [""]}));
    schemas.insert("NullEnum".to_owned(), json!({"enum": [null]}));
    // Updates are sent as a twin without `required`.
    let mut twins = BTreeSet::new();
    let paths = document["paths"].as_object_mut().unwrap();
    for operations in paths.values_mut() {
        for (method, operation) in operations.as_object_mut().unwrap().iter_mut() {
            let Some(content) = operation.pointer_mut("/requestBody/content") else { continue };
            let Some(json) = content.get_mut("application/json") else { continue };
            if method == "patch"
                && let Some(target) = json["schema"]["$ref"].as_str().map(str::to_owned)
            {
                let name = target.rsplit('/').next().unwrap().to_owned();
                json["schema"]["$ref"] = json!(format!("#/components/schemas/Patched{name}"));
                twins.insert(name);
            }
            let schema = json.clone();
            content["application/x-www-form-urlencoded"] = schema.clone();
            content["multipart/form-data"] = schema;
        }
    }
    let schemas = document["components"]["schemas"].as_object_mut().unwrap();
    for name in twins {
        let mut twin = schemas[&name].clone();
        twin.as_object_mut().unwrap().remove("required");
        schemas.insert(format!("Patched{name}"), twin);
    }
    document
}

/// Removes our extensions and prose, and writes references to enums the way the framework does.
fn plain(value: &mut Value, enums: &BTreeMap<String, String>, undone: &[&str]) {
    match value {
        Value::Object(entries) => {
            let named = |entries: &Map<String, Value>| {
                let target = entries.get("$ref").or_else(|| entries.get("allOf")?.get(0)?.get("$ref"))?.as_str()?;
                enums.get(target.strip_prefix("#/components/schemas/")?).cloned()
            };
            if let Some(hashed) = named(entries) {
                let reference = json!({"$ref": format!("#/components/schemas/{hashed}")});
                let mut rest = entries.clone();
                rest.retain(|key, _| ["readOnly", "writeOnly", "nullable", "default"].contains(&key.as_str()));
                let nullable = rest.remove("nullable").is_some();
                let blank = entries.get("x-blank").is_some();
                *entries = if nullable || blank {
                    let mut parts = vec![reference];
                    parts.extend(blank.then(|| json!({"$ref": "#/components/schemas/BlankEnum"})));
                    parts.extend(nullable.then(|| json!({"$ref": "#/components/schemas/NullEnum"})));
                    rest.insert("oneOf".to_owned(), parts.into());
                    rest
                } else if rest.is_empty() {
                    reference.as_object().cloned().unwrap()
                } else {
                    rest.insert("allOf".to_owned(), json!([reference]));
                    rest
                };
                return;
            }
            entries.retain(|key, _| !key.starts_with("x-") || undone.is_empty());
            if entries.get("description").is_some_and(Value::is_string) {
                entries.insert("description".to_owned(), json!("Vendor's words."));
            }
            if entries.contains_key("operationId") {
                entries.insert("operationId".to_owned(), json!("api_retrieve_2"));
            }
            entries.values_mut().for_each(|value| plain(value, enums, undone));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| plain(item, enums, undone)),
        _ => {}
    }
}

fn found(vendors: &Value) -> Vec<(Kind, &'static str, String)> {
    let ours = Revision::read(&openapi()).unwrap();
    let vendors = Revision::parse("vendor.json", &vendors.to_string()).unwrap();
    drift(&ours, &vendors).into_iter().map(|item| (item.kind, item.id, item.subject)).collect()
}

#[test]
fn artifacts_of_the_framework_are_no_drift() {
    assert_eq!(found(&vendor_shaped()), []);
}

#[test]
fn exactly_the_planted_differences_are_found() {
    let mut vendors = vendor_shaped();
    let status: String = vendors["components"]["schemas"]
        .as_object()
        .unwrap()
        .keys()
        .find(|name| name.starts_with("MemoStatus"))
        .unwrap()
        .clone();
    vendors["paths"]["/coa/api/brand-new"] = json!({"get": {"operationId": "coa_api_brand_new_list", "description": "Vendor's words.",
        "parameters": [{"name": "limit", "in": "query", "description": "Vendor's words.", "schema": {"type": "integer"}}],
        "responses": {"200": {"description": "", "content": {"application/json": {"schema": {"type": "object"}}}}}}});
    vendors["paths"]["/coa/api/tag/{id}"].as_object_mut().unwrap().remove("delete");
    let parameter = json!({"name": "colour", "in": "query", "description": "Vendor's words.", "schema": {"type": "string", "maxLength": 9}});
    vendors["paths"]["/coa/api/tag"]["get"]["parameters"].as_array_mut().unwrap().push(parameter);
    for name in ["Tag", "PatchedTag"] {
        let tag = &mut vendors["components"]["schemas"][name]["properties"];
        if tag.is_object() {
            tag["colour"] =
                json!({"type": "string", "maxLength": 7, "nullable": true, "description": "Vendor's words."});
        }
    }
    for name in ["Vendor", "PatchedVendor"] {
        if let Some(vendor) = vendors["components"]["schemas"][name]["properties"].as_object_mut() {
            vendor.remove("dba").unwrap();
        }
    }
    vendors["components"]["schemas"][&status]["enum"].as_array_mut().unwrap().push(json!("disputed"));
    vendors["components"]["schemas"]["Budget"]["properties"]["name"]["type"] = json!("integer");
    let found = found(&vendors);
    let subjects: Vec<(Kind, &str)> = found.iter().map(|(kind, _, subject)| (*kind, subject.as_str())).collect();
    assert_eq!(
        subjects,
        [
            (Kind::New, "GET /coa/api/brand-new"),
            (Kind::New, "GET /coa/api/tag query:colour"),
            (Kind::New, "components.schemas.MemoStatus"),
            (Kind::New, "components.schemas.Tag.colour"),
            (Kind::Gone, "DELETE /coa/api/tag/{id}"),
            (Kind::Gone, "components.schemas.Vendor.dba"),
            (Kind::Different, "components.schemas.Budget.name"),
        ]
    );
    let ours = Revision::read(&openapi()).unwrap();
    let list = text(&drift(&ours, &Revision::parse("vendor.json", &vendors.to_string()).unwrap()));
    assert!(list.contains("| colour:\n    |   type: string\n    |   maxLength: 7\n    |   nullable: true\n"), "{list}");
    assert!(list.contains("| get:\n") && list.contains("x-retry: 'TODO") | list.contains("x-retry: \"TODO"), "{list}");
    assert!(list.contains("4 new, 2 gone, 1 different"), "{list}");
    assert!(!list.contains("Vendor's words"), "facts carry over, prose does not: {list}");
}

#[test]
fn differences_explained_by_a_deviation_are_left_out() {
    // Our description explains why these are tag objects and not a string.
    let mut vendors = vendor_shaped();
    vendors["components"]["schemas"]["Contract"]["properties"]["tags"] = json!({"type": "string", "readOnly": true});
    assert_eq!(found(&vendors), []);
}
