//! [`Server`]: what verification asks of the server.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use campfire::statements::Column;
use campfire::types::{
    BillStatusFilter, Cadence, InvoiceStatusFilter, MemoStatus, StatementRow, TrialBalanceAccount,
    TrialBalanceAccountBalance,
};
use campfire::{Client, Date, Decimal, Json, RejectedRecords, Timestamp, api};
use serde::Serialize;

use super::days::Days;
use super::document::{Document, DocumentKind};
use super::line::Line;
use super::sums::{Sides, Totals};
use crate::error::Error;

/// The number of records that a page is asked to have.
const PAGE: u32 = 500;

/// Net changes by account and day, with any sign.
pub(super) type DailyChanges = BTreeMap<(i64, Date), Decimal>;

/// What verification asks of the server. Lists of entities restrict a query to them; an empty one does not.
pub(super) struct Server<'a> {
    client: &'a Client,
    /// The number of questions asked so far.
    pub(super) queries: u64,
    /// What may be asked again.
    totals: BTreeMap<(Date, Vec<i64>), Arc<Totals>>,
    accounts: Option<Arc<BTreeMap<i64, Account>>>,
}

/// A ledger account.
pub(super) struct Account {
    /// Its number and name.
    pub(super) name: String,
    /// Its subtype, such as `ACCOUNTS_RECEIVABLE`.
    pub(super) subtype: String,
}

/// Which ledger lines to read.
#[derive(Clone, Debug)]
pub(super) struct LineQuery {
    pub(super) account: Option<i64>,
    pub(super) days: Days,
    pub(super) entities: Vec<i64>,
}

/// When lines were changed for the last time, the first and the last moment included.
#[derive(Clone, Copy, Debug)]
pub(super) struct Changed {
    pub(super) from: Timestamp,
    /// `None` if there is no end.
    pub(super) to: Option<Timestamp>,
}

/// Statements and lists of the general ledger.
impl<'a> Server<'a> {
    pub(super) fn new(client: &'a Client) -> Self {
        Server { client, queries: 0, totals: BTreeMap::new(), accounts: None }
    }

    /// Returns the ids of the entities that the key may see.
    pub(super) async fn entities(&mut self) -> Result<Vec<i64>, Error> {
        self.queries += 1;
        let entities = self.client.entities().list().include_inactive(true).all().await?;
        Ok(entities.into_iter().map(|entity| entity.id.get()).collect())
    }

    /// Returns the chart of accounts.
    pub(super) async fn accounts(&mut self) -> Result<Arc<BTreeMap<i64, Account>>, Error> {
        if let Some(accounts) = &self.accounts {
            return Ok(accounts.clone());
        }
        self.queries += 1;
        let mut accounts = BTreeMap::new();
        let mut list = self.client.accounts().list().page_size(PAGE).stream();
        while let Some(account) = list.try_next().await? {
            let name = account.name_and_number.or(account.name).unwrap_or_else(|| account.id.to_string());
            let subtype = account.account_subtype.map(|subtype| subtype.as_str().to_owned()).unwrap_or_default();
            accounts.insert(account.id.get(), Account { name, subtype });
        }
        let accounts = Arc::new(accounts);
        self.accounts = Some(accounts.clone());
        Ok(accounts)
    }

    /// Returns the sums of all lines up to a day: the trial balance.
    pub(super) async fn totals(&mut self, through: Date, entities: &[i64]) -> Result<Arc<Totals>, Error> {
        let key = (through, entities.to_vec());
        if let Some(totals) = self.totals.get(&key) {
            return Ok(totals.clone());
        }
        self.queries += 1;
        // From the first day on, so that income accounts count from the beginning as the others do.
        let mut call = self.client.statements().trial_balance().start_date(Days::all().from).end_date(through);
        if !entities.is_empty() {
            call = call.entity(entities);
        }
        let accounts = call.await?.into_inner().trial_balance.and_then(|data| data.accounts).unwrap_or_default();
        let mut totals: Totals = accounts.iter().filter_map(account_sides).collect();
        totals.retain(|_, sides| !sides.is_zero());
        let totals = Arc::new(totals);
        self.totals.insert(key, totals.clone());
        Ok(totals)
    }

    /// Forgets the sums, because the server may have changed since they were read.
    pub(super) fn forget_totals(&mut self) {
        self.totals.clear();
    }

