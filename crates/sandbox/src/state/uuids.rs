//! UUIDs that a seed determines.

use uuid::{Builder, Uuid};

/// The UUIDs of a tenant. The same seed gives the same ones on every run.
#[derive(Clone, Debug)]
pub(crate) struct Uuids {
    seed: u64,
    /// The number of UUIDs so far. Snapshots contain it, so that none is given twice.
    pub(crate) given: u64,
}

impl Uuids {
    pub(crate) fn new(seed: u64) -> Self {
        Uuids { seed, given: 0 }
    }

    pub(crate) fn next(&mut self) -> Uuid {
        self.given += 1;
        // The odd factor spreads neighboring seeds, so that they do not share a sequence.
        let mixed = self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(self.given);
        let mut random = fastrand::Rng::with_seed(mixed);
        let mut bytes = [0; 16];
        random.fill(&mut bytes);
        Builder::from_random_bytes(bytes).into_uuid()
    }
}
