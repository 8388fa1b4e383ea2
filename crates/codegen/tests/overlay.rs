//! The sandbox overlay: reading it, and its mistakes.

use std::path::Path;

use campfire_codegen::Description;
use campfire_codegen::description::overlay::Overlay;
use campfire_codegen::rules::lint;
use campfire_sandbox_model::{Action, Approval, DocumentKind, LedgerValue};

const OVERLAY: &str = "\
operations:
  entries.update:
    effect: {do: void}
    approval: draft
  entries.list:
    effect: {records: {of: entries.lines, dated_by: date}}
schemas:
  Entry:
    document: journal-entry
    properties:
      lines: {collects: entries.lines.entry}
      memo: {derived: id.name}
  EntryLine:
    properties:
      amount:
        sum:
          - -total
          - {of: amount, in: entries.lines, by: entry, until: date}
        nonnegative: true
        default: 5
      account_name: {ledger: opposing_name, references: accounts, unmodelled: Not said.}
";

/// Returns the small description with an overlay.
fn description(overlay: &str) -> Result<Description, String> {
    let area = include_str!("small/ledger.yaml").replacen(
        "          readOnly: true\n          description: Which.",
        "          readOnly: true\n          x-references: entries\n          description: Which.",
        1,
    );
    let common = include_str!("small/openapi.yaml");
    let mut description = Description::merge([("openapi.yaml", common), ("ledger.yaml", &area)]).unwrap();
    description.overlay = Overlay::read([("sandbox/ledger.yaml", overlay)]).map_err(|problems| problems.to_string())?;
    lint::check(&description).map_err(|problems| problems.to_string())?;
    Ok(description)
}

#[test]
fn an_overlay_is_read() {
    let overlay = description(OVERLAY).unwrap().overlay;
    let update = &overlay.operations["entries.update"];
    assert_eq!((update.effect.action, update.approval), (Some(Action::Void), Approval::Draft));
    assert_eq!(overlay.operations["entries.list"].effect.records.of.as_deref(), Some("entries.lines"));
    assert_eq!(overlay.schemas["Entry"].document, Some(DocumentKind::JournalEntry));
    assert_eq!(overlay.schemas["Entry"].properties["memo"].derived.as_ref().unwrap().owner, "id");
    let amount = &overlay.schemas["EntryLine"].properties["amount"];
    let account = &overlay.schemas["EntryLine"].properties["account_name"];
    assert_eq!((account.ledger, account.references.as_deref()), (Some(LedgerValue::OpposingName), Some("accounts")));
    assert_eq!(account.unmodelled.as_deref(), Some("Not said."));
    assert_eq!((amount.sum.len(), amount.nonnegative, &amount.default), (2, true, &Some(5.into())));
}

#[test]
fn each_mistake_names_file_line_and_fix() {
    // (original, replacement, line, message, help)
    let cases = [
        ("operations:", "operation:", 1, "unknown key `operation`", "`operations` and `schemas`"),
        ("  entries.update:", "  entries.erase:", 2, "there is no operation `entries.erase`", "operationId"),
        ("{do: void}", "{do: magic}", 3, "unknown variant `magic`", "`void_payment`"),
        ("{do: void}", "{vanish: true}", 3, "unknown field `vanish`", "`delete`"),
        ("{do: void}", "{}", 3, "the effect is empty", "remove `effect`"),
        ("{do: void}", "void", 3, "invalid type", "openapi/README.md"),
        ("approval: draft", "approval: maybe", 4, "unknown variant `maybe`", "`draft`"),
        ("approval: draft", "permission: draft", 4, "unknown key `permission`", "`effect`, `approval`"),
        // Leaving out a consequence in silence is no option: refuse the field that asks for it, or the operation.
        ("approval: draft", "omits: something", 4, "unknown key `omits`", "`unmodelled`, and `refusal`"),
        ("approval: draft", "unmodelled: no reason", 2, "has an effect, is not modelled, or is refused", "keep one"),
        ("approval: draft", "refusal: {status: 400, detail: No.}", 2, "or is refused", "keep one"),
        ("approval: draft", "refusal: No.", 4, "invalid type", "write `{status: 400"),
        ("of: entries.lines,", "of: nothing,", 6, "there is no resource `nothing`", "resource of an operation"),
        ("  Entry:", "  Entries:", 8, "there is no schema `Entries`", "components.schemas"),
        ("  Entry:", "  EntryStatus:", 8, "`EntryStatus` is not an object", "remove the entry"),
        ("journal-entry", "receipt", 9, "unknown variant `receipt`", "`journal-entry`"),
        ("    document:", "    kind:", 9, "unknown key `kind`", "`document` and `properties`"),
        ("      lines:", "      rows:", 11, "`Entry` has no property `rows`", "correct or remove"),
        ("entries.lines.entry", "nothing.entry", 11, "there is no resource `nothing`", "resource of an operation"),
        ("collects: entries.lines.entry", "where: {kind: [a]}", 11, "nothing to choose from", "with `collects`"),
        ("entries.lines.entry", "entries", 11, "`entries` is not of the form", "transactions.journal"),
        ("id.name", "lines.name", 12, "no sibling `lines` with `x-references`", "sibling.property"),
        ("derived: id.name", "copied: id.name", 12, "unknown key `copied`", "`derived`"),
        ("- -total", "- 1", 17, "`1` is not a term of a sum", "`lines.amount`"),
        ("by: entry,", "via: entry,", 18, "is not a term of a sum", "`lines.amount`"),
        ("nonnegative: true", "nonnegative: maybe", 19, "invalid type", "write `true`"),
        ("opposing_name", "other_name", 21, "unknown variant `other_name`", "openapi/README.md"),
        ("references: accounts", "references: entries", 21, "has operations for `entries`", "write `x-references`"),
        ("references: accounts", "lineage: amount", 21, "no sibling `amount` with `x-references`", "the record above"),
        ("in: entries.lines,", "in: nothing,", 15, "there is no resource `nothing`", "resource of an operation"),
    ];
    for (from, to, line, message, help) in cases {
        assert!(OVERLAY.contains(from), "the sample has no `{from}`");
        let problems = description(&OVERLAY.replacen(from, to, 1)).unwrap_err();
        assert!(problems.contains(message) && problems.contains(help), "`{to}`: {problems}");
        assert!(problems.starts_with(&format!("sandbox/ledger.yaml:{line}: ")), "`{to}`: {problems}");
    }
}

