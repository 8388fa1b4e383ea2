//! Verifies invoices, bills and memos: that none is missing, and that what is open equals the control accounts.

use std::collections::{BTreeMap, BTreeSet};

use campfire::{Date, Decimal};

use super::days::Days;
use super::document::{Document, DocumentKind};
use super::finding::{Fault, Finding};
use super::job::Job;
use super::reader::TableReader;
use super::report::Note;
use super::scope::Scope;
use super::sums::{add, agree};
use crate::copy::ReadCopy;
use crate::error::Error;

/// The number of documents that are read instead of halving their days once more.
const ENOUGH: u64 = 200;

/// Verifies the documents that are posted to the control accounts of a subtype.
pub(super) async fn verify<C: ReadCopy>(
    job: &mut Job<'_, C>,
    subtype: &str,
    kinds: [DocumentKind; 2],
) -> Result<(), Error> {
    let existing = job.copy.tables().await?;
    let mut tables = Vec::new();
    for kind in kinds {
        if existing.iter().any(|table| table == kind.table()) {
            tables.push(Documents::read(job.copy, kind, &job.scope).await?);
        } else {
            job.note(Note::NoTable { table: kind.table().to_owned() });
        }
    }
    if tables.is_empty() {
        return Ok(());
    }
    let ties = ties(job, subtype, &tables).await?;
    let (currencies, untied) = (ties.len(), ties.iter().filter(|tie| !tie.is_tied()).count());
    job.check(
        format!("open documents against {}", subtype.to_lowercase().replace('_', " ")),
        currencies as u64,
        untied,
    );
    let before = job.report.findings.len() + job.report.later.len();
    for table in &tables {
        verify_table(job, table, untied > 0).await?;
    }
    // A document that differs explains it. The lines of the control accounts were corrected.
    if job.report.findings.len() + job.report.later.len() == before {
        for Tie { currency, balance, open } in ties.into_iter().filter(|tie| !tie.is_tied()) {
            job.note(Note::ControlAccount { subtype: subtype.to_owned(), currency, balance, open });
        }
    }
    Ok(())
}

/// The documents of a kind in a copy.
struct Documents {
    kind: DocumentKind,
    number: u64,
    counts: BTreeMap<Date, u64>,
    /// Open amounts by currency, with the sign that they have on the control account.
    open: BTreeMap<String, Decimal>,
    doubled: Vec<Document>,
    out_of_scope: BTreeMap<Option<i64>, Vec<i64>>,
}

impl Documents {
    async fn read<C: ReadCopy>(copy: &C, kind: DocumentKind, scope: &Scope) -> Result<Self, Error> {
        let (counts, open, out_of_scope) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let mut documents = Documents { kind, number: 0, counts, open, doubled: Vec::new(), out_of_scope };
        let mut reader = TableReader::new(copy, kind.table());
        let mut last = None;
        while let Some(page) = reader.next().await? {
            for record in &page {
                let document = Document::read(kind, record)?;
                if last.replace(document.id) == Some(document.id) {
                    documents.doubled.push(document);
                } else {
                    documents.add(&document, scope)?;
                }
            }
        }
        documents.doubled.dedup_by_key(|document| document.id);
        Ok(documents)
    }

    fn add(&mut self, document: &Document, scope: &Scope) -> Result<(), Error> {
        if !scope.covers(document.entity) {
            self.out_of_scope.entry(document.entity).or_default().push(document.id);
            return Ok(());
        }
        self.number += 1;
        if let Some(date) = document.date {
            *self.counts.entry(date).or_default() += 1;
        }
        let sum = self.open.entry(document.currency.clone().unwrap_or_default()).or_default();
        *sum = add(*sum, document.on_control())?;
        Ok(())
    }

    fn count(&self, days: Days) -> u64 {
        self.counts.range(days.from..=days.to).map(|(_, count)| count).sum()
    }

    /// Returns the days from the first document to the last.
    fn days(&self) -> Option<Days> {
        let (from, _) = self.counts.first_key_value()?;
        let (to, _) = self.counts.last_key_value()?;
        Some(Days { from: *from, to: *to })
    }
}

/// The control accounts and the open documents in a currency.
struct Tie {
    currency: String,
    balance: Decimal,
    open: Decimal,
}

impl Tie {
    fn is_tied(&self) -> bool {
        agree(self.balance, self.open)
    }
}

/// Compares the control accounts, as they are when the differences in the ledger are corrected, with the open documents.
async fn ties<C>(job: &mut Job<'_, C>, subtype: &str, tables: &[Documents]) -> Result<Vec<Tie>, Error> {
    let accounts = job.server.accounts().await?;
    let control = accounts.iter().filter(|(_, account)| account.subtype == subtype).map(|(id, _)| *id).collect();
    let balances = job.scan.native(&control)?;
    let mut open: BTreeMap<String, Decimal> = BTreeMap::new();
    for (currency, amount) in tables.iter().flat_map(|table| &table.open) {
        let sum = open.entry(currency.clone()).or_default();
        *sum = add(*sum, *amount)?;
    }
    let currencies: BTreeSet<&String> = balances.keys().chain(open.keys()).collect();
    let amount = |amounts: &BTreeMap<String, Decimal>, currency: &String| amounts.get(currency).copied();
    let tie = |currency: &String| Tie {
        currency: currency.clone(),
        balance: amount(&balances, currency).unwrap_or_default(),
        open: amount(&open, currency).unwrap_or_default(),
    };
    Ok(currencies.into_iter().map(tie).collect())
}

