//! The sandbox overlay (`openapi/sandbox/*.yaml`): how the API behaves, beyond what the description says about it.

use std::collections::BTreeMap;

use campfire_sandbox_model::{Approval, DocumentKind, Effect, FieldPath, LedgerValue, Refusal, SumTerm};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::description::lines::Lines;
use crate::description::rule::Rule;
use crate::description::yaml::{self, Location, Problem, Problems, push_pointer};

/// The default help.
const SEE: &str = "see \"The sandbox overlay\" in openapi/README.md";

/// The help for a reason why something is not modelled.
const UNDOCUMENTED: &str = "say what the reference does not document";

/// The keys of properties.
const PROPERTY_KEYS: &str = "`collects`, `where`, `derived`, `sum`, `ledger`, `lineage`, `nonnegative`, `default`, `references`, and `unmodelled`";

/// The help for a term of a sum that cannot be read.
const TERMS: &str = "write `lines.amount`, `-amount_paid`, or `{of: amount, in: invoices.payments, by: invoice}`";

/// The behavior of operations and schemas in the sandbox.
#[derive(Clone, Debug, Default)]
pub struct Overlay {
    /// By operation id.
    pub operations: BTreeMap<String, OperationOverlay>,
    /// By schema name.
    pub schemas: BTreeMap<String, SchemaOverlay>,
    lines: Lines,
}

/// The behavior of an operation.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct OperationOverlay {
    /// The effect of the operation, beyond what its method implies.
    pub effect: Effect,
    /// The result for an API key that may not act without approval.
    pub approval: Approval,
    /// The reason why the sandbox does not model it: what the reference does not document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unmodelled: Option<String>,
    /// The refusal of every call, because the company of the sandbox lacks what the operation needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
}

/// The behavior of the records of a schema.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SchemaOverlay {
    /// The kind of accounting document that the records are.
    pub document: Option<DocumentKind>,
    /// By property name.
    pub properties: BTreeMap<String, PropertyOverlay>,
}

/// The source of a property's value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PropertyOverlay {
    /// The records listed in the property: a resource, and the field in which they reference this record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collects: Option<FieldPath>,
    /// Allowed texts per field of those records; others are not listed.
    #[serde(rename = "where", skip_serializing_if = "BTreeMap::is_empty")]
    pub filter: BTreeMap<String, Vec<String>>,
    /// The sibling that references a record, and the property of that record to copy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub derived: Option<FieldPath>,
    /// The terms that add up to the value.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sum: Vec<SumTerm>,
    /// The value that the ledger gives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ledger: Option<LedgerValue>,
    /// The field that references the record above. The value lists the ids from the topmost record to this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lineage: Option<String>,
    /// A sum below zero is shown as zero.
    pub nonnegative: bool,
    /// The value of a new record, where the reference names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// The resource whose id it holds, if the API has no operations for that resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub references: Option<String>,
    /// The reason why the sandbox does not model what a request with the property does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unmodelled: Option<String>,
}

impl Overlay {
    /// Reads overlay files given as (file name, text).
    ///
    /// # Errors
    /// If a file is malformed, uses an unknown key or word, or describes something that another file already describes.
    pub fn read<'a>(sources: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Problems> {
        let mut overlay = Self::default();
        let mut problems = Vec::new();
        for (file, text) in sources {
            match yaml::parse(file, text) {
                Ok(document) => {
                    let lines = Lines::from(document.lines);
                    let mut reader = Reader { overlay: &mut overlay, lines: &lines, problems: &mut problems };
                    reader.file(&document.value);
                    overlay.lines.add(lines);
                }
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok(overlay) } else { Err(Problems(problems)) }
    }

    /// Returns `true` if there is no overlay.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty() && self.schemas.is_empty()
    }

    /// Returns the location of an entry, such as `["operations", "invoices.void", "effect"]`.
    pub fn locate(&self, steps: &[&str]) -> Location {
        let mut pointer = String::new();
        for step in steps {
            push_pointer(&mut pointer, step);
        }
        locate(&self.lines, &pointer)
    }
}

fn locate(lines: &Lines, pointer: &str) -> Location {
    lines.locate(pointer).cloned().unwrap_or_else(|| Location { file: "sandbox".into(), line: 1 })
}

/// Reads one file into the overlay.
struct Reader<'r> {
    overlay: &'r mut Overlay,
    lines: &'r Lines,
    problems: &'r mut Vec<Problem>,
}

