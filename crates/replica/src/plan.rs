//! [`Plan`]: a first copy, divided into shards that many machines can read.
//!
//! ```no_run
//! # use campfire_replica::{error::Error, plan::{Plan, Shard}, replica::Replica, sink::Sink};
//! # async fn example<S: Sink>(replica: Replica<S>) -> Result<(), Error> {
//! let plan: Plan = replica.plan(64).await?; // on one machine; a plan and its shards can be serialized
//! for shard in &plan.shards {
//!     replica.copy_shard(shard).await?; // anywhere, in any order, more than once
//! }
//! replica.complete(&plan).await?; // when all are done
//! replica.run().await?; // reads what has changed since the plan was made
//! # Ok(())
//! # }
//! ```
//!
//! Shards overlap rather than leave a gap, and rows are written by id, so results merge. A list with a change filter is divided
//! by the time of the last change: a record that changes while shards are read is returned by the run that follows, as are
//! deletions. A list that is only paged by offset is divided by offset. Records that move meanwhile may be missed; the run that
//! follows compares everything, and writes what is missing. Tables below the records of others are left to that run.
//!
//! If a run starts before [`complete`](Replica::complete), it reads everything, as a first copy does. Do not run shards and
//! [`run`](Replica::run) on the same sink at the same time.

use campfire::tables::{self, Table, TableList};
use campfire::{Json, List, RecordText, Timestamp};
use serde::{Deserialize, Serialize};

use crate::copy::ReadCopy;
use crate::error::Error;
use crate::layout::Received;
use crate::replica::Replica;
use crate::report::{Method, TableReport};
use crate::run::job::Job;
use crate::run::probe::{Probe, probe};
use crate::sink::{RowChange, Sink};
use crate::state::State;

/// A first copy, divided into shards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Plan {
    /// The shards, in the order of their tables.
    pub shards: Vec<Shard>,
    /// When the plan was made: later changes are left to the run that follows.
    pub made: Timestamp,
}

/// A part of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Shard {
    /// The name of the table.
    pub table: String,
    /// The part of it.
    pub window: Window,
    /// The number of records, as the server counted when the plan was made; `None` if it does not say.
    pub expected: Option<u64>,
}

/// A part of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Window {
    /// The whole table.
    Whole,
    /// The records whose last change is in this span of time, both ends included.
    Changed {
        /// The start; `None` for the beginning of time.
        from: Option<Timestamp>,
        /// The end; `None` for the last shard.
        until: Option<Timestamp>,
    },
    /// The records at these places of the list.
    Offset {
        /// The number of records before them.
        offset: u64,
        /// The number of records.
        records: u64,
    },
}

impl Shard {
    /// Narrows the list of its table.
    fn narrow(&self, list: TableList<RecordText>) -> Result<TableList<RecordText>, Error> {
        let narrowed = match self.window {
            Window::Whole => Some(list),
            Window::Changed { from, until } => list.changed_between(from, until),
            Window::Offset { offset, records } => list.window(offset, records),
        };
        narrowed.ok_or_else(|| Error::copy(format!("`{}` cannot be read in parts like this", self.table)))
    }
}

impl<S: Sink> Replica<S> {
    /// Divides the first copy of the selected tables into about this many shards, of about as many records each. Tables are never
    /// read together, so there are at least as many shards as tables. This costs a small request per table, and one each time
    /// that a span of time is halved.
    ///
    /// # Errors
    /// If a table is selected that does not exist, or a request fails.
    pub async fn plan(&self, shards: usize) -> Result<Plan, Error> {
        let mut probes = Vec::new();
        for table in self.selected()?.into_iter().filter(|table| table.parent().is_none()) {
            probes.push((table, probe(table.list(&self.client, &[])?).await?));
        }
        let records: u64 = probes.iter().filter_map(|(_, probe)| probe.records).sum();
        let size = records.div_ceil(shards.max(1) as u64).max(1);
        // The earliest time, so that no change is missed.
        let made = probes.iter().map(|(_, probe)| probe.at).min().unwrap_or_else(Timestamp::now);
        let mut plan = Plan { shards: Vec::new(), made };
        for (table, probe) in probes {
            let windows = self.windows(table, &probe, size).await?;
            let shards = windows.into_iter().map(|(window, expected)| Shard {
                table: table.name().to_owned(),
                window,
                expected,
            });
            plan.shards.extend(shards);
        }
        Ok(plan)
    }

