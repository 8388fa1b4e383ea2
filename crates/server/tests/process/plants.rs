//! Planted deviations.

use std::collections::{BTreeMap, BTreeSet};

use campfire_sandbox_model::{Field, Operation, Response, Type};
use campfire_values::{Json, JsonObject};

use crate::session::model;

/// A deviation of the responses of one operation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Plant {
    /// Another status.
    Status(u16),
    /// A field that is left out.
    Missing(String),
    /// A field with another value.
    Value(String, Json),
}

/// The kinds of deviations, and how many of each are planted.
const NUMBERS: [(&str, usize); 6] =
    [("status", 15), ("format", 15), ("enum", 10), ("missing", 20), ("extra", 15), ("type", 25)];

/// The deviations, by operation.
#[derive(Debug, Default)]
pub(crate) struct Plants {
    by_operation: BTreeMap<String, Vec<Plant>>,
    /// Where they are to be found.
    pub(crate) places: BTreeSet<String>,
    planted: BTreeMap<&'static str, usize>,
}

fn operation(method: &str, path: &str) -> Option<&'static Operation> {
    let given: Vec<&str> = path.trim_matches('/').split('/').collect();
    let matching = model().operations.iter().filter(|operation| {
        let template: Vec<&str> = operation.path.trim_matches('/').split('/').collect();
        let fits = |(template, given): (&&str, &&str)| template.starts_with('{') || template == given;
        operation.method == method && template.len() == given.len() && template.iter().zip(&given).all(fits)
    });
    matching.min_by_key(|operation| operation.path.matches('{').count())
}

/// Returns the schema of the records of a response.
fn schema(operation: &Operation) -> Option<&str> {
    match &operation.response {
        Response::Value { ty: Type::Object(schema) }
        | Response::Page { ty: Type::Object(schema) }
        | Response::List { ty: Type::Object(schema) } => Some(schema),
        _ => None,
    }
}

/// Returns the records of a response.
fn records(body: &mut Json) -> Vec<&mut JsonObject> {
    let is_page = body.get("results").is_some();
    let items = if is_page { object(body).and_then(|page| page.get_mut("results")).unwrap() } else { body };
    match items {
        Json::Array(items) => items.iter_mut().filter_map(object).collect(),
        item => object(item).into_iter().collect(),
    }
}

fn object(value: &mut Json) -> Option<&mut JsonObject> {
    if let Json::Object(object) = value { Some(object) } else { None }
}

impl Plants {
    /// Returns a response with the deviations of its operation.
    pub(crate) fn applied(&self, method: &str, path: &str, status: u16, body: &[u8]) -> (u16, Vec<u8>) {
        let plants = operation(method, path).and_then(|operation| self.by_operation.get(&operation.id));
        let Some(plants) = plants.filter(|_| status < 300) else { return (status, body.to_vec()) };
        let (mut status, mut json) = (status, Json::from_slice(body).ok());
        for plant in plants {
            match plant {
                Plant::Status(other) => status = *other,
                Plant::Missing(name) => {
                    for record in json.iter_mut().flat_map(records) {
                        record.remove(name);
                    }
                }
                Plant::Value(name, value) => {
                    for record in json.iter_mut().flat_map(records) {
                        record.insert(name.clone(), value.clone());
                    }
                }
            }
        }
        (status, json.map_or_else(|| body.to_vec(), |json| json.to_string().into_bytes()))
    }

    /// Chooses deviations for the responses of a session, as many as are planted.
    pub(crate) fn chosen(responses: Vec<(String, String, u16, Json)>) -> Self {
        let mut plants = Plants::default();
        let mut first = BTreeMap::new();
        for (method, path, status, body) in responses.into_iter().filter(|(_, _, status, _)| *status < 300) {
            if let Some(operation) = operation(&method, &path) {
                first.entry(operation.id.as_str()).or_insert((operation, status, body));
            }
        }
        // Deletions have no fields to change, so they are best for statuses.
        for (operation, status, _) in first.values().filter(|(operation, ..)| operation.method == "DELETE") {
            plants.status(operation, *status);
        }
        for (kind, _) in &NUMBERS[1..] {
            for (operation, _, body) in first.values_mut() {
                plants.fields(kind, operation, body);
            }
        }
        plants
    }

