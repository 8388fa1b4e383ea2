//! Sharing of equal parts between records.

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use campfire_values::Json;

/// The number of pairs of parts that are remembered.
const PAIRS: usize = 2_048;

/// The longest text that is shared. Longer texts rarely repeat.
const MAX_SHARED_TEXT: usize = 64;

/// The parts of the records that were stored last.
///
/// Most values of a ledger line are those of the line before it. Only recent parts are remembered, so nothing is kept
/// for long after the last record with it is gone.
#[derive(Debug, Default)]
pub(super) struct Sharing {
    names: Recent<Vec<Cow<'static, str>>>,
    values: Recent<Json>,
}

impl Sharing {
    /// Replaces names by the same names of another record.
    pub(super) fn share_names(&mut self, names: &mut Arc<Vec<Cow<'static, str>>>) {
        self.names.share(names, hash(&**names));
    }

    /// Replaces a value by the same value of another record. Lists and objects are shared only if they are empty.
    pub(super) fn share_value(&mut self, value: &mut Arc<Json>) {
        let hash = match &**value {
            Json::Number(number) => hash(number),
            Json::String(text) if text.len() <= MAX_SHARED_TEXT => hash(text),
            Json::Bool(value) => hash(value),
            Json::Array(items) if items.is_empty() => hash("[]"),
            Json::Object(fields) if fields.is_empty() => hash("{}"),
            _ => return,
        };
        self.values.share(value, hash);
    }
}

fn hash<T: Hash + ?Sized>(part: &T) -> u64 {
    let mut hasher = DefaultHasher::new();
    part.hash(&mut hasher);
    hasher.finish()
}

/// Parts in pairs by their hash, the one that was used last first. A new part takes the place of the second.
#[derive(Debug)]
struct Recent<T>(Vec<[Option<Arc<T>>; 2]>);

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Recent(Vec::new())
    }
}

impl<T: PartialEq> Recent<T> {
    /// Replaces a part by an equal one, or remembers it.
    fn share(&mut self, part: &mut Arc<T>, hash: u64) {
        if self.0.is_empty() {
            self.0.resize_with(PAIRS, Default::default);
        }
        let Some([first, second]) = self.0.get_mut((hash % PAIRS as u64) as usize) else { return };
        if first.as_ref() != Some(&*part) {
            std::mem::swap(first, second);
        }
        match first {
            Some(known) if known == part => *part = known.clone(),
            _ => *first = Some(part.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_are_stored_once() {
        let mut sharing = Sharing::default();
        let mut shared = |value: Json| {
            let mut value = Arc::new(value);
            sharing.share_value(&mut value);
            value
        };
        for value in [Json::from(7), Json::from("USD"), Json::from(true), Json::Array(Vec::new())] {
            let (one, other) = (shared(value.clone()), shared(value.clone()));
            assert_eq!(*one, value);
            assert!(Arc::ptr_eq(&one, &other), "{value}");
        }
        let different = [Json::from(1), Json::from("1"), Json::from(true), Json::from("true")].map(shared);
        assert_eq!(different.map(|value| value.to_string()), ["1", "\"1\"", "true", "\"true\""]);
    }

    #[test]
    fn what_is_not_used_any_more_is_forgotten() {
        let mut sharing = Sharing::default();
        let mut first = Arc::new(Json::from(-1));
        sharing.share_value(&mut first);
        for number in 0..100_000 {
            sharing.share_value(&mut Arc::new(Json::from(number)));
        }
        assert_eq!(Arc::strong_count(&first), 1);
        let remembered = sharing.values.0.iter().flatten().flatten().count();
        assert!(remembered <= 2 * PAIRS, "{remembered}");
    }
}
