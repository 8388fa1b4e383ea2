//! Keeps the table of checks in `docs/diffing.md` up to date.

use std::fmt::Write as _;
use std::path::Path;

use campfire_diff::{CHECKS, Sdk};

#[test]
fn the_table_of_checks_is_up_to_date() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/diffing.md");
    let text = std::fs::read_to_string(&file).unwrap();
    let mut table = "\n| Check | Wire | SDK |\n| --- | --- | --- |\n".to_owned();
    for check in CHECKS {
        let sdk = match check.sdk {
            Sdk::Always(bump) => bump.to_string(),
            Sdk::Types(bump) => format!("from types, else {bump}"),
        };
        let _ = writeln!(table, "| `{}` | {} | {sdk} |", check.id, check.wire);
    }
    let begin = text.find("-->\n").unwrap() + "-->\n".len();
    let end = text.find("<!-- /checks -->").unwrap();
    let current = format!("{}{table}\n{}", &text[..begin], &text[end..]);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&file, &current).unwrap();
    }
    assert!(std::fs::read_to_string(&file).unwrap() == current, "run `UPDATE_DOCS=1 cargo test -p campfire-diff`");
}
