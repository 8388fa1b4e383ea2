//! `cargo xtask api`: the public API, one line per item, so that a review sees what a change does to it.
//!
//! What is generated comes from [`campfire_codegen::emit::surface`]; what is handwritten is read from `src/`, as far as it can be
//! reached from outside. Trait implementations are left out, but for what derives say.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use campfire_codegen::description::spec::Api;
use campfire_codegen::emit::surface::surface;
use quote::ToTokens;
use syn::{Attribute, Fields, ImplItem, Item, TraitItem, UseTree, Visibility};

use crate::Result;

/// The lines, sorted.
pub(crate) fn lines() -> Result<String> {
    let mut lines = BTreeSet::new();
    for (path, item) in surface(&Api::read(&crate::load()?)?) {
        let separator = if item.signature.is_empty() { "" } else { ": " };
        lines.insert(format!("campfire::{path}{separator}{}", item.signature));
    }
    let mut source = Source::default();
    source.file(&crate::root().join("src/lib.rs"), "crate", &[])?;
    source.module("crate", "campfire", &[], &mut lines);
    let mut text = lines.into_iter().collect::<Vec<_>>().join("\n");
    text.push('\n');
    Ok(text)
}

/// What is different between the committed lines and those of now.
pub(crate) fn difference(before: &str, now: &str) -> String {
    let (old, new): (BTreeSet<&str>, BTreeSet<&str>) = (before.lines().collect(), now.lines().collect());
    let removed = old.difference(&new).map(|line| format!("- {line}\n"));
    let added = new.difference(&old).map(|line| format!("+ {line}\n"));
    removed.chain(added).collect()
}

/// The modules of `src/`, by path.
#[derive(Default)]
struct Source {
    modules: BTreeMap<String, Module>,
}

#[derive(Default)]
struct Module {
    items: Vec<Item>,
    /// The features without which it is not there.
    features: Vec<String>,
}

impl Source {
    fn file(&mut self, file: &Path, path: &str, features: &[String]) -> Result<()> {
        let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        let parsed = syn::parse_file(&text).map_err(|error| format!("{}: {error}", file.display()))?;
        let folder = match file.file_stem().and_then(|stem| stem.to_str()) {
            Some("lib" | "mod") => file.parent().unwrap_or(Path::new("")).to_owned(),
            _ => file.with_extension(""),
        };
        self.items(parsed.items, &folder, path, features)
    }

    fn items(&mut self, items: Vec<Item>, folder: &Path, path: &str, features: &[String]) -> Result<()> {
        for item in &items {
            let Item::Mod(module) = item else { continue };
            if is_test(&module.attrs) {
                continue;
            }
            let (name, mut features) = (module.ident.to_string(), features.to_vec());
            features.extend(feature(&module.attrs));
            let below = format!("{path}::{name}");
            match &module.content {
                Some((_, items)) => self.items(items.clone(), &folder.join(&name), &below, &features)?,
                None => {
                    let beside = folder.join(format!("{name}.rs"));
                    let file = if beside.exists() { beside } else { folder.join(&name).join("mod.rs") };
                    self.file(&file, &below, &features)?;
                }
            }
        }
        self.modules.insert(path.to_owned(), Module { items, features: features.to_vec() });
        Ok(())
    }

    /// Writes what a module offers under a public path.
    fn module(&self, path: &str, public: &str, features: &[String], lines: &mut BTreeSet<String>) {
        let Some(module) = self.modules.get(path) else { return };
        for item in &module.items {
            match item {
                Item::Mod(inner) if is_public(&inner.vis) && !is_hidden(&inner.attrs) => {
                    let name = inner.ident.to_string();
                    let mut features = features.to_vec();
                    features.extend(feature(&inner.attrs));
                    lines.insert(line(&format!("mod {public}::{name}"), &features));
                    self.module(&format!("{path}::{name}"), &format!("{public}::{name}"), &features, lines);
                }
                Item::Use(used) if is_public(&used.vis) => {
                    let mut features = features.to_vec();
                    features.extend(feature(&used.attrs));
                    let mut names = Vec::new();
                    flatten(&used.tree, String::new(), &mut names);
                    for (target, name) in names {
                        self.reexport(path, &target, &format!("{public}::{name}"), &features, lines);
                    }
                }
                _ => self.item(path, item, public, features, lines),
            }
        }
    }

