//! Every kind of mistake stops the build with file, line, and a way to fix it.

use std::collections::BTreeSet;

use campfire_codegen::{Description, Error, JsonSchemas, generate};
use campfire_values::reader::MAX_FIELDS;

const COMMON: &str = include_str!("small/openapi.yaml");
const AREA: &str = include_str!("small/ledger.yaml");

fn problems(common: &str, area: &str) -> String {
    let result = Description::merge([("openapi.yaml", common), ("ledger.yaml", area)]).map_err(Error::from).and_then(
        |description| {
            let areas: BTreeSet<String> = description.areas().into_iter().map(str::to_owned).collect();
            generate(&description, &areas, JsonSchemas::ByFeature)
        },
    );
    match result {
        Ok(_) => String::new(),
        Err(Error::Description(problems)) => problems.to_string(),
        Err(Error::Generator(message)) => panic!("reached progenitor: {message}"),
    }
}

/// Returns the line of the first occurrence of a text. A leading `=` asks for the whole line.
fn line_of(text: &str, part: &str) -> usize {
    if let Some(whole) = part.strip_prefix('=') {
        return text.lines().position(|line| line == whole).unwrap_or_else(|| panic!("no `{whole}`")) + 1;
    }
    text.lines().position(|line| line.contains(part)).unwrap_or_else(|| panic!("no `{part}`")) + 1
}

/// Replaces a text, which must exist.
fn swap(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "the sample has no `{from}`");
    text.replacen(from, to, 1)
}

#[test]
fn the_sample_has_no_problems() {
    assert_eq!(problems(COMMON, AREA), "");
}

