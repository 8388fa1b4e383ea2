//! Checks the manifests of the crates to be published: versions, and the fields that crates.io requires or shows.

use serde_json::Value;

/// A crate to be published.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Package {
    pub(super) name: String,
    /// The path of `Cargo.toml`.
    pub(super) manifest: String,
}

/// Returns the crates to be published, from the output of `cargo metadata`.
pub(super) fn packages(metadata: &Value) -> Vec<Package> {
    published(metadata)
        .map(|package| Package { name: text(package, "name"), manifest: text(package, "manifest_path") })
        .collect()
}

/// Returns the problems of all manifests.
pub(super) fn problems(metadata: &Value, version: &str) -> Vec<String> {
    let published = published(metadata).flat_map(|package| package_problems(metadata, package, version));
    published.chain(all(metadata).flat_map(|package| requirement_problems(package, version))).collect()
}

/// `cargo package --workspace` reads the manifests of crates that are not published, too.
fn requirement_problems(package: &Value, version: &str) -> Vec<String> {
    let name = text(package, "name");
    let outdated = path_dependencies(package).filter(|one| text(one, "req") != format!("^{version}"));
    let problem = |one| format!("{name} depends on {} by path: add `version = \"{version}\"`", text(one, "name"));
    outdated.map(problem).collect()
}

/// Returns the dependencies by path. Cargo drops development dependencies without a version when it packages a crate.
fn path_dependencies(package: &Value) -> impl Iterator<Item = &Value> {
    list(&package["dependencies"]).iter().filter(|one| one["path"].is_string() && one["kind"] != "dev")
}

fn package_problems(metadata: &Value, package: &Value, version: &str) -> Vec<String> {
    let name = text(package, "name");
    let mut problems = Vec::new();
    let own = text(package, "version");
    if own != version {
        problems.push(format!("{name} has version {own} instead of {version}"));
    }
    for field in ["description", "license", "readme", "documentation", "keywords", "categories"] {
        let is_set = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty()) || !list(value).is_empty();
        if !is_set(&package[field]) {
            problems.push(format!("{name} has no `{field}`"));
        }
    }
    // The registry refuses more.
    for field in ["keywords", "categories"] {
        if list(&package[field]).len() > 5 {
            problems.push(format!("{name} has more than five `{field}`"));
        }
    }
    for target in path_dependencies(package).map(|dependency| text(dependency, "name")) {
        if !published(metadata).any(|package| package["name"] == target.as_str()) {
            problems.push(format!("{name} depends on {target}, which is not published"));
        }
    }
    problems
}

/// Returns the packages without `publish = false`.
fn published(metadata: &Value) -> impl Iterator<Item = &Value> {
    all(metadata).filter(|package| package["publish"].as_array().is_none_or(|registries| !registries.is_empty()))
}

fn all(metadata: &Value) -> impl Iterator<Item = &Value> {
    list(&metadata["packages"]).iter()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn package(name: &str, version: &str, dependencies: Value) -> Value {
        json!({"name": name, "version": version, "description": "x", "license": "MIT", "readme": "x", "documentation": "x", "keywords": ["x"],
            "categories": ["x"], "publish": null, "manifest_path": format!("/{name}/Cargo.toml"), "dependencies": dependencies})
    }

    fn dependency(name: &str, requirement: &str, kind: Option<&str>) -> Value {
        json!({"name": name, "req": requirement, "kind": kind, "path": format!("/{name}")})
    }

    #[test]
    fn path_dependencies_need_the_common_version() {
        let good = json!([dependency("values", "^1.2.0", None), dependency("helper", "*", Some("dev"))]);
        let values = package("values", "1.2.0", json!([]));
        let fine = json!({"packages": [package("sdk", "1.2.0", good), values.clone()]});
        assert_eq!(problems(&fine, "1.2.0"), Vec::<String>::new());

        let bare = json!([dependency("values", "*", None), {"name": "serde", "req": "^1", "kind": null}]);
        let bare = json!({"packages": [package("sdk", "1.2.0", bare), values]});
        assert_eq!(problems(&bare, "1.2.0"), ["sdk depends on values by path: add `version = \"1.2.0\"`"]);
    }

    #[test]
    fn every_crate_has_the_same_version_and_publishes_its_dependencies() {
        let mut private = package("private", "1.2.0", json!([]));
        private["publish"] = json!([]);
        let mut bare = package("values", "1.1.0", json!([dependency("private", "^1.2.0", None)]));
        bare["license"] = json!(null);
        bare["categories"] = json!([]);
        bare["keywords"] = json!(["a", "b", "c", "d", "e", "f"]);
        let metadata = json!({"packages": [bare, private]});
        assert_eq!(
            problems(&metadata, "1.2.0"),
            [
                "values has version 1.1.0 instead of 1.2.0",
                "values has no `license`",
                "values has no `categories`",
                "values has more than five `keywords`",
                "values depends on private, which is not published",
            ]
        );
        let names: Vec<String> = packages(&metadata).into_iter().map(|package| package.name).collect();
        assert_eq!(names, ["values"]);
    }
}
