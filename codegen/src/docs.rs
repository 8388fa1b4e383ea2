//! Descriptions as rustdoc comments.

use std::fmt::Write as _;

use crate::spec::Deviation;

/// Writes Markdown as `///` lines.
pub(crate) fn write(source: &mut String, indent: usize, markdown: &str) {
    for line in markdown.trim().lines() {
        let line = line.trim_end();
        let space = if line.is_empty() { "" } else { " " };
        let _ = writeln!(source, "{:indent$}///{space}{line}", "");
    }
}

/// Where the description differs from the vendor's reference.
pub(crate) fn deviation(deviation: &Deviation) -> String {
    let end = |text: &str| text.trim_end_matches('.').to_owned();
    format!(
        "*Differs from the reference:* documented is {}; observed: {} ({}).",
        end(&deviation.documented),
        end(&deviation.observed),
        end(&deviation.evidence)
    )
}

/// Text of the description for rustdoc: brackets and angle brackets outside of code would become links and tags.
pub(crate) fn escape(text: &str) -> String {
    text.trim().lines().map(escape_line).collect::<Vec<_>>().join("\n")
}

fn escape_line(line: &str) -> String {
    let mut escaped = String::with_capacity(line.len());
    let mut code = false;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            '`' => code = !code,
            '\\' if !code => {
                escaped.push(character);
                escaped.extend(characters.next());
                continue;
            }
            '[' | ']' | '<' | '>' if !code => escaped.push('\\'),
            _ => {}
        }
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_are_no_links() {
        let mut source = String::new();
        write(&mut source, 2, &escape("A list [1] of `a[0]`.\n\nLess < more."));
        assert_eq!(source, "  /// A list \\[1\\] of `a[0]`.\n  ///\n  /// Less \\< more.\n");
    }
}
