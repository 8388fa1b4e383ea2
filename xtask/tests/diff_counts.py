"""Counts additions and removals between two revisions, independently of the diff engine.

    diff_counts.py mutate SEED OLD.json NEW.json        Write a revision with random additions and removals
    diff_counts.py check OLD.json NEW.json DIFF.json    Compare the counts with those of `cargo xtask diff`

It counts operations, query parameters, and the properties of requests and responses. A property counts once for each
schema that defines it and each direction in which it travels.
"""

import json
import random
import sys
from collections import Counter

METHODS = ("get", "put", "post", "delete", "patch")


def resolve(document, value):
    while isinstance(value, dict) and "$ref" in value:
        name = value["$ref"]
        target = document
        for step in name.lstrip("#/").split("/"):
            target = target[step.replace("~1", "/").replace("~0", "~")]
        value = target
    return value


def operations(document):
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield (method.upper(), path), item, item[method]


def query(document):
    found = set()
    for key, item, operation in operations(document):
        for parameter in item.get("parameters", []) + operation.get("parameters", []):
            parameter = resolve(document, parameter)
            if parameter["in"] == "query":
                found.add((key, parameter["name"]))
    return found


def flags(document, schema):
    """Returns the flags of a schema, including those of its parts."""
    schema = resolve(document, schema)
    marks = {mark for mark in ("readOnly", "writeOnly") if schema.get(mark)}
    for word in ("allOf", "oneOf", "anyOf"):
        parts = schema.get(word, [])
        if word == "allOf" or len(parts) == 1:
            for part in parts:
                marks |= flags(document, part)
    return marks


def properties(document, roots, hidden):
    """Returns (component, path within it, property) for all properties that exist in a direction."""
    found, seen = set(), set()

    def visit(schema, where):
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[1]
            where = (name, "")
            if name in seen:
                return
            seen.add(name)
            schema = resolve(document, schema)
        for word in ("allOf", "oneOf", "anyOf"):
            for part in schema.get(word, []):
                visit(part, where)
        for name, inner in schema.get("properties", {}).items():
            if hidden in flags(document, inner):
                continue
            found.add((where, name))
            visit(inner, (where[0], where[1] + "." + name))
        for word, step in (("items", "[]"), ("additionalProperties", ".*")):
            if isinstance(schema.get(word), dict):
                visit(schema[word], (where[0], where[1] + step))

    for key, schema in roots:
        visit(schema, (key, ""))
    return found


def bodies(document):
    for key, _, operation in operations(document):
        body = resolve(document, operation.get("requestBody", {}))
        for kind, content in body.get("content", {}).items():
            if "schema" in content:
                yield f"{key} request {kind}", content["schema"]


def responses(document):
    for key, _, operation in operations(document):
        for status, response in operation["responses"].items():
            for kind, content in resolve(document, response).get("content", {}).items():
                if "schema" in content:
                    yield f"{key} {status} {kind}", content["schema"]


def counts(old, new):
    result = Counter()

    def count(what, before, after):
        result[f"{what}.added"] = len(after - before)
        result[f"{what}.removed"] = len(before - after)

    count("operation", {key for key, _, _ in operations(old)}, {key for key, _, _ in operations(new)})
    both = {key for key, _, _ in operations(old)} & {key for key, _, _ in operations(new)}
    kept = lambda found: {entry for entry in found if entry[0] in both}
    count("parameter", kept(query(old)), kept(query(new)))
    # Parts of an operation that was added or removed do not count on their own.
    common = lambda document: {
        **document,
        "paths": {
            path: {word: value for word, value in item.items() if word not in METHODS or (word.upper(), path) in both}
            for path, item in document["paths"].items()
        },
    }
    before, after = common(old), common(new)
    count("request.property", properties(before, bodies(before), "readOnly"), properties(after, bodies(after), "readOnly"))
    count("response.property", properties(before, responses(before), "writeOnly"), properties(after, responses(after), "writeOnly"))
    return result


def mutate(document, dice):
    """Makes random additions and removals, each of which is exactly one change."""
    paths = document["paths"]
    for path in dice.sample(sorted(paths), 6):
        methods = [method for method in METHODS if method in paths[path]]
        if len(methods) > 1:
            del paths[path][dice.choice(methods)]
    for number in range(dice.randrange(8)):
        paths[f"/probe/{number}"] = {"get": {"operationId": f"probe{number}.list", "responses": {"200": {"description": "x"}}}}
    lists = [operation for _, _, operation in operations(document) if operation.get("parameters")]
    for operation in dice.sample(lists, 15):
        own = [parameter for parameter in operation["parameters"] if parameter.get("in") == "query"]
        if own and dice.random() < 0.5:
            operation["parameters"].remove(dice.choice(own))
        else:
            name = f"probe_{dice.randrange(10**6)}"
            operation["parameters"].append({"name": name, "in": "query", "schema": {"type": "string"}})
    schemas = [schema for schema in document["components"]["schemas"].values() if len(schema.get("properties", {})) > 3]
    for schema in dice.sample(schemas, 40):
        fields = schema["properties"]
        if dice.random() < 0.5:
            # Scalars only: removing an object may also remove its properties, depending on other uses.
            plain = [name for name, field in fields.items() if "type" in field and field["type"] not in ("object", "array")]
            if plain:
                name = dice.choice(plain)
                del fields[name]
                schema["required"] = [other for other in schema.get("required", []) if other != name]
        else:
            mark = dice.choice([{}, {"readOnly": True}, {"writeOnly": True}])
            fields[f"probe_{dice.randrange(10**6)}"] = {"type": "string", **mark}


def main():
    command, *rest = sys.argv[1:]
    if command == "mutate":
        seed, source, target = rest
        document = json.load(open(source))
        mutate(document, random.Random(int(seed)))
        json.dump(document, open(target, "w"))
        return 0
    old, new, diff = (json.load(open(file)) for file in rest)
    expected = counts(old, new)
    found = Counter()
    for change in diff["changes"]:
        # A change that shows in requests and in responses has a verdict for each.
        for verdict in change["verdicts"]:
            if verdict["id"] in expected:
                # A parameter shared by several operations is one change with several occurrences.
                found[verdict["id"]] += len(change["occurrences"]) if verdict["id"].startswith("parameter.") else 1
    wrong = {kind: (expected[kind], found[kind]) for kind in expected if expected[kind] != found[kind]}
    print(json.dumps({"expected": expected, "wrong": wrong}))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
