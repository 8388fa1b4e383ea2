"""Judges random changes of schemas independently of the diff engine.

    oracle.py BUNDLE.json PAIRS.jsonl COUNT SEED

Each line of the output is a pair of documents that differ in one random change, and what a validator says: whether a
request that was valid is refused now, and whether a response that is valid now was refused before. The requests and
responses are drawn from the schema of the side that makes them, and validated against that of the side that reads them.
"""

import copy
import json
import random
import sys
from datetime import date
from uuid import UUID

from jsonschema import Draft202012Validator, FormatChecker

STRINGS = [
    "", "a", "ab", "abc", "A", "7", "12345", "EUR", "x" * 3, "x" * 4, "x" * 9, "x" * 10, "x" * 11, "x" * 49, "x" * 50,
    "x" * 51, "x" * 250, "x" * 251, "x" * 300, "x" * 301, "2026-01-31", "2026-01-31T00:00:00Z", "me@example.com",
    "123e4567-e89b-12d3-a456-426614174000", "https://example.com/a", "two words", "a-b",
]
NUMBERS = [0, 1, -1, 2, 3, 4, 5, 6, 7, 10, 11, 99, 100, 101, 0.5, 0.1, 0.05, 0.02, 0.3, 2.5, -3.5, 32767, 32768, 2**31 - 1, 2**31, -(2**31) - 1, 2**63]
DEPTH = 3

checker = FormatChecker(formats=())


@checker.checks("date", raises=ValueError)
def is_date(value):
    return not isinstance(value, str) or bool(date.fromisoformat(value)) and len(value) == 10


@checker.checks("uuid", raises=ValueError)
def is_uuid(value):
    return not isinstance(value, str) or str(UUID(value)) == value.lower()


@checker.checks("email")
def is_email(value):
    return not isinstance(value, str) or "@" in value


@checker.checks("date-time")
def is_instant(value):
    return not isinstance(value, str) or "T" in value and value[:1].isdigit()


@checker.checks("uri")
def is_uri(value):
    return not isinstance(value, str) or "://" in value


@checker.checks("int32")
def is_int32(value):
    return not isinstance(value, (int, float)) or -(2**31) <= value < 2**31


@checker.checks("int64")
def is_int64(value):
    return not isinstance(value, (int, float)) or -(2**63) <= value < 2**63


