//! Verifies the ledger lines of a copy. Each check finds sums that differ, the lines below them are compared and corrected in the
//! sums, and the check is repeated until it agrees or finds nothing new.

use std::collections::BTreeSet;

use campfire::Date;

use super::bucket::{Bucket, differs, narrow};
use super::changes;
use super::days::Days;
use super::finding::{Fault, Finding};
use super::job::Job;
use super::line::LINES;
use super::question::Question;
use super::report::Note;
use super::scan::Part;
use super::server::DailyChanges;
use super::sums::{Totals, agree, sum_of};
use crate::copy::ReadCopy;
use crate::error::Error;

/// How often a check is repeated.
const ROUNDS: usize = 4;
/// The number of days that are asked for in one daily statement.
const DAILY: u64 = 366;

/// Verifies the ledger lines of a copy.
pub(super) async fn verify<C: ReadCopy>(job: &mut Job<'_, C>) -> Result<(), Error> {
    let doubled = std::mem::take(&mut job.scan.doubled);
    job.report.findings.extend(doubled.iter().map(|line| line.finding(Fault::Doubled)));
    for (entity, ids) in std::mem::take(&mut job.scan.out_of_scope) {
        job.note(Note::OutOfScope { table: LINES.to_owned(), entity, ids });
    }
    let (entries, unbalanced) = (job.scan.entries.seen, job.scan.entries.unbalanced().len());
    job.check("entries balance", entries, unbalanced);
    for check in [Check::Months, Check::Days, Check::Entities] {
        verify_sums(job, check).await?;
    }
    changes::verify(job).await?;
    verify_entries(job).await
}

/// A check of sums against the server's statements.
#[derive(Clone, Copy)]
enum Check {
    Months,
    Days,
    Entities,
}

async fn verify_sums<C: ReadCopy>(job: &mut Job<'_, C>, check: Check) -> Result<(), Error> {
    for round in 0..ROUNDS {
        let (name, checked, found) = match check {
            Check::Months => compare_months(job).await?,
            Check::Days => compare_days(job).await?,
            Check::Entities => compare_entities(job).await?,
        };
        if round == 0 {
            job.check(name, checked, found.len());
        }
        if found.is_empty() {
            return Ok(());
        }
        let found = job.limit(found);
        let buckets = narrow(job, found).await?;
        let mut question = Question::default();
        for bucket in &buckets {
            question.add_bucket(job, *bucket).await?;
        }
        if !question.resolve(job).await? {
            return unexplained(job, buckets).await;
        }
    }
    Ok(())
}

/// Compares the copy with the trial balance, month by month. If all sums agree, compares the number of lines, which also shows
/// lines without an amount or an account.
async fn compare_months<C: ReadCopy>(job: &mut Job<'_, C>) -> Result<(&'static str, u64, Vec<Bucket>), Error> {
    const NAME: &str = "months against the trial balance";
    let months = Days::months(job.scan.days());
    let entities = job.scope.entities(None);
    let mut buckets = Vec::new();
    for days in &months {
        let server = job.server.activity(*days, &entities).await?;
        let accounts = differing(&job.scan.accounts(None, *days)?, &server);
        buckets.extend(accounts.into_iter().map(|account| Bucket::account(account, *days)));
    }
    if !buckets.is_empty() || !miscounts(job, Bucket { part: Part::ALL, days: Days::all() }).await? {
        return Ok((NAME, months.len() as u64, buckets));
    }
    for days in &months {
        let bucket = Bucket { part: Part::ALL, days: *days };
        if miscounts(job, bucket).await? {
            buckets.push(bucket);
        }
    }
    Ok((NAME, months.len() as u64, buckets))
}

/// Returns `true` if the server counts more or fewer lines than the copy has.
async fn miscounts<C: ReadCopy>(job: &mut Job<'_, C>, bucket: Bucket) -> Result<bool, Error> {
    let Some(count) = job.server.count(&bucket.query(&job.scope)).await? else {
        job.note(Note::NotCounted);
        return Ok(false);
    };
    Ok(count != job.scan.count(bucket.part, bucket.days))
}

