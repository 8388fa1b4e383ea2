//! The `use` declarations of a module, one import for each name.

use syn::{Item, UseTree, Visibility};

use super::attributes::{features, is_public};

/// A name that a `use` declaration brings into a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Import {
    /// The path as written, without a trailing `self`. Ends in `*` for a glob.
    pub(crate) path: Vec<String>,
    /// The name in this module; `*` for a glob.
    pub(crate) name: String,
    /// True for `pub use`, also with a restriction such as `pub(crate)`.
    pub(crate) reexported: bool,
    /// True for `pub use` without a restriction.
    pub(crate) public: bool,
    pub(crate) features: Vec<String>,
}

/// Returns the imports among the items of a module.
pub(super) fn imports(items: &[Item]) -> Vec<Import> {
    let mut imports = Vec::new();
    for item in items {
        let Item::Use(item) = item else { continue };
        if item.leading_colon.is_some() {
            // A path into another crate, as in `use ::http::Uri`.
            continue;
        }
        let mut names = Vec::new();
        flatten(&item.tree, &mut Vec::new(), &mut names);
        imports.extend(names.into_iter().map(|(path, name)| Import {
            path,
            name,
            reexported: !matches!(item.vis, Visibility::Inherited),
            public: is_public(&item.vis),
            features: features(&item.attrs),
        }));
    }
    imports
}

/// Collects the path and the name of each leaf of a `use` tree.
pub(crate) fn flatten(tree: &UseTree, prefix: &mut Vec<String>, names: &mut Vec<(Vec<String>, String)>) {
    let leaf = |ident: &syn::Ident, prefix: &[String]| {
        let word = ident.to_string();
        if word == "self" && !prefix.is_empty() { prefix.to_vec() } else { [prefix, &[word]].concat() }
    };
    match tree {
        UseTree::Path(path) => {
            prefix.push(path.ident.to_string());
            flatten(&path.tree, prefix, names);
            prefix.pop();
        }
        UseTree::Name(name) => {
            let path = leaf(&name.ident, prefix);
            let name = path.last().cloned().unwrap_or_default();
            names.push((path, name));
        }
        UseTree::Rename(name) => names.push((leaf(&name.ident, prefix), name.rename.to_string())),
        UseTree::Group(group) => group.items.iter().for_each(|tree| flatten(tree, prefix, names)),
        UseTree::Glob(_) => names.push(([prefix.as_slice(), &["*".to_owned()]].concat(), "*".to_owned())),
    }
}
