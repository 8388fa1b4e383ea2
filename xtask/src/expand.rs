//! `cargo xtask expand`: prints the generated Rust.

use std::collections::BTreeSet;

use campfire_codegen::{Description, generate};

use crate::project::Result;

/// Returns the generated Rust, or only the items that contain `name`.
pub(crate) fn expand(description: &Description, name: Option<&str>) -> Result<String> {
    let areas: BTreeSet<String> = description.areas().into_iter().map(str::to_owned).collect();
    let generated = generate(description, &areas)?;
    let files = [("client.rs", generated.client), ("types.rs", generated.types), ("resources.rs", generated.resources)];
    let mut text = String::new();
    for (file, source) in files {
        match name {
            None => text.push_str(&format!("// {file}\n\n{source}\n")),
            Some(name) => {
                let items = source.split("\n\n").filter(|item| item.contains(name));
                text.extend(items.map(|item| format!("{item}\n\n")));
            }
        }
    }
    Ok(text)
}
