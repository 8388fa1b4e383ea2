//! Descriptions as rustdoc comments.

use std::fmt::Write as _;

use crate::spec::Deviation;

/// Writes Markdown as `///` lines.
pub(crate) fn write(source: &mut String, indent: usize, markdown: &str) {
    for line in markdown.trim().lines() {
        let line = escape(line.trim_end());
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

/// Brackets and angle brackets outside of code would become links and tags.
fn escape(line: &str) -> String {
    let mut escaped = String::with_capacity(line.len());
    let mut code = false;
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '`' => code = !code,
            '\\' if !code => {
                escaped.push(character);
                escaped.extend(characters.next());
                continue;
            }
            // Ours are links on purpose: [`Type`].
            '[' if !code && characters.peek() != Some(&'`') => escaped.push('\\'),
            ']' if !code && !escaped.ends_with('`') => escaped.push('\\'),
            '<' | '>' if !code => escaped.push('\\'),
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
        write(&mut source, 2, "A list [1] of `a[0]`, see [`Page`].\n\nLess < more.");
        assert_eq!(source, "  /// A list \\[1\\] of `a[0]`, see [`Page`].\n  ///\n  /// Less \\< more.\n");
    }
}
