//! From the bytes of a response to pages and values. How objects are read and written is in `crates/values`.

pub(crate) mod decode;
pub(crate) mod excerpt;
pub(crate) mod page;
#[cfg(feature = "schemars")]
pub(crate) mod schema;
