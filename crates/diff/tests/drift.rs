//! Compares with a schema in the style of the vendor's framework: equivalent notations are no drift, and planted
//! differences are found.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use campfire_codegen::Description;
use campfire_diff::Revision;
use campfire_diff::drift::{Item, Kind, drift, text};
use serde_json::{Map, Value, json};

const WORDS: &str = "Vendor's words.";
const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];

fn openapi() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi")
}

/// Our description in the style of the vendor's framework, without what we know better.
fn vendor_shaped() -> Value {
    let mut document = Description::load(&openapi()).unwrap().root;
    inline_parameters(&mut document);
    as_documented(&mut document);
    let schemas = document["components"]["schemas"].as_object_mut().unwrap();
    let scalars: BTreeMap<String, Value> = schemas
        .iter()
        .filter(|(_, schema)| schema.get("x-scalar").is_some())
        .map(|(name, schema)| (name.clone(), scalar(schema)))
        .collect();
    schemas.retain(|name, _| !scalars.contains_key(name));
    let names: BTreeMap<String, String> = schemas
        .iter()
        .enumerate()
        .map(|(number, (name, schema))| (name.clone(), vendor_name(number, name, schema)))
        .collect();
    let enums: BTreeSet<String> =
        schemas.iter().filter(|(_, schema)| schema.get("enum").is_some()).map(|(name, _)| name.clone()).collect();
    plain(&mut document, &scalars, &names, &enums);
    let schemas = document["components"]["schemas"].as_object_mut().unwrap();
    *schemas = std::mem::take(schemas).into_iter().map(|(name, schema)| (names[&name].clone(), schema)).collect();
    schemas.insert("BlankEnum".to_owned(), json!({"enum": [""]}));
    schemas.insert("NullEnum".to_owned(), json!({"enum": [null]}));
    operations(&mut document);
    document["components"]["securitySchemes"] =
        json!({"tokenAuth": document["components"]["securitySchemes"]["token"]});
    document["components"]
        .as_object_mut()
        .unwrap()
        .retain(|kind, _| ["schemas", "securitySchemes"].contains(&kind.as_str()));
    document.as_object_mut().unwrap().remove("security");
    document["servers"] = json!([{"url": "https://api.meetcampfire.com"}]);
    document
}

/// The vendor names schemas by its own classes; the names of enums are hashed.
fn vendor_name(number: usize, name: &str, schema: &Value) -> String {
    match schema["x-page-of"].as_str() {
        Some(of) => format!("PaginatedAccounting{of}List{number}"),
        None if schema.get("enum").is_some() => format!("{name}{:x}Enum", 0xab3 + number * 7919),
        None => format!("Accounting{name}"),
    }
}

/// Returns the facts of one of our handwritten types.
fn scalar(schema: &Value) -> Value {
    match schema["x-scalar"].as_str().unwrap() {
        "decimal" => json!({"type": "number", "format": "double"}),
        _ => {
            let mut facts = schema.clone();
            facts.as_object_mut().unwrap().retain(|key, _| ["type", "format"].contains(&key.as_str()));
            facts
        }
    }
}

fn methods(document: &mut Value) -> impl Iterator<Item = (&String, &mut Value)> {
    let paths = document["paths"].as_object_mut().unwrap();
    paths.values_mut().flat_map(|item| item.as_object_mut().unwrap()).filter(|(method, _)| *method != "parameters")
}

fn inline_parameters(document: &mut Value) {
    let components = document["components"]["parameters"].clone();
    for (_, operation) in methods(document) {
        for parameter in operation.get_mut("parameters").into_iter().flat_map(|list| list.as_array_mut().unwrap()) {
            if let Some(target) = parameter["$ref"].as_str() {
                *parameter = components[target.rsplit('/').next().unwrap()].clone();
            }
        }
    }
}

fn documented(value: &Value) -> Option<&str> {
    value.get("x-deviation")?["documented"].as_str()
}

