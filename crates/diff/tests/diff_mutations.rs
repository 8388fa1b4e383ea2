//! Mutates one place of the real description for each check: that check reports the change, at that place, and no other
//! check does. A check without a mutation fails the test.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::OnceLock;

use campfire_codegen::Description;
use campfire_codegen::description::bundle;
use campfire_diff::{Bump, CHECKS, Change, Diff, Revision, Rules, Wire, compare};
use serde_json::{Map, Value, json};

/// The merged description, reduced to the operations that the mutations use.
fn base() -> &'static Value {
    static BASE: OnceLock<Value> = OnceLock::new();
    BASE.get_or_init(|| {
        let openapi = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi");
        let description = Description::load(&openapi).unwrap();
        let mut base: Value = serde_json::from_str(&bundle::json(&description)).unwrap();
        // Each mutation compares it twice, so a small description keeps the test fast.
        let paths =
            ["/rr/api/v1/contracts", "/rr/api/v1/contracts/{id}", "/ca/api/user_currency/{id}", "/coa/api/tag/{id}"];
        base["paths"].as_object_mut().unwrap().retain(|path, _| paths.contains(&path.as_str()));
        let contract = &mut base["components"]["schemas"]["Contract"];
        let properties = contract["properties"].as_object_mut().unwrap();
        properties.retain(|_, property| property.get("type").is_some_and(|kind| kind != "array"));
        let kept: Vec<String> = properties.keys().cloned().collect();
        contract["required"].as_array_mut().unwrap().retain(|name| kept.iter().any(|kept| name == kept));
        let mut used = BTreeSet::new();
        let shared = ["parameters", "responses"].map(|kind| base["components"][kind].to_string());
        let mut waiting = vec![base["paths"].to_string()];
        waiting.extend(shared);
        while let Some(text) = waiting.pop() {
            for name in text.split("#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next()) {
                if used.insert(name.to_owned()) {
                    waiting.push(base["components"]["schemas"][name].to_string());
                }
            }
        }
        base["components"]["schemas"].as_object_mut().unwrap().retain(|name, _| used.contains(name));
        base
    })
}

fn revision(document: &Value) -> Revision {
    Revision::parse("bundle.json", &document.to_string()).unwrap()
}

fn diff(old: &Value, new: &Value) -> Diff {
    compare(&revision(old), &revision(new))
}

type Edit = Box<dyn Fn(&mut Value)>;

/// One mutation: an edit to both revisions, an edit to the new one only, and the place where the change shows.
struct Mutation {
    id: &'static str,
    prepare: Edit,
    change: Edit,
    operation: &'static str,
    place: &'static str,
}

const LIST: &str = "/paths/~1rr~1api~1v1~1contracts/get";
const CREATE: &str = "/paths/~1rr~1api~1v1~1contracts/post";

fn set(document: &mut Value, pointer: &str, value: Value) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = document.pointer_mut(parent).unwrap_or_else(|| panic!("{pointer}"));
    let key = key.replace("~1", "/").replace("~0", "~");
    match (parent, value) {
        (Value::Object(entries), Value::Null) => drop(entries.remove(&key)),
        (Value::Object(entries), value) => drop(entries.insert(key, value)),
        (Value::Array(items), value) => items.push(value),
        _ => panic!("{pointer}"),
    }
}

fn edit(pointer: impl Into<String>, value: Value) -> Edit {
    let pointer = pointer.into();
    Box::new(move |document| set(document, &pointer, value.clone()))
}

fn nothing() -> Edit {
    Box::new(|_| {})
}

/// Returns the place of a probe for a direction, its marker, and the place where it shows.
fn site(direction: &str) -> (&'static str, Value, &'static str, &'static str) {
    match direction {
        "request" => {
            let mark = json!({"writeOnly": true});
            ("/components/schemas/Contract/properties/probe", mark, "POST /rr/api/v1/contracts", ".probe")
        }
        "response" => {
            let mark = json!({"readOnly": true});
            ("/components/schemas/Contract/properties/probe", mark, "GET /rr/api/v1/contracts", ".results[].probe")
        }
        _ => ("/components/parameters/Probe/schema", json!({}), "GET /rr/api/v1/contracts", "query:probe"),
    }
}

fn probe(direction: &str, schema: &Value) -> Edit {
    let (pointer, mark, ..) = site(direction);
    let mut schema = schema.clone();
    if let (Value::Object(schema), Value::Object(mark)) = (&mut schema, mark) {
        schema.extend(mark);
    }
    let parameter = direction == "parameter";
    Box::new(move |document| {
        if parameter {
            let probe = json!({"name": "probe", "in": "query", "description": "A probe.", "schema": schema});
            set(document, "/components/parameters/Probe", probe);
            set(document, &format!("{LIST}/parameters/-"), json!({"$ref": "#/components/parameters/Probe"}));
        } else {
            set(document, pointer, schema.clone());
        }
    })
}

