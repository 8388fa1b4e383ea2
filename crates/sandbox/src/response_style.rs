//! The style of responses.

/// The style of responses: like the live server, or like the reference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResponseStyle {
    /// Like the live server, as far as recorded responses show: fields behind an empty link are missing or null
    /// whatever the reference says, some totals are strings, and now and then there is an undocumented key or enum
    /// value. Code that works with this style works with the live server.
    #[default]
    Observed,
    /// Like the reference: every field that is documented as always present is present and not null.
    Documented,
}
