//! [`Page`]: a page of a list, as plain data.

use campfire_values::fields::{Extra, field, unknown};
use campfire_values::json;
use campfire_values::raw::serialize_as_text;
use campfire_values::read_json::ReadJson;
use campfire_values::reader::{Fields, Key, Reader};
use campfire_values::serialization::RawText;
use campfire_values::{Json, JsonObject, ReadJsonError};
use serde::de::{self, Deserialize, Deserializer};
use serde::ser::{Serialize, SerializeMap, Serializer};

use campfire_transport::defaults::REJECTED_RECORDS;
use campfire_transport::outcome::rejected::{RejectedRecord, RejectedRecords};
use campfire_transport::outcome::text::one_line;

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
        if !serializer.is_human_readable() {
            return serialize_as_text(self, serializer);
        }
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

impl<'de, T: ReadJson> Deserialize<'de> for Page<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = RawText::deserialize(deserializer)?.0;
        let page = read(&text, RejectedRecords::Fail);
        page.map_err(|failure| match failure {
            Failure::Page(error) => de::Error::custom(error),
            Failure::Record(RejectedRecord { path, reason, .. }) => {
                de::Error::custom(format_args!("`{path}`: {reason}"))
            }
        })
    }
}

/// Why a page cannot be read.
pub(crate) enum Failure {
    Page(ReadJsonError),
    /// The first record that cannot be decoded, if one is enough.
    Record(RejectedRecord),
}

impl From<ReadJsonError> for Failure {
    fn from(error: ReadJsonError) -> Self {
        Self::Page(error)
    }
}

/// Reads a page.
pub(crate) fn read<T: ReadJson>(text: &str, policy: RejectedRecords) -> Result<Page<T>, Failure> {
    let mut results = Vec::new();
    let page = PageReader {
        policy,
        read: &mut |reader| match T::read_json(reader)? {
            Some(record) => reader.push(&mut results, record).map(|()| true),
            None => Ok(false),
        },
    };
    let Page { count, next, previous, rejected, extra, .. } = page.page(&mut Reader::bounded(text))?;
    Ok(Page { count, next, previous, results, rejected, extra })
}

/// Reads a page around its records, once for all types of records.
struct PageReader<'r> {
    policy: RejectedRecords,
    /// Reads a record; returns `false` if it is null.
    read: &'r mut dyn FnMut(&mut Reader<'_>) -> Result<bool, ReadJsonError>,
}

impl PageReader<'_> {
    /// Reads all but the good records, which `read` keeps.
    fn page(mut self, reader: &mut Reader<'_>) -> Result<Page<()>, Failure> {
        const FIELDS: Fields = campfire_values::fields!["count", "next", "previous", "results"];
        const EXPECTED: &str = "a page `{count, next, previous, results}` or an array of records";
        let mut page = Page {
            count: None,
            next: None,
            previous: None,
            results: Vec::new(),
            rejected: Vec::new(),
            extra: JsonObject::new(),
        };
        let (mut has_results, mut extra) = (false, Extra::default());
        match reader.peek() {
            b'[' => {
                has_results = true;
                self.records(reader, None, &mut page.rejected)?;
            }
            b'{' => {
                let Some(mut object) = reader.object(FIELDS, EXPECTED)? else {
                    return Err(reader.unexpected(EXPECTED).into());
                };
                while let Some(key) = reader.key(&mut object)? {
                    let read = match key {
                        Key::Field(0) => field(reader, &mut page.count),
                        Key::Field(1) => field(reader, &mut page.next),
                        Key::Field(2) => field(reader, &mut page.previous),
                        Key::Field(_) => match self.records(reader, Some("results"), &mut page.rejected) {
                            Ok(found) => {
                                has_results = found;
                                Ok(())
                            }
                            Err(Failure::Page(error)) => Err(error),
                            Err(record) => return Err(record),
                        },
                        Key::Other => unknown(reader, &mut object, &mut extra),
                    };
                    read.map_err(|error| object.locate(key, error))?;
                }
            }
            _ => return Err(reader.unexpected(EXPECTED).into()),
        }
        if !has_results && page.count != Some(0) {
            return Err(reader.error("is missing or null, so this is not a page").at_key("results").into());
        }
        reader.end()?;
        page.extra = extra.into_object(reader)?;
        Ok(page)
    }

    /// Reads the records; returns `false` if null stands in their place. A null among them is a record that cannot be
    /// decoded, not one to skip.
    fn records(
        &mut self,
        reader: &mut Reader<'_>,
        key: Option<&str>,
        rejected: &mut Vec<RejectedRecord>,
    ) -> Result<bool, Failure> {
        let Some(mut list) = reader.list()? else { return Ok(false) };
        while reader.item(&mut list)? {
            let mark = reader.mark();
            let error = match (self.read)(reader) {
                Ok(true) => continue,
                Ok(false) => reader.error("is null, but every record is an object"),
                Err(error) => error,
            };
            let index = list.index();
            let error = key.into_iter().fold(error.at_index(index), ReadJsonError::at_key);
            if reader.is_exhausted() {
                return Err(error.into());
            }
            let text = reader.cut(mark);
            let raw = raw(reader, text);
            if rejected.len() == REJECTED_RECORDS {
                let reason = format!("{REJECTED_RECORDS} records before this one could not be decoded either");
                return Err(reader.error(reason).at_index(index).into());
            }
            let record = RejectedRecord::new(index, one_line(&error.path()), one_line(error.reason()), raw);
            if self.policy == RejectedRecords::Fail {
                return Err(Failure::Record(record));
            }
            rejected.push(record);
        }
        Ok(true)
    }
}

/// Keeps a record that cannot be decoded. Text that is not even JSON is kept as a string.
fn raw<'a>(reader: &mut Reader<'a>, text: &'a str) -> Json {
    let mut part = reader.part(text);
    match json::only_value(&mut part) {
        Ok(json) => {
            reader.count(&part);
            json
        }
        Err(_) => Json::from(text.replace('\0', "\u{fffd}")),
    }
}
