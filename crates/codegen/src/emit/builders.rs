//! Request builders: the structs on which the options of a request are set.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{ImplItem, ImplItemFn, Item};

use crate::description::names;
use crate::description::spec::{Answer, Operation, Parameter, Retry, Type};
use crate::emit::arguments::{
    Argument, Context, Part, id_type, ident, is_repeated, optional, query_field, query_type, query_value,
};
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
    arguments: Vec<Argument>,
    parts: Vec<Part<'a>>,
}

impl<'a> Builder<'a> {
    pub(crate) fn new(
        context: &'a Context<'a>,
        method: &'a str,
        operation: &'a Operation,
        resource: &'a Resource<'a>,
    ) -> Self {
        let arguments = context.arguments(operation, resource);
        let parts = arguments::parts(context.api, context.forms, operation);
        Self { context, method, operation, resource, arguments, parts }
    }

    /// Generates the struct, its setters, and the description of its operation.
    pub(crate) fn generate(&self) -> Result<Vec<Item>, String> {
        let name = self.name();
        let mut methods = self.setters()?;
        methods.push(self.build_request()?);
        let methods = methods.into_iter().map(ImplItem::Fn).collect();
        let response = self.context.forms.response_type(self.operation).tokens(Scope::ImportsTypes);
        let mut items = vec![
            Item::Struct(self.definition()?),
            source::implementation(quote!(impl #name), methods)?,
            source::parse(self.constant())?,
            source::macro_call(&["crate", "call", "request"], quote!(#name => #response)),
        ];
        items.extend(lists::list(self.context, &name, self.operation, self.kept_fields()));
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
        let bound = self.resource.bound.iter().map(|binding| {
            let (name, ty) = (ident(&binding.name), id_type(binding.integer));
            quote!(#name: #ty)
        });
        let kept = self.arguments.iter().filter_map(|Argument { name, kept, .. }| {
            let ty = &kept.as_ref()?.ty;
            Some(quote!(#name: #ty))
        });
        let queries = optional(self.operation).map(|parameter| {
            let (name, ty) = (query_field(parameter), query_type(parameter));
            quote!(#name: Option<#ty>)
        });
        let parts = self.parts.iter().filter(|part| !part.is_required).map(|Part { ident, ty, .. }| {
            let ty = ty.tokens(Scope::ImportsTypes);
            quote!(#ident: Option<#ty>)
        });
        let tokens = quote! {
            #[derive(Clone, Debug)]
            #[must_use = "a request does nothing until it is awaited or sent"]
            pub struct #name {
                call: crate::call::Call,
                #options
                #(#bound,)*
                #(#kept,)*
                #(#queries,)*
                #(#parts,)*
            }
        };
        source::documented(&docs, tokens)
    }

    /// The fields in which the builder keeps the IDs of its handle and its arguments.
    fn kept_fields(&self) -> Vec<Ident> {
        let bound = self.resource.bound.iter().map(|binding| ident(&binding.name));
        let kept = self.arguments.iter().filter(|argument| argument.kept.is_some());
        bound.chain(kept.map(|argument| argument.name.clone())).collect()
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
        let (name, field) = (ident(&parameter.rust_name), query_field(parameter));
        let (takes, text) = query_value(self.context.api, self.context.forms, parameter);
        let deviation = parameter.deviation.as_ref().map(docs::deviation).unwrap_or_default();
        let docs = format!("{}\n\n{deviation}", parameter.description);
        let deprecated = parameter.deprecated.then(|| quote!(#[deprecated]));
        let refuse_empty = parameter.min_length.filter(|least| *least > 0).map(|_| {
            let wire_name = &parameter.name;
            quote!(self.call.refuse_empty(#wire_name, self.#field.as_deref());)
        });
        let tokens = quote! {
            #deprecated
            pub fn #name(mut self, #name: #takes) -> Self {
                self.#field = Some(#text);
                #refuse_empty
                self
            }
        };
        source::documented(&docs, tokens)
    }

    /// Generates the method that builds the request of an attempt.
    fn build_request(&self) -> Result<ImplItemFn, String> {
        let request = if is_lowered(self.operation) { self.call_progenitor()? } else { self.upload() };
        source::parse(quote! {
            fn build_request<'a>(
                &'a self,
                requests: &'a crate::transport::request::Requests,
            ) -> crate::transport::request::Draft<'a> {
                #request.into()
            }
        })
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
        Ok(quote!(requests.#method(#(#arguments),*)))
    }

    fn progenitor_argument(&self, argument: &str) -> Option<TokenStream> {
        if argument == "body" {
            return Some(quote!(self.call.json_body()));
        }
        let plain = |name: &str| name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        let is = |name: &str| plain(name) == plain(argument);
        let Operation { path_parameters, query, .. } = self.operation;
        if let Some(position) = path_parameters.iter().position(|parameter| is(&parameter.name)) {
            let name = self.path_field(position);
            let is_integer = path_parameters[position].ty == Type::Integer;
            return Some(if is_integer { quote!(self.#name) } else { quote!(&self.#name) });
        }
        query.iter().find(|parameter| !parameter.omit && is(&parameter.name)).map(query_argument)
    }

    /// The field that keeps a path parameter.
    fn path_field(&self, position: usize) -> Ident {
        let bound = self.resource.bound.get(position).map(|binding| &binding.name);
        ident(bound.unwrap_or(&self.operation.path_parameters[position].rust_name))
    }

    /// Generates a multipart request, which progenitor cannot build.
    fn upload(&self) -> TokenStream {
        let Operation { method, path, path_parameters, query, .. } = self.operation;
        // `/entity/{id}/logo` is a format string already, if the parameters are named by their wire names.
        let ids = path_parameters.iter().enumerate().map(|(position, parameter)| {
            let (wire_name, field) = (ident(&parameter.name), self.path_field(position));
            quote!(#wire_name = self.#field)
        });
        let queries = query.iter().filter(|parameter| !parameter.omit).map(|parameter| {
            let (wire_name, value) = (&parameter.name, query_argument(parameter));
            quote!(.query(#wire_name, #value))
        });
        let parts = self.parts.iter().map(|Part { name, ident, ty, is_required, .. }| {
            let step = if matches!(ty, RustType::Sdk(_)) { format_ident!("file") } else { format_ident!("text") };
            let value = if *is_required { quote!(Some(&self.#ident)) } else { quote!(self.#ident.as_ref()) };
            quote!(.#step(#name, #value))
        });
        let method = format_ident!("{method}");
        quote!(requests.upload(http::Method::#method, &format!(#path #(, #ids)*)) #(#queries)* #(#parts)*)
    }

    /// Generates the description of the operation.
    fn constant(&self) -> TokenStream {
        let name = format_ident!("{}", self.method.to_uppercase());
        let Operation { id, method, path, .. } = self.operation;
        let retry = match self.operation.retry {
            Retry::Safe => quote!(Safe),
            Retry::Idempotent => quote!(Idempotent),
            Retry::Keyed => quote!(Keyed),
            Retry::Never => quote!(Never),
        };
        let read_back = match &self.operation.read_back {
            Some(operation) => quote!(Some(#operation)),
            None => quote!(None),
        };
        let streams = matches!(self.operation.answer, Answer::Bytes(_));
        quote! {
            static #name: crate::Operation = crate::Operation {
                id: #id,
                method: #method,
                path: #path,
                retry: crate::Retry::#retry,
                read_back: #read_back,
                streams: #streams,
            };
        }
    }
}

fn part_setter(part: &Part<'_>) -> Result<ImplItemFn, String> {
    let Part { ident, ty, doc, .. } = part;
    let takes = match ty {
        RustType::Text => quote!(impl Into<String>),
        ty => ty.tokens(Scope::ImportsTypes),
    };
    let tokens = quote! {
        pub fn #ident(mut self, #ident: #takes) -> Self {
            self.#ident = Some(#ident.into());
            self
        }
    };
    source::documented(doc, tokens)
}

fn query_argument(parameter: &Parameter) -> TokenStream {
    if parameter.required {
        let name = ident(&parameter.rust_name);
        return if is_repeated(parameter) { quote!(Some(&self.#name)) } else { quote!(Some(self.#name.as_str())) };
    }
    let field = query_field(parameter);
    if is_repeated(parameter) { quote!(self.#field.as_ref()) } else { quote!(self.#field.as_deref()) }
}
