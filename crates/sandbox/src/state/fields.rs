//! The fields of a stored record.

use std::borrow::Cow;
use std::sync::Arc;

use campfire_values::{Date, Decimal, Json};

use crate::state::sharing::Sharing;

/// Fields in the order in which they were set. A field that is null is absent.
///
/// Names and values are apart, so that records with the same fields share one list of names, and records with the same
/// account, currency, or date share that value.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Fields {
    names: Arc<Vec<Cow<'static, str>>>,
    /// The value of each name.
    values: Vec<Arc<Json>>,
}

impl Fields {
    fn position(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| known == name)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Json> {
        self.values.get(self.position(name)?).map(|value| &**value)
    }

    /// Returns a copy of a value, or null if it is absent.
    pub(crate) fn value(&self, name: &str) -> Json {
        self.get(name).cloned().unwrap_or(Json::Null)
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.position(name).is_some()
    }

    pub(crate) fn set(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Json>) {
        let (name, value) = (name.into(), value.into());
        match self.position(&name) {
            _ if value.is_null() => {
                self.remove(&name);
            }
            Some(at) => self.values[at] = Arc::new(value),
            None => {
                Arc::make_mut(&mut self.names).push(name);
                self.values.push(Arc::new(value));
            }
        }
    }

    /// Sets a field, or removes it if there is no value.
    pub(crate) fn set_option(&mut self, name: impl Into<Cow<'static, str>>, value: Option<impl Into<Json>>) {
        self.set(name, value.map_or(Json::Null, Into::into));
    }

    pub(crate) fn remove(&mut self, name: &str) -> Option<Json> {
        let at = self.position(name)?;
        Arc::make_mut(&mut self.names).remove(at);
        Some(Arc::unwrap_or_clone(self.values.remove(at)))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.names.iter().zip(&self.values).map(|(name, value)| (name.as_ref(), &**value))
    }

    /// Frees memory that is reserved but not used, and shares what other records have as well.
    pub(super) fn compact(&mut self, sharing: &mut Sharing) {
        sharing.share_names(&mut self.names);
        for value in &mut self.values {
            sharing.share_value(value);
        }
        self.values.shrink_to_fit();
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
