//! Reading what a write concerns.

use std::collections::{BTreeSet, VecDeque};

use campfire::operations::{self, Operation, Response, Type};
use campfire::{Client, Json};

use crate::links;
use crate::options::Options;
use crate::refusal::Refusal;
use crate::request::Request;

/// Resources without which nothing can be posted. They are copied as a whole.
const MASTER_DATA: [&str; 2] = ["accounts", "entities"];

/// The settings that name the accounts of postings.
const SETTINGS: &str = "account_settings";

/// Resources whose records decide what is posted. Links to them are followed from record to record.
const POSTED: [&str; 7] =
    ["bills", "credit_memos", "debit_memos", "invoices", "journal_entries", "products", "transactions"];

/// The records that a write concerns.
#[derive(Default)]
pub(crate) struct Copy {
    /// Each record with its resource.
    pub(crate) records: Vec<(String, Json)>,
    /// Records that the request names, and that cannot be read: `vendors 42`, and why.
    pub(crate) missing: Vec<String>,
    /// What may be incomplete.
    pub(crate) left_out: Vec<String>,
}

/// Reads the records that a write concerns: the chart of accounts, the records that the request names, and those that decide
/// what is posted.
///
/// # Errors
/// If the server fails. Records that do not exist, or that the key may not see, are noted.
pub(crate) async fn read(client: &Client, request: &Request, options: &Options) -> Result<Copy, Refusal> {
    let mut reader = Reader { client, options, copy: Copy::default(), seen: BTreeSet::new(), queue: VecDeque::new() };
    for resource in MASTER_DATA {
        reader.list(resource).await?;
    }
    reader.settings().await?;
    reader.subjects(request).await?;
    reader.named(request);
    while let Some(next) = reader.queue.pop_front() {
        reader.follow(next).await?;
    }
    Ok(reader.copy)
}

/// A record to be read.
struct Next {
    resource: &'static str,
    id: i64,
    /// `true` if the request names it.
    is_named: bool,
}

struct Reader<'a> {
    client: &'a Client,
    options: &'a Options,
    copy: Copy,
    seen: BTreeSet<(String, i64)>,
    queue: VecDeque<Next>,
}

