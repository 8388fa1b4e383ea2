//! `cargo xtask release-check`: what must be so before a version is published.

use std::fs;
use std::process::Command;

use campfire_codegen::emit::deviations;
use campfire_codegen::rules::lint;

use crate::Result;

/// Runs all checks and tells all that fail.
pub(crate) fn check() -> Result<()> {
    let root = crate::root();
    let read = |name: &str| fs::read_to_string(root.join(name)).map_err(|error| format!("{name}: {error}"));
    let mut complaints: Vec<String> = Vec::new();
    let version = env!("CARGO_PKG_VERSION");

    let changelog = read("CHANGELOG.md")?;
    if !changelog.lines().any(|line| line.starts_with(&format!("## {version} ")) || line == format!("## {version}")) {
        complaints.push(format!("CHANGELOG.md has no heading `## {version}`: move what is unreleased below it"));
    }
    if changelog.split("## Unreleased").nth(1).is_some_and(|rest| {
        let section = rest.split("\n## ").next().unwrap_or_default();
        section.lines().any(|line| line.starts_with("- "))
    }) {
        complaints.push("CHANGELOG.md lists unreleased changes".to_owned());
    }
    let description = crate::load()?;
    if let Err(problems) = lint::check(&description) {
        complaints.push(format!("the description has mistakes:\n{problems}"));
    }
    if read("openapi/DEVIATIONS.md")? != deviations::markdown(&description) {
        complaints.push("openapi/DEVIATIONS.md is not current: run `cargo xtask deviations`".to_owned());
    }
    if !crate::api::difference(&read("docs/public-api.txt").unwrap_or_default(), &crate::api::lines()?).is_empty() {
        complaints.push("docs/public-api.txt is not current: run `cargo xtask api`".to_owned());
    }
    let run = |program: &str, arguments: &[&str]| -> Result<String> {
        let output = Command::new(program).current_dir(&root).args(arguments).output()?;
        if !output.status.success() {
            let reason = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(format!("{program} {}: {reason}", arguments.join(" ")).into());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    };
    match run("git", &["status", "--porcelain"]) {
        Ok(status) if status.is_empty() => {}
        Ok(status) => complaints.push(format!("the working tree is not clean:\n{status}")),
        Err(error) => complaints.push(error.to_string()),
    }
    match run(env!("CARGO"), &["package", "--list", "--allow-dirty", "-p", "campfire-sdk"]) {
        Ok(files) => {
            let packed: Vec<&str> = files.lines().collect();
            for needed in
                ["build.rs", "openapi/openapi.yaml", "src/lib.rs", "README.md", "LICENSE-MIT", "LICENSE-APACHE"]
            {
                if !packed.contains(&needed) {
                    complaints.push(format!("the package would lack {needed}"));
                }
            }
            for stray in packed.iter().filter(|file| {
                ["target/", "fuzz/", "xtask/", ".ci/", ".github/"].iter().any(|folder| file.starts_with(folder))
            }) {
                complaints.push(format!("the package would carry {stray}: exclude it in Cargo.toml"));
            }
        }
        Err(error) => complaints.push(error.to_string()),
    }
    if complaints.is_empty() {
        println!("{version} can be released");
        return Ok(());
    }
    Err(format!("{version} cannot be released:\n- {}", complaints.join("\n- ")).into())
}