/// Compares the net change of each account on each day. This finds lines that have moved within a month.
async fn compare_days<C: ReadCopy>(job: &mut Job<'_, C>) -> Result<(&'static str, u64, Vec<Bucket>), Error> {
    const NAME: &str = "days against the daily statements";
    let Some(all) = job.scan.days() else { return Ok((NAME, 0, Vec::new())) };
    let mut differing: BTreeSet<(i64, Date)> = BTreeSet::new();
    for days in all.parts(DAILY) {
        let Some(server) = job.server.daily(days, &job.scope.entities(None)).await? else {
            job.note(Note::NoDailyStatements);
            return Ok((NAME, 0, Vec::new()));
        };
        let copy = job.scan.daily(days)?;
        // Statements show the accounts that credits increase with the other sign.
        let change = |changes: &DailyChanges, key: &(i64, Date)| changes.get(key).copied().unwrap_or_default().abs();
        let differs = |key: &&(i64, Date)| !agree(change(&copy, key), change(&server, key));
        differing.extend(copy.keys().chain(server.keys()).filter(differs));
    }
    let mut buckets = confirmed(job, &differing).await?;
    buckets.sort();
    Ok((NAME, all.len(), buckets))
}

/// Returns the days of the accounts that the trial balance confirms to differ. The daily statements may compute an account
/// from others, as retained earnings: then its first day is refuted, and the others are not looked into.
async fn confirmed<C: ReadCopy>(job: &mut Job<'_, C>, differing: &BTreeSet<(i64, Date)>) -> Result<Vec<Bucket>, Error> {
    let (mut buckets, mut refuted) = (Vec::new(), Vec::new());
    let accounts: BTreeSet<i64> = differing.iter().map(|(account, _)| *account).collect();
    for account in accounts {
        let days = differing.range((account, Date::MIN)..=(account, Date::MAX));
        let days: Vec<Bucket> = days.map(|(account, day)| Bucket::account(*account, Days::one(*day))).collect();
        match days.first() {
            Some(first) if differs(job, *first).await? => buckets.extend(days),
            _ => refuted.push(account),
        }
    }
    if !refuted.is_empty() {
        job.note(Note::Statements { accounts: refuted });
    }
    Ok(buckets)
}

/// Compares the sums of each entity over all time. This finds lines that have moved to another entity.
async fn compare_entities<C: ReadCopy>(job: &mut Job<'_, C>) -> Result<(&'static str, u64, Vec<Bucket>), Error> {
    let entities: Vec<i64> = job.scope.visible().filter(|_| job.scope.has_several()).collect();
    let mut buckets = Vec::new();
    for entity in &entities {
        let server = job.server.totals(Days::all().to, &[*entity]).await?;
        for account in differing(&job.scan.accounts(Some(*entity), Days::all())?, &server) {
            let part = Part { entity: Some(*entity), account: Some(account) };
            buckets.push(Bucket { part, days: Days::all() });
        }
    }
    Ok(("entities against the trial balance", entities.len() as u64, buckets))
}

/// Returns the accounts whose sums differ.
fn differing(copy: &Totals, server: &Totals) -> BTreeSet<i64> {
    let differs = |account: &&i64| !sum_of(copy, **account).agree(sum_of(server, **account));
    copy.keys().chain(server.keys()).filter(differs).copied().collect()
}

/// Records sums that differ though all their lines agree.
async fn unexplained<C: ReadCopy>(job: &mut Job<'_, C>, buckets: Vec<Bucket>) -> Result<(), Error> {
    for bucket in buckets {
        let Bucket { part, days } = bucket;
        let Some(account) = part.account else {
            let (copy, server) = (job.scan.count(part, days), job.server.count(&bucket.query(&job.scope)).await?);
            if let Some(server) = server.filter(|server| *server != copy) {
                job.note(Note::Count { from: days.from, to: days.to, copy, server });
            }
            continue;
        };
        let server = job.server.activity(days, &job.scope.entities(part.entity)).await?;
        let copy = sum_of(&job.scan.accounts(part.entity, days)?, account);
        let amount = copy.minus(sum_of(&server, account))?.net()?;
        let finding = Finding::new(Fault::Unexplained, LINES);
        let finding = Finding { account: Some(account), date: Some(days.from), amount: Some(amount), ..finding };
        job.report.findings.push(finding);
    }
    Ok(())
}

/// Compares the entries that do not balance in the copy, and lines without a date.
async fn verify_entries<C: ReadCopy>(job: &mut Job<'_, C>) -> Result<(), Error> {
    let unbalanced = job.scan.entries.unbalanced();
    let entries = job.limit(unbalanced.into_iter().collect());
    let mut question = Question::default();
    question.add_ids(std::mem::take(&mut job.scan.undated));
    for entry in entries {
        question.add_entry(job, entry).await?;
    }
    question.resolve(job).await?;
    for entry in job.scan.entries.unbalanced() {
        job.note(Note::UnbalancedEntry { entry });
    }
    Ok(())
}
