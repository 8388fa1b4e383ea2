//! Lowers the description to the dialect of OpenAPI from which progenitor generates the methods and the structs.
//!
//! Progenitor is given exactly what it gets right:
//!
//! - Each form of an object schema is a component ([`Forms`]) with descriptions, and with `required` and `nullable` as the
//!   form means them.
//! - Handwritten types, and the open enums, are components that progenitor replaces ([`Lowered::replacements`]).
//! - A JSON body is a `JsonBody`: the SDK validates and serializes it before the request is built.
//! - Query parameters are strings, which the builders have formatted.
//! - The only response is an empty success, because the SDK decodes responses itself (`src/decode.rs`).
//! - Uploads are left out, because progenitor does not generate multipart requests.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::description::names::RESERVED_FIELDS;
use crate::description::spec::{Api, Field, Operation, Schema, SchemaKind, Type};
use crate::emit::forms::{Form, Forms, Presence};
use crate::emit::rust_type::{RustType, Scope};
use crate::emit::{docs, field_groups};

/// The lowered description, and the types that progenitor uses for some of its components.
#[derive(Clone, Debug)]
pub struct Lowered {
    /// An OpenAPI 3.0.3 document.
    pub document: Value,
    /// The Rust type that replaces a component, by component name.
    pub replacements: BTreeMap<String, String>,
}

/// The name of progenitor's method for an operation.
pub fn method_name(operation: &Operation) -> String {
    operation.id.replace('.', "_")
}

/// Returns whether progenitor generates a method for an operation.
pub fn is_lowered(operation: &Operation) -> bool {
    operation.body.as_ref().is_none_or(|body| !body.multipart)
}

/// The field for members whose keys are data.
pub(crate) const ADDITIONAL: &str = RESERVED_FIELDS[0];

/// The field for members that the schema does not list.
pub(crate) const EXTRA: &str = RESERVED_FIELDS[1];

/// Lowers a description. `selected` may hold fewer areas than the description from which `forms` were made.
pub fn lower(selected: &Api, forms: &Forms<'_>) -> Lowered {
    let mut lowering = Lowering { api: selected, forms, replacements: BTreeMap::new() };
    let mut schemas = Map::new();
    for (name, schema) in &selected.schemas {
        for form in forms.of(name) {
            if let Some(object) = lowering.object(name, schema, form) {
                schemas.insert(forms.name(name, form), object);
            }
        }
    }
    let mut paths = Map::new();
    for operation in selected.operations.iter().filter(|operation| is_lowered(operation)) {
        let item = paths.entry(operation.path.clone()).or_insert_with(|| json!({}));
        item[operation.method.to_lowercase()] = lowering.operation(operation);
    }
    for (component, ty) in &lowering.replacements {
        schemas.insert(component.clone(), json!({"type": "string", "description": format!("Replaced by `{ty}`.")}));
    }
    let document = json!({
        "openapi": "3.0.3",
        "info": {"title": "Campfire", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas},
    });
    Lowered { document, replacements: lowering.replacements }
}

struct Lowering<'a> {
    api: &'a Api,
    forms: &'a Forms<'a>,
    replacements: BTreeMap<String, String>,
}

impl<'a> Lowering<'a> {
    fn object(&mut self, name: &str, schema: &'a Schema, form: Form) -> Option<Value> {
        let SchemaKind::Object { fields, additional } = &schema.kind else { return None };
        let fields = self.forms.fields(fields, form);
        let mut properties = Map::new();
        let mut required = Vec::new();
        for field in &fields {
            let presence = self.forms.presence(name, field, form);
            if matches!(presence, Presence::Required | Presence::Nullable) {
                required.push(field.rust_name.as_str());
            }
            properties.insert(field.rust_name.clone(), self.property(name, field, form, presence));
        }
        if let Some(values) = additional {
            let values = self.forms.rust_type(values, if form == Form::Read { form } else { Form::Create });
            let schema = self.schema(&RustType::Map(Box::new(values)));
            properties.insert(ADDITIONAL.to_owned(), described(schema, docs::ADDITIONAL));
            required.push(ADDITIONAL);
        }
        let extra = self.replaced("JsonObject", "crate::JsonObject");
        properties.insert(EXTRA.to_owned(), described(extra, docs::extra(form)));
        required.push(EXTRA);
        Some(json!({
            "type": "object",
            "description": self.description(schema, form, &fields),
            "required": required,
            "properties": properties,
        }))
    }

