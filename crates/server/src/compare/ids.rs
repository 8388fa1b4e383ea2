//! The ids of the recorded server, and those of the sandbox.

use std::collections::HashMap;

use campfire_sandbox_model::{Field, Type};
use campfire_values::Json;

use crate::model::api::Api;

/// Which record of the sandbox stands for which record of the server. Records that are not listed have the same id.
#[derive(Default)]
pub(crate) struct Ids(HashMap<(String, String), Json>);

impl Ids {
    /// Notes that two values identify the same record of a resource. What was noted first stays: later responses may show
    /// lists in another order.
    pub(crate) fn learn(&mut self, resource: &str, recorded: &Json, own: &Json) {
        if let (Some(recorded), Some(_)) = (text(recorded), text(own)) {
            self.0.entry((resource.to_owned(), recorded)).or_insert_with(|| own.clone());
        }
    }

    /// Returns the id in the sandbox of the record that the server identifies by a value.
    pub(crate) fn own(&self, resource: &str, recorded: &Json) -> Json {
        let known = text(recorded).and_then(|recorded| self.0.get(&(resource.to_owned(), recorded)));
        known.unwrap_or(recorded).clone()
    }

    /// As [`own`](Self::own), for an id in a path or query.
    pub(crate) fn own_text(&self, resource: &str, recorded: &str) -> String {
        let known = self.0.get(&(resource.to_owned(), recorded.to_owned()));
        known.and_then(text).unwrap_or_else(|| recorded.to_owned())
    }

    /// Returns a request body with the ids of the sandbox.
    pub(crate) fn own_body(&self, api: &Api, ty: Option<&Type>, body: &Json) -> Json {
        match (body, ty) {
            (Json::Object(object), Some(Type::Object(schema))) => {
                let own = object.iter().map(|(name, value)| {
                    let field = api.field(schema, name);
                    let own = match resource(api, schema, name, field) {
                        Some(resource) if !matches!(value, Json::Object(_)) => self.own_all(resource, value),
                        _ => self.own_body(api, field.map(|field| &field.ty), value),
                    };
                    (name.clone(), own)
                });
                Json::Object(own.collect())
            }
            (Json::Array(items), Some(Type::List(inner))) => {
                Json::Array(items.iter().map(|item| self.own_body(api, Some(inner), item)).collect())
            }
            // The shape is not documented, but names of links are the same everywhere.
            (Json::Object(object), _) => {
                let own = object.iter().map(|(name, value)| match api.link(name) {
                    Some(resource) if text(value).is_some() => (name.clone(), self.own(resource, value)),
                    _ => (name.clone(), self.own_body(api, None, value)),
                });
                Json::Object(own.collect())
            }
            (Json::Array(items), _) => Json::Array(items.iter().map(|item| self.own_body(api, None, item)).collect()),
            _ => body.clone(),
        }
    }

    fn own_all(&self, resource: &str, value: &Json) -> Json {
        match value {
            Json::Array(ids) => Json::Array(ids.iter().map(|id| self.own(resource, id)).collect()),
            value => self.own(resource, value),
        }
    }
}

/// Returns the resource whose record a field identifies: the record itself, or one that it references.
pub(crate) fn resource<'a>(api: &'a Api, schema: &'a str, name: &str, field: Option<&'a Field>) -> Option<&'a str> {
    if name == "id" || field.is_some_and(|field| field.identity) {
        return Some(api.resource_of(schema).unwrap_or(schema));
    }
    let field = field?;
    let is_id = match &field.ty {
        Type::List(inner) => matches!(**inner, Type::Integer),
        ty => matches!(ty, Type::Integer | Type::String),
    };
    let named = || api.link(name).filter(|_| matches!(field.ty, Type::Integer));
    field.references.as_deref().filter(|_| is_id).or_else(named)
}

/// Returns an id as text.
pub(crate) fn text(id: &Json) -> Option<String> {
    match id {
        Json::Number(number) => Some(number.as_str().to_owned()),
        Json::String(text) => Some(text.clone()),
        _ => None,
    }
}
