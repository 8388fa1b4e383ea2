//! Writing nested mappings as YAML.

use std::fmt::Write as _;

use campfire_values::Json;

/// A YAML document of mappings in block style.
#[derive(Default)]
pub(crate) struct Yaml(String);

impl Yaml {
    /// Writes a comment of one line.
    pub(crate) fn comment(&mut self, text: &str) {
        let _ = writeln!(self.0, "# {}", text.replace(['\n', '\r'], " "));
    }

    /// Begins a mapping, whose members are one level deeper.
    pub(crate) fn open(&mut self, depth: usize, key: &str) {
        let _ = writeln!(self.0, "{:1$}{2}:", "", depth * 2, scalar(key));
    }

    /// Writes a text.
    pub(crate) fn pair(&mut self, depth: usize, key: &str, value: &str) {
        self.raw(depth, key, &scalar(value));
    }

    /// Writes a value that is YAML already.
    pub(crate) fn raw(&mut self, depth: usize, key: &str, value: &str) {
        let _ = writeln!(self.0, "{:1$}{2}: {value}", "", depth * 2, scalar(key));
    }

    pub(crate) fn text(self) -> String {
        self.0
    }
}

/// Returns a text, in quotes unless it can only be read as a text.
fn scalar(text: &str) -> String {
    let is_plain = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/')
        && text.chars().all(|character| character.is_ascii_alphanumeric() || "_-/{}".contains(character))
        && !["null", "true", "false", "yes", "no", "on", "off", "y", "n"].contains(&text.to_lowercase().as_str());
    // A JSON string is a YAML string.
    if is_plain { text.to_owned() } else { Json::from(text).to_string() }
}
