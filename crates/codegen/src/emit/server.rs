//! The server and the header of the API key, as constants.

use quote::quote;

use crate::description::spec::Server;
use crate::emit::source;

/// Generates the constants.
///
/// # Errors
/// If the generated code is not Rust.
pub fn generate(server: &Server) -> Result<String, String> {
    let (header, prefix) = (&server.key.header, &server.key.prefix);
    let url = match &server.url {
        Some(url) => quote!(Some(#url)),
        None => quote!(None),
    };
    let items = source::items(quote! {
        /// The URL of the server, if the description names one.
        pub(crate) const BASE_URL: Option<&str> = #url;

        /// The header that carries the API key.
        pub(crate) const KEY_HEADER: &str = #header;

        /// The text before the API key.
        pub(crate) const KEY_PREFIX: &str = #prefix;
    })?;
    Ok(source::format(items))
}
