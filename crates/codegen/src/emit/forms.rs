//! Which Rust types an object schema becomes, and which Rust type each field has.
//!
//! One schema of the description is up to three types, because a field means something else in each direction:
//!
//! | form | name | a field is |
//! | --- | --- | --- |
//! | read (answers) | `Contract` | `T` where it is identity, else `Option<T>` |
//! | create (POST, PUT, nested in any body) | `ContractCreate` | `T` where it is required, else `Option<T>` |
//! | update (PATCH) | `ContractUpdate` | `Option<Patch<T>>` where it may be null, else `Option<T>` |
//!
//! A schema that no answer ever carries needs no suffix: it has one form, under its own name.

use std::collections::BTreeSet;

use crate::description::spec::{Answer, Api, Field, SchemaKind, Type};

/// A direction in which an object travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// In an answer.
    Read,
    /// In a POST or PUT body, or inside any body.
    Create,
    /// A PATCH body.
    Update,
}

/// How a field behaves on the wire; the names of `crate::wire::object!`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Always there, never null.
    Required,
    /// `Option<T>`: null and absence read as `None`, which is not written.
    Optional,
    /// `Option<T>` that must be written, as null where it is `None`.
    Nullable,
    /// `Option<Patch<T>>`.
    Patch,
}

/// The forms of all schemas.
///
/// Names are decided on the whole description, so that switching an area off renames nothing.
#[derive(Clone, Debug)]
pub struct Forms<'a> {
    api: &'a Api,
    read: BTreeSet<&'a str>,
    create: BTreeSet<&'a str>,
    update: BTreeSet<&'a str>,
}

impl<'a> Forms<'a> {
    /// The forms that the operations of a description need.
    pub fn new(api: &'a Api) -> Self {
        let answers = api.operations.iter().filter_map(|operation| match &operation.answer {
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
        let read = api.closure(answers, |field| !field.write_only);
        let mut create = api.closure(body(false), |field| !field.read_only);
        let update: BTreeSet<&str> =
            body(true).filter_map(|name| api.schemas.get_key_value(name)).map(|(name, _)| name.as_str()).collect();
        // What a PATCH body contains is written as a whole: it has the create form.
        for name in &update {
            if let Some(SchemaKind::Object { fields, .. }) = api.schema(name).map(|schema| &schema.kind) {
                let inner = fields.iter().filter(|field| !field.read_only).filter_map(|field| Api::names(&field.ty));
                create.extend(api.closure(inner, |field| !field.read_only));
            }
        }
        Self { api, read, create, update }
    }

    /// The forms that a schema has.
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

    /// The schema of that name.
    pub fn schema(&self, name: &str) -> Option<&'a crate::description::spec::Schema> {
        self.api.schema(name)
    }

    /// The name of the Rust type.
    pub fn name(&self, schema: &str, form: Form) -> String {
        let suffix = match form {
            Form::Read => "",
            Form::Create | Form::Update if !self.read.contains(schema) => "",
            Form::Create => "Create",
            Form::Update => "Update",
        };
        format!("{schema}{suffix}")
    }

    /// The fields that a form has.
    pub fn fields(&self, fields: &'a [Field], form: Form) -> Vec<&'a Field> {
        fields.iter().filter(|field| if form == Form::Read { !field.write_only } else { !field.read_only }).collect()
    }

    /// How a field behaves in a form of a schema.
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

    /// The Rust type of a field.
    pub fn field_type(&self, schema: &str, field: &Field, form: Form) -> String {
        let inner = self.rust_type(&field.ty, if form == Form::Read { Form::Read } else { Form::Create });
        match self.presence(schema, field, form) {
            Presence::Required => inner,
            Presence::Optional | Presence::Nullable => format!("Option<{inner}>"),
            Presence::Patch => format!("Option<crate::Patch<{inner}>>"),
        }
    }

    /// The Rust type of a body.
    pub fn body_type(&self, ty: &Type, form: Form) -> String {
        match ty {
            Type::Named(name)
                if matches!(self.schema(name).map(|schema| &schema.kind), Some(SchemaKind::Object { .. })) =>
            {
                format!("crate::types::{}", self.name(name, form))
            }
            other => self.rust_type(other, Form::Create),
        }
    }

    /// The Rust type of a type of the description.
    pub fn rust_type(&self, ty: &Type, form: Form) -> String {
        match ty {
            Type::String => "String".to_owned(),
            Type::Integer => "i64".to_owned(),
            Type::Boolean => "bool".to_owned(),
            Type::Date => "crate::Date".to_owned(),
            Type::File => "crate::FilePart".to_owned(),
            Type::Json => "crate::Json".to_owned(),
            Type::Array(inner) => format!("Vec<{}>", self.rust_type(inner, form)),
            Type::Map(inner) => format!("std::collections::BTreeMap<String, {}>", self.rust_type(inner, form)),
            Type::Named(name) => match self.api.schema(name).map(|schema| &schema.kind) {
                Some(SchemaKind::Scalar(scalar)) => format!("crate::{}", crate::description::names::pascal(scalar)),
                Some(SchemaKind::Page(rows)) => {
                    format!("crate::Page<crate::types::{}>", self.name(rows, Form::Read))
                }
                Some(SchemaKind::Object { .. }) => format!("crate::types::{}", self.name(name, form)),
                Some(SchemaKind::Enum(_)) | None => format!("crate::types::{name}"),
            },
        }
    }
}
