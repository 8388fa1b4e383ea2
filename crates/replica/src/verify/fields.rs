//! [`Fields`]: the fields of a record, with errors that name the record.

use std::str::FromStr;

use campfire::{Decimal, Json};

use super::finding::FieldDifference;
use crate::error::Error;

/// The fields of a record, with errors that name the record.
pub(super) struct Fields<'a> {
    table: &'a str,
    pub(super) id: i64,
    record: &'a Json,
}

impl<'a> Fields<'a> {
    pub(super) fn new(table: &'a str, record: &'a Json) -> Result<Self, Error> {
        let id = record["id"].as_i64();
        let id = id.ok_or_else(|| Error::copy(format!("a record of `{table}` has no integer in its field `id`")))?;
        Ok(Fields { table, id, record })
    }

    /// Returns an amount. A field that is absent or null is zero, such as the other side of a line.
    pub(super) fn amount(&self, name: &str) -> Result<Decimal, Error> {
        let value = &self.record[name];
        if value.is_null() {
            return Ok(Decimal::ZERO);
        }
        value.as_decimal().ok_or_else(|| self.unreadable(name, "an amount"))
    }

    /// Returns an id.
    pub(super) fn id(&self, name: &str) -> Result<Option<i64>, Error> {
        match &self.record[name] {
            Json::Null => Ok(None),
            value => value.as_i64().map(Some).ok_or_else(|| self.unreadable(name, "an id")),
        }
    }

    /// Returns text. Empty text counts as absent.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.record[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// Returns a date or a time.
    pub(super) fn parsed<T: FromStr>(&self, name: &str) -> Result<Option<T>, Error> {
        let text = self.text(name).map(|text| text.parse().map_err(|_| self.unreadable(name, "a date or time")));
        text.transpose()
    }

    fn unreadable(&self, name: &str, expected: &str) -> Error {
        let (table, id, kind) = (self.table, self.id, self.record[name].kind());
        Error::copy(format!("record {id} of `{table}`: the field `{name}` should hold {expected}, but holds a {kind}"))
    }
}

/// The values of a record that are compared: texts as they are, amounts by value, so that 1.5 is 1.50.
type Compared<const TEXTS: usize, const AMOUNTS: usize> =
    ([(&'static str, Option<String>); TEXTS], [(&'static str, Decimal); AMOUNTS]);

/// Returns the fields in which a record of the copy differs from the server's.
pub(super) fn differences<const TEXTS: usize, const AMOUNTS: usize>(
    copy: Compared<TEXTS, AMOUNTS>,
    server: Compared<TEXTS, AMOUNTS>,
) -> Vec<FieldDifference> {
    let texts = copy.0.into_iter().zip(server.0).filter(|((_, copy), (_, server))| copy != server);
    let texts = texts.map(|((field, copy), (_, server))| FieldDifference { field, copy, server });
    let amounts = copy.1.into_iter().zip(server.1).filter(|((_, copy), (_, server))| copy != server);
    let amounts = amounts.map(|((field, copy), (_, server))| {
        let (copy, server) = (Some(copy.to_string()), Some(server.to_string()));
        FieldDifference { field, copy, server }
    });
    texts.chain(amounts).collect()
}
