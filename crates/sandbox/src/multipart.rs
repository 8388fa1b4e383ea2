//! The parts of an upload, as far as the sandbox keeps them: names, sizes, types, texts.

use super::files;
use campfire_values::{Json, JsonObject};

/// The members that an upload gives a record: text parts as they are, and of the file its name, size and type.
pub(crate) fn members(content_type: &str, body: &[u8]) -> JsonObject {
    let mut members = JsonObject::new();
    let Some(boundary) = content_type.split("boundary=").nth(1) else { return members };
    let delimiter = format!("--{}", boundary.trim_matches('"'));
    for part in split(body, delimiter.as_bytes()) {
        let Some(end) = find(part, b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&part[..end]);
        let content = part[end + 4..].strip_suffix(b"\r\n").unwrap_or(&part[end + 4..]);
        let Some(name) = attribute(&head, "name") else { continue };
        match attribute(&head, "filename") {
            Some(file) => {
                let ty =
                    head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-type:").map(str::to_owned));
                members.insert("name".to_owned(), Json::String(file));
                let size = i64::try_from(content.len()).unwrap_or(i64::MAX);
                members.insert("s3_content_length".to_owned(), Json::from(size));
                members.insert(
                    "s3_content_type".to_owned(),
                    ty.map_or(Json::Null, |ty| Json::String(ty.trim().to_owned())),
                );
                members.insert(files::CONTENT.to_owned(), files::encode(content));
            }
            None => {
                members.insert(name, Json::String(String::from_utf8_lossy(content).into_owned()));
            }
        }
    }
    members
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