#[test]
fn each_mistake_names_file_line_and_fix() {
    // (mistake, original, replacement, the text on the line of the problem, message, help)
    let cases = [
        (
            "duplicate operationId",
            "operationId: entries.retrieve",
            "operationId: entries.list",
            "operationId: entries.list #2",
            "used twice",
            "choose another method name",
        ),
        (
            "dangling $ref",
            "schemas/Entry'}}}\n        '4XX'",
            "schemas/Entri'}}}\n        '4XX'",
            "schemas/Entri'",
            "does not resolve",
            "did you mean `Entry`?",
        ),
        (
            "unknown x- key",
            "x-identity: [id]",
            "x-identify: [id]",
            "x-identify",
            "unknown extension `x-identify`",
            "the extensions are",
        ),
        (
            "default response",
            "'4XX': {$ref: '#/components/responses/ClientError'}",
            "default: {$ref: '#/components/responses/ClientError'}",
            "default: {$ref",
            "a `default` response",
            "`4XX` and `5XX`",
        ),
        (
            "two media types",
            "application/json:\n              schema: {$ref: '#/components/schemas/EntryLine'}",
            "application/json: {schema: {$ref: '#/components/schemas/EntryLine'}}\n            multipart/form-data:\n              schema: {$ref: '#/components/schemas/EntryLine'}",
            "content: # body",
            "a request body with 2 media types",
            "use `application/json`",
        ),
        (
            "decimal typed number",
            "allOf: [{$ref: '#/components/schemas/Decimal'}]",
            "type: number",
            "amount:",
            "`type: number`",
            "schemas/Decimal",
        ),
        (
            "enum without a name",
            "type: string # memo",
            "type: string\n          enum: [a, b]",
            "enum: [a, b]",
            "an enum without a name",
            "components.schemas",
        ),
        (
            "malformed YAML",
            "summary: List entries",
            "summary: List: entries: [",
            "summary: List: entries: [",
            "malformed YAML",
            "indentation",
        ),
        (
            "duplicate key",
            "type: string # memo",
            "type: string\n          type: string",
            "type: string\n",
            "duplicate key `type`",
            "remove or rename",
        ),
        (
            "a reference to nothing",
            "type: string # memo",
            "type: string\n          x-references: entry",
            "x-references: entry",
            "there is no resource \"entry\"",
            "an operationId before its last dot",
        ),
        (
            "a reference in a value that is no id",
            "type: string # memo",
            "type: boolean\n          x-references: entries",
            "x-references: entries",
            "only ids reference a resource",
            "ids are integers or strings",
        ),
        (
            "a missing retry class",
            "      x-retry: safe\n",
            "",
            "    get:",
            "the operation has no `x-retry`",
            "add `x-retry: safe`",
        ),
        (
            "a resource named after a keyword",
            "operationId: entries.find",
            "operationId: use.find",
            "operationId: use.find",
            "`use` in `use.find` is a keyword of Rust",
            "choose another name",
        ),
        (
            "a method that cannot be a raw identifier",
            "operationId: entries.find",
            "operationId: entries.self",
            "operationId: entries.self",
            "`self` in `entries.self` is a keyword of Rust",
            "choose another name",
        ),
        (
            "a builder that hides Rust's own type",
            "operationId: entries.find",
            "operationId: entries.option",
            "operationId: entries.option",
            "would hide Rust's `Option`",
            "choose another name",
        ),
        (
            "a parameter named like the body",
            "        - name: amount__gte",
            "        - name: body",
            "- name: body",
            "progenitor calls the request body `body`, too",
            "x-omit",
        ),
        (
            "retry of a GET",
            "x-retry: safe",
            "x-retry: never",
            "x-retry: never",
            "a GET operation without `x-retry: safe`",
            "x-retry: safe",
        ),
        (
            "keyed-if-trusted on an update",
            "x-retry: idempotent",
            "x-retry: keyed-if-trusted",
            "x-retry: keyed-if-trusted",
            "`x-retry: keyed-if-trusted` on a PATCH operation",
            "use idempotent or never",
        ),
        (
            "a retry class that depends on a property that is no flag",
            "      x-retry: never\n",
            "      x-retry: safe\n      x-retry-if: {amount: never}\n",
            "x-retry-if",
            "`amount` is not a flag",
            "type: boolean",
        ),
        (
            "a retry class that depends on an unknown property",
            "      x-retry: never\n",
            "      x-retry: safe\n      x-retry-if: {upsert: never}\n",
            "x-retry-if",
            "the body has no property `upsert`",
            "use a property of the JSON body",
        ),
        (
            "a conditional retry class that must not run twice without read-back",
            "      x-retry: idempotent\n",
            "      x-retry: idempotent\n      x-retry-if: {memo: never}\n",
            "x-retry: idempotent",
            "must not run twice has no `x-read-back`",
            "x-read-back",
        ),
        (
            "a link to the front page of the reference",
            "externalDocs: {url: 'https://docs.example/entries'}",
            "externalDocs: {url: 'https://docs.example/'}",
            "=      externalDocs: {url: 'https://docs.example/'}",
            "leads to the front page",
            "or nothing if it is not known",
        ),
        (
            "never without read-back",
            "x-read-back: entries.list",
            "deprecated: false",
            "x-retry: never",
            "must not run twice has no `x-read-back`",
            "x-read-back",
        ),
        (
            "an alias that rustdoc refuses",
            "x-read-back: entries.list",
            "x-read-back: entries.list\n      x-aliases: [post, 'the \"books\"']",
            "x-aliases: [post",
            "rustdoc does not accept the alias `the \"books\"`",
            "correct or remove it",
        ),
        (
            "an alias that says what the name says",
            "operationId: entries.retrieve",
            "operationId: entries.retrieve\n      x-aliases: [retrieve]",
            "x-aliases: [retrieve]",
            "a search finds `retrieve` anyway",
            "correct or remove it",
        ),
        (
            "aliases that are no list",
            "x-read-back: entries.list",
            "x-read-back: entries.list\n      x-aliases: post",
            "x-aliases: post",
            "`x-aliases` is not a list of texts",
            "void invoice",
        ),
        (
            "a client key in neither form",
            "x-read-back: entries.list",
            "x-read-back: entries.list\n      x-client-key: memo",
            "x-client-key: memo",
            "`x-client-key` names no field",
            "{marker: description}",
        ),
        (
            "a client key that the request cannot write",
            "x-read-back: entries.list",
            "x-read-back: entries.list\n      x-client-key: {marker: account_name}",
            "x-client-key: {",
            "no text field `account_name` that can be written",
            "string property",
        ),
        (
            "an unknown word about money",
            "x-read-back: entries.list",
            "x-read-back: entries.list\n      x-money: spends",
            "x-money: spends",
            "unknown `x-money: \"spends\"`",
            "moves, records",
        ),
        (
            "no description of a property",
            "description: What the entry is for.",
            "maxLength: 3",
            "memo:",
            "has no description",
            "our own words",
        ),
        ("keyword as a name", "memo:", "type:", "=        type:", "is not a valid Rust identifier", "x-rust-name"),
        (
            "name that JSON escapes",
            "memo:",
            "'me\"mo':",
            "'me\"mo':",
            "JSON escapes characters of the name \"me\\\"mo\"",
            "`extra`",
        ),
        (
            "equal names",
            "          x-omit: it is only here to meet the other\n",
            "",
            "- name: amountGte",
            "both named `amount_gte` in Rust",
            "x-rust-name",
        ),
        (
            "undeclared path parameter",
            "/ledger/{id}:",
            "/ledger/{id}/{line}:",
            "",
            "the path parameter `line` is not declared",
            "parameters",
        ),
        (
            "currency that does not exist",
            "description: In the currency of the entry.",
            "x-currency: code\n          description: In the currency of the entry.",
            "x-currency: code",
            "there is no property \"code\"",
            "holds the code of the currency",
        ),
        (
            "currency of a text",
            "type: string # memo",
            "type: string\n          x-currency: memo",
            "x-currency: memo",
            "only amounts have a currency",
            "use `Decimal`",
        ),
        (
            "example of another type",
            "type: string # memo",
            "type: string\n          example: [Rent]",
            "example: [Rent]",
            "[\"Rent\"] is not a value of the property",
            "write a value of its type",
        ),
        ("oneOf", "type: string # memo", "oneOf: [{type: string}]", "oneOf:", "without losing data", "x-untyped"),
    ];
    for (mistake, from, to, spot, message, help) in cases {
        let area = swap(AREA, from, to);
        let found = problems(COMMON, &area);
        assert!(found.contains(message), "{mistake}: expected `{message}` in:\n{found}");
        assert!(found.contains(help), "{mistake}: expected the help `{help}` in:\n{found}");
        assert!(found.contains("ledger.yaml:"), "{mistake}: no file and line in:\n{found}");
        let spot = spot.trim_end_matches(" #2");
        if mistake == "duplicate operationId" {
            let second = area.match_indices(spot).nth(1).map(|(at, _)| area[..at].lines().count()).unwrap();
            assert!(found.contains(&format!("ledger.yaml:{second}:")), "{mistake}: expected line {second}:\n{found}");
        } else if !spot.is_empty() && mistake != "duplicate key" {
            let line = line_of(&area, spot);
            assert!(found.contains(&format!("ledger.yaml:{line}:")), "{mistake}: expected line {line}:\n{found}");
        }
    }
}

