//! [`Json`]: any JSON value, exact to the digit.
//!
//! `serde_json::Value` stores numbers as `f64`, which silently changes `12345678901234567.89`. Fields that the
//! description does not list may be money, too, so they are kept in a type that loses nothing.

use std::fmt;
use std::ops::Index;

use serde::de::DeserializeOwned;

use crate::decimal::Decimal;
use crate::read_error::ReadJsonError;
use crate::reader::{NO_FIELDS, Reader, TWICE};

/// Any JSON value, with every digit of its numbers.
///
/// Fields without a documented shape and the `extra` map of every record hold values of this type.
///
/// ```
/// # use campfire_values as campfire;
/// use campfire::Json;
///
/// let value: Json = r#"{"total": 12345678901234567.89, "lines": [1, 2]}"#.parse()?;
/// assert_eq!(value["total"].as_decimal().unwrap().to_string(), "12345678901234567.89");
/// assert_eq!(value["lines"][1].as_i64(), Some(2));
/// assert_eq!(value.to_string(), r#"{"lines":[1,2],"total":12345678901234567.89}"#);
/// # Ok::<(), campfire_values::ParseJsonError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Json {
    /// `null`
    #[default]
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, with the digits it was written with.
    Number(JsonNumber),
    /// A string.
    String(String),
    /// An array.
    Array(Vec<Json>),
    /// An object.
    Object(JsonObject),
}

/// The text of a JSON number. Numbers are equal if their text is equal: `1.0` and `1.00` differ.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct JsonNumber(Box<str>);

impl JsonNumber {
    pub(crate) fn from_text(text: &str) -> Self {
        Self(text.into())
    }

    /// Returns the number as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the number as an exact decimal, or `None` if it has more than 28 significant digits.
    pub fn as_decimal(&self) -> Option<Decimal> {
        self.0.parse().ok()
    }

    /// Returns the number as an integer, or `None` if it is not written as one or does not fit 64 bits.
    pub fn as_i64(&self) -> Option<i64> {
        self.0.parse().ok()
    }

    /// Returns the nearest binary floating-point number. Do not use it for money.
    pub fn as_f64(&self) -> Option<f64> {
        self.0.parse().ok()
    }
}

impl fmt::Debug for JsonNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for JsonNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<i64> for JsonNumber {
    fn from(value: i64) -> Self {
        Self(value.to_string().into())
    }
}

impl From<Decimal> for JsonNumber {
    fn from(value: Decimal) -> Self {
        Self(value.to_string().into())
    }
}

/// The error for text that is not JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseJsonError(pub(crate) ReadJsonError);

impl fmt::Display for ParseJsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not JSON: {}", self.0)
    }
}

impl std::error::Error for ParseJsonError {}

impl Json {
    /// Returns `true` if this is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Json::Null)
    }

    /// Returns the string, or `None` if this is another kind of value.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Json::String(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the boolean, or `None` if this is another kind of value.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Json::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// Returns the integer, or `None` if this is not a number written as one that fits 64 bits.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Json::Number(number) => number.as_i64(),
            _ => None,
        }
    }

    /// Returns the exact decimal of a number, or of a string that holds one (this API sends both).
    pub fn as_decimal(&self) -> Option<Decimal> {
        match self {
            Json::Number(number) => number.as_decimal(),
            Json::String(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// Returns the items, or `None` if this is not an array.
    pub fn as_array(&self) -> Option<&[Json]> {
        match self {
            Json::Array(items) => Some(items),
            _ => None,
        }
    }

    /// Returns the fields, or `None` if this is not an object.
    pub fn as_object(&self) -> Option<&JsonObject> {
        match self {
            Json::Object(members) => Some(members),
            _ => None,
        }
    }

    /// Returns the field with this name, or `None` if this is not an object that has it.
    pub fn get(&self, key: &str) -> Option<&Json> {
        self.as_object()?.get(key)
    }

    /// Decodes the value into a type of your own.
    ///
    /// # Errors
    /// If the value does not have the shape of `T`.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.to_string())
    }

    /// Parses JSON bytes.
    ///
    /// # Errors
    /// If the bytes are not exactly one JSON value.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, ParseJsonError> {
        match std::str::from_utf8(bytes) {
            Ok(text) => text.parse(),
            Err(error) => Err(ParseJsonError(ReadJsonError::new("not UTF-8".to_owned(), error.valid_up_to()))),
        }
    }

    /// Returns the kind of value, for messages: `null`, `boolean`, `number`, `string`, `array` or `object`.
    pub fn kind(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool(_) => "boolean",
            Json::Number(_) => "number",
            Json::String(_) => "string",
            Json::Array(_) => "array",
            Json::Object(_) => "object",
        }
    }
}

impl std::str::FromStr for Json {
    type Err = ParseJsonError;

    fn from_str(text: &str) -> Result<Self, ParseJsonError> {
        any_from_text(text).map_err(ParseJsonError)
    }
}

/// Writes compact JSON text.
impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

static NULL: Json = Json::Null;

/// Returns the field with this name, or `Json::Null` if there is none.
impl Index<&str> for Json {
    type Output = Json;

    fn index(&self, key: &str) -> &Json {
        self.get(key).unwrap_or(&NULL)
    }
}

/// Returns the item at this index, or `Json::Null` if there is none.
impl Index<usize> for Json {
    type Output = Json;

