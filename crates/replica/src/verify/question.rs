//! [`Question`]: the lines in question, read from both sides and compared one by one.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::bucket::Bucket;
use super::finding::{Fault, Finding};
use super::job::Job;
use super::line::{LINES, Line};
use super::reader::TableReader;
use super::scope::Scope;
use super::sums::{Sides, sum_of};
use crate::copy::ReadCopy;
use crate::error::Error;

/// The lines in question.
#[derive(Default)]
pub(super) struct Question {
    /// As the server has them.
    server: BTreeMap<i64, Line>,
    /// As the copy has them.
    copy: BTreeMap<i64, Line>,
    /// By account; `None` for all accounts.
    buckets: HashMap<Option<i64>, Vec<Bucket>>,
    entries: BTreeSet<i64>,
    ids: BTreeSet<i64>,
}

impl Question {
    /// Puts lines of the copy in question.
    pub(super) fn add_ids(&mut self, ids: impl IntoIterator<Item = i64>) {
        self.ids.extend(ids);
    }

    /// Adds lines that the server returned.
    pub(super) fn add_lines(&mut self, lines: impl IntoIterator<Item = Line>) {
        self.server.extend(lines.into_iter().map(|line| (line.id, line)));
    }

    /// Puts the lines of a journal entry in question.
    pub(super) async fn add_entry<C>(&mut self, job: &mut Job<'_, C>, entry: i64) -> Result<(), Error> {
        self.entries.insert(entry);
        let lines = job.server.entry(entry).await?;
        self.add_unlisted(job, lines).await
    }

    /// Puts the lines of a bucket in question.
    pub(super) async fn add_bucket<C>(&mut self, job: &mut Job<'_, C>, bucket: Bucket) -> Result<(), Error> {
        self.buckets.entry(bucket.part.account).or_default().push(bucket);
        let query = bucket.query(&job.scope);
        let mut lines = job.server.lines(&query).await?;
        if let Some(account) = bucket.part.account
            && !is_stated(job, bucket, account, &lines).await?
        {
            // The server may have changed since the statement was read.
            job.server.forget_totals();
            lines = job.server.lines(&query).await?;
            if !is_stated(job, bucket, account, &lines).await? {
                return self.add_contradicted(job, bucket, lines).await;
            }
        }
        self.add_lines(lines);
        Ok(())
    }

    /// Adds the lines of a bucket whose list contradicts the server's statement: holds the list against the journal entries,
    /// and asks for each line that differs.
    async fn add_contradicted<C>(
        &mut self,
        job: &mut Job<'_, C>,
        bucket: Bucket,
        listed: Vec<Line>,
    ) -> Result<(), Error> {
        let entries = job.server.entries(&bucket.query(&job.scope)).await?;
        let in_entries = entries.into_iter().filter(|line| bucket.has(line) && job.scope.covers(line.entity));
        let mut in_entries: BTreeMap<i64, Line> = in_entries.map(|line| (line.id, line)).collect();
        let mut unsure = Vec::new();
        for line in listed {
            match in_entries.remove(&line.id) {
                Some(in_entry) if line.counts_as(&in_entry) => self.add_lines([line]),
                _ => unsure.push(line.id),
            }
        }
        for id in unsure {
            let line = job.server.line(id).await?;
            self.add_lines(line);
        }
        self.add_unlisted(job, in_entries.into_values().collect()).await
    }

    /// Adds lines that were read from journal entries, which may show fewer fields than the lines themselves.
    async fn add_unlisted<C>(&mut self, job: &mut Job<'_, C>, lines: Vec<Line>) -> Result<(), Error> {
        for line in lines {
            if !self.server.contains_key(&line.id) {
                let whole = job.server.line(line.id).await?;
                self.add_lines([whole.unwrap_or(line)]);
            }
        }
        Ok(())
    }

