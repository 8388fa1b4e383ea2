//! Runs progenitor and keeps the parts of its output that the SDK uses: methods that build requests, and structs.
//!
//! A method of progenitor's builds a request, sends it, and reads the response. The SDK sends requests itself, under its
//! own policies, so each method is cut after the request is built ([`cut`]). The client struct, its constructors, and the
//! header with the version of the description are left out.

use std::collections::BTreeMap;

use quote::quote;
use serde::Deserialize;
use syn::visit_mut::VisitMut;

use crate::emit::lower::Lowered;
use crate::emit::{docs, source};

/// The parts of progenitor's output that the SDK uses.
pub(crate) struct Progenitor {
    /// The source of the methods, as an `impl` of `Requests`.
    pub(crate) client: String,
    /// The structs of the schemas, by name.
    pub(crate) structs: BTreeMap<String, syn::ItemStruct>,
    /// The argument names of each method, by method name.
    pub(crate) signatures: BTreeMap<String, Vec<String>>,
}

impl Progenitor {
    pub(crate) fn run(lowered: &Lowered) -> Result<Self, String> {
        let document = openapiv3::OpenAPI::deserialize(&lowered.document).map_err(|error| error.to_string())?;
        let mut settings = progenitor_impl::GenerationSettings::default();
        settings
            .with_interface(progenitor_impl::InterfaceStyle::Positional)
            .with_map_type("::std::collections::BTreeMap");
        for (component, ty) in &lowered.replacements {
            settings.with_replacement(component, ty, std::iter::empty());
        }
        let tokens = progenitor_impl::Generator::new(&settings)
            .generate_tokens(&document)
            .map_err(|error| format!("progenitor: {error}"))?;
        let file: syn::File =
            syn::parse2(tokens).map_err(|error| format!("progenitor's output is not Rust: {error}"))?;
        let mut structs = BTreeMap::new();
        let mut methods = Vec::new();
        for item in file.items {
            match item {
                syn::Item::Mod(module) if module.ident == "types" => structs.extend(structs_of(module)),
                syn::Item::Impl(item) if item.trait_.is_none() => {
                    methods.extend(item.items.into_iter().filter_map(async_method));
                }
                _ => {}
            }
        }
        let methods = methods.into_iter().map(cut).collect::<Result<Vec<_>, _>>()?;
        let signatures =
            methods.iter().map(|method| (method.sig.ident.to_string(), argument_names(&method.sig))).collect();
        let methods = methods.into_iter().map(syn::ImplItem::Fn).collect();
        let mut items = source::items(quote!(
            use progenitor_client::encode_path;
        ))?;
        items.push(source::implementation(quote!(impl Requests<'_>), methods)?);
        let client = source::format(items);
        Ok(Self { client, structs, signatures })
    }
}

fn structs_of(module: syn::ItemMod) -> impl Iterator<Item = (String, syn::ItemStruct)> {
    let items = module.content.into_iter().flat_map(|(_, items)| items);
    items.filter_map(|item| match item {
        syn::Item::Struct(item) => Some((item.ident.to_string(), item)),
        _ => None,
    })
}

fn async_method(item: syn::ImplItem) -> Option<syn::ImplItemFn> {
    match item {
        syn::ImplItem::Fn(method) if method.sig.asyncness.is_some() => Some(method),
        _ => None,
    }
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

/// Cuts a method after the request is built: it becomes a plain function that returns the request.
///
/// Progenitor's template is `let url = …; let mut header_map = …; header_map.append(…); let mut request = ….build()?;`,
/// followed by code that sends the request. Anything else fails the build, so that a new version of progenitor cannot
/// silently change what is sent.
fn cut(mut method: syn::ImplItemFn) -> Result<syn::ImplItemFn, String> {
    let name = method.sig.ident.to_string();
    let unexpected = |what: &str| {
        format!("progenitor's method `{name}` {what}; check the template of this version of progenitor against `cut`")
    };
    let mut statements = method.block.stmts.into_iter();
    let Some(url) = statements.next().filter(|statement| is_binding(statement, "url")) else {
        return Err(unexpected("does not start with `let url`"));
    };
    let request = loop {
        match statements.next() {
            Some(statement) if is_version_header(&statement) => {}
            Some(statement) => break built_request(statement),
            None => break None,
        }
    };
    let Some(mut request) = request else {
        return Err(unexpected("has no `let request = ….build()?` after the URL and the version header"));
    };
    if !remove_version_header(&mut request) {
        return Err(unexpected("does not send the version header with `.headers(header_map)`"));
    }
    let Some(description) = method
        .attrs
        .first()
        .and_then(docs::text)
        .and_then(|text| text.trim().strip_prefix("Sends a ").map(|rest| format!(" Builds a {rest}.")))
    else {
        return Err(unexpected("is not documented as `Sends a …`"));
    };
    method.attrs = docs::comment(&description);
    method.vis = syn::parse_quote!(pub(crate));
    method.block = syn::parse_quote!({ #url #request });
    method.sig.asyncness = None;
    method.sig.generics = syn::Generics::default();
    method.sig.output = syn::parse_quote!(-> reqwest::Result<reqwest::Request>);
    ElideLifetimes.visit_signature_mut(&mut method.sig);
    Ok(method)
}

/// Returns whether a statement defines a variable. Progenitor puts underscores before its own if a parameter has the name.
fn is_binding(statement: &syn::Stmt, name: &str) -> bool {
    matches!(statement, syn::Stmt::Local(syn::Local { pat: syn::Pat::Ident(pattern), .. })
        if pattern.ident.to_string().trim_start_matches('_') == name)
}

/// The variable in which progenitor collects headers. It holds only the version of the description: no parameter of the
/// description is a header.
const HEADERS: &str = "header_map";

fn is_version_header(statement: &syn::Stmt) -> bool {
    match statement {
        syn::Stmt::Expr(syn::Expr::MethodCall(call), _) => is_headers(&call.receiver),
        statement => is_binding(statement, HEADERS),
    }
}

fn is_headers(expression: &syn::Expr) -> bool {
    matches!(expression, syn::Expr::Path(path) if path.path.is_ident(HEADERS))
}

/// The expression `….build()` of `let mut request = ….build()?;`.
fn built_request(statement: syn::Stmt) -> Option<syn::Expr> {
    if !is_binding(&statement, "request") {
        return None;
    }
    let syn::Stmt::Local(syn::Local { init: Some(init), .. }) = statement else { return None };
    let syn::Expr::Try(tried) = *init.expr else { return None };
    match *tried.expr {
        syn::Expr::MethodCall(call) if call.method == "build" && call.args.is_empty() => {
            Some(syn::Expr::MethodCall(call))
        }
        _ => None,
    }
}

/// Removes `.headers(header_map)` from a chain of calls; returns whether it was there.
fn remove_version_header(chain: &mut syn::Expr) -> bool {
    let syn::Expr::MethodCall(call) = chain else { return false };
    if call.method == "headers" && call.args.iter().all(is_headers) {
        *chain = (*call.receiver).clone();
        return true;
    }
    remove_version_header(&mut call.receiver)
}

/// Removes the lifetime `'a`, which a function that is not async does not need.
struct ElideLifetimes;

impl VisitMut for ElideLifetimes {
    fn visit_receiver_mut(&mut self, receiver: &mut syn::Receiver) {
        *receiver = syn::parse_quote!(&self);
    }

    fn visit_type_reference_mut(&mut self, reference: &mut syn::TypeReference) {
        reference.lifetime = None;
        syn::visit_mut::visit_type_reference_mut(self, reference);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A method as progenitor 0.15.1 writes it.
    const TEMPLATE: &str = r#"
        /// Sends a `PATCH` request to `/ledger/{id}`
        pub async fn entries_update<'a>(
            &'a self,
            id: i64,
            code: Option<&'a str>,
            body: &'a types::EntryUpdate,
        ) -> Result<ResponseValue<()>, Error<()>> {
            let url = format!("{}/ledger/{}", self.baseurl, encode_path(&id.to_string()),);
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map.append(
                ::reqwest::header::HeaderName::from_static("api-version"),
                ::reqwest::header::HeaderValue::from_static(Self::api_version()),
            );
            #[allow(unused_mut)]
            let mut request = self
                .client
                .patch(url)
                .json(&body)
                .query(&progenitor_client::QueryParam::new("code", &code))
                .headers(header_map)
                .build()?;
            let info = OperationInfo { operation_id: "entries_update" };
            self.pre(&mut request, &info).await?;
            let result = self.exec(request, &info).await;
            self.post(&result, &info).await?;
            Ok(ResponseValue::empty(result?))
        }
    "#;

    fn cut_template(from: &str, to: &str) -> Result<syn::ImplItemFn, String> {
        assert!(TEMPLATE.contains(from), "{from}");
        cut(syn::parse_str(&TEMPLATE.replace(from, to)).unwrap())
    }

    #[test]
    fn a_method_ends_with_its_request() {
        let method = cut_template("", "").unwrap();
        let source = source::format(source::items(quote!(impl Requests<'_> { #method })).unwrap());
        let expected = r#"impl Requests<'_> {
    /// Builds a `PATCH` request to `/ledger/{id}`.
    pub(crate) fn entries_update(
        &self,
        id: i64,
        code: Option<&str>,
        body: &types::EntryUpdate,
    ) -> reqwest::Result<reqwest::Request> {
        let url = format!("{}/ledger/{}", self.baseurl, encode_path(&id.to_string()));
        self.client
            .patch(url)
            .json(&body)
            .query(&progenitor_client::QueryParam::new("code", &code))
            .build()
    }
}
"#;
        assert_eq!(source, expected);
    }

    #[test]
    fn a_changed_template_fails_with_the_name_of_the_method() {
        let changes = [
            ("let url = ", "let address = ", "`let url`"),
            ("let mut request = self", "let mut draft = self", "`let request = ….build()?`"),
            (".build()?", ".build().await?", "`let request = ….build()?`"),
            (".build()?", ".finish()?", "`let request = ….build()?`"),
            ("#[allow(unused_mut)]", "log(&url);", "`let request = ….build()?`"),
            (".headers(header_map)", "", "`.headers(header_map)`"),
            ("Sends a", "Makes a", "`Sends a …`"),
        ];
        for (from, to, what) in changes {
            let error = cut_template(from, to).err().unwrap_or_default();
            assert!(error.contains("`entries_update`") && error.contains(what), "{from} → {to}: {error}");
        }
    }
}
