//! Reads error bodies: the formats of Django REST Framework and of its extensions, problem details (RFC 7807), HTML from
//! proxies, empty bodies.
//!
//! A body is collected while it is read, and only as far as anybody looks at it: a hostile one takes no more memory than a
//! friendly one, and one that is cut off keeps what came before.

use std::fmt::Write as _;

use campfire_values::ReadJsonError;
use campfire_values::reader::Reader;
use http::{HeaderMap, header};

use crate::defaults::ERROR_FIELDS;
use crate::outcome::error::FieldError;
use crate::outcome::text::one_line;

/// What an error body says.
#[derive(Default)]
pub(crate) struct ErrorBody {
    pub(crate) message: String,
    pub(crate) fields: Vec<FieldError>,
    /// How many fields there are beyond those that are kept.
    pub(crate) more: usize,
}

/// Reads an error body.
pub(crate) fn read(headers: &HeaderMap, body: &[u8]) -> ErrorBody {
    let text = String::from_utf8_lossy(body);
    let text = text.trim_start_matches('\u{feff}').trim_ascii();
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if text.starts_with('<') || content_type.contains("html") {
        return ErrorBody { message: title(text), ..ErrorBody::default() };
    }
    let mut collector = Collector { is_problem: content_type.contains("problem+json"), ..Collector::default() };
    let is_whole = collector.body(&mut Reader::new(text)).is_ok();
    let mut found = collector.found;
    found.message = one_line(&found.message);
    if !is_whole && found.message.is_empty() && found.fields.is_empty() {
        found.message = one_line(text);
    }
    found
}

/// Returns the title of an HTML page.
fn title(html: &str) -> String {
    let title = html.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>")).map(|(title, _)| title);
    title.map_or_else(|| "an HTML page instead of JSON".to_owned(), one_line)
}

/// Where a message stands. The parts of a path are shared, because each of thousands of messages has one.
#[derive(Clone, Copy)]
enum Path<'a> {
    Body,
    Key(&'a Path<'a>, &'a str),
    Item(&'a Path<'a>, usize),
}

impl Path<'_> {
    /// Writes as much of a path as a message shows.
    fn write(&self, text: &mut String) {
        const LONGEST: usize = 301;
        match self {
            Self::Body => {}
            Self::Key(parent, key) => {
                parent.write(text);
                text.push_str(if text.is_empty() { "" } else { "." });
                text.extend(key.chars().take(LONGEST));
            }
            Self::Item(parent, index) => {
                parent.write(text);
                let _ = write!(text, "[{index}]");
            }
        }
    }
}

#[derive(Default)]
struct Collector {
    found: ErrorBody,
    /// The body is a problem (RFC 7807) or an envelope: it describes itself in `type`, `title` and `status`.
    is_problem: bool,
}

impl Collector {
    fn body(&mut self, reader: &mut Reader<'_>) -> Result<(), ReadJsonError> {
        if reader.peek() != b'{' {
            return self.value(reader, Path::Body).and_then(|()| reader.end());
        }
        let start = reader.mark();
        // A body that is cut off ends here, too.
        let is_problem = is_problem(reader);
        self.is_problem |= is_problem.unwrap_or_default();
        reader.back(start);
        let Some(mut object) = reader.object(&[], "an object")? else { return Ok(()) };
        while reader.key(&mut object)?.is_some() {
            let key = object.take_key();
            match (&*key, reader.peek()) {
                ("detail" | "error" | "message", b'"') => self.say(&reader.string()?),
                ("title", b'"') if self.is_problem => self.say(&reader.string()?),
                ("type" | "title" | "status" | "instance" | "code", b'"' | b'-' | b'0'..=b'9') if self.is_problem => {
                    reader.skip()?;
                }
                ("errors" | "invalid-params" | "invalid_params", b'[') => self.entries(reader, &key)?,
                ("errors", b'{') if self.is_problem => self.value(reader, Path::Body)?,
                ("detail" | "non_field_errors", _) => self.value(reader, Path::Body)?,
                _ => self.value(reader, Path::Key(&Path::Body, &key))?,
            }
        }
        reader.end()
    }

    /// Adds to the message of the whole body.
    fn say(&mut self, text: &str) {
        if !self.found.message.is_empty() {
            self.found.message.push_str("; ");
        }
        self.found.message.push_str(&one_line(text));
    }

    fn add(&mut self, path: Path<'_>, message: &str) {
        if self.found.fields.len() == ERROR_FIELDS {
            self.found.more += 1;
            return;
        }
        let mut place = String::new();
        path.write(&mut place);
        self.found.fields.push(FieldError::new(&place, message));
    }

