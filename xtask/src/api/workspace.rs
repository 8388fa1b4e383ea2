//! The crates of the workspace, by the name under which Rust code knows them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::project::Result;
use crate::source::{Crate, ModulePath, Resolved, resolve};

/// The name of the SDK's crate.
pub(super) const SDK: &str = "campfire";

/// The crates of the workspace, by name.
pub(super) struct Workspace {
    pub(super) crates: BTreeMap<String, Crate>,
}

/// A name in a module of a crate of the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Module(String, ModulePath),
    Item(String, ModulePath, String),
    /// A path into a crate that is not part of the workspace.
    Foreign(Vec<String>),
}

impl Workspace {
    /// Reads the SDK in `src`, and `campfire_xxx` in each `crates/xxx/src`.
    ///
    /// # Errors
    /// When a file cannot be read or is not valid Rust.
    pub(super) fn read(root: &Path) -> Result<Self> {
        let mut crates = BTreeMap::from([(SDK.to_owned(), Crate::read(&root.join("src"))?)]);
        for entry in fs::read_dir(root.join("crates")).into_iter().flatten() {
            let folder = entry?.path();
            if let Some(name) = folder.file_name().and_then(|name| name.to_str())
                && folder.join("src/lib.rs").exists()
            {
                crates.insert(format!("{SDK}_{}", name.replace('-', "_")), Crate::read(&folder.join("src"))?);
            }
        }
        Ok(Self { crates })
    }

    /// Resolves a path that is written in a module, across the crates of the workspace.
    pub(super) fn resolve(&self, krate: &str, module: &ModulePath, path: &[String]) -> Place {
        let found = self.crates.get(krate).map(|source| resolve(source, module, path));
        match found {
            Some(Resolved::Module(module)) => Place::Module(krate.to_owned(), module),
            Some(Resolved::Item(module, name)) => Place::Item(krate.to_owned(), module, name),
            Some(Resolved::Other(path)) => self.resolve_foreign(path),
            None => Place::Foreign(path.to_vec()),
        }
    }

    fn resolve_foreign(&self, path: Vec<String>) -> Place {
        match path.split_first() {
            Some((name, rest)) if self.crates.contains_key(name) => {
                let inside = [&["crate".to_owned()], rest].concat();
                self.resolve(name, &ModulePath::new(), &inside)
            }
            _ => Place::Foreign(path),
        }
    }
}