/// Goes back to what the vendor documents where a deviation says so, and forgets what it does not.
fn as_documented(document: &mut Value) {
    for (_, operation) in methods(document) {
        let operation = operation.as_object_mut().unwrap();
        if operation.get("requestBody").is_some_and(|body| documented(body).is_some_and(|text| text == "no body")) {
            operation.remove("requestBody");
        }
        if let Some(Value::Array(parameters)) = operation.get_mut("parameters") {
            parameters.retain(|parameter| documented(parameter).is_none_or(|text| !text.starts_with("absent")));
            parameters.iter_mut().for_each(bare);
        }
        let responses = operation["responses"].as_object_mut().unwrap();
        let is_absent = |response: &Value| documented(response).is_some_and(|text| text.starts_with("absent"));
        responses.retain(|status, response| !["4XX", "5XX"].contains(&status.as_str()) && !is_absent(response));
        for response in responses.values_mut() {
            let unknown = response.get("x-untyped").is_some()
                || documented(response).is_some_and(|text| text == "no response schema");
            if unknown {
                response.as_object_mut().unwrap().remove("content");
            }
        }
    }
    let schemas = document["components"]["schemas"].as_object_mut().unwrap();
    for schema in schemas.values_mut() {
        let Some(Value::Object(properties)) = schema.get_mut("properties") else { continue };
        let absent = |property: &Value| documented(property).is_some_and(|text| text.starts_with("absent"));
        let gone: Vec<String> =
            properties.iter().filter(|(_, property)| absent(property)).map(|(name, _)| name.clone()).collect();
        properties.retain(|name, _| !gone.contains(name));
        properties.values_mut().for_each(bare);
        if let Some(Value::Array(required)) = schema.get_mut("required") {
            required.retain(|name| !gone.iter().any(|gone| name == gone));
        }
    }
}

/// Replaces the schema of a property or parameter by the bare type that is documented.
fn bare(place: &mut Value) {
    let Some(text) = documented(place).map(str::to_owned) else { return };
    let holder = if place.get("schema").is_some() { &mut place["schema"] } else { &mut *place };
    let (word, rest) = text.split_once(' ').unwrap_or((&text, ""));
    if TYPES.contains(&word) && (rest.is_empty() || rest.starts_with('(') || rest.starts_with("of digits (")) {
        let mut schema = json!({ "type": word });
        for flag in ["readOnly", "writeOnly", "nullable", "description", "x-deviation"] {
            if let Some(value) = holder.get(flag) {
                schema[flag] = value.clone();
            }
        }
        if word == "array" {
            schema["items"] = json!({});
        }
        *holder = schema;
        for key in ["style", "explode"] {
            place.as_object_mut().unwrap().remove(key);
        }
    } else if text == "never null" {
        holder.as_object_mut().unwrap().remove("nullable");
    } else if text == "read-only" {
        holder["readOnly"] = json!(true);
    }
}

/// Removes our extensions and prose, and writes references the way the framework does.
fn plain(
    value: &mut Value,
    scalars: &BTreeMap<String, Value>,
    names: &BTreeMap<String, String>,
    enums: &BTreeSet<String>,
) {
    match value {
        Value::Object(entries) => {
            let target = entries.get("$ref").or_else(|| entries.get("allOf")?.get(0)?.get("$ref"));
            let target = target
                .and_then(Value::as_str)
                .and_then(|target| target.strip_prefix("#/components/schemas/"))
                .map(str::to_owned);
            if let Some(facts) = target.as_ref().and_then(|name| scalars.get(name)) {
                entries.retain(|key, _| !["$ref", "allOf"].contains(&key.as_str()));
                entries.extend(facts.as_object().cloned().unwrap());
            } else if let Some(name) = target.filter(|name| names.contains_key(name)) {
                reference(entries, &names[&name], enums.contains(&name));
                return;
            }
            entries.retain(|key, _| !key.starts_with("x-"));
            if entries.get("description").is_some_and(Value::is_string) {
                entries.insert("description".to_owned(), json!(WORDS));
                entries.insert("x-theirs".to_owned(), json!({"hint": true}));
            }
            if entries.contains_key("operationId") {
                entries.insert("operationId".to_owned(), json!("api_retrieve_2"));
            }
            entries.values_mut().for_each(|value| plain(value, scalars, names, enums));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| plain(item, scalars, names, enums)),
        _ => {}
    }
}

