//! `cargo xtask expand`: prints the generated Rust.

use std::collections::BTreeSet;

use campfire_codegen::{Description, JsonSchemas, generate};
use syn::{ImplItem, Item, Type};

use crate::project::Result;
use crate::source::item_name;

/// Returns the generated Rust, or only the items with this name: types with their `impl` blocks, functions, methods and
/// modules.
///
/// # Errors
/// When nothing can be generated, or nothing has the name.
pub(crate) fn expand(description: &Description, name: Option<&str>) -> Result<String> {
    let areas: BTreeSet<String> = description.areas().into_iter().map(str::to_owned).collect();
    let generated = generate(description, &areas, JsonSchemas::ByFeature)?;
    let files = [
        ("client.rs", generated.client),
        ("types.rs", generated.types),
        ("ids.rs", generated.ids),
        ("resources.rs", generated.resources),
    ];
    let mut text = String::new();
    for (file, source) in files {
        match name {
            None => text.push_str(&format!("// {file}\n\n{source}\n")),
            Some(name) => {
                let mut items = Vec::new();
                named(syn::parse_file(&source)?.items, name, file, &mut items);
                text.extend(items.into_iter().map(|(path, item)| format!("// {path}\n\n{}\n", print(item))));
            }
        }
    }
    match name {
        Some(name) if text.is_empty() => Err(format!("nothing generated is called `{name}`").into()),
        _ => Ok(text),
    }
}

/// Collects the items with a name, with the path to their module.
fn named(items: Vec<Item>, name: &str, path: &str, found: &mut Vec<(String, Item)>) {
    for mut item in items {
        if item_name(&item).as_deref() == Some(name) || is_implemented_for(&item, name) {
            found.push((path.to_owned(), item));
            continue;
        }
        match &mut item {
            Item::Mod(module) => {
                let path = format!("{path}: {}", module.ident);
                if module.ident == name {
                    found.push((path, item));
                } else if let Some((_, items)) = module.content.take() {
                    named(items, name, &path, found);
                }
            }
            Item::Impl(block) => {
                block.items.retain(|item| matches!(item, ImplItem::Fn(function) if function.sig.ident == name));
                if !block.items.is_empty() {
                    found.push((path.to_owned(), item));
                }
            }
            _ => {}
        }
    }
}

fn is_implemented_for(item: &Item, name: &str) -> bool {
    let Item::Impl(block) = item else { return false };
    let Type::Path(ty) = &*block.self_ty else { return false };
    ty.path.segments.last().is_some_and(|segment| segment.ident == name)
}

fn print(item: Item) -> String {
    prettyplease::unparse(&syn::File { shebang: None, frontmatter: None, attrs: Vec::new(), items: vec![item] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_items_are_found_by_name() {
        let source = "/// A tag.\nstruct Tag {\n    id: i64,\n\n    name: String,\n}\nstruct TagGroup;\nimpl Tag {\n    fn new() {}\n}\n\
                      mod inner {\n    fn list() {}\n    impl super::TagGroup {\n        fn list() {}\n        fn other() {}\n    }\n}\n";
        let printed = |name: &str| {
            let mut items = Vec::new();
            named(syn::parse_file(source).unwrap().items, name, "types.rs", &mut items);
            items.into_iter().map(|(path, item)| (path, print(item))).collect::<Vec<_>>()
        };
        let tag = printed("Tag");
        assert_eq!(tag.len(), 2, "{tag:?}");
        assert!(tag[0].1.contains("id: i64") && tag[0].1.contains("name: String"), "{tag:?}");
        assert!(tag[1].1.contains("fn new"), "{tag:?}");
        let list = printed("list");
        assert_eq!(list.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(), ["types.rs: inner"; 2]);
        assert!(list[1].1.contains("TagGroup") && !list[1].1.contains("other"), "{list:?}");
        assert!(printed("Ta").is_empty());
    }
}
