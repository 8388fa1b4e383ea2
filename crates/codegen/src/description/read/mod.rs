//! Reads the meaning of the document: JSON becomes [`Api`], and texts become fit for rustdoc.
//!
//! It knows no operation and no schema by name.

mod operation;
mod reader;
mod schema;
mod server;
mod types;

use std::collections::BTreeMap;

use crate::description::load::Description;
use crate::description::node;
use crate::description::spec::Api;
use crate::description::yaml::Problems;
use reader::Reader;

impl Api {
    /// Reads a description that has passed the lint.
    ///
    /// # Errors
    /// If the generator does not understand something; each problem has file and line.
    pub fn read(description: &Description) -> Result<Self, Problems> {
        let mut reader = Reader::new(description);
        let mut schemas = BTreeMap::new();
        for (name, schema) in node::schemas(&description.root) {
            if let Some(schema) = reader.schema(name, &schema) {
                schemas.insert(name.to_owned(), schema);
            }
        }
        let operations =
            node::operations(&description.root).filter_map(|operation| reader.operation(&operation)).collect();
        let notes = node::tags(&description.root)
            .map(|tag| (tag.text("name").to_owned(), reader::prose(&tag, "description")))
            .collect();
        let server = reader.server();
        reader.finish(Self { server, operations, schemas, notes })
    }
}
