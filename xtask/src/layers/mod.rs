//! `cargo xtask layers`: finds circles of modules that import each other.
//!
//! An import is a `use` declaration or a path, also inside a macro, followed through re-exports to the module that
//! defines the item. Test modules do not count. Neither does naming a module only to reach into it.

mod circles;
mod edges;
mod paths;
mod report;

pub(crate) use report::check;
