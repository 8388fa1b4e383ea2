//! The posted lines and the dates that a statement covers.

use campfire_values::Date;

use crate::accounting::books::Books;
use crate::list::window::default_window;
use crate::messages::query::Query;
use crate::messages::reply::Reply;
use crate::model::ledger::{ENTITIES, LINES};
use crate::state::fields::Fields;

/// Returns the first and last day of a statement.
pub(super) fn range(books: &Books<'_>, query: &Query) -> Result<(Date, Date), Reply> {
    let given = |name: &str| match query.given(name) {
        None => Ok(None),
        Some(text) => text.parse::<Date>().map(Some).map_err(|_| Reply::field_error(name, "Enter a valid date.")),
    };
    let (from, to) = default_window(books.store.today());
    Ok((given("start_date")?.unwrap_or(from), given("end_date")?.unwrap_or(to)))
}

/// Returns the posted lines of the entities and departments that a query names, with their dates.
pub(super) fn lines<'a>(books: &'a Books<'_>, query: &Query) -> impl Iterator<Item = (Date, &'a Fields)> + use<'a> {
    let (mut entities, departments) = (ids(query, "entity"), ids(query, "department"));
    if query.is_set("entity_rollup") {
        entities = with_children(books, entities);
    }
    let includes = |wanted: &[i64], line: &Fields, name: &str| {
        wanted.is_empty() || line.integer(name).is_some_and(|id| wanted.contains(&id))
    };
    books.store.live(LINES).filter_map(move |(_, line)| {
        let line = &line.fields;
        let is_included = includes(&entities, line, "entity") && includes(&departments, line, "department");
        Some((line.date("posted_at").filter(|_| is_included)?, line))
    })
}

/// Returns entities with all that are below them.
fn with_children(books: &Books<'_>, mut entities: Vec<i64>) -> Vec<i64> {
    let mut next = 0;
    while let Some(parent) = entities.get(next).copied() {
        let below = books.store.live(ENTITIES).filter(|(_, entity)| entity.fields.integer("parent") == Some(parent));
        let new: Vec<i64> = below.map(|(id, _)| id).filter(|id| !entities.contains(id)).collect();
        entities.extend(new);
        next += 1;
    }
    entities
}

/// Returns the ids in a parameter, which may be repeated or a JSON array.
fn ids(query: &Query, name: &str) -> Vec<i64> {
    let values = query.values(name).iter();
    let texts = values.flat_map(|value| value.trim_matches(['[', ']']).split(','));
    texts.filter_map(|text| text.trim().parse().ok()).collect()
}
