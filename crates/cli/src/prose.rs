//! Descriptions: from Markdown to text for help.

/// Returns a description with one line per paragraph and list item, for a help that wraps lines itself.
pub(crate) fn unwrapped(markdown: &str) -> String {
    let mut text = String::new();
    for line in markdown.trim().lines() {
        let line = line.trim();
        let starts = line.is_empty() || line.starts_with("- ") || line.starts_with('|') || text.ends_with('\n');
        match (text.is_empty(), starts) {
            (true, _) => {}
            (false, true) if !text.ends_with("\n\n") => text.push('\n'),
            (false, true) => {}
            (false, false) => text.push(' '),
        }
        text.push_str(line);
        if line.is_empty() {
            text.push('\n');
        }
    }
    text
}

/// Returns the first sentence of a description.
pub(crate) fn first_sentence(markdown: &str) -> String {
    let text = unwrapped(markdown);
    let paragraph = text.lines().next().unwrap_or_default();
    let end = paragraph.match_indices(". ").map(|(end, _)| end).find(|end| !ends_abbreviation(&paragraph[..*end]));
    let sentence = end.map_or(paragraph, |end| &paragraph[..end]);
    sentence.trim_end_matches(['.', ':']).to_owned()
}

fn ends_abbreviation(text: &str) -> bool {
    ["e.g", "i.e", "etc", "incl"].iter().any(|short| text.ends_with(short))
}

/// Breaks text into lines of at most `width` characters, each with an indentation.
pub(crate) fn wrapped(text: &str, width: usize, indent: &str) -> String {
    let room = width.saturating_sub(indent.len()).max(20);
    let mut out = String::new();
    for paragraph in text.lines() {
        let hang = if paragraph.starts_with("- ") { "  " } else { "" };
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > room {
                push_line(&mut out, indent, &line);
                line = hang.to_owned();
            } else if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        push_line(&mut out, indent, &line);
    }
    out
}

/// Breaks the lines of a message that are too long. Lines that are indented by four spaces are commands, which stay whole.
pub(crate) fn folded(message: &str, width: usize) -> String {
    let mut out = String::new();
    for line in message.lines() {
        let indent = line.len() - line.trim_start_matches(' ').len();
        if indent < 4 && line.chars().count() > width {
            out.push_str(&wrapped(line, width, &line[..indent]));
        } else {
            out.push_str(line);
            out.push('\n');
        }
    }
    out.pop();
    out
}

/// Returns a number and the word for it: `1 table`, `2 tables`.
pub(crate) fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

fn push_line(out: &mut String, indent: &str, line: &str) {
    if !line.is_empty() {
        out.push_str(indent);
        out.push_str(line);
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_long_lines_are_folded() {
        let command = "    campfire contracts usage list 42";
        let message = format!("error: one line that is too long for it\n  1: a row that is too long\n{command}");
        let expected = format!("error: one line that is\ntoo long for it\n  1: a row that is too\n  long\n{command}");
        assert_eq!(folded(&message, 24), expected);
        assert_eq!(folded("", 24), "");
    }

    #[test]
    fn soft_line_breaks_go_and_structure_stays() {
        let text = unwrapped("One\nparagraph.\n\nAnother:\n- a\n  b\n- c\n");
        assert_eq!(text, "One paragraph.\n\nAnother:\n- a b\n- c");
        assert_eq!(first_sentence("Id of the\nbill, e.g. 7. Required."), "Id of the bill, e.g. 7");
        assert_eq!(wrapped("aaaa bbbb cccc dddd eeee", 22, "  "), "  aaaa bbbb cccc dddd\n  eeee\n");
    }
}
