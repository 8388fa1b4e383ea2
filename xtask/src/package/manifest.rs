//! The manifest of the packed crate: the one of the repository, without what only the workspace needs, and with a generator
//! that is compiled on request.

/// The sections that the packed crate keeps.
const KEPT: &[&str] =
    &["[package]", "[package.metadata.docs.rs]", "[lib]", "[features]", "[dependencies]", "[build-dependencies]"];

/// Makes the folder a workspace of its own, so that it may lie below this repository, as `target/packed` does.
const WORKSPACE: &str = "[workspace]\n";

/// Rewrites the manifest of the repository.
///
/// # Errors
/// If the manifest does not look as expected.
pub(super) fn packed(manifest: &str) -> Result<String, String> {
    let sections = sections(manifest);
    let workspace = sections.iter().find(|section| section[0] == "[workspace.package]");
    let inherited = workspace.ok_or("Cargo.toml has no [workspace.package]")?;
    let mut packed = String::new();
    for section in sections.iter().filter(|section| KEPT.contains(&section[0])) {
        for line in section {
            packed.push_str(&rewritten(line, inherited)?);
            packed.push('\n');
        }
        if section[0] == "[features]" {
            packed.push_str("# Generates the sources from `openapi/` instead of using those in the package.\n");
            packed.push_str("codegen = [\"dep:campfire-codegen\"]\n");
        }
        packed.push('\n');
    }
    Ok(packed + WORKSPACE)
}

/// Splits a manifest at its headers, without comments that stand before a header.
fn sections(manifest: &str) -> Vec<Vec<&str>> {
    let mut sections: Vec<Vec<&str>> = Vec::new();
    for line in manifest.lines().map(str::trim_end).filter(|line| !line.is_empty()) {
        if line.starts_with('[') {
            sections.push(vec![line]);
        } else if let Some(section) = sections.last_mut() {
            section.push(line);
        }
    }
    sections
}

fn rewritten(line: &str, inherited: &[&str]) -> Result<String, String> {
    if let Some(key) = line.strip_suffix(".workspace = true") {
        let value = inherited.iter().find(|line| line.split_once(" = ").is_some_and(|(name, _)| name == key));
        return value.map(|&value| value.to_owned()).ok_or(format!("[workspace.package] has no `{key}`"));
    }
    let Some((name, rest)) = line.split_once(" = { path = ") else { return Ok(line.to_owned()) };
    let (_, rest) = rest.split_once(", ").ok_or(format!("`{name}` has no version"))?;
    if name == "campfire-codegen" {
        // Another version may generate other code than the package contains.
        let exact = rest.replacen("version = \"", "version = \"=", 1);
        return Ok(format!("{name} = {{ optional = true, {exact}"));
    }
    Ok(format!("{name} = {{ {rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_optional_and_nothing_refers_to_the_workspace() {
        let manifest = "\
[workspace]
members = [\"crates/*\"]

[workspace.package]
version = \"0.1.0\"

[package]
name = \"sdk\"
version.workspace = true

[package.metadata.docs.rs]
all-features = true

[features]
sandbox = [\"dep:campfire-sandbox\"]

[dependencies]
campfire-sandbox = { path = \"crates/sandbox\", version = \"0.1.0\", optional = true }

[build-dependencies]
campfire-codegen = { path = \"crates/codegen\", version = \"0.1.0\" }

[dev-dependencies]
insta = \"1\"

# For tests.
[[test]]
name = \"it\"
";
        let expected = "\
[package]
name = \"sdk\"
version = \"0.1.0\"

[package.metadata.docs.rs]
all-features = true

[features]
sandbox = [\"dep:campfire-sandbox\"]
# Generates the sources from `openapi/` instead of using those in the package.
codegen = [\"dep:campfire-codegen\"]

[dependencies]
campfire-sandbox = { version = \"0.1.0\", optional = true }

[build-dependencies]
campfire-codegen = { optional = true, version = \"=0.1.0\" }

[workspace]
";
        assert_eq!(packed(manifest).unwrap(), expected);
    }
}
