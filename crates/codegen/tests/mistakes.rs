//! Every kind of mistake stops the build with file, line and mend.

use std::collections::BTreeSet;

use campfire_codegen::{Description, Error, generate};

const COMMON: &str = include_str!("small/openapi.yaml");
const AREA: &str = include_str!("small/ledger.yaml");

fn complaints(common: &str, area: &str) -> String {
    let result = Description::merge([("openapi.yaml", common), ("ledger.yaml", area)]).map_err(Error::from).and_then(
        |description| {
            let areas: BTreeSet<String> = description.areas().into_iter().map(str::to_owned).collect();
            generate(&description, &areas)
        },
    );
    match result {
        Ok(_) => String::new(),
        Err(Error::Description(problems)) => problems.to_string(),
        Err(Error::Generator(message)) => panic!("reached progenitor: {message}"),
    }
}

/// The line of the first occurrence of a text.
fn line_of(text: &str, part: &str) -> usize {
    if let Some(whole) = part.strip_prefix('=') {
        return text.lines().position(|line| line == whole).unwrap_or_else(|| panic!("no `{whole}`")) + 1;
    }
    text.lines().position(|line| line.contains(part)).unwrap_or_else(|| panic!("no `{part}`")) + 1
}

/// Replaces a text that must be there.
fn swap(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "the sample has no `{from}`");
    text.replacen(from, to, 1)
}

#[test]
fn the_sample_is_fine() {
    assert_eq!(complaints(COMMON, AREA), "");
}

#[test]
fn each_mistake_names_file_line_and_mend() {
    // (what is wrong, from, to, where the complaint points, what it says, how to mend it)
    let cases = [
        (
            "duplicate operationId",
            "operationId: entries.retrieve",
            "operationId: entries.list",
            "operationId: entries.list #2",
            "used twice",
            "another method name",
        ),
        (
            "dangling $ref",
            "schemas/Entry'}}}\n        '4XX'",
            "schemas/Entri'}}}\n        '4XX'",
            "schemas/Entri'",
            "leads nowhere",
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
            "2 media types for one body",
            "keep `application/json`",
        ),
        (
            "decimal typed number",
            "allOf: [{$ref: '#/components/schemas/Decimal'}]",
            "type: number",
            "amount:",
            "a decimal typed `number`",
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
            "doubled key",
            "type: string # memo",
            "type: string\n          type: string",
            "type: string\n",
            "stands twice",
            "remove or rename",
        ),
        (
            "retry of a GET",
            "x-retry: safe",
            "x-retry: never",
            "x-retry: never",
            "a GET that is not `x-retry: safe`",
            "x-retry: safe",
        ),
        (
            "never without read-back",
            "x-read-back: entries.list",
            "deprecated: false",
            "x-retry: never",
            "does not say how to find out",
            "x-read-back",
        ),
        (
            "no description of a property",
            "description: What the entry is for.",
            "maxLength: 3",
            "memo:",
            "has no description",
            "our own words",
        ),
        ("keyword as a name", "memo:", "type:", "=        type:", "cannot be a Rust identifier", "x-rust-name"),
        (
            "names that meet",
            "          x-omit: it is only here to meet the other\n",
            "",
            "- name: amountGte",
            "both `amount_gte` in Rust",
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
            "unknown deed",
            "operationId: entries.retrieve",
            "operationId: entries.retrieve\n      x-effect: {do: magic}",
            "x-effect",
            "cannot do \"magic\"",
            "one of allocate",
        ),
        (
            "unknown effect",
            "operationId: entries.retrieve",
            "operationId: entries.retrieve\n      x-effect: {vanish: true}",
            "x-effect",
            "is no effect",
            "the effects are",
        ),
        (
            "rows of no resource",
            "operationId: entries.retrieve",
            "operationId: entries.retrieve\n      x-effect: {rows: {of: nothing}}",
            "x-effect",
            "no resource \"nothing\"",
            "name one",
        ),
        (
            "unknown approval",
            "operationId: entries.retrieve",
            "operationId: entries.retrieve\n      x-approval: maybe",
            "x-approval",
            "is no approval",
            "`draft` or `none`",
        ),
        (
            "unknown document",
            "x-identity: [id]",
            "x-identity: [id]\n      x-document: receipt",
            "x-document",
            "\"receipt\" is no document",
            "one of journal-entry",
        ),
        (
            "collects from nowhere",
            "type: string # memo",
            "type: string\n          x-collects: nothing.entry",
            "x-collects",
            "names no resource",
            "transactions.journal",
        ),
        (
            "a term without a field",
            "type: string # memo",
            "type: string\n          x-sum: [{in: entries}]",
            "x-sum",
            "is no term of a sum",
            "`lines.amount`",
        ),
        ("oneOf", "type: string # memo", "oneOf: [{type: string}]", "oneOf:", "without losing data", "x-untyped"),
    ];
    for (what, from, to, spot, says, mend) in cases {
        let area = swap(AREA, from, to);
        let found = complaints(COMMON, &area);
        assert!(found.contains(says), "{what}: expected `{says}` in:\n{found}");
        assert!(found.contains(mend), "{what}: expected the mend `{mend}` in:\n{found}");
        assert!(found.contains("ledger.yaml:"), "{what}: no file and line in:\n{found}");
        let spot = spot.trim_end_matches(" #2");
        if what == "duplicate operationId" {
            let second = area.match_indices(spot).nth(1).map(|(at, _)| area[..at].lines().count()).unwrap();
            assert!(found.contains(&format!("ledger.yaml:{second}:")), "{what}: expected line {second}:\n{found}");
        } else if !spot.is_empty() && what != "doubled key" {
            let line = line_of(&area, spot);
            assert!(found.contains(&format!("ledger.yaml:{line}:")), "{what}: expected line {line}:\n{found}");
        }
    }
}

#[test]
fn two_files_may_not_define_the_same() {
    let twin = "components:\n  schemas:\n    Decimal:\n      type: string\n";
    let problems =
        Description::merge([("openapi.yaml", COMMON), ("ledger.yaml", AREA), ("twin.yaml", twin)]).unwrap_err();
    let text = problems.to_string();
    assert!(text.starts_with("twin.yaml:3: `Decimal` is defined twice (first in openapi.yaml:"), "{text}");
}