#[test]
fn an_effect_on_a_record_or_field_that_cannot_be_found_is_refused() {
    let keyed = |id: &str| {
        let path = |id: &str| format!("parameters: [{{name: code, in: path, required: true, schema: {{type: {id}}}}}]");
        format!("paths:\n  /boxes/{{code}}/close:\n    post:\n      operationId: boxes.close\n      {}\n", path(id))
    };
    let overlay = "operations:\n  boxes.close:\n    effect: {set: {state: closed}}\n";
    let problems = |yaml: &str| {
        let mut description =
            Description::merge([("openapi.yaml", include_str!("small/openapi.yaml")), ("boxes.yaml", yaml)]).unwrap();
        description.overlay = Overlay::read([("sandbox/boxes.yaml", overlay)]).unwrap();
        lint::check(&description).unwrap_err().to_string()
    };
    let message =
        "sandbox/boxes.yaml:2: the sandbox cannot find the record that `boxes.close` changes by its key `code`";
    assert!(problems(&keyed("string")).contains(message), "{}", problems(&keyed("string")));
    assert!(!problems(&keyed("integer")).contains("cannot find the record"));
    let retrieve = "  /boxes/{code}:\n    get: {operationId: boxes.retrieve}\n";
    assert!(!problems(&format!("{}{retrieve}", keyed("string"))).contains("cannot find the record"));
    let record = |property: &str| {
        let schema = format!("{{type: object, properties: {{{property}: {{type: string}}}}}}");
        let content = format!("content: {{application/json: {{schema: {schema}}}}}");
        format!("  /boxes/{{code}}:\n    get: {{operationId: boxes.retrieve, responses: {{'200': {{{content}}}}}}}\n")
    };
    let message = "sandbox/boxes.yaml:2: `boxes.close` sets `state`, which the record at `/boxes/{code}` does not have";
    let unknown = problems(&format!("{}{}", keyed("integer"), record("label")));
    assert!(unknown.contains(message), "{unknown}");
    assert!(!problems(&format!("{}{}", keyed("integer"), record("state"))).contains("does not have"));
}

#[test]
fn two_files_cannot_describe_the_same_operation() {
    let problems =
        Overlay::read([("a.yaml", OVERLAY), ("b.yaml", "operations:\n  entries.update: {approval: none}\n")]);
    let text = problems.unwrap_err().to_string();
    assert!(text.starts_with("b.yaml:2: the overlay describes `entries.update` twice (first in a.yaml:2)"), "{text}");
}

#[test]
fn the_overlay_is_optional() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let without = Description::load(&root.join("tests/small")).unwrap();
    assert!(without.overlay.operations.is_empty());
    let with = Description::load(&root.join("../../openapi")).unwrap();
    assert!(with.overlay.operations.contains_key("invoices.void"));
    assert!(with.files.iter().any(|file| file.ends_with("sandbox/accounts-receivable.yaml")));
}