    /// Compares the lines, and records what differs. Returns `true` if this found new differences.
    pub(super) async fn resolve<C: ReadCopy>(mut self, job: &mut Job<'_, C>) -> Result<bool, Error> {
        self.read_copy(job.copy, &job.scope).await?;
        self.fetch_others(job).await?;
        let before = job.differing.len();
        for (id, line) in &self.server {
            let copy = self.copy.get(id);
            let in_scope = job.scope.covers(line.entity) || copy.is_some_and(|copy| job.scope.covers(copy.entity));
            if !in_scope || job.differing.contains(id) {
                continue;
            }
            let finding = match copy.map(|copy| copy.differences(line)) {
                Some(fields) if fields.is_empty() => continue,
                Some(fields) => Finding { fields, ..line.finding(Fault::Stale) },
                None => line.finding(Fault::Missing),
            };
            job.find(finding, line.modified);
            job.correct(copy, Some(line))?;
        }
        self.find_extra(job).await?;
        Ok(job.differing.len() > before)
    }

    /// Reads the lines in question from the copy: in one pass, because a copy need not have an index.
    async fn read_copy<C: ReadCopy>(&mut self, copy: &C, scope: &Scope) -> Result<(), Error> {
        let mut reader = TableReader::new(copy, LINES);
        while let Some(page) = reader.next().await? {
            for record in &page {
                let line = Line::read(record)?;
                if self.server.contains_key(&line.id) || scope.covers(line.entity) && self.concerns(&line) {
                    self.copy.entry(line.id).or_insert(line);
                }
            }
        }
        Ok(())
    }

    fn concerns(&self, line: &Line) -> bool {
        let within = |account| self.buckets.get(&account).into_iter().flatten().any(|bucket| bucket.has(line));
        self.ids.contains(&line.id)
            || line.entry.is_some_and(|entry| self.entries.contains(&entry))
            || within(None)
            || line.account.is_some() && within(line.account)
    }

    /// Asks for the lines that the copy has and the server has not returned so far: they may have moved elsewhere.
    async fn fetch_others<C>(&mut self, job: &mut Job<'_, C>) -> Result<(), Error> {
        let others = self.copy.keys().filter(|id| !self.server.contains_key(id) && !job.differing.contains(id));
        let others = job.limit(others.copied().collect());
        self.ids = others.iter().copied().collect();
        for id in others {
            let line = job.server.line(id).await?;
            self.add_lines(line);
        }
        Ok(())
    }

    /// Finds the lines that the copy has and the server, asked for each, does not.
    async fn find_extra<C>(&self, job: &mut Job<'_, C>) -> Result<(), Error> {
        let extra: Vec<&Line> = self.ids.iter().filter_map(|id| self.copy.get(id)).collect();
        let extra: Vec<&Line> = extra.into_iter().filter(|line| !self.server.contains_key(&line.id)).collect();
        let deleted = match job.copied {
            Some(copied) if !extra.is_empty() => job.server.deleted_since(copied).await?,
            _ => BTreeSet::new(),
        };
        for line in extra {
            let finding = line.finding(Fault::Extra);
            if deleted.contains(&line.id) {
                job.report.later.push(finding)
            } else {
                job.report.findings.push(finding)
            }
            job.correct(Some(line), None)?;
        }
        Ok(())
    }
}

impl<C> Job<'_, C> {
    fn correct(&mut self, copy: Option<&Line>, server: Option<&Line>) -> Result<(), Error> {
        self.differing.extend(copy.or(server).map(|line| line.id));
        self.scan.correct(copy, server, &self.scope)
    }
}

/// Returns `true` if lines add up to the server's statement.
async fn is_stated<C>(job: &mut Job<'_, C>, bucket: Bucket, account: i64, lines: &[Line]) -> Result<bool, Error> {
    let stated = job.server.activity(bucket.days, &job.scope.entities(bucket.part.entity)).await?;
    let mut listed = lines.iter().filter(|line| bucket.has(line));
    let listed = listed.try_fold(Sides::default(), |sum, line| sum.plus(line.sides()))?;
    Ok(listed.agree(sum_of(&stated, account)))
}
