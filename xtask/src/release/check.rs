//! Runs all checks and reports every problem at once.

use std::path::Path;
use std::process::Command;

use campfire_codegen::emit::deviations;
use campfire_codegen::rules::lint;
use serde_json::Value;

use super::{changelog, manifests, packages, workflow};
use crate::project::{self, Result};
use crate::{api, guides};

/// Checks that the workspace is ready to be published.
///
/// # Errors
/// When it is not: the error lists all problems.
pub(crate) fn check(root: &Path) -> Result<()> {
    let version = env!("CARGO_PKG_VERSION");
    let mut problems = changelog::problems(&project::read(&root.join("CHANGELOG.md"))?, version);
    problems.extend(stale_files()?);
    problems.extend(working_tree(root));
    let metadata = run(root, env!("CARGO"), &["metadata", "--no-deps", "--format-version", "1"])?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    problems.extend(manifests::problems(&metadata, version));
    let packages = manifests::packages(&metadata);
    problems.extend(workflow::problems(&project::read(&root.join(".github/workflows/release.yml"))?, &packages));
    problems.extend(packages.iter().flat_map(|package| contents(root, package)));
    if problems.is_empty() {
        println!("{version} is ready to be released");
        return Ok(());
    }
    Err(format!("{version} is not ready to be released:\n- {}", problems.join("\n- ")).into())
}

/// Checks the description, and the files that are generated from it.
fn stale_files() -> Result<Vec<String>> {
    let mut problems = Vec::new();
    let description = project::load()?;
    if let Err(found) = lint::check(&description) {
        problems.push(format!("the description has problems:\n{found}"));
    }
    if project::read(&project::deviations())? != deviations::markdown(&description) {
        problems.push("openapi/DEVIATIONS.md is out of date: run `cargo xtask deviations`".to_owned());
    }
    if !api::difference(&project::read(&project::public_api())?, &api::current()?).is_empty() {
        problems.push("docs/public-api.txt is out of date: run `cargo xtask api`".to_owned());
    }
    problems.extend(guides::check(&project::root()).err().map(|error| error.to_string()));
    Ok(problems)
}

fn working_tree(root: &Path) -> Option<String> {
    match run(root, "git", &["status", "--porcelain"]) {
        Ok(status) if status.is_empty() => None,
        Ok(status) => Some(format!("the working tree is not clean:\n{status}")),
        Err(error) => Some(error.to_string()),
    }
}

/// Checks the files that a package would contain.
fn contents(root: &Path, package: &manifests::Package) -> Vec<String> {
    let folder = Path::new(&package.manifest).parent().unwrap_or(root);
    let source = |file: &str| project::read(&folder.join(file)).unwrap_or_default();
    match run(root, env!("CARGO"), &["package", "--list", "--allow-dirty", "-p", &package.name]) {
        Ok(files) => packages::problems(&package.name, &files.lines().collect::<Vec<_>>(), source),
        Err(error) => vec![error.to_string()],
    }
}

fn run(folder: &Path, program: &str, arguments: &[&str]) -> Result<String> {
    let output = Command::new(program).current_dir(folder).args(arguments).output()?;
    if !output.status.success() {
        let reason = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(format!("{program} {}: {reason}", arguments.join(" ")).into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
