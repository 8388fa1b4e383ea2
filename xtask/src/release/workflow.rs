//! Checks that the release workflow publishes every crate.

use super::manifests::Package;

/// The crate that the workflow publishes with its generated sources, from a folder.
const PACKED: &str = "campfire-sdk";

/// Returns the crates that the workflow does not publish.
pub(super) fn problems(workflow: &str, packages: &[Package]) -> Vec<String> {
    let words: Vec<&str> = workflow.split([' ', ';', '\n']).collect();
    let missing = packages.iter().filter(|package| package.name != PACKED && !words.contains(&package.name.as_str()));
    missing.map(|package| format!(".github/workflows/release.yml does not publish {}", package.name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_crate_is_named_as_a_word() {
        let package = |name: &str| Package { name: name.to_owned(), manifest: String::new() };
        let packages = ["campfire-sdk", "campfire-sandbox", "campfire-sandbox-model"].map(package);
        let workflow = "for crate in campfire-sandbox-model campfire-values; do\n";
        assert_eq!(problems(workflow, &packages), [".github/workflows/release.yml does not publish campfire-sandbox"]);
        assert_eq!(problems(&workflow.replace("values", "sandbox"), &packages), Vec::<String>::new());
    }
}
