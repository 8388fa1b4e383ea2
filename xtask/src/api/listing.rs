//! Walks the public modules of the SDK and lists their items.

use std::collections::BTreeSet;
use std::path::Path;

use syn::{ImplItem, Item, ItemMod, Type};

use super::format;
use super::item;
use super::workspace::{Place, SDK, Workspace};
use crate::project::Result;
use crate::source::{Crate, Import, ModulePath, features, is_hidden, is_public, item_name};

/// Returns the lines for the handwritten items of the SDK.
///
/// # Errors
/// When a file cannot be read or is not valid Rust.
pub(super) fn handwritten(root: &Path) -> Result<BTreeSet<String>> {
    let workspace = Workspace::read(root)?;
    let mut listing = Listing { workspace: &workspace, lines: BTreeSet::new() };
    let scope = Scope { krate: SDK, public: SDK.to_owned(), features: Vec::new() };
    listing.module(&scope, &ModulePath::new());
    Ok(listing.lines)
}

/// The crate that is read, the public path under which its items are listed, and the features required so far.
struct Scope<'a> {
    krate: &'a str,
    public: String,
    features: Vec<String>,
}

impl Scope<'_> {
    fn with(&self, features: &[String]) -> Vec<String> {
        [self.features.as_slice(), features].concat()
    }
}

struct Listing<'a> {
    workspace: &'a Workspace,
    lines: BTreeSet<String>,
}

