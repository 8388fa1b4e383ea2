//! Rust types as data: rendered as text for listings and as tokens for generated code.

use std::fmt;

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};

/// The type of a field, an argument, or a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RustType {
    /// `()`
    Unit,
    /// `bool`
    Bool,
    /// `i64`
    Integer,
    /// `String`
    Text,
    /// The type of the ids of a resource: `VendorId`.
    Id(String),
    /// A handwritten type of the SDK: `Decimal`.
    Sdk(String),
    /// A type that is generated from a schema: `Contract`.
    Generated(String),
    /// `Option<T>`
    Option(Box<RustType>),
    /// `Vec<T>`
    List(Box<RustType>),
    /// `std::collections::BTreeMap<String, T>`
    Map(Box<RustType>),
    /// `Patch<T>`
    Patch(Box<RustType>),
    /// `Page<T>`
    Page(Box<RustType>),
}

/// The module in which a type is named. It decides the paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// `crate::types`, where the generated types are.
    Types,
    /// A module of the SDK that imports `crate::types`.
    ImportsTypes,
    /// Any other module of the SDK.
    Sdk,
    /// Another crate.
    User,
}

impl RustType {
    /// The type as tokens.
    pub fn tokens(&self, scope: Scope) -> TokenStream {
        let root = if scope == Scope::User { quote!(campfire) } else { quote!(crate) };
        match self {
            Self::Unit => quote!(()),
            Self::Bool => quote!(bool),
            Self::Integer => quote!(i64),
            Self::Text => quote!(String),
            Self::Id(name) => {
                let name = format_ident!("{name}");
                quote!(#root::ids::#name)
            }
            Self::Sdk(name) => {
                let name = format_ident!("{name}");
                quote!(#root::#name)
            }
            Self::Generated(name) => {
                let name = format_ident!("{name}");
                match scope {
                    Scope::Types => name.into_token_stream(),
                    Scope::ImportsTypes => quote!(types::#name),
                    Scope::Sdk | Scope::User => quote!(#root::types::#name),
                }
            }
            Self::Option(inner) => {
                let inner = inner.tokens(scope);
                quote!(Option<#inner>)
            }
            Self::List(inner) => {
                let inner = inner.tokens(scope);
                quote!(Vec<#inner>)
            }
            Self::Map(inner) => {
                let inner = inner.tokens(scope);
                quote!(std::collections::BTreeMap<String, #inner>)
            }
            Self::Patch(inner) => {
                let inner = inner.tokens(scope);
                quote!(#root::Patch<#inner>)
            }
            Self::Page(inner) => {
                let inner = inner.tokens(scope);
                quote!(#root::Page<#inner>)
            }
        }
    }

    /// The name of a component that stands for the type: `PatchOfDecimal`.
    pub fn component(&self) -> String {
        match self {
            Self::Unit => "Unit".to_owned(),
            Self::Bool => "Boolean".to_owned(),
            Self::Integer => "Integer".to_owned(),
            Self::Text => "String".to_owned(),
            Self::Sdk(name) | Self::Generated(name) => name.clone(),
            // A schema may have the name of the type.
            Self::Id(name) => format!("TypeOf{name}"),
            Self::Option(inner) => format!("OptionOf{}", inner.component()),
            Self::List(inner) => format!("ListOf{}", inner.component()),
            Self::Map(inner) => format!("MapOf{}", inner.component()),
            Self::Patch(inner) => format!("PatchOf{}", inner.component()),
            Self::Page(inner) => format!("PageOf{}", inner.component()),
        }
    }

    /// The type of the records of a page.
    pub fn page_of(&self) -> Option<&RustType> {
        match self {
            Self::Page(record) => Some(record),
            _ => None,
        }
    }

    /// Whether the type is generated, or made of one that is.
    pub fn is_generated(&self) -> bool {
        match self {
            Self::Generated(_) => true,
            Self::Option(inner) | Self::List(inner) | Self::Map(inner) | Self::Patch(inner) | Self::Page(inner) => {
                inner.is_generated()
            }
            Self::Unit | Self::Bool | Self::Integer | Self::Text | Self::Id(_) | Self::Sdk(_) => false,
        }
    }
}

/// The type with paths from the root of the SDK.
impl fmt::Display for RustType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unit => f.write_str("()"),
            Self::Bool => f.write_str("bool"),
            Self::Integer => f.write_str("i64"),
            Self::Text => f.write_str("String"),
            Self::Id(name) => write!(f, "crate::ids::{name}"),
            Self::Sdk(name) => write!(f, "crate::{name}"),
            Self::Generated(name) => write!(f, "crate::types::{name}"),
            Self::Option(inner) => write!(f, "Option<{inner}>"),
            Self::List(inner) => write!(f, "Vec<{inner}>"),
            Self::Map(inner) => write!(f, "std::collections::BTreeMap<String, {inner}>"),
            Self::Patch(inner) => write!(f, "crate::Patch<{inner}>"),
            Self::Page(inner) => write!(f, "crate::Page<{inner}>"),
        }
    }
}
