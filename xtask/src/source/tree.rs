//! Reads the modules of a crate, starting at its root and following `mod` declarations.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use syn::{Item, ItemMod};

use super::attributes::{features, is_left_out};
use super::imports::{Import, imports};
use crate::project::Result;

/// The names of the modules from the root of a crate to a module.
pub(crate) type ModulePath = Vec<String>;

/// The modules of a crate. Test modules are left out.
pub(crate) struct Crate {
    pub(crate) modules: BTreeMap<ModulePath, Module>,
}

/// A module of a crate.
pub(crate) struct Module {
    /// The file, relative to the folder of the crate's root.
    pub(crate) file: PathBuf,
    pub(crate) items: Vec<Item>,
    pub(crate) imports: Vec<Import>,
    /// The features that the module and its parents require.
    pub(crate) features: Vec<String>,
}

impl Crate {
    /// Returns true if a module has an item with the given name.
    pub(crate) fn defines(&self, module: &ModulePath, name: &str) -> bool {
        let items = self.modules.get(module).map(|module| module.items.as_slice()).unwrap_or_default();
        items.iter().any(|item| item_name(item).as_deref() == Some(name))
    }

    /// Reads the crate whose root is `lib.rs` or `main.rs` in `folder`.
    ///
    /// # Errors
    /// When a file cannot be read or is not valid Rust.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let root = ["lib.rs", "main.rs"].into_iter().find(|name| folder.join(name).exists()).unwrap_or("lib.rs");
        let mut reader = Reader { folder, modules: BTreeMap::new() };
        reader.file(Path::new(root), Vec::new(), Vec::new())?;
        Ok(Self { modules: reader.modules })
    }
}

struct Reader<'a> {
    folder: &'a Path,
    modules: BTreeMap<ModulePath, Module>,
}

impl Reader<'_> {
    fn file(&mut self, file: &Path, path: ModulePath, features: Vec<String>) -> Result<()> {
        let full = self.folder.join(file);
        let error = |error: &dyn std::fmt::Display| format!("{}: {error}", full.display());
        let text = fs::read_to_string(&full).map_err(|cause| error(&cause))?;
        let items = syn::parse_file(&text).map_err(|cause| error(&cause))?.items;
        self.items(file, &path, features, items)
    }

    fn items(&mut self, file: &Path, path: &ModulePath, features: Vec<String>, items: Vec<Item>) -> Result<()> {
        for item in &items {
            if let Item::Mod(module) = item
                && !is_left_out(&module.attrs)
            {
                self.module(file, path, &features, module)?;
            }
        }
        let imports = imports(&items);
        self.modules.insert(path.clone(), Module { file: file.to_owned(), items, imports, features });
        Ok(())
    }

    fn module(&mut self, file: &Path, parent: &ModulePath, outer: &[String], module: &ItemMod) -> Result<()> {
        let name = module.ident.to_string();
        let path = [parent.as_slice(), &[name]].concat();
        let features = [outer, &features(&module.attrs)].concat();
        match &module.content {
            Some((_, items)) => self.items(file, &path, features, items.clone()),
            None => {
                let folder: PathBuf = path.iter().collect();
                let beside = folder.with_extension("rs");
                let file = if self.folder.join(&beside).exists() { beside } else { folder.join("mod.rs") };
                self.file(&file, path, features)
            }
        }
    }
}

/// Returns the name that an item defines, if it is one that can be re-exported.
pub(crate) fn item_name(item: &Item) -> Option<String> {
    Some(match item {
        Item::Struct(item) => item.ident.to_string(),
        Item::Enum(item) => item.ident.to_string(),
        Item::Trait(item) => item.ident.to_string(),
        Item::Type(item) => item.ident.to_string(),
        Item::Const(item) => item.ident.to_string(),
        Item::Fn(item) => item.sig.ident.to_string(),
        Item::Union(item) => item.ident.to_string(),
        Item::Static(item) => item.ident.to_string(),
        Item::Macro(item) => item.ident.as_ref()?.to_string(),
        _ => return None,
    })
}