impl<'a> Listing<'a> {
    fn source(&self, krate: &str) -> Option<&'a Crate> {
        self.workspace.crates.get(krate)
    }

    fn line(&mut self, text: String, features: &[String]) {
        let features: BTreeSet<&String> = features.iter().collect();
        self.lines.insert(features.into_iter().fold(text, |text, feature| format!("{text} [{feature}]")));
    }

    /// Lists the public items of a module.
    fn module(&mut self, scope: &Scope<'_>, path: &ModulePath) {
        let Some(module) = self.source(scope.krate).and_then(|krate| krate.modules.get(path)) else { return };
        for item in &module.items {
            match item {
                Item::Mod(item) if is_public(&item.vis) && !is_hidden(&item.attrs) => self.submodule(scope, path, item),
                _ => {
                    if let Some(name) = item_name(item) {
                        self.item(scope, path, item, &name);
                    }
                }
            }
        }
        for import in module.imports.iter().filter(|import| import.public) {
            self.reexport(scope, path, import);
        }
    }

    fn submodule(&mut self, scope: &Scope<'_>, path: &ModulePath, module: &ItemMod) {
        let name = module.ident.to_string();
        let (public, features) = (format!("{}::{name}", scope.public), scope.with(&features(&module.attrs)));
        self.line(format!("mod {public}"), &features);
        let below = [path.as_slice(), &[name]].concat();
        self.module(&Scope { krate: scope.krate, public, features }, &below);
    }

    fn reexport(&mut self, scope: &Scope<'_>, path: &ModulePath, import: &Import) {
        let features = scope.with(&import.features);
        let full = format!("{}::{}", scope.public, import.name);
        match self.workspace.resolve(scope.krate, path, &import.path) {
            Place::Item(krate, module, name) => {
                let scope = Scope { krate: &krate, public: scope.public.clone(), features };
                match self.find(&krate, &module, &name) {
                    Some(item) => self.item(&scope, &module, item, &import.name),
                    None => self.line(format!("use {full} = {}", import.path.join("::")), &scope.features),
                }
            }
            Place::Module(krate, module) if import.name == "*" => {
                self.module(&Scope { krate: &krate, public: scope.public.clone(), features }, &module);
            }
            Place::Module(krate, module) => {
                self.line(format!("mod {full}"), &features);
                self.module(&Scope { krate: &krate, public: full, features }, &module);
            }
            Place::Foreign(target) => self.line(format!("use {full} = {}", target.join("::")), &features),
        }
    }

    fn find(&self, krate: &str, module: &ModulePath, name: &str) -> Option<&'a Item> {
        let items = &self.source(krate)?.modules.get(module)?.items;
        items.iter().find(|item| item_name(item).as_deref() == Some(name))
    }

    /// Lists an item of a module under a public name, with its methods.
    fn item(&mut self, scope: &Scope<'_>, module: &ModulePath, item: &Item, name: &str) {
        let path = format!("{}::{name}", scope.public);
        let lines = item::lines(item, &scope.public, &path);
        let Some(own) = item_name(item).filter(|_| !lines.is_empty()) else { return };
        let scope = Scope { krate: scope.krate, public: path, features: scope.features.clone() };
        for line in lines {
            let features = scope.with(&line.features);
            self.line(line.text, &features);
        }
        self.methods(&scope, module, &own);
        if let Item::Type(alias) = item {
            self.alias(&scope, module, &alias.ty);
        }
    }

    /// Lists the methods of a type alias if the type belongs to another crate of the workspace.
    fn alias(&mut self, scope: &Scope<'_>, module: &ModulePath, ty: &Type) {
        let Some(Place::Item(krate, module, name)) = self.named(scope.krate, module, ty) else { return };
        if krate != scope.krate {
            let scope = Scope { krate: &krate, public: scope.public.clone(), features: scope.features.clone() };
            self.methods(&scope, &module, &name);
        }
    }

    /// Resolves the type that an alias or an `impl` block names.
    fn named(&self, krate: &str, module: &ModulePath, ty: &Type) -> Option<Place> {
        let Type::Path(ty) = ty else { return None };
        let path: Vec<String> = ty.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        Some(self.workspace.resolve(krate, module, &path))
    }

    /// Lists the public methods of a type, in whatever module its `impl` blocks are.
    fn methods(&mut self, scope: &Scope<'_>, module: &ModulePath, name: &str) {
        let Some(source) = self.source(scope.krate) else { return };
        let subject = Place::Item(scope.krate.to_owned(), module.clone(), name.to_owned());
        for (path, module) in &source.modules {
            for item in &module.items {
                let Item::Impl(block) = item else { continue };
                if block.trait_.is_some() || self.named(scope.krate, path, &block.self_ty).as_ref() != Some(&subject) {
                    continue;
                }
                for item in &block.items {
                    let ImplItem::Fn(function) = item else { continue };
                    if is_public(&function.vis) && !is_hidden(&function.attrs) {
                        let own = [features(&block.attrs), features(&function.attrs)].concat();
                        let features = scope.with(&[module.features.as_slice(), &own].concat());
                        let text = format!("{}::{}", scope.public, format::signature(&function.sig));
                        self.line(text, &features);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const FILES: &[(&str, &str)] = &[
        (
            "src/lib.rs",
            "mod client;\n#[cfg(feature = \"sandbox\")]\npub mod sandbox;\npub mod errors { pub use crate::client::Error as Failure; }\n\
             pub use campfire_values::{Decimal, Parse as ParseDecimal};\npub use client::*;\npub use http::Uri;\n\
             #[doc(hidden)]\npub mod internal { pub struct Hidden; }",
        ),
        (
            "src/client.rs",
            "mod calls;\npub struct Client { key: String, pub url: String }\n#[derive(Debug)]\n#[non_exhaustive]\n\
             pub enum Error { Closed, Status(u16) }\nimpl Client { pub fn new() -> Self { todo!() } fn secret(&self) {} }",
        ),
        ("src/client/calls.rs", "use super::Client;\nimpl Client { pub async fn send(&self) {} }"),
        (
            "src/sandbox.rs",
            "pub use campfire_sandbox::Fault;\npub enum Sdk {}\npub type Sandbox = campfire_sandbox::Sandbox<Sdk>;",
        ),
        ("crates/values/src/lib.rs", "mod decimal;\npub use decimal::{Decimal, Parse};\npub struct Unused;"),
        (
            "crates/values/src/decimal.rs",
            "#[derive(Clone)]\npub struct Decimal(i64);\npub struct Parse;\nimpl Decimal { pub fn scale(self) -> u32 { 0 } }\n\
             impl Clone for Parse { fn clone(&self) -> Self { Parse } }",
        ),
        (
            "crates/sandbox/src/lib.rs",
            "mod server;\npub use server::Sandbox;\npub enum Fault { Slow { seconds: u64 } }",
        ),
        (
            "crates/sandbox/src/server.rs",
            "pub struct Sandbox<S> { sdk: S }\nimpl<S: Copy> Sandbox<S> { pub fn sdk(&self) -> S { self.sdk } }",
        ),
    ];

    #[test]
    fn items_are_listed_by_their_public_path_across_crates() {
        let root = std::env::temp_dir().join(format!("campfire-api-{}", std::process::id()));
        for (file, text) in FILES {
            let file = root.join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        let lines: Vec<String> = handwritten(&root).unwrap().into_iter().collect();
        fs::remove_dir_all(root).unwrap();
        assert_eq!(
            lines,
            [
                "campfire::Client.url: String",
                "campfire::Client::async fn send(&self)",
                "campfire::Client::fn new() -> Self",
                "campfire::Decimal::fn scale(self) -> u32",
                "campfire::Error::Closed",
                "campfire::Error::Status(u16)",
                "campfire::errors::Failure::Closed",
                "campfire::errors::Failure::Status(u16)",
                "campfire::sandbox::Fault::Slow { seconds: u64 } [sandbox]",
                "campfire::sandbox::Sandbox::fn sdk(&self) -> S [sandbox]",
                "enum campfire::Error: Debug (non-exhaustive)",
                "enum campfire::errors::Failure: Debug (non-exhaustive)",
                "enum campfire::sandbox::Fault [sandbox]",
                "enum campfire::sandbox::Sdk [sandbox]",
                "mod campfire::errors",
                "mod campfire::sandbox [sandbox]",
                "struct campfire::Client",
                "struct campfire::Decimal: Clone",
                "struct campfire::ParseDecimal",
                "type campfire::sandbox::Sandbox = campfire_sandbox::Sandbox<Sdk> [sandbox]",
                "use campfire::Uri = http::Uri",
            ]
        );
    }
}
