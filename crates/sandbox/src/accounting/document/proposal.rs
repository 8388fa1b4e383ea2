//! What to propose for a manual payment of a bill.

use std::cmp::Reverse;

use campfire_values::{Json, JsonObject};

use crate::accounting::books::Books;
use crate::accounting::kind::Document;
use crate::accounting::request::Outcome;
use crate::accounting::values::{amount_of, object, total};
use crate::messages::reply::Reply;
use crate::response_style::ResponseStyle;

/// Returns the department and the tags of the line with the largest amount including tax; among equals, the one with the
/// lowest id.
pub(crate) fn department(books: &Books<'_>, bill: Document) -> Result<Outcome, Reply> {
    let fields = bill.fields(books)?;
    let mut lines = Vec::new();
    for line in fields.items("lines") {
        let amount = total([amount_of(line, "amount"), amount_of(line, "tax")])?;
        lines.push((amount, Reverse(line.get("id").and_then(Json::as_i64)), line));
    }
    let decisive = lines.into_iter().max_by_key(|(amount, id, _)| (*amount, *id)).map(|(_, _, line)| line);
    let department = decisive.and_then(|line| line.get("department")?.as_i64());
    let tags = decisive.and_then(|line| line.get("tag_ids")?.as_array()).unwrap_or_default();
    let tags = tags.iter().filter_map(Json::as_i64).filter_map(|id| tag(books, id)).collect();
    Ok(Outcome::Value(object([
        ("department", department.and_then(|id| named(books, "departments", id)).map_or(Json::Null, Json::Object)),
        ("tags", Json::Array(tags)),
    ])))
}

/// Returns the id and the name of a record.
fn named(books: &Books<'_>, resource: &str, id: i64) -> Option<JsonObject> {
    let name = books.store.get(resource, id)?.fields.value("name");
    Some(JsonObject::from([("id".to_owned(), Json::from(id)), ("name".to_owned(), name)]))
}

/// Returns a tag: the fields that the reference names for this response, or the whole record, as its schema says.
fn tag(books: &Books<'_>, id: i64) -> Option<Json> {
    if books.style == ResponseStyle::Documented {
        let schema = books.api.record_schema("tags")?;
        return Some(books.view().record("tags", schema, id, books.store.get("tags", id)?).into_json());
    }
    let mut tag = named(books, "tags", id)?;
    let group = books.store.get("tags", id)?.fields.integer("group");
    let group_name = group.and_then(|group| named(books, "tag_groups", group)?.remove("name"));
    tag.insert("group".to_owned(), group.map_or(Json::Null, Json::from));
    tag.insert("group_name".to_owned(), group_name.unwrap_or_default());
    Some(Json::Object(tag))
}
