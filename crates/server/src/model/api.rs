//! Looking things up in the model.

use std::collections::{HashMap, HashSet};

use anyhow::{Context, Result};
use campfire_sandbox_model::{Field, Model, Operation, Response, Type};

use crate::model::whole::MODEL;

/// The model with indexes.
pub(crate) struct Api {
    model: Model,
    /// The positions of fields, by schema and name.
    positions: HashMap<String, HashMap<String, usize>>,
    /// The resource whose records a schema describes.
    resources: HashMap<String, String>,
    /// The resource that a field of this name references, wherever it is.
    links: HashMap<String, String>,
    /// Every word of the API: names of fields and values of enums.
    words: HashSet<String>,
}

impl Api {
    /// Reads the model of the whole API.
    ///
    /// # Errors
    /// If it is not a model.
    pub(crate) fn read() -> Result<Self> {
        let model: Model = serde_json::from_str(MODEL).context("the model of the API cannot be read")?;
        let positions = model.schemas.iter().map(|(schema, fields)| {
            let named = fields.iter().enumerate().map(|(position, field)| (field.name.clone(), position));
            (schema.clone(), named.collect())
        });
        Ok(Api {
            positions: positions.collect(),
            resources: resources(&model.operations),
            links: links(&model),
            words: words(&model),
            model,
        })
    }

    pub(crate) fn operations(&self) -> &[Operation] {
        &self.model.operations
    }

    /// Returns the lower-case name of the header with the API key, and the text before the key.
    pub(crate) fn key_header(&self) -> (&str, &str) {
        (&self.model.key.header, &self.model.key.prefix)
    }

    pub(crate) fn fields(&self, schema: &str) -> &[Field] {
        self.model.schemas.get(schema).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn field(&self, schema: &str, name: &str) -> Option<&Field> {
        let position = self.positions.get(schema)?.get(name)?;
        self.fields(schema).get(*position)
    }

    /// Returns `true` if an enum schema has the value.
    pub(crate) fn is_enum_value(&self, schema: &str, value: &str) -> bool {
        self.model.enums.get(schema).is_some_and(|values| values.iter().any(|known| known == value))
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

    /// Returns the resource whose records a path leads to, such as `/rr/api/v1/contracts/{contract_id}`.
    pub(crate) fn resource_at(&self, path: &str) -> Option<&str> {
        // The name of a parameter differs between operations.
        let is_same = |(one, other): (&str, &str)| one == other || one.starts_with('{') && other.starts_with('{');
        let is_of_record = |operation: &&Operation| {
            let (segments, others) = (operation.path.trim_end_matches('/').split('/'), path.split('/'));
            segments.clone().count() == others.clone().count()
                && segments.zip(others).all(is_same)
                && ["retrieve", "replace", "update", "delete"].contains(&operation.name())
        };
        self.operations().iter().find(is_of_record).map(Operation::resource)
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
        if let Some(resource) = &field.references {
            links.entry(field.name.clone()).or_insert_with(|| resource.clone());
        }
    }
    links
}

fn words(model: &Model) -> HashSet<String> {
    let names = model.schemas.values().flatten().map(|field| field.name.clone());
    names.chain(model.enums.values().flatten().cloned()).collect()
}