fn leak(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

/// The kinds of changes that a schema can undergo in any direction.
fn facets() -> Vec<(&'static str, Value, Value)> {
    let string = |more: Value| {
        let mut schema = json!({"type": "string", "description": "A probe."});
        schema.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        schema
    };
    let list = |more: Value| {
        let mut schema = json!({"type": "array", "description": "A probe.", "items": {"type": "string"}});
        schema.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        schema
    };
    let number = |most: i64| json!({"type": "integer", "description": "A probe.", "maximum": most});
    let object = |properties: Value, required: Value| json!({"type": "object", "description": "A probe.", "properties": properties, "required": required});
    let inner = json!({"inner": {"type": "string"}, "other": {"type": "string"}});
    let other = json!({"other": {"type": "string"}});
    let multiple = |of: f64| json!({"type": "number", "description": "A probe.", "multipleOf": of});
    let union = |word: &str, variants: usize| {
        let kinds: Vec<Value> =
            ["string", "integer", "boolean"].into_iter().map(|kind| json!({"type": kind})).collect();
        json!({word: kinds[..variants]})
    };
    // A short text matches both.
    let overlapping = |word: &str| json!({word: [{"type": "string"}, {"type": "string", "maxLength": 5}]});
    let discriminated = |property: &str, mapped: &str| {
        let target = |name: &str| format!("#/components/schemas/{name}");
        let variants = ["Tag", "Currency"].map(|name| json!({"$ref": target(name)}));
        json!({"oneOf": variants, "discriminator": {"propertyName": property, "mapping": {"x": target(mapped)}}})
    };
    vec![
        (
            "additional_properties.narrowed",
            json!({"type": "object", "additionalProperties": {"type": "string"}}),
            json!({"type": "object", "additionalProperties": false}),
        ),
        (
            "additional_properties.widened",
            json!({"type": "object", "additionalProperties": {"type": "string"}}),
            json!({"type": "object"}),
        ),
        ("blank.allowed", string(json!({})), string(json!({"x-blank": true}))),
        ("blank.forbidden", string(json!({"x-blank": true})), string(json!({}))),
        ("default.changed", string(json!({"default": "a"})), string(json!({"default": "b"}))),
        ("enum.added", string(json!({"enum": ["a"]})), string(json!({"enum": ["a", "b"]}))),
        ("enum.removed", string(json!({"enum": ["a", "b"]})), string(json!({"enum": ["a"]}))),
        ("enum.introduced", string(json!({})), string(json!({"enum": ["a"]}))),
        ("enum.dropped", string(json!({"enum": ["a"]})), string(json!({}))),
        ("format.changed", string(json!({"format": "uuid"})), string(json!({"format": "email"}))),
        ("items.narrowed", list(json!({})), list(json!({"maxItems": 5}))),
        ("items.widened", list(json!({"maxItems": 5})), list(json!({"maxItems": 6}))),
        ("length.narrowed", string(json!({"maxLength": 10})), string(json!({"maxLength": 5}))),
        ("length.widened", string(json!({"maxLength": 10})), string(json!({"maxLength": 50}))),
        ("nullable.added", string(json!({})), string(json!({"nullable": true}))),
        ("nullable.removed", string(json!({"nullable": true})), string(json!({}))),
        ("pattern.changed", string(json!({"pattern": "^a"})), string(json!({"pattern": "^b"}))),
        ("range.narrowed", number(10), number(5)),
        ("range.widened", number(10), number(50)),
        ("type.changed", string(json!({})), json!({"type": "integer", "description": "A probe."})),
        ("property.added", object(other.clone(), json!([])), object(inner.clone(), json!([]))),
        ("property.removed", object(inner.clone(), json!([])), object(other, json!([]))),
        ("property.became_required", object(inner.clone(), json!([])), object(inner.clone(), json!(["inner"]))),
        ("property.became_optional", object(inner.clone(), json!(["inner"])), object(inner, json!([]))),
        ("variant.added", union("oneOf", 2), union("oneOf", 3)),
        ("variant.removed", union("oneOf", 3), union("oneOf", 2)),
        ("variants.narrowed", overlapping("anyOf"), overlapping("oneOf")),
        ("variants.widened", overlapping("oneOf"), overlapping("anyOf")),
        ("discriminator.changed", discriminated("a", "Tag"), discriminated("b", "Tag")),
        ("mapping.changed", discriminated("a", "Tag"), discriminated("a", "Currency")),
        ("format.narrowed", string(json!({})), string(json!({"format": "email"}))),
        ("format.widened", string(json!({"format": "email"})), string(json!({}))),
        ("pattern.narrowed", string(json!({})), string(json!({"pattern": "^a"}))),
        ("pattern.widened", string(json!({"pattern": "^a"})), string(json!({}))),
        ("multiple.changed", multiple(0.05), multiple(0.02)),
        ("multiple.narrowed", multiple(0.01), multiple(0.05)),
        ("multiple.widened", multiple(0.3), multiple(0.1)),
        ("not.changed", string(json!({"not": {"enum": ["a"]}})), string(json!({"not": {"enum": ["b"]}}))),
        ("not.narrowed", string(json!({})), string(json!({"not": {"enum": ["a"]}}))),
        ("not.widened", string(json!({"not": {"enum": ["a"]}})), string(json!({}))),
        (
            "constraint.changed",
            list(json!({"contains": {"minLength": 1}})),
            list(json!({"contains": {"minLength": 2}})),
        ),
        ("type.narrowed", json!({"type": "number"}), json!({"type": "integer"})),
        ("type.widened", json!({"type": "integer"}), json!({"type": "number"})),
        ("xml.changed", string(json!({"xml": {"name": "a"}})), string(json!({"xml": {"name": "b"}}))),
    ]
}

fn mutations() -> Vec<Mutation> {
    let mut all = Vec::new();
    for direction in ["request", "response", "parameter"] {
        for (kind, before, after) in facets() {
            let (.., operation, place) = site(direction);
            let place = if kind.starts_with("property.") { leak(format!("{place}.inner")) } else { place };
            all.push(Mutation {
                id: leak(format!("{direction}.{kind}")),
                prepare: probe(direction, &before),
                change: change_probe(direction, &after),
                operation,
                place,
            });
        }
    }
    let mut add = |id, prepare: Edit, change: Edit, operation, place| {
        all.push(Mutation { id, prepare, change, operation, place });
    };
    let list = "GET /rr/api/v1/contracts";
    let create = "POST /rr/api/v1/contracts";
    let at = |pointer: &str, key: &str| format!("{pointer}/{key}");
    let text = json!({"type": "string", "description": "A probe."});

    // The operation itself.
    add(
        "operation.added",
        edit(CREATE.replace("post", "x-nothing"), Value::Null),
        edit(
            "/paths/~1probe",
            json!({"get": {"operationId": "probe.list", "responses": {"200": {"description": "x"}}}}),
        ),
        "GET /probe",
        "",
    );
    add("operation.removed", nothing(), edit(LIST, Value::Null), list, "");
    add("operation.renamed", nothing(), edit(at(LIST, "operationId"), json!("contracts.index")), list, "");
    add("operation.deprecated", nothing(), edit(at(LIST, "deprecated"), json!(true)), list, "");
    add(
        "operation.undeprecated",
        edit(at(LIST, "deprecated"), json!(true)),
        edit(at(LIST, "deprecated"), json!(false)),
        list,
        "",
    );
    add("operation.description.changed", nothing(), edit(at(LIST, "summary"), json!("Other words")), list, "");
    add(
        "operation.reference.changed",
        nothing(),
        edit(at(LIST, "externalDocs"), json!({"url": "https://x"})),
        list,
        "",
    );
    add("operation.tags.changed", nothing(), edit(at(LIST, "tags"), json!(["other"])), list, "");
    add("operation.retry.changed", nothing(), edit(at(CREATE, "x-retry"), json!("keyed")), create, "");
    add(
        "operation.read_back.changed",
        nothing(),
        edit(at(CREATE, "x-read-back"), json!("contracts.retrieve")),
        create,
        "",
    );
    add(
        "operation.client_key.changed",
        nothing(),
        edit(at(CREATE, "x-client-key"), json!({"marker": "notes"})),
        create,
        "",
    );
    add("operation.money.changed", nothing(), edit(at(CREATE, "x-money"), json!("moves")), create, "");
    add("operation.pagination.changed", nothing(), edit(at(LIST, "x-pagination"), json!("none")), list, "");
    add("operation.order.changed", nothing(), edit(at(LIST, "x-order"), json!("last-modified")), list, "");
    add("operation.security.changed", nothing(), edit(at(LIST, "security"), json!([{"other": []}])), list, "");
    add("sandbox.changed", nothing(), edit(at(LIST, "x-effect"), json!({"rows": {"of": "vendors"}})), list, "");
    add("deviation.changed", nothing(), edit(at(LIST, "x-deviation"), json!({"documented": "a"})), list, "");
    add("extension.changed", nothing(), edit(at(LIST, "x-new-thing"), json!(1)), list, "");
    add("unclassified.changed", nothing(), edit(at(LIST, "newThing"), json!(1)), list, "");
    add("sunset.changed", nothing(), edit(at(LIST, "x-sunset"), json!("2027-01-01")), list, "");
    add(
        "operation.servers.changed",
        nothing(),
        edit("/paths/~1rr~1api~1v1~1contracts/servers", json!([{"url": "https://other"}])),
        "/rr/api/v1/contracts",
        "",
    );
    let called = json!({"summary": "A probe.", "responses": {"204": {"description": "x"}}});
    let callback = json!({"done": {"{$request.body#/url}": {"post": called}}});
    let heard = "POST /rr/api/v1/contracts callback:done POST {$request.body#/url}";
    add("callback.added", nothing(), edit(at(CREATE, "callbacks"), callback.clone()), heard, "");
    add(
        "callback.removed",
        edit(at(CREATE, "callbacks"), callback),
        edit(at(CREATE, "callbacks"), json!({})),
        heard,
        "",
    );
    let webhook = json!({"paid": {"post": called}});
    add("webhook.added", nothing(), edit("/webhooks", webhook.clone()), "POST webhook:paid", "");
    add("webhook.removed", edit("/webhooks", webhook), edit("/webhooks", json!({})), "POST webhook:paid", "");

    // Parameters.
    let parameter = "/components/parameters/Probe";
    add("parameter.added", nothing(), probe("parameter", &text), list, "query:probe");
    add(
        "parameter.removed",
        probe("parameter", &text),
        Box::new(|document| {
            document.pointer_mut(&format!("{LIST}/parameters")).unwrap().as_array_mut().unwrap().pop();
            set(document, "/components/parameters/Probe", Value::Null);
        }),
        list,
        "query:probe",
    );
    for (id, key, before, after) in [
        ("parameter.became_required", "required", json!(null), json!(true)),
        ("parameter.became_optional", "required", json!(true), json!(null)),
        ("parameter.deprecated", "deprecated", json!(null), json!(true)),
        ("parameter.undeprecated", "deprecated", json!(true), json!(null)),
        ("parameter.description.changed", "description", json!("Some."), json!("Other.")),
        ("parameter.style.changed", "explode", json!(true), json!(false)),
        ("parameter.rust_name.changed", "x-rust-name", json!(null), json!("other")),
        ("parameter.omitted", "x-omit", json!(null), json!("no use")),
        ("parameter.offered", "x-omit", json!("no use"), json!(null)),
        ("references.changed", "x-references", json!(null), json!("vendors")),
        ("example.changed", "example", json!(null), json!("a")),
    ] {
        let with = probe("parameter", &text);
        let prepare: Edit = Box::new(move |document| {
            with(document);
            set(document, &format!("{parameter}/{key}"), before.clone());
        });
        add(id, prepare, edit(format!("{parameter}/{key}"), after), list, "query:probe");
    }
    add(
        "parameter.renamed",
        nothing(),
        Box::new(|document| {
            let resolve = |document: &Value, parameter: &Value| match parameter["$ref"].as_str() {
                Some(target) => document.pointer(&target[1..]).unwrap().clone(),
                None => parameter.clone(),
            };
            let mut item = document["paths"]["/rr/api/v1/contracts/{id}"].clone();
            let own = document.clone();
            let holders = ["parameters", "get", "put", "patch", "delete"];
            for holder in holders {
                let list = if holder == "parameters" {
                    item.get_mut(holder)
                } else {
                    item.pointer_mut(&format!("/{holder}/parameters"))
                };
                for parameter in list.into_iter().flat_map(|list| list.as_array_mut().unwrap()) {
                    let mut target = resolve(&own, parameter);
                    if target["in"] == "path" {
                        target["name"] = json!("contract_id");
                        *parameter = target;
                    }
                }
            }
            let paths = document["paths"].as_object_mut().unwrap();
            paths.remove("/rr/api/v1/contracts/{id}");
            paths.insert("/rr/api/v1/contracts/{contract_id}".to_owned(), item);
        }),
        "GET /rr/api/v1/contracts/{contract_id}",
        "path:contract_id",
    );

    // Bodies.
    let body = at(CREATE, "requestBody");
    add(
        "request.body.added",
        edit(&*body, Value::Null),
        edit(&*body, base().pointer(&body).unwrap().clone()),
        create,
        "",
    );
    add("request.body.removed", nothing(), edit(&*body, Value::Null), create, "");
    add(
        "request.body.became_required",
        edit(at(&body, "required"), Value::Null),
        edit(at(&body, "required"), json!(true)),
        create,
        "",
    );
    add(
        "request.body.became_optional",
        edit(at(&body, "required"), json!(true)),
        edit(at(&body, "required"), json!(false)),
        create,
        "",
    );
    let content = at(&body, "content");
    let form = at(&content, "application~1x-www-form-urlencoded");
    add("request.media_type.added", nothing(), edit(&*form, json!({"schema": {"type": "object"}})), create, "");
    add(
        "request.media_type.removed",
        edit(&*form, json!({"schema": {"type": "object"}})),
        edit(&*form, Value::Null),
        create,
        "",
    );

    // Responses.
    let responses = at(LIST, "responses");
    let ok = at(&responses, "200");
    let content = at(&ok, "content");
    let csv = at(&content, "text~1csv");
    add("response.body.removed", nothing(), edit(&*content, Value::Null), list, "");
    add(
        "response.body.added",
        edit(&*content, Value::Null),
        edit(&*content, base().pointer(&content).unwrap().clone()),
        list,
        "",
    );
    add("response.media_type.added", nothing(), edit(&*csv, json!({"schema": {"type": "string"}})), list, "");
    add(
        "response.media_type.removed",
        edit(&*csv, json!({"schema": {"type": "string"}})),
        edit(&*csv, Value::Null),
        list,
        "",
    );
    add("response.status.added", nothing(), edit(at(&responses, "202"), json!({"description": "Later."})), list, "");
    add(
        "response.status.removed",
        edit(at(&responses, "202"), json!({"description": "Later."})),
        edit(at(&responses, "202"), Value::Null),
        list,
        "",
    );
    add("response.error.added", nothing(), edit(at(&responses, "418"), json!({"description": "Tea."})), list, "");
    add(
        "response.error.removed",
        edit(at(&responses, "418"), json!({"description": "Tea."})),
        edit(at(&responses, "418"), Value::Null),
        list,
        "",
    );
    add("response.description.changed", nothing(), edit(at(&ok, "description"), json!("Other words.")), list, "");
    for (id, before, after) in [
        ("response.status.widened", "202", "2XX"),
        ("response.status.narrowed", "2XX", "202"),
        ("response.error.widened", "600", "6XX"),
        ("response.error.narrowed", "6XX", "600"),
    ] {
        let (before, after) = (at(&responses, before), at(&responses, after));
        let gone = before.clone();
        let rename: Edit = Box::new(move |document| {
            set(document, &gone, Value::Null);
            set(document, &after, json!({"description": "Later."}));
        });
        add(id, edit(before, json!({"description": "Later."})), rename, list, "");
    }
    let headers = at(&ok, "headers");
    let header = |more: Value| {
        let mut header = json!({"schema": {"type": "string"}});
        header.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        json!({ "X-A": header })
    };
    for (id, before, after) in [
        ("response.header.added", json!({}), header(json!({}))),
        ("response.header.removed", header(json!({})), json!({})),
        ("response.header.became_required", header(json!({})), header(json!({"required": true}))),
        ("response.header.became_optional", header(json!({"required": true})), header(json!({}))),
        ("response.header.changed", header(json!({})), header(json!({"explode": true}))),
    ] {
        add(id, edit(&*headers, before), edit(&*headers, after), list, "header:x-a");
    }
    let links = at(&ok, "links");
    for (id, before, after) in [
        ("response.link.added", json!({}), json!({"next": {"operationId": "a"}})),
        ("response.link.removed", json!({"next": {"operationId": "a"}}), json!({})),
        ("response.link.changed", json!({"next": {"operationId": "a"}}), json!({"next": {"operationId": "b"}})),
    ] {
        add(id, edit(&*links, before), edit(&*links, after), list, "");
    }
    let encoding = json!({"tags": {"contentType": "text/csv"}});
    add(
        "response.encoding.changed",
        nothing(),
        edit(at(&content, "application~1json/encoding"), encoding.clone()),
        list,
        "",
    );
    let json = at(CREATE, "requestBody/content/application~1json/encoding");
    add("request.encoding.changed", nothing(), edit(json, encoding), create, "");

    // Properties that change their direction.
    let probe_at = "/components/schemas/Contract/properties/probe";
    for (id, before, after, operation, place) in [
        ("request.property.became_read_only", json!({}), json!({"readOnly": true}), create, ".probe"),
        ("request.property.became_writable", json!({"readOnly": true}), json!({}), create, ".probe"),
        ("response.property.became_write_only", json!({}), json!({"writeOnly": true}), list, ".results[].probe"),
        ("response.property.became_readable", json!({"writeOnly": true}), json!({}), list, ".results[].probe"),
    ] {
        let probe = |more: Value| {
            let mut schema = text.clone();
            schema.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
            schema
        };
        add(id, edit(probe_at, probe(before)), edit(probe_at, probe(after)), operation, place);
    }

    // Schemas, in any direction.
    let string = |more: Value| {
        let mut schema = json!({"type": "string", "description": "A probe.", "readOnly": true});
        schema.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        schema
    };
    for (id, before, after) in [
        ("schema.deprecated", json!({}), json!({"deprecated": true})),
        ("schema.undeprecated", json!({"deprecated": true}), json!({})),
        ("schema.description.changed", json!({}), json!({"description": "Other words."})),
        ("schema.rust_name.changed", json!({}), json!({"x-rust-name": "other"})),
        ("schema.scalar.changed", json!({"x-scalar": "timestamp"}), json!({"x-scalar": "json"})),
        ("currency.changed", json!({"x-currency": "currency"}), json!({"x-currency": "entity_currency"})),
        ("untyped.changed", json!({"x-untyped": "nobody knows"}), json!({"x-untyped": "still nobody"})),
    ] {
        add(id, probe("response", &string(before)), probe("response", &string(after)), list, ".results[].probe");
    }
    add(
        "schema.identity.changed",
        nothing(),
        edit("/components/schemas/Contract/x-identity", json!(["id", "deal_name"])),
        list,
        ".results[]",
    );
    add(
        "schema.page.changed",
        nothing(),
        edit("/components/schemas/ContractPage/x-page-of", json!("Vendor")),
        list,
        "",
    );
    let named = |name: &'static str, schema: Value| -> Edit {
        Box::new(move |document| {
            set(document, &format!("/components/schemas/{name}"), schema.clone());
            let reference = json!({"readOnly": true, "allOf": [{"$ref": format!("#/components/schemas/{name}")}]});
            set(document, "/components/schemas/Contract/properties/probe", reference);
        })
    };
    let object = json!({"type": "object", "description": "A probe.", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}});
    let renamed = named("ProbeAfter", object.clone());
    add(
        "schema.renamed",
        named("ProbeBefore", object.clone()),
        Box::new(move |document| {
            renamed(document);
            set(document, "/components/schemas/ProbeBefore", Value::Null);
        }),
        list,
        ".results[].probe",
    );
    let both: Edit = {
        let (one, other) = (named("ProbeAfter", object.clone()), named("ProbeBefore", object.clone()));
        Box::new(move |document| {
            one(document);
            other(document);
            set(
                document,
                "/components/schemas/ProbeHolder",
                json!({"type": "object", "properties": {"a": {"$ref": "#/components/schemas/ProbeAfter"}}}),
            );
        })
    };
    add("schema.replaced", both, named("ProbeAfter", object.clone()), list, ".results[].probe");
    add("schema.unused.changed", nothing(), edit("/components/schemas/NobodyUsesThis", object), "", "");

    // The document.
    add("info.changed", nothing(), edit("/info/title", json!("Other")), "", "");
    add("servers.changed", nothing(), edit("/servers", json!([{"url": "https://other"}])), "", "");
    let scheme = "/components/securitySchemes/probe";
    let basic = json!({"type": "http", "scheme": "basic"});
    add("security.scheme.added", nothing(), edit(scheme, basic.clone()), "", "");
    add("security.scheme.removed", edit(scheme, basic), edit(scheme, Value::Null), "", "");
    add(
        "security.scheme.changed",
        nothing(),
        edit("/components/securitySchemes/token/name", json!("X-Api-Key")),
        "",
        "",
    );
    all
}

