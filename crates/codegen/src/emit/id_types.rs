//! The types of ids: one per resource.

use quote::{format_ident, quote};

use crate::description::names;
use crate::emit::ids::Ids;
use crate::emit::{docs, source};

/// Generates the source of the module `ids`. Its types are those of the whole description, because a record of one area refers to
/// records of others.
///
/// # Errors
/// If the ids of two resources would have the same type.
pub fn generate(ids: &Ids) -> Result<String, String> {
    let mut items = Vec::new();
    for (name, resources) in ids.types() {
        let mut resources = resources.iter();
        let (Some(resource), None) = (resources.next(), resources.next()) else {
            return Err(format!("the ids of two resources would both be named `{name}`; rename one of the resources"));
        };
        let record = names::singular(resource).replace('_', " ");
        let (article, page) = (docs::article(&record), page(resource));
        let comment = docs::comment(&format!("The ID of {article} {record}, a record of [`{resource}`]({page})."));
        let name = format_ident!("{name}");
        items.push(source::macro_call(&["campfire_values", "id"], quote!(#(#comment)* #name)));
    }
    Ok(source::format(items))
}

/// The page of a handle. Its path in Rust does not exist in a build that leaves the area of the resource out.
fn page(resource: &str) -> String {
    let handle = names::pascal(resource.rsplit('.').next().unwrap_or(resource));
    format!("../api/{}/struct.{handle}.html", resource.replace('.', "/"))
}