    fn index(&self, index: usize) -> &Json {
        self.as_array().and_then(|items| items.get(index)).unwrap_or(&NULL)
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Json::Bool(value)
    }
}

impl From<i64> for Json {
    fn from(value: i64) -> Self {
        Json::Number(value.into())
    }
}

impl From<Decimal> for Json {
    fn from(value: Decimal) -> Self {
        Json::Number(value.into())
    }
}

impl From<&str> for Json {
    fn from(value: &str) -> Self {
        Json::String(value.to_owned())
    }
}

impl From<String> for Json {
    fn from(value: String) -> Self {
        Json::String(value)
    }
}

impl From<Vec<Json>> for Json {
    fn from(items: Vec<Json>) -> Self {
        Json::Array(items)
    }
}

impl From<JsonObject> for Json {
    fn from(members: JsonObject) -> Self {
        Json::Object(members)
    }
}

/// Numbers that `serde_json` holds as `f64` are converted in their shortest form.
impl From<serde_json::Value> for Json {
    fn from(value: serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Json::Null,
            serde_json::Value::Bool(value) => Json::Bool(value),
            serde_json::Value::Number(number) => Json::Number(JsonNumber(number.to_string().into())),
            serde_json::Value::String(text) => Json::String(text),
            serde_json::Value::Array(items) => Json::Array(items.into_iter().map(Json::from).collect()),
            serde_json::Value::Object(members) => {
                Json::Object(members.into_iter().map(|(key, value)| (key, value.into())).collect())
            }
        }
    }
}

impl PartialEq<serde_json::Value> for Json {
    fn eq(&self, other: &serde_json::Value) -> bool {
        match (self, other) {
            (Json::Null, serde_json::Value::Null) => true,
            (Json::Bool(a), serde_json::Value::Bool(b)) => a == b,
            (Json::Number(a), serde_json::Value::Number(b)) => *a.as_str() == b.to_string(),
            (Json::String(a), serde_json::Value::String(b)) => a == b,
            (Json::Array(a), serde_json::Value::Array(b)) => a == b,
            (Json::Object(a), serde_json::Value::Object(b)) => {
                a.len() == b.len() && a.iter().all(|(key, value)| b.get(key).is_some_and(|other| value == other))
            }
            _ => false,
        }
    }
}

impl PartialEq<str> for Json {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == Some(other)
    }
}

impl PartialEq<&str> for Json {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == Some(other)
    }
}

/// A JSON object, sorted by key.
///
/// ```
/// # use campfire_values as campfire;
/// use campfire::{Json, JsonObject};
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

    /// Sorts fields into an object. If a key appears twice, the last value counts.
    // A function of its own: in `from_iter`, the compiler would write a sort for each type of iterator.
    fn from_fields(mut fields: Vec<(String, Json)>) -> Self {
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
        Self::from_fields(fields.into_iter().collect())
    }
}

impl<const N: usize> From<[(String, Json); N]> for JsonObject {
    fn from(fields: [(String, Json); N]) -> Self {
        Self::from_fields(fields.into())
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

/// Reads a whole text as JSON, null included.
///
/// # Errors
/// If the text is not exactly one JSON value, or a key appears twice in one object.
pub fn any_from_text(text: &str) -> Result<Json, ReadJsonError> {
    only_value(&mut Reader::new(text))
}

/// Reads a whole text as JSON, null included.
///
/// # Errors
/// If the text is not exactly one JSON value, or a key appears twice in one object.
pub fn only_value(reader: &mut Reader<'_>) -> Result<Json, ReadJsonError> {
    let json = any(reader)?;
    reader.end()?;
    Ok(json)
}

/// Reads any JSON value.
///
/// # Errors
/// If the text is not valid JSON, or a key appears twice in one object.
pub fn any(reader: &mut Reader<'_>) -> Result<Json, ReadJsonError> {
    Ok(match reader.peek() {
        b'{' => {
            let mut members = Vec::new();
            if let Some(mut object) = reader.object(NO_FIELDS, "an object")? {
                while reader.key(&mut object)?.is_some() {
                    let key = object.take_key();
                    let value = any(reader).map_err(|error| error.at_key(&*key))?;
                    reader.push(&mut members, (key.into_owned(), value))?;
                }
            }
            Json::Object(object(reader, members)?)
        }
        b'[' => {
            let mut items = Vec::new();
            if let Some(mut list) = reader.list()? {
                while reader.item(&mut list)? {
                    let item = any(reader).map_err(|error| error.at_index(list.index()))?;
                    reader.push(&mut items, item)?;
                }
            }
            Json::Array(items)
        }
        b'"' => Json::String(reader.string()?.into_owned()),
        b't' | b'f' => Json::Bool(reader.boolean()?),
        b'n' => {
            reader.null()?;
            Json::Null
        }
        b'-' | b'0'..=b'9' => Json::Number(JsonNumber::from_text(reader.number()?.text())),
        _ => return Err(reader.unexpected("any value")),
    })
}

/// Makes an object of the fields that were read.
///
/// # Errors
/// If a key appears twice.
pub(crate) fn object(reader: &Reader<'_>, fields: Vec<(String, Json)>) -> Result<JsonObject, ReadJsonError> {
    JsonObject::from_unique(fields).map_err(|key| reader.error(TWICE).at_key(key))
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
