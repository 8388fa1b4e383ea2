//! `cargo xtask lint`: the rules of the description, as a person, a machine or an editor wants them told.

use std::fs;

use campfire_codegen::description::format;
use campfire_codegen::description::rule::Rule;
use campfire_codegen::description::spec::Api;
use campfire_codegen::description::yaml::{Location, Problem, Problems};
use campfire_codegen::rules::lint;

use crate::Result;

/// Prints the rules.
pub(crate) fn rules() {
    for rule in Rule::ALL {
        let fix = if rule.is_fixable() { " (--fix)" } else { "" };
        println!("{rule}{fix}: {}", rule.reason());
    }
}

/// Checks everything; complaints are the error.
pub(crate) fn check(github: bool) -> Result<()> {
    let complaints = complaints()?;
    if complaints.is_empty() {
        let api = Api::read(&crate::load()?)?;
        println!("{} operations, {} schemas: no complaints", api.operations.len(), api.schemas.len());
        return Ok(());
    }
    if github {
        for Problem { rule, location, message, help } in &complaints {
            let text = format!("{message} ({help})").replace('%', "%25").replace('\n', "%0A");
            println!("::error file={},line={},title={rule}::{text}", location.file, location.line);
        }
    }
    Err(Problems(complaints).into())
}

/// Brings the files into their form.
pub(crate) fn fix() -> Result<()> {
    for (file, text) in files()? {
        match format::formatted(&text) {
            Some(formatted) if formatted != text => {
                crate::write(file.as_ref(), &formatted)?;
                println!("{file}: mended");
            }
            Some(_) => {}
            None => println!("{file}: left alone, for its form is part of what it means"),
        }
    }
    check(false)
}

fn complaints() -> Result<Vec<Problem>> {
    let mut complaints = match crate::load().map(|description| lint::check(&description)) {
        Ok(Ok(())) => Vec::new(),
        Ok(Err(Problems(problems))) => problems,
        Err(error) => match error.downcast::<Problems>() {
            Ok(problems) => problems.0,
            Err(error) => return Err(error),
        },
    };
    for (file, text) in files()? {
        let Some(formatted) = format::formatted(&text).filter(|formatted| *formatted != text) else { continue };
        let first = text.lines().zip(formatted.lines()).take_while(|(is, should)| is == should).count();
        complaints.push(Problem {
            rule: Rule::Format,
            location: Location { file: file.as_str().into(), line: first + 1 },
            message: "the file is not in its form".to_owned(),
            help: "run `cargo xtask lint --fix`".to_owned(),
        });
    }
    Ok(complaints)
}

/// Returns the area files and the sandbox overlay as (name, text).
fn files() -> Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    let folders = [crate::openapi(), crate::openapi().join("sandbox")];
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
