//! Reads records as text: checks them, and finds their fields.

use std::borrow::Cow;

use super::checksum::{self, FALSE, LIST, NAME, NULL, NUMBER, OBJECT, STRING, TRUE, mix};
use super::names::{Name, Names, Place};
use super::object::TWICE;
use super::tokens::Reader;
use crate::read_error::ReadJsonError;

/// A record that was read as text.
pub(crate) struct RecordParts<'a> {
    pub(crate) text: &'a str,
    pub(crate) places: Box<[Place]>,
    /// Some names have escapes.
    pub(crate) has_escapes: bool,
    /// The checksum.
    pub(crate) sum: u64,
}

impl<'a> Reader<'a> {
    /// Reads a record as text, or `None` for null.
    ///
    /// # Errors
    /// If the text is not valid JSON, or a key appears twice in one object.
    pub(crate) fn record(&mut self) -> Result<Option<RecordParts<'a>>, ReadJsonError> {
        if self.null()? {
            return Ok(None);
        }
        let first = self.peek();
        let start = self.at;
        if first == b'{' {
            return self.object_record().map(Some);
        }
        let sum = self.sum()?;
        let text = &self.text[start..self.at];
        Ok(Some(RecordParts { text, places: Box::default(), has_escapes: false, sum }))
    }

    /// Reads a record that is an object.
    fn object_record(&mut self) -> Result<RecordParts<'a>, ReadJsonError> {
        let start = self.at;
        let place = |at: usize| u32::try_from(at - start).ok();
        self.descend()?;
        let mut names = self.names.take().unwrap_or_else(|| Box::new(Names::new()));
        names.record += 1;
        let mut places = std::mem::take(&mut names.places);
        places.clear();
        let (mut sum, mut is_first, mut is_twice, mut index) = (OBJECT, true, false, Names::START);
        let mut has_escapes = false;
        while self.next_key(&mut is_first)? {
            let key = self.at;
            let name = match names.expected(&self.text.as_bytes()[key..], index) {
                Some(known) => {
                    index = known;
                    names.known[known].name
                }
                None => {
                    let (name, known) = (self.name()?, names.known.len());
                    index = names.add(name, index);
                    self.claim((names.known.len() - known) * Names::SIZE)?;
                    name
                }
            };
            is_twice |= names.note(index);
            has_escapes |= name.is_escaped;
            let key_end = key + name.text.len();
            self.at = key_end;
            self.colon()?;
            self.peek();
            let value = self.at;
            let value_sum = self.sum().map_err(|error| error.at_key(unquoted(name.text)))?;
            sum = sum.wrapping_add(mix(name.sum, value_sum));
            match (place(key + 1), place(key_end - 1), place(value), place(self.at)) {
                (Some(name), Some(name_end), Some(value), Some(end)) => {
                    places.push(Place { name, name_end, value, end });
                }
                _ => return Err(self.error("is a record of more than 4 GiB")),
            }
        }
        if is_twice {
            let name = |place: &Place| &self.text[start + place.name as usize - 1..=start + place.name_end as usize];
            self.check_twice(places.iter().map(name))?;
        }
        self.claim(size_of_val(places.as_slice()))?;
        let text = &self.text[start..self.at];
        let record = RecordParts { text, places: places.as_slice().into(), has_escapes, sum };
        names.places = places;
        self.names = Some(names);
        Ok(record)
    }

    /// Reads the name of a field.
    fn name(&mut self) -> Result<Name<'a>, ReadJsonError> {
        let start = self.at;
        let name = self.string()?;
        let (is_escaped, sum) = (matches!(name, Cow::Owned(_)), checksum::text(NAME, &name));
        Ok(Name { text: &self.text[start..self.at], is_escaped, sum })
    }

    /// Reads any value. Returns its checksum.
    fn sum(&mut self) -> Result<u64, ReadJsonError> {
        Ok(match self.peek() {
            b'"' => checksum::text(STRING, &self.string()?),
            b'-' | b'0'..=b'9' => checksum::text(NUMBER, self.number()?.text()),
            b'n' => self.null().map(|_| NULL)?,
            b't' | b'f' => {
                if self.boolean()? {
                    TRUE
                } else {
                    FALSE
                }
            }
            b'[' => {
                let mut sum = LIST;
                if let Some(mut list) = self.list()? {
                    while self.item(&mut list)? {
                        sum = mix(sum, self.sum().map_err(|error| error.at_index(list.index()))?);
                    }
                }
                sum
            }
            b'{' => {
                self.descend()?;
                let (mut names, mut sum, mut is_first) = (Vec::new(), OBJECT, true);
                while self.next_key(&mut is_first)? {
                    let name = self.name()?;
                    self.colon()?;
                    let value = self.sum().map_err(|error| error.at_key(unquoted(name.text)))?;
                    sum = sum.wrapping_add(mix(name.sum, value));
                    names.push(name.text);
                }
                self.check_twice(names.into_iter())?;
                sum
            }
            _ => return Err(self.unexpected("any value")),
        })
    }

    /// # Errors
    /// If one of these names, which are quoted, appears twice.
    fn check_twice<'n>(&self, names: impl Iterator<Item = &'n str>) -> Result<(), ReadJsonError> {
        let mut names: Vec<Cow<'_, str>> = names.map(unquoted).collect();
        names.sort_unstable();
        match names.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(self.error(TWICE).at_key(&*pair[0])),
            None => Ok(()),
        }
    }
}

/// Returns the content of a string that was read before.
fn unquoted(text: &str) -> Cow<'_, str> {
    Reader::new(text).string().unwrap_or_default()
}