async fn verify_table<C: ReadCopy>(job: &mut Job<'_, C>, table: &Documents, is_untied: bool) -> Result<(), Error> {
    let kind = table.kind;
    for (entity, ids) in &table.out_of_scope {
        job.note(Note::OutOfScope { table: kind.table().to_owned(), entity: *entity, ids: ids.clone() });
    }
    job.report.findings.extend(table.doubled.iter().map(|document| document.finding(Fault::Doubled)));
    let (checked, miscounted) = compare_counts(job, table).await?;
    job.check(format!("{} counted", kind.table().replace('_', " ")), checked, miscounted.len());
    let is_miscounted = !miscounted.is_empty();
    let mut seen = Seen::default();
    seen.read(job, table, miscounted).await?;
    if is_untied {
        let entities = job.scope.entities(None);
        seen.add(job.server.documents(kind, None, &entities).await?);
        seen.has_open = true;
    }
    if is_miscounted || is_untied { seen.compare(job, kind).await } else { Ok(()) }
}

/// Returns the number of months that were compared, and those in which the server has more or fewer documents than the copy.
async fn compare_counts<C>(job: &mut Job<'_, C>, table: &Documents) -> Result<(u64, Vec<Days>), Error> {
    let entities = job.scope.entities(None);
    let mut miscounted = Vec::new();
    if !table.kind.has_filters() {
        let count = job.server.document_count(table.kind, None, &entities).await?;
        miscounted.extend(count.filter(|count| *count != table.number).map(|_| Days::all()));
        return Ok((1, miscounted));
    }
    let months = Days::months(table.days());
    for days in &months {
        let count = job.server.document_count(table.kind, Some(*days), &entities).await?;
        miscounted.extend(count.filter(|count| *count != table.count(*days)).map(|_| *days));
    }
    Ok((months.len() as u64, miscounted))
}

/// What the server has of a kind of document: the parts of the list that were read.
#[derive(Default)]
struct Seen {
    documents: BTreeMap<i64, Document>,
    days: Vec<Days>,
    has_open: bool,
}

impl Seen {
    fn add(&mut self, documents: Vec<Document>) {
        self.documents.extend(documents.into_iter().map(|document| (document.id, document)));
    }

    /// Reads the documents of the days on which the server has more or fewer than the copy.
    async fn read<C>(
        &mut self,
        job: &mut Job<'_, C>,
        table: &Documents,
        mut differing: Vec<Days>,
    ) -> Result<(), Error> {
        let entities = job.scope.entities(None);
        while let Some(days) = differing.pop() {
            if table.count(days) > ENOUGH
                && let Some(halves) = days.halves()
            {
                for half in halves {
                    let count = job.server.document_count(table.kind, Some(half), &entities).await?;
                    differing.extend(count.filter(|count| *count != table.count(half)).map(|_| half));
                }
                continue;
            }
            self.add(job.server.documents(table.kind, Some(days), &entities).await?);
            self.days.push(days);
        }
        Ok(())
    }

    /// Compares the documents that were read from the server with those of the copy.
    async fn compare<C: ReadCopy>(&mut self, job: &mut Job<'_, C>, kind: DocumentKind) -> Result<(), Error> {
        let ours = self.read_ours(job, kind).await?;
        let others = ours.keys().filter(|id| !self.documents.contains_key(id)).copied().collect();
        let others = job.limit(others);
        for id in &others {
            let document = job.server.document(kind, *id).await?;
            self.documents.extend(document.map(|document| (*id, document)));
        }
        for (id, theirs) in &self.documents {
            match ours.get(id) {
                None if job.scope.covers(theirs.entity) => job.find(theirs.finding(Fault::Missing), theirs.modified),
                None => {}
                Some(ours) => {
                    let fields = ours.differences(theirs);
                    if !fields.is_empty() {
                        job.find(Finding { fields, ..theirs.finding(Fault::Stale) }, theirs.modified);
                    }
                }
            }
        }
        let extra = others.iter().filter(|id| !self.documents.contains_key(id)).filter_map(|id| ours.get(id));
        extra.for_each(|document| job.report.findings.push(document.finding(Fault::Extra)));
        Ok(())
    }

    /// Reads the documents of the copy that belong to the parts of the list that were read.
    async fn read_ours<C: ReadCopy>(
        &self,
        job: &Job<'_, C>,
        kind: DocumentKind,
    ) -> Result<BTreeMap<i64, Document>, Error> {
        let mut ours = BTreeMap::new();
        let mut reader = TableReader::new(job.copy, kind.table());
        while let Some(page) = reader.next().await? {
            for record in &page {
                let document = Document::read(kind, record)?;
                let is_in = |days: &Days| document.date.is_some_and(|date| days.contains(date));
                let is_asked = self.days.iter().any(is_in) || self.has_open && !document.open.is_zero();
                if self.documents.contains_key(&document.id) || job.scope.covers(document.entity) && is_asked {
                    ours.entry(document.id).or_insert(document);
                }
            }
        }
        Ok(ours)
    }
}
