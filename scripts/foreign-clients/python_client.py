"""Calls the operations of the API with the Python client of OpenAPI Generator.

    python python_client.py BUNDLE URL KEY CALLS

The client package `campfire_client` must be installed. Lists the records of a sandbox with a company, retrieves some of each
resource, writes them back, creates them anew, and tries every other operation. Writes the calls to CALLS for a client in
another language, which repeats them and deletes the records. Fails if the server fails, or if the client cannot read a
response.
"""

import json
import re
import sys

import campfire_client
import pydantic

# The number of records of a resource that are retrieved and written back.
RECORDS = 3
# The order of calls: what has been created is read and changed.
METHODS = ["get", "post", "get", "put", "patch"]


def operations(bundle, method):
    """Returns the paths and operations of a method, those of parents first."""
    found = [(path, methods[method]) for path, methods in bundle["paths"].items() if method in methods]
    return sorted(found, key=lambda each: (each[0].count("{"), each[0]))


def placeholders(path):
    return re.findall(r"{(\w+)}", path)


def collection(path):
    """Returns the path of the list that the last parameter of a path selects from."""
    return path[: path.rfind("{")].rstrip("/")


class Run:
    def __init__(self, bundle, url, key):
        self.bundle = bundle
        configuration = campfire_client.Configuration(
            host=url, api_key={"token": key}, api_key_prefix={"token": "Token"}
        )
        self.api = campfire_client.CampfireApi(campfire_client.ApiClient(configuration))
        # The records that each list has shown, with the parameters that select them.
        self.found = {}
        # An id of each resource.
        self.ids = {}
        # The records that single reads have shown, by path and parameters.
        self.shown = {}
        self.calls, self.findings, self.statuses = [], [], {}

    def resolve(self, schema):
        if "$ref" in schema:
            return self.bundle["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        if len(schema.get("allOf", [])) == 1:
            return {**self.resolve(schema["allOf"][0]), **{key: schema[key] for key in schema if key != "allOf"}}
        return schema

    def value(self, schema):
        """Returns a small valid value of a schema; for the id of another record that of one that exists."""
        schema = self.resolve(schema)
        if "x-references" in schema and schema.get("type") == "integer":
            return self.ids.get(schema["x-references"], 1)
        if "enum" in schema:
            return schema["enum"][0]
        if "anyOf" in schema:
            return self.value(schema["anyOf"][0])
        kind = schema.get("type", "object")
        if kind == "object":
            properties = schema.get("properties", {})
            # The client wants the required fields of requests, too, even if they are read-only.
            return {name: self.value(properties[name]) for name in schema.get("required", []) if name in properties}
        if kind == "array":
            return [self.value(schema["items"])] if schema.get("minItems") else []
        if kind in ("integer", "number"):
            return 1
        if kind == "boolean":
            return True
        texts = {"date": "2026-03-01", "date-time": "2026-03-01T00:00:00Z", "email": "a@example.com",
                 "uuid": "0190c0de-0000-7000-8000-000000000001", "uri": "https://example.com/"}
        return texts.get(schema.get("format"), "USD" if schema.get("maxLength") == 3 else "text")

    def body_schema(self, operation):
        content = operation.get("requestBody", {}).get("content", {})
        return content.get("application/json", {}).get("schema")

    def note(self, operation, parameters, body=None):
        self.calls.append({"operation": operation["operationId"], "parameters": parameters, "body": body})

    def call(self, operation, parameters, body=None):
        """Calls an operation. Returns the JSON of the response, or None if it was refused or is not JSON."""
        name = operation["operationId"]
        arguments = dict(parameters)
        if body is not None:
            schema = self.body_schema(operation)["$ref"].rsplit("/", 1)[1]
            model = getattr(campfire_client, schema, None)
            # Open JSON has no model.
            argument = re.sub(r"(?<!^)(?=[A-Z])", "_", schema).lower() if model else "body"
            arguments[argument] = model.from_dict(body) if model else body
        self.note(operation, parameters, body)
        status, response = "read", None
        try:
            response = getattr(self.api, name.replace(".", "_") + "_with_http_info")(**arguments)
        except campfire_client.ApiException as error:
            status = error.status
            if error.status >= 500 and error.status != 501:
                self.findings.append(f"{name} {parameters}: {error.status} {error.body}")
        except (pydantic.ValidationError, ValueError, TypeError, KeyError, AttributeError) as error:
            status = "unreadable"
            self.findings.append(f"{name} {parameters}: {type(error).__name__}: {str(error)[:400]}")
        self.statuses[status] = self.statuses.get(status, 0) + 1
        is_json = response and response.raw_data and "json" in (response.headers or {}).get("content-type", "")
        return json.loads(response.raw_data) if is_json else None

    def parameters(self, path):
        """Returns the parameters of some records that a path selects: the first ones, and the last."""
        if not placeholders(path):
            return [{}]
        known = self.found.get(collection(path), [])
        names = placeholders(path)
        return [dict(zip(names, values)) for values, _ in known[: RECORDS - 1] + known[RECORDS - 1 :][-1:]]

    def query(self, operation):
        """Returns the query parameters that are required."""
        parameters = [
            self.bundle["components"]["parameters"][each["$ref"].rsplit("/", 1)[1]] if "$ref" in each else each
            for each in operation.get("parameters", [])
        ]
        needed = [each for each in parameters if each["in"] == "query" and each.get("required")]
        return {each["name"]: self.value({"minItems": 1, **each["schema"]}) for each in needed}

    def read(self, path, operation):
        self.found.pop(path.rstrip("/"), None)
        for parameters in self.parameters(path):
            response = self.call(operation, {**parameters, **self.query(operation)})
            self.shown[path, *parameters.values()] = response
            records = response.get("results") if isinstance(response, dict) else response
            for record in records if isinstance(records, list) else []:
                if isinstance(record, dict) and isinstance(record.get("id"), (int, str)):
                    values = (*parameters.values(), record["id"])
                    self.found.setdefault(path.rstrip("/"), []).append((values, record))
                    self.ids[operation["operationId"].rsplit(".", 1)[0]] = record["id"]

    def write(self, path, method, operation):
        schema = self.body_schema(operation)
        for parameters in self.parameters(path)[: 1 if method == "post" else RECORDS]:
            body = None
            if schema:
                records = [record for _, record in self.found.get(path.rstrip("/"), [])]
                shown = records[0] if records and method == "post" else self.shown.get((path, *parameters.values()))
                body = self.value(schema)
                if isinstance(shown, dict):
                    body.update({name: value for name, value in shown.items() if value is not None})
            self.call(operation, {**parameters, **self.query(operation)}, body)

    def run(self):
        for method in METHODS:
            for path, operation in operations(self.bundle, method):
                if "multipart/form-data" in operation.get("requestBody", {}).get("content", {}):
                    continue
                self.read(path, operation) if method == "get" else self.write(path, method, operation)
        for path, operation in operations(self.bundle, "delete"):
            for parameters in self.parameters(path)[-1:]:
                self.note(operation, parameters)


def main():
    file, url, key, calls = sys.argv[1:]
    with open(file) as text:
        run = Run(json.load(text), url, key)
    run.run()
    with open(calls, "w") as text:
        json.dump(run.calls, text, indent=1)
    operations_called = {call["operation"] for call in run.calls}
    print(f"Python: {len(run.calls)} calls of {len(operations_called)} operations; by result: {run.statuses}")
    for finding in run.findings:
        print(f"finding: {finding}")
    sys.exit(bool(run.findings))


main()