    /// Returns the sums of some days.
    pub(super) async fn activity(&mut self, days: Days, entities: &[i64]) -> Result<Totals, Error> {
        let mut sums = (*self.totals(days.to, entities).await?).clone();
        let before = days.from.pred_opt().filter(|_| days.from > Days::all().from);
        let Some(before) = before else { return Ok(sums) };
        for (account, sides) in self.totals(before, entities).await?.iter() {
            let sum = sums.entry(*account).or_default();
            *sum = sum.minus(*sides)?;
        }
        Ok(sums)
    }

    /// Returns the changes on each day by the daily statements, or `None` if these cannot be read.
    pub(super) async fn daily(&mut self, days: Days, entities: &[i64]) -> Result<Option<DailyChanges>, Error> {
        let Some(before) = days.from.pred_opt() else { return Ok(None) };
        self.queries += 2;
        let (daily, statements) = (Cadence::from("daily"), self.client.statements());
        let mut balances = statements.balance_sheet().start_date(before).end_date(days.to).cadence(daily.clone());
        let mut income = statements.income_statement().start_date(days.from).end_date(days.to).cadence(daily);
        if !entities.is_empty() {
            (balances, income) = (balances.entity(entities), income.entity(entities));
        }
        let (balances, income) = (balances.await?.into_inner(), income.await?.into_inner());
        let balances = by_day(balances.rows(), &balances.columns());
        let income = by_day(income.rows(), &income.columns());
        let (Some(balances), Some(income)) = (balances, income) else { return Ok(None) };
        let mut changes = DailyChanges::new();
        for (account, balances) in balances {
            let mut previous = balances.get(&before).copied().unwrap_or_default();
            for (day, balance) in balances.range(days.from..) {
                let Some(change) = balance.checked_sub(previous) else { return Ok(None) };
                changes.insert((account, *day), change);
                previous = *balance;
            }
        }
        for (account, amounts) in income {
            changes.extend(amounts.into_iter().map(|(day, change)| ((account, day), change)));
        }
        Ok(Some(changes))
    }

    /// Returns the number of lines, or `None` if the server does not say.
    pub(super) async fn count(&mut self, query: &LineQuery) -> Result<Option<u64>, Error> {
        self.queries += 1;
        Ok(number(lines(self.client, query).count().await?))
    }

    /// Returns ledger lines.
    pub(super) async fn lines(&mut self, query: &LineQuery) -> Result<Vec<Line>, Error> {
        self.queries += 1;
        read(lines(self.client, query).page_size(PAGE).rejected_records(RejectedRecords::Fail).stream(), Line::read)
            .await
    }

    /// Returns the number of lines that were changed for the last time then, or `None` if the server does not say.
    pub(super) async fn changed_count(&mut self, changed: Changed, entities: &[i64]) -> Result<Option<u64>, Error> {
        self.queries += 1;
        Ok(number(changed_lines(self.client, changed, entities).count().await?))
    }

    /// Returns the lines that were changed for the last time then.
    pub(super) async fn changed(&mut self, changed: Changed, entities: &[i64]) -> Result<Vec<Line>, Error> {
        self.queries += 1;
        let list = changed_lines(self.client, changed, entities).page_size(PAGE);
        read(list.rejected_records(RejectedRecords::Fail).stream(), Line::read).await
    }

    /// Returns a ledger line, or `None` if there is none with this id.
    pub(super) async fn line(&mut self, id: i64) -> Result<Option<Line>, Error> {
        self.queries += 1;
        let Some(record) = found(self.client.transactions().retrieve(id).await)? else { return Ok(None) };
        if record.is_deleted == Some(true) {
            return Ok(None);
        }
        Line::read(&json(&record)?).map(Some)
    }

    /// Returns the lines of a journal entry; none if there is none with this id.
    pub(super) async fn entry(&mut self, id: i64) -> Result<Vec<Line>, Error> {
        self.queries += 1;
        let Some(entry) = found(self.client.journal_entries().retrieve(id).await)? else { return Ok(Vec::new()) };
        entry.transactions.iter().flatten().map(|line| Line::read(&json(line)?)).collect()
    }

