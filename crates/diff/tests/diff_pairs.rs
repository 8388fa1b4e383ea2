//! Minimal pairs: two documents that differ in one thing, and the verdict on it in both directions.

use campfire_diff::{Bump, Diff, Revision, Wire, compare};
use serde_json::{Map, Value, json};

fn revision(document: &Value) -> Revision {
    Revision::parse("api.json", &document.to_string()).unwrap()
}

fn diff(old: &Value, new: &Value) -> Diff {
    compare(&revision(old), &revision(new))
}

/// Returns the most severe verdict, or none.
fn worst(old: &Value, new: &Value) -> &'static str {
    diff(old, new).changes.first().map_or("none", |change| change.wire.name())
}

fn ids(diff: &Diff) -> Vec<&str> {
    diff.changes.iter().map(|change| change.id).collect()
}

/// A document with one operation and one component.
fn document(operation: Value, components: Value) -> Value {
    json!({
        "openapi": "3.0.3",
        "info": {"title": "A", "version": "1"},
        "paths": {"/a": {"post": operation}},
        "components": components,
    })
}

fn merged(base: Value, more: Value) -> Value {
    let (Value::Object(mut base), Value::Object(more)) = (base, more) else { panic!("two objects") };
    base.extend(more);
    Value::Object(base)
}

/// A document whose only operation sends or returns the schema.
fn with_schema(direction: &str, schema: &Value) -> Value {
    let content = json!({"content": {"application/json": {"schema": schema}}});
    let named = json!({"schemas": {
        "Cat": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string", "enum": ["cat"]}, "lives": {"type": "integer"}}},
        "Dog": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string", "enum": ["dog"]}, "bark": {"type": "string"}}},
        "Text": {"type": "string"},
    }});
    let ok = json!({"description": "x"});
    let operation = match direction {
        "request" => json!({"requestBody": content, "responses": {"200": ok}}),
        _ => json!({"responses": {"200": merged(ok, content)}}),
    };
    document(operation, named)
}

const REQUEST: &str = "request";
const RESPONSE: &str = "response";

/// What differs, the two schemas, and the verdicts: of the request, of the request reversed, of the response, of the
/// response reversed.
type Row = (&'static str, Value, Value, [&'static str; 4]);

