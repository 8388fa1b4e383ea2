//! Attributes and visibility, as far as they decide which items exist and can be seen.

use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, Lit, Meta, Token, Visibility};

pub(crate) fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// Returns true for `#[doc(hidden)]`.
pub(crate) fn is_hidden(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident("doc") && arguments(attribute).iter().any(is("hidden")))
}

/// Returns true for `#[cfg(test)]` and `#[cfg(doc)]`: no build of a user contains the item.
pub(super) fn is_left_out(attributes: &[Attribute]) -> bool {
    let mut conditions = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).flat_map(arguments);
    conditions.any(|condition| is("test")(&condition) || is("doc")(&condition))
}

/// Returns the features that `#[cfg(feature = "…")]` requires.
pub(crate) fn features(attributes: &[Attribute]) -> Vec<String> {
    let conditions = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).flat_map(arguments);
    conditions.filter_map(|condition| feature(&condition)).collect()
}

fn feature(condition: &Meta) -> Option<String> {
    let Meta::NameValue(pair) = condition else { return None };
    match &pair.value {
        Expr::Lit(ExprLit { lit: Lit::Str(name), .. }) if pair.path.is_ident("feature") => Some(name.value()),
        _ => None,
    }
}

fn is(word: &'static str) -> impl Fn(&Meta) -> bool {
    move |meta| meta.path().is_ident(word)
}

/// Returns the arguments of an attribute such as `#[cfg(…)]`, or none if it has another form.
fn arguments(attribute: &Attribute) -> Vec<Meta> {
    let parsed = attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
    parsed.map(|arguments| arguments.into_iter().collect()).unwrap_or_default()
}
