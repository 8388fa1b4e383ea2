//! Comparing the body of a recorded response with that of the sandbox.

use campfire_sandbox_model::{Field, Operation, Response, Type};
use campfire_values::{Json, JsonObject};

use crate::compare::class::{Class, Format};
use crate::compare::difference::{Differences, Place};
use crate::compare::ids::{self, Ids};
use crate::model::api::Api;

/// The comparison of one exchange.
pub(crate) struct Walk<'a> {
    pub(crate) api: &'a Api,
    pub(crate) ids: &'a mut Ids,
    pub(crate) found: &'a mut Differences,
    /// The request, for the report.
    pub(crate) evidence: String,
    /// The form of the offset in the timestamps of the sandbox.
    pub(crate) offset: &'static str,
}

/// Where a value stands.
#[derive(Clone, Copy)]
enum At<'a> {
    Body(&'a Operation, u16),
    Field(&'a str, &'a Field),
}

impl At<'_> {
    fn place(self) -> Place {
        match self {
            At::Body(operation, status) => {
                Place::Response { path: operation.path.clone(), method: operation.method.to_lowercase(), status }
            }
            At::Field(schema, field) => Place::Property { schema: schema.to_owned(), name: field.name.clone() },
        }
    }

    fn field(&self) -> Option<&Field> {
        match self {
            At::Body(..) => None,
            At::Field(_, field) => Some(field),
        }
    }
}

