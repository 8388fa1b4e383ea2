//! Reads YAML into JSON values and records the line of every node.
//!
//! Built on the event parser of `saphyr`, because its trees lose either the positions or duplicate keys. Every problem
//! needs a file and a line, and a duplicate key is a problem.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};
use serde_json::{Map, Number, Value};

use crate::description::rule::Rule;

/// A file and a line in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// The file, as named by the user.
    pub file: Arc<str>,
    /// The line number, starting at 1.
    pub line: usize,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// A mistake in the description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The rule that is broken.
    pub rule: Rule,
    /// The place in the description.
    pub location: Location,
    /// The mistake.
    pub message: String,
    /// How to fix it.
    pub help: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} [{}]\n    help: {}", self.location, self.message, self.rule, self.help)
    }
}

/// All problems found in one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            write!(f, "{}{problem}", if index == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Problems(vec![problem])
    }
}

/// A parsed file.
#[derive(Clone, Debug)]
pub struct Document {
    /// The content.
    pub value: Value,
    /// The location of every node by JSON pointer. For a value in a mapping, this is the location of its key.
    pub lines: HashMap<String, Location>,
}

/// The maximum nesting depth. No description needs more, and the limit keeps a hostile file from exhausting the stack.
const MAX_DEPTH: usize = 128;

/// Parses one YAML (or JSON) document.
///
/// # Errors
/// If the YAML is malformed, has duplicate keys, anchors, or aliases (which can expand exponentially), contains several
/// documents, or is nested more than 128 levels deep.
pub fn parse(file: &str, text: &str) -> Result<Document, Problem> {
    let mut reader =
        Reader { file: file.into(), events: Parser::new_from_str(text), lines: HashMap::new(), pointer: String::new() };
    let value = reader.document()?;
    Ok(Document { value, lines: reader.lines })
}

/// Appends a step to a JSON pointer.
pub fn push_pointer(pointer: &mut String, step: &str) {
    pointer.push('/');
    if !step.contains('~') && !step.contains('/') {
        return pointer.push_str(step);
    }
    for character in step.chars() {
        match character {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            other => pointer.push(other),
        }
    }
}

struct Reader<'a> {
    file: Arc<str>,
    events: Parser<'a, saphyr_parser::StrInput<'a>>,
    lines: HashMap<String, Location>,
    pointer: String,
}

impl<'a> Reader<'a> {
    fn problem(&self, line: usize, message: impl Into<String>, help: &str) -> Problem {
        Problem {
            rule: Rule::Yaml,
            location: Location { file: self.file.clone(), line: line.max(1) },
            message: message.into(),
            help: help.to_owned(),
        }
    }

