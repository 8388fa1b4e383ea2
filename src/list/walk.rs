//! Where a list goes on: from each page to the request for the next, on servers that change meanwhile or lie.
//!
//! Offsets count rows, and rows come and go while a list is read: without care, one deletion hides a row. So each
//! request begins at the last row of the page before. If that row, or any that came already, is the first of the answer,
//! nothing has slipped past. If not, the walk looks for rows that it knows, to the front and to the back, and goes on
//! behind them. The same search finds the place of a token after an interruption.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::row::{Row, Seen, identities, keep};
use super::token::PageToken;
use super::{Paging, Position};
use crate::Page;

/// Why a list cannot be read on: the sentence for its error.
pub(super) type Broken = &'static str;

/// The way through a list.
#[derive(Debug)]
pub(super) struct Walk {
    paging: Paging,
    /// Where the list begins for its user.
    floor: u64,
    /// Feeds repeat a row on purpose, when it has changed again.
    drops_repeats: bool,
    next: Option<Position>,
    /// Whether the next page has to begin with a row that came already.
    overlaps: bool,
    seen: Seen,
    /// The ids that came last, for tokens.
    recent: Vec<i64>,
    search: Option<Search>,
    /// What came before a token was taken is not known any more.
    resumed: bool,
    count: Option<i64>,
    /// By how much requests advance.
    stride: Option<u64>,
    links: HashSet<u64>,
    delivered: u64,
    searches: u32,
    /// Where the last search began: if nothing is known there the second time, the server means it.
    searched: Option<u64>,
    /// Whether rows were seen to move since the last page that was handed out.
    moved: bool,
    /// Why the list cannot be read on, behind rows that are good.
    broken: Option<Broken>,
}

/// Looks for rows that came already: they may have moved either way.
#[derive(Debug)]
struct Search {
    /// What was looked at: from the first of these rows to before the second.
    looked: (u64, u64),
    /// How many rows a page can hold.
    page: u64,
    pages: u32,
    /// Whether the list ended on that side.
    front: bool,
    back: bool,
}

impl Search {
    fn new(from: u64, page: u64) -> Self {
        Self { looked: (from, from), page, pages: 0, front: false, back: false }
    }
}

impl Walk {
    /// How many searches a list may take before it is taken to be in too much motion, and how many pages each.
    const PATIENCE: u32 = 1_000;
    /// How many rows more than it has announced a server may send, before it is taken to never end.
    const UNANNOUNCED: u64 = 100_000;

    pub(super) fn new(paging: Paging, offset: u64, drops_repeats: bool) -> Self {
        let next = match paging {
            // The first call opts in with an empty cursor.
            Paging::Cursor => Position::Cursor(String::new()),
            Paging::Offset => Position::offset_or_start(offset),
            Paging::Whole => Position::Start,
        };
        Self {
            paging,
            floor: offset,
            drops_repeats,
            next: Some(next),
            overlaps: false,
            seen: Seen::default(),
            recent: Vec::new(),
            search: None,
            resumed: false,
            count: None,
            stride: None,
            links: HashSet::new(),
            delivered: 0,
            searches: 0,
            searched: None,
            moved: false,
            broken: None,
        }
    }

    /// Goes on behind the rows that a token names.
    pub(super) fn resume(&mut self, token: &PageToken) {
        self.next = Some(token.at.clone());
        self.recent.clone_from(&token.behind);
        for id in &token.behind {
            self.seen.insert(*id);
        }
        self.resumed = true;
        let from = token.at.offset();
        if !token.behind.is_empty() && (self.paging != Paging::Offset || from > self.floor) {
            self.search = Some(Search::new(from, 1));
        }
    }

    /// Why there is no next page, if that is not the end.
    pub(super) fn broken(&mut self) -> Option<Broken> {
        self.broken.take()
    }

    /// Where the next page begins, unless the list is at its end.
    pub(super) fn next(&self) -> Option<&Position> {
        self.next.as_ref()
    }

