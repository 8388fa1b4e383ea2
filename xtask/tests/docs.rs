//! Checks the Markdown files of the repository: every link has a target, and Rust code is compiled or says why it is not.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What is written before a block of Rust code that no test compiles, followed by the reason and `-->`.
const NOT_COMPILED: &str = "<!-- not compiled: ";

/// The guides as rustdoc shows them. `cargo xtask guides` writes `docs/guide` from them.
const GUIDES: &str = "src/guide";

#[test]
fn every_link_has_a_target() {
    let root = root();
    let mut problems = Vec::new();
    for file in markdown() {
        let text = fs::read_to_string(root.join(&file)).unwrap();
        for (number, line) in prose(&text) {
            for target in links(&line) {
                if let Err(problem) = resolve(&root, &file, target) {
                    problems.push(format!("{}:{number}: {target}: {problem}", file.display()));
                }
            }
        }
    }
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

#[test]
fn rust_code_is_compiled_or_says_why_not() {
    let mut problems = Vec::new();
    for file in markdown() {
        let text = fs::read_to_string(root().join(&file)).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        for (index, line) in lines.iter().enumerate() {
            let Some(flags) = line.trim_start().strip_prefix("```rust") else { continue };
            let explained = index > 0 && lines[index - 1].trim_start().starts_with(NOT_COMPILED);
            let tested = is_tested(&file) && !flags.contains("ignore");
            if tested == explained {
                problems.push(format!("{}:{}", file.display(), index + 1));
            }
        }
    }
    assert!(problems.is_empty(), "write `{NOT_COMPILED}reason -->` before code that no test compiles: {problems:#?}");
}

#[test]
fn every_guide_is_part_of_the_documentation_and_listed_in_the_readme() {
    let read = |name: &str| fs::read_to_string(root().join(name)).unwrap();
    let (module, readme) = (read("src/guide.rs"), read("README.md"));
    let guides: Vec<PathBuf> = markdown().into_iter().filter(|file| file.starts_with(GUIDES)).collect();
    assert!(guides.len() >= 14, "{guides:?}");
    for guide in guides.iter().map(|file| file.file_name().unwrap().to_str().unwrap()) {
        assert!(module.contains(&format!("#[doc = include_str!(\"guide/{guide}\")]")), "src/guide.rs lacks {guide}");
        assert!(readme.contains(&format!("](docs/guide/{guide})")), "README.md lacks {guide}");
    }
}

/// Outside of rustdoc, a link without a target and a hidden line of code are shown as they are.
#[test]
fn files_that_are_read_as_plain_markdown_need_no_rustdoc() {
    let mut problems = Vec::new();
    for file in markdown().into_iter().filter(|file| !file.starts_with(GUIDES)) {
        for (number, line) in rustdoc_only(&fs::read_to_string(root().join(&file)).unwrap()) {
            problems.push(format!("{}:{number}: {line}", file.display()));
        }
    }
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

/// In rustdoc, a relative link would be one to a page of the documentation.
#[test]
fn guides_link_to_items_or_to_the_web() {
    for file in markdown().into_iter().filter(|file| file.starts_with(GUIDES)) {
        let text = fs::read_to_string(root().join(&file)).unwrap();
        let mut targets = prose(&text)
            .into_iter()
            .flat_map(|(_, line)| links(&line).into_iter().map(str::to_owned).collect::<Vec<_>>());
        assert!(targets.all(|target| target.starts_with("https://")), "{} has a relative link", file.display());
    }
}

/// Returns the lines that only rustdoc shows well.
fn rustdoc_only(text: &str) -> Vec<(usize, &str)> {
    let mut lines = Vec::new();
    let mut code: Option<bool> = None;
    for (index, line) in text.lines().enumerate() {
        let start = line.trim_start();
        let is_bad = match code {
            Some(is_rust) => is_rust && start.starts_with("# "),
            None => line.split("[`").skip(1).any(|link| {
                let rest = link.split_once('`').map_or("", |(_, rest)| rest);
                rest.starts_with(']') && !rest.starts_with("](")
            }),
        };
        if is_bad {
            lines.push((index + 1, line));
        }
        if let Some(language) = start.strip_prefix("```") {
            code = if code.is_some() { None } else { Some(language.starts_with("rust")) };
        }
    }
    lines
}

/// Returns whether the tests of the SDK compile the code of a file, or of the file that it is written from: see
/// `src/lib.rs` and `src/guide.rs`.
fn is_tested(file: &Path) -> bool {
    file == Path::new("README.md") || file.starts_with(GUIDES) || file.starts_with("docs/guide")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Returns the Markdown files of the repository, relative to its root.
fn markdown() -> Vec<PathBuf> {
    let mut files = Vec::new();
    collect(&root(), Path::new(""), &mut files);
    files.sort();
    files
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(root.join(folder)).unwrap() {
        let entry = entry.unwrap();
        let path = folder.join(entry.file_name());
        let skipped = ["target", ".git", "node_modules"].iter().any(|name| entry.file_name() == *name);
        if entry.file_type().unwrap().is_dir() && !skipped {
            collect(root, &path, files);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            files.push(path);
        }
    }
}

/// Returns the lines outside of code blocks with their numbers, without code spans.
fn prose(text: &str) -> Vec<(usize, String)> {
    let mut lines = Vec::new();
    let mut fenced = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            let outside: Vec<&str> = line.split('`').step_by(2).collect();
            lines.push((index + 1, outside.join("")));
        }
    }
    lines
}

/// Returns the targets of inline links.
fn links(line: &str) -> Vec<&str> {
    let targets = line.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    targets.map(|(target, _)| target).collect()
}

fn resolve(root: &Path, file: &Path, target: &str) -> Result<(), String> {
    if target.starts_with("https://") {
        return Ok(());
    }
    let (path, anchor) = target.split_once('#').map_or((target, None), |(path, anchor)| (path, Some(anchor)));
    let absolute = match path {
        "" => root.join(file),
        path => root.join(file.parent().unwrap()).join(path),
    };
    if !absolute.exists() {
        return Err("there is no such file".to_owned());
    }
    let Some(anchor) = anchor else { return Ok(()) };
    let text = fs::read_to_string(&absolute).map_err(|error| error.to_string())?;
    if anchors(&text).contains(anchor) { Ok(()) } else { Err("there is no such heading".to_owned()) }
}

/// Returns the anchors of all headings.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| anchor(line.trim_start_matches('#').trim())).collect()
}

fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase();
    let kept = kept.chars().filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'));
    kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect()
}

#[test]
fn missing_files_and_headings_are_found() {
    let check = |target| resolve(&root(), Path::new("docs/lists.md"), target);
    assert_eq!(check("guide/testing.md"), Ok(()));
    assert_eq!(check("../README.md#limitations"), Ok(()));
    assert_eq!(check("guide/no-such.md").unwrap_err(), "there is no such file");
    assert_eq!(check("../README.md#no-such").unwrap_err(), "there is no such heading");
    assert_eq!(
        rustdoc_only("a [`b`] c\n[`b`](c)\n```rust\n# let a = 1;\n```\n```sh\n# c\n```"),
        [(1, "a [`b`] c"), (4, "# let a = 1;")]
    );
    assert_eq!(links("see [a](b.md) and [`c`](d.md#e)"), ["b.md", "d.md#e"]);
    assert_eq!(prose("a `](x)` b\n```\n](y)\n```\nc"), [(1, "a  b".to_owned()), (5, "c".to_owned())]);
}