class Api:
    """The schemas of one document, as JSON Schema in one direction."""

    def __init__(self, schemas, direction, focus=None):
        # Of the property that changed, all candidates are drawn; of others, a few.
        self.focus, self.known = focus, {}
        self.schemas, self.hidden = schemas, "readOnly" if direction == "request" else "writeOnly"
        self.defs = {name: self.convert(schema) for name, schema in schemas.items()}

    def resolve(self, schema):
        while "$ref" in schema:
            schema = self.schemas[schema["$ref"].rsplit("/", 1)[1]]
        return schema

    def flag(self, schema, name):
        schema = self.resolve(schema)
        parts = schema.get("allOf", [])
        if len(schema.get("oneOf", [])) == 1:
            parts = parts + schema["oneOf"]
        return bool(schema.get(name)) or any(self.flag(part, name) for part in parts)

    def convert(self, schema):
        """Returns the schema as JSON Schema, without properties that do not exist in this direction."""
        if "$ref" in schema:
            return {"$ref": "#/$defs/" + schema["$ref"].rsplit("/", 1)[1]}
        out = {}
        for key, value in schema.items():
            if key in ("allOf", "oneOf", "anyOf"):
                out[key] = [self.convert(part) for part in value]
            elif key in ("items", "not") or key == "additionalProperties" and isinstance(value, dict):
                out[key] = self.convert(value)
            elif key == "properties":
                out[key] = {name: self.convert(part) for name, part in value.items() if not self.flag(part, self.hidden)}
            elif key in ("exclusiveMinimum", "exclusiveMaximum", "minimum", "maximum"):
                pass
            elif not key.startswith("x-") and key not in ("nullable", "readOnly", "writeOnly", "description", "default", "example"):
                out[key] = value
        for key, strict in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
            if key in schema:
                out[strict if schema.get(strict) else key] = schema[key]
        if "required" in out:
            own = schema.get("properties", {})
            out["required"] = [name for name in out["required"] if name not in own or name in out["properties"]]
        also = [{"type": "null"}] if schema.get("nullable") else []
        if schema.get("x-blank") and ("enum" in schema or "allOf" in schema):
            also.append({"enum": [""]})
        return {"anyOf": [out, *also]} if also else out

    def validator(self, name):
        return Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": self.defs}, format_checker=checker)

    # Examples

    def merged(self, schema):
        """Returns the parts of a schema as one."""
        schema = self.resolve(schema)
        out = {"properties": {}, "required": set(), "values": [], "types": set(), "items": None, "null": bool(schema.get("nullable"))}
        for part in schema.get("allOf", []) + schema.get("oneOf", []) + schema.get("anyOf", []):
            part = self.merged(part)
            out["properties"].update(part["properties"])
            out["required"] |= part["required"]
            out["values"] += part["values"]
            out["types"] |= part["types"]
            out["items"] = part["items"] or out["items"]
            out["null"] |= part["null"]
        out["properties"].update(schema.get("properties", {}))
        out["required"] |= set(schema.get("required", []))
        out["values"] += [value for value in schema.get("enum", [])]
        if "type" in schema:
            out["types"].add(schema["type"])
        elif "properties" in schema:
            out["types"].add("object")
        out["items"] = schema.get("items", out["items"])
        return out

    def values(self, schema, depth):
        """Returns candidates for a schema: valid values and invalid ones, which the caller sorts out."""
        parts = self.merged(schema)
        found = list(parts["values"])
        types = parts["types"] or ({"string", "number", "boolean", "array", "object"} if not found else set())
        if "string" in types:
            found += STRINGS
        if types & {"integer", "number"}:
            found += NUMBERS
        if "boolean" in types:
            found += [True, False]
        if "array" in types:
            inner = self.valid(parts["items"] or {}, depth + 1, 6) if depth < DEPTH else []
            found += [[]] + [[value] for value in inner]
            for count in (2, 3, 5, 6):
                found += [inner[:1] * count, (inner * count)[:count]] if inner else []
        if "object" in types:
            found += self.objects(parts, depth)
        return found + [None, ""]

    def objects(self, parts, depth):
        """Returns an object with everything, one with the required only, and one for each value of each property."""
        properties = {name: part for name, part in parts["properties"].items() if not self.flag(part, self.hidden)}
        if depth >= DEPTH:
            return [{}]
        limit = lambda name: None if depth == 0 and name == self.focus else 2
        options = {name: self.valid(part, depth + 1, limit(name)) for name, part in properties.items()}
        options = {name: values for name, values in options.items() if values}
        full = {name: values[0] for name, values in options.items()}
        # One object less or more of everything, and the values that differ most from each other.
        found = [full, {name: value for name, value in full.items() if name in parts["required"]}]
        for name, values in options.items():
            found += [{**full, name: value} for value in values[1:]]
            found.append({other: value for other, value in full.items() if other != name})
        found.append({**full, "not_described": 1})
        found.append({**full, "not_described_text": "a"})
        return found

    def valid(self, schema, depth=0, limit=None):
        key = (json.dumps(schema, sort_keys=True), depth, limit)
        if key not in self.known:
            self.known[key] = self.draw(schema, depth, limit)
        return self.known[key]

    def draw(self, schema, depth, limit):
        validator = Draft202012Validator({**self.convert(schema), "$defs": self.defs}, format_checker=checker)
        found, known = [], set()
        for value in self.values(schema, depth):
            text = json.dumps(value, sort_keys=True)
            if text not in known and validator.is_valid(value):
                known.add(text)
                found.append(value)
            if limit and len(found) >= limit:
                break
        return found


