//! [`Verify`]: the checks in order.

use std::collections::BTreeSet;

use campfire::{Client, Timestamp};

use super::balances::Balances;
use super::document::{CONTROLS, DocumentKind};
use super::documents;
use super::finding::{Fault, Finding};
use super::job::Job;
use super::ledger;
use super::line::LINES;
use super::report::Report;
use super::scan::Scan;
use super::scope::Scope;
use super::server::Server;
use super::sums::Sides;
use crate::copy::ReadCopy;
use crate::error::Error;

/// Verifies a copy against the server.
///
/// The copy needs the table `transactions`. The tables `invoices`, `credit_memos`, `bills` and `debit_memos` are verified if
/// it has them.
#[must_use = "nothing is verified until `run` is awaited"]
#[derive(Debug)]
pub struct Verify<'a, C> {
    client: &'a Client,
    copy: &'a C,
    copied: Option<Timestamp>,
    expected: Option<&'a Balances>,
}

impl<'a, C: ReadCopy> Verify<'a, C> {
    /// Creates the verification of a copy.
    pub fn new(client: &'a Client, copy: &'a C) -> Self {
        Verify { client, copy, copied: None, expected: None }
    }

    /// Sets the time at which the last run of the copy began. What the server changed later is reported under
    /// [`Report::later`] instead of [`Report::findings`]. Default: what the copy says, see [`ReadCopy::copied_at`].
    pub fn copied_at(mut self, time: Timestamp) -> Self {
        self.copied = Some(time);
        self
    }

    /// Compares the copy with the balances that it should have: those before the last run, and what it changed. See
    /// [`Carry`](super::carry::Carry).
    pub fn carried_forward(mut self, expected: &'a Balances) -> Self {
        self.expected = Some(expected);
        self
    }

    /// Verifies the copy. Only reads, on both sides.
    ///
    /// # Errors
    /// If a call of the API fails, the copy cannot be read, or it has no table of ledger lines.
    pub async fn run(self) -> Result<Report, Error> {
        let tables = self.copy.tables().await?;
        if !tables.iter().any(|table| table == LINES) {
            return Err(Error::copy(format!("the copy has no table `{LINES}`: copy that list to verify the ledger")));
        }
        let mut server = Server::new(self.client);
        let (scope, hidden) = Scope::find(&mut server).await?;
        let scan = Scan::read(self.copy, &scope).await?;
        let balances = scan.balances.clone();
        let copied = match self.copied {
            Some(time) => Some(time),
            None => copied_at(self.copy, &tables).await?,
        };
        let (report, differing) = (Report::default(), BTreeSet::new());
        let mut job = Job { copy: self.copy, server, scope, scan, copied, report, differing };
        hidden.into_iter().for_each(|note| job.note(note));
        ledger::verify(&mut job).await?;
        for (subtype, kinds) in CONTROLS {
            documents::verify(&mut job, subtype, kinds).await?;
        }
        if let Some(expected) = self.expected {
            compare_carried_forward(&mut job, expected, &balances)?;
        }
        name_accounts(&mut job).await?;
        Ok(Report { copied_at: copied, balances, queries: job.server.queries, ..job.report })
    }
}

/// Returns when the copy began to read the first of the tables that are verified.
async fn copied_at<C: ReadCopy>(copy: &C, tables: &[String]) -> Result<Option<Timestamp>, Error> {
    let kinds = CONTROLS.into_iter().flat_map(|(_, kinds)| kinds).map(DocumentKind::table);
    let mut earliest = None;
    for table in kinds.chain([LINES]).filter(|name| tables.iter().any(|table| table == name)) {
        let time = copy.copied_at(table).await?;
        earliest = earliest.into_iter().chain(time).min();
    }
    Ok(earliest)
}

/// Compares the balances of the copy with those that the last run leads to.
fn compare_carried_forward<C>(job: &mut Job<'_, C>, expected: &Balances, copy: &Balances) -> Result<(), Error> {
    let accounts: BTreeSet<i64> = expected.accounts().chain(copy.accounts()).collect();
    let accounts: Vec<Option<i64>> = accounts.into_iter().map(Some).chain([None]).collect();
    let mut differing = 0;
    for account in &accounts {
        let (copy, expected): (Sides, Sides) = (copy.account(*account), expected.account(*account));
        if copy != expected {
            differing += 1;
            let amount = Some(copy.minus(expected)?.net()?);
            let finding = Finding { account: *account, amount, ..Finding::new(Fault::CarriedForward, LINES) };
            job.report.findings.push(finding);
        }
    }
    if differing == 0 && copy.lines() != expected.lines() {
        differing = 1;
        job.report.findings.push(Finding::new(Fault::CarriedForward, LINES));
    }
    job.check("balances carried forward", accounts.len() as u64, differing);
    Ok(())
}

/// Adds the names of accounts to the findings.
async fn name_accounts<C>(job: &mut Job<'_, C>) -> Result<(), Error> {
    if job.report.findings.iter().chain(&job.report.later).all(|finding| finding.account.is_none()) {
        return Ok(());
    }
    let accounts = job.server.accounts().await?;
    for finding in job.report.findings.iter_mut().chain(&mut job.report.later) {
        let account = finding.account.and_then(|account| accounts.get(&account));
        finding.account_name = account.map(|account| account.name.clone());
    }
    Ok(())
}
