//! The lines for one item, without its methods.

use syn::{Attribute, Fields, Item, TraitItem};

use super::format;
use crate::source::{features, is_hidden, is_public};

/// A line, and the features that it requires beyond those of its module.
pub(super) struct Line {
    pub(super) text: String,
    pub(super) features: Vec<String>,
}

/// Returns the lines for an item that is public under `path`, or none if it is not public.
pub(super) fn lines(item: &Item, parent: &str, path: &str) -> Vec<Line> {
    let line = |attributes: &[Attribute], text: String| Line { text, features: features(attributes) };
    match item {
        Item::Struct(item) if is_public(&item.vis) => {
            let head = format!("struct {path}{}{}", format::generics(&item.generics), format::marks(&item.attrs));
            let fields = fields(&item.fields, path).map(|text| line(&item.attrs, text));
            std::iter::once(line(&item.attrs, head)).chain(fields).collect()
        }
        Item::Enum(item) if is_public(&item.vis) => {
            let head = format!("enum {path}{}{}", format::generics(&item.generics), format::marks(&item.attrs));
            let variants = item.variants.iter().filter(|variant| !is_hidden(&variant.attrs));
            let variants = variants.map(|variant| format!("{path}::{}", format::variant(variant)));
            std::iter::once(head).chain(variants).map(|text| line(&item.attrs, text)).collect()
        }
        Item::Trait(item) if is_public(&item.vis) => {
            let head = line(&item.attrs, format!("trait {path}{}", format::generics(&item.generics)));
            let methods = item.items.iter().filter_map(|item| match item {
                TraitItem::Fn(item) => Some(line(&item.attrs, format!("{path}::{}", format::signature(&item.sig)))),
                _ => None,
            });
            std::iter::once(head).chain(methods).collect()
        }
        Item::Type(item) if is_public(&item.vis) => {
            vec![line(&item.attrs, format!("type {path} = {}", format::ty(&item.ty)))]
        }
        Item::Const(item) if is_public(&item.vis) => {
            vec![line(&item.attrs, format!("const {path}: {}", format::ty(&item.ty)))]
        }
        Item::Fn(item) if is_public(&item.vis) => {
            vec![line(&item.attrs, format!("{parent}::{}", format::signature(&item.sig)))]
        }
        _ => Vec::new(),
    }
}

fn fields<'a>(fields: &'a Fields, path: &'a str) -> impl Iterator<Item = String> + 'a {
    fields.iter().filter(|field| is_public(&field.vis)).filter_map(move |field| {
        let name = field.ident.as_ref()?;
        Some(format!("{path}.{name}: {}", format::ty(&field.ty)))
    })
}
