//! Compares the verdicts on random changes with those of an independent oracle, which validates examples in Python.
//!
//! Takes some minutes and installs `jsonschema` into a virtual environment of its own, so it runs only on request:
//! `cargo test -p campfire-diff --test oracle -- --ignored --nocapture`. `ORACLE_CHANGES` sets the number of changes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use campfire_codegen::Description;
use campfire_codegen::description::bundle;
use campfire_diff::{Diff, Revision, Wire, compare};
use serde_json::Value;

/// Verdicts that are more severe than validating examples can show, each with the reason.
const STRICTER: [(&str, &str); 10] = [
    ("request.default.changed", "the server does something else with the same request"),
    ("request.property.became_read_only", "the server accepts the value and ignores it"),
    ("request.property.removed", "an open schema accepts the value, but its effect is gone"),
    ("response.property.became_write_only", "whoever reads the value misses it, even if it was optional"),
    ("response.property.removed", "whoever reads the value misses it, even if it was optional"),
    ("response.property.became_optional", "the examples with all properties are as before"),
    ("request.format.changed", "an example of one format is rarely one of another; not every pair is drawn"),
    ("response.format.changed", "as with requests"),
    ("response.format.widened", "an integer beyond 64 bits is not drawn"),
    ("response.nullable.added", "an enum that does not list null still refuses it"),
];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("oracle")
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Returns the interpreter of a virtual environment that has `jsonschema`.
fn python() -> PathBuf {
    let (environment, python) = (folder().join("venv"), folder().join("venv/bin/python"));
    if !python.exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&environment));
        run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "jsonschema"]));
    }
    python
}

/// Writes the changes with the oracle's judgment, one per line.
fn pairs() -> String {
    fs::create_dir_all(folder()).unwrap();
    let (source, target) = (folder().join("bundle.json"), folder().join("pairs.jsonl"));
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::write(&source, bundle::json(&Description::load(&here.join("../../openapi")).unwrap())).unwrap();
    let count = env::var("ORACLE_CHANGES").unwrap_or_else(|_| "1000".to_owned());
    let script = here.join("tests/oracle.py");
    run(Command::new(python()).arg(script).arg(&source).arg(&target).args([&*count, "20261129"]));
    fs::read_to_string(target).unwrap()
}

/// Returns the most severe verdict in a direction, and its check.
fn worst(diff: &Diff, direction: &str) -> (Wire, &'static str) {
    let verdicts = diff.changes.iter().flat_map(|change| &change.verdicts);
    let verdicts =
        verdicts.filter(|verdict| verdict.id.starts_with(direction)).map(|verdict| (verdict.wire, verdict.id));
    verdicts.max().unwrap_or((Wire::Documentation, "none"))
}

#[test]
#[ignore = "installs a Python package and takes minutes"]
fn verdicts_agree_with_a_validator() {
    let (mut wrong, mut stricter, mut checked) = (Vec::new(), BTreeMap::new(), 0);
    for line in pairs().lines() {
        let pair: Value = serde_json::from_str(line).unwrap();
        let revision = |side: &str| Revision::parse(side, &pair[side].to_string()).unwrap();
        let diff = compare(&revision("old"), &revision("new"));
        for direction in ["request", "response"] {
            checked += 1;
            let (wire, id) = worst(&diff, direction);
            let refused = &pair[direction];
            let disagreement = match (refused.is_null(), wire >= Wire::Risky) {
                (true, true) if STRICTER.iter().any(|(known, _)| *known == id) => {
                    *stricter.entry(id).or_insert(0) += 1;
                    continue;
                }
                (true, true) => "nothing was refused",
                (false, false) => "refused",
                _ => continue,
            };
            wrong.push(format!("{} ({direction}): {wire} by {id}, {disagreement}: {refused:.200}", pair["what"]));
        }
    }
    println!("{checked} verdicts, {} disagreements; stricter for a reason: {stricter:?}", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
