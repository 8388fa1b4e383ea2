//! The walk through a list: from each page to the position of the next, on servers whose data changes meanwhile, or that
//! contradict themselves.
//!
//! Offsets count records, and records come and go while a list is read: without care, one deletion hides a record. So each
//! request starts at the last records of the previous page. If one of them, or any that was read before, comes first in the
//! response, none was missed. If not, the walk searches for known records, toward the front and the back, and continues
//! after them. The same search finds the position of a token after an interruption.
//!
//! Every way of going on without a new record is counted, so the walk ends whatever the server sends.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::head::Head;
use super::overlap::Overlap;
use super::position::{Paging, Position};
use super::record::Seen;
use super::search::Search;
use super::token::PageToken;

/// Why a list cannot be read further: the sentence for its error.
pub(super) type Broken = &'static str;

/// A page that was taken in: the indices of the records that are left, and `true` if records moved since the last page.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) kept: Vec<usize>,
    pub(super) drifted: bool,
}

/// What happens if the records that a token names are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lost {
    /// The list cannot be read further.
    Fails,
    /// The list is read from its start.
    StartsOver,
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
    overlap: Overlap,
    /// The number of records that the next page shares with the one before; its first record must be known.
    shared: u64,
    seen: Seen,
    /// The ids that were read last, for tokens.
    recent: Vec<i64>,
    search: Option<Search>,
    /// The walk resumed from a token, and has not started over since.
    resumed: Option<Lost>,
    count: Option<i64>,
    /// The smallest and the largest count so far.
    least: Option<u64>,
    largest: Option<u64>,
    /// The distance between the positions of two requests.
    stride: Option<u64>,
    links: HashSet<u64>,
    /// The number of records that were returned, including those before the token.
    delivered: u64,
    /// The pages with new records, those in a row without one, and those in a row that were only searched.
    fruitful: u32,
    idle: u32,
    searched: u32,
    /// What the last search started from, and how often. If it is always the same, that is how the list is.
    unknown: Option<(u64, Option<i64>, Option<i64>)>,
    met: u32,
    doubt: Option<Doubt>,
    /// Records moved since the last page that was returned.
    moved: bool,
    /// Why the list cannot be read further, after records that are good.
    broken: Option<Broken>,
}

/// A page after which the server counts more records, but links to none.
///
/// If a record is deleted while the server counts, it is counted and not sent, so the server is asked again.
#[derive(Debug)]
struct Doubt {
    end: u64,
    count: u64,
    ids: u64,
    requests: u32,
}

