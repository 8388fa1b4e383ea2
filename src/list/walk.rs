//! The walk through a list: from each page to the position of the next, on servers whose data changes meanwhile, or that
//! contradict themselves.
//!
//! Offsets count records, and records come and go while a list is read: without care, one deletion hides a record. So each
//! request starts at the last record of the previous page. If that record, or any that was read before, comes first in the
//! response, none was missed. If not, the walk searches for known records, toward the front and the back, and continues
//! after them. The same search finds the position of a token after an interruption.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::head::Head;
use super::position::{Paging, Position};
use super::record::Seen;
use super::token::PageToken;

/// Why a list cannot be read further: the sentence for its error.
pub(super) type Broken = &'static str;

/// A page that was taken in: the indices of the records that are left, and `true` if records moved since the last page.
pub(super) struct Taken {
    pub(super) kept: Vec<usize>,
    pub(super) drifted: bool,
}

/// The walk through a list.
#[derive(Debug)]
pub(super) struct Walk {
    paging: Paging,
    /// The offset that the user chose as the start.
    floor: u64,
    /// `false` for feeds, which repeat a record on purpose when it changes again.
    drops_repeats: bool,
    next: Option<Position>,
    /// The next page must start with a record that was read before.
    overlaps: bool,
    seen: Seen,
    /// The ids that were read last, for tokens.
    recent: Vec<i64>,
    search: Option<Search>,
    /// The walk resumed from a token, so it does not know what was read before.
    resumed: bool,
    count: Option<i64>,
    /// The distance between the positions of two requests.
    stride: Option<u64>,
    links: HashSet<u64>,
    delivered: u64,
    searches: u32,
    /// The offset of the last search. If nothing is known there the second time, that is how the list is.
    searched: Option<u64>,
    /// Records moved since the last page that was returned.
    moved: bool,
    /// Why the list cannot be read further, after records that are good.
    broken: Option<Broken>,
}

/// A search for records that were read before: they may have moved either way.
#[derive(Debug)]
struct Search {
    /// The range of offsets that was searched, without its end.
    looked: (u64, u64),
    /// The number of records that a page can hold.
    page: u64,
    pages: u32,
    /// The list ended on that side.
    front: bool,
    back: bool,
}

impl Search {
    fn new(from: u64, page: u64) -> Self {
        Self { looked: (from, from), page, pages: 0, front: false, back: false }
    }
}

impl Walk {
    /// The maximum number of searches in a list, and of pages in a search. Beyond that, the list moves too fast to be read.
    const PATIENCE: u32 = 1_000;
    /// How many more records than announced a server may send before the list is considered endless.
    const UNANNOUNCED: u64 = 100_000;

