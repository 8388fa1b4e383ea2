//! The generated sources of the packed crate, for every choice of areas.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use campfire_codegen::{Description, JsonSchemas, generate_mocks, generate_operations, generate_stubs};
use serde_json::Value;

use super::{marks, stamp};
use crate::project::Result;

/// A generated file with marked lines.
pub(super) struct Source {
    pub(super) name: &'static str,
    pub(super) text: String,
}

/// The files for one choice of areas.
type Files = [(&'static str, String); 11];

/// Generates the sources, and checks that selecting from them equals generating.
///
/// # Errors
/// If the description has mistakes, or a selection differs from what the generator writes.
pub(super) fn sources(description: &Description) -> Result<Vec<Source>> {
    let areas: Vec<&str> = description.areas().into_iter().collect();
    let always = 1_u64 << areas.len();
    // The generator leaves out components that no operation uses, except when all areas are chosen.
    let description = &description.select(&chosen(&areas, always - 1));
    let generate = |mask| Ok((mask, files(description, &chosen(&areas, mask))?));
    let singles = (0..areas.len()).map(|bit| 1 << bit);
    let mut parts: Vec<(u64, Files)> = singles.chain([0]).map(generate).collect::<Result<_>>()?;
    let whole = generate(always - 1)?;
    let mut sources = Vec::new();
    for (index, (name, text)) in whole.1.iter().enumerate() {
        let parts =
            parts.iter().map(|(mask, files)| (if *mask == 0 { always } else { *mask }, files[index].1.as_str()));
        let text = marks::mark(text, parts).map_err(|error| format!("{name} cannot be packed: {error}"))?;
        sources.push(Source { name, text });
    }
    // Neighbors stand for the choices that cannot all be tried.
    let pairs = (1..areas.len()).map(|bit| 3 << (bit - 1));
    parts.extend(pairs.map(generate).collect::<Result<Vec<_>>>()?);
    parts.push(whole);
    for (mask, files) in &parts {
        for (source, (name, generated)) in sources.iter().zip(files) {
            let selected = stamp::without_trailing_commas(&stamp::select(&source.text, mask | always));
            if squeezed(&selected) != squeezed(&stamp::without_trailing_commas(generated)) {
                let areas = chosen(&areas, *mask);
                return Err(format!("{name} cannot be packed: the selection for {areas:?} differs").into());
            }
        }
    }
    Ok(sources)
}

fn chosen(areas: &[&str], mask: u64) -> BTreeSet<String> {
    let chosen = areas.iter().enumerate().filter(|(bit, _)| mask >> bit & 1 == 1);
    chosen.map(|(_, &area)| area.to_owned()).collect()
}

fn files(description: &Description, areas: &BTreeSet<String>) -> Result<Files> {
    let generated = campfire_codegen::generate(description, areas, JsonSchemas::ByFeature)?;
    let table = generate_operations(description, areas)?;
    let stubs = generate_stubs(description, &description.areas().into_iter().map(str::to_owned).collect())?;
    let files = [
        ("client.rs", generated.client),
        ("types.rs", generated.types + "\n" + &stubs.types),
        ("ids.rs", generated.ids),
        ("resources.rs", generated.resources + "\n" + &stubs.resources),
        ("mocks.rs", generate_mocks(description, areas)?),
        ("server.rs", generated.server),
        ("fields.json", json_lines(&serde_json::from_str(&generated.fields)?)),
        ("operations.txt", table.operations),
        ("schemas.txt", table.schemas),
        ("endpoints.rs", table.endpoints),
        ("sandbox.json", json_lines(&serde_json::from_str(&generated.sandbox)?)),
    ];
    Ok(files.map(|(name, text)| (name, opened(&text))))
}

/// Writes empty blocks and lists on two lines, so that they look like those with members.
fn opened(source: &str) -> String {
    let mut text = String::with_capacity(source.len());
    for line in source.lines() {
        match line.strip_suffix("{}") {
            Some(head) if head.starts_with("impl ") || head.starts_with("pub trait ") => {
                let _ = write!(text, "{head}{{\n}}\n");
            }
            _ => match line.strip_suffix("= &[];") {
                Some(head) if head.contains("static ") => {
                    let _ = write!(text, "{head}= &[\n];\n");
                }
                _ => {
                    text.push_str(line);
                    text.push('\n');
                }
            },
        }
    }
    text
}

/// Writes JSON with one entry of the outer two levels per line, each with a comma.
fn json_lines(value: &Value) -> String {
    let mut text = String::new();
    write_lines("", value, 0, &mut text);
    text.truncate(text.len().saturating_sub(2));
    text + "\n"
}

fn write_lines(key: &str, value: &Value, depth: usize, text: &mut String) {
    let indent = " ".repeat(depth * 4);
    match value {
        Value::Object(entries) if depth < 2 => {
            let _ = writeln!(text, "{indent}{key}{{");
            for (name, entry) in entries {
                write_lines(&format!("{}: ", Value::from(name.as_str())), entry, depth + 1, text);
            }
            let _ = writeln!(text, "{indent}}},");
        }
        Value::Array(entries) if depth < 2 => {
            let _ = writeln!(text, "{indent}{key}[");
            for entry in entries {
                write_lines("", entry, depth + 1, text);
            }
            let _ = writeln!(text, "{indent}],");
        }
        value => {
            let _ = writeln!(text, "{indent}{key}{value},");
        }
    }
}

/// The text without white space, which differs where a blank line separates what is adjacent elsewhere.
fn squeezed(text: &str) -> String {
    text.chars().filter(|character| !character.is_whitespace()).collect()
}