impl Walk {
    /// How often a server is asked for records that it counts but does not link to.
    const DOUBTS: u32 = 3;
    /// The maximum number of pages in a row without a new record. Lists that repeat records on purpose may repeat as many
    /// pages as they had.
    const IDLE: u32 = 100;
    /// The maximum number of pages in a row that are only searched. Beyond that, the list moves too fast to be read.
    const SEARCHED: u32 = 1_000;
    /// How often a search must start from the same page before that page is accepted.
    const MET: u32 = 3;
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
            overlap: Overlap::new(),
            shared: 0,
            seen: Seen::default(),
            recent: Vec::new(),
            search: None,
            resumed: None,
            count: None,
            least: None,
            largest: None,
            stride: None,
            links: HashSet::new(),
            delivered: 0,
            fruitful: 0,
            idle: 0,
            searched: 0,
            unknown: None,
            met: 0,
            doubt: None,
            moved: false,
            broken: None,
        }
    }

    /// Resumes after the records that a token names. If none of them is left, the list is read from its start where it
    /// `may_restart`.
    pub(super) fn resume(&mut self, token: &PageToken, may_restart: bool) {
        self.next = Some(token.at.clone());
        self.recent.clone_from(&token.behind);
        for id in &token.behind {
            self.seen.insert(*id);
        }
        self.resumed = Some(if may_restart { Lost::StartsOver } else { Lost::Fails });
        self.delivered = token.read;
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

    /// Returns the number of records that were returned, including those before the token.
    pub(super) fn delivered(&self) -> u64 {
        self.delivered
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
        let read_again = self.shared;
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
            (Some(page), _) if self.drops_repeats => {
                let shared = self.overlap.shared(page);
                Some((page - shared, shared))
            }
            (Some(page), _) => Some((page, 0)),
            (None, Some(stride)) if stride > 0 => Some((stride, self.shared)),
            (None, _) => None,
        }
    }

    /// Takes in the page at [`next`](Self::next): leaves out records that were read before, and decides the next position.
    ///
    /// Returns `None` if the page is not to be returned, because it only showed that records have moved.
    pub(super) fn take(&mut self, page: &Head, ids: &[Option<i64>]) -> Result<Option<Taken>, Broken> {
        let at = self.next.take().unwrap_or(Position::Start);
        self.note_count(page.count);
        let link = page.next.as_deref();
        if !self.on_known_ground(&at, ids, link.is_some())? {
            return Ok(None);
        }
        // Two records with the same id in one page are two records: the server sent them that way.
        let is_fresh = |id: &Option<i64>| !(self.drops_repeats && id.is_some_and(|id| self.seen.contains(id)));
        let kept: Vec<usize> = (0..ids.len()).filter(|index| is_fresh(&ids[*index])).collect();
        let has_news = ids.iter().flatten().any(|id| !self.seen.contains(*id));
        self.note_progress(has_news);
        self.delivered = self.delivered.saturating_add(kept.len() as u64);
        let next = match self.paging {
            Paging::Whole => self.after_whole(ids.len() as u64, link),
            Paging::Offset => self.after_offset(at.offset(), ids, link, has_news),
            Paging::Cursor => self.after_cursor(&at, link),
        };
        for id in kept.iter().filter_map(|index| ids[*index]) {
            self.seen.insert(id);
            self.recent.push(id);
        }
        let old = self.recent.len().saturating_sub(PageToken::REMEMBERED);
        self.recent.drain(..old);
        match next.and_then(|next| self.in_bounds(next)) {
            Ok(next) => self.next = next,
            // The records of this page are good; the error takes the place of the next page.
            Err(broken) => self.broken = Some(broken),
        }
        Ok(Some(Taken { kept, drifted: std::mem::take(&mut self.moved) }))
    }

    fn note_count(&mut self, count: Option<i64>) {
        self.moved |= matches!((self.count, count), (Some(before), Some(now)) if before != now);
        self.count = count.or(self.count);
        let count = count.and_then(|count| u64::try_from(count).ok());
        self.least = self.least.into_iter().chain(count).min();
        self.largest = self.largest.max(count);
    }

    /// Notes if a page that is returned has a new record. Records without an id cannot be told from those before.
    fn note_progress(&mut self, has_news: bool) {
        if has_news {
            (self.fruitful, self.idle, self.searched) = (self.fruitful.saturating_add(1), 0, 0);
            (self.unknown, self.doubt) = (None, None);
        } else {
            self.idle += 1;
        }
    }

    /// Returns the position of the next page, unless the list would never end.
    fn in_bounds(&self, next: Option<Position>) -> Result<Option<Position>, Broken> {
        let repeats = if self.drops_repeats { 0 } else { self.fruitful };
        if next.is_some() && self.idle >= Self::IDLE.saturating_add(repeats) {
            return Err("the server announces more records, but sent many pages in a row without a new one");
        }
        // Records that were read may have been deleted since, so that the count of now would be too small.
        let most = self.largest.map(|count| count.saturating_mul(2).saturating_add(Self::UNANNOUNCED));
        let read = self.delivered.max(next.as_ref().map_or(0, Position::offset));
        if next.is_some() && most.is_some_and(|most| read > most) {
            return Err("the server sent many more records than it counts, and announces more");
        }
        Ok(next)
    }

    fn announced(&self) -> Option<u64> {
        self.count.and_then(|count| u64::try_from(count).ok())
    }

    /// Returns `true` if the page follows what was read before. Otherwise `next` is where to search for it.
    fn on_known_ground(&mut self, at: &Position, ids: &[Option<i64>], more: bool) -> Result<bool, Broken> {
        let knows = |id: &Option<i64>| id.is_some_and(|id| self.seen.contains(id));
        let (offset, received) = (at.offset(), ids.len() as u64);
        let last = ids.iter().rposition(knows);
        if self.search.is_some() {
            // A cursor keeps its place: if the records are gone, what is there comes after them.
            if last.is_some() || self.paging != Paging::Offset {
                // Records before a known one were read as well, even if they are not remembered.
                for id in ids[..last.unwrap_or(0)].iter().flatten() {
                    self.seen.insert(*id);
                }
                self.search = None;
                return Ok(true);
            }
        } else {
            if self.shared == 0 || offset <= self.floor {
                return Ok(true);
            }
            if ids.first().is_some_and(knows) {
                self.overlap.followed(self.shared, last.map_or(0, |last| last as u64 + 1), received);
                return Ok(true);
            }
            let unknown = Some((offset, ids.first().copied().flatten(), self.count));
            self.met = if self.unknown == unknown && self.overlap.lead() == 0 { self.met + 1 } else { 0 };
            if self.met == Self::MET {
                return Ok(true);
            }
            self.unknown = unknown;
            self.overlap.missed();
            self.links.clear();
            self.search = Some(Search::new(offset, self.stride.unwrap_or(1)));
        }
        self.moved = true;
        self.shared = 0;
        self.searched += 1;
        if self.searched > Self::SEARCHED {
            match self.resumed.take() {
                None => return Err("the records of the list move faster than they can be read"),
                Some(Lost::Fails) => return Err(NOT_FOUND),
                Some(Lost::StartsOver) => {
                    (self.search, self.searched) = (None, 0);
                    self.next = Some(Position::offset_or_start(self.floor));
                    return Ok(false);
                }
            }
        }
        self.next = Some(self.look_elsewhere(offset, received, more)?);
        Ok(false)
    }

    /// Returns the next position of the search. If no known record is left, everything in the list is new.
    fn look_elsewhere(&mut self, at: u64, received: u64, more: bool) -> Result<Position, Broken> {
        let floor = self.floor;
        if let Some(at) = self.search.as_mut().and_then(|search| search.elsewhere(at, received, more, floor)) {
            return Ok(Position::offset_or_start(at));
        }
        if self.resumed == Some(Lost::Fails) {
            return Err(NOT_FOUND);
        }
        self.search = None;
        Ok(Position::offset_or_start(floor))
    }

    fn after_whole(&self, received: u64, link: Option<&str>) -> Result<Option<Position>, Broken> {
        if link.is_some() {
            return Err("the description says that the list is not paged, but the server announces more records");
        }
        if self.announced().is_some_and(|count| count > received) { Err(TOO_FEW) } else { Ok(None) }
    }

    fn after_offset(
        &mut self,
        at: u64,
        ids: &[Option<i64>],
        link: Option<&str>,
        has_news: bool,
    ) -> Result<Option<Position>, Broken> {
        let received = ids.len() as u64;
        let end = at.saturating_add(received);
        match link {
            // Counting received records, because pages may be smaller than requested. After an empty page, only the
            // server knows the next offset.
            Some(link) if !self.links.insert(checksum(link)) => {
                Err("the server links to the same page again, which would never end")
            }
            Some(link) if received == 0 => match query(link, "offset").and_then(|offset| offset.parse::<u64>().ok()) {
                Some(end) if end > at => Ok(Some(self.start(at, end, ids))),
                _ => Err("the server announces more records but sends an empty page"),
            },
            Some(_) => Ok(Some(self.start(at, end, ids))),
            None => self.after_last(at, end, ids, has_news),
        }
    }

    /// Ends the list, unless the server counts more records than there were.
    fn after_last(
        &mut self,
        at: u64,
        end: u64,
        ids: &[Option<i64>],
        has_news: bool,
    ) -> Result<Option<Position>, Broken> {
        let Some(count) = self.announced() else { return Ok(None) };
        let page = checksum(ids);
        let requests = match self.doubt.as_ref().filter(|_| !has_news) {
            None if end >= count => return Ok(None),
            None => 0,
            // A server that ignores the offset sends the same page for each.
            Some(doubt) if count <= doubt.end || end >= count && page != doubt.ids => return Ok(None),
            // A list that moves between the requests may be counted wrongly each time. It ends as one without news does.
            Some(doubt) if count != doubt.count || doubt.requests > 0 && page != doubt.ids => doubt.requests,
            Some(doubt) => doubt.requests + 1,
        };
        if requests == Self::DOUBTS {
            return Err(TOO_FEW);
        }
        let end_before = self.doubt.as_ref().map_or(end, |doubt| doubt.end);
        self.doubt = Some(Doubt { end: end_before, count, ids: page, requests });
        Ok(Some(self.start(at, end, ids)))
    }

    /// Returns the start of the page after the one from `at` to `end`.
    fn start(&mut self, at: u64, end: u64, ids: &[Option<i64>]) -> Position {
        let received = ids.len() as u64;
        let wanted = received - self.overlap.shared(received);
        // The next page must start with a record that can be recognized, and not much earlier than wanted.
        let known = (received / 2..received).filter(|index| *index > 0 && ids[*index as usize].is_some());
        let first = known.filter(|_| self.drops_repeats).min_by_key(|index| index.abs_diff(wanted));
        self.shared = first.map_or(0, |first| received - first);
        let lead = if self.shared > 0 { self.overlap.lead() } else { 0 };
        let next = end.saturating_sub(self.shared);
        self.stride = Some(next.saturating_sub(at));
        Position::Offset(next.saturating_add(lead))
    }

    fn after_cursor(&mut self, at: &Position, link: Option<&str>) -> Result<Option<Position>, Broken> {
        let Some(link) = link else {
            return if self.least.is_some_and(|count| self.delivered < count) { Err(TOO_FEW) } else { Ok(None) };
        };
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

const TOO_FEW: Broken = "the server counts more records than it sent, but announces no further page";
const NOT_FOUND: Broken = "the records that the token names can no longer be found: read the list from the start";

/// Reads a parameter of a link. Links are never followed, because they could send the API key to another server.
fn query(link: &str, wanted: &str) -> Option<String> {
    let url = url::Url::parse(link)
        .or_else(|_| url::Url::parse("http://localhost/").and_then(|base| base.join(link)))
        .ok()?;
    url.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
}

fn checksum(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
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
