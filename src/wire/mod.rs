//! How objects of the API are read and written: values, objects, pages, limits, and the decoding of responses.

pub(crate) mod decode;
pub(crate) mod excerpt;
pub(crate) mod limits;
pub(crate) mod object;
pub(crate) mod open_enum;
pub(crate) mod page;
#[cfg(feature = "schemars")]
pub(crate) mod schema;
