//! Checks that the changelog has a section for the version.

/// Returns the problems of a changelog.
pub(super) fn problems(changelog: &str, version: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let heading = format!("## {version}");
    let dated = format!("{heading} ");
    if !changelog.lines().any(|line| line == heading || line.starts_with(&dated)) {
        problems.push(format!("CHANGELOG.md has no section `{heading}`: move the unreleased changes there"));
    }
    let unreleased = changelog.split("## Unreleased").nth(1).and_then(|rest| rest.split("\n## ").next());
    if unreleased.is_some_and(|section| section.lines().any(|line| line.starts_with("- "))) {
        problems.push("CHANGELOG.md lists unreleased changes".to_owned());
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::problems;

    #[test]
    fn a_release_has_a_section_and_leaves_nothing_unreleased() {
        assert!(problems("## Unreleased\n\n## 1.2.0 (2026-12-01)\n- a\n", "1.2.0").is_empty());
        assert!(problems("## 1.2.0\n- a\n", "1.2.0").is_empty());
        assert_eq!(problems("## Unreleased\n- b\n\n## 1.2.0\n- a\n", "1.2.0").len(), 1);
        assert_eq!(problems("## Unreleased\n- b\n\n## 1.2.0\n- a\n", "1.2").len(), 2);
    }
}
