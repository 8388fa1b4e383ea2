//! [`Cursors`]: positions in lists, under short names.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use campfire::PageToken;

use crate::refusal::Refusal;

/// The number of positions that are kept. The oldest make way for new ones.
const MAX_KEPT: usize = 256;

/// Positions in lists. An agent copies a short name more reliably than a token.
#[derive(Default)]
pub(crate) struct Cursors(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    issued: u64,
    tokens: VecDeque<(String, PageToken)>,
}

impl Cursors {
    pub(crate) fn keep(&self, token: PageToken) -> String {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.tokens.len() >= MAX_KEPT {
            kept.tokens.pop_front();
        }
        kept.issued += 1;
        let name = format!("page-{}", kept.issued);
        kept.tokens.push_back((name.clone(), token));
        name
    }

    pub(crate) fn find(&self, name: &str) -> Result<PageToken, Refusal> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.tokens.iter().find(|(known, _)| known == name).map(|(_, token)| token.clone());
        found.ok_or_else(|| {
            Refusal::new(format!("there is no cursor `{name:.40}` (any more): start the list from the beginning"))
        })
    }
}
