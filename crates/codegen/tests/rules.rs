//! Every complaint names a rule that is listed, and `openapi/README.md` lists the same.

use std::collections::BTreeSet;
use std::path::Path;

use campfire_codegen::rules::RULES;

#[test]
fn rules_are_listed_once_and_alike_everywhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let listed: BTreeSet<&str> = RULES.iter().map(|rule| rule.id).collect();
    assert_eq!(listed.len(), RULES.len());
    let readme = std::fs::read_to_string(root.join("../../openapi/README.md")).unwrap();
    let section = readme.split("## Rules").nth(1).unwrap();
    let told: BTreeSet<&str> = section
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| about"))
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .filter(|word| !word.contains(' '))
        .collect();
    assert_eq!(told, listed);
    // What the sources name: the first argument of a report, or the member of a problem.
    let mut named = BTreeSet::new();
    for file in ["lint.rs", "spec.rs", "load.rs", "yaml.rs", "diff/revision.rs"] {
        let source = std::fs::read_to_string(root.join("src").join(file)).unwrap();
        let flat = source.split_whitespace().collect::<Vec<_>>().join(" ");
        for before in ["self.report( \"", "self.report(\"", "rule: \""] {
            named.extend(flat.split(before).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned));
        }
    }
    named.insert("format".to_owned());
    assert_eq!(named, listed.into_iter().map(str::to_owned).collect());
}
