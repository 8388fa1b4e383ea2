//! Checks every crate of the workspace and prints its circles.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::circles::circles;
use super::edges::{Edges, edges, graph};
use crate::project::Result;
use crate::source::Crate;

/// The largest circle allowed, in files, for crates that may have circles. `docs/architecture.md` explains each circle.
const ALLOWED: &[(&str, usize)] = &[("crates/sandbox", 4)];

/// Prints the circles of every crate below `root`.
///
/// # Errors
/// When a crate has a circle that is larger than allowed.
pub(crate) fn check(root: &Path) -> Result<()> {
    let mut too_large = Vec::new();
    for folder in crates(root)? {
        let name = folder.strip_prefix(root).unwrap_or(&folder).display().to_string();
        let report = report(&name, &Crate::read(&folder.join("src"))?);
        print!("{}", report.text);
        if report.largest > allowed(&name) {
            too_large.push(format!("{}: a circle of {} files", shown(&name), report.largest));
        }
    }
    if too_large.is_empty() { Ok(()) } else { Err(too_large.join("\n").into()) }
}

/// Returns the size of the largest circle that a crate may have; 1 is no circle.
fn allowed(name: &str) -> usize {
    ALLOWED.iter().find(|(other, _)| *other == name).map_or(1, |(_, most)| *most)
}

fn shown(name: &str) -> &str {
    if name.is_empty() { "." } else { name }
}

/// Returns the folders of the crates: the root, `xtask`, and those in `crates`.
fn crates(root: &Path) -> Result<Vec<PathBuf>> {
    let mut folders = vec![root.to_owned(), root.join("xtask")];
    if let Ok(entries) = fs::read_dir(root.join("crates")) {
        let entries = entries.map(|entry| Ok(entry?.path())).collect::<Result<BTreeSet<_>>>()?;
        folders.extend(entries);
    }
    folders.retain(|folder| folder.join("src").is_dir());
    Ok(folders)
}

struct Report {
    text: String,
    /// The size of the largest circle; 0 if there is none.
    largest: usize,
}

fn report(name: &str, krate: &Crate) -> Report {
    let edges = edges(krate);
    let circles = circles(&graph(&edges));
    let files: BTreeSet<&PathBuf> = krate.modules.values().map(|module| &module.file).collect();
    let imports: usize = edges.values().map(|targets| targets.len()).sum();
    let mut text = format!("{}: {} files, {imports} imports, ", shown(name), files.len());
    let _ = match circles.len() {
        0 => writeln!(text, "no circles"),
        1 => writeln!(text, "1 circle"),
        count => writeln!(text, "{count} circles"),
    };
    for circle in &circles {
        write_circle(&mut text, circle, &edges);
    }
    Report { text, largest: circles.first().map_or(0, BTreeSet::len) }
}

/// Writes a circle with the imports that tie it.
fn write_circle(text: &mut String, circle: &BTreeSet<String>, edges: &Edges) {
    let _ = writeln!(text, "  circle of {} files:", circle.len());
    for from in circle {
        for (to, names) in edges.get(from).into_iter().flatten().filter(|(to, _)| circle.contains(*to)) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let _ = writeln!(text, "    {from} -> {to}: {}", names.join(", "));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes a crate from (file, text), and reports on it.
    fn report_on(test: &str, files: &[(&str, &str)]) -> Report {
        let folder = std::env::temp_dir().join(format!("campfire-layers-{test}-{}", std::process::id()));
        for (file, text) in files {
            let file = folder.join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        let report = report("made-up", &Crate::read(&folder).unwrap());
        fs::remove_dir_all(folder).unwrap();
        report
    }

    #[test]
    fn a_circle_through_reexports_is_found_with_the_names_that_tie_it() {
        let report = report_on(
            "reexports",
            &[
                ("lib.rs", "mod a;\nmod b;\nmod c;\npub use a::A;\npub use b::*;"),
                ("a.rs", "use crate::B;\npub struct A(B);"),
                ("b.rs", "mod inner;\npub use inner::B;"),
                ("b/inner.rs", "pub struct B;\nimpl B { fn a(&self) -> crate::A { todo!() } }"),
                ("c.rs", "use crate::{A, B};\nfn c(_: A, _: B) {}"),
            ],
        );
        assert_eq!(report.largest, 2, "{}", report.text);
        let lines: Vec<&str> = report.text.lines().collect();
        assert_eq!(
            lines,
            [
                "made-up: 5 files, 5 imports, 1 circle",
                "  circle of 2 files:",
                "    a.rs -> b/inner.rs: B",
                "    b/inner.rs -> a.rs: A",
            ]
        );
    }

    #[test]
    fn one_direction_is_no_circle() {
        let report = report_on(
            "direction",
            &[
                ("lib.rs", "mod a;\nmod b;\npub use a::A;"),
                ("a.rs", "#[derive(Debug)]\npub struct A;\n#[cfg(test)]\nmod tests { use crate::b::B; }"),
                ("b.rs", "/// See [`crate::a`].\npub struct B(crate::A);"),
            ],
        );
        assert_eq!(report.largest, 0, "{}", report.text);
    }

    #[test]
    fn paths_in_functions_macros_and_attributes_count() {
        for (case, text) in [
            ("body", "pub fn a() { crate::b::b() }"),
            ("local use", "pub fn a() { use crate::b::b; b() }"),
            ("module import", "use crate::b;\npub fn a() { b::b() }"),
            ("glob", "use super::b::*;\npub fn a() { b() }"),
            ("macro call", "pub fn a() { println!(\"{}\", crate::b::b()) }"),
            ("macro body", "macro_rules! m { () => { $crate::b::b() } }\npub fn a() { m!() }"),
            ("macro use", "macro_rules! m { () => { use crate::{b::{b}}; } }\npub fn a() { m!() }"),
            ("exported macro", "pub fn a() { crate::b::m!() }"),
            ("attribute", "#[serde(with = \"crate::b::b\")]\npub fn a() {}"),
            ("attribute of a field", "pub fn a() {}\npub struct A { #[serde(with = \"super::b::b\")] a: u8 }"),
            ("generic", "pub fn a() -> Vec<Option<super::b::B>> { Vec::new() }"),
        ] {
            let b = "pub struct B;\npub fn b() { crate::a::a(); }\nmacro_rules! m { () => {} }\npub(crate) use m;";
            let report = report_on("paths", &[("lib.rs", "mod a;\nmod b;"), ("a.rs", text), ("b.rs", b)]);
            assert_eq!(report.largest, 2, "{case}: {}", report.text);
        }
    }

    #[test]
    fn strings_other_crates_and_quoted_code_do_not_count() {
        for (case, text) in [
            ("string", "pub fn a() { println!(\"crate::b::b\") }"),
            ("other crate", "use ::b::b;\npub fn a() { ::b::b(); println!(\"{}\", ::b::b()) }"),
            ("quoted", "pub fn a() { quote::quote! { crate::b::b() } }"),
            ("module only", "use super::b;\npub fn a() {}"),
        ] {
            let b = "pub fn b() { crate::a::a(); }";
            let report = report_on("nothing", &[("lib.rs", "mod a;\nmod b;"), ("a.rs", text), ("b.rs", b)]);
            assert_eq!(report.largest, 0, "{case}: {}", report.text);
        }
    }

    #[test]
    fn only_listed_crates_may_have_circles() {
        assert_eq!(allowed(""), 1);
        assert_eq!(allowed("crates/values"), 1);
        assert_eq!(allowed("crates/sandbox"), 4);
    }
}