def reachable(schemas, name):
    found, waiting = {}, [name]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = copy.deepcopy(schemas[name])
            text = json.dumps(schemas[name])
            waiting += [part.split('"')[0] for part in text.split("#/components/schemas/")[1:]]
    return found


def document(schemas):
    content = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Subject"}}}}
    operation = {"requestBody": content, "responses": {"200": {"description": "x", **content}}}
    return {"openapi": "3.0.3", "info": {"title": "A", "version": "1"}, "paths": {"/a": {"put": operation}}, "components": {"schemas": schemas}}


# Changes. Each takes the schema of the object, the name of a property, and the dice, and returns whether it applied.


def on_property(edit):
    def change(schema, name, dice):
        return edit(schema["properties"][name], dice)

    return change


def kind(schema):
    return schema.get("type")


def bump(key, kinds, values):
    """Sets, moves or drops a bound."""

    def edit(schema, dice):
        # A format decides about lengths and patterns, too.
        if kind(schema) not in kinds or kind(schema) == "string" and key != "format" and "format" in schema:
            return False
        before = schema.get(key)
        # No list of thousands is drawn.
        if kind(schema) == "array" and before is not None and before > 6:
            return False
        after = dice.choice([value for value in [*values, None] if value != before])
        schema.pop(key, None)
        if after is not None:
            schema[key] = after

    return on_property(edit)


def toggle(key):
    def edit(schema, dice):
        if "$ref" in schema:
            return False
        schema[key] = not schema.get(key, False)

    return on_property(edit)


def remove(schema, name, dice):
    del schema["properties"][name]
    schema["required"] = [other for other in schema.get("required", []) if other != name]


def add(schema, name, dice):
    schema["properties"]["probe"] = {"type": dice.choice(["string", "integer"])}
    if dice.random() < 0.5:
        schema["required"] = [*schema.get("required", []), "probe"]


def required(schema, name, dice):
    names = schema.get("required", [])
    schema["required"] = [other for other in names if other != name] if name in names else [*names, name]


def closed(schema, name, dice):
    before = schema.pop("additionalProperties", None)
    after = dice.choice([value for value in (True, False, {"type": "string"}) if value != before])
    schema["additionalProperties"] = after


