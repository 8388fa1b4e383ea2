//! Runs progenitor, and takes from its output what the crate uses.
//!
//! That is the methods that build the requests, and the structs of the schemas. The client that the methods belong to, its
//! constructors and its header with the version of the description are left out: the first is one of the crate's own,
//! and this API does not know the last.

use std::collections::BTreeMap;

use crate::emit::lower::Lowered;

/// What is taken from progenitor's output.
pub(crate) struct Progenitor {
    /// The methods, as source.
    pub(crate) client: String,
    /// The structs of the schemas, by name.
    pub(crate) structs: BTreeMap<String, syn::ItemStruct>,
    /// The names of the arguments of each method.
    pub(crate) signatures: BTreeMap<String, Vec<String>>,
}

/// What progenitor calls the headers that it collects for a request.
const HEADERS: &str = "header_map";

impl Progenitor {
    pub(crate) fn run(lowered: &Lowered) -> Result<Self, String> {
        let document: openapiv3::OpenAPI =
            serde_json::from_value(lowered.document.clone()).map_err(|error| error.to_string())?;
        let mut settings = progenitor_impl::GenerationSettings::default();
        settings
            .with_interface(progenitor_impl::InterfaceStyle::Positional)
            .with_hooks(progenitor_impl::HooksMode::Expected);
        for (component, ty) in &lowered.replacements {
            settings.with_replacement(component, ty, std::iter::empty());
        }
        let tokens = progenitor_impl::Generator::new(&settings)
            .generate_tokens(&document)
            .map_err(|error| format!("progenitor: {error}"))?;
        let file: syn::File = syn::parse2(tokens).map_err(|error| format!("progenitor wrote no Rust: {error}"))?;
        let mut taken = Self { client: String::new(), structs: BTreeMap::new(), signatures: BTreeMap::new() };
        let mut kept = Vec::new();
        for item in file.items {
            match item {
                syn::Item::Use(_) => kept.push(item),
                syn::Item::Mod(module) if module.ident == "types" => taken.structs(module),
                syn::Item::Impl(mut item) if item.trait_.is_none() && item.items.iter().any(is_async) => {
                    for method in &mut item.items {
                        if let syn::ImplItem::Fn(method) = method {
                            leave_out_version(&mut method.block);
                            taken.signatures.insert(method.sig.ident.to_string(), argument_names(&method.sig));
                        }
                    }
                    kept.push(syn::Item::Impl(item));
                }
                _ => {}
            }
        }
        taken.client = prettyplease::unparse(&syn::File { shebang: None, attrs: file.attrs, items: kept });
        Ok(taken)
    }

    fn structs(&mut self, module: syn::ItemMod) {
        for item in module.content.into_iter().flat_map(|(_, items)| items) {
            if let syn::Item::Struct(item) = item {
                self.structs.insert(item.ident.to_string(), item);
            }
        }
    }
}

fn is_async(member: &syn::ImplItem) -> bool {
    matches!(member, syn::ImplItem::Fn(function) if function.sig.asyncness.is_some())
}

fn argument_names(signature: &syn::Signature) -> Vec<String> {
    signature
        .inputs
        .iter()
        .filter_map(|input| match input {
            syn::FnArg::Typed(argument) => match argument.pat.as_ref() {
                syn::Pat::Ident(pattern) => Some(pattern.ident.to_string()),
                _ => None,
            },
            syn::FnArg::Receiver(_) => None,
        })
        .collect()
}

/// Takes the version header out of a method, which is all that it would put into its headers: the description has no
/// parameters that are headers.
fn leave_out_version(method: &mut syn::Block) {
    method.stmts.retain(|statement| match statement {
        syn::Stmt::Local(local) => !matches!(&local.pat, syn::Pat::Ident(name) if name.ident == HEADERS),
        syn::Stmt::Expr(syn::Expr::MethodCall(call), _) => !is_headers(&call.receiver),
        _ => true,
    });
    for statement in &mut method.stmts {
        if let syn::Stmt::Local(syn::Local { init: Some(init), .. }) = statement {
            leave_out_headers(&mut init.expr);
        }
    }
}

/// Takes `.headers(header_map)` out of a chain of calls.
fn leave_out_headers(chain: &mut syn::Expr) {
    match chain {
        syn::Expr::Try(tried) => leave_out_headers(&mut tried.expr),
        syn::Expr::MethodCall(call) => {
            leave_out_headers(&mut call.receiver);
            if call.method == "headers" && call.args.iter().all(is_headers) {
                *chain = (*call.receiver).clone();
            }
        }
        _ => {}
    }
}

fn is_headers(expression: &syn::Expr) -> bool {
    matches!(expression, syn::Expr::Path(path) if path.path.is_ident(HEADERS))
}
