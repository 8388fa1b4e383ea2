//! The direction in which a schema travels, which decides which properties exist and what a change means.

use crate::view::View;

/// The direction in which a schema travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Direction {
    /// In the body of a POST, PUT or DELETE, or nested in any body.
    Request,
    /// The body of a PATCH itself, where any field may be left out.
    Update,
    /// In a response.
    Response,
    /// In the query, the path or a header.
    Parameter,
}

impl Direction {
    pub(crate) fn prefix(self) -> &'static str {
        match self {
            Self::Request | Self::Update => "request",
            Self::Response => "response",
            Self::Parameter => "parameter",
        }
    }

    /// Returns the direction in which a body travels when the client is called, as in a webhook.
    pub(crate) fn reversed(self) -> Self {
        match self {
            Self::Response => Self::Request,
            Self::Request | Self::Update | Self::Parameter => Self::Response,
        }
    }

    /// Returns true if clients send the schema.
    pub(crate) fn is_sent(self) -> bool {
        self != Self::Response
    }

    /// Returns the direction of nested schemas.
    pub(super) fn nested(self) -> Self {
        if self == Self::Update { Self::Request } else { self }
    }

    /// Returns true if a property does not exist in this direction.
    pub(super) fn hides(self, property: &View<'_>) -> bool {
        match self {
            Self::Response => property.flag("writeOnly"),
            Self::Request | Self::Update => property.flag("readOnly"),
            Self::Parameter => false,
        }
    }
}
