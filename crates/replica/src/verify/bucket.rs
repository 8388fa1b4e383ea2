//! [`Bucket`]: lines whose sum differs, narrowed down to an account and some days.

use super::days::Days;
use super::job::Job;
use super::line::Line;
use super::scan::Part;
use super::scope::Scope;
use super::server::LineQuery;
use super::sums::sum_of;
use crate::copy::ReadCopy;
use crate::error::Error;

/// The number of lines of a bucket that is read instead of halved. A page of the list holds as many.
const ENOUGH: u64 = 500;

/// The lines of a part on some days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Bucket {
    pub(super) part: Part,
    pub(super) days: Days,
}

impl Bucket {
    /// Returns the bucket of an account.
    pub(super) fn account(account: i64, days: Days) -> Self {
        Bucket { part: Part { entity: None, account: Some(account) }, days }
    }

    /// Returns the query for the lines.
    pub(super) fn query(self, scope: &Scope) -> LineQuery {
        LineQuery { account: self.part.account, days: self.days, entities: scope.entities(self.part.entity) }
    }

    /// Returns `true` if a line belongs to it.
    pub(super) fn has(self, line: &Line) -> bool {
        self.part.account.is_none_or(|account| line.account == Some(account))
            && self.part.entity.is_none_or(|entity| line.entity == Some(entity))
            && line.date.is_some_and(|date| self.days.contains(date))
    }
}

/// Halves buckets that differ until their parts have few lines or are single days, and returns the parts that differ.
pub(super) async fn narrow<C: ReadCopy>(job: &mut Job<'_, C>, buckets: Vec<Bucket>) -> Result<Vec<Bucket>, Error> {
    let (mut narrowed, mut differing) = (Vec::new(), buckets);
    while let Some(bucket) = differing.pop() {
        let is_small = job.scan.count(bucket.part, bucket.days) <= ENOUGH;
        let Some(halves) = bucket.days.halves().filter(|_| !is_small) else {
            narrowed.push(bucket);
            continue;
        };
        let before = differing.len();
        for days in halves {
            let half = Bucket { days, ..bucket };
            if differs(job, half).await? {
                differing.push(half);
            }
        }
        if differing.len() == before {
            // The halves agree although the whole does not: the server's figures contradict each other, so look at all of it.
            narrowed.push(bucket);
        }
    }
    narrowed.sort();
    Ok(narrowed)
}

/// Returns `true` if the copy's sum of a bucket is not the server's; or the number of lines, if the bucket has all accounts.
pub(super) async fn differs<C: ReadCopy>(job: &mut Job<'_, C>, bucket: Bucket) -> Result<bool, Error> {
    let Bucket { part, days } = bucket;
    match part.account {
        Some(account) => {
            let copy = sum_of(&job.scan.accounts(part.entity, days)?, account);
            let server = job.server.activity(days, &job.scope.entities(part.entity)).await?;
            Ok(!copy.agree(sum_of(&server, account)))
        }
        None => {
            let count = job.server.count(&bucket.query(&job.scope)).await?;
            Ok(count.is_some_and(|count| count != job.scan.count(part, days)))
        }
    }
}
