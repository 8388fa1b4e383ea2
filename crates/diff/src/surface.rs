//! Compares the public Rust items generated from two revisions, and decides which version bump each difference requires.

use campfire_codegen::emit::surface::{Item, ORDER, Surface};

use crate::verdict::Bump;

/// A difference between two surfaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// The place in the description it comes from.
    pub(crate) subject: String,
    /// The required bump.
    pub(crate) bump: Bump,
    /// `~ types::Tag.name: Option<String> → Option<i64>`
    pub(crate) text: String,
}

impl Difference {
    fn new(subject: &str, bump: Bump, text: String) -> Self {
        Self { subject: subject.to_owned(), bump, text }
    }
}

/// Returns the differences between two surfaces.
pub(crate) fn differences(old: &Surface, new: &Surface) -> Vec<Difference> {
    let gone_or_changed = old.iter().filter_map(|(path, before)| match new.get(path) {
        after if path.ends_with(ORDER) => reordered(path, before, after?),
        None => Some(Difference::new(&before.subject, Bump::Major, format!("- {}", shown(path, before)))),
        Some(after) if after.signature != before.signature => Some(changed(&after.subject, path, before, after)),
        Some(_) => None,
    });
    let added = new.iter().filter(|(path, _)| !old.contains_key(*path) && !path.ends_with(ORDER));
    let added = added.map(|(path, item)| added_item(old, path, item));
    gone_or_changed.chain(added).collect()
}

fn shown(path: &str, item: &Item) -> String {
    match item.signature.as_str() {
        "" => path.to_owned(),
        signature => format!("{path}: {signature}"),
    }
}

fn changed(subject: &str, path: &str, before: &Item, after: &Item) -> Difference {
    Difference::new(subject, Bump::Major, format!("~ {path}: {} → {}", before.signature, after.signature))
}

fn added_item(old: &Surface, path: &str, item: &Item) -> Difference {
    // A new type or method has no users yet whose calls could break.
    let owner = ["::new(", " argument ", " handle "].into_iter().find_map(|word| path.split_once(word));
    let is_new = owner.is_some_and(|(owner, _)| !old.contains_key(owner));
    let bump = if item.breaks_when_added && !is_new { Bump::Major } else { Bump::Minor };
    Difference::new(&item.subject, bump, format!("+ {}", shown(path, item)))
}

/// Reports arguments in another order. Arguments that were added or removed are differences of their own.
fn reordered(path: &str, before: &Item, after: &Item) -> Option<Difference> {
    let shared = |arguments: &str, others: &str| -> Vec<String> {
        let others: Vec<&str> = others.split(", ").collect();
        arguments.split(", ").filter(|argument| others.contains(argument)).map(str::to_owned).collect()
    };
    let (old, new) = (&before.signature, &after.signature);
    (shared(old, new) != shared(new, old)).then(|| changed("", path, before, after))
}
