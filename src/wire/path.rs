//! JSON paths of decoding errors. A path grows from the inside out: each level adds its key or index in front. Nothing is built until there is an error.

use serde::de;

use crate::outcome::text::one_line;

/// Adds a key in front of the path of an error: ``"`tax`: …"`` becomes ``"`lines.tax`: …"``.
#[cold]
pub(crate) fn at_key<E: de::Error>(key: &str, error: &E) -> E {
    let text = error.to_string();
    match text.strip_prefix('`').filter(|rest| rest.contains("`: ")) {
        Some(rest) if rest.starts_with('[') => E::custom(format_args!("`{key}{rest}")),
        Some(rest) => E::custom(format_args!("`{key}.{rest}")),
        None => E::custom(format_args!("`{key}`: {text}")),
    }
}

/// Adds an index in front of the path of an error.
#[cold]
pub(crate) fn at_index<E: de::Error>(index: usize, error: &E) -> E {
    let text = error.to_string();
    match text.strip_prefix('`').filter(|rest| rest.contains("`: ")) {
        Some(rest) => E::custom(format_args!("`[{index}].{rest}")),
        None => E::custom(format_args!("`[{index}]`: {text}")),
    }
}

/// Splits the text that [`at_key`] and [`at_index`] have built into path and reason.
pub(crate) fn split_path(text: &str) -> (String, String) {
    match text.strip_prefix('`').and_then(|rest| rest.split_once("`: ")) {
        Some((path, reason)) => (one_line(path), reason.to_owned()),
        None => (String::new(), text.to_owned()),
    }
}

#[cold]
pub(crate) fn missing<E: de::Error>(key: &'static str) -> E {
    E::custom(format_args!("`{key}`: is missing or null, but every record must have it"))
}

#[cold]
pub(crate) fn duplicate<E: de::Error>(key: &str) -> E {
    E::custom(format_args!("`{key}`: appears twice in one object"))
}
