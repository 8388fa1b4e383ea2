//! Roles of the users that API keys belong to.

/// The role of the user that an API key belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// May do everything.
    #[default]
    Admin,
    /// Reads everything, but posts nothing without approval. Where the reference says so, a call creates a draft that
    /// waits for approval and still returns 2xx; all other calls that post are refused with 403.
    Clerk,
    /// Reads everything. Every method other than GET is refused with 403, including searches that use POST.
    ViewOnly,
}

impl Role {
    pub(crate) const ALL: [Role; 3] = [Role::Admin, Role::Clerk, Role::ViewOnly];

    /// Returns `true` if the role needs no approval.
    pub(crate) fn acts_alone(self) -> bool {
        self == Role::Admin
    }

    /// Returns the name used in API keys: `admin`, `clerk`, or `view-only`.
    pub fn name(self) -> &'static str {
        match self {
            Role::Admin => "admin",
            Role::Clerk => "clerk",
            Role::ViewOnly => "view-only",
        }
    }
}
