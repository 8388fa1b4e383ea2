//! Resolves a path to the module that defines the item.

use super::imports::Import;
use super::tree::{Crate, ModulePath};

/// The item that a path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Resolved {
    /// A module of the crate.
    Module(ModulePath),
    /// A name in a module of the crate. Further segments of the path, such as a variant, are dropped.
    Item(ModulePath, String),
    /// A path into another crate, a local name or a name of the prelude.
    Other(Vec<String>),
}

/// Maximum number of re-exports to follow. They can be circular in code that does not compile.
const MAX_REEXPORTS: usize = 32;

/// Resolves a path that is written in `module`, through the module's own imports and the re-exports of other modules.
pub(crate) fn resolve(krate: &Crate, module: &ModulePath, path: &[String]) -> Resolved {
    let mut resolver = Resolver { krate, left: MAX_REEXPORTS };
    let imported = path.split_first().and_then(|(first, rest)| {
        let import = resolver.imports(module).iter().find(|import| import.name == *first)?;
        let is_module = !rest.is_empty() && krate.modules.contains_key(&child(module, first));
        (!is_module).then(|| [import.path.as_slice(), rest].concat())
    });
    let path = imported.as_deref().unwrap_or(path);
    resolver.absolute(module, path).unwrap_or_else(|| Resolved::Other(path.to_vec()))
}

struct Resolver<'a> {
    krate: &'a Crate,
    left: usize,
}

impl<'a> Resolver<'a> {
    fn imports(&self, module: &ModulePath) -> &'a [Import] {
        self.krate.modules.get(module).map(|module| module.imports.as_slice()).unwrap_or_default()
    }

    /// Resolves a path as written in a `use` declaration.
    fn absolute(&mut self, module: &ModulePath, path: &[String]) -> Option<Resolved> {
        self.left = self.left.checked_sub(1)?;
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" | "$crate" => self.walk(Vec::new(), rest),
            "self" => self.walk(module.clone(), rest),
            "super" => {
                let supers = path.iter().take_while(|segment| *segment == "super").count();
                let depth = module.len().checked_sub(supers)?;
                self.walk(module[..depth].to_vec(), &path[supers..])
            }
            _ if self.krate.modules.contains_key(&child(module, first)) || self.krate.defines(module, first) => {
                self.walk(module.clone(), path)
            }
            _ => None,
        }
    }

    /// Follows a path down from a module, through child modules and re-exports.
    fn walk(&mut self, module: ModulePath, path: &[String]) -> Option<Resolved> {
        let Some((first, rest)) = path.split_first() else { return Some(Resolved::Module(module)) };
        let below = child(&module, first);
        if first == "*" {
            Some(Resolved::Module(module))
        } else if self.krate.modules.contains_key(&below) {
            self.walk(below, rest)
        } else if self.krate.defines(&module, first) {
            Some(Resolved::Item(module, first.clone()))
        } else {
            let reexported = self.reexported(&module, first, rest);
            reexported.or_else(|| Some(Resolved::Item(module, first.clone())))
        }
    }

    /// Follows the re-export of a name, either by name or with a glob.
    fn reexported(&mut self, module: &ModulePath, name: &str, rest: &[String]) -> Option<Resolved> {
        let mut globs = Vec::new();
        for import in self.imports(module).iter().filter(|import| import.reexported) {
            if import.name == name {
                let path = [import.path.as_slice(), rest].concat();
                return self.absolute(module, &path).or(Some(Resolved::Other(path)));
            }
            if import.name == "*" {
                globs.push(import.path.clone());
            }
        }
        globs.into_iter().find_map(|glob| {
            let Resolved::Module(target) = self.absolute(module, &glob)? else { return None };
            let known = self.krate.defines(&target, name) || self.krate.modules.contains_key(&child(&target, name));
            let path = [&[name.to_owned()], rest].concat();
            if known { self.walk(target, &path) } else { self.reexported(&target, name, rest) }
        })
    }
}

fn child(module: &ModulePath, name: &str) -> ModulePath {
    [module.as_slice(), &[name.to_owned()]].concat()
}
