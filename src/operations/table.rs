//! The generated table. Entries are parsed when they are looked up.

use campfire_operation_table::{self as table, Operation, Schema, suggest};

use super::untyped::UntypedCall;
use crate::client::Client;
use campfire_transport::outcome::error::{ConfigurationError, Error};

include!(concat!(env!("OUT_DIR"), "/endpoints.rs"));

static OPERATIONS: &str = include_str!(concat!(env!("OUT_DIR"), "/operations.txt"));
static SCHEMAS: &str = include_str!(concat!(env!("OUT_DIR"), "/schemas.txt"));

/// Returns the ids of all operations of the compiled areas, sorted.
pub fn ids() -> impl Iterator<Item = &'static str> {
    table::entries(OPERATIONS).map(|(id, _)| id)
}

/// Returns an operation by id: `contracts.usage.create`.
pub fn get(id: &str) -> Option<Operation<'static>> {
    table::find(OPERATIONS, id).map(|(_, operation)| operation)
}

/// Returns a schema by the name that a [`Type`](super::Type) has.
pub fn schema(name: &str) -> Option<Schema<'static>> {
    table::find(SCHEMAS, name).map(|(_, schema)| schema)
}

/// Returns the operation ids that look most like a text, the best first.
pub fn similar(id: &str) -> Vec<&'static str> {
    suggest::similar(id, ids())
}

impl Client {
    /// Prepares a call by operation id. Parameters and body are checked against [the table](crate::operations) before
    /// anything is sent.
    ///
    /// # Errors
    /// If there is no such operation; the error names similar ones.
    pub fn operation(&self, id: &str) -> Result<UntypedCall, Error> {
        let found = table::find::<Operation<'static>>(OPERATIONS, id);
        match found.and_then(|(index, operation)| Some((ENDPOINTS.get(index)?, operation))) {
            Some((endpoint, operation)) => Ok(UntypedCall::new(self, endpoint, operation, schema)),
            None => Err(unknown(id)),
        }
    }
}

fn unknown(id: &str) -> Error {
    let hint = suggest::hint(&similar(id));
    ConfigurationError::new(format!("there is no operation `{id:.80}`{hint}")).into()
}
