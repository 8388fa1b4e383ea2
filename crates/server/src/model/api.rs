//! Looking things up in the model.

use std::collections::{HashMap, HashSet};
use std::ops::Deref;

use anyhow::{Context, Result};
use campfire_sandbox_model::{Index, Model, Operation, Response, Type};

use crate::model::whole::MODEL;

/// The model with indexes.
pub(crate) struct Api {
    index: Index,
    /// The resource whose records a schema describes.
    resources: HashMap<String, String>,
    /// The resource that a field of this name references, wherever it is.
    links: HashMap<String, String>,
    /// Every word of the API: names of fields and values of enums.
    words: HashSet<String>,
}

/// It is an index with more.
impl Deref for Api {
    type Target = Index;

    fn deref(&self) -> &Index {
        &self.index
    }
}

impl Api {
    /// Reads the model of the whole API.
    ///
    /// # Errors
    /// If it is not a model.
    pub(crate) fn read() -> Result<Self> {
        let model: Model = serde_json::from_str(MODEL).context("the model of the API cannot be read")?;
        Ok(Api {
            resources: resources(&model.operations),
            links: links(&model),
            words: words(&model),
            index: Index::new(model),
        })
    }

    /// Returns the lower-case name of the header with the API key, and the text before the key.
    pub(crate) fn key_header(&self) -> (&str, &str) {
        (&self.key().header, &self.key().prefix)
    }

    /// Returns `true` if an enum schema has the value.
    pub(crate) fn is_enum_value(&self, schema: &str, value: &str) -> bool {
        self.enum_values(schema).iter().any(|known| known == value)
    }

    /// Returns `true` for the name of a field or the value of an enum.
    pub(crate) fn is_word(&self, text: &str) -> bool {
        self.words.contains(text)
    }

    /// Returns the resource whose records a schema describes.
    pub(crate) fn resource_of(&self, schema: &str) -> Option<&str> {
        self.resources.get(schema).map(String::as_str)
    }

    /// Returns the resource that fields and parameters of this name reference.
    pub(crate) fn link(&self, name: &str) -> Option<&str> {
        let found = self.links.get(name).or_else(|| self.links.get(name.strip_suffix("_id")?));
        found.map(String::as_str)
    }
}

fn object_of(response: &Response) -> Option<&str> {
    match response {
        Response::Value { ty: Type::Object(schema) }
        | Response::Page { ty: Type::Object(schema) }
        | Response::List { ty: Type::Object(schema) } => Some(schema),
        _ => None,
    }
}

fn resources(operations: &[Operation]) -> HashMap<String, String> {
    let mut resources = HashMap::new();
    // Single records come first: lists may show those of other resources.
    for name in ["retrieve", "create", "list"] {
        for operation in operations.iter().filter(|operation| operation.name() == name) {
            if let Some(schema) = object_of(&operation.response) {
                let resource = operation.effect.records.of.as_deref().unwrap_or(operation.resource());
                resources.entry(schema.to_owned()).or_insert_with(|| resource.to_owned());
            }
        }
    }
    resources
}

fn links(model: &Model) -> HashMap<String, String> {
    let mut links = HashMap::new();
    for field in model.schemas.values().flatten() {
        // `id` is the record itself, whatever it is a record of.
        if let Some(resource) = field.references.as_ref().filter(|_| field.name != "id") {
            links.entry(field.name.clone()).or_insert_with(|| resource.clone());
        }
    }
    links
}

fn words(model: &Model) -> HashSet<String> {
    let names = model.schemas.values().flatten().map(|field| field.name.clone());
    names.chain(model.enums.values().flatten().cloned()).collect()
}
