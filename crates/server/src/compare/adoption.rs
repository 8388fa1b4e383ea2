//! Records that the server had before the session.
//!
//! The sandbox adopts them in the documented form: what deviates from it is left out, so that it is found.

use std::collections::{HashMap, HashSet};

use campfire_sandbox_model::{Field, Operation, Response, Type};
use campfire_values::{Json, JsonObject, Timestamp};

use crate::compare::class::Class;
use crate::compare::ids;
use crate::model::api::Api;
use crate::model::route;
use crate::session::exchange::{Content, Exchange};

/// A resource and an id.
type Key = (String, String);

/// Returns the records that responses show but that the session has not created, each with its resource, as they were
/// first shown.
pub(crate) fn records(api: &Api, session: &[Exchange]) -> Vec<(String, Json)> {
    let start = session.first().map(|exchange| exchange.time);
    let mut scan = Scan { api, start, seen: HashMap::new(), adopted: HashSet::new(), records: Vec::new() };
    for exchange in session {
        scan.exchange(exchange);
    }
    scan.records
}

/// Returns a record in the documented form.
pub(crate) fn documented(api: &Api, schema: &str, record: &JsonObject) -> Json {
    let known = record.iter().filter_map(|(name, value)| {
        let field = api.field(schema, name)?;
        Some((name.clone(), conforming(api, &field.ty, Some(field), value)?))
    });
    Json::Object(known.collect())
}

struct Scan<'a> {
    api: &'a Api,
    /// When the session began.
    start: Option<Timestamp>,
    /// `true` for records that the session has created, `false` for those that were there.
    seen: HashMap<Key, bool>,
    adopted: HashSet<Key>,
    records: Vec<(String, Json)>,
}

impl<'a> Scan<'a> {
    fn exchange(&mut self, exchange: &Exchange) {
        let Some(route) = route::find(self.api, &exchange.method, &exchange.path) else { return };
        let mut is_below_created = false;
        for (segment, resource) in exchange.path.trim_matches('/').split('/').zip(&route.ids) {
            if let Some(resource) = resource {
                is_below_created |= self.see((*resource).to_owned(), segment.to_owned(), false);
            }
        }
        if let (Content::Json(body), Some(form)) = (&exchange.request, &route.operation.body) {
            self.values(&form.ty, body, false, false);
        }
        if let (Content::Json(body), 200..=299) = (&exchange.response, exchange.status) {
            let is_created = is_below_created || exchange.method != "GET" && !route.operation.safe;
            self.response(route.operation, body, is_created);
        }
    }

    fn response(&mut self, operation: &'a Operation, body: &Json, is_created: bool) {
        match (&operation.response, body) {
            (Response::Value { ty }, body) => self.values(ty, body, is_created, true),
            (Response::Page { ty } | Response::List { ty }, body) => {
                let items = body.get("results").unwrap_or(body).as_array().unwrap_or_default();
                for item in items {
                    self.values(ty, item, is_created, true);
                }
            }
            _ => {}
        }
    }

    /// Notes an id. Returns `true` if the session has created the record.
    fn see(&mut self, resource: String, id: String, is_created: bool) -> bool {
        *self.seen.entry((resource, id)).or_insert(is_created)
    }

    /// Returns `true` if a record that a response shows must be a consequence of the session: it was created meanwhile, or
    /// references what the session has created.
    fn is_consequence(&self, schema: &str, record: &JsonObject) -> bool {
        let created = record.get("created_at").and_then(Json::as_str).and_then(|time| time.parse::<Timestamp>().ok());
        // Times may lack fractions of seconds.
        let is_new =
            |created: Timestamp| self.start.is_some_and(|start| created.unix_seconds() >= start.unix_seconds());
        let references_new = |(name, value): (&String, &Json)| {
            let resource = ids::resource(self.api, schema, name, self.api.field(schema, name));
            let key = resource.and_then(|resource| Some((resource.to_owned(), ids::text(value)?)));
            name != "id" && key.is_some_and(|key| self.seen.get(&key) == Some(&true))
        };
        created.is_some_and(is_new) || record.iter().any(references_new)
    }

    /// Notes the ids in a value, and adopts it if it is a record.
    fn values(&mut self, ty: &Type, value: &Json, is_created: bool, is_record: bool) {
        match (ty, value) {
            (Type::List(inner), Json::Array(items)) => {
                for item in items {
                    self.values(inner, item, is_created, false);
                }
            }
            (Type::Object(schema), Json::Object(object)) => {
                let is_created = is_created || is_record && self.is_consequence(schema, object);
                for (name, value) in object {
                    let field = self.api.field(schema, name);
                    if let Some(resource) = ids::resource(self.api, schema, name, field) {
                        let values = value.as_array().unwrap_or(std::slice::from_ref(value));
                        for id in values.iter().filter_map(ids::text) {
                            self.see(resource.to_owned(), id, is_created);
                        }
                    }
                    if let Some(field) = field {
                        self.values(&field.ty, value, is_created, false);
                    }
                }
                if is_record {
                    self.adopt(schema, object);
                }
            }
            _ => {}
        }
    }

    fn adopt(&mut self, schema: &str, record: &JsonObject) {
        let Some(resource) = self.api.resource_of(schema) else { return };
        let Some(id) = record.get("id").and_then(ids::text) else { return };
        let key = (resource.to_owned(), id);
        if self.seen.get(&key) == Some(&false) && self.adopted.insert(key) {
            self.records.push((resource.to_owned(), documented(self.api, schema, record)));
        }
    }
}

/// Returns a value in the documented form; `None` if it has none.
fn conforming(api: &Api, ty: &Type, field: Option<&Field>, value: &Json) -> Option<Json> {
    match (ty, value) {
        (_, Json::Null) | (Type::Json | Type::File, _) => Some(value.clone()),
        (Type::Object(schema), Json::Object(object)) => Some(documented(api, schema, object)),
        (Type::List(inner), Json::Array(items)) => {
            Some(Json::Array(items.iter().filter_map(|item| conforming(api, inner, field, item)).collect()))
        }
        (Type::Map(inner), Json::Object(object)) => {
            let values =
                object.iter().filter_map(|(name, value)| Some((name.clone(), conforming(api, inner, None, value)?)));
            Some(Json::Object(values.collect()))
        }
        (Type::Decimal, value) => value.as_decimal().map(Json::from),
        (Type::Integer, Json::String(text)) => text.parse::<i64>().ok().map(Json::from),
        (Type::String, Json::Number(number)) => Some(Json::from(number.as_str())),
        (Type::Timestamp, Json::String(text)) => {
            let time = Timestamp::from_unix_seconds(text.parse::<Timestamp>().ok()?.unix_seconds())?;
            Some(Json::from(time.to_string().replace('Z', "+0000")))
        }
        (ty, value) => {
            let is_documented = Class::of_type(ty, field).is_none_or(|class| class == Class::of(api, value, ty, field));
            is_documented.then(|| value.clone())
        }
    }
}
