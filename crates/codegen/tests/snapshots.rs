//! What is lowered and generated, on a description small enough to read.

use std::collections::BTreeSet;

use campfire_codegen::description::load::Description;
use campfire_codegen::description::spec::Api;
use campfire_codegen::emit::forms::Forms;
use campfire_codegen::emit::{deviations, lower};
use campfire_codegen::{Generated, JsonSchemas, generate, generate_stubs};

fn description() -> Description {
    let common = include_str!("small/openapi.yaml");
    let area = include_str!("small/ledger.yaml");
    Description::merge([("openapi.yaml", common), ("ledger.yaml", area)]).unwrap()
}

fn areas() -> BTreeSet<String> {
    BTreeSet::from(["ledger".to_owned()])
}

fn generated(areas: &BTreeSet<String>) -> Generated {
    generate(&description(), areas, JsonSchemas::ByFeature).unwrap()
}

#[test]
fn lowered() {
    let api = Api::read(&description()).unwrap();
    let lowered = lower::lower(&api, &Forms::new(&api));
    insta::assert_snapshot!("lowered", serde_json::to_string_pretty(&lowered.document).unwrap());
    insta::assert_snapshot!(
        "replacements",
        lowered.replacements.iter().map(|(name, ty)| format!("{name} = {ty}\n")).collect::<String>()
    );
}

#[test]
fn types() {
    insta::assert_snapshot!("types", generated(&areas()).types);
}

#[test]
fn types_without_json_schemas_differ_in_nothing_else() {
    let types = generate(&description(), &areas(), JsonSchemas::Off).unwrap().types;
    let with_json_schemas = generated(&areas()).types;
    let without_attributes: Vec<_> = with_json_schemas
        .lines()
        .filter(|line| !line.trim_start().starts_with("#[cfg_attr(feature = \"schemars\""))
        .collect();
    assert_eq!(types.lines().collect::<Vec<_>>(), without_attributes);
}

#[test]
fn resources() {
    insta::assert_snapshot!("resources", generated(&areas()).resources);
}

#[test]
fn client() {
    insta::assert_snapshot!("client", generated(&areas()).client);
}

#[test]
fn stubs_exist_for_areas_with_a_feature() {
    let stubs = generate_stubs(&description(), &areas()).unwrap();
    insta::assert_snapshot!("stubs", format!("// types\n{}\n// resources\n{}", stubs.types, stubs.resources));
    let stubs = generate_stubs(&description(), &BTreeSet::new()).unwrap();
    assert_eq!((stubs.types.as_str(), stubs.resources.as_str()), ("", ""));
}

#[test]
fn no_area_generates_nothing_that_fails() {
    let generated = generated(&BTreeSet::new());
    assert!(!generated.types.contains("Entry"), "{}", generated.types);
}

#[test]
fn a_large_type_starts_with_a_table_of_its_fields() {
    let many: String = (0..36)
        .map(|number| format!("        text_{number}:\n          type: string\n          description: One of many.\n"))
        .collect();
    let area = include_str!("small/ledger.yaml");
    let large = area.replace("        memo:\n", &format!("{many}        memo:\n"));
    let types = |area: &str| {
        let common = include_str!("small/openapi.yaml");
        let description = Description::merge([("openapi.yaml", common), ("ledger.yaml", area)]).unwrap();
        generate(&description, &areas(), JsonSchemas::ByFeature).unwrap().types
    };
    let table = "\
/// | Fields | |
/// | --- | --- |
/// | Identity | [`id`](#structfield.id) |
/// | Dates and times | [`date`](#structfield.date) |
/// | Choices | [`status`](#structfield.status) |
/// | Lists and objects | [`lines`](#structfield.lines) |
/// | Other | [`text_0`](#structfield.text_0), [`text_1`]";
    assert!(types(&large).contains(table), "{}", types(&large));
    assert!(!types(area).contains("| Fields |"));
}

#[test]
fn texts_link_to_the_operations_that_they_name() {
    let area =
        include_str!("small/ledger.yaml").replace("description: All of them.", "description: Not `entries.find`.");
    let area =
        area.replace("The day of posting.", "The day of posting; see `entries.lines.create` and `entries.post`.");
    let common = include_str!("small/openapi.yaml");
    let description = Description::merge([("openapi.yaml", common), ("ledger.yaml", &area)]).unwrap();
    let generated = generate(&description, &areas(), JsonSchemas::ByFeature).unwrap();
    let find = "/// Not [`entries.find`](crate::api::entries::Entries::find).";
    assert!(generated.resources.contains(find), "{}", generated.resources);
    let create = "see [`entries.lines.create`](crate::api::entries::lines::Lines::create) and `entries.post`.";
    assert!(generated.types.contains(create), "{}", generated.types);
}

#[test]
fn deviations_are_collected_with_their_places() {
    let marked = include_str!("small/ledger.yaml").replace(
        "type: string # memo",
        "type: string\n          x-deviation: {documented: integer, observed: string, evidence: seen}",
    );
    let description =
        Description::merge([("openapi.yaml", include_str!("small/openapi.yaml")), ("ledger.yaml", &marked)]).unwrap();
    let text = deviations::markdown(&description);
    assert!(text.contains("| `Entry.memo` | integer | string | seen |"), "{text}");
}
