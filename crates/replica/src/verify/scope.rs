//! [`Scope`]: the part of the ledger that can be verified with a key.

use std::collections::BTreeSet;

use super::days::Days;
use super::report::Note;
use super::server::{LineQuery, Server};
use super::sums::Sides;
use crate::error::Error;

/// The part of the ledger that can be verified with a key: the entities that the key may see.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope {
    /// Empty if the server names no entities.
    visible: BTreeSet<i64>,
    /// `true` if statements count more than the visible entities, so that queries must name these.
    is_restricted: bool,
}

impl Scope {
    /// Finds out which entities a key may see, and if statements count more than those, which is noted.
    pub(super) async fn find(server: &mut Server<'_>) -> Result<(Self, Option<Note>), Error> {
        let visible = server.entities().await?;
        if visible.is_empty() {
            return Ok((Scope::default(), None));
        }
        let end = Days::all().to;
        let all = server.totals(end, &[]).await?;
        let ours = server.totals(end, &visible).await?;
        let mut hidden = Sides::default();
        for (account, sides) in all.iter() {
            hidden = hidden.plus(*sides)?.minus(ours.get(account).copied().unwrap_or_default())?;
        }
        let mut query = LineQuery { account: None, days: Days::all(), entities: Vec::new() };
        let all = server.count(&query).await?;
        query.entities.clone_from(&visible);
        let ours = server.count(&query).await?;
        let lines = all.zip(ours).map(|(all, ours)| all.saturating_sub(ours));
        let is_restricted = !hidden.agree(Sides::default()) || lines.is_some_and(|lines| lines > 0);
        let Sides { debits, credits } = hidden;
        let note = is_restricted.then_some(Note::Hidden { debits, credits, lines });
        Ok((Scope { visible: visible.into_iter().collect(), is_restricted }, note))
    }

    /// Returns the entities that the key may see.
    pub(super) fn visible(&self) -> impl Iterator<Item = i64> {
        self.visible.iter().copied()
    }

    /// Returns `true` if the key may see more than one entity.
    pub(super) fn has_several(&self) -> bool {
        self.visible.len() > 1
    }

    /// Returns the entities to ask for: one, or all that can be verified. Empty if a query need not name them.
    pub(super) fn entities(&self, entity: Option<i64>) -> Vec<i64> {
        match entity {
            Some(entity) => vec![entity],
            None if self.is_restricted => self.visible.iter().copied().collect(),
            None => Vec::new(),
        }
    }

    /// Returns `true` if records of an entity can be verified.
    pub(super) fn covers(&self, entity: Option<i64>) -> bool {
        match entity {
            Some(entity) => self.visible.is_empty() || self.visible.contains(&entity),
            // A query that names entities leaves out records without one.
            None => !self.is_restricted,
        }
    }
}
