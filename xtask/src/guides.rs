//! The guides as plain Markdown: `docs/guide/*.md`, written from `src/guide/*.md`.
//!
//! The sources are part of rustdoc, which hides lines of code that start with `# ` and resolves links such as
//! `[Client]`. Elsewhere, both would be shown as they are.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::project::{self, Result};

/// Writes the guides.
///
/// # Errors
/// If a guide cannot be read or written, or has no plain form.
pub(crate) fn write(root: &Path) -> Result<()> {
    for (name, text) in guides(root)? {
        project::write(&root.join("docs/guide").join(name), &text)?;
    }
    Ok(())
}

/// Checks that the guides are up to date.
///
/// # Errors
/// If one of them is not, or there is one without a source.
pub(crate) fn check(root: &Path) -> Result<()> {
    let folder = root.join("docs/guide");
    let guides = guides(root)?;
    let is_stale = |name: &String| guides.get(name) != fs::read_to_string(folder.join(name)).ok().as_ref();
    let stale: Vec<String> = guides.keys().cloned().chain(names(&folder)?).filter(is_stale).collect();
    match stale.first() {
        Some(name) => Err(format!("docs/guide/{name} does not fit src/guide/{name}: run `cargo xtask guides`").into()),
        None => Ok(()),
    }
}

/// Returns the plain form of each guide, by file name.
fn guides(root: &Path) -> Result<BTreeMap<String, String>> {
    let folder = root.join("src/guide");
    let mut sources = Vec::new();
    for name in names(&folder)? {
        let source = project::read(&folder.join(&name))?;
        sources.push((name, source));
    }
    let titles = sources.iter().map(|(name, source)| Ok((module(name), (title(name, source)?, name.as_str()))));
    let titles = titles.collect::<Result<Titles<'_>>>()?;
    let plain = |(name, source): &(String, String)| (name.clone(), plain(name, source, &titles));
    Ok(sources.iter().map(plain).collect())
}

/// The title and the file name of each guide, by the name of its module.
type Titles<'a> = BTreeMap<String, (&'a str, &'a str)>;

fn names(folder: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    names.collect()
}

fn module(name: &str) -> String {
    name.trim_end_matches(".md").replace('-', "_")
}

fn title<'a>(name: &str, source: &'a str) -> Result<&'a str> {
    let first = source.lines().next().and_then(|line| line.strip_prefix("# "));
    first.ok_or_else(|| format!("src/guide/{name} does not start with a title").into())
}

fn plain(name: &str, source: &str, titles: &Titles<'_>) -> String {
    let mut text = format!("<!-- Written from src/guide/{name} by `cargo xtask guides`. -->\n");
    let mut code: Option<(&str, Vec<&str>)> = None;
    for line in source.lines() {
        let fence = line.strip_prefix("```");
        match (&mut code, fence) {
            (Some((language, lines)), Some(_)) => {
                let lines = if *language == "rust" { visible(lines) } else { lines.join("\n") + "\n" };
                let _ = write!(text, "```{language}\n{lines}```\n");
                code = None;
            }
            (Some((_, lines)), None) => lines.push(line),
            // Flags such as `no_run` are for rustdoc.
            (None, Some(flags)) => code = Some((flags.split(',').next().unwrap_or_default(), Vec::new())),
            (None, None) => {
                let _ = writeln!(text, "{}", unlinked(line, titles));
            }
        }
    }
    text
}

/// Returns the lines of code that rustdoc shows, without the blank lines that are left around those that it hides.
fn visible(lines: &[&str]) -> String {
    let is_shown = |line: &&str| {
        let line = line.trim_start();
        line != "#" && !line.starts_with("# ")
    };
    let mut text = String::new();
    for line in lines.iter().copied().filter(is_shown) {
        let follows_blank = text.is_empty() || text.ends_with("\n\n");
        if !(line.is_empty() && follows_blank) {
            text.push_str(line);
            text.push('\n');
        }
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// Turns links to items into code, links to guides into links to files, and names of documents into links.
fn unlinked(line: &str, titles: &Titles<'_>) -> String {
    let parts: Vec<&str> = line.split('`').collect();
    let mut text = String::with_capacity(line.len());
    let mut is_link = false;
    for (index, part) in parts.iter().enumerate() {
        let is_code = index % 2 == 1;
        if is_code {
            let next = parts.get(index + 1).copied().unwrap_or_default();
            is_link = text.ends_with('[') && next.starts_with(']') && !next.starts_with("](");
            text.truncate(text.len() - usize::from(is_link));
            text.push_str(&match (titles.get(*part), part.strip_prefix("docs/")) {
                (Some((title, file)), _) if is_link => format!("[{title}]({file})"),
                (_, Some(document)) => format!("[`{part}`](../{document})"),
                _ => format!("`{part}`"),
            });
        } else {
            text.push_str(if is_link { &part[1..] } else { part });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "\
# Files

Upload with a [`Client`], see [`errors_and_retries`] and `docs/lists.md`. A [`Decimal`](https://example.com) stays.

```rust
# fn main() -> Result<(), Error> {
use campfire::FilePart;

# let id = 1;
let part = FilePart::from_bytes(\"a\", b\"b\");
#   assert!(part.is_empty());

# Ok(())
# }
```

```toml
# A comment.
```
";

    const PLAIN: &str = "\
<!-- Written from src/guide/files.md by `cargo xtask guides`. -->
# Files

Upload with a `Client`, see [Errors and retries](errors-and-retries.md) and [`docs/lists.md`](../lists.md). A \
[`Decimal`](https://example.com) stays.

```rust
use campfire::FilePart;

let part = FilePart::from_bytes(\"a\", b\"b\");
```

```toml
# A comment.
```
";

    #[test]
    fn hidden_code_and_links_of_rustdoc_are_left_out() {
        let titles = Titles::from([("errors_and_retries".to_owned(), ("Errors and retries", "errors-and-retries.md"))]);
        assert_eq!(plain("files.md", SOURCE, &titles), PLAIN);
    }

    #[test]
    fn a_guide_has_a_title() {
        assert_eq!(title("files.md", SOURCE).unwrap(), "Files");
        assert!(title("files.md", "Files").is_err());
        assert_eq!(module("errors-and-retries.md"), "errors_and_retries");
    }

    #[test]
    fn the_guides_are_up_to_date() {
        check(&project::root()).unwrap();
    }
}