fn reference(entries: &mut Map<String, Value>, name: &str, is_enum: bool) {
    let reference = json!({"$ref": format!("#/components/schemas/{name}")});
    let mut rest = entries.clone();
    rest.retain(|key, _| ["readOnly", "writeOnly", "nullable", "default"].contains(&key.as_str()));
    if is_enum && (rest.contains_key("nullable") || entries.contains_key("x-blank")) {
        let mut parts = vec![reference];
        parts.extend(entries.get("x-blank").map(|_| json!({"$ref": "#/components/schemas/BlankEnum"})));
        parts.extend(rest.remove("nullable").map(|_| json!({"$ref": "#/components/schemas/NullEnum"})));
        rest.insert("oneOf".to_owned(), parts.into());
        *entries = rest;
    } else if rest.is_empty() {
        *entries = reference.as_object().cloned().unwrap();
    } else {
        rest.insert("allOf".to_owned(), json!([reference]));
        *entries = rest;
    }
}

/// Offers each body in three media types, sends updates as a twin without `required`, and repeats the security.
fn operations(document: &mut Value) {
    let mut twins = BTreeSet::new();
    for (method, operation) in methods(document) {
        operation["security"] = json!([{"tokenAuth": []}]);
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
    let schemas = document["components"]["schemas"].as_object_mut().unwrap();
    for name in twins {
        let mut twin = schemas[&name].clone();
        twin.as_object_mut().unwrap().remove("required");
        schemas.insert(format!("Patched{name}"), twin);
    }
}

fn items(vendors: &Value) -> Vec<Item> {
    let ours = Revision::read(&openapi()).unwrap();
    drift(&ours, &Revision::parse("vendor.json", &vendors.to_string()).unwrap())
}

#[test]
fn artifacts_of_the_framework_are_no_drift() {
    let items = items(&vendor_shaped());
    assert!(items.is_empty(), "{}", text(&items));
}

/// Returns a schema and its twin, if it has one.
fn with_twin<'a>(document: &'a mut Value, name: &str) -> Vec<&'a mut Value> {
    let names = [format!("Accounting{name}"), format!("PatchedAccounting{name}")];
    let schemas = document["components"]["schemas"].as_object_mut().unwrap();
    schemas.iter_mut().filter(|(known, _)| names.contains(known)).map(|(_, schema)| schema).collect()
}

/// Edits a property of a schema and its twin.
fn property(document: &mut Value, schema: &str, name: &str, edit: impl Fn(&mut Value)) {
    for schema in with_twin(document, schema) {
        edit(&mut schema["properties"][name]);
    }
}

fn enum_name(document: &Value, name: &str) -> String {
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let is_hashed =
        |known: &&String| known.starts_with(name) && known.ends_with("Enum") && known.len() < name.len() + 14;
    schemas.keys().find(is_hashed).unwrap().clone()
}

fn parameter<'a>(document: &'a mut Value, path: &str, name: &str) -> &'a mut Value {
    let parameters = document["paths"][path]["get"]["parameters"].as_array_mut().unwrap();
    parameters.iter_mut().find(|parameter| parameter["name"] == name).unwrap()
}

/// The place of a deviation in our description: of a parameter, a body or a response, with the text that is documented.
fn deviation(part: &str, text: &str) -> (String, String, Value) {
    let document = Description::load(&openapi()).unwrap().root;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let places: Vec<&Value> = match part {
                "parameters" => operation.get(part).and_then(Value::as_array).into_iter().flatten().collect(),
                "responses" => operation[part].as_object().unwrap().values().collect(),
                _ => operation.get(part).into_iter().collect(),
            };
            if let Some(found) = places.into_iter().find(|place| documented(place) == Some(text)) {
                return (path.clone(), method.clone(), found.clone());
            }
        }
    }
    panic!("no deviation of {part} from `{text}`")
}

