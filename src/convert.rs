//! What the generated conversions share: from records to request bodies, and from what a setter takes to the value of a field.

use std::fmt;

use campfire_values::JsonObject;
use campfire_values::custom_fields::is_custom;

/// A field that a record lacks and the body made of it requires.
///
/// ```
/// # #[cfg(feature = "accounts-receivable")]
/// # fn main() {
/// let invoice = campfire::types::Invoice::new(12);
/// let error = invoice.into_create().unwrap_err();
/// assert_eq!(error.to_string(), "the record has no `lines`, which the body requires");
/// # }
/// # #[cfg(not(feature = "accounts-receivable"))]
/// # fn main() {}
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MissingField {
    /// The path of the field: `lines[2].account`.
    pub path: String,
}

impl MissingField {
    #[cold]
    fn within(self, parent: &str) -> Self {
        Self { path: format!("{parent}.{}", self.path) }
    }
}

impl fmt::Display for MissingField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the record has no `{}`, which the body requires", self.path)
    }
}

impl std::error::Error for MissingField {}

/// Returns the value of a field that the body requires.
pub(crate) fn required<T>(name: &str, value: Option<T>) -> Result<T, MissingField> {
    value.ok_or_else(|| MissingField { path: name.to_owned() })
}

/// Converts the records of a list inside a record.
pub(crate) fn each<T, U>(
    name: &str,
    records: Option<Vec<T>>,
    convert: impl Fn(T) -> Result<U, MissingField>,
) -> Result<Option<Vec<U>>, MissingField> {
    let each = |(index, record)| convert(record).map_err(|error| error.within(&format!("{name}[{index}]")));
    records.map(|records| records.into_iter().enumerate().map(each).collect()).transpose()
}

/// Collects what turns into ids.
#[inline]
pub(crate) fn ids<T>(ids: impl IntoIterator<Item = impl Into<T>>) -> Vec<T> {
    ids.into_iter().map(Into::into).collect()
}

/// Keeps the custom fields. Whatever else the description does not list may be computed by the server.
pub(crate) fn custom_fields(mut extra: JsonObject) -> JsonObject {
    extra.retain(|key, _| is_custom(key));
    extra
}