    /// Flattens messages that are nested under fields and lines.
    fn value(&mut self, reader: &mut Reader<'_>, path: Path<'_>) -> Result<(), ReadJsonError> {
        match reader.peek() {
            b'n' => reader.skip()?,
            b'"' => self.add(path, &reader.string()?),
            b'{' => {
                let Some(mut object) = reader.object(&[], "an object")? else { return Ok(()) };
                while reader.key(&mut object)?.is_some() {
                    let key = object.take_key();
                    match (&*key, key.parse()) {
                        ("non_field_errors", _) => self.value(reader, path)?,
                        // Errors of a list, by the index of the item.
                        (_, Ok(index)) if !matches!(path, Path::Body) => {
                            self.value(reader, Path::Item(&path, index))?
                        }
                        _ => self.value(reader, Path::Key(&path, &key))?,
                    }
                }
            }
            b'[' => {
                let Some(mut list) = reader.list()? else { return Ok(()) };
                while reader.item(&mut list)? {
                    // Strings are messages of this field. Objects belong to its lines; an empty object is a line without
                    // errors.
                    let is_line = matches!(reader.peek(), b'{' | b'[');
                    self.value(reader, if is_line { Path::Item(&path, list.index()) } else { path })?;
                }
            }
            _ => self.add(path, reader.raw()?),
        }
        Ok(())
    }

    /// Reads a list of errors that name their fields: `[{"code": "required", "detail": "…", "attr": "lines.0.amount"}]`.
    fn entries(&mut self, reader: &mut Reader<'_>, key: &str) -> Result<(), ReadJsonError> {
        let Some(mut list) = reader.list()? else { return Ok(()) };
        while reader.item(&mut list)? {
            let start = reader.mark();
            match entry(reader)? {
                Some((attribute, message)) => {
                    let place = attribute.map(|attribute| with_indexes(&attribute)).unwrap_or_default();
                    self.add(if place.is_empty() { Path::Body } else { Path::Key(&Path::Body, &place) }, &message);
                }
                None => {
                    reader.back(start);
                    let (path, index) = (Path::Key(&Path::Body, key), list.index());
                    let is_line = matches!(reader.peek(), b'{' | b'[');
                    self.value(reader, if is_line { Path::Item(&path, index) } else { Path::Body })?;
                }
            }
        }
        Ok(())
    }
}

/// Returns `true` if an object describes a problem instead of naming refused fields, whose messages stand in lists.
fn is_problem(reader: &mut Reader<'_>) -> Result<bool, ReadJsonError> {
    let (mut has_title, mut has_status, mut has_type, mut has_errors) = (false, false, false, false);
    let Some(mut object) = reader.object(&[], "an object")? else { return Ok(false) };
    while reader.key(&mut object)?.is_some() {
        match (&*object.take_key(), reader.peek()) {
            ("title" | "detail", b'"') => has_title = true,
            ("status", b'0'..=b'9') => has_status = true,
            ("type", b'"') => has_type = true,
            ("errors", b'[' | b'{') => has_errors = true,
            _ => {}
        }
        if let Err(error) = reader.skip() {
            // Cut off within the last value.
            return if has_title && has_status || has_type && (has_title || has_errors) {
                Ok(true)
            } else {
                Err(error)
            };
        }
    }
    Ok(has_title && has_status || has_type && (has_title || has_errors))
}

/// Reads an error that names its field, or returns `None` if it has another form. The field is `None` if the error
/// concerns the whole request.
fn entry(reader: &mut Reader<'_>) -> Result<Option<(Option<String>, String)>, ReadJsonError> {
    if reader.peek() != b'{' {
        return Ok(None);
    }
    let (mut attribute, mut message, mut is_entry) = (None, None, false);
    let Some(mut object) = reader.object(&[], "an object")? else { return Ok(None) };
    while reader.key(&mut object)?.is_some() {
        match (&*object.take_key(), reader.peek()) {
            ("attr" | "field" | "name" | "path", b'"') => {
                attribute = Some(reader.string()?.into_owned());
                is_entry = true;
            }
            ("detail" | "message" | "reason", b'"') => message = Some(reader.string()?.into_owned()),
            ("attr" | "code", _) => {
                reader.skip()?;
                is_entry = true;
            }
            _ => reader.skip()?,
        }
    }
    Ok(message.filter(|_| is_entry).map(|message| (attribute, message)))
}

/// `lines.0.amount` → `lines[0].amount`.
fn with_indexes(path: &str) -> String {
    let mut text = String::new();
    for part in path.split('.') {
        match part.parse::<usize>() {
            Ok(index) if !text.is_empty() => drop(write!(text, "[{index}]")),
            _ => {
                text.push_str(if text.is_empty() { "" } else { "." });
                text.push_str(part);
            }
        }
    }
    text
}