    /// How many rows there are, as the server has said last.
    pub(super) fn count(&self) -> Option<i64> {
        self.count
    }

    /// The ids that came last.
    pub(super) fn recent(&self) -> &[i64] {
        &self.recent
    }

    /// Where the pages after the next will begin, if nothing moves: what may be fetched ahead.
    pub(super) fn ahead(&self) -> impl Iterator<Item = Position> + use<> {
        let known = match (&self.next, self.stride, self.count) {
            (Some(Position::Offset(next)), Some(stride), Some(count)) if self.search.is_none() && stride > 0 => {
                Some((*next, stride, u64::try_from(count).unwrap_or(0)))
            }
            _ => None,
        };
        // A page that begins at the last row would bring nothing but the overlap.
        let overlap = u64::from(self.overlaps);
        known.into_iter().flat_map(move |(next, stride, count)| {
            (1..)
                .map(move |step| next.saturating_add(stride.saturating_mul(step)))
                .take_while(move |offset| offset.saturating_add(overlap) < count)
                .map(Position::Offset)
        })
    }

    /// Takes in the page at [`next`](Self::next): drops what came already and decides where to go on.
    ///
    /// Gives the places of the rows that are left, or nothing where the page is none of the list's: it showed only that
    /// rows have moved.
    pub(super) fn take<T: Row>(&mut self, page: &mut Page<T>) -> Result<Option<Vec<usize>>, Broken> {
        let at = self.next.take().unwrap_or(Position::Start);
        let ids = identities(page);
        let counted = page.count.filter(|count| *count >= 0);
        self.moved |= matches!((self.count, counted), (Some(before), Some(now)) if before != now);
        self.count = counted.or(self.count);
        let link = page.next.clone().filter(|next| !next.is_empty());
        if !self.on_known_ground(&at, &ids, link.is_some())? {
            return Ok(None);
        }
        let next = match self.paging {
            Paging::Whole if link.is_some() => {
                Err("the list comes as a whole by its description, and the server announces more rows")
            }
            Paging::Whole => Ok(None),
            Paging::Offset => self.after_offset(at.offset(), &ids, link.as_deref()),
            Paging::Cursor => self.after_cursor(&at, link.as_deref()),
        };
        // Two rows of one id in one page are two rows: the server has sent them so.
        let is_fresh = |id: &Option<i64>| !(self.drops_repeats && id.is_some_and(|id| self.seen.contains(id)));
        let fresh: Vec<bool> = ids.iter().map(is_fresh).collect();
        keep(page, &fresh);
        let kept: Vec<usize> = (0..ids.len()).filter(|index| fresh[*index]).collect();
        for id in kept.iter().filter_map(|index| ids[*index]) {
            self.seen.insert(id);
            self.recent.push(id);
        }
        let old = self.recent.len().saturating_sub(PageToken::REMEMBERED);
        self.recent.drain(..old);
        self.delivered += kept.len() as u64;
        page.drifted = std::mem::take(&mut self.moved);
        match next {
            Ok(next) => self.next = next,
            // The rows of this page are good; the error comes in the place of the next one.
            Err(broken) => self.broken = Some(broken),
        }
        Ok(Some(kept))
    }

    /// Whether the page follows what came already; if not, where to look for that is in `next`.
    fn on_known_ground(&mut self, at: &Position, ids: &[Option<i64>], more: bool) -> Result<bool, Broken> {
        let knows = |id: &Option<i64>| id.is_some_and(|id| self.seen.contains(id));
        if self.search.is_some() {
            if let Some(last) = ids.iter().rposition(knows) {
                // What stands before rows that came already is behind us, whether we remember it or not.
                for id in ids[..last].iter().flatten() {
                    self.seen.insert(*id);
                }
                self.search = None;
                return Ok(true);
            }
            if self.paging != Paging::Offset {
                // A cursor stands where it stood: the rows are gone, and what is there comes after them.
                self.search = None;
                return Ok(true);
            }
        } else {
            let offset = at.offset();
            let follows = !self.overlaps || offset <= self.floor || ids.first().is_some_and(knows);
            if follows || self.searched == Some(offset) {
                return Ok(true);
            }
            self.searches += 1;
            if self.searches > Self::PATIENCE {
                return Err("the rows of the list move faster than they can be read");
            }
            self.searched = Some(offset);
            self.links.clear();
            self.search = Some(Search::new(offset, self.stride.unwrap_or(1)));
        }
        self.moved = true;
        self.overlaps = false;
        let next = self.look_elsewhere(at.offset(), ids.len() as u64, more)?;
        self.next = Some(next);
        Ok(false)
    }