fn check(rows: Vec<Row>) {
    let mut wrong = Vec::new();
    for (what, before, after, expected) in rows {
        let verdict = |direction: &str, old: &Value, new: &Value| {
            worst(&with_schema(direction, old), &with_schema(direction, new))
        };
        let found = [
            verdict(REQUEST, &before, &after),
            verdict(REQUEST, &after, &before),
            verdict(RESPONSE, &before, &after),
            verdict(RESPONSE, &after, &before),
        ];
        if found != expected {
            wrong.push(format!("{what}: expected {expected:?}, found {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const NARROWED: [&str; 4] = ["breaking", "compatible", "compatible", "risky"];
const CHANGED: [&str; 4] = ["breaking", "breaking", "risky", "risky"];
const EQUAL: [&str; 4] = ["none"; 4];

#[test]
fn the_direction_decides_what_a_constraint_breaks() {
    let object = |more: Value| merged(json!({"type": "object", "properties": {"a": {"type": "string"}}}), more);
    check(vec![
        (
            "number → integer",
            json!({"type": "number"}),
            json!({"type": "integer"}),
            ["breaking", "compatible", "compatible", "breaking"],
        ),
        ("any → string", json!({}), json!({"type": "string"}), ["breaking", "compatible", "compatible", "breaking"]),
        ("integer → string", json!({"type": "integer"}), json!({"type": "string"}), ["breaking"; 4]),
        (
            "int64 → int32",
            json!({"type": "integer", "format": "int64"}),
            json!({"type": "integer", "format": "int32"}),
            NARROWED,
        ),
        ("a format", json!({"type": "string"}), json!({"type": "string", "format": "uuid"}), NARROWED),
        (
            "another format",
            json!({"type": "string", "format": "email"}),
            json!({"type": "string", "format": "uuid"}),
            CHANGED,
        ),
        ("a pattern", json!({"type": "string"}), json!({"type": "string", "pattern": "^a"}), NARROWED),
        (
            "another pattern",
            json!({"type": "string", "pattern": "^b"}),
            json!({"type": "string", "pattern": "^a"}),
            CHANGED,
        ),
        ("an enum", json!({"type": "string"}), json!({"type": "string", "enum": ["a"]}), NARROWED),
        (
            "fewer values",
            json!({"type": "string", "enum": ["a", "b"]}),
            json!({"type": "string", "enum": ["a"]}),
            NARROWED,
        ),
        (
            "multiples of 0.02, which 0.05 is not",
            json!({"type": "number", "multipleOf": 0.05}),
            json!({"type": "number", "multipleOf": 0.02}),
            CHANGED,
        ),
        (
            "multiples of a multiple",
            json!({"type": "number", "multipleOf": 0.01}),
            json!({"type": "number", "multipleOf": 0.05}),
            NARROWED,
        ),
        (
            "an exclusive bound",
            json!({"type": "number", "minimum": 1}),
            json!({"type": "number", "minimum": 1, "exclusiveMinimum": true}),
            NARROWED,
        ),
        (
            "a list with fewer items",
            json!({"type": "array", "items": {}, "maxItems": 5}),
            json!({"type": "array", "items": {}, "maxItems": 4}),
            NARROWED,
        ),
        (
            "unique items",
            json!({"type": "array", "items": {}}),
            json!({"type": "array", "items": {}, "uniqueItems": true}),
            NARROWED,
        ),
        ("not", json!({"type": "string"}), json!({"type": "string", "not": {"enum": ["a"]}}), NARROWED),
        (
            "closed",
            object(json!({"additionalProperties": true})),
            object(json!({"additionalProperties": false})),
            NARROWED,
        ),
        ("closed by default", object(json!({})), object(json!({"additionalProperties": false})), NARROWED),
        ("open, said", object(json!({})), object(json!({"additionalProperties": true})), EQUAL),
        ("open, said otherwise", object(json!({})), object(json!({"additionalProperties": {}})), EQUAL),
        ("no longer nullable", json!({"type": "string", "nullable": true}), json!({"type": "string"}), NARROWED),
        ("required", object(json!({})), object(json!({"required": ["a"]})), NARROWED),
        (
            "a discriminator",
            json!({"oneOf": [{"type": "string"}, {"type": "integer"}]}),
            json!({"oneOf": [{"type": "string"}, {"type": "integer"}], "discriminator": {"propertyName": "a"}}),
            ["risky"; 4],
        ),
        (
            "an opaque constraint",
            json!({"type": "object"}),
            json!({"type": "object", "patternProperties": {"^a": {"type": "string"}}}),
            ["risky"; 4],
        ),
        (
            "xml without xml",
            json!({"type": "string", "xml": {"name": "a"}}),
            json!({"type": "string"}),
            ["documentation"; 4],
        ),
    ]);
}

#[test]
fn properties_that_change_their_direction() {
    let object = |flag: Value, more: Value| {
        merged(json!({"type": "object", "properties": {"a": merged(json!({"type": "string"}), flag)}}), more)
    };
    check(vec![
        (
            "read-only",
            object(json!({}), json!({})),
            object(json!({"readOnly": true}), json!({})),
            ["risky", "compatible", "none", "none"],
        ),
        (
            "read-only and required",
            object(json!({}), json!({"required": ["a"]})),
            object(json!({"readOnly": true}), json!({"required": ["a"]})),
            ["risky", "breaking", "none", "none"],
        ),
        (
            "write-only",
            object(json!({}), json!({})),
            object(json!({"writeOnly": true}), json!({})),
            ["none", "none", "breaking", "compatible"],
        ),
        (
            "one more allowed",
            json!({"type": "object", "properties": {}, "additionalProperties": false}),
            object(json!({}), json!({"additionalProperties": false})),
            ["compatible", "breaking", "risky", "breaking"],
        ),
    ]);
    let severities =
        campfire_diff::Rules::parse("a.yaml", "severities: {request.property.became_read_only: breaking}").unwrap();
    let (old, new) = (object(json!({}), json!({})), object(json!({"readOnly": true}), json!({})));
    let mut diff = diff(&with_schema(REQUEST, &old), &with_schema(REQUEST, &new));
    severities.apply(&mut diff, "2026-12-01");
    assert_eq!(diff.changes[0].wire, Wire::Breaking, "configurable");
}

#[test]
fn unions_are_paired_by_content() {
    let text = json!({"type": "string"});
    let list = |item: Value| json!({"type": "array", "items": item});
    let one_of = |variants: &[&Value]| json!({"oneOf": variants});
    let any_of = |variants: &[&Value]| json!({"anyOf": variants});
    let point = |names: &[&str]| {
        let properties: Map<String, Value> =
            names.iter().map(|name| ((*name).to_owned(), json!({"type": "number"}))).collect();
        json!({"type": "object", "properties": properties})
    };
    let (cat, dog) = (json!({"$ref": "#/components/schemas/Cat"}), json!({"$ref": "#/components/schemas/Dog"}));
    let described = json!({"type": "string", "description": "Sorts first, or last."});
    let widened = ["compatible", "breaking", "breaking", "compatible"];
    check(vec![
        (
            "one more",
            one_of(&[&text, &list(json!({}))]),
            one_of(&[&text, &list(json!({})), &json!({"type": "boolean"})]),
            widened,
        ),
        (
            "one more, any",
            any_of(&[&text, &list(json!({}))]),
            any_of(&[&json!({"type": "boolean"}), &text, &list(json!({}))]),
            widened,
        ),
        ("the only one becomes one of two", text.clone(), one_of(&[&json!({"type": "integer"}), &text]), widened),
        ("another order", one_of(&[&text, &list(json!({}))]), one_of(&[&list(json!({})), &text]), EQUAL),
        (
            "a description",
            one_of(&[&text, &list(json!({}))]),
            one_of(&[&described, &list(json!({}))]),
            ["documentation"; 4],
        ),
        (
            "a property that sorts first",
            one_of(&[&point(&["m", "n"]), &text]),
            one_of(&[&point(&["a", "m", "n"]), &text]),
            ["compatible", "breaking", "compatible", "breaking"],
        ),
        (
            "inline → reference",
            one_of(&[&text, &list(json!({}))]),
            one_of(&[&json!({"$ref": "#/components/schemas/Text"}), &list(json!({}))]),
            EQUAL,
        ),
        ("any of disjoint → one of", any_of(&[&text, &list(json!({}))]), one_of(&[&text, &list(json!({}))]), EQUAL),
        ("any of tagged → one of", any_of(&[&cat, &dog]), one_of(&[&cat, &dog]), EQUAL),
        (
            "any of overlapping → one of",
            any_of(&[&text, &json!({"type": "string", "maxLength": 5})]),
            one_of(&[&text, &json!({"type": "string", "maxLength": 5})]),
            NARROWED,
        ),
        ("twice", one_of(&[&text, &text]), one_of(&[&text]), EQUAL),
        ("twice among others", one_of(&[&text, &cat, &text]), one_of(&[&cat, &text]), EQUAL),
    ]);
    // Alternatives with the same tag are versions of each other, however much they differ.
    let tagged = |tag: &str, names: &[&str]| {
        let mut schema = point(names);
        schema["properties"]["kind"] = json!({"type": "string", "enum": [tag]});
        schema
    };
    let old = one_of(&[&tagged("a", &["p", "q"]), &tagged("b", &["p", "q"])]);
    let new = one_of(&[&tagged("b", &["x", "y"]), &tagged("a", &["p", "q"])]);
    let diff = diff(&with_schema(RESPONSE, &old), &with_schema(RESPONSE, &new));
    assert!(ids(&diff).iter().all(|id| id.starts_with("response.property.")), "{}", campfire_diff::text(&diff));
}

#[test]
fn mappings_of_discriminators() {
    let union = |mapping: Value| {
        let variants = ["Cat", "Dog"].map(|name| json!({"$ref": format!("#/components/schemas/{name}")}));
        json!({"oneOf": variants, "discriminator": {"propertyName": "kind", "mapping": mapping}})
    };
    check(vec![
        ("names are references", union(json!({"c": "Cat"})), union(json!({"c": "#/components/schemas/Cat"})), EQUAL),
        ("the name itself", union(json!({})), union(json!({"Cat": "#/components/schemas/Cat"})), EQUAL),
        (
            "one more value",
            union(json!({})),
            union(json!({"c": "Cat"})),
            ["compatible", "breaking", "breaking", "compatible"],
        ),
        ("another schema", union(json!({"c": "Cat"})), union(json!({"c": "Dog"})), ["breaking"; 4]),
    ]);
}

#[test]
fn parts_of_a_schema_are_merged() {
    let all = |parts: &[Value]| json!({"allOf": parts});
    let (loose, strict) = (json!({"type": "string", "maxLength": 9}), json!({"type": "string", "maxLength": 5}));
    let object = |name: &str, property: Value| json!({"type": "object", "properties": {name: property}});
    check(vec![
        ("the order of bounds", all(&[loose.clone(), strict.clone()]), all(&[strict.clone(), loose.clone()]), EQUAL),
        ("the narrower bound", all(&[loose, strict.clone()]), strict, EQUAL),
        (
            "enums intersect",
            all(&[json!({"type": "string", "enum": ["a", "b"]}), json!({"enum": ["b", "c"]})]),
            json!({"type": "string", "enum": ["b"]}),
            EQUAL,
        ),
        (
            "a property in two parts",
            all(&[object("a", json!({"type": "string", "maxLength": 5})), object("a", json!({"description": "x"}))]),
            object("a", json!({"type": "string", "maxLength": 5, "description": "x"})),
            EQUAL,
        ),
        (
            "a constraint of the first of two parts",
            all(&[object("a", json!({"type": "string"})), object("a", json!({"description": "x"}))]),
            all(&[object("a", json!({"type": "string", "maxLength": 5})), object("a", json!({"description": "x"}))]),
            NARROWED,
        ),
        (
            "required in a part of its own",
            all(&[object("a", json!({})), json!({"required": ["a"]})]),
            all(&[object("a", json!({}))]),
            ["compatible", "breaking", "risky", "compatible"],
        ),
        (
            "integer and number",
            all(&[json!({"type": "integer"}), json!({"type": "number"})]),
            json!({"type": "integer"}),
            EQUAL,
        ),
    ]);
}

/// Returns the worst verdict for an edit of the operation, and for the reverse.
fn operation(before: Value, after: Value, components: &Value) -> [&'static str; 2] {
    let base = json!({"responses": {"200": {"description": "x"}}});
    let (old, new) =
        (document(merged(base.clone(), before), components.clone()), document(merged(base, after), components.clone()));
    [worst(&old, &new), worst(&new, &old)]
}

#[test]
fn security_by_who_is_let_in() {
    let schemes = json!({"securitySchemes": {"a": {"type": "http", "scheme": "basic"}, "b": {"type": "http", "scheme": "basic"}}});
    let security = |requirements: Value| json!({ "security": requirements });
    for (what, before, after, expected) in [
        ("an alternative", json!([{"a": []}]), json!([{"a": []}, {"b": []}]), ["compatible", "breaking"]),
        ("a scope", json!([{"a": ["r"]}]), json!([{"a": ["r", "w"]}]), ["breaking", "compatible"]),
        ("the order of scopes", json!([{"a": ["r", "w"]}]), json!([{"a": ["w", "r"]}]), ["none", "none"]),
        ("both", json!([{"a": []}]), json!([{"a": [], "b": []}]), ["breaking", "compatible"]),
        ("open", json!([{"a": []}]), json!([]), ["compatible", "breaking"]),
        ("optional", json!([{"a": []}]), json!([{"a": []}, {}]), ["compatible", "breaking"]),
    ] {
        assert_eq!(operation(security(before), security(after), &schemes), expected, "{what}");
    }
    let unused = document(json!({"responses": {}}), schemes);
    let none = document(json!({"responses": {}}), json!({"securitySchemes": {}}));
    assert_eq!((worst(&none, &unused), worst(&unused, &none)), ("compatible", "compatible"));
}

#[test]
fn media_types_headers_and_statuses() {
    let body = |name: &str| json!({"requestBody": {"content": {name: {"schema": {"type": "string"}}}}});
    let headers = |headers: Value| json!({"responses": {"200": {"description": "x", "headers": headers}}});
    let status = |status: &str| json!({"responses": {status: {"description": "x", "content": {"application/json": {"schema": {"type": "string"}}}}}});
    let required = json!({"schema": {"type": "string"}, "required": true});
    let parameter = |name: &str| json!({"parameters": [{"in": "header", "name": name, "schema": {"type": "string"}}]});
    for (what, before, after, expected) in [
        ("a character set", body("application/json"), body("application/json; charset=utf-8"), ["none", "none"]),
        ("the case of a media type", body("application/json"), body("Application/JSON"), ["none", "none"]),
        ("another media type", body("application/json"), body("text/csv"), ["breaking", "breaking"]),
        (
            "the case of a header",
            headers(json!({"X-Next": required})),
            headers(json!({"x-next": required})),
            ["none", "none"],
        ),
        ("the case of a header that is sent", parameter("X-Key"), parameter("x-key"), ["none", "none"]),
        ("a required header", headers(json!({"X-Next": required})), headers(json!({})), ["breaking", "compatible"]),
        ("a header", headers(json!({"X-Next": {"schema": {}}})), headers(json!({})), ["risky", "compatible"]),
        ("a range of statuses", status("200"), status("2XX"), ["risky", "compatible"]),
        ("another status", status("200"), status("201"), ["breaking", "breaking"]),
    ] {
        assert_eq!(operation(before, after, &json!({})), expected, "{what}");
    }
}

#[test]
fn nothing_hides_behind_a_reference() {
    let reference = |kind: &str| json!({"$ref": format!("#/components/{kind}/A")});
    let ok = |more: Value| json!({"responses": {"200": merged(json!({"description": "x"}), more)}});
    let media = |more: Value| ok(json!({"content": {"application/json": more}}));
    let body = |more: Value| json!({"requestBody": {"content": {"application/json": more}}});
    let text = |most: u64| json!({"schemas": {"A": {"type": "string", "maxLength": most}}});
    let rows = vec![
        (
            "a header",
            ok(json!({"headers": {"X": reference("headers")}})),
            json!({"headers": {"A": {"schema": {"type": "string"}}}}),
            json!({"headers": {"A": {"schema": {"type": "integer"}}}}),
        ),
        ("the schema of a header", ok(json!({"headers": {"X": {"schema": reference("schemas")}}})), text(5), text(6)),
        (
            "a link",
            ok(json!({"links": {"next": reference("links")}})),
            json!({"links": {"A": {"operationId": "a"}}}),
            json!({"links": {"A": {"operationId": "b"}}}),
        ),
        (
            "an example",
            media(json!({"examples": {"a": reference("examples")}})),
            json!({"examples": {"A": {"value": 1}}}),
            json!({"examples": {"A": {"value": 2}}}),
        ),
        (
            "a header of a part",
            body(json!({"encoding": {"a": {"headers": {"X": {"schema": reference("schemas")}}}}})),
            text(5),
            text(6),
        ),
        ("not", body(json!({"schema": {"not": reference("schemas")}})), text(5), text(6)),
        (
            "a callback",
            json!({"callbacks": {"done": reference("callbacks")}}),
            json!({"callbacks": {"A": {"{$url}": {"post": {"responses": {}}}}}}),
            json!({"callbacks": {"A": {}}}),
        ),
        (
            "the body of a callback",
            json!({"callbacks": {"done": {"{$url}": {"post": merged(body(json!({"schema": reference("schemas")})), json!({"responses": {}}))}}}}),
            text(5),
            text(6),
        ),
        (
            "a response",
            json!({"responses": {"200": reference("responses")}}),
            json!({"responses": {"A": {"description": "x"}}}),
            json!({"responses": {"A": {"description": "x", "content": {"text/csv": {}}}}}),
        ),
        (
            "a part of a component",
            body(json!({"schema": {"$ref": "#/components/schemas/A/properties/b"}})),
            json!({"schemas": {"A": {"properties": {"b": {"type": "string"}}}}}),
            json!({"schemas": {"A": {"properties": {"b": {"type": "integer"}}}}}),
        ),
    ];
    for (what, part, before, after) in rows {
        let base = json!({"responses": {"200": {"description": "x"}}});
        let operation = merged(base, part);
        let (old, new) = (document(operation.clone(), before), document(operation, after));
        assert_ne!(worst(&old, &new), "none", "{what}");
        assert_ne!(worst(&new, &old), "none", "{what}, reversed");
        assert_ne!(worst(&old, &new), "unclassified", "{what}: {}", campfire_diff::text(&diff(&old, &new)));
    }
}

#[test]
fn callbacks_and_webhooks_travel_the_other_way() {
    let request = |properties: Value| json!({"post": {"requestBody": {"content": {"application/json": {"schema": {"type": "object", "properties": properties}}}}, "responses": {"204": {"description": "x"}}}});
    let (more, less) = (request(json!({"a": {}, "b": {}})), request(json!({"a": {}})));
    let webhook =
        |item: &Value| json!({"openapi": "3.1.0", "info": {"title": "A", "version": "1"}, "webhooks": {"paid": item}});
    // The server sends less than it did.
    assert_eq!(
        (worst(&webhook(&more), &webhook(&less)), worst(&webhook(&less), &webhook(&more))),
        ("breaking", "compatible")
    );
    assert_eq!(ids(&diff(&webhook(&more), &webhook(&less))), ["response.property.removed"]);
    let callback = |item: &Value| json!({"callbacks": {"done": {"{$url}": item}}});
    assert_eq!(operation(callback(&more), callback(&less), &json!({})), ["breaking", "compatible"]);
}

#[test]
fn path_items() {
    let operation = json!({"responses": {"200": {"description": "x"}}});
    let paths = |paths: Value| json!({"openapi": "3.0.3", "info": {"title": "A", "version": "1"}, "paths": paths});
    let item = json!({"get": operation, "delete": operation});
    let both = paths(json!({"/p/{id}": item, "/p/{slug}": item}));
    let one = paths(json!({"/p/{slug}": item}));
    let gone = diff(&both, &one);
    let subjects: Vec<&str> = gone.changes.iter().map(|change| change.subject.as_str()).collect();
    assert_eq!(subjects, ["DELETE /p/{id}", "GET /p/{id}"], "{}", campfire_diff::text(&gone));
    assert_eq!(ids(&diff(&one, &both)), ["operation.added", "operation.added"]);
    // A path that refers to another, or to a component.
    let referring = paths(json!({"/p/{slug}": item, "/p/{id}": {"$ref": "#/paths/~1p~1{slug}"}}));
    assert_eq!(ids(&diff(&both, &referring)), Vec::<&str>::new());
    let mut component = paths(json!({"/p/{slug}": {"$ref": "#/components/pathItems/P"}}));
    component["components"] = json!({"pathItems": {"P": item}});
    assert_eq!(ids(&diff(&one, &component)), Vec::<&str>::new());
    component["components"]["pathItems"]["P"]["get"]["deprecated"] = json!(true);
    assert_eq!(ids(&diff(&one, &component)), ["operation.deprecated"]);
    let mut servers = one.clone();
    servers["paths"]["/p/{slug}"]["servers"] = json!([{"url": "https://x"}]);
    assert_eq!(ids(&diff(&one, &servers)), ["operation.servers.changed"]);
    let mut extension = one.clone();
    extension["paths"]["/p/{slug}"]["x-speed"] = json!("slow");
    assert_eq!(ids(&diff(&one, &extension)), ["extension.changed"]);
    let dated = |day: &str| operation_with("x-sunset", json!(day));
    assert_eq!(
        (worst(&dated("2027-01-01"), &dated("2027-02-01")), worst(&dated("2027-02-01"), &dated("2027-01-01"))),
        ("documentation", "risky")
    );
}

fn operation_with(key: &str, value: Value) -> Value {
    document(json!({"responses": {}, "deprecated": true, key: value}), json!({}))
}

#[test]
fn a_replaced_schema_is_one_change() {
    let a = json!({"type": "object", "properties": {"id": {"type": "integer"}, "total": {"type": "string"}, "shared": {"$ref": "#/components/schemas/Shared"}}});
    let b = json!({"type": "object", "properties": {"id": {"type": "integer"}, "draft": {"type": "string"}, "shared": {"$ref": "#/components/schemas/Shared"}}});
    let api = |paid: &str, shared: Value| {
        let answer = |name: &str| json!({"responses": {"200": {"description": "x", "content": {"application/json": {"schema": {"$ref": format!("#/components/schemas/{name}")}}}}}});
        json!({"openapi": "3.0.3", "info": {"title": "A", "version": "1"},
            "paths": {"/a": {"get": answer("A")}, "/b": {"get": answer("B")}, "/pay": {"post": answer(paid)}},
            "components": {"schemas": {"A": a, "B": b, "Shared": shared}}})
    };
    let shared = json!({"type": "object", "properties": {"name": {"type": "string"}, "note": {"type": "string"}}});
    let diff = diff(&api("A", shared.clone()), &api("B", shared.clone()));
    assert_eq!(ids(&diff), ["schema.replaced"], "{}", campfire_diff::text(&diff));
    let change = &diff.changes[0];
    assert_eq!((change.wire, change.subject.as_str()), (Wire::Breaking, "POST /pay response:200"));
    assert_eq!(
        change.details,
        ["breaking: response.property.removed .total", "compatible: response.property.added .draft"]
    );
    // What changed in a schema that both use is a change of its own.
    let mut less = shared;
    less["properties"].as_object_mut().unwrap().remove("note");
    let diff = self::diff(
        &api("A", json!({"type": "object", "properties": {"name": {"type": "string"}, "note": {"type": "string"}}})),
        &api("B", less),
    );
    let subjects: Vec<&str> = diff.changes.iter().map(|change| change.subject.as_str()).collect();
    assert_eq!(subjects, ["components.schemas.Shared.note", "POST /pay response:200"]);
    assert!(
        diff.changes[0].occurrences.iter().any(|place| place.operation == "POST /pay"),
        "{}",
        campfire_diff::text(&diff)
    );
}

#[test]
fn one_cause_is_one_entry() {
    let schema = |properties: Value| json!({"type": "object", "required": ["id"], "properties": properties});
    let api = |properties: Value, security: Value, description: &str| {
        let mut twin = schema(properties.clone());
        twin.as_object_mut().unwrap().remove("required");
        let content =
            |name: &str| json!({"application/json": {"schema": {"$ref": format!("#/components/schemas/{name}")}}});
        let ok = json!({"200": {"description": description, "content": content("Thing")}});
        let put = json!({"requestBody": {"content": content("Thing")}, "responses": ok, "security": security});
        let patch = json!({"requestBody": {"content": content("PatchedThing")}, "responses": ok, "security": security});
        json!({"openapi": "3.0.3", "info": {"title": "A", "version": "1"},
            "paths": {"/a": {"put": put, "patch": patch}},
            "components": {"schemas": {"Thing": schema(properties), "PatchedThing": twin}}})
    };
    let (id, name) = (json!({"type": "integer"}), json!({"type": "string"}));
    let old = api(json!({"id": id, "name": name}), json!([{"a": []}]), "Successful response");
    let new = api(json!({"id": id}), json!([{"b": []}]), "");
    let diff = diff(&old, &new);
    let found: Vec<(&str, &str)> = diff.changes.iter().map(|change| (change.id, change.subject.as_str())).collect();
    let expected = [
        ("operation.security.changed", "security"),
        ("request.property.removed", "components.schemas.Thing.name"),
        ("response.description.changed", "responses"),
    ];
    assert_eq!(found, expected, "{}", campfire_diff::text(&diff));
    assert_eq!(diff.changes[1].verdicts.len(), 2, "request and response");
    assert_eq!(diff.changes[0].occurrences.len(), 2, "both operations");
}

#[test]
fn what_is_printed_can_be_limited() {
    let object = |names: &[&str]| {
        let properties: Map<String, Value> =
            names.iter().map(|name| ((*name).to_owned(), json!({"type": "string"}))).collect();
        with_schema(RESPONSE, &json!({"type": "object", "properties": properties}))
    };
    let mut diff = diff(&object(&["gone", "kept"]), &object(&["fresh", "kept"]));
    diff.level = Wire::Breaking;
    let formats = [
        campfire_diff::text(&diff),
        campfire_diff::markdown(&diff),
        campfire_diff::html(&diff),
        campfire_diff::github(&diff),
        campfire_diff::changelog(&diff),
        campfire_diff::json(&diff)["changes"].to_string(),
    ];
    for text in formats {
        assert!(text.contains("gone") && !text.contains("fresh"), "{text}");
    }
    assert!(campfire_diff::text(&diff).contains("2 changes: 1 breaking, 1 compatible"), "the summary counts all");
}

#[test]
fn extensions_of_others_are_listed_once() {
    let with = |key: &str, value: Value| {
        let mut schema = json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}});
        schema["properties"]["a"][key] = value.clone();
        schema["properties"]["b"][key] = value.clone();
        let mut document = with_schema(RESPONSE, &schema);
        document["paths"]["/a"]["post"][key] = value.clone();
        document["paths"]["/a"]["post"]["responses"]["200"][key] = value.clone();
        document[key] = value;
        document
    };
    let mut diff = diff(&with("x-speed", json!(1)), &with("x-speed", json!({"a": 2})));
    let found: Vec<(&str, &str, Wire)> =
        diff.changes.iter().map(|change| (change.id, change.subject.as_str(), change.wire)).collect();
    assert_eq!(found, [("extension.changed", "x-speed", Wire::Documentation)]);
    assert_eq!(diff.changes[0].occurrences.len(), 4, "{:?}", diff.changes[0].occurrences);
    assert_eq!((diff.bump, diff.stopping(Wire::Breaking).count()), (Bump::None, 0));
    diff.ignore_extensions("x-sp");
    assert!(diff.changes.is_empty());
}

#[test]
fn openapi_3_1_of_the_same_api_is_no_change() {
    let earlier = json!({"type": "object", "properties": {
        "text": {"type": "string", "nullable": true, "example": "a"},
        "either": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
        "fixed": {"type": "string", "enum": ["a"]},
        "above": {"type": "number", "minimum": 0, "exclusiveMinimum": true},
        "named": {"allOf": [{"$ref": "#/components/schemas/Text"}], "description": "A text.", "nullable": true},
        "file": {"type": "string", "format": "binary"},
        "open": {},
    }});
    let later = json!({"type": "object", "properties": {
        "text": {"type": ["string", "null"], "examples": ["a"]},
        "either": {"type": ["integer", "string"]},
        "fixed": {"const": "a"},
        "above": {"type": "number", "exclusiveMinimum": 0},
        "named": {"anyOf": [{"$ref": "#/components/schemas/Text"}, {"type": "null"}], "description": "A text."},
        "file": {"type": "string", "contentMediaType": "application/octet-stream"},
        "open": true,
    }});
    for direction in [REQUEST, RESPONSE] {
        let (old, mut new) = (with_schema(direction, &earlier), with_schema(direction, &later));
        new["openapi"] = json!("3.1.0");
        for (one, other) in [(&old, &new), (&new, &old)] {
            let diff = diff(one, other);
            assert!(diff.changes.is_empty(), "{}", campfire_diff::text(&diff));
        }
    }
    // Keywords without a counterpart are compared, never lost.
    for (key, before, after) in [
        ("if", json!({"required": ["text"]}), json!({"required": ["file"]})),
        ("then", json!({"required": ["text"]}), json!({"required": ["file"]})),
        ("dependentSchemas", json!({"text": {}}), json!({"file": {}})),
        ("unevaluatedProperties", json!(false), json!({"type": "string"})),
        ("propertyNames", json!({"maxLength": 3}), json!({"maxLength": 4})),
        ("prefixItems", json!([{"type": "string"}]), json!([{"type": "string"}, {}])),
    ] {
        let with = |value: Value| {
            let mut schema = json!({"if": {}});
            schema[key] = value;
            let mut document = with_schema(RESPONSE, &schema);
            document["openapi"] = json!("3.1.0");
            document
        };
        assert_eq!(worst(&with(before.clone()), &with(after.clone())), "risky", "{key}");
    }
}

#[test]
fn additions_that_callers_must_react_to_are_major_outside_the_dialect() {
    let parameter = |required: bool| json!({"parameters": [{"in": "query", "name": "q", "required": required, "schema": {"type": "string"}}]});
    let property = |required: Value| json!({"requestBody": {"content": {"application/json": {"schema": {"type": "object", "required": required, "properties": {"a": {}, "b": {}}}}}}});
    let base = |more: Value| document(merged(json!({"responses": {"200": {"description": "x"}}}), more), json!({}));
    let without = json!({"requestBody": {"content": {"application/json": {"schema": {"type": "object", "properties": {"a": {}}}}}}});
    for (before, after, expected) in [
        (json!({}), parameter(true), Bump::Major),
        (json!({}), parameter(false), Bump::Minor),
        (without.clone(), property(json!(["b"])), Bump::Major),
        (without, property(json!([])), Bump::Minor),
    ] {
        let diff = diff(&base(before), &base(after));
        assert!(!diff.from_types);
        assert_eq!(diff.bump, expected, "{}", campfire_diff::text(&diff));
        assert_eq!(diff.fits("1.0.0", "1.1.0").is_ok(), expected == Bump::Minor);
    }
}

#[test]
fn external_references_are_refused() {
    let document = with_schema(REQUEST, &json!({"$ref": "other.yaml#/Thing"}));
    let error = Revision::parse("api.json", &document.to_string()).unwrap_err().to_string();
    assert!(error.contains("another file") && error.contains("bundle"), "{error}");
}
