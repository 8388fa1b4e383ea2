//! Turns the description of the Campfire API (`openapi/*.yaml`) into the Rust source of `campfire-sdk`.
//!
//! The way through, one module each:
//!
//! [`yaml`] reads files and remembers lines → [`load`] merges them and picks areas → [`lint`] refuses what cannot be
//! meant → [`spec`] reads operations and schemas → [`forms`] decides which Rust types there are → [`lower`] says it in
//! progenitor's dialect → `progenitor` makes methods and structs → [`types`] and [`facade`] write what users see.
//!
//! Nothing here knows an operation or a schema by name. What is special about one is said in the YAML, with an `x-`
//! extension that `openapi/README.md` documents and [`lint`] checks.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod description;
pub mod emit;
pub mod rules;

use std::collections::BTreeSet;
use std::fmt;

pub use description::load::Description;
use description::spec::Api;
pub use description::yaml::{Location, Problem, Problems};
use emit::progenitor::Progenitor;
use emit::{calls, facade, forms, lower, mocks, model, types};
use rules::lint;

/// The generated Rust source, a file each.
#[derive(Clone, Debug)]
pub struct Generated {
    /// Progenitor's methods, one per operation: they build the requests.
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
