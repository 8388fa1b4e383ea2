//! Which Rust types an object schema becomes, and which Rust type each field has.
//!
//! A schema of the description becomes up to three types, because requests and responses treat its fields differently:
//!
//! | form | name | type of a field |
//! | --- | --- | --- |
//! | read (responses) | `Contract` | `T` if it is part of the identity, otherwise `Option<T>` |
//! | create (POST, PUT, nested in any body) | `ContractCreate` | `T` if it is required, otherwise `Option<T>` |
//! | update (PATCH) | `ContractUpdate` | `Option<Patch<T>>` if it may be null, otherwise `Option<T>` |
//!
//! A schema that no response contains has one form, under its own name.

use std::collections::BTreeSet;

use crate::description::names;
use crate::description::spec::{Answer, Api, Field, Operation, Parameter, Schema, SchemaKind, Type};
use crate::emit::ids::Ids;
use crate::emit::rust_type::RustType;

/// The way in which a type of the API is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// In a response.
    Read,
    /// In a POST or PUT body, or inside any body.
    Create,
    /// A PATCH body.
    Update,
}

impl Form {
    /// The form of an operation's body.
    pub fn of_body(operation: &Operation) -> Self {
        if operation.method == "PATCH" { Self::Update } else { Self::Create }
    }
}

/// When a field of a form has a value, and when it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// `T`: always present and never null.
    Required,
    /// `Option<T>`: read as `None` if null or absent; not written if `None`.
    Optional,
    /// `Option<T>`: written as null if `None`.
    Nullable,
    /// `Option<Patch<T>>`: not written if `None`.
    Patch,
}

/// The forms of all schemas.
///
/// The whole description decides on the names, so that leaving out an area renames nothing.
#[derive(Clone, Debug)]
pub struct Forms<'a> {
    api: &'a Api,
    ids: Ids,
    read: BTreeSet<&'a str>,
    create: BTreeSet<&'a str>,
    update: BTreeSet<&'a str>,
}

impl<'a> Forms<'a> {
    /// Determines the forms that the operations of a description need.
    pub fn new(api: &'a Api) -> Self {
        let responses = api.operations.iter().filter_map(|operation| match &operation.answer {
            Answer::Json(ty) => Api::names(ty),
            _ => None,
        });
        let body = |patch: bool| {
            api.operations
                .iter()
                .filter(move |operation| (operation.method == "PATCH") == patch)
                .filter_map(|operation| operation.body.as_ref())
                .filter(|body| !body.multipart)
                .filter_map(|body| Api::names(&body.ty))
        };
        let read = api.closure(responses, |field| !field.write_only);
        let mut create = api.closure(body(false), |field| !field.read_only);
        let update: BTreeSet<&str> =
            body(true).filter_map(|name| api.schemas.get_key_value(name)).map(|(name, _)| name.as_str()).collect();
        // The objects inside a PATCH body are replaced as a whole, so they have the create form.
        for name in &update {
            if let Some(SchemaKind::Object { fields, .. }) = api.schema(name).map(|schema| &schema.kind) {
                let inner = fields.iter().filter(|field| !field.read_only).filter_map(|field| Api::names(&field.ty));
                create.extend(api.closure(inner, |field| !field.read_only));
            }
        }
        Self { api, ids: Ids::new(api), read, create, update }
    }

    /// Returns the ids.
    pub fn ids(&self) -> &Ids {
        &self.ids
    }

    /// Returns the forms of a schema.
    pub fn of(&self, schema: &str) -> Vec<Form> {
        let mut forms = Vec::new();
        if self.read.contains(schema) {
            forms.push(Form::Read);
        }
        if self.create.contains(schema) {
            forms.push(Form::Create);
        }
        // A schema that is only ever sent has one form.
        if self.update.contains(schema) && (self.read.contains(schema) || !self.create.contains(schema)) {
            forms.push(Form::Update);
        }
        forms
    }

