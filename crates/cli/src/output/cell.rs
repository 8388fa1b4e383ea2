//! The text of a value in a table or a CSV file.

use campfire::Json;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Returns the text of a value: a string as it is, a number digit by digit, and objects and lists as JSON.
pub(crate) fn plain(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        value => value.to_string(),
    }
}

/// Returns `true` for text that a spreadsheet takes for a formula. Telephone numbers and the like are none.
pub(crate) fn is_formula(text: &str) -> bool {
    match text.trim_start().as_bytes() {
        [b'=' | b'@', ..] => true,
        [b'+' | b'-', rest @ ..] => {
            rest.iter().any(u8::is_ascii_alphabetic) && rest.iter().any(|byte| matches!(byte, b'(' | b'!' | b'|'))
        }
        _ => false,
    }
}

/// Returns the text of a value on one line, without characters that a terminal would obey.
pub(crate) fn printable(value: &Json) -> String {
    one_line(&plain(value))
}

/// Replaces line breaks and control characters by spaces.
pub(crate) fn one_line(text: &str) -> String {
    text.chars().map(|character| if is_harmful(character) { ' ' } else { character }).collect()
}

/// Returns `true` for control characters, and for those that change the direction of the text that follows.
fn is_harmful(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Returns the number of columns that a text takes.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// Cuts a text to a number of columns.
pub(crate) fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut left = columns.saturating_sub(1);
    let fits = |character: &char| {
        let width = character.width().unwrap_or(0);
        let fits = width <= left;
        left = left.saturating_sub(width);
        fits
    };
    let mut cut: String = text.chars().take_while(fits).collect();
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_obeys_no_value() {
        let value = Json::from("a\u{1b}[31m\nb\u{9b}c\u{202e}d");
        assert_eq!(printable(&value), "a [31m b c d");
    }

    #[test]
    fn formulas_are_recognized() {
        for text in ["=1+1", " =HYPERLINK(\"x\")", "@SUM(1)", "+cmd|'/C calc'!A0", "-SUM(A1)"] {
            assert!(is_formula(text), "{text}");
        }
        for text in ["", "-12.50", "+1 (555) 123-4567", "a=b", "- see above"] {
            assert!(!is_formula(text), "{text}");
        }
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(cut("株式会社", 8), "株式会社");
        assert_eq!(cut("株式会社", 7), "株式会…");
        assert_eq!(cut("株式会社", 6), "株式…");
        assert_eq!(cut("abc", 2), "a…");
    }
}
