//! The model that drives the sandbox of `campfire-sdk`.
//!
//! `campfire-codegen` writes a [`Model`] from the API description and the sandbox overlay, and the sandbox reads it. Both
//! use these types, so the two cannot disagree about a name. The sandbox adds its own indexes after reading.
//!
//! The JSON form is compact: flags that are `false`, empty lists and absent values are left out.

mod api_key;
mod compact;
mod effect;
mod field;
mod index;
mod operation;
mod parameter;
mod vocabulary;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use api_key::ApiKey;
pub use effect::{Effect, PageSize, Selection};
pub use field::{Bound, Field, FieldPath, InvalidFieldPath, RelatedField, SumTerm, Type};
pub use index::{Index, Schema};
pub use operation::{Body, Operation, Refusal, Response};
pub use parameter::Parameter;
pub use vocabulary::{Action, Approval, DocumentKind, LedgerValue, Test};

/// The API as the sandbox serves it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// The operations, in the order of the description.
    pub operations: Vec<Operation>,
    /// The fields of each object schema, by schema name.
    pub schemas: BTreeMap<String, Vec<Field>>,
    /// The values of each enum schema, by schema name.
    pub enums: BTreeMap<String, Vec<String>>,
    /// The schemas whose records are accounting documents.
    #[serde(default)]
    pub documents: BTreeMap<String, DocumentKind>,
    /// How requests carry the API key.
    #[serde(default)]
    pub key: ApiKey,
}
