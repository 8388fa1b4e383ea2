//! Splitting the columns of a statement by a dimension.

use campfire_values::Json;

use crate::accounting::books::Books;
use crate::messages::query::Query;
use crate::messages::reply::Reply;
use crate::model::ledger::ENTITIES;
use crate::state::fields::Fields;

/// A dimension of ledger lines.
#[derive(Clone, Copy, Debug)]
pub(super) enum Group {
    /// A field of the lines, and the resource that it refers to.
    Link(&'static str, &'static str),
    /// The tags of a tag group.
    Tag(i64),
}

impl Group {
    /// Returns the dimension that a query asks for. `allowed` are those that the reference documents for the statement.
    pub(super) fn of(query: &Query, operation: &str, allowed: &[&str]) -> Result<Option<Self>, Reply> {
        let Some(name) = query.given("group_by") else { return Ok(None) };
        let group = match name {
            "entity" => Some(Group::Link("entity", ENTITIES)),
            "department" => Some(Group::Link("department", "departments")),
            "vendor" => Some(Group::Link("vendor", "vendors")),
            "tag" => {
                let group = query.given("group").and_then(|id| id.parse().ok());
                Some(Group::Tag(group.ok_or_else(|| Reply::field_error("group", "It is required with group_by=tag."))?))
            }
            _ => None,
        };
        match group.filter(|_| allowed.contains(&name)) {
            Some(group) => Ok(Some(group)),
            None => Err(Reply::unmodelled(
                &format!("`{operation}?group_by={name}`"),
                Some("The reference does not say how it changes the response."),
            )),
        }
    }

    /// Returns the name of the member that a line belongs to, if it belongs to one. All others count in the total only.
    pub(super) fn member(self, books: &Books<'_>, line: &Fields) -> Option<String> {
        let (resource, id) = match self {
            Group::Link(field, resource) => (resource, line.integer(field)?),
            Group::Tag(group) => {
                let tags = line.items("tag_ids").iter().filter_map(Json::as_i64);
                let is_of = |id: &i64| {
                    books.store.get("tags", *id).is_some_and(|tag| tag.fields.integer("group") == Some(group))
                };
                ("tags", tags.into_iter().find(is_of)?)
            }
        };
        let name = books.store.get(resource, id).and_then(|record| record.fields.text("name"));
        Some(name.map_or_else(|| id.to_string(), str::to_owned))
    }
}