    fn description(&self, schema: &Schema, form: Form, fields: &[&Field]) -> String {
        let (forms, name) = (self.forms, &schema.name);
        let is_only_sent = form != Form::Read && forms.name(name, form) == *name;
        let written = forms.of(name).into_iter().filter(|form| *form != Form::Read);
        let written: Vec<String> = written.map(|form| forms.name(name, form)).collect();
        let has_required = fields.iter().any(|field| forms.presence(name, field, form) == Presence::Required);
        let docs = match is_only_sent {
            true => schema.description.clone(),
            false => docs::object(&schema.description, name, form, &written, has_required),
        };
        let table = field_groups::table(self.api, fields).map(|table| format!("\n\n{table}"));
        docs + &table.unwrap_or_default()
    }

    fn property(&mut self, schema: &str, field: &Field, form: Form, presence: Presence) -> Value {
        let ty = self.forms.field_type(schema, field, form);
        let (ty, is_option) = match &ty {
            RustType::Option(inner) => (inner.as_ref(), true),
            ty => (ty, false),
        };
        let mut property = described(self.schema(ty), &docs::field(field, form));
        // Progenitor has no `Option` for a list or a map that is merely not required.
        let is_collection = matches!(ty, RustType::List(_) | RustType::Map(_));
        if presence == Presence::Nullable || (is_option && is_collection) {
            property["nullable"] = true.into();
        }
        property
    }

    /// The schema from which progenitor makes a type.
    fn schema(&mut self, ty: &RustType) -> Value {
        match ty {
            RustType::Bool => json!({"type": "boolean"}),
            RustType::Integer => json!({"type": "integer", "format": "int64"}),
            RustType::Text => json!({"type": "string"}),
            RustType::List(items) => json!({"type": "array", "items": self.schema(items)}),
            RustType::Map(values) => json!({"type": "object", "additionalProperties": self.schema(values)}),
            RustType::Generated(name) if !self.is_enum(name) => reference(name),
            other => self.replaced(&other.component(), &other.tokens(Scope::Types).to_string()),
        }
    }

    fn is_enum(&self, name: &str) -> bool {
        matches!(self.api.schema(name).map(|schema| &schema.kind), Some(SchemaKind::Enum(_)))
    }

    /// A reference to a component that progenitor replaces by a type.
    fn replaced(&mut self, component: &str, ty: &str) -> Value {
        let ty: String = ty.split_whitespace().collect();
        self.replacements.insert(component.to_owned(), ty);
        reference(component)
    }

    fn operation(&mut self, operation: &Operation) -> Value {
        let mut parameters = Vec::new();
        for parameter in &operation.path_parameters {
            let ty = if parameter.ty == Type::Integer { RustType::Integer } else { RustType::Text };
            parameters.push(json!({
                "name": parameter.name, "in": "path", "required": true, "schema": self.schema(&ty),
            }));
        }
        for parameter in operation.query.iter().filter(|parameter| !parameter.omit) {
            let is_repeated = matches!(parameter.ty, Type::Array(_)) && parameter.explode;
            let ty = if is_repeated { RustType::List(Box::new(RustType::Text)) } else { RustType::Text };
            parameters.push(json!({"name": parameter.name, "in": "query", "schema": self.schema(&ty)}));
        }
        let mut lowered = json!({
            "operationId": method_name(operation),
            "parameters": parameters,
            "responses": {"2XX": {"description": "Success."}},
        });
        if operation.body.is_some() {
            let schema = self.replaced("JsonBody", "campfire_transport::request::JsonBody");
            lowered["requestBody"] = json!({"required": true, "content": {"application/json": {"schema": schema}}});
        }
        lowered
    }
}

fn reference(component: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{component}")})
}

/// Adds a description. Nothing may stand beside a `$ref`, so that is wrapped.
fn described(schema: Value, description: &str) -> Value {
    let mut schema = if schema.get("$ref").is_some() { json!({"allOf": [schema]}) } else { schema };
    if !description.is_empty() {
        schema["description"] = description.into();
    }
    schema
}