    /// Returns the lines of the journal entries of some days that touch an account, read through the entries instead of the
    /// list of lines. The entities of the query do not restrict it.
    pub(super) async fn entries(&mut self, query: &LineQuery) -> Result<Vec<Line>, Error> {
        self.queries += 1;
        let mut list = self.client.journal_entries().list().start_date(query.days.from).end_date(query.days.to);
        if let Some(account) = query.account {
            list = list.account([account]);
        }
        let mut lines = Vec::new();
        let mut entries = list.page_size(PAGE).rejected_records(RejectedRecords::Fail).stream();
        while let Some(entry) = entries.try_next().await? {
            for line in entry.transactions.iter().flatten() {
                lines.push(Line::read(&json(line)?)?);
            }
        }
        Ok(lines)
    }

    /// Returns the ids of the lines that were deleted at a time or later.
    pub(super) async fn deleted_since(&mut self, time: Timestamp) -> Result<BTreeSet<i64>, Error> {
        self.queries += 1;
        let list = self.client.transactions().list().all_time(true).include_deleted(true).last_modified_at_gte(time);
        let mut records = list.page_size(PAGE).stream();
        let mut ids = BTreeSet::new();
        while let Some(record) = records.try_next().await? {
            ids.insert(record.id.get());
        }
        Ok(ids)
    }
}

/// Invoices, bills and memos.
impl Server<'_> {
    /// Returns the number of documents, or `None` if the server does not say.
    pub(super) async fn document_count(
        &mut self,
        kind: DocumentKind,
        days: Option<Days>,
        entities: &[i64],
    ) -> Result<Option<u64>, Error> {
        self.queries += 1;
        let count = match kind {
            DocumentKind::Invoice => invoices(self.client, days, entities).count().await?,
            DocumentKind::CreditMemo => credit_memos(self.client, days, entities).count().await?,
            DocumentKind::Bill => bills(self.client, days, entities).count().await?,
            // The list of debit memos has no filters.
            DocumentKind::DebitMemo if days.is_none() && entities.is_empty() => {
                self.client.debit_memos().list().count().await?
            }
            DocumentKind::DebitMemo => None,
        };
        Ok(number(count))
    }

    /// Returns the documents of some days, or all that are open.
    pub(super) async fn documents(
        &mut self,
        kind: DocumentKind,
        days: Option<Days>,
        entities: &[i64],
    ) -> Result<Vec<Document>, Error> {
        self.queries += 1;
        let (client, is_open, fail) = (self.client, days.is_none(), RejectedRecords::Fail);
        let document = |record: &Json| Document::read(kind, record);
        match kind {
            DocumentKind::Invoice => {
                let list = invoices(client, days, entities).page_size(PAGE).rejected_records(fail);
                let unpaid = InvoiceStatusFilter::from("unpaid");
                read(if is_open { list.status(unpaid) } else { list }.stream(), document).await
            }
            DocumentKind::Bill => {
                let list = bills(client, days, entities).page_size(PAGE).rejected_records(fail);
                let unpaid = BillStatusFilter::from("unpaid");
                read(if is_open { list.status(unpaid) } else { list }.stream(), document).await
            }
            DocumentKind::CreditMemo => {
                let list = || credit_memos(client, days, entities).page_size(PAGE).rejected_records(fail);
                if !is_open {
                    return read(list().stream(), document).await;
                }
                let mut memos = read(list().status(MemoStatus::from("open")).stream(), document).await?;
                memos.extend(read(list().status(MemoStatus::from("partially_used")).stream(), document).await?);
                Ok(memos)
            }
            DocumentKind::DebitMemo => {
                read(client.debit_memos().list().page_size(PAGE).rejected_records(fail).stream(), document).await
            }
        }
    }

    /// Returns a document, or `None` if there is none with this id.
    pub(super) async fn document(&mut self, kind: DocumentKind, id: i64) -> Result<Option<Document>, Error> {
        self.queries += 1;
        let record = match kind {
            DocumentKind::Invoice => found(self.client.invoices().retrieve(id).await)?.map(|record| json(&record)),
            DocumentKind::CreditMemo => {
                found(self.client.credit_memos().retrieve(id).await)?.map(|record| json(&record))
            }
            DocumentKind::Bill => found(self.client.bills().retrieve(id).await)?.map(|record| json(&record)),
            DocumentKind::DebitMemo => found(self.client.debit_memos().retrieve(id).await)?.map(|record| json(&record)),
        };
        record.transpose()?.map(|record| Document::read(kind, &record)).transpose()
    }
}