#[test]
fn forty_planted_differences_are_found() {
    let mut vendors = vendor_shaped();
    let mut planted: Vec<(Kind, String)> = Vec::new();
    let mut plant = |kind: Kind, subject: &str| planted.push((kind, subject.to_owned()));
    let v = &mut vendors;
    let tag_path = "/coa/api/tag/{id}";

    // Operations.
    v["paths"]["/coa/api/brand-new"] = json!({"get": {"operationId": "coa_api_brand_new_list", "description": WORDS,
        "security": [{"tokenAuth": []}],
        "parameters": [{"name": "limit", "in": "query", "description": WORDS, "schema": {"type": "integer"}}],
        "responses": {"200": {"description": "", "content": {"application/json": {"schema": {"type": "object"}}}}}}});
    plant(Kind::New, "GET /coa/api/brand-new");
    v["paths"][tag_path].as_object_mut().unwrap().remove("delete");
    plant(Kind::Gone, "DELETE /coa/api/tag/{id}");
    v["paths"][tag_path]["get"]["deprecated"] = json!(true);
    plant(Kind::Different, "GET /coa/api/tag/{id}");
    v["paths"][tag_path]["put"]["responses"]["404"] =
        json!({"description": "", "content": {"application/json": {"schema": {"type": "object"}}}});
    plant(Kind::New, "PUT /coa/api/tag/{id} response:404");
    v["paths"]["/coa/api/tag"]["post"]["responses"]["202"] = json!({"description": ""});
    plant(Kind::New, "POST /coa/api/tag response:202");
    v["paths"]["/ca/api/user_currency/{id}"]["delete"]["responses"] = json!({"200": {"description": ""}});
    plant(Kind::Gone, "DELETE /ca/api/user_currency/{id} response:204");
    plant(Kind::New, "DELETE /ca/api/user_currency/{id} response:200");
    v["paths"]["/ca/api/user_currency/{id}"]["put"].as_object_mut().unwrap().remove("requestBody");
    plant(Kind::Gone, "PUT /ca/api/user_currency/{id} request");
    v["paths"]["/coa/api/tag/{id}"]["get"]["requestBody"] =
        json!({"content": {"application/json": {"schema": {"type": "object"}}}});
    plant(Kind::New, "GET /coa/api/tag/{id} request");

    // The document.
    v["components"]["securitySchemes"]["oauth"] = json!({"type": "http", "scheme": "bearer"});
    plant(Kind::New, "components.securitySchemes.oauth");
    v["paths"]["/coa/api/department"]["get"]["security"] = json!([{"oauth": []}]);
    plant(Kind::Different, "security");
    v["servers"] = json!([{"url": "https://api.other.example"}]);
    plant(Kind::Different, "servers");

    // Parameters.
    let list = v["paths"]["/coa/api/tag"]["get"]["parameters"].as_array_mut().unwrap();
    list.push(
        json!({"name": "colour", "in": "query", "description": WORDS, "schema": {"type": "string", "maxLength": 9}}),
    );
    plant(Kind::New, "GET /coa/api/tag query:colour");
    list.retain(|parameter| parameter["name"] != "no_group");
    plant(Kind::Gone, "GET /coa/api/tag query:no_group");
    parameter(v, "/coa/api/tag", "parent")["required"] = json!(true);
    plant(Kind::Different, "GET /coa/api/tag query:parent");
    parameter(v, "/coa/api/tag", "group")["deprecated"] = json!(true);
    plant(Kind::Different, "GET /coa/api/tag query:group");
    parameter(v, "/coa/api/department", "include_inactive")["schema"]["default"] = json!(false);
    plant(Kind::Different, "GET /coa/api/department query:include_inactive");
    parameter(v, "/coa/api/department", "q")["schema"]["type"] = json!("integer");
    plant(Kind::Different, "GET /coa/api/department query:q");
    let (styled, name) = exploded(v);
    parameter(v, &styled, &name)["explode"] = json!(false);
    plant(Kind::Different, &format!("GET {styled} query:{name}"));

    // Properties.
    for schema in with_twin(v, "Tag") {
        schema["properties"]["colour"] =
            json!({"type": "string", "maxLength": 7, "nullable": true, "description": WORDS});
    }
    plant(Kind::New, "components.schemas.Tag.colour");
    for schema in with_twin(v, "Vendor") {
        schema["properties"].as_object_mut().unwrap().remove("dba").unwrap();
    }
    plant(Kind::Gone, "components.schemas.Vendor.dba");
    v["components"]["schemas"]["PatchedAccountingVendor"]["properties"]["only_twin"] = json!({"type": "string"});
    plant(Kind::New, "components.schemas.Vendor.only_twin");
    v["components"]["schemas"]["PatchedAccountingVendor"]["required"] = json!(["website"]);
    plant(Kind::Different, "components.schemas.Vendor.website");
    let status = enum_name(v, "MemoStatus");
    v["components"]["schemas"][&status]["enum"].as_array_mut().unwrap().push(json!("disputed"));
    plant(Kind::New, "components.schemas.MemoStatus");
    let topics = enum_name(v, "VendorType");
    v["components"]["schemas"][&topics]["enum"].as_array_mut().unwrap().remove(0);
    plant(Kind::Gone, "components.schemas.VendorType");
    property(v, "Budget", "name", |name| name["type"] = json!("integer"));
    plant(Kind::Different, "components.schemas.Budget.name");
    property(v, "Budget", "currency", |currency| currency["nullable"] = json!(true));
    plant(Kind::Different, "components.schemas.Budget.currency");
    property(v, "Budget", "cadence", |cadence| drop(cadence.as_object_mut().unwrap().remove("nullable")));
    plant(Kind::Different, "components.schemas.Budget.cadence");
    property(v, "Budget", "periods", |periods| periods["maximum"] = json!(99));
    plant(Kind::Different, "components.schemas.Budget.periods");
    property(v, "TagGroup", "name", |name| name["maxLength"] = json!(99));
    plant(Kind::Different, "components.schemas.TagGroup.name");
    property(v, "VendorBulkSearch", "vendors", |vendors| vendors["minItems"] = json!(2));
    plant(Kind::Different, "components.schemas.VendorBulkSearch.vendors");
    property(v, "Department", "code", |code| code["pattern"] = json!("^[a-z]+$"));
    plant(Kind::Different, "components.schemas.Department.code");
    property(v, "Webhook", "url", |url| drop(url.as_object_mut().unwrap().remove("format")));
    plant(Kind::Different, "components.schemas.Webhook.url");
    property(v, "Currency", "currency", |currency| currency["default"] = json!("EUR"));
    plant(Kind::Different, "components.schemas.Currency.currency");
    property(v, "Department", "display_name", |name| name["deprecated"] = json!(true));
    plant(Kind::Different, "components.schemas.Department.display_name");
    property(v, "File", "s3_path", |path| path["readOnly"] = json!(true));
    plant(Kind::Different, "components.schemas.File.s3_path");
    property(v, "Product", "product_name", |name| {
        *name = json!({"type": "array", "items": {"type": "string"}, "nullable": true})
    });
    plant(Kind::Different, "components.schemas.Product.product_name");
    let schemas = v["components"]["schemas"].as_object_mut().unwrap();
    schemas.insert(
        "AccountingBrandNew".to_owned(),
        json!({"type": "object", "properties": {"depth": {"type": "integer", "description": WORDS}}}),
    );
    property(v, "Department", "office", |office| {
        *office = json!({"allOf": [{"$ref": "#/components/schemas/AccountingBrandNew"}], "readOnly": true})
    });
    plant(Kind::New, "components.schemas.Department.office");

    // Deviations that are out of date.
    let (path, method, mut absent) = deviation("parameters", "absent");
    absent.as_object_mut().unwrap().retain(|key, _| !key.starts_with("x-"));
    absent["schema"] = json!({"type": "string"});
    let operation = &mut v["paths"][&path][&method];
    match operation.get_mut("parameters") {
        Some(Value::Array(parameters)) => parameters.push(absent.clone()),
        _ => operation["parameters"] = json!([absent]),
    }
    plant(Kind::Stale, &format!("{} {path} query:{}", method.to_uppercase(), absent["name"].as_str().unwrap()));
    let (path, method, body) = deviation("requestBody", "no body");
    v["paths"][&path][&method]["requestBody"] = json!({"content": {body["content"].as_object().unwrap().keys().next().unwrap(): {"schema": {"type": "object"}}}});
    plant(Kind::Stale, &format!("{} {path} request", method.to_uppercase()));
    let (path, method, _) = deviation("responses", "no response schema");
    v["paths"][&path][&method]["responses"]["200"]["content"] =
        json!({"application/json": {"schema": {"type": "object"}}});
    plant(Kind::Stale, &format!("{} {path} response:200", method.to_uppercase()));
    property(v, "Contract", "is_deleted", |flag| *flag = json!({"type": "boolean", "readOnly": true}));
    plant(Kind::Stale, "components.schemas.Contract.is_deleted");
    property(v, "Contract", "client_terms", |terms| terms["nullable"] = json!(true));
    plant(Kind::Stale, "components.schemas.Contract.client_terms");

    let items = items(&vendors);
    let found: Vec<(Kind, String)> = items.iter().map(|item| (item.kind, item.subject.clone())).collect();
    assert!(planted.len() >= 40, "{}", planted.len());
    let missed: Vec<_> = planted.iter().filter(|wanted| !found.contains(wanted)).collect();
    let invented: Vec<_> = found.iter().filter(|item| !planted.contains(item)).collect();
    println!("{} planted, {} missed, {} invented", planted.len(), missed.len(), invented.len());
    assert!(missed.is_empty(), "missed: {missed:#?}\ninvented: {invented:#?}");
    assert!(invented.is_empty(), "invented: {invented:#?}");

    let list = text(&items);
    assert!(list.contains("| colour:\n    |   type: string\n    |   maxLength: 7\n    |   nullable: true\n"), "{list}");
    assert!(list.contains("| get:\n") && list.contains("x-retry: 'TODO") | list.contains("x-retry: \"TODO"), "{list}");
    assert!(!list.contains("Vendor's words"), "facts carry over, prose does not: {list}");
    let stale = items.iter().find(|item| item.subject == "components.schemas.Contract.is_deleted").unwrap();
    assert!(list.contains("deviation can go: components.schemas.Contract.is_deleted"), "{list}");
    assert!(stale.location.file.ends_with("revenue-recognition.yaml") && stale.location.line > 1, "{}", stale.location);
    // What a new object consists of comes with it.
    let office =
        items.iter().find(|item| item.subject.ends_with("Department.office")).unwrap().snippet.clone().unwrap();
    assert!(office.contains("AccountingBrandNew:") && office.contains("depth:"), "{office}");
}

/// Returns a list parameter whose values are repeated keys.
fn exploded(document: &Value) -> (String, String) {
    for (path, item) in document["paths"].as_object().unwrap() {
        let parameters = item["get"]["parameters"].as_array();
        let list = parameters
            .into_iter()
            .flatten()
            .find(|parameter| parameter["schema"]["type"] == "array" && parameter["explode"] != json!(false));
        if let Some(parameter) = list {
            return (path.clone(), parameter["name"].as_str().unwrap().to_owned());
        }
    }
    panic!("no list parameter")
}

#[test]
fn differences_explained_by_a_deviation_are_left_out() {
    // Our description explains why these are tag objects and not a string.
    let mut vendors = vendor_shaped();
    property(&mut vendors, "Contract", "tags", |tags| *tags = json!({"type": "string", "readOnly": true}));
    let items = items(&vendors);
    assert!(items.is_empty(), "{}", text(&items));
}
