//! The source of a crate as modules and imports, and the resolution of paths to the items they name.

mod attributes;
mod imports;
mod resolve;
mod tree;

pub(crate) use attributes::{features, is_hidden, is_public};
pub(crate) use imports::{Import, flatten};
pub(crate) use resolve::{Resolved, resolve};
pub(crate) use tree::{Crate, ModulePath, item_name};