    /// Divides a table into windows of up to this many records, as far as the API allows.
    async fn windows(&self, table: &Table, probe: &Probe, size: u64) -> Result<Vec<(Window, Option<u64>)>, Error> {
        let count = match probe.records {
            Some(count) if count > size => count,
            records => return Ok(vec![(Window::Whole, records)]),
        };
        let list = || table.list(&self.client, &[]);
        if list()?.changed_between(Some(probe.at), Some(probe.at)).is_some() {
            return self.changed(table, Span { from: EARLIEST, until: probe.at.unix_seconds() }, count, size).await;
        }
        if list()?.window(0, 1).is_none() {
            return Ok(vec![(Window::Whole, Some(count))]);
        }
        // The last window has no end, for records that are added meanwhile.
        let offsets = (0..count.div_ceil(size)).map(|index| index * size);
        Ok(offsets
            .map(|offset| {
                let records = if offset + size >= count { u64::MAX } else { size };
                (Window::Offset { offset, records }, Some(size.min(count - offset)))
            })
            .collect())
    }

    /// Halves spans of time until none has more than `size` records, or it is a second long.
    async fn changed(
        &self,
        table: &Table,
        whole: Span,
        count: u64,
        size: u64,
    ) -> Result<Vec<(Window, Option<u64>)>, Error> {
        let (mut open, mut done) = (vec![(whole, count)], Vec::new());
        while let Some((span, count)) = open.pop() {
            let middle = span.from + (span.until - span.from) / 2;
            if count <= size || span.until - span.from < 2 {
                done.push((span, count));
                continue;
            }
            let (early, late) = (Span { until: middle, ..span }, Span { from: middle, ..span });
            let list = table.list(&self.client, &[])?.changed_between(early.start(), early.end());
            let list = list.ok_or_else(|| Error::copy(format!("`{}` has no change filter", table.name())))?;
            let earlier = probe(list).await?.records.unwrap_or(count / 2).min(count);
            // The last one is taken first, so they are done in order of time.
            open.push((late, count - earlier));
            open.push((early, earlier));
        }
        Ok(windows(&done, size))
    }

    /// Copies a shard. It can be copied more than once, and beside other shards if the sink allows that.
    ///
    /// # Errors
    /// If the list cannot be read or the sink cannot be written.
    pub async fn copy_shard(&self, shard: &Shard) -> Result<TableReport, Error> {
        let mut job = self.job(&shard.table)?;
        let state = State::read(&shard.table, self.sink.open(&job.layout).await?.as_deref())?;
        let mut pages = shard.narrow(job.list(&[])?)?.pages();
        while let Some(page) = pages.try_next().await? {
            let records = page.into_inner().results.into_iter();
            let rows = records.map(|record| job.received(record, None).map(RowChange::Write));
            let rows = rows.collect::<Result<Vec<_>, _>>()?;
            job.write(rows, &state).await?;
        }
        self.sink.finish(&job.layout).await?;
        Ok(job.report)
    }

    /// Notes that all shards of a plan are in the sink: the next run reads only what has changed since.
    ///
    /// # Errors
    /// If the sink cannot be written.
    pub async fn complete(&self, plan: &Plan) -> Result<(), Error> {
        let mut last = None;
        for table in plan.shards.iter().map(|shard| shard.table.as_str()) {
            if last.replace(table) == Some(table) {
                continue;
            }
            let mut job = self.job(table)?;
            let mut state = State::read(table, self.sink.open(&job.layout).await?.as_deref())?;
            state.complete = true;
            if job.report.method == Method::Changes {
                (state.watermark, state.copied_at) = (Some(plan.made.into()), Some(plan.made));
            }
            job.write(Vec::new(), &state).await?;
            self.sink.finish(&job.layout).await?;
        }
        Ok(())
    }

