//! Turns the description of the Campfire API (`openapi/*.yaml`) into the Rust source of `campfire-sdk`.
//!
//! The way through, one module each:
//!
//! [`yaml`] reads files and remembers lines → [`load`] merges them and picks areas → [`lint`] refuses what cannot be
//! meant → [`spec`] reads operations and schemas → [`forms`] decides which Rust types there are → [`lower`] says it in
//! progenitor's dialect → progenitor makes client and structs → [`types`] and [`facade`] write what users see.
//!
//! Nothing here knows an operation or a schema by name. What is special about one is said in the YAML, with an `x-`
//! extension that `openapi/README.md` documents and [`lint`] checks.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod bundle;
pub mod calls;
pub mod deviations;
pub mod diff;
mod docs;
pub mod drift;
mod effects;
pub mod facade;
pub mod format;
pub mod forms;
pub mod lint;
pub mod load;
pub mod lower;
pub mod mocks;
pub mod model;
pub mod names;
mod prose;
pub mod resources;
pub mod rules;
pub mod spec;
pub mod surface;
pub mod types;
pub mod yaml;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

pub use load::Description;
use spec::Api;
pub use yaml::{Location, Problem, Problems};

/// The generated Rust source, a file each.
#[derive(Clone, Debug)]
pub struct Generated {
    /// Progenitor's client: one private method per operation.
    pub client: String,
    /// The public types.
    pub types: String,
    /// The resource handles and request builders.
    pub resources: String,
    /// The model that drives the sandbox, as JSON.
    pub sandbox: String,
    /// A call of every operation, for tests.
    pub calls: String,
    /// Typed mocks of all operations.
    pub mocks: String,
}

/// Why nothing was generated.
#[derive(Clone, Debug)]
pub enum Error {
    /// The description has mistakes.
    Description(Problems),
    /// Progenitor refused or did something unexpected; the lint should have caught it before.
    Generator(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Description(problems) => problems.fmt(f),
            Error::Generator(message) => write!(f, "code generation: {message}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<Problems> for Error {
    fn from(problems: Problems) -> Self {
        Error::Description(problems)
    }
}

/// Generates the SDK for the given areas.
///
/// # Errors
/// When the description has mistakes, each with file, line and mend.
pub fn generate(description: &Description, areas: &BTreeSet<String>) -> Result<Generated, Error> {
    lint::check(description)?;
    let whole = Api::read(description)?;
    let forms = forms::Forms::new(&whole);
    let selection = description.select(areas);
    let selected = Api::read(&selection)?;
    let lowered = lower::lower(&selected, &forms);
    let Progenitor { client, structs, signatures } = Progenitor::run(&lowered).map_err(Error::Generator)?;
    Ok(Generated {
        client,
        types: types::generate(&selected, &forms, &structs).map_err(Error::Generator)?,
        resources: facade::generate(&selected, &forms, &signatures).map_err(Error::Generator)?,
        sandbox: model::model(&selected).to_string(),
        calls: calls::generate(&selected, &forms),
        mocks: mocks::generate(&selected, &forms),
    })
}

/// What is taken from progenitor's output.
struct Progenitor {
    client: String,
    structs: BTreeMap<String, syn::ItemStruct>,
    signatures: BTreeMap<String, Vec<String>>,
}

impl Progenitor {
    fn run(lowered: &lower::Lowered) -> Result<Self, String> {
        let document: openapiv3::OpenAPI =
            serde_json::from_value(lowered.document.clone()).map_err(|error| error.to_string())?;
        let mut settings = progenitor_impl::GenerationSettings::default();
        settings
            .with_interface(progenitor_impl::InterfaceStyle::Positional)
            .with_hooks(progenitor_impl::HooksMode::Expected);
        for (component, ty) in &lowered.replacements {
            settings.with_replacement(component, ty, std::iter::empty());
        }
        let tokens = progenitor_impl::Generator::new(&settings)
            .generate_tokens(&document)
            .map_err(|error| format!("progenitor: {error}"))?;
        let mut file: syn::File = syn::parse2(tokens).map_err(|error| format!("progenitor wrote no Rust: {error}"))?;
        let mut structs = BTreeMap::new();
        let mut signatures = BTreeMap::new();
        for item in &file.items {
            match item {
                syn::Item::Mod(module) if module.ident == "types" => {
                    for item in module.content.iter().flat_map(|(_, items)| items) {
                        if let syn::Item::Struct(item) = item {
                            structs.insert(item.ident.to_string(), item.clone());
                        }
                    }
                }
                syn::Item::Impl(item) => {
                    for member in &item.items {
                        if let syn::ImplItem::Fn(function) = member {
                            signatures.insert(function.sig.ident.to_string(), argument_names(&function.sig));
                        }
                    }
                }
                _ => {}
            }
        }
        // Its methods are kept. The structs move to the public types module, and the client is one of the crate's own.
        file.items.retain(|item| match item {
            syn::Item::Use(_) => true,
            syn::Item::Impl(item) => item.trait_.is_none() && item.items.iter().any(is_async),
            _ => false,
        });
        Ok(Self { client: prettyplease::unparse(&file), structs, signatures })
    }
}

fn is_async(member: &syn::ImplItem) -> bool {
    matches!(member, syn::ImplItem::Fn(function) if function.sig.asyncness.is_some())
}

fn argument_names(signature: &syn::Signature) -> Vec<String> {
    signature
        .inputs
        .iter()
        .filter_map(|input| match input {
            syn::FnArg::Typed(argument) => match argument.pat.as_ref() {
                syn::Pat::Ident(pattern) => Some(pattern.ident.to_string()),
                _ => None,
            },
            syn::FnArg::Receiver(_) => None,
        })
        .collect()
}
