//! Collects the paths that a module mentions: in `use` declarations, in code, and in the tokens of macros.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, ItemUse, LitStr, Macro, Meta, Path, Visibility};

use crate::source::flatten;

/// The paths that a module mentions, by segments.
#[derive(Debug, Default)]
pub(super) struct Paths {
    /// Paths that a `use` declaration re-exports, at the top level of the module.
    pub(super) reexports: Vec<Vec<String>>,
    /// All other paths.
    pub(super) uses: Vec<Vec<String>>,
}

/// Collects the paths in the items of a module. Nested modules are left out: they are modules of their own, or tests.
pub(super) fn paths(items: &[Item]) -> Paths {
    let mut paths = Paths::default();
    for item in items {
        match item {
            Item::Use(item) if !matches!(item.vis, Visibility::Inherited) => paths.reexports.extend(leaves(item)),
            item => paths.visit_item(item),
        }
    }
    paths
}

fn leaves(item: &ItemUse) -> impl Iterator<Item = Vec<String>> + use<> {
    let mut names = Vec::new();
    // `use ::http::Uri` is a path into another crate.
    if item.leading_colon.is_none() {
        flatten(&item.tree, &mut Vec::new(), &mut names);
    }
    names.into_iter().map(|(path, _)| path)
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item_mod(&mut self, _: &'ast ItemMod) {}

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.uses.extend(leaves(item));
    }

    fn visit_path(&mut self, path: &'ast Path) {
        if path.leading_colon.is_none() {
            self.uses.push(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, mac: &'ast Macro) {
        self.visit_path(&mac.path);
        // The tokens of `quote!` are code of another crate.
        if !mac.path.segments.last().is_some_and(|name| name.ident == "quote" || name.ident == "parse_quote") {
            self.tokens(mac.tokens.clone());
        }
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let Meta::List(list) = &attribute.meta {
            self.tokens(list.tokens.clone());
            self.literals(list.tokens.clone());
        }
    }
}

impl Paths {
    /// Collects the paths in the tokens of a macro or an attribute.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        let mut dollar = false;
        for token in tokens {
            match &token {
                TokenTree::Punct(punct) if punct.as_char() == ':' => {
                    colons += 1;
                    continue;
                }
                TokenTree::Ident(ident) if !path.is_empty() && colons == 2 => path.push(ident.to_string()),
                TokenTree::Ident(ident) => {
                    self.end(&mut path);
                    // An empty segment keeps `::http::Uri` from naming a module of this crate.
                    path.extend((colons == 2).then(String::new));
                    path.push(format!("{}{ident}", if dollar { "$" } else { "" }));
                }
                TokenTree::Group(group) => {
                    // `crate::a::{b, c}` in a macro.
                    let prefix =
                        if colons == 2 && group.delimiter() == Delimiter::Brace { path.clone() } else { Vec::new() };
                    self.end(&mut path);
                    self.group(&prefix, group.stream());
                }
                TokenTree::Literal(_) | TokenTree::Punct(_) => self.end(&mut path),
            }
            colons = 0;
            dollar = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '$');
        }
        self.end(&mut path);
    }

    /// Collects the paths in a group, which continue `prefix` if it is the tail of a `use` declaration.
    fn group(&mut self, prefix: &[String], tokens: TokenStream) {
        let mut nested = Self::default();
        nested.tokens(tokens);
        self.uses.extend(nested.uses.into_iter().map(|path| [prefix, &path].concat()));
    }

    fn end(&mut self, path: &mut Vec<String>) {
        if !path.is_empty() {
            self.uses.push(std::mem::take(path));
        }
    }

    /// Collects paths in the strings of an attribute, as in `#[serde(with = "crate::a")]`.
    fn literals(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.literals(group.stream()),
                TokenTree::Literal(literal) => {
                    if let Ok(path) = syn::parse_str::<LitStr>(&literal.to_string()).and_then(|text| text.parse()) {
                        self.visit_path(&path);
                    }
                }
                TokenTree::Ident(_) | TokenTree::Punct(_) => {}
            }
        }
    }
}
