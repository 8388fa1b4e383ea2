//! Keeps the JSON form small.

/// Returns `true` for the default value, which the JSON form leaves out.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
