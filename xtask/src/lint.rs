//! `cargo xtask lint`: checks the rules of the description, and reports for readers or for GitHub.

use std::collections::BTreeSet;
use std::fs;

use campfire_codegen::description::format;
use campfire_codegen::description::rule::Rule;
use campfire_codegen::description::spec::Api;
use campfire_codegen::description::yaml::{Location, Problem, Problems};
use campfire_codegen::rules::lint;

use crate::project::{Result, load, openapi, write};

/// Returns the list of rules.
pub(crate) fn rules() -> String {
    let line = |rule: &Rule| {
        let fix = if rule.is_fixable() { " (--fix)" } else { "" };
        format!("{rule}{fix}: {}\n", rule.reason())
    };
    Rule::ALL.iter().map(line).collect()
}

/// Checks the description. Annotates the lines in a GitHub workflow if `github` is true.
///
/// # Errors
/// When there are problems: the error lists all of them.
pub(crate) fn check(github: bool) -> Result<()> {
    let problems = problems()?;
    if problems.is_empty() {
        let api = Api::read(&load()?)?;
        println!("{} operations, {} schemas: no problems", api.operations.len(), api.schemas.len());
        return Ok(());
    }
    if github {
        for Problem { rule, location, message, help } in &problems {
            let text = format!("{message} ({help})").replace('%', "%25").replace('\n', "%0A");
            println!("::error file={},line={},title={rule}::{text}", location.file, location.line);
        }
    }
    Err(Problems(problems).into())
}

/// Reformats the area files, then checks the description.
pub(crate) fn fix() -> Result<()> {
    for (file, text) in area_files()? {
        match format::formatted(&text) {
            Some(formatted) if formatted != text => {
                write(file.as_ref(), &formatted)?;
                println!("{file}: reformatted");
            }
            Some(_) => {}
            None => println!("{file}: not reformatted, because that would change its meaning"),
        }
    }
    check(false)
}

/// Collects the problems of all stages, so that one run shows them all.
fn problems() -> Result<Vec<Problem>> {
    let mut problems = match load() {
        Ok(description) => {
            let rules = lint::check(&description).err().map(|Problems(problems)| problems).unwrap_or_default();
            let meaning = Api::read(&description).err().map(|Problems(problems)| problems).unwrap_or_default();
            // What a rule rejects is often something that the generator does not understand.
            let places: BTreeSet<Location> = rules.iter().map(|problem| problem.location.clone()).collect();
            let others = meaning.into_iter().filter(|problem| !places.contains(&problem.location)).collect();
            [rules, others].concat()
        }
        Err(error) => error.downcast::<Problems>()?.0,
    };
    for (file, text) in area_files()? {
        problems.extend(format_problem(&file, &text));
    }
    Ok(problems)
}

/// Reports the first line that is not formatted.
fn format_problem(file: &str, text: &str) -> Option<Problem> {
    let formatted = format::formatted(text).filter(|formatted| formatted != text)?;
    let first = text.lines().zip(formatted.lines()).take_while(|(is, should)| is == should).count();
    Some(Problem {
        rule: Rule::Format,
        location: Location { file: file.into(), line: first + 1 },
        message: "the file is not formatted".to_owned(),
        help: "run `cargo xtask lint --fix`".to_owned(),
    })
}

/// Returns the area files and the sandbox overlay, by name and text.
fn area_files() -> Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    let folders = [openapi(), openapi().join("sandbox")];
    for folder in folders.iter().filter(|folder| folder.is_dir()) {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "yaml") {
                files.push((path.display().to_string(), fs::read_to_string(&path)?));
            }
        }
    }
    files.sort();
    Ok(files)
}