    /// Returns a schema by name.
    pub fn schema(&self, name: &str) -> Option<&'a Schema> {
        self.api.schema(name)
    }

    /// Returns the name of the Rust type of a form.
    pub fn name(&self, schema: &str, form: Form) -> String {
        let suffix = match form {
            Form::Read => "",
            Form::Create | Form::Update if !self.read.contains(schema) => "",
            Form::Create => "Create",
            Form::Update => "Update",
        };
        format!("{schema}{suffix}")
    }

    /// Returns the fields of a form.
    pub fn fields(&self, fields: &'a [Field], form: Form) -> Vec<&'a Field> {
        fields.iter().filter(|field| if form == Form::Read { !field.write_only } else { !field.read_only }).collect()
    }

    /// Returns how a form of a schema reads and writes a field.
    pub fn presence(&self, schema: &str, field: &Field, form: Form) -> Presence {
        let only_sent = !self.read.contains(schema);
        match form {
            Form::Read if field.identity => Presence::Required,
            Form::Read => Presence::Optional,
            Form::Update if !only_sent => {
                if field.nullable {
                    Presence::Patch
                } else {
                    Presence::Optional
                }
            }
            Form::Create | Form::Update => match (field.required, field.nullable) {
                (true, true) => Presence::Nullable,
                (true, false) => Presence::Required,
                (false, true) if only_sent && self.update.contains(schema) => Presence::Patch,
                (false, _) => Presence::Optional,
            },
        }
    }

    /// Returns the Rust type of a field.
    pub fn field_type(&self, schema: &str, field: &Field, form: Form) -> RustType {
        let inner = self.value_type(schema, field, form);
        match self.presence(schema, field, form) {
            Presence::Required => inner,
            Presence::Optional | Presence::Nullable => RustType::Option(Box::new(inner)),
            Presence::Patch => RustType::Option(Box::new(RustType::Patch(Box::new(inner)))),
        }
    }

    /// Returns the Rust type of the value of a field.
    pub fn value_type(&self, schema: &str, field: &Field, form: Form) -> RustType {
        match self.ids.field(schema, field) {
            Some(id) => id_type(&field.ty, id),
            None => self.rust_type(&field.ty, if form == Form::Read { Form::Read } else { Form::Create }),
        }
    }

    /// Returns the Rust type of an operation's JSON body.
    pub fn body_type(&self, operation: &Operation) -> Option<RustType> {
        let body = operation.body.as_ref().filter(|body| !body.multipart)?;
        Some(match &body.ty {
            Type::Named(name) if self.is_object(name) => RustType::Generated(self.name(name, Form::of_body(operation))),
            other => self.rust_type(other, Form::Create),
        })
    }

    /// Returns the Rust type of a query parameter.
    pub fn query_type(&self, parameter: &Parameter) -> RustType {
        match self.ids.query(parameter) {
            Some(id) => id_type(&parameter.ty, id),
            None => self.rust_type(&parameter.ty, Form::Create),
        }
    }

    /// Returns the Rust type of a path parameter.
    pub fn path_type(&self, operation: &Operation, position: usize) -> RustType {
        let is_integer = operation.path_parameters.get(position).is_some_and(|found| found.ty == Type::Integer);
        match self.ids.path(operation, position) {
            Some(id) => RustType::Id(id),
            None if is_integer => RustType::Integer,
            None => RustType::Text,
        }
    }

    /// Returns the Rust type of an operation's response.
    pub fn response_type(&self, operation: &Operation) -> RustType {
        match &operation.answer {
            Answer::Nothing => RustType::Unit,
            Answer::Bytes(_) => RustType::Sdk("Download".to_owned()),
            Answer::Json(Type::Array(records)) if operation.pagination.is_some() => {
                RustType::Page(Box::new(self.rust_type(records, Form::Read)))
            }
            Answer::Json(ty) => self.rust_type(ty, Form::Read),
        }
    }

    /// Returns the Rust type of a type of the description.
    pub fn rust_type(&self, ty: &Type, form: Form) -> RustType {
        match ty {
            Type::String => RustType::Text,
            Type::Integer => RustType::Integer,
            Type::Boolean => RustType::Bool,
            Type::Date => RustType::Sdk("Date".to_owned()),
            Type::File => RustType::Sdk("FilePart".to_owned()),
            Type::Json => RustType::Sdk("Json".to_owned()),
            Type::Array(inner) => RustType::List(Box::new(self.rust_type(inner, form))),
            Type::Map(inner) => RustType::Map(Box::new(self.rust_type(inner, form))),
            Type::Named(name) => match self.api.schema(name).map(|schema| &schema.kind) {
                Some(SchemaKind::Scalar(scalar)) => RustType::Sdk(names::pascal(scalar)),
                Some(SchemaKind::Page(records)) => {
                    RustType::Page(Box::new(RustType::Generated(self.name(records, Form::Read))))
                }
                Some(SchemaKind::Object { .. }) => RustType::Generated(self.name(name, form)),
                Some(SchemaKind::Enum(_)) | None => RustType::Generated(name.clone()),
            },
        }
    }

    fn is_object(&self, name: &str) -> bool {
        matches!(self.api.schema(name).map(|schema| &schema.kind), Some(SchemaKind::Object { .. }))
    }
}

/// The type of an id, or of a list of ids.
fn id_type(ty: &Type, id: String) -> RustType {
    match ty {
        Type::Array(items) => RustType::List(Box::new(id_type(items, id))),
        _ => RustType::Id(id),
    }
}
