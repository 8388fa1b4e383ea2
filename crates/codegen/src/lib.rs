//! Turns the description of the Campfire API (`openapi/*.yaml`) into the Rust source of `campfire-sdk`.
//!
//! The steps, from YAML to Rust:
//!
//! 1. [`description::yaml`] reads files and records lines; [`description::load`] merges them into one document.
//! 2. [`rules::lint`] checks the document and the sandbox overlay.
//! 3. [`description::spec`] holds the operations and schemas that are read from the document.
//! 4. [`emit`] decides which Rust types exist, lets progenitor generate methods and structs, and writes the rest.
//!
//! Nothing here knows an operation or a schema by name. Peculiarities are stated in the YAML, with an `x-` extension that
//! `openapi/README.md` documents and the lint checks, or in the sandbox overlay.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod description;
pub mod emit;
pub mod rules;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

pub use description::load::Description;
use description::spec::Api;
pub use description::yaml::{Location, Problem, Problems};
pub use emit::areas::Stubs;
pub use emit::operations::OperationTable;
use emit::progenitor::Progenitor;
pub use emit::types::JsonSchemas;
use emit::{
    areas, calls, examples, forms, handles, id_types, links, lower, mocks, model, operations, server, tables, types,
};
use rules::lint;

/// The generated sources, one file each.
#[derive(Clone, Debug)]
pub struct Generated {
    /// Progenitor's methods, one per operation, which build the requests.
    pub client: String,
    /// The public types.
    pub types: String,
    /// The types of ids.
    pub ids: String,
    /// The resource handles and request builders.
    pub resources: String,
    /// The fields of the records of all lists, as JSON.
    pub fields: String,
    /// The model that drives the sandbox, as JSON.
    pub sandbox: String,
    /// The server and the header of the API key.
    pub server: String,
    /// Calls of every operation, for tests.
    pub calls: String,
    /// The examples in the documentation as functions, for tests.
    pub examples: String,
}

/// The reason why nothing was generated.
#[derive(Clone, Debug)]
pub enum Error {
    /// The description has mistakes.
    Description(Problems),
    /// Progenitor failed or did something unexpected that the lint should have prevented.
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
/// If the description has mistakes; each has file, line, and a way to fix it.
pub fn generate(
    description: &Description,
    areas: &BTreeSet<String>,
    json_schemas: JsonSchemas,
) -> Result<Generated, Error> {
    lint::check(description)?;
    let whole = Api::read(description)?;
    let forms = forms::Forms::new(&whole);
    let selected = links::link(select(description, areas, &whole)?.into_owned(), &whole);
    let lowered = lower::lower(&selected, &forms);
    let Progenitor { client, structs, signatures } = Progenitor::run(&lowered).map_err(Error::Generator)?;
    let source = || {
        let areas = areas::Areas::new(&whole);
        let examples = examples::write(&selected, &forms)?;
        Ok(Generated {
            client,
            types: types::generate(&selected, &forms, structs, &areas, json_schemas)?,
            ids: id_types::generate(forms.ids())?,
            resources: handles::generate(&selected, &forms, &signatures, &examples, &areas)?,
            fields: tables::fields(&whole, &forms),
            sandbox: model::json(&selected, &description.overlay),
            server: server::generate(&selected.server)?,
            calls: calls::generate(&selected, &forms)?,
            examples: examples::functions(&examples),
        })
    };
    source().map_err(Error::Generator)
}

/// Generates what lets the compiler name the feature that an item needs, for a build in which areas are off. `features` are the
/// areas that have a feature.
///
/// # Errors
/// If the description has mistakes; each has file, line, and a way to fix it.
pub fn generate_stubs(description: &Description, features: &BTreeSet<String>) -> Result<Stubs, Error> {
    let whole = Api::read(description)?;
    areas::stubs(&whole, &forms::Forms::new(&whole), features).map_err(Error::Generator)
}

/// Generates typed mocks of every operation in the given areas.
///
/// # Errors
/// If the description has mistakes; each has file, line, and a way to fix it.
pub fn generate_mocks(description: &Description, areas: &BTreeSet<String>) -> Result<String, Error> {
    let whole = Api::read(description)?;
    let selected = select(description, areas, &whole)?;
    mocks::generate(&selected, &forms::Forms::new(&whole)).map_err(Error::Generator)
}

/// Generates the table of the operations in the given areas.
///
/// # Errors
/// If the description has mistakes; each has file, line, and a way to fix it.
pub fn generate_operations(description: &Description, areas: &BTreeSet<String>) -> Result<OperationTable, Error> {
    let whole = Api::read(description)?;
    let selected = select(description, areas, &whole)?;
    operations::generate(&selected).map_err(Error::Generator)
}

/// Reads the given areas. Build scripts usually select all of them, and then nothing is read twice.
fn select<'a>(description: &Description, areas: &BTreeSet<String>, whole: &'a Api) -> Result<Cow<'a, Api>, Problems> {
    if description.areas().into_iter().all(|area| areas.contains(area)) {
        return Ok(Cow::Borrowed(whole));
    }
    Api::read(&description.select(areas)).map(Cow::Owned)
}
