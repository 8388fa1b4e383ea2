//! `cargo xtask diff --git-driver`: git's external diff driver for description files.
//!
//! Git calls it once for each file that changed, and shows what it prints.

use std::path::Path;
use std::process::ExitCode;

use campfire_diff::Revision;

use crate::project::{Result, read};

/// What git passes for a file that does not exist on one side.
const NOTHING: &str = "/dev/null";

/// Compares the two versions of one file. Git takes any exit code but 0 for a crash, so problems are printed.
pub(super) fn run(arguments: &[&str]) -> ExitCode {
    // `path old-file old-hex old-mode new-file new-hex new-mode`, and two more for renamed files.
    let [path, old, _, _, new, ..] = arguments else {
        eprintln!("--git-driver is called by git: see docs/diffing.md");
        return ExitCode::from(2);
    };
    println!("diff of {path} by meaning");
    match compare(path, old, new) {
        Ok(text) => print!("{text}"),
        Err(error) => println!("cannot be compared by meaning: {error}"),
    }
    ExitCode::SUCCESS
}

fn compare(path: &str, old: &str, new: &str) -> Result<String> {
    let (old, new) = (text(old)?, text(new)?);
    let (old, new) = (Revision::part(path, &old)?, Revision::part(path, &new)?);
    Ok(campfire_diff::text(&campfire_diff::compare(&old, &new)))
}

fn text(file: &str) -> Result<String> {
    if file == NOTHING { Ok(String::new()) } else { read(Path::new(file)) }
}
