//! Differences, by the place in the description that they concern.

use std::collections::BTreeMap;

/// A place in the description.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// A response of an operation.
    Response { path: String, method: String, status: u16 },
    /// A property of a schema.
    Property { schema: String, name: String },
}

/// What differs at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) documented: String,
    /// What the server sends, each in the order of its first occurrence.
    pub(crate) observed: Vec<String>,
    /// The first request that shows it.
    pub(crate) evidence: String,
    /// The number of times that it was seen.
    pub(crate) times: usize,
    /// The type of a property that the description does not have.
    pub(crate) added: Option<&'static str>,
}

/// All differences.
#[derive(Debug, Default)]
pub(crate) struct Differences(BTreeMap<Place, Difference>);

impl Differences {
    /// Adds a difference, unless it is known.
    pub(crate) fn add(
        &mut self,
        place: Place,
        evidence: &str,
        documented: impl Into<String>,
        observed: impl Into<String>,
        added: Option<&'static str>,
    ) {
        let observed = observed.into();
        let difference = self.0.entry(place).or_insert_with(|| Difference {
            documented: documented.into(),
            observed: Vec::new(),
            evidence: evidence.to_owned(),
            times: 0,
            added,
        });
        difference.times += 1;
        if !difference.observed.contains(&observed) {
            difference.observed.push(observed);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns the differences in the order of their places: responses first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Place, &Difference)> {
        self.0.iter()
    }
}
