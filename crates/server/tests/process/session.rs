//! A session over the whole API.

use std::collections::HashMap;
use std::sync::OnceLock;

use campfire_sandbox_model::{Field, Model, Operation, Type};
use campfire_values::{Json, JsonObject};

/// Returns the model of the whole API.
pub(crate) fn model() -> &'static Model {
    static MODEL: OnceLock<Model> = OnceLock::new();
    MODEL.get_or_init(|| serde_json::from_str(include_str!(concat!(env!("OUT_DIR"), "/sandbox.json"))).unwrap())
}

/// Sends a request: method, path, body. Returns the status and the body.
type Send<'a> = &'a dyn Fn(&str, &str, &str) -> (u16, Json);

/// The ids of the records that the session has created, by resource.
struct Session<'a> {
    send: Send<'a>,
    ids: HashMap<&'static str, i64>,
}

/// Runs a session: the books of a company, then every resource.
pub(crate) fn run(send: Send<'_>) {
    let mut session = Session { send, ids: HashMap::new() };
    session.books();
    for operation in model().operations.iter().filter(|operation| operation.name() == "create") {
        session.create(operation);
    }
    for name in ["retrieve", "list", "update", "delete"] {
        for operation in model().operations.iter().filter(|operation| operation.name() == name) {
            session.perform(operation);
        }
    }
}

impl Session<'_> {
    fn post(&self, path: &str, body: &str) -> Json {
        let (status, reply) = (self.send)("POST", path, body);
        assert!((200..300).contains(&status) || status == 409, "POST {path}: {status} {reply}");
        reply
    }

    fn books(&mut self) {
        let id = |reply: &Json| reply["id"].as_i64().unwrap();
        let entity = id(&self.post("/coa/api/entity", r#"{"name": "Acme Inc.", "currency": "USD"}"#));
        self.ids.insert("entities", entity);
        let account = |name: &str, kind: &str, subtype: &str| {
            let body = format!(
                r#"{{"name": "{name}", "number": "{subtype:.12}", "account_type": "{kind}", "account_subtype": "{subtype}"}}"#
            );
            id(&self.post("/coa/api/account", &body))
        };
        let bank = account("Checking", "ASSET", "BANK");
        account("Receivables", "ASSET", "ACCOUNTS_RECEIVABLE");
        account("Payables", "LIABILITY", "ACCOUNTS_PAYABLE");
        let sales = account("Sales", "REVENUE", "INCOME");
        let rent = account("Rent", "OPERATING_EXPENSES", "EXPENSE");
        self.ids.insert("accounts", sales);
        let entry = format!(
            r#"{{"date": "2026-01-21", "currency": "USD", "transactions": [
                {{"entity": {entity}, "account": {bank}, "debit_amount_native": 150}},
                {{"entity": {entity}, "account": {rent}, "credit_amount_native": 150}}]}}"#
        );
        self.ids.insert("journal_entries", id(&self.post("/coa/api/journal_entry", &entry)));
        let invoice = format!(
            r#"{{"entity": {entity}, "client": 9, "invoice_number": "INV-1", "invoice_date": "2026-01-05",
                "due_date": "2026-02-05", "currency": "USD", "lines": [{{"account": {sales}, "amount": 100.25}}]}}"#
        );
        let invoice = id(&self.post("/coa/api/v1/invoice/", &invoice));
        let payment = format!(
            r#"{{"empty_transactions": [{{"account_id": {bank}, "account_name": "Checking", "amount": 40, "payment_date": "2026-01-20"}}]}}"#
        );
        self.post(&format!("/coa/api/v1/invoice/{invoice}/pay/"), &payment);
        self.ids.insert("invoices", invoice);
        (self.send)("GET", "/coa/api/v1/invoice/?q=Jane%20Doe&sort=-created_at&client=9", "");
    }

    /// Creates a record with the required fields.
    fn create(&mut self, operation: &'static Operation) {
        let Some(path) = self.path(operation, false) else { return };
        let Some(body) = operation.body.as_ref().filter(|body| !body.multipart) else { return };
        let Type::Object(schema) = &body.ty else { return };
        let body = Json::Object(self.filled(schema)).to_string();
        let (_, reply) = (self.send)(&operation.method, &path, &body);
        if let Some(id) = reply["id"].as_i64() {
            self.ids.entry(operation.resource()).or_insert(id);
        }
    }

    fn perform(&mut self, operation: &'static Operation) {
        let Some(path) = self.path(operation, operation.name() != "list") else { return };
        (self.send)(&operation.method, &path, if operation.method == "PATCH" { "{}" } else { "" });
    }

    /// Returns the path of an operation with ids that the session knows.
    fn path(&self, operation: &Operation, own: bool) -> Option<String> {
        let count = operation.path.matches('{').count();
        let mut number = 0;
        let segments = operation.path.split('/').map(|segment| {
            if !segment.starts_with('{') {
                return Some(segment.to_owned());
            }
            number += 1;
            let parent = operation.resource().split('.').take(number).collect::<Vec<_>>().join(".");
            let resource = if own && number == count { operation.resource() } else { &parent };
            self.ids.get(resource).map(i64::to_string)
        });
        segments.collect::<Option<Vec<_>>>().map(|segments| segments.join("/"))
    }

    /// Returns the required fields of a schema.
    fn filled(&self, schema: &str) -> JsonObject {
        let fields = model().schemas[schema].iter().filter(|field| field.required && !field.read_only);
        fields.map(|field| (field.name.clone(), self.value(field, &field.ty))).collect()
    }

    fn value(&self, field: &Field, ty: &Type) -> Json {
        let referenced = field.references.as_deref().and_then(|resource| self.ids.get(resource));
        match ty {
            Type::Integer => Json::from(referenced.copied().unwrap_or(1)),
            Type::Decimal => Json::from(1),
            Type::String | Type::File => match field.format.as_deref() {
                Some("uuid") => Json::from("0190c0de-0000-7000-8000-000000000001"),
                Some("uri") => Json::from("https://jane.example.org/"),
                Some("email") => Json::from("jane@example.org"),
                _ if field.name.contains("currency") => Json::from("USD"),
                _ => Json::from("Jane Doe"),
            },
            Type::Boolean => Json::Bool(true),
            Type::Date => Json::from("2026-03-01"),
            Type::Timestamp => Json::from("2026-03-01T00:00:00+0000"),
            Type::Json | Type::Map(_) => Json::Object(JsonObject::new()),
            Type::List(inner) => match &**inner {
                Type::Object(schema) if field.min_items.is_some() => {
                    Json::Array(vec![Json::Object(self.filled(schema))])
                }
                _ => Json::Array(Vec::new()),
            },
            Type::Enum(name) => Json::from(model().enums[name][0].as_str()),
            Type::Object(schema) => Json::Object(self.filled(schema)),
        }
    }
}