/// Returns the id of an account and its sums, unless the row is computed, such as retained earnings.
fn account_sides(row: &TrialBalanceAccount) -> Option<(i64, Sides)> {
    let id = account_id(row.id.as_ref()?)?;
    let TrialBalanceAccountBalance { debits, credits, .. } = row.balances.as_ref()?;
    Some((id, Sides { debits: debits.unwrap_or_default(), credits: credits.unwrap_or_default() }))
}

/// Returns the id of an account, which statements send as a number or as text.
fn account_id(id: &Json) -> Option<i64> {
    id.as_i64().or_else(|| id.as_str()?.parse().ok())
}

/// Returns the amounts of each account by day, or `None` if the statement has rows and none of its columns is a day. Rows that
/// are computed from others have no account.
fn by_day(rows: &[StatementRow], columns: &[Column]) -> Option<Vec<(i64, BTreeMap<Date, Decimal>)>> {
    let totals = columns.iter().filter(|column| column.is_total());
    let days: Vec<(Date, &Column)> = totals.filter_map(|column| Some((column.date?, column))).collect();
    if days.is_empty() && !rows.is_empty() {
        return None;
    }
    let amounts =
        |row: &StatementRow| days.iter().filter_map(|(day, column)| Some((*day, row.amount(column)?))).collect();
    Some(rows.iter().filter_map(|row| Some((account_id(row.account_id.as_ref()?)?, amounts(row)))).collect())
}

fn lines(client: &Client, query: &LineQuery) -> api::transactions::List {
    let mut list = client.transactions().list().start_date(query.days.from).end_date(query.days.to);
    if let Some(account) = query.account {
        list = list.account([account]);
    }
    if query.entities.is_empty() { list } else { list.entity(&query.entities) }
}

fn changed_lines(client: &Client, changed: Changed, entities: &[i64]) -> api::transactions::List {
    let mut list = client.transactions().list().all_time(true).last_modified_at_gte(changed.from);
    if let Some(to) = changed.to {
        list = list.last_modified_at_lte(to);
    }
    if entities.is_empty() { list } else { list.entity(entities) }
}

fn invoices(client: &Client, days: Option<Days>, entities: &[i64]) -> api::invoices::List {
    let mut list = client.invoices().list();
    if let Some(Days { from, to }) = days {
        list = list.start_date(from.to_string()).end_date(to.to_string());
    }
    if entities.is_empty() { list } else { list.entity(entities) }
}

fn credit_memos(client: &Client, days: Option<Days>, entities: &[i64]) -> api::credit_memos::List {
    let mut list = client.credit_memos().list();
    if let Some(Days { from, to }) = days {
        list = list.start_date(from.to_string()).end_date(to.to_string());
    }
    if entities.is_empty() { list } else { list.entity(entities) }
}

fn bills(client: &Client, days: Option<Days>, entities: &[i64]) -> api::bills::List {
    let mut list = client.bills().list();
    if let Some(Days { from, to }) = days {
        list = list.start_date(from).end_date(to);
    }
    if entities.is_empty() { list } else { list.entity(entities) }
}

fn number(count: Option<i64>) -> Option<u64> {
    count.and_then(|count| u64::try_from(count).ok())
}

/// Reads the records of a list.
async fn read<T, R>(
    mut list: campfire::RecordStream<T>,
    record: impl Fn(&Json) -> Result<R, Error>,
) -> Result<Vec<R>, Error>
where
    T: Serialize + Send + Unpin + 'static,
{
    let mut records = Vec::new();
    while let Some(next) = list.try_next().await? {
        records.push(record(&json(&next)?)?);
    }
    Ok(records)
}

/// Returns a record as JSON, with the digits that the server sent.
fn json(record: &impl Serialize) -> Result<Json, Error> {
    let text =
        serde_json::to_string(record).map_err(|error| Error::copy(format!("a record cannot be written: {error}")))?;
    text.parse().map_err(|error| Error::copy(format!("a record cannot be read: {error}")))
}

/// Returns a record, or `None` if the server has none with this id.
fn found<T>(response: Result<campfire::Response<T>, campfire::Error>) -> Result<Option<T>, Error> {
    match response {
        Ok(response) => Ok(Some(response.into_inner())),
        Err(campfire::Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