impl Reader<'_> {
    async fn list(&mut self, resource: &'static str) -> Result<(), Refusal> {
        let Some(operation) = operations::get(&format!("{resource}.list")) else { return Ok(()) };
        let most = u64::try_from(self.options.max_copied_accounts).unwrap_or(u64::MAX);
        let mut records = self.client.operation(operation.id)?.max_items(most.saturating_add(1)).stream();
        let mut count = 0;
        loop {
            match records.try_next().await {
                Ok(Some(_)) if count == most => {
                    self.copy.left_out.push(format!("{resource} beyond the first {most}"));
                    break;
                }
                Ok(Some(record)) => {
                    count += 1;
                    self.add(resource, record);
                }
                Ok(None) => break,
                Err(error) if is_withheld(&error) => {
                    self.copy.left_out.push(format!("{resource}: {error}"));
                    break;
                }
                Err(error) => return Err(unreadable(error)),
            }
        }
        Ok(())
    }

    async fn settings(&mut self) -> Result<(), Refusal> {
        let Some(operation) = operations::get(&format!("{SETTINGS}.retrieve")) else { return Ok(()) };
        match self.client.operation(operation.id)?.send().await {
            Ok(settings) => self.add(SETTINGS, settings.into_inner()),
            Err(error) if is_withheld(&error) => self.copy.left_out.push(format!("{SETTINGS}: {error}")),
            Err(error) => return Err(unreadable(error)),
        }
        Ok(())
    }

    /// Reads the records that the path names, each below those before it.
    async fn subjects(&mut self, request: &Request) -> Result<(), Refusal> {
        let operation = &request.operation;
        let resource = operation.id.rsplit_once('.').map_or(operation.id, |(resource, _)| resource);
        let names: Vec<&str> = resource.split('.').collect();
        let mut ids = Vec::new();
        for (position, parameter) in operation.path_parameters.iter().enumerate() {
            let value = request.parameters.iter().find(|(name, _)| parameter.is_called(name)).map(|(_, value)| value);
            let Some(id) = value.and_then(id_in) else { break };
            ids.push(id);
            let Some(names) = names.get(..=position) else { break };
            let Some(retrieve) = operations::get(&format!("{}.retrieve", names.join("."))) else { continue };
            if retrieve.path_parameters.len() == ids.len() {
                self.retrieve(&names.join("."), &retrieve, &ids, true).await?;
            }
        }
        Ok(())
    }

    /// Notes the records that the parameters and the body name.
    fn named(&mut self, request: &Request) {
        for parameter in &request.operation.query {
            let value = request.parameters.iter().find(|(name, _)| parameter.is_called(name)).map(|(_, value)| value);
            if let (Some(resource), Some(id)) = (parameter.references, value.and_then(id_in)) {
                self.queue.push_back(Next { resource, id, is_named: true });
            }
        }
        if let (Some(described), Some(body)) = (&request.operation.body, &request.body) {
            for link in links::all(&described.ty, body) {
                self.queue.push_back(Next { resource: link.resource, id: link.id, is_named: true });
            }
        }
    }

    async fn follow(&mut self, next: Next) -> Result<(), Refusal> {
        let Next { resource, id, is_named } = next;
        if self.seen.contains(&(resource.to_owned(), id)) || !links::is_retrievable(resource) {
            return Ok(());
        }
        match operations::get(&format!("{resource}.retrieve")) {
            Some(retrieve) => self.retrieve(resource, &retrieve, &[id], is_named).await,
            None => Ok(()),
        }
    }

    async fn retrieve(
        &mut self,
        resource: &str,
        operation: &Operation<'static>,
        ids: &[i64],
        is_named: bool,
    ) -> Result<(), Refusal> {
        let Some(id) = ids.last() else { return Ok(()) };
        if !self.seen.insert((resource.to_owned(), *id)) {
            return Ok(());
        }
        if self.copy.records.len() >= self.limit() {
            self.copy.left_out.push(format!("{resource} {id}: more than {} records", self.options.max_copied_records));
            return Ok(());
        }
        let mut call = self.client.operation(operation.id)?;
        for (parameter, id) in operation.path_parameters.iter().zip(ids) {
            call = call.parameter(parameter.name, *id);
        }
        match call.send().await {
            Ok(record) => {
                let record = record.into_inner();
                if let Response::Json(ty) = &operation.response {
                    self.note_links(ty, &record);
                }
                self.add(resource, record);
            }
            Err(error) if is_withheld(&error) && is_named => {
                self.copy.missing.push(format!("{resource} {id}: {error}"))
            }
            Err(error) if is_withheld(&error) => self.copy.left_out.push(format!("{resource} {id}: {error}")),
            Err(error) => return Err(unreadable(error)),
        }
        Ok(())
    }

    fn note_links(&mut self, ty: &Type<'static>, record: &Json) {
        for link in links::all(ty, record).into_iter().filter(|link| POSTED.contains(&link.resource)) {
            self.queue.push_back(Next { resource: link.resource, id: link.id, is_named: false });
        }
    }

    fn add(&mut self, resource: &str, record: Json) {
        if let Some(id) = record["id"].as_i64() {
            self.seen.insert((resource.to_owned(), id));
        }
        self.copy.records.push((resource.to_owned(), record));
    }

    /// Returns the most records, with those of the chart of accounts.
    fn limit(&self) -> usize {
        let is_master = |(resource, _): &&(String, Json)| MASTER_DATA.contains(&resource.as_str());
        self.copy.records.iter().filter(is_master).count().saturating_add(self.options.max_copied_records)
    }
}

/// Returns an id, which may be written as text.
fn id_in(value: &Json) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// Returns `true` if the server does not show a record.
fn is_withheld(error: &campfire::Error) -> bool {
    matches!(error, campfire::Error::NotFound(_) | campfire::Error::Permission(_))
}

fn unreadable(error: campfire::Error) -> Refusal {
    Refusal::new(format!("no preview: the records that the write concerns cannot be read: {error}"))
}