    pub(super) fn new(paging: Paging, offset: u64, drops_repeats: bool) -> Self {
        let next = match paging {
            // An empty cursor in the first request opts in to cursors.
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

    /// Resumes after the records that a token names.
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

    /// Returns why there is no next page, unless the list has ended.
    pub(super) fn broken(&mut self) -> Option<Broken> {
        self.broken.take()
    }

    /// Returns the position of the next page, or `None` at the end of the list.
    pub(super) fn next(&self) -> Option<&Position> {
        self.next.as_ref()
    }

    /// Returns the number of records that the server announced last.
    pub(super) fn count(&self) -> Option<i64> {
        self.count
    }

    /// Returns the ids that were read last.
    pub(super) fn recent(&self) -> &[i64] {
        &self.recent
    }

    /// Returns the positions after the next page, if nothing moves: what may be fetched ahead, as long as records are left to
    /// read. `head` is the start of the next page, if that has arrived.
    pub(super) fn ahead(&self, head: Option<&Head>, left: u64) -> impl Iterator<Item = Position> + use<> {
        let cursor = match (self.paging, head) {
            // Only after decoding a page it is known how many records it has.
            (Paging::Cursor, Some(Head { next: Some(link), .. })) if left == u64::MAX => query(link, "cursor"),
            _ => None,
        };
        cursor.map(Position::Cursor).into_iter().chain(self.offsets_ahead(head, left))
    }

    fn offsets_ahead(&self, head: Option<&Head>, left: u64) -> impl Iterator<Item = Position> + use<> {
        let next = self.next.as_ref().filter(|_| self.paging == Paging::Offset && self.search.is_none());
        let at = next.map_or(0, Position::offset);
        let step = next.and_then(|_| self.step(at, head));
        let count = match head {
            // The page is the last.
            Some(Head { next: None, .. }) => 0,
            Some(Head { count: Some(count), .. }) => u64::try_from(*count).unwrap_or(0),
            // Without a count, the link speaks only for the page after it.
            Some(Head { next: Some(_), .. }) if self.count.is_none() => {
                at.saturating_add(step.map_or(0, |(stride, overlap)| stride.saturating_add(overlap).saturating_add(1)))
            }
            _ => self.count.and_then(|count| u64::try_from(count).ok()).unwrap_or(0),
        };
        let read_again = u64::from(self.overlaps);
        step.into_iter().flat_map(move |(stride, overlap)| {
            (1..)
                .map(move |step| stride.saturating_mul(step))
                // A page that starts at the last record would contain nothing but the overlap.
                .take_while(move |ahead| at.saturating_add(*ahead).saturating_add(overlap) < count)
                .take_while(move |ahead| ahead.saturating_add(overlap).saturating_sub(read_again) < left)
                .map(move |ahead| Position::Offset(at.saturating_add(ahead)))
        })
    }

    /// Returns the distance between two pages and their overlap: as the link to the next page says, or as before.
    fn step(&self, at: u64, head: Option<&Head>) -> Option<(u64, u64)> {
        let link =
            head.and_then(|head| head.next.as_deref()).and_then(|link| query(link, "offset")?.parse::<u64>().ok());
        let page = link.and_then(|end| end.checked_sub(at)).filter(|page| *page > 0);
        match (page, self.stride) {
            (Some(1), _) => Some((1, 0)),
            (Some(page), _) if self.drops_repeats => Some((page - 1, 1)),
            (Some(page), _) => Some((page, 0)),
            (None, Some(stride)) if stride > 0 => Some((stride, u64::from(self.overlaps))),
            (None, _) => None,
        }
    }

    /// Takes in the page at [`next`](Self::next): leaves out records that were read before, and decides the next position.
    ///
    /// Returns `None` if the page is not to be returned, because it only showed that records have moved.
    pub(super) fn take(&mut self, page: &Head, ids: &[Option<i64>]) -> Result<Option<Taken>, Broken> {
        let at = self.next.take().unwrap_or(Position::Start);
        self.moved |= matches!((self.count, page.count), (Some(before), Some(now)) if before != now);
        self.count = page.count.or(self.count);
        let link = page.next.as_deref();
        if !self.on_known_ground(&at, ids, link.is_some())? {
            return Ok(None);
        }
        let next = match self.paging {
            Paging::Whole if link.is_some() => {
                Err("the description says that the list is not paged, but the server announces more records")
            }
            Paging::Whole => Ok(None),
            Paging::Offset => self.after_offset(at.offset(), ids, link),
            Paging::Cursor => self.after_cursor(&at, link),
        };
        // Two records with the same id in one page are two records: the server sent them that way.
        let is_fresh = |id: &Option<i64>| !(self.drops_repeats && id.is_some_and(|id| self.seen.contains(id)));
        let kept: Vec<usize> = (0..ids.len()).filter(|index| is_fresh(&ids[*index])).collect();
        for id in kept.iter().filter_map(|index| ids[*index]) {
            self.seen.insert(id);
            self.recent.push(id);
        }
        let old = self.recent.len().saturating_sub(PageToken::REMEMBERED);
        self.recent.drain(..old);
        self.delivered += kept.len() as u64;
        match next {
            Ok(next) => self.next = next,
            // The records of this page are good; the error takes the place of the next page.
            Err(broken) => self.broken = Some(broken),
        }
        Ok(Some(Taken { kept, drifted: std::mem::take(&mut self.moved) }))
    }

    /// Returns `true` if the page follows what was read before. Otherwise `next` is where to search for it.
    fn on_known_ground(&mut self, at: &Position, ids: &[Option<i64>], more: bool) -> Result<bool, Broken> {
        let knows = |id: &Option<i64>| id.is_some_and(|id| self.seen.contains(id));
        if self.search.is_some() {
            if let Some(last) = ids.iter().rposition(knows) {
                // Records before a known one were read as well, even if they are not remembered.
                for id in ids[..last].iter().flatten() {
                    self.seen.insert(*id);
                }
                self.search = None;
                return Ok(true);
            }
            if self.paging != Paging::Offset {
                // A cursor keeps its place: the records are gone, and what is there comes after them.
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
                return Err("the records of the list move faster than they can be read");
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

    /// Returns a position one page further from the start of the search, alternating between front and back.
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
            return Err("the records that the token names can no longer be found: read the list from the start");
        }
        // None of the known records is left, so everything in the list is new.
        self.search = None;
        Ok(Position::offset_or_start(self.floor))
    }

    fn after_offset(&mut self, at: u64, ids: &[Option<i64>], link: Option<&str>) -> Result<Option<Position>, Broken> {
        let received = ids.len() as u64;
        let Some(link) = link else { return Ok(None) };
        if !self.links.insert(checksum(link)) {
            return Err("the server links to the same page again, which would never end");
        }
        let count = self.count.and_then(|count| u64::try_from(count).ok());
        let most = count.map(|count| count.saturating_mul(2).saturating_add(Self::UNANNOUNCED));
        if most.is_some_and(|most| self.delivered.max(at).saturating_add(received) > most) {
            return Err("the server sent many more records than it counts, and announces more");
        }
        // Counting received records, because pages may be smaller than requested. After an empty page, only the server
        // knows the next offset.
        let end = match received {
            0 => query(link, "offset").and_then(|offset| offset.parse().ok()).unwrap_or(at),
            received => at.saturating_add(received),
        };
        if end <= at {
            return Err("the server announces more records but sends an empty page");
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
                Err("the server links to the same cursor again, which would never end")
            }
            Some(cursor) => Ok(Some(Position::Cursor(cursor))),
            None => Err("the link to the next page has no cursor"),
        }
    }
}

/// Reads a parameter of a link. Links are never followed, because they could send the API key to another server.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn head(count: impl Into<Option<i64>>, link: impl Into<Option<&'static str>>) -> Head {
        Head { count: count.into(), next: link.into().map(str::to_owned) }
    }

