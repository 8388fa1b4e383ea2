//! Who a key belongs to.

/// The role of the user that a key belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// May do everything.
    #[default]
    Admin,
    /// Reads everything, and posts nothing alone: where the reference says so, a call makes a draft that waits for
    /// approval and still answers 2xx; elsewhere it is refused with 403.
    Clerk,
    /// Reads everything. Whatever is no GET is refused with 403, searches that are sent as POST included.
    ViewOnly,
}

impl Role {
    pub(crate) const ALL: [Role; 3] = [Role::Admin, Role::Clerk, Role::ViewOnly];

    pub(crate) fn may_act(self) -> bool {
        self == Role::Admin
    }

    /// Its name, as in the keys: `admin`, `clerk`, `view-only`.
    pub fn name(self) -> &'static str {
        match self {
            Role::Admin => "admin",
            Role::Clerk => "clerk",
            Role::ViewOnly => "view-only",
        }
    }
}