    fn reexport(&self, path: &str, target: &str, public: &str, features: &[String], lines: &mut BTreeSet<String>) {
        let mut target = target.to_owned();
        let mut from = path.to_owned();
        loop {
            if let Some(rest) = target.strip_prefix("self::") {
                target = rest.to_owned();
            } else if let Some(rest) = target.strip_prefix("super::") {
                from = from.rsplit_once("::").map_or("crate".to_owned(), |(parent, _)| parent.to_owned());
                target = rest.to_owned();
            } else {
                break;
            }
        }
        let full = if target.starts_with("crate::") { target.clone() } else { format!("{from}::{target}") };
        let (module, name) = full.rsplit_once("::").unwrap_or(("crate", &full));
        // A crate that is offered whole, or an item of one.
        let Some(source) = self.modules.get(module).filter(|_| target.contains("::")) else {
            lines.insert(line(&format!("use {public} = {target}"), features));
            return;
        };
        for item in &source.items {
            if let Item::Use(used) = item {
                let mut names = Vec::new();
                flatten(&used.tree, String::new(), &mut names);
                for (inner, alias) in names {
                    if alias == name {
                        self.reexport(module, &inner, public, features, lines);
                    }
                }
            } else if item_name(item).as_deref() == Some(name) {
                let parent = public.rsplit_once("::").map_or(public, |(parent, _)| parent);
                self.item(module, item, parent, features, lines);
            }
        }
    }

    fn item(&self, module: &str, item: &Item, public: &str, features: &[String], lines: &mut BTreeSet<String>) {
        let mut say = |attributes: &[Attribute], text: String| {
            let mut features = features.to_vec();
            features.extend(feature(attributes));
            lines.insert(line(&text, &features));
        };
        let name = item_name(item).unwrap_or_default();
        let path = format!("{public}::{name}");
        match item {
            Item::Struct(item) if is_public(&item.vis) => {
                let marks = marks(&item.attrs);
                say(&item.attrs, format!("struct {path}{}{marks}", tokens(&item.generics)));
                if let Fields::Named(fields) = &item.fields {
                    for field in fields.named.iter().filter(|field| is_public(&field.vis)) {
                        let field_name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
                        say(&item.attrs, format!("{path}.{field_name}: {}", tokens(&field.ty)));
                    }
                }
            }
            Item::Enum(item) if is_public(&item.vis) => {
                say(&item.attrs, format!("enum {path}{}{}", tokens(&item.generics), marks(&item.attrs)));
                for variant in &item.variants {
                    say(&item.attrs, format!("{path}::{}{}", variant.ident, tokens(&variant.fields)));
                }
            }
            Item::Trait(item) if is_public(&item.vis) => {
                say(&item.attrs, format!("trait {path}{}", tokens(&item.generics)));
                for member in &item.items {
                    if let TraitItem::Fn(function) = member {
                        say(&function.attrs, format!("{path}::{}", tokens(&function.sig)));
                    }
                }
            }
            Item::Type(item) if is_public(&item.vis) => say(&item.attrs, format!("type {path} = {}", tokens(&item.ty))),
            Item::Const(item) if is_public(&item.vis) => {
                say(&item.attrs, format!("const {path}: {}", tokens(&item.ty)))
            }
            Item::Fn(item) if is_public(&item.vis) => say(&item.attrs, format!("{public}::{}", tokens(&item.sig))),
            _ => return,
        }
        self.methods(module, &name, &path, features, lines);
    }

    /// The methods of a type, wherever its `impl` blocks are.
    fn methods(&self, module: &str, name: &str, path: &str, features: &[String], lines: &mut BTreeSet<String>) {
        let top = |path: &str| path.split("::").nth(1).unwrap_or_default().to_owned();
        let elsewhere = |other: &str| {
            // The same name in another part of the crate is another type, unless it is named by its path.
            self.modules
                .get(other)
                .is_some_and(|module| module.items.iter().any(|item| item_name(item).as_deref() == Some(name)))
        };
        for (other, source) in &self.modules {
            let near = other == module || (top(other) == top(module) && !elsewhere(other));
            for item in &source.items {
                let Item::Impl(block) = item else { continue };
                let syn::Type::Path(subject) = block.self_ty.as_ref() else { continue };
                let Some(last) = subject.path.segments.last() else { continue };
                let by_path = subject.path.segments.len() > 1 || (!near && !elsewhere(other));
                if block.trait_.is_some()
                    || last.ident != name
                    || !(near || by_path && is_root_type(self, module, name))
                {
                    continue;
                }
                for member in &block.items {
                    if let ImplItem::Fn(function) = member
                        && is_public(&function.vis)
                        && !is_hidden(&function.attrs)
                    {
                        let mut features = features.to_vec();
                        features.extend(source.features.clone());
                        features.extend(feature(&block.attrs));
                        features.extend(feature(&function.attrs));
                        lines.insert(line(&format!("{path}::{}", tokens(&function.sig)), &features));
                    }
                }
            }
        }
    }
}

