//! Descriptions as rustdoc comments.

use std::fmt::Write as _;

use crate::description::spec::Deviation;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::description::markdown::escape;

    #[test]
    fn brackets_are_no_links() {
        let mut source = String::new();
        write(&mut source, 2, &escape("A list [1] of `a[0]`.\n\nLess < more."));
        assert_eq!(source, "  /// A list \\[1\\] of `a[0]`.\n  ///\n  /// Less \\< more.\n");
    }
}
