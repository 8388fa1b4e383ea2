//! The release workflow: each crate is published, after the crates that it depends on.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The root crate. The workflow publishes the folder that `cargo xtask package` writes.
const SDK: &str = "campfire-sdk";

#[test]
fn every_crate_is_published_after_its_dependencies() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let workflow = std::fs::read_to_string(root.join(".github/workflows/release.yml")).unwrap();
    let order: Vec<&str> = workflow.lines().flat_map(published).collect();
    let place = |name: &str| order.iter().position(|published| *published == name);

    let mut crates = 0;
    for package in packages(&root).as_array().unwrap().iter().filter(|package| package["publish"].is_null()) {
        let name = package["name"].as_str().unwrap();
        let own = place(name).unwrap_or_else(|| panic!("release.yml does not publish {name}"));
        for dependency in package["dependencies"].as_array().unwrap() {
            if dependency["path"].is_string() && dependency["kind"] != "dev" {
                let dependency = dependency["name"].as_str().unwrap();
                assert!(
                    place(dependency).is_some_and(|place| place < own),
                    "release.yml publishes {name} before {dependency}"
                );
            }
        }
        crates += 1;
    }
    assert_eq!(
        order.len(),
        crates,
        "release.yml publishes a crate twice, or one that is not to be published: {order:?}"
    );
}

/// Returns the crates that a line of the workflow publishes.
fn published(line: &str) -> Vec<&str> {
    match line.trim().strip_prefix("for crate in ").and_then(|line| line.strip_suffix("; do")) {
        Some(crates) => crates.split_whitespace().collect(),
        None if line.contains("cargo publish --manifest-path") => vec![SDK],
        None => Vec::new(),
    }
}

fn packages(root: &Path) -> Value {
    let mut cargo = Command::new(env!("CARGO"));
    let output = cargo.args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(root).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].take()
}
