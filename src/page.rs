//! [`Page`]: some rows of a list.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use campfire_values::raw::Text;
use crate::wire::{at_index, at_key, unknown};
use crate::{Json, JsonObject};

/// One page of a list: plain data.
///
/// Lists that are not paged (the server sends a bare array) give one page that holds everything.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Page<T> {
    /// How many rows match in all, as the server says. `None` for a bare array.
    pub count: Option<i64>,
    /// The address of the next page. Use `pages()` or `stream()` to follow it.
    pub next: Option<String>,
    /// The address of the page before.
    pub previous: Option<String>,
    /// The rows.
    pub results: Vec<T>,
    /// The rows that do not decode, each with its reason. They cost nobody else.
    pub rejected: Vec<Rejected>,
    /// Members beside these that the description does not know.
    pub extra: JsonObject,
    /// Whether the list was seen to change since the page before: others write meanwhile. Rows that came already are left
    /// out, and none that stays where it is in the order of the list is missed; one whose place in it changes may be.
    pub drifted: bool,
    /// Where the list goes on behind this page: `list().resume(&token)`. `None` after the last page, and for pages that
    /// were not had from `pages()`.
    pub token: Option<crate::PageToken>,
}

/// A row that does not decode.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Rejected {
    /// Its place among the rows that the server sent, from 0.
    pub index: usize,
    /// Where in the answer: `results[17].lines[2].tax`.
    pub path: String,
    /// What was expected and what was found.
    pub reason: String,
    /// The row as it came.
    pub raw: Json,
}

/// What a row that does not decode does to the rows around it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BadRecord {
    /// It is reported ([`Page::rejected`], [`Error::Record`](crate::Error::Record) in a stream), and the others go on.
    #[default]
    Report,
    /// Its page fails with [`Error::Record`](crate::Error::Record), and the list ends there: all or nothing.
    Fail,
}

impl<T> IntoIterator for Page<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.results.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Page<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.results.iter()
    }
}

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
        f.write_str("a page `{count, next, previous, results}` or a list of rows")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Page<T>, A::Error> {
        let (mut count, mut next, mut previous) = (None, None, None);
        let mut results: Option<Vec<T>> = None;
        let mut extra = JsonObject::new();
        while let Some(key) = map.next_key::<Text<'de>>()? {
            match &*key.0 {
                "count" => crate::wire::field(&mut map, "count", &mut count)?,
                "next" => crate::wire::field(&mut map, "next", &mut next)?,
                "previous" => crate::wire::field(&mut map, "previous", &mut previous)?,
                "results" => {
                    if results.is_some() {
                        return Err(de::Error::custom("`results`: stands twice in one object"));
                    }
                    results = Some(map.next_value::<Rows<T>>().map_err(|error| at_key("results", &error))?.0);
                }
                _ => unknown(&mut map, key.0.into_owned(), &mut extra)?,
            }
        }
        let results = results.ok_or_else(|| de::Error::custom("`results`: is missing, so this is no page"))?;
        Ok(Page { count, next, previous, results, rejected: Vec::new(), extra, drifted: false, token: None })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Page<T>, A::Error> {
        let results = rows(seq)?;
        Ok(Page {
            count: None,
            next: None,
            previous: None,
            results,
            rejected: Vec::new(),
            extra: JsonObject::new(),
            drifted: false,
            token: None,
        })
    }
}

/// The rows of a page. A null row is a row that does not decode, not one to skip.
struct Rows<T>(Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Rows<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RowsVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for RowsVisitor<T> {
            type Value = Rows<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of rows")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Rows<T>, A::Error> {
                rows(seq).map(Rows)
            }
        }
        deserializer.deserialize_seq(RowsVisitor(PhantomData))
    }
}

fn rows<'de, T: Deserialize<'de>, A: SeqAccess<'de>>(mut seq: A) -> Result<Vec<T>, A::Error> {
    let mut rows = Vec::new();
    while let Some(row) = seq.next_element().map_err(|error| at_index(rows.len(), &error))? {
        rows.push(row);
    }
    Ok(rows)
}
