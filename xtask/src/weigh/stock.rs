//! The crate that progenitor generates from the same description, without any of our code.

use std::fs;
use std::path::{Path, PathBuf};

use campfire_codegen::Description;
use campfire_codegen::description::bundle;
use serde_json::{Map, Value};

use crate::project::{self, Result};

const MANIFEST: &str = r#"[package]
name = "stock"
version = "0.1.0"
edition = "2024"

[workspace]

[dependencies]
bytes = "1.11"
chrono = { version = "0.4.42", default-features = false, features = ["serde", "std"] }
futures-core = "0.3.31"
progenitor-client = "0.15.1"
regress = "0.12"
reqwest = { version = "0.13.4", default-features = false, features = ["charset", "gzip", "json", "multipart", "query", "rustls-no-provider", "stream", "system-proxy"] }
rustls = { version = "0.23", default-features = false, features = ["ring", "std", "tls12"] }
rustls-platform-verifier = "0.7"
serde = { version = "1.0.228", features = ["derive"] }
serde_json = "1.0.150"
uuid = { version = "1.18", features = ["serde", "v7"] }

# As in the workspace of the SDK: only the crate that is weighed has debug information.
[profile.dev.package."*"]
debug = false
"#;

/// Generates the crate. Returns its folder.
pub(super) fn write(description: &Description, root: &Path, folder: &Path) -> Result<PathBuf> {
    let mut document: Value = serde_json::from_str(&bundle::json(description))?;
    simplify(&mut document);
    let document: openapiv3::OpenAPI = serde_json::from_value(document)?;
    let mut settings = progenitor_impl::GenerationSettings::default();
    settings.with_interface(progenitor_impl::InterfaceStyle::Positional);
    let tokens = progenitor_impl::Generator::new(&settings).generate_tokens(&document)?;
    let file: syn::File = syn::parse2(tokens)?;
    fs::create_dir_all(folder.join("src"))?;
    project::write(&folder.join("src/lib.rs"), &prettyplease::unparse(&file))?;
    project::write(&folder.join("Cargo.toml"), MANIFEST)?;
    // The same versions of everything.
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    Ok(folder.to_owned())
}

/// Reduces a document to what progenitor can generate: JSON bodies, and one response per operation.
fn simplify(document: &mut Value) {
    for operation in operations(document) {
        if let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) {
            let success = responses.keys().find(|status| status.starts_with('2')).cloned();
            responses.retain(|status, _| Some(status) == success.as_ref());
            responses.values_mut().for_each(only_json);
        }
        if let Some(body) = operation.get_mut("requestBody") {
            only_json(body);
            if body.get("content").is_none() {
                operation.remove("requestBody");
            }
        }
    }
}

fn operations(document: &mut Value) -> impl Iterator<Item = &mut Map<String, Value>> {
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    let items = paths.filter_map(|(_, item)| item.as_object_mut());
    items.flat_map(|item| item.values_mut().filter_map(Value::as_object_mut))
}

/// Keeps the media type `application/json`, or none.
fn only_json(content_of: &mut Value) {
    let Some(object) = content_of.as_object_mut() else { return };
    if let Some(content) = object.get_mut("content").and_then(Value::as_object_mut) {
        content.retain(|media_type, _| media_type == "application/json");
        if content.is_empty() {
            object.remove("content");
        }
    }
}