/// Replaces the probe.
fn change_probe(direction: &str, schema: &Value) -> Edit {
    if direction == "parameter" {
        return edit("/components/parameters/Probe/schema", schema.clone());
    }
    probe(direction, schema)
}

/// Returns the check that reports the reverse of a change.
fn inverse(id: &str) -> String {
    let pairs = [
        ("added", "removed"),
        ("became_required", "became_optional"),
        ("narrowed", "widened"),
        ("deprecated", "undeprecated"),
        ("introduced", "dropped"),
        ("allowed", "forbidden"),
        ("omitted", "offered"),
        ("became_read_only", "became_writable"),
        ("became_write_only", "became_readable"),
    ];
    let (rest, last) = id.rsplit_once('.').unwrap();
    for (one, other) in pairs {
        if last == one {
            return format!("{rest}.{other}");
        }
        if last == other {
            return format!("{rest}.{one}");
        }
    }
    id.to_owned()
}

fn ids(diff: &Diff) -> BTreeSet<&str> {
    diff.changes.iter().map(|change| change.id).collect()
}

fn shows(change: &Change, operation: &str, place: &str) -> bool {
    change.occurrences.iter().any(|occurrence| occurrence.operation == operation && occurrence.place == place)
}

#[test]
fn each_check_reports_its_change_in_its_place_and_no_other_check_does() {
    let mut wrong = Vec::new();
    let mut covered = BTreeSet::new();
    for Mutation { id, prepare, change, operation, place } in mutations() {
        covered.insert(id);
        let mut old = base().clone();
        prepare(&mut old);
        let mut new = old.clone();
        change(&mut new);
        let (old, new) = (revision(&old), revision(&new));
        let found = compare(&old, &new);
        if ids(&found) != BTreeSet::from([id]) {
            wrong.push(format!("{id}: {:?}", ids(&found)));
        } else if !found.changes.iter().any(|change| shows(change, operation, place)) {
            wrong.push(format!("{id}: shows at {:?}", found.changes[0].occurrences.iter().take(3).collect::<Vec<_>>()));
        }
        let back = compare(&new, &old);
        if ids(&back) != BTreeSet::from([inverse(id).as_str()]) {
            wrong.push(format!("{id} reversed: {:?}", ids(&back)));
        }
        if back
            .changes
            .iter()
            .map(|change| &change.occurrences)
            .ne(found.changes.iter().map(|change| &change.occurrences))
            && !["parameter.renamed"].contains(&id)
        {
            wrong.push(format!("{id} reversed: other places"));
        }
    }
    for check in CHECKS {
        if !covered.contains(check.id) {
            wrong.push(format!("{}: no mutation", check.id));
        }
    }
    for id in covered {
        if !CHECKS.iter().any(|check| check.id == id) {
            wrong.push(format!("{id}: no check"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The whole description.
fn whole() -> &'static Value {
    static WHOLE: OnceLock<Value> = OnceLock::new();
    WHOLE.get_or_init(|| {
        let openapi = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi");
        serde_json::from_str(&bundle::json(&Description::load(&openapi).unwrap())).unwrap()
    })
}

#[test]
fn equivalent_notations_are_no_change() {
    let openapi = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi");
    let folder = Revision::read(&openapi).unwrap();
    let none = |other: &Revision, how: &str| {
        let found = compare(&folder, other);
        assert!(found.changes.is_empty() && found.rust.is_empty(), "{how}: {}", campfire_diff::text(&found));
        assert!(compare(other, &folder).changes.is_empty(), "{how}");
    };
    none(&folder, "itself");
    // A single JSON file with keys in reverse order, and a single YAML file.
    fn reversed(value: &Value) -> Value {
        match value {
            Value::Object(entries) => {
                entries.iter().rev().map(|(key, value)| (key.clone(), reversed(value))).collect::<Map<_, _>>().into()
            }
            Value::Array(items) => items.iter().map(reversed).collect(),
            other => other.clone(),
        }
    }
    // The order of keys has no meaning on the wire. Only the order of arguments in Rust follows it.
    let other = compare(&folder, &revision(&reversed(whole())));
    assert!(other.changes.is_empty(), "JSON, in another order: {}", campfire_diff::text(&other));
    assert!(other.rust.iter().all(|item| item.contains(" order of arguments: ")), "{:?}", other.rust);
    let yaml = bundle::yaml(&Description::load(&openapi).unwrap());
    none(&Revision::parse("bundle.yaml", &yaml).unwrap(), "one YAML file");
    // Schemas that move to another file, and a reference that is replaced by its target.
    let sources: Vec<(String, String)> = std::fs::read_dir(&openapi)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(path).unwrap()))
        .collect();
    let moved = sources.iter().map(|(name, text)| {
        // Swapping the names of two area files moves everything in them.
        let name = match name.as_str() {
            "settings.yaml" => "integrations.yaml",
            "integrations.yaml" => "settings.yaml",
            other => other,
        };
        (name, text.as_str())
    });
    none(&Revision::merge(moved).unwrap(), "between files");
    let mut inlined = whole().clone();
    let parameters = inlined["paths"]["/rr/api/v1/contracts"]["get"]["parameters"].as_array().unwrap().clone();
    let inline_parameters: Vec<Value> = parameters
        .iter()
        .map(|parameter| match parameter["$ref"].as_str() {
            Some(target) => inlined.pointer(&target[1..]).unwrap().clone(),
            None => parameter.clone(),
        })
        .collect();
    assert_ne!(parameters, inline_parameters);
    inlined["paths"]["/rr/api/v1/contracts"]["get"]["parameters"] = inline_parameters.into();
    none(&revision(&inlined), "an inlined reference");
}

#[test]
fn a_shared_cause_is_one_change_with_all_its_occurrences() {
    let mut old = whole().clone();
    // The example is a text.
    set(&mut old, "/components/schemas/Tag/properties/name/example", Value::Null);
    let mut new = old.clone();
    new["components"]["schemas"]["Tag"]["properties"]["name"]["type"] = json!("integer");
    let found = diff(&old, &new);
    let changes: Vec<(&str, &str)> = found.changes.iter().map(|change| (change.id, change.subject.as_str())).collect();
    // It shows in requests and responses: one change with two verdicts.
    assert_eq!(changes, [("request.type.changed", "components.schemas.Tag.name")]);
    let verdicts: Vec<(&str, Wire)> =
        found.changes[0].verdicts.iter().map(|verdict| (verdict.id, verdict.wire)).collect();
    assert_eq!(verdicts, [("request.type.changed", Wire::Breaking), ("response.type.changed", Wire::Breaking)]);
    assert!(found.changes[0].occurrences.len() > 50, "{}", found.changes[0].occurrences.len());
    assert!(shows(&found.changes[0], "GET /coa/api/tag", ".results[].name"));
    assert_eq!(found.bump, Bump::Major);
    assert!(found.from_types);
    assert!(found.changes[0].rust.iter().any(|item| item.contains("types::Tag.name: Option<String> → Option<i64>")));
}

#[test]
fn a_reference_changes_types_and_nothing_on_the_wire() {
    let vendor = "/components/schemas/Bill/properties/vendor/x-references";
    let path = "/paths/~1ca~1api~1v1~1custom-fields~1{id}/get/parameters/0/x-references";
    for (pointer, target, expected) in [
        (vendor, Value::Null, "~ types::Bill.vendor: Option<crate::ids::VendorId> → Option<i64>"),
        (
            vendor,
            json!("accounts"),
            "~ types::Bill.vendor: Option<crate::ids::VendorId> → Option<crate::ids::AccountId>",
        ),
        (
            path,
            json!("vendors"),
            "~ api::custom_fields::retrieve argument 0: impl Into<crate::ids::CustomFieldId> → impl Into<crate::ids::VendorId>",
        ),
    ] {
        let mut new = whole().clone();
        set(&mut new, pointer, target);
        let found = diff(whole(), &new);
        assert!(found.from_types);
        let [change] = found.changes.as_slice() else { panic!("{}", campfire_diff::text(&found)) };
        assert_eq!((change.id, change.wire, change.sdk), ("references.changed", Wire::Documentation, Bump::Major));
        assert!(change.rust.iter().any(|item| item == expected), "{:?}", change.rust);
        assert!(found.rust.is_empty(), "every changed type has a cause: {:?}", found.rust);
    }
    // A reference that repeats what is derived changes nothing.
    let mut new = whole().clone();
    set(&mut new, "/components/schemas/Bill/properties/id/x-references", json!("bills"));
    assert_eq!(diff(whole(), &new).bump, Bump::Patch);
}

#[test]
fn fingerprints_and_rules_do_not_depend_on_other_changes() {
    let edit = |field: &str| {
        let mut new = whole().clone();
        set(&mut new, &format!("/components/schemas/Tag/properties/{field}"), Value::Null);
        new
    };
    let one = diff(whole(), &edit("name"));
    let fingerprint = &one.changes[0].fingerprint;
    let mut both = edit("name");
    set(&mut both, "/components/schemas/Vendor/properties/name", Value::Null);
    let mut two = diff(whole(), &both);
    assert!(two.changes.iter().any(|change| change.fingerprint == *fingerprint));

    let rules = format!(
        "severities:\n  response.property.removed: risky\n  unclassified.changed: compatible\nallow:\n  - fingerprint: {fingerprint}\n    reason: agreed\n    \
         expires: 2026-12-31\n  - fingerprint: beef\n    reason: long gone\n"
    );
    let rules = Rules::parse("allow.yaml", &rules).unwrap();
    let stopping = |diff: &Diff, level| diff.stopping(level).map(|change| change.id).collect::<Vec<_>>();
    assert_eq!(stopping(&two, Wire::Breaking).len(), 2);
    let warnings = rules.apply(&mut two, "2026-11-30");
    assert_eq!(stopping(&two, Wire::Breaking), ["request.property.removed"]);
    assert!(warnings.len() == 1 && warnings[0].starts_with("beef no longer matches"), "{warnings:?}");
    let mut later = diff(whole(), &both);
    assert!(rules.apply(&mut later, "2027-01-01").iter().any(|warning| warning.contains("expired on 2026-12-31")));
    assert_eq!(stopping(&later, Wire::Breaking).len(), 2, "expired entries no longer apply");

    for (text, expected) in [
        ("allow:\n  - fingerprint: beef\n", "`reason`"),
        ("allow:\n  - fingerprint: beef\n    reason: x\n    expires: soon\n", "YYYY-MM-DD"),
        ("allow:\n  - fingerprint: beef\n    reason: x\n    expires: 2026-99-99\n", "YYYY-MM-DD"),
        ("allow:\n  - fingerprint: beef\n    reason: x\n    expiry: 2026-01-01\n", "`expiry`"),
        ("allow:\n  - fingerprint: 1234567890123456\n    reason: x\n", "quotes"),
        ("severities:\n  no.such.check: risky\n", "unknown check"),
        ("severities:\n  operation.removed: awful\n", "breaking"),
        ("other: 1\n", "`other`"),
        ("- 1\n", "expected"),
    ] {
        let error = Rules::parse("allow.yaml", text).unwrap_err().to_string();
        assert!(error.contains("allow.yaml") && error.contains(expected), "{error}");
    }
}

#[test]
fn reordered_arguments_are_a_major_change() {
    let mut new = whole().clone();
    let properties = new["components"]["schemas"]["CreditMemo"]["properties"].as_object_mut().unwrap();
    let date = properties.shift_remove("credit_memo_date").unwrap();
    properties.shift_insert(0, "credit_memo_date".to_owned(), date);
    let diff = diff(whole(), &new);
    assert_eq!((diff.changes.len(), diff.bump), (0, Bump::Major), "{}", campfire_diff::text(&diff));
    let [only] = diff.rust.as_slice() else { panic!("{:?}", diff.rust) };
    assert!(only.starts_with("~ types::CreditMemoCreate::new order of arguments: "), "{only}");
    assert!(campfire_diff::markdown(&diff).contains(only.as_str()), "the bump is explained");

    // So many required fields are given by name, in a struct.
    let mut new = whole().clone();
    let properties = new["components"]["schemas"]["Bill"]["properties"].as_object_mut().unwrap();
    let date = properties.shift_remove("bill_date").unwrap();
    properties.shift_insert(0, "bill_date".to_owned(), date);
    assert_eq!(self::diff(whole(), &new).bump, Bump::None);
    assert!(campfire_diff::changelog(&diff).contains("CreditMemoCreate::new order of arguments"));
    // Optional fields are not arguments, so their order does not matter.
    let mut free = whole().clone();
    let properties = free["components"]["schemas"]["Tag"]["properties"].as_object_mut().unwrap();
    let (name, first) = properties.iter().next().map(|(name, value)| (name.clone(), value.clone())).unwrap();
    properties.shift_remove(&name);
    properties.insert(name, first);
    let diff = self::diff(whole(), &free);
    assert!(diff.changes.is_empty() && diff.rust.is_empty(), "{}", campfire_diff::text(&diff));
}

#[test]
fn a_new_operation_is_a_minor_change_whatever_its_arguments() {
    let mut new = whole().clone();
    new["paths"]["/ca/api/user_currency/{id}/probe"] = json!({"post": {
        "operationId": "currencies.probe",
        "summary": "Probes",
        "description": "Probes. Posts no entry; nothing else changes.",
        "x-retry": "never",
        "x-read-back": "currencies.retrieve",
        "parameters": [
            {"name": "id", "in": "path", "required": true, "description": "A probe.", "schema": {"type": "integer"}},
            {"name": "mode", "in": "query", "required": true, "description": "A probe.", "schema": {"type": "string"}},
        ],
        "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Currency"}}}},
        "responses": new["paths"]["/ca/api/user_currency/{id}"]["get"]["responses"].clone(),
    }});
    let found = diff(whole(), &new);
    assert_eq!(ids(&found), BTreeSet::from(["operation.added"]), "{}", campfire_diff::text(&found));
    let problems = campfire_codegen::rules::lint::check(&Description::single("x.json", &new.to_string()).unwrap());
    assert!(found.from_types, "{problems:?}");
    assert_eq!((found.changes[0].sdk, found.bump), (Bump::Minor, Bump::Minor), "{}", campfire_diff::text(&found));
    assert!(
        found.changes[0].rust.iter().any(|item| item.contains("probe argument mode")),
        "{:?}",
        found.changes[0].rust
    );
    // The same argument of an operation that has callers breaks them.
    let mut more = new.clone();
    let parameter = json!({"name": "more", "in": "query", "required": true, "description": "A probe.", "schema": {"type": "string"}});
    more["paths"]["/ca/api/user_currency/{id}/probe"]["post"]["parameters"].as_array_mut().unwrap().push(parameter);
    assert_eq!(diff(&new, &more).bump, Bump::Major);
}

