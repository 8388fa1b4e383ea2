//! Multipart bodies.

use campfire_values::{Json, JsonObject};

use crate::state::markers;

/// Returns the fields that an upload gives a record: text parts as they are; for a file its name, size, content type,
/// and content.
pub(crate) fn fields(content_type: &str, body: &[u8]) -> JsonObject {
    let mut fields = JsonObject::new();
    let Some(boundary) = content_type.split("boundary=").nth(1) else { return fields };
    let delimiter = format!("--{}", boundary.trim_matches('"'));
    for part in split(body, delimiter.as_bytes()) {
        let Some(end) = find(part, b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&part[..end]);
        let content = part[end + 4..].strip_suffix(b"\r\n").unwrap_or(&part[end + 4..]);
        let Some(name) = attribute(&head, "name") else { continue };
        match attribute(&head, "filename") {
            Some(file_name) => add_file(&mut fields, file_name, &head, content),
            None => {
                fields.insert(name, Json::String(String::from_utf8_lossy(content).into_owned()));
            }
        }
    }
    fields
}

fn add_file(fields: &mut JsonObject, name: String, head: &str, content: &[u8]) {
    let mut lines = head.lines();
    let content_type = lines.find_map(|line| line.to_lowercase().strip_prefix("content-type:").map(str::to_owned));
    let content_type = content_type.map_or(Json::Null, |content_type| Json::from(content_type.trim()));
    fields.insert("name".to_owned(), Json::String(name));
    fields.insert("s3_content_length".to_owned(), Json::from(i64::try_from(content.len()).unwrap_or(i64::MAX)));
    fields.insert("s3_content_type".to_owned(), content_type);
    markers::insert_content(fields, content);
}

fn attribute(head: &str, name: &str) -> Option<String> {
    let (_, rest) = head.split_once(&format!("; {name}=\""))?;
    Some(rest.split_once('"')?.0.to_owned())
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

fn split<'a>(mut text: &'a [u8], delimiter: &[u8]) -> Vec<&'a [u8]> {
    let mut parts = Vec::new();
    while let Some(end) = find(text, delimiter) {
        parts.push(&text[..end]);
        text = &text[end + delimiter.len()..];
    }
    parts.push(text);
    parts
}
