//! The description as progenitor is to see it.
//!
//! Progenitor generates the client (one positional method per operation) and the structs; everything it gets wrong or
//! cannot say is decided before, here:
//!
//! - every field refers to a component that stands for its exact Rust type ([`Lowered::replacements`]), so that
//!   optional, nullable, decimal and open fields are what [`Forms`] says;
//! - no answer is declared but an empty success: the transport keeps the real one, and decoding is ours
//!   (`src/decode.rs`), with JSON paths, limits and record isolation; a body that fails to decode keeps its status;
//! - query parameters are texts, already formatted by the builders;
//! - uploads are left out: progenitor knows no multipart, the builders send them through the same transport.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::description::spec::{Api, Operation, SchemaKind, Type};
use crate::emit::forms::{Form, Forms};

/// The lowered description and what stands for what in it.
#[derive(Clone, Debug)]
pub struct Lowered {
    /// An OpenAPI 3.0.3 document in progenitor's dialect.
    pub document: Value,
    /// Component name to the Rust type that replaces it.
    pub replacements: BTreeMap<String, String>,
}

/// The name of progenitor's method for an operation.
pub fn method_name(operation: &Operation) -> String {
    operation.id.replace('.', "_")
}

/// Whether progenitor generates the call, or the builder sends it itself.
pub fn is_lowered(operation: &Operation) -> bool {
    operation.body.as_ref().is_none_or(|body| !body.multipart)
}

/// Lowers a description. `selected` may hold fewer areas than the description on which `forms` were decided.
pub fn lower(selected: &Api, forms: &Forms<'_>) -> Lowered {
    let mut lowering = Lowering { replacements: BTreeMap::new(), by_type: BTreeMap::new() };
    let mut schemas = Map::new();
    for (name, schema) in &selected.schemas {
        let SchemaKind::Object { fields, additional } = &schema.kind else { continue };
        for form in forms.of(name) {
            let mut properties = Map::new();
            for field in forms.fields(fields, form) {
                let ty = forms.field_type(name, field, form);
                properties.insert(field.rust_name.clone(), lowering.reference(&ty));
            }
            if let Some(additional) = additional {
                let values = forms.rust_type(additional, if form == Form::Read { form } else { Form::Create });
                let ty = format!("std::collections::BTreeMap<String, {values}>");
                properties.insert("additional".to_owned(), lowering.reference(&ty));
            }
            properties.insert("extra".to_owned(), lowering.reference("crate::JsonObject"));
            let required: Vec<&String> = properties.keys().collect();
            schemas.insert(
                forms.name(name, form),
                json!({"type": "object", "required": required, "properties": properties}),
            );
        }
    }
    let mut paths = Map::new();
    for operation in selected.operations.iter().filter(|operation| is_lowered(operation)) {
        let item = paths.entry(operation.path.clone()).or_insert_with(|| json!({}));
        item[operation.method.to_lowercase()] = lowering.operation(operation);
    }
    for name in lowering.replacements.keys() {
        schemas.insert(name.clone(), json!({"type": "string"}));
    }
    let document = json!({
        "openapi": "3.0.3",
        "info": {"title": "Campfire", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas},
    });
    Lowered { document, replacements: lowering.replacements }
}

struct Lowering {
    replacements: BTreeMap<String, String>,
    by_type: BTreeMap<String, String>,
}

impl Lowering {
    /// A reference to the component that stands for a Rust type.
    fn reference(&mut self, ty: &str) -> Value {
        let next = format!("RustType{}", self.by_type.len());
        let name = self.by_type.entry(ty.to_owned()).or_insert(next);
        self.replacements.insert(name.clone(), ty.to_owned());
        json!({"$ref": format!("#/components/schemas/{name}")})
    }

    fn operation(&mut self, operation: &Operation) -> Value {
        let mut parameters = Vec::new();
        for parameter in &operation.path_parameters {
            let ty = if parameter.ty == Type::Integer {
                json!({"type": "integer", "format": "int64"})
            } else {
                json!({"type": "string"})
            };
            parameters.push(json!({"name": parameter.name, "in": "path", "required": true, "schema": ty}));
        }
        for parameter in operation.query.iter().filter(|parameter| !parameter.omit) {
            let repeated = matches!(parameter.ty, Type::Array(_)) && parameter.explode;
            let schema = if repeated {
                json!({"type": "array", "items": {"type": "string"}})
            } else {
                json!({"type": "string"})
            };
            parameters.push(json!({"name": parameter.name, "in": "query", "schema": schema}));
        }
        let mut lowered = json!({
            "operationId": method_name(operation),
            "parameters": parameters,
            "responses": {"2XX": {"description": "Success."}},
        });
        if operation.body.is_some() {
            let schema = self.reference("crate::transport::request::JsonBody");
            lowered["requestBody"] = json!({"required": true, "content": {"application/json": {"schema": schema}}});
        }
        lowered
    }
}