#[test]
fn the_required_bump_is_compared_with_the_versions() {
    let mut minor = whole().clone();
    set(&mut minor, "/components/schemas/Tag/properties/colour", json!({"type": "string", "description": "A probe."}));
    let diff = diff(whole(), &minor);
    assert_eq!(diff.bump, Bump::Minor);
    for (old, new, fits) in [
        ("1.2.3", "1.3.0", true),
        ("1.2.3", "2.0.0", true),
        ("1.2.3", "1.2.4", false),
        ("1.2.3", "1.2.3", false),
        // Below 1.0, cargo treats a minor bump as a major one.
        ("0.1.0", "0.1.1", true),
        ("0.1.0", "0.2.0", true),
        ("0.1.0", "0.1.0", false),
    ] {
        assert_eq!(diff.fits(old, new).is_ok(), fits, "{old} → {new}");
    }
    assert!(diff.fits("one", "2.0.0").is_err());
}

#[test]
fn all_formats_report_the_same_changes() {
    let mut new = whole().clone();
    set(&mut new, "/components/schemas/Tag/properties/name", Value::Null);
    let diff = diff(whole(), &new);
    let machine = campfire_diff::json(&diff);
    assert_eq!(machine["summary"]["bump"], "major");
    assert_eq!(machine["summary"]["wire"]["breaking"], 1);
    for change in machine["changes"].as_array().unwrap() {
        for field in ["id", "wire", "verdicts", "sdk", "subject", "old", "new", "fingerprint", "occurrences"] {
            assert!(change.get(field).is_some(), "{field}");
        }
        assert!(!change["occurrences"].as_array().unwrap().is_empty());
        let fingerprint = change["fingerprint"].as_str().unwrap();
        for text in [
            campfire_diff::text(&diff),
            campfire_diff::markdown(&diff),
            campfire_diff::github(&diff),
            campfire_diff::html(&diff),
        ] {
            assert!(text.contains(fingerprint), "{text}");
        }
    }
    assert!(campfire_diff::github(&diff).starts_with("::error file=bundle.json,line="));
    assert!(campfire_diff::changelog(&diff).contains("### Removed\n\n- **breaking:** `components.schemas.Tag.name`"));
}
