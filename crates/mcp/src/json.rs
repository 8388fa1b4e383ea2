//! Building JSON.

use campfire::{Json, JsonObject};

/// Returns an object of these members. Members that are null are left out.
pub(crate) fn object<const N: usize>(members: [(&str, Json); N]) -> Json {
    let members = members.into_iter().filter(|(_, value)| !value.is_null());
    Json::Object(members.map(|(name, value)| (name.to_owned(), value)).collect::<JsonObject>())
}

/// Returns an array of strings.
pub(crate) fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Json {
    Json::Array(texts.into_iter().map(|text| Json::String(text.into())).collect())
}

/// Returns a number.
pub(crate) fn count(count: impl TryInto<i64>) -> Json {
    Json::from(count.try_into().unwrap_or(i64::MAX))
}

/// Returns the value, or null if there is none.
pub(crate) fn option<T: Into<Json>>(value: Option<T>) -> Json {
    value.map_or(Json::Null, Into::into)
}
