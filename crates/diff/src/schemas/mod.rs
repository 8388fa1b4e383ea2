//! Compares schemas, each pair once, however often it is used.
//!
//! The pairs form a graph. A node is an old and a new schema in one direction; an edge leads to a property. Findings sit
//! on the node where the difference is, and `gather` later asks the graph in which operations they show. Recursive
//! schemas therefore need no special care, and the work grows with the size of the description rather than with the
//! number of paths through it.

mod direction;
mod discriminator;
mod facets;
mod graph;
mod node;
mod pair;
mod relationship;
mod renames;
mod unions;

pub(crate) use direction::Direction;
pub(crate) use graph::Schemas;
pub(crate) use node::Node;
pub(crate) use relationship::Relationship;
