"""Lets schemathesis use ids of records that exist: almost no random number is one, so most calls would be refused at once.

The description says in `x-references` whose id a field holds, and the operations of a resource have its name. Ids are those
that the sandbox has shown so far. An id that the sandbox has shown before is left alone, so that deleted records stay
deleted.
"""

import re

import schemathesis

# The ids that exist, and all that have ever existed, by resource.
live, seen = {}, {}


def known(resource, value):
    """Returns the id of a record, always the same one for a value as long as no record is added or deleted."""
    ids = live.get(resource)
    if not ids or isinstance(value, bool) or not isinstance(value, int) or value in seen[resource]:
        return value
    return ids[value % len(ids)]


def resolve(schema, root):
    if "$ref" in schema:
        return resolve(root["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], root)
    if len(schema.get("allOf", [])) == 1:
        return {**resolve(schema["allOf"][0], root), **schema}
    return schema


def with_known_ids(value, schema, root):
    """Returns a body in which the ids of other records exist."""
    schema = resolve(schema, root)
    if "x-references" in schema and not isinstance(value, list):
        return known(schema["x-references"], value)
    if isinstance(value, dict):
        fields = schema.get("properties", {})
        return {name: with_known_ids(item, fields.get(name, {}), root) for name, item in value.items()}
    if isinstance(value, list):
        items = {**schema.get("items", {}), **{key: schema[key] for key in ["x-references"] if key in schema}}
        return [with_known_ids(item, items, root) for item in value]
    return value


def resources(root, path):
    """Yields the parameters of a path, with the resource whose records each one selects."""
    for match in re.finditer(r"{(\w+)}", path):
        lists = (root["paths"].get(path[: match.start()].rstrip("/") + slash, {}) for slash in ["", "/"])
        operation = next((methods["get"] for methods in lists if "get" in methods), None)
        if operation:
            yield match.group(1), operation["operationId"].rsplit(".", 1)[0]


@schemathesis.hook
def before_call(context, case, kwargs):
    root = case.operation.schema.raw_schema
    for name, resource in resources(root, case.operation.path):
        if name in (case.path_parameters or {}):
            case.path_parameters[name] = known(resource, case.path_parameters[name])
    content = case.operation.definition.raw.get("requestBody", {}).get("content", {}).get("application/json", {})
    if isinstance(case.body, (dict, list)):
        case.body = with_known_ids(case.body, content.get("schema", {}), root)


@schemathesis.hook
def after_call(context, case, response):
    resource, name = case.operation.definition.raw["operationId"].rsplit(".", 1)
    ids = live.setdefault(resource, [])
    if name == "delete" and response.status_code < 300:
        deleted = [*case.path_parameters.values()][-1]
        ids[:] = [id for id in ids if str(id) != str(deleted)]
    elif response.status_code < 300 and "json" in (response.headers.get("content-type") or [""])[0]:
        shown = response.json()
        records = shown.get("results", [shown]) if isinstance(shown, dict) else shown
        for record in records if isinstance(records, list) else []:
            id = record.get("id") if isinstance(record, dict) and not record.get("is_deleted") else None
            if isinstance(id, int) and id not in seen.setdefault(resource, set()):
                seen[resource].add(id)
                ids.append(id)
