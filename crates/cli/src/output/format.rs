//! [`Format`]: how results are written.

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people.
    Table,
    /// One JSON value.
    Json,
    /// A JSON value per line.
    Ndjson,
    /// Comma-separated values with a header.
    Csv,
}

impl Format {
    pub(crate) const ALL: [Self; 4] = [Self::Table, Self::Json, Self::Ndjson, Self::Csv];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }
}
