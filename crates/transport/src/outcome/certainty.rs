/// What is known of an attempt that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// The attempt failed for good: the server rejected the request, or it could not be built.
    Final,
    /// The request was certainly not processed.
    NotProcessed,
    /// The request may have been processed.
    MaybeProcessed,
    /// The request was processed, but its response cannot be used, now or later.
    Processed,
}

impl Certainty {
    /// Returns what is known of an attempt of which only this is known: that it may have been processed, or not.
    pub fn of_attempt(may_have_been_processed: bool) -> Self {
        if may_have_been_processed { Self::MaybeProcessed } else { Self::NotProcessed }
    }

    pub fn may_have_been_processed(self) -> bool {
        matches!(self, Self::MaybeProcessed | Self::Processed)
    }
}
