//! What differs between the public Rust items of two revisions, and the version bump that each difference calls for.

use campfire_codegen::emit::surface::{Item, ORDER, Surface};

use crate::checks::Bump;

/// A difference between two surfaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// What it comes from.
    pub(crate) subject: String,
    /// The bump that it asks for.
    pub(crate) bump: Bump,
    /// `types::Tag.name: Option<String> → Option<i64>`
    pub(crate) text: String,
}

/// What has changed from one surface to another.
pub(crate) fn differences(old: &Surface, new: &Surface) -> Vec<Difference> {
    let mut differences = Vec::new();
    let mut say = |subject: &str, bump: Bump, text: String| {
        differences.push(Difference { subject: subject.to_owned(), bump, text });
    };
    let shown = |path: &str, item: &Item| match item.signature.as_str() {
        "" => path.to_owned(),
        signature => format!("{path}: {signature}"),
    };
    for (path, before) in old {
        if path.ends_with(ORDER) {
            if let Some(after) = new.get(path)
                && reordered(&before.signature, &after.signature)
            {
                say("", Bump::Major, format!("~ {path}: {} → {}", before.signature, after.signature));
            }
            continue;
        }
        match new.get(path) {
            None => say(&before.subject, Bump::Major, format!("- {}", shown(path, before))),
            Some(after) if after.signature != before.signature => {
                say(&after.subject, Bump::Major, format!("~ {path}: {} → {}", before.signature, after.signature));
            }
            Some(_) => {}
        }
    }
    for (path, after) in new.iter().filter(|(path, _)| !old.contains_key(*path) && !path.ends_with(ORDER)) {
        // A type that is new as a whole has no users whose calls could break.
        let owner = path.split("::new(").next().and_then(|owner| (owner != path).then_some(owner));
        let bump = if owner.is_some_and(|owner| !old.contains_key(owner)) {
            Bump::Minor
        } else if after.breaks_when_added {
            Bump::Major
        } else {
            Bump::Minor
        };
        say(&after.subject, bump, format!("+ {}", shown(path, after)));
    }
    differences
}

/// Whether the arguments that both have stand in another order; one more or less is a change of its own.
fn reordered(old: &str, new: &str) -> bool {
    let shared = |arguments: &str, others: &str| -> Vec<String> {
        let others: Vec<&str> = others.split(", ").collect();
        arguments.split(", ").filter(|argument| others.contains(argument)).map(str::to_owned).collect()
    };
    shared(old, new) != shared(new, old)
}
