//! Typed mocks: for each operation, a method that expects a request and sets the response.
//!
//! Progenitor's own httpmock output cannot be used: the lowered description declares no responses, and progenitor's types
//! would become public. The handwritten half is `src/mock.rs`.

use std::collections::BTreeSet;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{ImplItem, ImplItemFn, Item, ItemTrait, TraitItem};

use crate::description::names;
use crate::description::spec::{Api, Operation, Parameter};
use crate::emit::arguments::ident;
use crate::emit::forms::Forms;
use crate::emit::lower::method_name;
use crate::emit::rust_type::Scope;
use crate::emit::source;

/// Generates the expectations, and the trait that starts them.
///
/// # Errors
/// If the generated code is not Rust.
pub fn generate(api: &Api, forms: &Forms<'_>) -> Result<String, String> {
    let mocks: Vec<Mock<'_>> = api.operations.iter().map(|operation| Mock::new(forms, operation)).collect();
    let mut items = Vec::new();
    for mock in &mocks {
        items.extend(mock.when(forms)?);
    }
    let docs = "One method per operation, implemented for `MockServer`.";
    let mut methods: ItemTrait = source::documented(
        docs,
        quote!(
            pub trait Mocks {}
        ),
    )?;
    let declarations = mocks
        .iter()
        .map(|Mock { docs, signature, .. }| source::documented(docs, quote!(#signature;)).map(TraitItem::Fn));
    methods.items = declarations.collect::<Result<_, _>>()?;
    items.push(Item::Trait(methods));
    let definitions = mocks.iter().map(|mock| source::parse(mock.definition()).map(ImplItem::Fn));
    let head = quote!(impl Mocks for crate::mock::MockServer);
    items.push(source::implementation(head, definitions.collect::<Result<_, _>>()?)?);
    Ok(source::format(items))
}

/// The mock of an operation.
struct Mock<'a> {
    operation: &'a Operation,
    /// The struct that holds the expectations.
    name: Ident,
    docs: String,
    signature: TokenStream,
}

impl<'a> Mock<'a> {
    fn new(forms: &Forms<'_>, operation: &'a Operation) -> Self {
        let method = format_ident!("{}", method_name(operation));
        let name = format_ident!("{}When", names::pascal(&method_name(operation)));
        let response = forms.response_type(operation).tokens(Scope::Sdk);
        let docs = format!("Mocks `{}`: {}", operation.id, operation.summary);
        let signature = quote! {
            fn #method(&self, mock: impl FnOnce(#name, crate::mock::Then<#response>)) -> crate::mock::Mock<'_>
        };
        Self { operation, name, docs, signature }
    }

    fn definition(&self) -> TokenStream {
        let (signature, name) = (&self.signature, &self.name);
        let Operation { method, path, statuses, .. } = self.operation;
        let status = statuses.first().and_then(|status| status.parse::<u16>().ok()).unwrap_or(200);
        let status = proc_macro2::Literal::u16_unsuffixed(status);
        quote! {
            #signature {
                self.mock(|when, then| {
                    let when = crate::mock::begin(when, #method, #path);
                    mock(#name(when), crate::mock::Then::new(then, #status));
                })
            }
        }
    }

    /// Generates the expectations that can be set on a request.
    fn when(&self, forms: &Forms<'_>) -> Result<[Item; 2], String> {
        let (operation, name) = (self.operation, &self.name);
        let docs = format!(
            "Expectations for a request to `{}`. Anything that is not set matches every request.",
            operation.id
        );
        let definition = source::documented(&docs, quote! { pub struct #name(crate::mock::When); })?;
        let mut methods = parameter_expectations(operation)?;
        if let Some(ty) = forms.body_type(operation) {
            let ty = ty.tokens(Scope::Sdk);
            let tokens = quote! {
                pub fn body(self, body: &#ty) -> Self {
                    Self(self.0.json_body_obj(body))
                }
            };
            methods.push(source::documented("Expects exactly this body.", tokens)?);
        }
        let tokens = quote! {
            pub fn and(self, expect: impl FnOnce(crate::mock::When) -> crate::mock::When) -> Self {
                Self(expect(self.0))
            }
        };
        methods.push(source::documented("Adds other expectations of `httpmock`.", tokens)?);
        let methods = methods.into_iter().map(ImplItem::Fn).collect();
        Ok([Item::Struct(definition), source::implementation(quote!(impl #name), methods)?])
    }
}

/// Generates the expectations for parameters. A query parameter whose name is taken has none.
fn parameter_expectations(operation: &Operation) -> Result<Vec<ImplItemFn>, String> {
    let mut methods = Vec::new();
    let mut taken = BTreeSet::from(["body", "and"]);
    for Parameter { name, rust_name, .. } in &operation.path_parameters {
        taken.insert(rust_name);
        let (method, path) = (ident(rust_name), &operation.path);
        let tokens = quote! {
            pub fn #method(self, id: impl std::fmt::Display) -> Self {
                Self(crate::mock::path(self.0, #path, #name, &id))
            }
        };
        methods.push(source::documented(&format!("Expects this `{name}` in the path."), tokens)?);
    }
    for Parameter { name, rust_name, .. } in operation.query.iter().filter(|parameter| !parameter.omit) {
        if !taken.insert(rust_name) {
            continue;
        }
        let method = ident(rust_name);
        let tokens = quote! {
            pub fn #method(self, value: impl std::fmt::Display) -> Self {
                Self(self.0.query_param(#name, value.to_string()))
            }
        };
        methods.push(source::documented(&format!("Expects this value of the query parameter `{name}`."), tokens)?);
    }
    Ok(methods)
}