impl Walk<'_> {
    /// Notes a status that the sandbox does not respond with.
    pub(crate) fn status(&mut self, operation: &Operation, recorded: u16, own: u16) {
        self.add(At::Body(operation, recorded), own.to_string(), recorded.to_string());
    }

    /// Compares the bodies of two successful responses.
    pub(crate) fn body(&mut self, operation: &Operation, status: u16, recorded: &Json, own: Option<&Json>) {
        let at = At::Body(operation, status);
        match &operation.response {
            Response::Value { ty } => self.value(at, ty, recorded, own),
            Response::List { ty } => self.records(at, ty, recorded, own, true),
            Response::Page { ty } => self.records(at, ty, recorded, own, false),
            Response::Nothing => self.add(at, "no body", "a JSON body"),
            Response::Bytes { media } => self.add(at, media.clone(), "a JSON body"),
        }
    }

    /// Notes a body of another media type than documented.
    pub(crate) fn media(&mut self, operation: &Operation, status: u16, recorded: &str) {
        let documented = match &operation.response {
            Response::Bytes { media } if media == recorded => return,
            Response::Bytes { media } => media.as_str(),
            Response::Nothing => "no body",
            _ => "a JSON body",
        };
        let observed = if recorded.is_empty() { "no body" } else { recorded };
        if documented != observed {
            self.add(At::Body(operation, status), documented, observed);
        }
    }

    /// Notes that two records are the same, without comparing them.
    pub(crate) fn learn(&mut self, operation: &Operation, recorded: &Json, own: &Json) {
        if let (Response::Value { ty: Type::Object(schema) }, Json::Object(recorded), Json::Object(own)) =
            (&operation.response, recorded, own)
        {
            self.learn_ids(schema, recorded, own);
        }
    }

    fn add(&mut self, at: At<'_>, documented: impl Into<String>, observed: impl Into<String>) {
        self.found.add(at.place(), &self.evidence, documented, observed, None);
    }

    /// Compares a page or an array of records.
    fn records(&mut self, at: At<'_>, ty: &Type, recorded: &Json, own: Option<&Json>, is_list: bool) {
        let list = Type::List(Box::new(ty.clone()));
        if is_list {
            return self.value(at, &list, recorded, own);
        }
        let Json::Object(page) = recorded else { return self.add(at, "a page", shape(recorded)) };
        let Some(results) = page.get("results") else { return self.add(at, "a page", "an object without `results`") };
        for (name, value) in page.iter() {
            let is_expected = match name.as_str() {
                "results" => true,
                "count" => value.as_i64().is_some(),
                "next" | "previous" => value.is_null() || value.as_str().is_some(),
                // Some pages have totals.
                other => own.is_none_or(|own| own.get(other).is_some()),
            };
            if !is_expected {
                self.add(at, "a page", format!("a page whose `{name}` is {}", shape(value)));
            }
        }
        for name in ["count", "next", "previous"].into_iter().filter(|name| !page.contains_key(name)) {
            if own.is_some_and(|own| own.get(name).is_some()) {
                self.add(at, "a page", format!("a page without `{name}`"));
            }
        }
        self.value(at, &list, results, own.and_then(|own| own.get("results")));
    }

    fn value(&mut self, at: At<'_>, ty: &Type, recorded: &Json, own: Option<&Json>) {
        if recorded.is_null() || matches!(ty, Type::Json | Type::File) {
            return;
        }
        let own = own.filter(|own| !own.is_null());
        let class = Class::of(self.api, recorded, ty, at.field());
        if let Some(expected) = self.expected(at, ty, own)
            && class != expected
        {
            return self.add(at, expected.to_string(), class.to_string());
        }
        match (ty, recorded) {
            (Type::Object(schema), Json::Object(object)) => {
                self.object(schema, object, own.and_then(Json::as_object));
            }
            (Type::Map(inner), Json::Object(object)) => {
                for (name, value) in object {
                    self.value(at, inner, value, own.and_then(|own| own.get(name)));
                }
            }
            (Type::List(inner), Json::Array(items)) => {
                let others = own.and_then(Json::as_array).unwrap_or_default();
                for (position, item) in items.iter().enumerate() {
                    let other = self.counterpart(inner, item, position, items.len(), others);
                    self.value(at, inner, item, other);
                }
            }
            _ => {}
        }
    }

    /// Returns the class of the sandbox's value. If it has none, or none that the description allows, that of the type.
    fn expected(&self, at: At<'_>, ty: &Type, own: Option<&Json>) -> Option<Class> {
        match own.map(|own| Class::of(self.api, own, ty, at.field())) {
            Some(own) if !matches!(ty, Type::Enum(_)) => Some(own),
            _ if *ty == Type::Timestamp => Some(Class::Text(Format::Time(self.offset))),
            _ => Class::of_type(ty, at.field()),
        }
    }

    /// Returns the item of the sandbox that stands for a recorded one: the one with its id, or, in lists of the same
    /// length, the one at its position.
    fn counterpart<'b>(
        &self,
        ty: &Type,
        item: &Json,
        position: usize,
        length: usize,
        others: &'b [Json],
    ) -> Option<&'b Json> {
        if let (Type::Object(schema), Some(id)) = (ty, item.get("id")) {
            let own = self.ids.own(self.api.resource_of(schema).unwrap_or(schema), id);
            if let Some(other) = others.iter().find(|other| other.get("id").and_then(ids::text) == ids::text(&own)) {
                return Some(other);
            }
        }
        others.get(position).filter(|_| others.len() == length)
    }

    fn object(&mut self, schema: &str, recorded: &JsonObject, own: Option<&JsonObject>) {
        if let Some(own) = own {
            self.learn_ids(schema, recorded, own);
        }
        for (name, value) in recorded.iter() {
            let own_value = own.and_then(|own| own.get(name));
            match self.api.field(schema, name) {
                Some(field) if field.write_only && own_value.is_none() => {
                    self.add(At::Field(schema, field), "write-only", "also returned");
                }
                Some(field) => self.value(At::Field(schema, field), &field.ty, value, own_value),
                None if own_value.is_some() => {}
                None => self.extra(schema, name, value),
            }
        }
        let Some(own) = own else { return };
        for field in self.api.fields(schema).iter().filter(|field| !recorded.contains_key(&field.name)) {
            // The server leaves out what it reads through an empty link, and the sandbox cannot know all links.
            let is_expected = |own: &Json| !(own.is_null() && field.read_only);
            if own.get(&field.name).is_some_and(is_expected) {
                self.add(At::Field(schema, field), "present", "left out");
            }
        }
    }

    fn extra(&mut self, schema: &str, name: &str, value: &Json) {
        let place = Place::Property { schema: schema.to_owned(), name: name.to_owned() };
        let ty = match value {
            Json::Bool(_) => "boolean",
            Json::Number(number) if number.as_i64().is_some() => "integer",
            Json::Number(_) => "number",
            Json::Array(_) => "array",
            Json::Object(_) => "object",
            Json::String(_) => "string",
            Json::Null => "null",
        };
        self.found.add(place, &self.evidence, "absent", shape(value), Some(ty));
    }

    fn learn_ids(&mut self, schema: &str, recorded: &JsonObject, own: &JsonObject) {
        for (name, value) in recorded.iter() {
            let field = self.api.field(schema, name);
            if let (Some(resource), Some(own)) = (ids::resource(self.api, schema, name, field), own.get(name)) {
                match (value, own) {
                    (Json::Array(values), Json::Array(owns)) if values.len() == owns.len() => {
                        values.iter().zip(owns).for_each(|(value, own)| self.ids.learn(resource, value, own));
                    }
                    _ => self.ids.learn(resource, value, own),
                }
            }
        }
    }
}

/// Describes a value of which nothing is documented.
fn shape(value: &Json) -> String {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(number) if number.as_i64().is_some() => "an integer",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    }
    .to_owned()
}