def retype(schema, dice):
    if kind(schema) not in ("string", "integer", "number", "boolean"):
        return False
    after = dice.choice([other for other in ("string", "integer", "number", "boolean") if other != kind(schema)])
    for key in ("enum", "format", "maxLength", "minLength", "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "default"):
        schema.pop(key, None)
    schema["type"] = after


def values(schema, dice):
    if kind(schema) != "string" or "format" in schema:
        return False
    before = schema.get("enum")
    if before is None:
        schema["enum"] = ["a", "abc"]
    elif dice.random() < 0.4 or len(before) < 2:
        schema["enum"] = [*before, "ab"] if "ab" not in before else before[:-1]
    elif dice.random() < 0.7:
        schema["enum"] = before[1:]
    else:
        del schema["enum"]


def union(word):
    def edit(schema, dice):
        if kind(schema) not in ("string", "integer", "number", "boolean") or schema.get("nullable"):
            return False
        marks = {key: schema.pop(key) for key in ("readOnly", "writeOnly", "description") if key in schema}
        old = dict(schema)
        other = {"type": "array", "items": {"type": "string"}}
        schema.clear()
        schema.update({word: dice.sample([old, other], 2), **marks})

    return on_property(edit)


def merge(schema, dice):
    if kind(schema) != "string" or schema.get("nullable") or "enum" in schema or "format" in schema:
        return False
    marks = {key: schema.pop(key) for key in ("readOnly", "writeOnly", "description") if key in schema}
    old = dict(schema)
    schema.clear()
    schema.update({"allOf": dice.sample([old, {"maxLength": dice.choice([3, 300])}], 2), **marks})


def negated(schema, dice):
    # Few of the values excluded here have a format.
    if kind(schema) != "string" or "format" in schema:
        return False
    schema["not"] = {"enum": [dice.choice(["a", "abc", "EUR"])]}


def described(schema, dice):
    schema["description"] = "Other words."


CHANGES = {
    "remove": remove,
    "add": add,
    "required": required,
    "additionalProperties": closed,
    "nullable": toggle("nullable"),
    "readOnly": toggle("readOnly"),
    "writeOnly": toggle("writeOnly"),
    "type": on_property(retype),
    "enum": on_property(values),
    "maxLength": bump("maxLength", ["string"], [3, 10, 50, 250]),
    "minLength": bump("minLength", ["string"], [1, 2, 4]),
    "pattern": bump("pattern", ["string"], ["^a", "^[a-z]+$", "^[A-Z]", "^.{3,}$"]),
    "format": bump("format", ["string"], ["date", "email", "uuid"]),
    "int": bump("format", ["integer"], ["int32", "int64"]),
    "minimum": bump("minimum", ["integer", "number"], [-1, 0, 1, 5]),
    "maximum": bump("maximum", ["integer", "number"], [5, 10, 100, 32767]),
    # Each integer is a multiple of 0.5, which the engine does not consider.
    "multipleOf": bump("multipleOf", ["number"], [0.1, 0.05, 0.5, 1, 2]),
    "multiples of integers": bump("multipleOf", ["integer"], [2, 3, 6]),
    "minItems": bump("minItems", ["array"], [1, 2]),
    "maxItems": bump("maxItems", ["array"], [2, 5]),
    "uniqueItems": bump("uniqueItems", ["array"], [True]),
    "default": bump("default", ["string"], ["a", "abc"]),
    "oneOf": union("oneOf"),
    "anyOf": union("anyOf"),
    "allOf": on_property(merge),
    "not": on_property(negated),
    "description": on_property(described),
}


def change(dice, schemas):
    """Returns a random part of the description before and after one change."""
    while True:
        name = dice.choice(sorted(schemas))
        if not schemas[name].get("properties"):
            continue
        before = reachable(schemas, name)
        # The names of the description are of no interest here.
        text = json.dumps({"Subject" if other == name else other: schema for other, schema in before.items()})
        before = json.loads(text.replace(f'"#/components/schemas/{name}"', '"#/components/schemas/Subject"'))
        schema = before["Subject"]
        prepared = dice.random() < 0.6
        what = dice.choice(sorted(CHANGES))
        field = dice.choice(sorted(schema["properties"]))
        if prepared:
            # Otherwise there would be few constraints to move or drop.
            CHANGES[what](schema, field, dice)
            if field not in schema["properties"]:
                continue
        after = copy.deepcopy(before)
        if CHANGES[what](after["Subject"], field, dice) is not False and after != before:
            return f"{what} of {name}.{field}", field, before, after


def refused(writer, reader, direction, focus):
    """Returns a value that the writer makes and the reader refuses, or nothing."""
    validator = Api(reader, direction).validator("Subject")
    examples = Api(writer, direction, focus).valid({"$ref": "#/components/schemas/Subject"})
    assert examples, "nothing is valid"
    return next((value for value in examples if not validator.is_valid(value)), None)


def main():
    source, target, count, seed = sys.argv[1:]
    dice = random.Random(int(seed))
    schemas = json.load(open(source))["components"]["schemas"]
    with open(target, "w") as out:
        written = 0
        while written < int(count):
            what, field, before, after = change(dice, schemas)
            try:
                request, response = refused(before, after, "request", field), refused(after, before, "response", field)
            except AssertionError:
                # A change that leaves no valid value says nothing about values.
                continue
            line = {"what": what, "old": document(before), "new": document(after), "request": request, "response": response}
            out.write(json.dumps(line) + "\n")
            written += 1


if __name__ == "__main__":
    main()
