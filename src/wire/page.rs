//! [`Page`]: a page of a list, as plain data.

use std::fmt;
use std::marker::PhantomData;

use campfire_values::JsonObject;
use campfire_values::raw::Text;
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::object::{field, unknown};
use super::path::{at_index, at_key};
use crate::outcome::rejected::RejectedRecord;

/// A page of a list, as plain data.
///
/// Lists that are not paged (the server sends a bare array) return a single page with all records.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Page<T> {
    /// The number of records in the whole list, as the server counts. `None` for a bare array.
    pub count: Option<i64>,
    /// The URL of the next page. Use `pages()` or `stream()` to follow it.
    pub next: Option<String>,
    /// The URL of the previous page.
    pub previous: Option<String>,
    /// The records.
    pub results: Vec<T>,
    /// The records that could not be decoded, each with its reason. The other records are not affected.
    pub rejected: Vec<RejectedRecord>,
    /// Fields of the page that the description does not list.
    pub extra: JsonObject,
}

/// Lets a page be iterated over as the records that it contains.
macro_rules! iterate_over_results {
    ($page:ident) => {
        impl<T> IntoIterator for $page<T> {
            type Item = T;
            type IntoIter = std::vec::IntoIter<T>;

            fn into_iter(self) -> Self::IntoIter {
                self.results.into_iter()
            }
        }

        impl<'a, T> IntoIterator for &'a $page<T> {
            type Item = &'a T;
            type IntoIter = std::slice::Iter<'a, T>;

            fn into_iter(self) -> Self::IntoIter {
                self.results.iter()
            }
        }
    };
}
pub(crate) use iterate_over_results;

iterate_over_results!(Page);

impl<T: Serialize> Serialize for Page<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("count", &self.count)?;
        map.serialize_entry("next", &self.next)?;
        map.serialize_entry("previous", &self.previous)?;
        map.serialize_entry("results", &self.results)?;
        for (key, value) in &self.extra {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Page<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PageVisitor(PhantomData))
    }
}

struct PageVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for PageVisitor<T> {
    type Value = Page<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a page `{count, next, previous, results}` or an array of records")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Page<T>, A::Error> {
        let (mut count, mut next, mut previous) = (None, None, None);
        let mut results: Option<Vec<T>> = None;
        let mut extra = JsonObject::new();
        while let Some(key) = map.next_key::<Text<'de>>()? {
            match &*key.0 {
                "count" => field(&mut map, "count", &mut count)?,
                "next" => field(&mut map, "next", &mut next)?,
                "previous" => field(&mut map, "previous", &mut previous)?,
                "results" => {
                    if results.is_some() {
                        return Err(de::Error::custom("`results`: appears twice in one object"));
                    }
                    results = Some(map.next_value::<Records<T>>().map_err(|error| at_key("results", &error))?.0);
                }
                _ => unknown(&mut map, key.0.into_owned(), &mut extra)?,
            }
        }
        let results = results.ok_or_else(|| de::Error::custom("`results`: is missing, so this is not a page"))?;
        Ok(Page { count, next, previous, results, rejected: Vec::new(), extra })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Page<T>, A::Error> {
        let results = records(seq)?;
        Ok(Page { count: None, next: None, previous: None, results, rejected: Vec::new(), extra: JsonObject::new() })
    }
}

/// The records of a page. A null among them is a record that cannot be decoded, not one to skip.
struct Records<T>(Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Records<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RecordsVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for RecordsVisitor<T> {
            type Value = Records<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array of records")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Records<T>, A::Error> {
                records(seq).map(Records)
            }
        }
        deserializer.deserialize_seq(RecordsVisitor(PhantomData))
    }
}

fn records<'de, T: Deserialize<'de>, A: SeqAccess<'de>>(mut seq: A) -> Result<Vec<T>, A::Error> {
    let mut records = Vec::new();
    while let Some(record) = seq.next_element().map_err(|error| at_index(records.len(), &error))? {
        records.push(record);
    }
    Ok(records)
}
