//! The operations as a tree of words: `contracts.usage.bulk_create` is `contracts usage bulk-create`.

use std::collections::BTreeMap;

use campfire::operations;

/// A resource: its operations and the resources below it, each by its word.
#[derive(Default)]
pub(crate) struct Resource {
    /// The ids of operations by their verbs.
    pub(crate) verbs: BTreeMap<String, &'static str>,
    pub(crate) children: BTreeMap<String, Resource>,
}

/// Returns the resources of the API by their words.
pub(crate) fn resources() -> BTreeMap<String, Resource> {
    let mut root = Resource::default();
    for id in operations::ids() {
        let (path, verb) = id.rsplit_once('.').unwrap_or(("", id));
        let resource =
            path.split('.').fold(&mut root, |resource, step| resource.children.entry(word(step)).or_default());
        resource.verbs.insert(word(verb), id);
    }
    root.children
}

/// Returns the words of an operation: `contracts usage bulk-create`.
pub(crate) fn words(id: &str) -> String {
    id.split('.').map(word).collect::<Vec<_>>().join(" ")
}

/// Returns the command of an operation with its ids, where they are known: `campfire invoices retrieve <ID>`.
pub(crate) fn command(id: &str, known: impl Fn(&str) -> Option<String>) -> String {
    let parameters = operations::get(id).map(|operation| operation.path_parameters).unwrap_or_default();
    let ids = parameters.iter().map(|parameter| {
        let name = word(parameter.shown_name());
        let id = known(&name).unwrap_or_else(|| format!("<{}>", name.to_uppercase().replace('-', "_")));
        format!(" {id}")
    });
    format!("campfire {}{}", words(id), ids.collect::<String>())
}

/// Returns the operation that words name, which may also be an operation id.
pub(crate) fn id_of<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(|word| word.replace('-', "_")).collect::<Vec<_>>().join(".")
}

/// Returns a name of the API as a word of the command line: `journal_type__nin` is `journal-type-nin`.
pub(crate) fn word(name: &str) -> String {
    let mut word = String::with_capacity(name.len() + 2);
    for character in name.chars() {
        let is_break = character == '_' || character == '-' || character.is_ascii_uppercase();
        if is_break && !word.is_empty() && !word.ends_with('-') {
            word.push('-');
        }
        if character != '_' && character != '-' {
            word.push(character.to_ascii_lowercase());
        }
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_words() {
        for (name, expected) in
            [("bulk_search", "bulk-search"), ("shouldPivot", "should-pivot"), ("journal_type__nin", "journal-type-nin")]
        {
            assert_eq!(word(name), expected);
        }
        assert_eq!(words("contracts.usage.bulk_create"), "contracts usage bulk-create");
        assert_eq!(id_of("contracts usage bulk-create".split(' ')), "contracts.usage.bulk_create");
    }

    #[test]
    fn every_operation_has_words_of_its_own() {
        fn count(resource: &Resource) -> usize {
            assert!(resource.verbs.keys().all(|verb| !resource.children.contains_key(verb)));
            resource.verbs.len() + resource.children.values().map(count).sum::<usize>()
        }
        let resources = resources();
        assert_eq!(resources.values().map(count).sum::<usize>(), operations::ids().count());
    }
}
