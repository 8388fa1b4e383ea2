//! [`Create`]: a record that is to be created, as the user plans it.

use campfire::{Client, Json, JsonObject};

use crate::error::PlanError;
use crate::intent::{NewIntent, Request};
use crate::marker;

/// The member that stands for the id of another record of the plan.
const REFERENCE: &str = "$record_of";

/// Stands for the id of the record that another create of the plan returns, in a body or as an id in the path.
///
/// ```
/// use campfire_outbox::{Create, record_of};
/// use serde_json::json;
///
/// let customer = Create::new("import/customer-7", "vendors.create").body(&json!({"name": "Northwind"}));
/// let invoice = Create::new("import/invoice-12", "invoices.create")
///     .body(&json!({"client": record_of("import/customer-7"), "invoice_date": "2026-11-01"}));
/// # let _ = (customer, invoice);
/// ```
pub fn record_of(key: &str) -> serde_json::Value {
    serde_json::json!({ REFERENCE: key })
}

/// A record that is to be created, under a key of your own.
#[derive(Clone, Debug)]
#[must_use = "add it to an outbox"]
pub struct Create {
    key: String,
    operation: String,
    ids: Vec<serde_json::Value>,
    body: Result<String, String>,
    look_first: bool,
}

impl Create {
    /// Plans a call of an operation, such as `contracts.usage.create`.
    ///
    /// The key identifies the record for good: it is written into the record, and the record is found by it. Choose one that
    /// no other record of the account will have: not `17`, but `usage-2026-11/17`.
    pub fn new(key: impl Into<String>, operation: impl Into<String>) -> Self {
        let (key, operation) = (key.into(), operation.into());
        Self { key, operation, ids: Vec::new(), body: Ok("{}".to_owned()), look_first: false }
    }

    /// Adds an id of the path, in its order: a typed id, a number, or [`record_of`] another create.
    pub fn id(mut self, id: impl serde::Serialize) -> Self {
        match serde_json::to_value(id) {
            Ok(id) => self.ids.push(id),
            Err(error) => self.body = Err(error.to_string()),
        }
        self
    }

    /// Sets the body: a type of [`campfire::types`], or any other JSON. Decimals keep every digit.
    pub fn body(mut self, body: &impl serde::Serialize) -> Self {
        self.body = serde_json::to_string(body).map_err(|error| error.to_string());
        self
    }

    /// Reads the list before the first request, too. Without it, the outbox trusts its log: nothing that the log does not
    /// know is looked for. Use it if the log may have been lost.
    pub fn look_first(mut self) -> Self {
        self.look_first = true;
        self
    }

    /// Checks what can be checked before the ids of other records are known.
    pub(crate) fn plan(self, client: &Client) -> Result<NewIntent, PlanError> {
        let Self { key, operation, ids, body, look_first } = self;
        let problem = |message: &dyn std::fmt::Display| PlanError::new(&key, message);
        marker::check_key(&key).map_err(|error| problem(&error))?;
        let call = client.operation(&operation).map_err(|error| problem(&error))?;
        let expected = call.operation().path_parameters.len();
        if ids.len() != expected {
            return Err(problem(&format!("`{operation}` has {expected} ids in its path, not {}", ids.len())));
        }
        let body = body.map_err(|error| problem(&error))?;
        let parsed = object(&body).map_err(|error| problem(&error))?;
        if let Some(field) = call.client_key() {
            marker::place(&mut parsed.clone(), field, &key).map_err(|error| problem(&error))?;
        }
        let ids = serde_json::Value::from(ids).to_string();
        let mut needs = Vec::new();
        references(&Json::from(parsed), &mut needs);
        references(&ids.parse().map_err(|error| problem(&error))?, &mut needs);
        needs.sort_unstable();
        needs.dedup();
        if needs.contains(&key) {
            return Err(problem(&"it refers to itself"));
        }
        Ok(NewIntent { key, request: Request { operation, ids, body }, needs, look_first })
    }
}

/// Reads a body.
pub(crate) fn object(text: &str) -> Result<JsonObject, String> {
    match text.parse::<Json>() {
        Ok(Json::Object(object)) => Ok(object),
        Ok(other) => Err(format!("the body is {}, not an object", other.kind())),
        Err(error) => Err(error.to_string()),
    }
}

/// Returns the key of the record that a value stands for.
fn reference(value: &Json) -> Option<&str> {
    let object = value.as_object().filter(|object| object.len() == 1)?;
    object.get(REFERENCE)?.as_str()
}

/// Collects the keys of the records that a value refers to.
fn references(value: &Json, found: &mut Vec<String>) {
    match value {
        value if reference(value).is_some() => found.extend(reference(value).map(str::to_owned)),
        Json::Array(items) => items.iter().for_each(|item| references(item, found)),
        Json::Object(object) => object.values().for_each(|member| references(member, found)),
        _ => {}
    }
}

/// Replaces references by the ids of the records.
pub(crate) fn fill_in(value: &mut Json, records: &[(String, String)]) -> Result<(), String> {
    if let Some(key) = reference(value) {
        let record = records.iter().find(|(known, _)| known == key).map(|(_, record)| record);
        let record = record.ok_or_else(|| format!("the id of the record of `{key}` is unknown"))?;
        *value = record.parse::<i64>().map_or_else(|_| Json::from(record.as_str()), Json::from);
        return Ok(());
    }
    match value {
        Json::Array(items) => items.iter_mut().try_for_each(|item| fill_in(item, records)),
        Json::Object(object) => object.values_mut().try_for_each(|member| fill_in(member, records)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_found_and_filled_in() {
        let mut body: Json = r#"{"client": {"$record_of": "c"}, "lines": [{"amount": 1.50, "of": {"$record_of": "d"}}]}"#
            .parse()
            .unwrap();
        let mut needs = Vec::new();
        references(&body, &mut needs);
        assert_eq!(needs, ["c", "d"]);
        let records = [("c".to_owned(), "7".to_owned()), ("d".to_owned(), "x".to_owned())];
        fill_in(&mut body, &records).unwrap();
        assert_eq!(body.to_string(), r#"{"client":7,"lines":[{"amount":1.50,"of":"x"}]}"#);
        let mut body: Json = r#"{"$record_of": "e"}"#.parse().unwrap();
        assert_eq!(fill_in(&mut body, &records).unwrap_err(), "the id of the record of `e` is unknown");
    }
}