/// Whether `crate::Name` means that type: methods beside it are in other parts of the crate.
fn is_root_type(source: &Source, module: &str, name: &str) -> bool {
    let Some(root) = source.modules.get("crate") else { return false };
    let mut names = Vec::new();
    for item in &root.items {
        if let Item::Use(used) = item {
            flatten(&used.tree, String::new(), &mut names);
        }
    }
    let wanted = module.trim_start_matches("crate::");
    names.iter().any(|(target, alias)| alias == name && target.split("::").next() == wanted.split("::").next())
}

fn line(text: &str, features: &[String]) -> String {
    let features: BTreeSet<&String> = features.iter().collect();
    features.into_iter().fold(text.to_owned(), |text, feature| format!("{text} [{feature}]"))
}

fn item_name(item: &Item) -> Option<String> {
    Some(match item {
        Item::Struct(item) => item.ident.to_string(),
        Item::Enum(item) => item.ident.to_string(),
        Item::Trait(item) => item.ident.to_string(),
        Item::Type(item) => item.ident.to_string(),
        Item::Const(item) => item.ident.to_string(),
        Item::Fn(item) => item.sig.ident.to_string(),
        _ => return None,
    })
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn is_hidden(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| tokens(attribute).contains("doc(hidden)"))
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| tokens(attribute).contains("cfg(test)"))
}

/// The feature that an item needs.
fn feature(attributes: &[Attribute]) -> Option<String> {
    let cfg = attributes.iter().map(tokens).find(|text| text.starts_with("#[cfg(feature"))?;
    cfg.split('"').nth(1).map(str::to_owned)
}

/// What its attributes promise: derives, and that more may come.
fn marks(attributes: &[Attribute]) -> String {
    let mut text = String::new();
    for attribute in attributes {
        let attribute = tokens(attribute);
        if let Some(derives) = attribute.strip_prefix("#[derive(").and_then(|rest| rest.strip_suffix(")]")) {
            text.push_str(&format!(": {derives}"));
        } else if attribute == "#[non_exhaustive]" {
            text.push_str(" (non-exhaustive)");
        }
    }
    text
}

/// What a `use` names: the path, and the name under which it is offered.
fn flatten(tree: &UseTree, prefix: String, names: &mut Vec<(String, String)>) {
    let join = |name: &str| if prefix.is_empty() { name.to_owned() } else { format!("{prefix}::{name}") };
    match tree {
        UseTree::Path(path) => flatten(&path.tree, join(&path.ident.to_string()), names),
        UseTree::Name(name) => names.push((join(&name.ident.to_string()), name.ident.to_string())),
        UseTree::Rename(name) => names.push((join(&name.ident.to_string()), name.rename.to_string())),
        UseTree::Group(group) => group.items.iter().for_each(|tree| flatten(tree, prefix.clone(), names)),
        UseTree::Glob(_) => names.push((join("*"), "*".to_owned())),
    }
}

/// Source text without the spaces that `quote` sets around everything.
fn tokens(item: &impl ToTokens) -> String {
    let mut text = item.to_token_stream().to_string();
    for (from, to) in [
        (" :: ", "::"),
        (":: ", "::"),
        (" < ", "<"),
        ("< ", "<"),
        (" >", ">"),
        (" ,", ","),
        (" ;", ";"),
        (" : ", ": "),
        ("& ", "&"),
        ("# [", "#["),
        (" (", "("),
        ("( ", "("),
        (" )", ")"),
        (" [", "["),
        ("[ ", "["),
        (" ]", "]"),
        ("' ", "'"),
        ("->", " -> "),
        ("  ", " "),
        (",)", ")"),
        (" !", "!"),
    ] {
        text = text.replace(from, to);
    }
    text.trim().to_owned()
}
