// Repeats the calls of the Python client with the TypeScript client of OpenAPI Generator (typescript-fetch), on the same
// sandbox.
//
//     node typescript_client.mjs CLIENT BUNDLE URL KEY CALLS
//
// CLIENT is the folder of the compiled client. Fails if the server fails, or if the client cannot read a response.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const [folder, bundleFile, basePath, key, callsFile] = process.argv.slice(2);
const client = createRequire(import.meta.url)(resolve(folder));
const bundle = JSON.parse(await readFile(bundleFile, 'utf8'));
const calls = JSON.parse(await readFile(callsFile, 'utf8'));

const camel = (name) => name.replace(/[._]+(\w)/g, (_, letter) => letter.toUpperCase());
const api = new client.CampfireApi(new client.Configuration({ basePath, apiKey: `Token ${key}` }));

/** The names of the schemas of request bodies, by operation. */
const bodies = new Map();
for (const path of Object.values(bundle.paths)) {
  for (const operation of Object.values(path)) {
    const schema = operation.requestBody?.content?.['application/json']?.schema;
    if (schema?.$ref) bodies.set(operation.operationId, schema.$ref.split('/').pop());
  }
}

const findings = [];
const statuses = {};
for (const { operation, parameters, body } of calls) {
  const input = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [camel(name), value]));
  if (body !== null) {
    const schema = bodies.get(operation);
    const fromJson = client[`${schema}FromJSON`];
    // Open JSON has no model.
    input[fromJson ? schema[0].toLowerCase() + schema.slice(1) : 'body'] = fromJson ? fromJson(body) : body;
  }
  let status = 'read';
  try {
    await api[camel(operation)](input);
  } catch (error) {
    status = error instanceof client.ResponseError ? error.response.status : 'unreadable';
    if (status === 'unreadable' || (status >= 500 && status !== 501)) {
      findings.push(`${operation} ${JSON.stringify(parameters)}: ${status} ${error}`);
    }
  }
  statuses[status] = (statuses[status] ?? 0) + 1;
}

console.log(`TypeScript: ${calls.length} calls; by result: ${JSON.stringify(statuses)}`);
for (const finding of findings) console.log(`finding: ${finding}`);
process.exit(findings.length === 0 ? 0 : 1);
