//! The two verdicts on a change: its effect on the wire, and the version bump it requires of the SDK.

use std::fmt;

/// The effect of a change on clients of the API, from harmless to harmful.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wire {
    /// Only the documentation differs.
    Documentation,
    /// Correct clients stay correct.
    Compatible,
    /// Harmless to a careful client only: an unknown enum value, or a value that may now be null.
    Risky,
    /// Correct clients stop working.
    Breaking,
    /// Not covered by any check. Fails every gate until someone reviews it.
    Unclassified,
}

impl Wire {
    /// All verdicts, mildest first.
    pub const ALL: [Self; 5] = [Self::Documentation, Self::Compatible, Self::Risky, Self::Breaking, Self::Unclassified];

    /// Returns the name used in output and in allow files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Documentation => "documentation",
            Self::Compatible => "compatible",
            Self::Risky => "risky",
            Self::Breaking => "breaking",
            Self::Unclassified => "unclassified",
        }
    }

    /// Returns the verdict with the given name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|wire| wire.name() == name)
    }
}

impl fmt::Display for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The version bump that a change requires of the SDK.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bump {
    /// Nothing that users compile or run differs.
    #[default]
    None,
    /// The API is the same; texts or internal defaults differ.
    Patch,
    /// The API grows, or its behavior changes in a way that needs no reaction.
    Minor,
    /// Code that compiled or worked may no longer do so.
    Major,
}

impl Bump {
    /// Returns the name used in output.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Major => "major",
        }
    }
}

impl fmt::Display for Bump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