impl Reader<'_> {
    fn problem(&mut self, pointer: &str, message: impl Into<String>, help: impl Into<String>) {
        self.problems.push(Problem {
            rule: Rule::Effect,
            location: locate(self.lines, pointer),
            message: message.into(),
            help: help.into(),
        });
    }

    /// Returns the entries of a mapping with their pointers. Anything but a mapping is a problem.
    fn entries<'v>(&mut self, at: &str, value: &'v Value) -> Vec<(String, &'v str, &'v Value)> {
        let Some(members) = value.as_object() else {
            self.problem(at, format!("`{value}` is not a mapping"), SEE);
            return Vec::new();
        };
        let entry = |(key, value): (&'v String, &'v Value)| {
            let mut at = at.to_owned();
            push_pointer(&mut at, key);
            (at, key.as_str(), value)
        };
        members.iter().map(entry).collect()
    }

    fn unknown_key(&mut self, at: &str, key: &str, known: &str) {
        self.problem(at, format!("unknown key `{key}` in the sandbox overlay"), format!("the known keys are {known}"));
    }

    fn file(&mut self, value: &Value) {
        for (at, section, value) in self.entries("", value) {
            match section {
                "operations" => self.operations(&at, value),
                "schemas" => self.schemas(&at, value),
                _ => self.unknown_key(&at, section, "`operations` and `schemas`"),
            }
        }
    }

    fn operations(&mut self, at: &str, value: &Value) {
        for (at, id, value) in self.entries(at, value) {
            let operation = self.operation(&at, value);
            if self.overlay.operations.insert(id.to_owned(), operation).is_some() {
                self.duplicate(&at, id);
            }
        }
    }

    fn operation(&mut self, at: &str, value: &Value) -> OperationOverlay {
        let mut operation = OperationOverlay::default();
        for (at, key, value) in self.entries(at, value) {
            match key {
                "effect" => operation.effect = self.effect(&at, value),
                "approval" => operation.approval = self.value(&at, value, SEE),
                "unmodelled" => operation.unmodelled = self.value(&at, value, UNDOCUMENTED),
                "refusal" => operation.refusal = Some(self.value(&at, value, "write `{status: 400, detail: …}`")),
                _ => self.unknown_key(&at, key, "`effect`, `approval`, `unmodelled`, and `refusal`"),
            }
        }
        let has_effect = operation.effect != Effect::default();
        let kinds = [has_effect, operation.unmodelled.is_some(), operation.refusal.is_some()];
        if kinds.into_iter().filter(|is_given| *is_given).count() > 1 {
            let message = "an operation has an effect, is not modelled, or is refused";
            self.problem(at, message, "keep one of `effect`, `unmodelled`, and `refusal`");
        }
        operation
    }

    fn effect(&mut self, at: &str, value: &Value) -> Effect {
        let problems = self.problems.len();
        let effect = self.value(at, value, SEE);
        if problems == self.problems.len() && effect == Effect::default() {
            self.problem(at, "the effect is empty", "describe the effect of the operation, or remove `effect`");
        }
        effect
    }

    fn schemas(&mut self, at: &str, value: &Value) {
        for (at, name, value) in self.entries(at, value) {
            let schema = self.schema(&at, value);
            if self.overlay.schemas.insert(name.to_owned(), schema).is_some() {
                self.duplicate(&at, name);
            }
        }
    }

    fn schema(&mut self, at: &str, value: &Value) -> SchemaOverlay {
        let mut schema = SchemaOverlay::default();
        for (at, key, value) in self.entries(at, value) {
            match key {
                "document" => schema.document = self.value(&at, value, SEE),
                "properties" => {
                    for (at, name, value) in self.entries(&at, value) {
                        let property = self.property(&at, value);
                        schema.properties.insert(name.to_owned(), property);
                    }
                }
                _ => self.unknown_key(&at, key, "`document` and `properties`"),
            }
        }
        schema
    }

    fn property(&mut self, at: &str, value: &Value) -> PropertyOverlay {
        let mut property = PropertyOverlay::default();
        for (at, key, value) in self.entries(at, value) {
            match key {
                "collects" => property.collects = self.value(&at, value, "write `transactions.journal`"),
                "where" => property.filter = self.value(&at, value, "write `{status: [open]}`"),
                "derived" => property.derived = self.value(&at, value, "write `entity.name`"),
                "sum" => property.sum = self.sum(&at, value),
                "ledger" => property.ledger = self.value(&at, value, SEE),
                "lineage" => property.lineage = self.value(&at, value, "write `parent`"),
                "nonnegative" => property.nonnegative = self.value(&at, value, "write `true`"),
                "default" => property.default = Some(value.clone()),
                "references" => property.references = self.value(&at, value, "write `tax_rates`"),
                "unmodelled" => property.unmodelled = self.value(&at, value, UNDOCUMENTED),
                _ => self.unknown_key(&at, key, PROPERTY_KEYS),
            }
        }
        property
    }

    fn sum(&mut self, at: &str, value: &Value) -> Vec<SumTerm> {
        let terms = value.as_array().map_or(&[][..], Vec::as_slice);
        if terms.is_empty() {
            self.problem(at, format!("`{value}` is not a list of terms"), TERMS);
        }
        let mut sum = Vec::new();
        for (index, term) in terms.iter().enumerate() {
            match serde_json::from_value(term.clone()) {
                Ok(term) => sum.push(term),
                // An untagged enum has no better message of its own.
                Err(_) => self.problem(&format!("{at}/{index}"), format!("`{term}` is not a term of a sum"), TERMS),
            }
        }
        sum
    }

    /// Reads a value. The error names the words or keys that its type accepts.
    fn value<T: DeserializeOwned + Default>(&mut self, at: &str, value: &Value, help: &str) -> T {
        serde_json::from_value(value.clone()).unwrap_or_else(|error| {
            self.problem(at, error.to_string(), help);
            T::default()
        })
    }

    fn duplicate(&mut self, at: &str, name: &str) {
        let first = locate(&self.overlay.lines, at);
        self.problem(at, format!("the overlay describes `{name}` twice (first in {first})"), "merge the two entries");
    }
}