#[test]
fn a_note_without_a_resource_or_a_text_is_a_problem() {
    for (from, to, message) in [
        ("- name: entries", "- name: entry", "there is no resource `entry`"),
        (
            "    description: An entry cannot be deleted; post one that reverses it.\n",
            "",
            "the tag `entries` has no description",
        ),
    ] {
        let common = swap(COMMON, from, to);
        let found = problems(&common, AREA);
        let line = line_of(&common, "- name: ent");
        assert!(found.contains(message) && found.contains(&format!("openapi.yaml:{line}:")), "{found}");
    }
}

#[test]
fn a_server_or_a_key_that_the_client_cannot_use_is_a_problem() {
    let schemes = |scheme: &str, requirement: &str| {
        swap(
            COMMON,
            "paths: {}\ncomponents:\n",
            &format!(
                "security: [{requirement}]\npaths: {{}}\ncomponents:\n  securitySchemes:\n    key: {{{scheme}}}\n"
            ),
        )
    };
    let server = |url: &str| swap(COMMON, "paths: {}\n", &format!("servers: [{{url: '{url}'}}]\npaths: {{}}\n"));
    for common in [
        server("https://api.example.com/v1"),
        schemes("type: apiKey, in: header, name: X-Key", "{key: []}"),
        schemes("type: http, scheme: Bearer", "{key: []}"),
        // The client uses the second alternative.
        schemes("type: apiKey, in: header, name: X-Key", "{other: []}, {key: []}"),
    ] {
        assert_eq!(problems(&common, AREA), "");
    }
    for (common, message) in [
        (server("/v1"), "`/v1` is not an absolute URL"),
        (server("https://{region}.example.com"), "is not an absolute URL without variables"),
        (
            schemes("type: apiKey, in: query, name: key", "{key: []}"),
            "no security requirement that the client can meet",
        ),
        (schemes("type: oauth2", "{key: []}"), "no security requirement that the client can meet"),
        (schemes("type: apiKey, in: header, name: 'X Key'", "{key: []}"), "no security requirement"),
    ] {
        let found = problems(&common, AREA);
        assert!(found.contains(message) && found.contains("openapi.yaml:"), "expected `{message}` in:\n{found}");
    }
}

#[test]
fn two_files_cannot_define_the_same_schema() {
    let twin = "components:\n  schemas:\n    Decimal:\n      type: string\n";
    let problems =
        Description::merge([("openapi.yaml", COMMON), ("ledger.yaml", AREA), ("twin.yaml", twin)]).unwrap_err();
    let text = problems.to_string();
    assert!(text.starts_with("twin.yaml:3: `Decimal` is defined twice (first in openapi.yaml:"), "{text}");
}

/// The field has to come back in the list, under its name.
#[test]
fn a_client_key_comes_back() {
    let key = "x-read-back: entries.list\n      x-client-key: {id: NAME}";
    let area = swap(AREA, "x-read-back: entries.list", key);
    let area = swap(
        &area,
        "        account_name:",
        "        NAME: {type: string, description: Yours.}\n        account_name:",
    );
    assert_eq!(problems(COMMON, &area.replace("NAME", "memo")), "");
    let problems = problems(COMMON, &area.replace("NAME", "remark"));
    assert!(problems.contains("`entries.list` returns no records with a text field `remark`"), "{problems}");
}

#[test]
fn an_object_with_more_properties_than_the_sdk_can_read() {
    let with = |count: usize| {
        let properties: String = (0..count)
            .map(|index| {
                format!("        more_{index}:\n          type: string\n          description: Text number {index}.\n")
            })
            .collect();
        problems(COMMON, &swap(AREA, "        memo:\n", &format!("{properties}        memo:\n")))
    };
    // `Entry` has five of its own.
    let before = MAX_FIELDS - 5;
    assert_eq!(with(before), "");
    let found = with(before + 1);
    let message = format!("{} properties, but the SDK reads at most {MAX_FIELDS}", MAX_FIELDS + 1);
    assert!(found.contains(&message), "{found}");
    assert!(found.contains("ledger.yaml:"), "{found}");
}
