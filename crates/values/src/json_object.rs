//! [`JsonObject`]: the fields of a JSON object.

use std::fmt;
use std::ops::Index;

use crate::json::{Json, NULL};

/// A JSON object, sorted by key.
///
/// ```
/// use campfire_values::{Json, JsonObject};
///
/// let mut object = JsonObject::from([("total".to_owned(), Json::from(3)), ("id".to_owned(), Json::from(7))]);
/// object.insert("paid".to_owned(), Json::from(true));
/// assert_eq!(object["id"].as_i64(), Some(7));
/// assert_eq!(object.keys().collect::<Vec<_>>(), ["id", "paid", "total"]);
/// ```
// A vector, because most objects are small: a tree takes more than 500 bytes for a single field.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct JsonObject {
    /// Sorted by key, and no key appears twice.
    fields: Vec<(String, Json)>,
}

impl JsonObject {
    /// Returns an empty object.
    pub const fn new() -> Self {
        Self { fields: Vec::new() }
    }

    /// Sorts fields into an object. If a key appears twice, returns that key.
    pub(crate) fn from_unique(mut fields: Vec<(String, Json)>) -> Result<Self, String> {
        let is_sorted = |pair: &[(String, Json)]| pair[0].0 < pair[1].0;
        if !fields.windows(2).all(is_sorted) {
            fields.sort_unstable_by(|left, right| left.0.cmp(&right.0));
            if let Some(pair) = fields.windows(2).find(|pair| !is_sorted(pair)) {
                return Err(pair[0].0.clone());
            }
        }
        if fields.len() * 2 <= fields.capacity() {
            fields.shrink_to_fit();
        }
        Ok(Self { fields })
    }

    /// Returns the number of fields.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Returns `true` if the object has no fields.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    fn find(&self, key: &str) -> Result<usize, usize> {
        self.fields.binary_search_by(|(name, _)| name.as_str().cmp(key))
    }

    /// Returns the value of a field.
    pub fn get(&self, key: &str) -> Option<&Json> {
        self.find(key).ok().map(|index| &self.fields[index].1)
    }

    /// Returns the value of a field, to change it.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Json> {
        self.find(key).ok().map(|index| &mut self.fields[index].1)
    }

    /// Returns `true` if the object has this field.
    pub fn contains_key(&self, key: &str) -> bool {
        self.find(key).is_ok()
    }

    /// Sets a field. Returns the value that it had before.
    pub fn insert(&mut self, key: String, value: Json) -> Option<Json> {
        match self.find(&key) {
            Ok(index) => Some(std::mem::replace(&mut self.fields[index].1, value)),
            Err(index) => {
                self.fields.insert(index, (key, value));
                None
            }
        }
    }

    /// Returns the value of a field, to change it. If the object does not have the field, sets it first.
    pub fn get_or_insert_with(&mut self, key: &str, value: impl FnOnce() -> Json) -> &mut Json {
        let index = self.find(key).unwrap_or_else(|index| {
            self.fields.insert(index, (key.to_owned(), value()));
            index
        });
        &mut self.fields[index].1
    }

    /// Removes a field. Returns the value that it had.
    pub fn remove(&mut self, key: &str) -> Option<Json> {
        self.find(key).ok().map(|index| self.fields.remove(index).1)
    }

    /// Keeps only the fields for which the function returns `true`.
    pub fn retain(&mut self, mut keep: impl FnMut(&String, &mut Json) -> bool) {
        self.fields.retain_mut(|(key, value)| keep(key, value));
    }

    /// Returns the fields, sorted by key.
    pub fn iter(&self) -> Fields<'_> {
        Fields(self.fields.iter())
    }

    /// Returns the names of the fields, sorted.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &String> + DoubleEndedIterator {
        self.fields.iter().map(|(key, _)| key)
    }

    /// Returns the values, sorted by the names of their fields.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &Json> + DoubleEndedIterator {
        self.fields.iter().map(|(_, value)| value)
    }

    /// Returns the fields, sorted by key, with values to change.
    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = (&String, &mut Json)> + DoubleEndedIterator {
        self.fields.iter_mut().map(|(key, value)| (&*key, value))
    }

    /// Returns the values, to change them.
    pub fn values_mut(&mut self) -> impl ExactSizeIterator<Item = &mut Json> + DoubleEndedIterator {
        self.fields.iter_mut().map(|(_, value)| value)
    }
}

