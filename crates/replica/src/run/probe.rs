//! [`probe`]: what one small request tells about a list.

use std::time::Duration;

use campfire::tables::TableList;
use campfire::{List, Timestamp};

use crate::error::Error;

/// What one small request tells about a list.
pub(crate) struct Probe {
    /// The number of records, if the server says.
    pub(crate) records: Option<u64>,
    /// A time before the request by both clocks, early enough that no change is missed that is committed later.
    pub(crate) at: Timestamp,
}

/// How long a change may take from its time to its commit, and how far clocks may differ.
const OVERLAP: Duration = Duration::from_secs(120);

pub(crate) async fn probe(list: TableList) -> Result<Probe, Error> {
    let local = std::time::SystemTime::now();
    let page = list.page_size(1).pages().try_next().await?;
    let date = page.as_ref().and_then(|page| {
        let date = page.headers().get("date")?.to_str().ok()?;
        Some(httpdate::parse_http_date(date).ok()? - page.elapsed())
    });
    let earlier = date.map_or(local, |date| date.min(local));
    let records = page.and_then(|page| page.count).and_then(|count| u64::try_from(count).ok());
    let at = Timestamp::from(earlier - OVERLAP);
    Ok(Probe { records, at: Timestamp::from_unix_seconds(at.unix_seconds()).unwrap_or(at) })
}
