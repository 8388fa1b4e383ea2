//! A file of 3 MB with 400 operations and foreign extensions everywhere, compared with a changed copy of itself.
//!
//! Figures count only with optimization, so it runs on request:
//! `cargo test --release -p campfire-diff --test large -- --ignored --nocapture`.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use campfire_codegen::Description;
use campfire_codegen::description::bundle;
use campfire_diff::{Revision, Wire, compare, text};
use serde_json::{Map, Value, json};

const OPERATIONS: usize = 400;
const BYTES: usize = 3_000_000;
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// The limits for reading two revisions, comparing them, and writing the report.
const TIME: Duration = Duration::from_secs(2);
const MEMORY: usize = 100 << 20;

fn operations(document: &Value) -> usize {
    let items = document["paths"].as_object().unwrap().values();
    items.map(|item| METHODS.iter().filter(|method| item.get(*method).is_some()).count()).sum()
}

/// Copies paths until there are enough operations.
fn with_copies(mut document: Value) -> Value {
    let paths = document["paths"].as_object().unwrap().clone();
    for (path, mut item) in paths {
        if operations(&document) >= OPERATIONS {
            break;
        }
        for method in METHODS {
            if let Some(id) = item[method]["operationId"].as_str().map(str::to_owned) {
                item[method]["operationId"] = json!(format!("copies.{id}"));
            }
        }
        document["paths"][format!("/copies{path}")] = item;
    }
    document
}

/// Adds an extension to each operation, parameter, response, and schema. Returns how many there are.
fn extend(value: &mut Value, note: &str) -> usize {
    match value {
        Value::Object(node) => {
            let found: usize = node.values_mut().map(|member| extend(member, note)).sum();
            let is_described = ["type", "description"].iter().any(|key| node.get(*key).is_some_and(Value::is_string));
            if is_described {
                node.insert("x-vendor-trace".to_owned(), json!({"team": "ledger", "note": note}));
            }
            found + usize::from(is_described)
        }
        Value::Array(items) => items.iter_mut().map(|item| extend(item, note)).sum(),
        _ => 0,
    }
}

fn large() -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi");
    let bundled = bundle::json(&Description::load(&folder).unwrap()).to_string();
    let plain = with_copies(serde_json::from_str(&bundled).unwrap());
    let mut extended = plain.clone();
    let nodes = extend(&mut extended, "");
    let missing = BYTES.saturating_sub(extended.to_string().len());
    let mut document = plain;
    extend(&mut document, &"n".repeat(missing / nodes + 1));
    document
}

/// Changes hundreds of places: extensions, descriptions, and properties that are added, removed, or of another type.
fn changed(mut document: Value) -> Value {
    extend(&mut document, "changed");
    let schemas = document["components"]["schemas"].as_object_mut().unwrap();
    for (index, schema) in schemas.values_mut().enumerate() {
        let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else { continue };
        change(properties, index);
    }
    document
}

fn change(properties: &mut Map<String, Value>, index: usize) {
    let last = properties.keys().next_back().cloned();
    match (index % 4, last) {
        (0, Some(last)) => drop(properties.remove(&last)),
        (1, _) => drop(properties.insert("added".to_owned(), json!({"type": "string", "description": "New."}))),
        (2, Some(last)) => properties[&last] = json!({"type": "boolean", "description": "Another type."}),
        (_, Some(last)) => properties[&last]["description"] = json!("Said in another way."),
        _ => {}
    }
}

/// Returns the most memory that this process has used, where the system tells.
fn peak() -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<usize>().ok()? * 1024)
}

#[test]
#[ignore = "measures optimized code"]
fn a_large_file_is_compared_quickly() {
    let old = large();
    assert!(operations(&old) >= OPERATIONS);
    let (old, new) = (old.to_string(), changed(old).to_string());
    assert!(old.len() >= BYTES, "{}", old.len());
    // Resets the peak of memory, as far as the system allows it.
    let _ = fs::write("/proc/self/clear_refs", "5");
    let (before, started) = (peak(), Instant::now());
    let revisions = [("old.json", &old), ("new.json", &new)].map(|(name, text)| Revision::parse(name, text).unwrap());
    let diff = compare(&revisions[0], &revisions[1]);
    let report = text(&diff);
    let (elapsed, peak) = (started.elapsed(), peak());
    println!(
        "{} bytes, {} changes, {} lines: {elapsed:?}, memory {before:?} to {peak:?}",
        old.len(),
        diff.changes.len(),
        report.lines().count()
    );
    let unclassified: Vec<_> = diff.changes.iter().filter(|change| change.wire == Wire::Unclassified).collect();
    assert!(unclassified.is_empty(), "{unclassified:#?}");
    assert!(diff.changes.len() > 100);
    assert!(elapsed < TIME, "{elapsed:?}");
    assert!(peak.is_none_or(|peak| peak < MEMORY), "{peak:?}");
}