    fn event(&mut self) -> Result<(Event<'a>, Span), Problem> {
        match self.events.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(self.problem(
                error.marker().line(),
                format!("malformed YAML: {}", error.info()),
                "check the indentation, quotes, and colons on this line and the one above",
            )),
            None => Err(self.problem(1, "unexpected end of file", "close all quotes, brackets, and braces")),
        }
    }

    fn document(&mut self) -> Result<Value, Problem> {
        loop {
            let (event, span) = self.event()?;
            match event {
                Event::StreamStart | Event::DocumentStart(_) | Event::Nothing => {}
                Event::StreamEnd => {
                    return Err(self.problem(1, "the file is empty", "add content or remove the file"));
                }
                first => {
                    self.note(span.start.line());
                    let value = self.node(first, span, 0)?;
                    loop {
                        match self.event()? {
                            (Event::StreamEnd, _) => return Ok(value),
                            (Event::DocumentEnd | Event::Nothing, _) => {}
                            (_, span) => {
                                return Err(self.problem(
                                    span.start.line(),
                                    "a second YAML document",
                                    "keep one document per file",
                                ));
                            }
                        }
                    }
                }
            }
        }
    }

    /// Notes the line of the node at the current pointer.
    fn note(&mut self, line: usize) {
        self.lines.insert(self.pointer.clone(), Location { file: self.file.clone(), line: line.max(1) });
    }

    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Value, Problem> {
        let line = span.start.line();
        if depth > MAX_DEPTH {
            return Err(self.problem(line, "nesting deeper than 128 levels", "flatten the structure"));
        }
        let anchor = match &event {
            Event::Scalar(_, _, anchor, _) | Event::SequenceStart(anchor, _) | Event::MappingStart(anchor, _) => {
                *anchor
            }
            Event::Alias(_) => 1,
            _ => 0,
        };
        if anchor != 0 {
            return Err(self.problem(
                line,
                "anchors and aliases are not supported",
                "define a component and refer to it with `$ref`",
            ));
        }
        match event {
            Event::Scalar(text, ScalarStyle::Plain, ..) => Ok(plain(&text)),
            Event::Scalar(text, ..) => Ok(Value::String(text.into_owned())),
            Event::SequenceStart(..) => self.sequence(depth),
            Event::MappingStart(..) => self.mapping(depth),
            _ => Err(self.problem(line, "a value is missing", "write a scalar, a list, or a mapping")),
        }
    }

    fn sequence(&mut self, depth: usize) -> Result<Value, Problem> {
        let mut items = Vec::new();
        loop {
            let (event, span) = self.event()?;
            if matches!(event, Event::SequenceEnd) {
                return Ok(Value::Array(items));
            }
            let parent = self.pointer.len();
            push_pointer(&mut self.pointer, &items.len().to_string());
            self.note(span.start.line());
            items.push(self.node(event, span, depth + 1)?);
            self.pointer.truncate(parent);
        }
    }

    fn mapping(&mut self, depth: usize) -> Result<Value, Problem> {
        let mut members = Map::new();
        loop {
            let (event, span) = self.event()?;
            let line = span.start.line();
            let key = match event {
                Event::MappingEnd => return Ok(Value::Object(members)),
                Event::Scalar(text, ..) => text.into_owned(),
                _ => return Err(self.problem(line, "a key that is not a string", "use a string as the key")),
            };
            if members.contains_key(&key) {
                return Err(self.problem(line, format!("duplicate key `{key}`"), "remove or rename one of them"));
            }
            let parent = self.pointer.len();
            push_pointer(&mut self.pointer, &key);
            self.note(line);
            let (event, span) = self.event()?;
            let value = self.node(event, span, depth + 1)?;
            self.pointer.truncate(parent);
            members.insert(key, value);
        }
    }
}

/// Reads a plain scalar by YAML's core schema.
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    if let Ok(integer) = text.parse::<i64>() {
        // `007` and `+7` are strings.
        if integer.to_string() == text {
            return Value::Number(integer.into());
        }
    } else if text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E'))
        && text.bytes().next().is_some_and(|byte| byte.is_ascii_digit() || byte == b'-')
        && let Some(number) = text.parse::<f64>().ok().and_then(Number::from_f64)
    {
        return Value::Number(number);
    }
    Value::String(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn scalars_follow_the_core_schema() {
        let text = "a: 1\nb: '1'\nc: null\nd: yes\ne: -100000000000000\nf: 0.01\ng: 2025-01-01\nh: [true, ~]\n";
        assert_eq!(
            parse("x.yaml", text).unwrap().value,
            json!({"a": 1, "b": "1", "c": null, "d": "yes", "e": -100000000000000_i64, "f": 0.01, "g": "2025-01-01", "h": [true, null]})
        );
    }

    #[test]
    fn keys_know_their_lines() {
        let document = parse("x.yaml", "a:\n  b/c:\n    - 1\n    - 2\n").unwrap();
        assert_eq!(document.lines["/a/b~1c"].to_string(), "x.yaml:2");
        assert_eq!(document.lines["/a/b~1c/1"].to_string(), "x.yaml:4");
    }

    #[test]
    fn errors_name_the_line() {
        for (text, line, what) in [
            ("a: 1\nb: 2\na: 3\n", 3, "duplicate key"),
            ("a: &x 1\nb: *x\n", 1, "anchor"),
            ("a: [1\nb: 2\n", 2, "malformed"),
            ("a: 1\n---\nb: 2\n", 2, "second YAML document"),
            ("", 1, "empty"),
        ] {
            let problem = parse("x.yaml", text).unwrap_err();
            assert!(problem.message.contains(what), "{text:?}: {problem}");
            assert_eq!(problem.location.line, line, "{text:?}: {problem}");
        }
        let deep = "[".repeat(500);
        assert!(parse("x.yaml", &deep).is_err());
    }
}