    fn ahead(walk: &Walk, head: Option<&Head>, left: u64) -> Vec<u64> {
        walk.ahead(head, left).map(|position| position.offset()).collect()
    }

    fn ids(range: std::ops::Range<i64>) -> Vec<Option<i64>> {
        range.map(Some).collect()
    }

    #[test]
    fn the_head_of_the_first_page_tells_all_positions() {
        let walk = Walk::new(Paging::Offset, 0, true);
        assert!(ahead(&walk, None, u64::MAX).is_empty());
        assert_eq!(ahead(&walk, Some(&head(35, "/x?offset=10")), u64::MAX), [9, 18, 27]);
        assert_eq!(ahead(&walk, Some(&head(None, "/x?offset=10")), u64::MAX), [9], "the number of pages is not known");
        assert_eq!(ahead(&walk, Some(&head(35, "/x?offset=1")), 4), [1, 2, 3], "a page of one record has no overlap");
        for end in [head(35, None), head(35, "/x"), head(35, "/x?offset=0"), head(10, "/x?offset=10")] {
            assert!(ahead(&walk, Some(&end), u64::MAX).is_empty(), "{end:?}");
        }
        let repeating = Walk::new(Paging::Offset, 0, false);
        assert_eq!(ahead(&repeating, Some(&head(35, "/x?offset=10")), u64::MAX), [10, 20, 30]);
    }

    #[test]
    fn nothing_is_fetched_beyond_the_records_that_are_wanted() {
        let mut walk = Walk::new(Paging::Offset, 0, true);
        let first = head(35, "/x?offset=10");
        assert!(ahead(&walk, Some(&first), 10).is_empty());
        assert_eq!(ahead(&walk, Some(&first), 11), [9]);
        assert_eq!(ahead(&walk, Some(&first), 20), [9, 18]);
        walk.take(&first, &ids(0..10)).unwrap();
        assert!(ahead(&walk, None, 9).is_empty());
        assert_eq!(ahead(&walk, None, 10), [18]);
    }

    #[test]
    fn a_head_corrects_what_was_known_before() {
        let mut walk = Walk::new(Paging::Offset, 0, true);
        walk.take(&head(35, "/x?offset=10"), &ids(0..10)).unwrap();
        assert_eq!(ahead(&walk, None, u64::MAX), [18, 27]);
        assert_eq!(ahead(&walk, Some(&head(35, "/x?offset=19")), u64::MAX), [18, 27]);
        assert_eq!(ahead(&walk, Some(&head(20, "/x?offset=19")), u64::MAX), [18]);
        assert!(ahead(&walk, Some(&head(35, None)), u64::MAX).is_empty());
    }

    #[test]
    fn a_cursor_is_known_from_the_head_alone() {
        let walk = Walk::new(Paging::Cursor, 0, true);
        let link = head(None, "/x?cursor=abc");
        let next: Vec<Position> = walk.ahead(Some(&link), u64::MAX).collect();
        assert_eq!(next, [Position::Cursor("abc".to_owned())]);
        assert_eq!(walk.ahead(Some(&link), 5).count(), 0);
        assert_eq!(walk.ahead(None, u64::MAX).count(), 0);
    }
}
