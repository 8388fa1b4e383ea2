//! Request builders: the structs on which the options of a request are set.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{ImplItem, ImplItemFn, Item};

use crate::description::names;
use crate::description::spec::{Answer, ClientKey, Operation, Parameter, Retry, RetryVariant, Type};
use crate::emit::arguments::{Context, Part, ident, is_repeated, optional, query_value};
use crate::emit::lower::{is_lowered, method_name};
use crate::emit::resources::Resource;
use crate::emit::rust_type::{RustType, Scope};
use crate::emit::{arguments, docs, lists, source};

/// The request builder of an operation.
pub(crate) struct Builder<'a> {
    context: &'a Context<'a>,
    method: &'a str,
    operation: &'a Operation,
    resource: &'a Resource<'a>,
    parts: Vec<Part<'a>>,
}

impl<'a> Builder<'a> {
    pub(crate) fn new(
        context: &'a Context<'a>,
        method: &'a str,
        operation: &'a Operation,
        resource: &'a Resource<'a>,
    ) -> Self {
        let parts = arguments::parts(context.api, context.forms, operation);
        Self { context, method, operation, resource, parts }
    }

    /// Generates the struct, its setters, and its endpoint.
    pub(crate) fn generate(&self) -> Result<Vec<Item>, String> {
        let name = self.name();
        let setters = self.setters()?;
        let response = self.context.forms.response_type(self.operation).tokens(Scope::ImportsTypes);
        let mut items = vec![Item::Struct(self.definition()?)];
        if !setters.is_empty() {
            items.push(source::implementation(quote!(impl #name), setters.into_iter().map(ImplItem::Fn).collect())?);
        }
        items.push(source::parse(self.endpoint()?)?);
        items.push(source::macro_call(&["crate", "send", "request"], quote!(#name => #response)));
        items.extend(lists::list(self.context, &name, self.operation));
        Ok(items)
    }

    fn name(&self) -> Ident {
        format_ident!("{}", names::pascal(self.method))
    }

    fn definition(&self) -> Result<syn::ItemStruct, String> {
        let name = self.name();
        let handle = names::pascal(self.resource.path.rsplit('.').next().unwrap_or_default());
        let docs = format!(
            "{}.\n\nReturned by [`{handle}::{}`]. Await it, or call [`send`](Self::send).",
            self.operation.summary.trim_end_matches('.'),
            self.method
        );
        let options =
            lists::is_list(self.context, self.operation).then(|| quote!(list: crate::list::options::ListOptions,));
        let tokens = quote! {
            #[derive(Clone, Debug)]
            #[must_use = "a request does nothing until it is awaited or sent"]
            pub struct #name {
                call: crate::call::Call,
                #options
            }
        };
        source::documented(&docs, tokens)
    }

    fn setters(&self) -> Result<Vec<ImplItemFn>, String> {
        let has_page_size = lists::has_page_size(self.operation);
        let queries = optional(self.operation)
            .filter(|parameter| !(has_page_size && parameter.name == lists::LIMIT))
            .map(|parameter| self.query_setter(parameter));
        let parts = self.parts.iter().filter(|part| !part.is_required).map(part_setter);
        queries.chain(parts).collect()
    }

    fn query_setter(&self, parameter: &Parameter) -> Result<ImplItemFn, String> {
        let (name, key) = (ident(&parameter.rust_name), &parameter.rust_name);
        let (takes, text) = query_value(self.context.api, self.context.forms, parameter);
        let deviation = parameter.deviation.as_ref().map(docs::deviation).unwrap_or_default();
        let docs = format!("{}\n\n{deviation}", parameter.description);
        let deprecated = parameter.deprecated.then(|| quote!(#[deprecated]));
        let refuse_empty = parameter.min_length.filter(|least| *least > 0).map(|_| {
            let wire_name = &parameter.name;
            quote!(self.call.refuse_empty(#key, #wire_name);)
        });
        let tokens = quote! {
            #deprecated
            #[inline]
            pub fn #name(mut self, #name: #takes) -> Self {
                self.call.set(#key, #text);
                #refuse_empty
                self
            }
        };
        source::documented(&docs, tokens)
    }

    /// Generates a call of progenitor's method. Its arguments are found by name.
    fn call_progenitor(&self) -> Result<TokenStream, String> {
        let method = method_name(self.operation);
        let signature = self
            .context
            .signatures
            .get(&method)
            .ok_or_else(|| format!("progenitor made no method `{method}` ({})", self.operation.location))?;
        let arguments = signature
            .iter()
            .map(|argument| {
                self.progenitor_argument(argument).ok_or_else(|| {
                    format!("progenitor's `{method}` takes `{argument}`, which the description does not have")
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        let method = format_ident!("{method}");
        Ok(quote!(call.requests().#method(#(#arguments),*)))
    }

    fn progenitor_argument(&self, argument: &str) -> Option<TokenStream> {
        if argument == "body" {
            return Some(quote!(call.json_body()));
        }
        let plain = |name: &str| name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        let is = |name: &str| plain(name) == plain(argument);
        let Operation { path_parameters, query, .. } = self.operation;
        if let Some(position) = path_parameters.iter().position(|parameter| is(&parameter.name)) {
            let name = self.path_key(position);
            let is_integer = path_parameters[position].ty == Type::Integer;
            return Some(if is_integer {
                quote!(call.integer(#name))
            } else {
                quote!(call.text(#name).unwrap_or_default())
            });
        }
        query.iter().find(|parameter| !parameter.omit && is(&parameter.name)).map(query_argument)
    }

    /// The name under which the call keeps a path parameter.
    fn path_key(&self, position: usize) -> &str {
        let bound = self.resource.bound.get(position).map(|binding| &binding.name);
        bound.unwrap_or(&self.operation.path_parameters[position].rust_name)
    }

    /// Generates a multipart request, which progenitor cannot build.
    fn upload(&self) -> TokenStream {
        let Operation { method, path, path_parameters, query, .. } = self.operation;
        // `/entity/{id}/logo` is a format string already, if the parameters are named by their wire names.
        let ids = path_parameters.iter().enumerate().map(|(position, parameter)| {
            let (wire_name, key) = (ident(&parameter.name), self.path_key(position));
            let is_integer = parameter.ty == Type::Integer;
            if is_integer {
                quote!(#wire_name = call.integer(#key))
            } else {
                quote!(#wire_name = call.text(#key).unwrap_or_default())
            }
        });
        let queries = query.iter().filter(|parameter| !parameter.omit).map(|parameter| {
            let (wire_name, value) = (&parameter.name, query_argument(parameter));
            quote!(.query(#wire_name, #value))
        });
        let parts = self.parts.iter().map(|Part { name, key, ty, .. }| {
            let step = if matches!(ty, RustType::Sdk(_)) { format_ident!("file") } else { format_ident!("text") };
            quote!(.#step(#name, call.#step(#key)))
        });
        let method = format_ident!("{method}");
        quote!(call.requests().upload(http::Method::#method, &format!(#path #(, #ids)*)) #(#queries)* #(#parts)*)
    }

    /// Generates the description of the operation, with a retry class.
    fn operation_of(&self, retry: Retry) -> TokenStream {
        let Operation { id, method, path, .. } = self.operation;
        let retry = match retry {
            Retry::Safe => quote!(Safe),
            Retry::Idempotent => quote!(Idempotent),
            Retry::Keyed => quote!(Keyed),
            Retry::Never => quote!(Never),
        };
        let read_back = match &self.operation.read_back {
            Some(operation) => quote!(Some(#operation)),
            None => quote!(None),
        };
        let client_key = self.operation.client_key.as_ref().map(|key| match key {
            ClientKey::Id(field) => quote!(.with_client_key(crate::ClientKey::Id(#field))),
            ClientKey::Marker(field) => quote!(.with_client_key(crate::ClientKey::Marker(#field))),
        });
        let streaming = matches!(self.operation.answer, Answer::Bytes(_)).then(|| quote!(.streaming()));
        quote!(crate::Operation::new(#id, #method, #path, crate::Retry::#retry, #read_back) #client_key #streaming)
    }

    /// Generates the description of the operation, and the function that builds the request of an attempt.
    fn endpoint(&self) -> Result<TokenStream, String> {
        let name = format_ident!("{}", self.method.to_uppercase());
        let operation = self.operation_of(self.operation.retry);
        let variant = match &self.operation.variant {
            None => quote!(None),
            Some(RetryVariant::KeyedIfTrusted) => {
                let operation = self.operation_of(Retry::Keyed);
                quote!(Some(crate::call::Variant::KeysAreTrusted(#operation)))
            }
            Some(RetryVariant::IfSet { name, retry, .. }) => {
                let operation = self.operation_of(*retry);
                quote!(Some(crate::call::Variant::FlagIsSet(#name, #operation)))
            }
        };
        let parts = self.parts.iter().filter(|part| !part.is_required).map(|part| part.key);
        let optional = optional(self.operation).map(|parameter| parameter.rust_name.as_str()).chain(parts);
        let request = if is_lowered(self.operation) { self.call_progenitor()? } else { self.upload() };
        Ok(quote! {
            pub(crate) static #name: crate::call::Endpoint = crate::call::Endpoint {
                operation: #operation,
                variant: #variant,
                optional: &[#(#optional),*],
                build: |call| #request.into(),
            };
        })
    }
}

fn part_setter(part: &Part<'_>) -> Result<ImplItemFn, String> {
    let Part { ident, key, doc, .. } = part;
    let (takes, value) = arguments::part_value(part);
    let tokens = quote! {
        #[inline]
        pub fn #ident(mut self, #ident: #takes) -> Self {
            self.call.set(#key, #value);
            self
        }
    };
    source::documented(doc, tokens)
}

fn query_argument(parameter: &Parameter) -> TokenStream {
    let key = &parameter.rust_name;
    if is_repeated(parameter) { quote!(call.texts(#key)) } else { quote!(call.text(#key)) }
}