    /// One page further from where the search began, in turns to the front and to the back.
    fn look_elsewhere(&mut self, at: u64, received: u64, more: bool) -> Result<Position, Broken> {
        if let Some(search) = &mut self.search {
            let end = at.saturating_add(received);
            search.page = search.page.max(received).max(1);
            search.front |= at <= self.floor;
            search.back |= !more && end >= search.looked.1;
            search.looked = (search.looked.0.min(at), search.looked.1.max(end));
            search.pages += 1;
            let towards_front = !search.front && (search.pages % 2 == 1 || search.back);
            if search.pages < Self::PATIENCE && towards_front {
                return Ok(Position::offset_or_start(search.looked.0.saturating_sub(search.page).max(self.floor)));
            }
            if search.pages < Self::PATIENCE && !search.back {
                return Ok(Position::Offset(search.looked.1));
            }
        }
        if self.resumed {
            return Err(
                "the rows behind which the list was to go on are not found any more: read it from the beginning",
            );
        }
        // Nothing of what came is left, so all that is there is still to come.
        self.search = None;
        Ok(Position::offset_or_start(self.floor))
    }

    fn after_offset(&mut self, at: u64, ids: &[Option<i64>], link: Option<&str>) -> Result<Option<Position>, Broken> {
        let received = ids.len() as u64;
        let Some(link) = link else { return Ok(None) };
        if !self.links.insert(checksum(link)) {
            return Err("the server sends to the same page again, which would never end");
        }
        let count = self.count.and_then(|count| u64::try_from(count).ok());
        let most = count.map(|count| count.saturating_mul(2).saturating_add(Self::UNANNOUNCED));
        if most.is_some_and(|most| self.delivered.max(at).saturating_add(received) > most) {
            return Err("the server has sent many more rows than it counts, and announces more");
        }
        // By rows received: the server may honour a smaller limit than was asked for. Behind an empty page only the
        // server knows where it goes on.
        let end = match received {
            0 => query(link, "offset").and_then(|offset| offset.parse().ok()).unwrap_or(at),
            received => at.saturating_add(received),
        };
        if end <= at {
            return Err("the server announces more rows and sends an empty page");
        }
        self.overlaps = self.drops_repeats && received > 1 && ids.last().is_some_and(Option::is_some);
        let next = if self.overlaps { end - 1 } else { end };
        self.stride = Some(next - at);
        Ok(Some(Position::Offset(next)))
    }

    fn after_cursor(&mut self, at: &Position, link: Option<&str>) -> Result<Option<Position>, Broken> {
        let Some(link) = link else { return Ok(None) };
        let again = !self.links.insert(checksum(link));
        match query(link, "cursor") {
            Some(cursor) if again || Position::Cursor(cursor.clone()) == *at => {
                Err("the server sends to the same cursor again, which would never end")
            }
            Some(cursor) => Ok(Some(Position::Cursor(cursor))),
            None => Err("the link to the next page has no cursor"),
        }
    }
}

/// The link is read for its query and never followed: it could lead elsewhere, with the key.
fn query(link: &str, wanted: &str) -> Option<String> {
    let url = url::Url::parse(link)
        .or_else(|_| url::Url::parse("http://localhost/").and_then(|base| base.join(link)))
        .ok()?;
    url.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
}

fn checksum(link: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    link.hash(&mut hasher);
    hasher.finish()
}
