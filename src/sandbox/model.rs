//! The description as the sandbox knows it: what `codegen::model` has written.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::Json;

#[derive(Debug, Deserialize)]
pub(crate) struct Model {
    pub(crate) operations: Vec<Operation>,
    pub(crate) schemas: BTreeMap<String, Vec<Field>>,
    pub(crate) enums: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) status: u16,
    pub(crate) answer: Answer,
    #[serde(default)]
    pub(crate) query: Vec<String>,
    pub(crate) body: Option<Body>,
    #[serde(default)]
    pub(crate) effect: Effect,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Answer {
    Nothing,
    Bytes {
        media: String,
    },
    Page {
        #[serde(rename = "type")]
        ty: Type,
    },
    List {
        #[serde(rename = "type")]
        ty: Type,
    },
    Value {
        #[serde(rename = "type")]
        ty: Type,
    },
}

#[derive(Debug, Deserialize)]
pub(crate) struct Body {
    #[serde(rename = "type")]
    pub(crate) ty: Type,
    #[serde(default)]
    pub(crate) multipart: bool,
}

/// What an action does to the record that its path names; see `x-effect` in `openapi/README.md`.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Effect {
    /// Makes a copy and answers it.
    #[serde(default)]
    pub(crate) copy: bool,
    /// Sets fields of the record: to a value, or (`$name`) to what the body holds under that name.
    #[serde(default)]
    pub(crate) set: BTreeMap<String, Json>,
}

#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Type {
    String,
    Integer,
    Boolean,
    Date,
    Decimal,
    Timestamp,
    File,
    Json,
    List(Box<Type>),
    Map(Box<Type>),
    Object(String),
    Enum(String),
}

#[derive(Debug, Deserialize)]
#[allow(clippy::struct_excessive_bools)]
pub(crate) struct Field {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) ty: Type,
    #[serde(default)]
    pub(crate) required: bool,
    #[serde(default)]
    pub(crate) identity: bool,
    #[serde(default)]
    pub(crate) nullable: bool,
    #[serde(default)]
    pub(crate) read_only: bool,
    #[serde(default)]
    pub(crate) write_only: bool,
    #[serde(default)]
    pub(crate) blank: bool,
    pub(crate) format: Option<String>,
    pub(crate) default: Option<Json>,
    pub(crate) references: Option<String>,
    pub(crate) derived: Option<String>,
    pub(crate) minimum: Option<(String, bool)>,
    pub(crate) maximum: Option<(String, bool)>,
    pub(crate) max_length: Option<usize>,
    pub(crate) min_items: Option<usize>,
}

impl Operation {
    /// `contracts.usage` of `contracts.usage.create`.
    pub(crate) fn resource(&self) -> &str {
        self.id.rsplit_once('.').map_or(&self.id, |(resource, _)| resource)
    }

    /// `create` of `contracts.usage.create`.
    pub(crate) fn action(&self) -> &str {
        self.id.rsplit_once('.').map_or(&self.id, |(_, action)| action)
    }
}

impl Model {
    /// The bundled model, read once per process.
    ///
    /// # Errors
    /// When it cannot be read, which a test rules out.
    pub(crate) fn bundled() -> Result<&'static Model, String> {
        static MODEL: OnceLock<Result<Model, String>> = OnceLock::new();
        MODEL
            .get_or_init(|| {
                serde_json::from_str(include_str!(concat!(env!("OUT_DIR"), "/sandbox.json")))
                    .map_err(|error| format!("the bundled model cannot be read: {error}"))
            })
            .as_ref()
            .map_err(Clone::clone)
    }

    /// The fields of an object schema.
    pub(crate) fn fields(&self, schema: &str) -> &[Field] {
        self.schemas.get(schema).map_or(&[], Vec::as_slice)
    }

    /// The schema of the records of a resource: what its items, its collection or its creation answer.
    pub(crate) fn record_schema(&self, resource: &str) -> Option<&str> {
        ["retrieve", "create", "list"].iter().find_map(|action| {
            let operation = self
                .operations
                .iter()
                .find(|operation| operation.resource() == resource && operation.action() == *action)?;
            match &operation.answer {
                Answer::Value { ty: Type::Object(name) }
                | Answer::Page { ty: Type::Object(name) }
                | Answer::List { ty: Type::Object(name) } => Some(name.as_str()),
                _ => None,
            }
        })
    }
}
