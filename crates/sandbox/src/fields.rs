//! The members of a stored record.

use std::borrow::Cow;

use campfire_values::{Date, Decimal, Json};

/// Members in the order in which they were set. Null is absence. A record has a few dozen members at most: a list takes
/// a fraction of the space of a map, and names that the description knows are not copied.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Fields(Vec<(Cow<'static, str>, Json)>);

impl Fields {
    pub(crate) fn get(&self, name: &str) -> Option<&Json> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    pub(crate) fn set(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Json>) {
        let (name, value) = (name.into(), value.into());
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            _ if value.is_null() => self.0.retain(|(known, _)| *known != name),
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }

    pub(crate) fn remove(&mut self, name: &str) -> Option<Json> {
        let at = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.remove(at).1)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value))
    }

    /// Gives back what the list has reserved and not used.
    pub(crate) fn shrink(&mut self) {
        self.0.shrink_to_fit();
    }

    pub(crate) fn integer(&self, name: &str) -> Option<i64> {
        self.get(name)?.as_i64()
    }

    pub(crate) fn decimal(&self, name: &str) -> Option<Decimal> {
        self.get(name)?.as_decimal()
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    pub(crate) fn date(&self, name: &str) -> Option<Date> {
        self.text(name)?.parse().ok()
    }

    pub(crate) fn items(&self, name: &str) -> &[Json] {
        self.get(name).and_then(Json::as_array).unwrap_or_default()
    }
}
