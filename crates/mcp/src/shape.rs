//! Results within limits: parts of a response, and the kinds of ids in them.

use std::collections::BTreeMap;

use campfire::operations::{self, SchemaKind, Type};
use campfire::{Json, JsonObject};

use crate::json::{count, object};
use crate::links;
use crate::refusal::Refusal;

/// Members that are listed when a value is too large to return.
const MAX_LISTED: usize = 40;

/// Returns the value at a path such as `trial_balance.accounts`, and its type. A number selects an item of a list.
pub(crate) fn select<'a>(
    value: &'a Json,
    ty: Option<&Type<'static>>,
    path: &str,
) -> Result<(&'a Json, Option<Type<'static>>), Refusal> {
    let mut selected = (value, ty.cloned());
    for name in path.split('.').filter(|name| !name.is_empty()) {
        let (value, ty) = selected;
        let part = match name.parse::<usize>() {
            Ok(index) if value.as_array().is_some() => value.as_array().and_then(|items| items.get(index)),
            _ => value.get(name),
        };
        let part = part.ok_or_else(|| {
            Refusal::new(format!("`{path:.80}` is not in the response: there is no `{name:.40}` in {}", outline(value)))
        })?;
        selected = (part, ty.and_then(|ty| type_of_member(&ty, name)));
    }
    Ok(selected)
}

fn type_of_member(ty: &Type<'static>, name: &str) -> Option<Type<'static>> {
    match ty {
        Type::List(item) => Some((**item).clone()),
        Type::Map(value) => Some((**value).clone()),
        Type::Object(schema) => match operations::schema(schema)?.kind {
            SchemaKind::Object { fields, additional } => {
                fields.iter().find(|field| field.name == name).map(|field| field.ty.clone()).or(additional)
            }
            SchemaKind::Enum(_) => None,
        },
        _ => None,
    }
}

/// Returns a record, or the records of a list, with only these fields: `id`, `lines.amount`. No fields means all.
pub(crate) fn project(value: &Json, fields: &[String]) -> Json {
    if fields.is_empty() {
        return value.clone();
    }
    match value {
        Json::Array(items) => Json::Array(items.iter().map(|item| project(item, fields)).collect()),
        Json::Object(members) => {
            let mut wanted: BTreeMap<&str, Vec<String>> = BTreeMap::new();
            for field in fields {
                let (name, rest) = field.split_once('.').map_or((&**field, None), |(name, rest)| (name, Some(rest)));
                let below = wanted.entry(name).or_default();
                below.extend(rest.map(str::to_owned));
            }
            let kept = members.iter().filter_map(|(name, value)| {
                let below = wanted.get(name.as_str())?;
                let is_whole = fields.iter().any(|field| field == name);
                Some((name.clone(), if is_whole { value.clone() } else { project(value, below) }))
            });
            Json::Object(kept.collect::<JsonObject>())
        }
        other => other.clone(),
    }
}

/// Returns how many items from the start fit into this many bytes.
pub(crate) fn how_many_fit(items: &[Json], bytes: usize) -> usize {
    let mut left = bytes;
    let fits = |item: &&Json| match left.checked_sub(item.to_string().len() + 1) {
        Some(rest) => {
            left = rest;
            true
        }
        None => false,
    };
    items.iter().take_while(fits).count()
}

/// Returns which fields hold the ids of which resources: `{"client": "vendors", "lines.product": "products"}`.
pub(crate) fn kinds_of_ids(ty: Option<&Type<'static>>, value: &Json) -> Json {
    let Some(ty) = ty else { return Json::Null };
    let links = links::documented(ty, value).into_iter();
    let kinds: JsonObject = links.map(|link| (link.path, Json::from(link.resource))).collect();
    if kinds.is_empty() { Json::Null } else { Json::Object(kinds) }
}

/// Returns what a value consists of, and how large the parts are.
pub(crate) fn outline(value: &Json) -> Json {
    match value {
        Json::Array(items) => object([("items", count(items.len())), ("bytes", count(value.to_string().len()))]),
        Json::Object(members) => {
            let mut parts: Vec<(&String, usize)> =
                members.iter().map(|(name, value)| (name, value.to_string().len())).collect();
            parts.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
            let parts = parts.into_iter().take(MAX_LISTED);
            let parts: JsonObject =
                parts.map(|(name, bytes)| (name.chars().take(60).collect(), count(bytes))).collect();
            object([("members", count(members.len())), ("bytes_of_members", Json::Object(parts))])
        }
        other => Json::from(other.kind()),
    }
}

/// Returns the refusal for a value that is too large to return.
pub(crate) fn too_large(what: &str, value: &Json, limit: usize, remedy: &str) -> Refusal {
    let bytes = value.to_string().len();
    Refusal::new(format!(
        "{what} has {bytes} bytes, more than the {limit} of a result: {remedy}. It has {}",
        outline(value)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json {
        text.parse().unwrap()
    }

    #[test]
    fn fields_are_projected_at_any_depth() {
        let record = json(r#"{"id": 1, "lines": [{"id": 2, "amount": 1.50, "note": "x"}], "note": "y"}"#);
        let fields = ["id".to_owned(), "lines.amount".to_owned(), "nothing".to_owned()];
        assert_eq!(project(&record, &fields).to_string(), r#"{"id":1,"lines":[{"amount":1.50}]}"#);
        assert_eq!(
            project(&record, &["lines".to_owned(), "lines.id".to_owned()]),
            json(r#"{"lines": [{"id": 2, "amount": 1.50, "note": "x"}]}"#)
        );
        assert_eq!(project(&record, &[]), record);
    }

    #[test]
    fn parts_are_selected_with_their_types() {
        let value = json(r#"{"trial_balance": {"accounts": [{"id": 1}, {"id": 2}]}}"#);
        let (part, ty) = select(&value, Some(&Type::Object("TrialBalance")), "trial_balance.accounts.1").unwrap();
        assert_eq!((part.to_string().as_str(), ty), (r#"{"id":2}"#, Some(Type::Object("TrialBalanceAccount"))));
        let refusal = select(&value, None, "trial_balance.rows").unwrap_err().to_string();
        assert!(refusal.contains("`rows`") && refusal.contains("accounts"), "{refusal}");
    }

    #[test]
    fn items_are_counted_until_they_no_longer_fit() {
        let items = [json("\"1234\""), json("\"1234\""), json("1")];
        assert_eq!(how_many_fit(&items, 13), 1);
        assert_eq!(how_many_fit(&items, 14), 2);
        assert_eq!(how_many_fit(&items, 100), 3);
    }
}
