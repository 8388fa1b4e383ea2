//! `openapi/README.md` lists the same rules, extensions, and words as the code.

use std::collections::BTreeSet;

use campfire_codegen::description::extension;
use campfire_codegen::description::rule::Rule;
use campfire_sandbox_model::{Action, DocumentKind, LedgerValue, Test};

const README: &str = include_str!("../../../openapi/README.md");

/// Returns the section under a heading, with its subsections.
fn section(heading: &str) -> &'static str {
    let level = heading.split(' ').next().unwrap();
    let start = README.find(&format!("{heading}\n")).unwrap_or_else(|| panic!("no section `{heading}`"));
    let section = &README[start + heading.len()..];
    let ends = (1..=level.len()).filter_map(|level| section.find(&format!("\n{} ", "#".repeat(level))));
    &section[..ends.min().unwrap_or(section.len())]
}

/// Returns everything in backticks, in the order of the text.
fn code(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.split('`').skip(1).step_by(2)
}

fn rows(section: &'static str) -> impl Iterator<Item = &'static str> {
    section.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| ---")).skip(1)
}

#[test]
fn rules() {
    let ids: BTreeSet<&str> = Rule::ALL.iter().map(|rule| rule.id()).collect();
    assert_eq!(ids.len(), Rule::ALL.len(), "an id is used twice");
    assert!(Rule::ALL.is_sorted_by_key(|rule| rule.id()), "the rules are not sorted");
    let listed: Vec<&str> = rows(section("## Rules")).flat_map(code).filter(|word| !word.contains(' ')).collect();
    assert_eq!(listed.len(), ids.len(), "a rule is listed twice, or not at all");
    assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), ids);
}

#[test]
fn extensions() {
    let listed: BTreeSet<&str> = rows(section("## Extensions"))
        .filter_map(|row| code(row).next()?.split(':').next())
        .filter(|name| name.starts_with("x-"))
        .collect();
    assert_eq!(listed, extension::ALL.iter().copied().collect());
}

#[test]
fn words_of_the_sandbox() {
    let actions: Vec<&str> = rows(section("#### Actions")).filter_map(|row| code(row).next()).collect();
    assert_eq!(actions, Action::ALL.iter().map(|action| action.as_str()).collect::<Vec<_>>());
    let tests: Vec<&str> = rows(section("#### Tests")).filter_map(|row| code(row).next()).collect();
    assert_eq!(tests, Test::ALL.iter().map(|test| test.as_str()).collect::<Vec<_>>());
    let values: Vec<&str> = rows(section("#### Ledger values")).filter_map(|row| code(row).next()).collect();
    assert_eq!(values, LedgerValue::ALL.iter().map(|value| value.as_str()).collect::<Vec<_>>());
    let documents = section("## The sandbox overlay").split("The kinds are").nth(1).unwrap();
    let documents: Vec<&str> = code(documents.split('.').next().unwrap()).collect();
    assert_eq!(documents, DocumentKind::ALL.iter().map(|kind| kind.as_str()).collect::<Vec<_>>());
}
