//! Code for tests: a call of every operation through the public API, and a round trip through every read type.
//!
//! It is generated so that no handwritten list can miss one.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::{Value, json};

use crate::description::spec::{Answer, Api, Body, Operation, SchemaKind, Type};
use crate::emit::arguments::{ident, required};
use crate::emit::forms::{Form, Forms};
use crate::emit::resources::{Resource, tree};
use crate::emit::rust_type::{RustType, Scope};
use crate::emit::samples::sample;
use crate::emit::source;

/// Generates the IDs of all operations, and a function that calls one by its ID.
///
/// # Errors
/// If the generated code is not Rust.
pub fn generate(api: &Api, forms: &Forms<'_>) -> Result<String, String> {
    let mut calls = Calls { api, forms, ids: Vec::new(), arms: Vec::new() };
    calls.level(&tree(api), &quote!(campfire));
    let Calls { ids, arms, .. } = calls;
    let round_trips = round_trips(api, forms);
    let items = source::items(quote! {
        /// The operation IDs, and the resource of each.
        pub const OPERATIONS: &[(&str, &str)] = &[#(#ids),*];

        /// Calls an operation with IDs of 1 and the smallest arguments that it accepts.
        #[allow(clippy::all, deprecated, unused_variables)]
        pub async fn call(operation: &str, campfire: &campfire::Client) -> Result<(), campfire::Error> {
            match operation {
                #(#arms)*
                other => panic!("no operation `{other}`"),
            }
        }

        #round_trips
    })?;
    Ok(source::format(items))
}

/// Generates functions that decode and encode a string as the read type of a schema.
fn round_trips(api: &Api, forms: &Forms<'_>) -> TokenStream {
    let is_read = |name: &&String| forms.of(name).contains(&Form::Read);
    let objects = api.schemas.iter().filter(|(_, schema)| matches!(schema.kind, SchemaKind::Object { .. }));
    let names: Vec<&String> = objects.map(|(name, _)| name).filter(is_read).collect();
    let types: Vec<_> = names.iter().map(|name| format_ident!("{name}")).collect();
    quote! {
        /// The schemas of responses.
        #[allow(dead_code)]
        pub const READ_TYPES: &[&str] = &[#(#names),*];

        /// Decodes a string as the type of a schema, and encodes it again.
        #[allow(dead_code, unused_variables)]
        pub fn round_trip(schema: &str, json: &str) -> Result<String, serde_json::Error> {
            match schema {
                #(#names => through::<campfire::types::#types>(json),)*
                other => panic!("no schema `{other}`"),
            }
        }

        /// The JSON Schema of the type of a schema.
        #[cfg(feature = "schemars")]
        #[allow(dead_code, unused_variables)]
        pub fn schema_of(schema: &str, generator: campfire::schemars::SchemaGenerator) -> campfire::schemars::Schema {
            match schema {
                #(#names => generator.into_root_schema_for::<campfire::types::#types>(),)*
                other => panic!("no schema `{other}`"),
            }
        }

        #[allow(dead_code)]
        fn through<T: serde::Serialize + serde::de::DeserializeOwned>(json: &str) -> Result<String, serde_json::Error> {
            serde_json::to_string(&serde_json::from_str::<T>(json)?)
        }
    }
}

struct Calls<'a> {
    api: &'a Api,
    forms: &'a Forms<'a>,
    ids: Vec<TokenStream>,
    arms: Vec<TokenStream>,
}

impl Calls<'_> {
    fn level(&mut self, resources: &BTreeMap<String, Resource<'_>>, parent: &TokenStream) {
        for (name, resource) in resources {
            let name = ident(name);
            let ones = resource.binds.iter().map(|_| quote!(1));
            let handle = quote!(#parent.#name(#(#ones),*));
            for (method, operation) in &resource.operations {
                let (id, path) = (&operation.id, &resource.path);
                let (method, arguments) = (ident(method), self.arguments(operation, resource));
                let read =
                    matches!(operation.answer, Answer::Bytes(_)).then(|| quote!(?.into_inner().bytes(1 << 20).await));
                self.ids.push(quote!((#id, #path)));
                self.arms.push(quote! {
                    #id => Box::pin(async { #handle.#method(#(#arguments),*).await #read.map(drop) }).await,
                });
            }
            self.level(&resource.children, &handle);
        }
    }

    fn arguments(&self, operation: &Operation, resource: &Resource<'_>) -> Vec<TokenStream> {
        let ids = operation.path_parameters.iter().skip(resource.bound.len()).map(|_| quote!(1));
        let queries = required(operation).map(|parameter| {
            let sample = sample(self.api, &parameter.ty, None, 3);
            match (self.forms.query_type(parameter), &sample) {
                (RustType::Text, Value::String(text)) => quote!(#text),
                (RustType::List(item), _) => {
                    let item = item.tokens(Scope::User);
                    quote!(std::iter::empty::<#item>())
                }
                (RustType::Id(_), _) => quote!(1),
                _ => parsed(&sample),
            }
        });
        ids.chain(queries).chain(self.parts(operation)).chain(self.body(operation)).collect()
    }

    /// The required parts of an upload.
    fn parts(&self, operation: &Operation) -> Vec<TokenStream> {
        let Some(Body { multipart: true, ty: Type::Named(name), .. }) = &operation.body else { return Vec::new() };
        let Some(SchemaKind::Object { fields, .. }) = self.api.schema(name).map(|schema| &schema.kind) else {
            return Vec::new();
        };
        let required = fields.iter().filter(|field| field.required || field.ty == Type::File);
        required
            .map(|field| match field.ty {
                Type::Integer => quote!(1),
                Type::File => quote!(campfire::FilePart::from_bytes("sample.pdf", b"%PDF-1.4".to_vec())),
                Type::String => quote!("sample"),
                _ => parsed(&sample(self.api, &field.ty, Some(field), 3)),
            })
            .collect()
    }

    fn body(&self, operation: &Operation) -> Option<TokenStream> {
        let ty = self.forms.body_type(operation)?.tokens(Scope::User);
        let body = operation.body.as_ref()?;
        // An update requires nothing, except where the schema has only one form.
        let is_update = Form::of_body(operation) == Form::Update
            && Api::names(&body.ty).is_some_and(|name| self.forms.name(name, Form::Update) != name);
        let sample = if is_update { json!({}) } else { sample(self.api, &body.ty, None, 4) };
        let json = sample.to_string();
        Some(quote!(&serde_json::from_str::<#ty>(#json).unwrap()))
    }
}

fn parsed(sample: &Value) -> TokenStream {
    let json = sample.to_string();
    quote!(serde_json::from_str(#json).unwrap())
}