impl fmt::Debug for JsonObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

/// Returns the field with this name, or `Json::Null` if there is none.
impl Index<&str> for JsonObject {
    type Output = Json;

    fn index(&self, key: &str) -> &Json {
        self.get(key).unwrap_or(&NULL)
    }
}

/// If a key appears twice, the last value counts.
impl FromIterator<(String, Json)> for JsonObject {
    fn from_iter<I: IntoIterator<Item = (String, Json)>>(fields: I) -> Self {
        let mut fields: Vec<(String, Json)> = fields.into_iter().collect();
        fields.sort_by(|left, right| left.0.cmp(&right.0));
        fields.dedup_by(|later, kept| {
            let same = later.0 == kept.0;
            if same {
                std::mem::swap(later, kept);
            }
            same
        });
        Self { fields }
    }
}

impl<const N: usize> From<[(String, Json); N]> for JsonObject {
    fn from(fields: [(String, Json); N]) -> Self {
        fields.into_iter().collect()
    }
}

/// If a key is there already, the new value counts.
impl Extend<(String, Json)> for JsonObject {
    fn extend<I: IntoIterator<Item = (String, Json)>>(&mut self, fields: I) {
        *self = std::mem::take(&mut self.fields).into_iter().chain(fields).collect();
    }
}

/// The fields of an object, sorted by key.
#[derive(Clone, Debug)]
pub struct Fields<'a>(std::slice::Iter<'a, (String, Json)>);

impl<'a> Iterator for Fields<'a> {
    type Item = (&'a String, &'a Json);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(key, value)| (key, value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl DoubleEndedIterator for Fields<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back().map(|(key, value)| (key, value))
    }
}

impl ExactSizeIterator for Fields<'_> {}

impl<'a> IntoIterator for &'a JsonObject {
    type Item = (&'a String, &'a Json);
    type IntoIter = Fields<'a>;

    fn into_iter(self) -> Fields<'a> {
        self.iter()
    }
}

impl IntoIterator for JsonObject {
    type Item = (String, Json);
    type IntoIter = std::vec::IntoIter<(String, Json)>;

    fn into_iter(self) -> Self::IntoIter {
        self.fields.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Everything that an object does, a map does as well.
    #[test]
    fn an_object_behaves_like_a_map() {
        let (mut object, mut map) = (JsonObject::new(), BTreeMap::new());
        for step in 0..2_000_i64 {
            let key = (step * 7919 % 61).to_string();
            let value = Json::from(step);
            match step % 5 {
                0 => assert_eq!(object.remove(&key), map.remove(&key)),
                1 => assert_eq!(object.get(&key), map.get(&key)),
                _ => assert_eq!(object.insert(key.clone(), value.clone()), map.insert(key, value)),
            }
            assert!(object.iter().eq(&map));
        }
        assert_eq!(object.len(), map.len());
        assert!(object.keys().eq(map.keys()) && object.values().eq(map.values()));
        assert!(object.clone().into_iter().rev().eq(map.into_iter().rev()));
    }

    #[test]
    fn the_last_of_several_values_counts() {
        let field = |key: &str, value: i64| (key.to_owned(), Json::from(value));
        let mut object = JsonObject::from([field("b", 1), field("a", 2), field("b", 3), field("b", 4)]);
        assert_eq!(object, JsonObject::from([field("a", 2), field("b", 4)]));
        object.extend([field("a", 5), field("c", 6)]);
        assert_eq!(object, JsonObject::from([field("a", 5), field("b", 4), field("c", 6)]));
        object.retain(|key, _| key != "b");
        assert_eq!(format!("{object:?}"), r#"{"a": Number(5), "c": Number(6)}"#);
        assert_eq!(object["b"], Json::Null);
    }

    #[test]
    fn a_key_that_appears_twice_is_found() {
        let field = |key: &str| (key.to_owned(), Json::Null);
        let fields = |keys: &[&str]| keys.iter().map(|key| field(key)).collect::<Vec<_>>();
        assert_eq!(JsonObject::from_unique(fields(&["c", "a", "b", "a"])), Err("a".to_owned()));
        assert_eq!(JsonObject::from_unique(fields(&["a", "a"])), Err("a".to_owned()));
        assert_eq!(JsonObject::from_unique(fields(&["b", "a"])).unwrap().len(), 2);
    }
}
