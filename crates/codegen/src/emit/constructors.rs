//! Constructors and setters of request bodies.
//!
//! `new` takes the required fields, as a struct where so many arguments would be mixed up. A setter for each other field saves
//! `Some(….into())` on every line.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{GenericArgument, Ident, Item, ItemStruct, PathArguments, Type};

use crate::emit::source;

/// How a field gets its value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Given {
    pub(crate) place: Place,
    pub(crate) takes: Takes,
}

/// Where a field gets its value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In `new`.
    New,
    /// In a setter; it is `None` before.
    Setter,
    /// In a setter, as a value to set; it is `None` before.
    Patch,
}

/// What a field gets its value from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    /// A value of its type. Setters take anything that turns into one.
    Value,
    /// Anything that turns into a string.
    Text,
    /// Anything that turns into an id.
    Id,
    /// Ids, or anything that turns into ids.
    Ids,
}

/// The number of required fields that `new` takes as arguments.
pub(crate) const MOST_ARGUMENTS: usize = 3;

/// Generates `new`, if any field is required, and the setters, if there are to be any. Fields that are not listed get their
/// default value.
///
/// # Errors
/// If progenitor has given a field an unexpected type.
pub(crate) fn generate(
    item: &ItemStruct,
    given: &BTreeMap<String, Given>,
    with_setters: bool,
) -> Result<Vec<Item>, String> {
    let body = Body { item, given };
    let required = body.fields(|place| place == Place::New);
    let (mut items, mut members) = (Vec::new(), Vec::new());
    if required.len() > MOST_ARGUMENTS {
        items.push(Item::Struct(body.required_fields(&required)?));
        members.push(body.constructor_of_struct()?);
    } else if !required.is_empty() {
        members.push(body.constructor(&required)?);
    }
    if with_setters {
        for field in body.fields(|place| place != Place::New) {
            members.extend(body.setter(field)?);
        }
    }
    if !members.is_empty() {
        let name = &item.ident;
        items.push(source::implementation(quote!(impl #name), members)?);
    }
    Ok(items)
}

struct Body<'a> {
    item: &'a ItemStruct,
    given: &'a BTreeMap<String, Given>,
}

impl<'a> Body<'a> {
    fn given(&self, field: &syn::Field) -> Option<Given> {
        self.given.get(&field.ident.as_ref()?.to_string()).copied()
    }

    fn fields(&self, choose: impl Fn(Place) -> bool) -> Vec<&'a syn::Field> {
        let fields = self.item.fields.iter();
        fields.filter(|field| self.given(field).is_some_and(|given| choose(given.place))).collect()
    }

    /// The type that a method takes for a field whose values have a type, and the expression for the value.
    fn argument(&self, field: &syn::Field, ty: &Type) -> Option<(TokenStream, TokenStream)> {
        let ident = field.ident.as_ref()?;
        Some(match self.given(field)?.takes {
            Takes::Ids => {
                let item = argument(ty)?;
                (quote!(impl std::iter::IntoIterator<Item = impl Into<#item>>), quote!(crate::convert::ids(#ident)))
            }
            _ => (quote!(impl Into<#ty>), quote!(#ident.into())),
        })
    }

    fn constructor(&self, required: &[&syn::Field]) -> Result<syn::ImplItem, String> {
        let is_value = |field: &syn::Field| self.given(field).is_none_or(|given| given.takes == Takes::Value);
        let arguments = required.iter().map(|field| {
            let syn::Field { ident, ty, .. } = field;
            match self.argument(field, ty) {
                Some((takes, _)) if !is_value(field) => quote!(#ident: #takes),
                _ => quote!(#ident: #ty),
            }
        });
        let values = self.values(|field| {
            let ident = &field.ident;
            match self.argument(field, &field.ty) {
                Some((_, value)) if !is_value(field) => quote!(#ident: #value),
                _ => quote!(#ident),
            }
        });
        let new = source::documented::<syn::ImplItemFn>(
            "Creates a value with the required fields; the rest is left out.",
            quote! {
                #[inline]
                pub fn new(#(#arguments),*) -> Self {
                    Self { #(#values),* }
                }
            },
        )?;
        Ok(syn::ImplItem::Fn(new))
    }

    fn required_name(&self) -> Ident {
        format_ident!("{}Required", self.item.ident)
    }

    /// The struct of the required fields: with their names, they cannot be mixed up.
    fn required_fields(&self, required: &[&syn::Field]) -> Result<ItemStruct, String> {
        let name = self.required_name();
        let fields = required.iter().map(|field| {
            let syn::Field { ident, ty, .. } = field;
            let docs = field.attrs.iter().filter(|attribute| attribute.path().is_ident("doc"));
            quote!(#(#docs)* pub #ident: #ty)
        });
        let body = &self.item.ident;
        source::documented(
            &format!("The required fields of [`{body}`], for [`{body}::new`]."),
            quote! {
                #[derive(Clone, Debug, PartialEq)]
                pub struct #name { #(#fields),* }
            },
        )
    }

    fn constructor_of_struct(&self) -> Result<syn::ImplItem, String> {
        let required = self.required_name();
        let values = self.values(|field| {
            let ident = &field.ident;
            quote!(#ident: required.#ident)
        });
        let new = source::documented::<syn::ImplItemFn>(
            "Creates a value with the required fields; the rest is left out.",
            quote! {
                #[inline]
                pub fn new(required: #required) -> Self {
                    Self { #(#values),* }
                }
            },
        )?;
        Ok(syn::ImplItem::Fn(new))
    }

    /// The fields of the struct expression in `new`.
    fn values(&self, required: impl Fn(&syn::Field) -> TokenStream) -> Vec<TokenStream> {
        let values = self.item.fields.iter().map(|field| {
            let ident = &field.ident;
            match self.given(field).map(|given| given.place) {
                Some(Place::New) => required(field),
                Some(Place::Setter | Place::Patch) => quote!(#ident: None),
                None => quote!(#ident: Default::default()),
            }
        });
        values.collect()
    }

    /// The setter of a field, unless its name is taken by the constructor.
    fn setter(&self, field: &syn::Field) -> Result<Option<syn::ImplItem>, String> {
        let Some(ident) = field.ident.as_ref().filter(|ident| *ident != "new") else { return Ok(None) };
        let is_patch = self.given(field).is_some_and(|given| given.place == Place::Patch);
        let mut docs = format!("Sets [`{ident}`](#structfield.{ident}).");
        if is_patch {
            docs.push_str(" To clear it, assign `Some(Patch::Clear)` to the field.");
        }
        let ty = if is_patch { argument(&field.ty).and_then(argument) } else { argument(&field.ty) };
        let (takes, value) = ty
            .and_then(|ty| self.argument(field, ty))
            .ok_or_else(|| format!("progenitor made `{}::{ident}` required", self.item.ident))?;
        let value = if is_patch { quote!(crate::Patch::Set(#value)) } else { value };
        let deprecated = field.attrs.iter().filter(|attribute| attribute.path().is_ident("deprecated"));
        let setter = source::documented::<syn::ImplItemFn>(
            &docs,
            quote! {
                #(#deprecated)*
                #[inline]
                #[must_use]
                pub fn #ident(mut self, #ident: #takes) -> Self {
                    self.#ident = Some(#value);
                    self
                }
            },
        )?;
        Ok(Some(syn::ImplItem::Fn(setter)))
    }
}

/// The type argument of `Option<T>` or `Patch<T>`.
fn argument(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    }
}