    /// Returns how many deviations of each kind there are too few of.
    pub(crate) fn lacking(&self) -> Vec<(&'static str, usize)> {
        let numbers = NUMBERS.iter().map(|(kind, number)| (*kind, number - self.planted.get(kind).unwrap_or(&0)));
        numbers.filter(|(_, lacking)| *lacking > 0).collect()
    }

    fn is_enough(&self, kind: &str) -> bool {
        NUMBERS.iter().any(|(known, number)| *known == kind && self.planted.get(kind) == Some(number))
    }

    fn status(&mut self, operation: &Operation, status: u16) {
        if self.is_enough("status") {
            return;
        }
        let other = match self.by_operation.len().is_multiple_of(2) {
            true => 409,
            false if status == 202 => 200,
            false => 202,
        };
        let place = format!("{} {} {other}", operation.method.to_lowercase(), operation.path);
        self.add("status", operation, place, Plant::Status(other));
    }

    fn fields(&mut self, kind: &'static str, operation: &Operation, body: &mut Json) {
        let Some(schema) = schema(operation) else { return };
        let mut records = records(body);
        let Some(record) = records.first_mut() else { return };
        for (name, value) in record.iter() {
            let Some(field) = model().schemas[schema].iter().find(|field| field.name == *name) else { continue };
            let place = format!("{schema}.{name}");
            // At most two per operation and kind, so that many operations have some.
            let of_operation = self.by_operation.get(&operation.id).map_or(0, Vec::len);
            if self.is_enough(kind)
                || of_operation > 6
                || field.identity
                || value.is_null()
                || self.places.contains(&place)
            {
                continue;
            }
            match (kind, &field.ty) {
                ("extra", _) => {
                    let name = format!("planted_{}", self.places.len());
                    let value = [Json::from("text"), Json::from(7), Json::Bool(true)][self.places.len() % 3].clone();
                    self.add(kind, operation, format!("{schema}.{name}"), Plant::Value(name, value));
                    return;
                }
                ("missing", _) => self.add(kind, operation, place, Plant::Missing(name.clone())),
                ("enum", Type::Enum(_)) => {
                    self.add(kind, operation, place, Plant::Value(name.clone(), Json::from("PLANTED")));
                }
                ("format", Type::Date | Type::Timestamp) | ("format", Type::String) => {
                    if let Some(other) = other_format(field) {
                        self.add(kind, operation, place, Plant::Value(name.clone(), other));
                    }
                }
                ("type", ty) if !matches!(ty, Type::Json | Type::Enum(_)) => {
                    self.add(kind, operation, place, Plant::Value(name.clone(), other_type(value)));
                }
                _ => {}
            }
        }
    }

    fn add(&mut self, kind: &'static str, operation: &Operation, place: String, plant: Plant) {
        assert!(self.places.insert(place.clone()), "{place} twice");
        self.by_operation.entry(operation.id.clone()).or_default().push(plant);
        *self.planted.entry(kind).or_default() += 1;
    }
}

fn other_format(field: &Field) -> Option<Json> {
    match (&field.ty, field.format.as_deref()) {
        (Type::Timestamp, _) => Some(Json::from("2026-01-05T10:00:00-05:00")),
        (Type::Date, _) => Some(Json::from("2026-01-05T10:00:00+0000")),
        (Type::String, Some("uuid" | "uri" | "email")) => Some(Json::from("other")),
        _ => None,
    }
}

fn other_type(value: &Json) -> Json {
    match value {
        Json::Number(_) => Json::from("12.50"),
        Json::String(_) => Json::from(7),
        Json::Bool(_) => Json::from(1),
        Json::Array(_) => Json::Object(JsonObject::new()),
        _ => Json::Array(Vec::new()),
    }
}
