//! Pairs the alternatives of two unions: equal ones first, then by name or discriminator, then the most similar.

use std::collections::BTreeSet;

use serde_json::Value;

use super::renames::similarity;
use crate::resolve::meaning;
use crate::site::Site;
use crate::view::View;

/// The smallest similarity of two alternatives that are versions of each other.
const SIMILAR: f64 = 0.5;

/// The alternatives of two unions.
#[derive(Default)]
pub(super) struct Pairing<'a> {
    pub(super) pairs: Vec<(Site<'a>, Site<'a>)>,
    pub(super) removed: Vec<Site<'a>>,
    pub(super) added: Vec<Site<'a>>,
}

/// One alternative, with what it is recognized by.
struct Variant<'a> {
    site: Site<'a>,
    view: View<'a>,
    meaning: String,
    tag: Option<String>,
}

/// Pairs the alternatives of two schemas. A schema without alternatives is the only one. Returns `None` if there is
/// nothing to pair.
pub(super) fn pairing<'a>(
    (old_root, before, old): (&'a Value, &View<'a>, &Site<'a>),
    (new_root, after, new): (&'a Value, &View<'a>, &Site<'a>),
) -> Option<Pairing<'a>> {
    let (mut olds, mut news) = match (before.variants.is_empty(), after.variants.is_empty()) {
        (true, true) => return None,
        (false, false) => (variants(old_root, before), variants(new_root, after)),
        // A type beside the alternatives restricts all of them.
        (true, false) if is_plain(before, after) => (vec![only(old_root, old)], variants(new_root, after)),
        (false, true) if is_plain(after, before) => (variants(old_root, before), vec![only(new_root, new)]),
        _ => return None,
    };
    let mut pairing = Pairing::default();
    let same_name = |old: &Variant<'_>, new: &Variant<'_>| old.view.name.is_some() && old.view.name == new.view.name;
    for matches in [
        &(|old: &Variant<'a>, new: &Variant<'a>| old.meaning == new.meaning)
            as &dyn Fn(&Variant<'a>, &Variant<'a>) -> bool,
        &same_name,
        &|old, new| old.tag.is_some() && old.tag == new.tag,
    ] {
        let mut rest = Vec::new();
        for old in olds {
            match news.iter().position(|new| matches(&old, new)) {
                Some(index) => pairing.pairs.push((old.site, news.remove(index).site)),
                None => rest.push(old),
            }
        }
        olds = rest;
    }
    nearest(&mut pairing, olds, news);
    Some(pairing)
}

/// Pairs what is left greedily, most similar first.
fn nearest<'a>(pairing: &mut Pairing<'a>, olds: Vec<Variant<'a>>, news: Vec<Variant<'a>>) {
    let mut ranked: Vec<(f64, usize, usize)> = Vec::new();
    for (one, old) in olds.iter().enumerate() {
        for (other, new) in news.iter().enumerate() {
            let share = similarity(&old.view, &new.view);
            // Different tags are different things, however similar.
            if share >= SIMILAR && (old.tag.is_none() || new.tag.is_none()) {
                ranked.push((share, one, other));
            }
        }
    }
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut used_olds, mut used_news) = (BTreeSet::new(), BTreeSet::new());
    for (_, old, new) in ranked {
        if !used_olds.contains(&old) && !used_news.contains(&new) {
            used_olds.insert(old);
            used_news.insert(new);
            pairing.pairs.push((olds[old].site.clone(), news[new].site.clone()));
        }
    }
    let unused = |variants: Vec<Variant<'a>>, used: &BTreeSet<usize>| -> Vec<Site<'a>> {
        variants.into_iter().enumerate().filter(|(index, _)| !used.contains(index)).map(|(_, one)| one.site).collect()
    };
    pairing.removed = unused(olds, &used_olds);
    pairing.added = unused(news, &used_news);
}

fn is_plain(plain: &View<'_>, union: &View<'_>) -> bool {
    !plain.text("type").is_empty() && union.text("type").is_empty()
}

fn variants<'a>(root: &'a Value, view: &View<'a>) -> Vec<Variant<'a>> {
    let property = view.facet("discriminator").and_then(|value| value.get("propertyName")).and_then(Value::as_str);
    view.variants.iter().map(|site| variant(root, site, property, view)).collect()
}

fn only<'a>(root: &'a Value, site: &Site<'a>) -> Variant<'a> {
    variant(root, site, None, &View::default())
}

fn variant<'a>(root: &'a Value, site: &Site<'a>, property: Option<&str>, union: &View<'a>) -> Variant<'a> {
    let view = View::of(root, std::slice::from_ref(site));
    let mapped = property.and_then(|_| {
        let target = site.value.get("$ref")?;
        let mapping = union.facet("discriminator")?.get("mapping")?.as_object()?;
        mapping.iter().find(|(_, value)| *value == target).map(|(tag, _)| tag.clone())
    });
    let tag = mapped.or_else(|| tag(root, &view, property));
    Variant { site: site.clone(), meaning: meaning(root, site.value).to_string(), tag, view }
}

/// Returns the value of the discriminator, if the schema allows only one.
fn tag(root: &Value, view: &View<'_>, property: Option<&str>) -> Option<String> {
    let name =
        property.or_else(|| ["type", "kind", "object"].into_iter().find(|name| view.properties.contains_key(name)))?;
    let property = View::of(root, view.properties.get(name)?);
    match property.facet("enum")?.as_array()?.as_slice() {
        [only] => Some(only.to_string()),
        _ => None,
    }
}

/// Returns true if no value can match two of the alternatives: their types or tags differ.
pub(super) fn are_disjoint(root: &Value, view: &View<'_>) -> bool {
    let variants: Vec<View<'_>> = view.variants.iter().map(|site| View::of(root, std::slice::from_ref(site))).collect();
    let property = view.facet("discriminator").and_then(|value| value.get("propertyName")).and_then(Value::as_str);
    let distinct = |key: fn(&View<'_>, &Value, Option<&str>) -> Option<String>| {
        let keys: Option<BTreeSet<String>> = variants.iter().map(|variant| key(variant, root, property)).collect();
        keys.is_some_and(|keys| keys.len() == variants.len())
    };
    distinct(|variant, _, _| match variant.text("type") {
        "" => None,
        // Each integer is a number.
        "integer" => Some("number".to_owned()),
        kind => Some(kind.to_owned()),
    }) || distinct(|variant, root, property| tag(root, variant, property))
}
