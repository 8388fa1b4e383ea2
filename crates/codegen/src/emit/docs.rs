//! Documentation as attributes, and the sentences that documentation comments are made of.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use proc_macro2::Span;

use crate::description::names;
use crate::description::spec::{Deviation, Field, Limits, Operation, Retry, RetryVariant};
use crate::emit::forms::Form;
use crate::emit::links;
use crate::emit::resources::Resource;
use crate::emit::rust_type::RustType;

/// Markdown as one attribute per line, which is printed as `///` comments.
pub(crate) fn comment(markdown: &str) -> Vec<syn::Attribute> {
    let lines = markdown.trim().lines().map(|line| match line.trim_end() {
        "" => String::new(),
        line => format!(" {line}"),
    });
    lines.map(|line| attribute(&line)).collect()
}

/// The section with an example, between other sections.
///
/// rustdoc does not test it: hundreds of examples would take minutes, and one test of this project compiles and runs them all
/// (`tests/it/examples.rs`).
pub(crate) fn example(code: &str) -> Vec<syn::Attribute> {
    let mut section = vec![attribute("")];
    section.extend(comment("# Example"));
    section.push(syn::parse_quote!(#[cfg_attr(not(doctest), doc = "```")]));
    section.push(syn::parse_quote!(#[cfg_attr(doctest, doc = "```text")]));
    section.extend(comment(&format!("{code}```")));
    section.push(attribute(""));
    section
}

/// Documentation is never parsed: there is much of it, and build scripts are not optimized.
fn attribute(line: &str) -> syn::Attribute {
    let text = syn::LitStr::new(line, Span::call_site());
    syn::Attribute {
        pound_token: Default::default(),
        style: syn::AttrStyle::Outer,
        bracket_token: Default::default(),
        meta: syn::Meta::NameValue(syn::MetaNameValue {
            path: syn::Ident::new("doc", Span::call_site()).into(),
            eq_token: Default::default(),
            value: syn::Expr::Lit(syn::ExprLit { attrs: Vec::new(), lit: syn::Lit::Str(text) }),
        }),
    }
}

/// The text of a doc attribute.
pub(crate) fn text(attribute: &syn::Attribute) -> Option<String> {
    match &attribute.meta {
        syn::Meta::NameValue(syn::MetaNameValue { path, value: syn::Expr::Lit(literal), .. })
            if path.is_ident("doc") =>
        {
            match &literal.lit {
                syn::Lit::Str(text) => Some(text.value()),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The documentation of a struct: the description of its schema, and how its forms are used.
pub(crate) fn object(description: &str, schema: &str, form: Form, written: &[String], has_required: bool) -> String {
    let usage = match form {
        Form::Read if written.is_empty() => return description.to_owned(),
        Form::Read => {
            let written: Vec<String> = written.iter().map(|name| format!("[`{name}`]")).collect();
            format!("Sent as {}.", written.join(" or "))
        }
        Form::Create if has_required => format!(
            "Creates or replaces [`{schema}`]. `new` takes the required fields; set others with the methods that have their \
             names."
        ),
        Form::Create => {
            format!(
                "Creates or replaces [`{schema}`]. All fields are optional: start from `default()`, and set \
                 fields with the methods that have their names."
            )
        }
        Form::Update => format!(
            "Updates [`{schema}`]. Fields that are `None` stay unchanged; a [`Patch`](crate::Patch) sets or clears a \
             field."
        ),
    };
    format!("{description}\n\n{usage}")
}

/// The documentation of a field: its description, its limits, and its difference from the vendor's reference.
pub(crate) fn field(field: &Field, form: Form) -> String {
    let mut notes = vec![field.description.clone()];
    if form != Form::Read {
        notes.extend(limits(&field.limits));
    }
    notes.extend(field.untyped.as_ref().map(|reason| format!("Untyped JSON: {reason}")));
    notes.extend(field.deviation.as_ref().map(deviation));
    notes.retain(|note| !note.is_empty());
    notes.join("\n\n")
}

/// The documentation of the field for members that the schema does not list.
pub(crate) fn extra(form: Form) -> &'static str {
    match form {
        Form::Read => "Fields that the description does not list, such as custom fields (`custom_field_…`).",
        Form::Create | Form::Update => "Additional fields to send, such as custom fields (`custom_field_…`).",
    }
}

/// The documentation of the field for members whose keys are data.
pub(crate) const ADDITIONAL: &str = "Entries whose keys are data.";

fn limits(limits: &Limits) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(length) = limits.max_length {
        notes.push(format!("At most {length} characters."));
    }
    let least = limits.minimum.as_ref().map(|(value, exclusive)| {
        let word = if *exclusive { "above" } else { "at least" };
        format!("{word} {value}")
    });
    let most = limits.maximum.as_ref().map(|(value, exclusive)| {
        let word = if *exclusive { "below" } else { "at most" };
        format!("{word} {value}")
    });
    let range: Vec<String> = [least, most].into_iter().flatten().collect();
    // The bounds of a 32- or 64-bit integer tell a reader nothing.
    let is_width = |bound: &String| bound.contains("2147483647") || bound.contains("9223372036854775807");
    if !range.is_empty() && !range.iter().any(is_width) {
        notes.push(format!("Range: {}.", range.join(", ")));
    }
    notes
}

/// The difference between the description and the vendor's reference.
pub(crate) fn deviation(deviation: &Deviation) -> String {
    let end = |text: &str| text.trim_end_matches('.').to_owned();
    format!(
        "*Differs from the reference.* Documented: {}. Observed: {} ({}).",
        end(&deviation.documented),
        end(&deviation.observed),
        end(&deviation.evidence)
    )
}

/// The records that a handle operates on, as a noun phrase: `contracts`, `the usage of a contract`.
pub(crate) fn subject(resource: &Resource<'_>) -> String {
    let words = |name: &str| name.replace('_', " ");
    let Some((parents, name)) = resource.path.rsplit_once('.') else { return words(&resource.path) };
    if resource.binds.is_empty() {
        let parents = parents.rsplit('.').next().unwrap_or(parents);
        return format!("{} of {}", words(name), words(parents));
    }
    let parent = words(&names::singular(parents));
    format!("the {} of {} {parent}", words(name), article(&parent))
}

/// The indefinite article of a noun.
pub(crate) fn article(noun: &str) -> &'static str {
    if noun.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" }
}

/// The area of operations, if all have the same.
pub(crate) fn area<'a>(operations: impl IntoIterator<Item = &'a Operation>) -> Option<String> {
    let areas: BTreeSet<&str> = operations.into_iter().map(|operation| operation.area.as_str()).collect();
    (areas.len() == 1).then(|| areas.into_iter().map(|area| format!("Area: `{area}`.")).collect())
}

/// A type in words, with links to its parts; nothing for the unit type.
pub(crate) fn linked(ty: &RustType) -> Option<String> {
    let inner = |inner: &RustType| linked(inner).unwrap_or_default();
    Some(match ty {
        RustType::Unit => return None,
        RustType::Bool | RustType::Integer | RustType::Text => format!("`{ty}`"),
        RustType::Id(name) => format!("[`{name}`](crate::ids::{name})"),
        RustType::Sdk(name) => format!("[`{name}`](crate::{name})"),
        RustType::Generated(name) => format!("[`{name}`](crate::types::{name})"),
        RustType::Option(some) => inner(some),
        RustType::List(item) => format!("a list of {}", inner(item)),
        RustType::Map(value) => format!("a map of {}", inner(value)),
        RustType::Patch(value) => inner(value),
        RustType::Page(record) => format!("a [`Page`](crate::Page) of {}", inner(record)),
    })
}

/// The `# Errors` section of an operation.
pub(crate) fn errors(operation: &Operation) -> String {
    let mut text = "See [`Error`](crate::Error) for errors common to all calls.".to_owned();
    for (status, when) in &operation.refusals {
        let _ = write!(text, "\n- {status}: {}", when.replace('\n', " "));
    }
    let condition = match &operation.variant {
        None if operation.retry == Retry::Never => Some(String::new()),
        None => None,
        Some(RetryVariant::KeyedIfTrusted) => {
            let method = "trust_idempotency_keys";
            Some(format!(", unless [`ClientBuilder::{method}`](crate::ClientBuilder::{method}) is on"))
        }
        Some(RetryVariant::IfSet { property, .. }) => Some(format!(" if `{property}` is set")),
    };
    if let Some(condition) = condition {
        let _ = write!(text, "\n\nNot retried automatically{condition}.");
        if let Some(read_back) = &operation.read_back {
            let _ = write!(text, " If the response is lost, call {} to check.", links::operation(read_back));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::description::markdown::escape;

    #[test]
    fn comments_keep_their_lines_and_escape_links() {
        let comment = comment(&escape("A list [1] of `a[0]`.\n\nLess < more."));
        let lines: Vec<String> = comment.iter().filter_map(text).collect();
        assert_eq!(lines, [" A list \\[1\\] of `a[0]`.", "", " Less \\< more."]);
    }
}