    /// Adds the rows of a copy that another machine has made, by id.
    ///
    /// # Errors
    /// If the copy cannot be read or the sink cannot be written.
    pub async fn add_copy(&self, copy: &impl ReadCopy) -> Result<(), Error> {
        /// The number of rows that are written in a transaction.
        const ROWS: usize = 2_000;
        for table in copy.tables().await? {
            let mut job = self.job(&table)?;
            let state = State::read(&table, self.sink.open(&job.layout).await?.as_deref())?;
            let mut after = None;
            loop {
                let mut rows = Vec::new();
                for record in copy.records(&table, after, ROWS).await? {
                    let record = returned(record)?;
                    after = Some(record.id);
                    rows.push(RowChange::Write(record));
                }
                let is_last = rows.len() < ROWS;
                job.write(rows, &state).await?;
                if is_last {
                    break;
                }
            }
            self.sink.finish(&job.layout).await?;
        }
        Ok(())
    }

    fn job(&self, table: &str) -> Result<Job<'_, S>, Error> {
        let table = tables::get(table)
            .ok_or_else(|| Error::copy(format!("there is no table `{table}`: see `campfire::tables::all`")))?;
        Ok(Job::new(&self.client, &self.sink, table, &self.settings))
    }
}

/// Returns a record that a copy has returned as one to be written.
fn returned(mut record: Json) -> Result<Received, Error> {
    let parent = match &mut record {
        Json::Object(fields) => fields.remove("_parent").and_then(|parent| parent.as_i64()),
        _ => None,
    };
    Received::of_json(&record, parent).ok_or_else(|| Error::copy("the copy has a record without an `id`"))
}

/// The start of 1990, before any record was made. Spans that start there have no lower limit, just in case.
const EARLIEST: i64 = 631_152_000;

/// A span of time, in seconds since 1970.
#[derive(Clone, Copy)]
struct Span {
    from: i64,
    until: i64,
}

impl Span {
    fn start(self) -> Option<Timestamp> {
        Timestamp::from_unix_seconds(self.from).filter(|_| self.from != EARLIEST)
    }

    fn end(self) -> Option<Timestamp> {
        Timestamp::from_unix_seconds(self.until)
    }
}

/// Joins neighbors while they have no more than `size` records together. The last window has no end.
fn windows(spans: &[(Span, u64)], size: u64) -> Vec<(Window, Option<u64>)> {
    let mut joined: Vec<(Span, u64)> = Vec::new();
    for (span, records) in spans {
        match joined.last_mut() {
            Some((before, count)) if *count + records <= size => {
                before.until = span.until;
                *count += records;
            }
            _ => joined.push((*span, *records)),
        }
    }
    let last = joined.len().saturating_sub(1);
    let windows = joined.into_iter().enumerate();
    windows
        .map(|(index, (span, records))| {
            let until = span.end().filter(|_| index < last);
            (Window::Changed { from: span.start(), until }, Some(records))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_cover_all_time_and_share_their_ends() {
        let spans: Vec<(Span, u64)> = [(EARLIEST, 100, 0), (100, 150, 4), (150, 200, 5), (200, 300, 9), (300, 400, 1)]
            .map(|(from, until, records)| (Span { from, until }, records))
            .into();
        let time = Timestamp::from_unix_seconds;
        let window = |from, until| Window::Changed { from, until };
        assert_eq!(
            windows(&spans, 9),
            [
                (window(None, time(200)), Some(9)),
                (window(time(200), time(300)), Some(9)),
                (window(time(300), None), Some(1))
            ]
        );
    }
}
