//! Looks in the lists of the API which records exist.

use std::collections::{BTreeMap, HashMap};

use campfire::operations::{Retry, UntypedCall};
use campfire::{Client, ClientKey, Date, Decimal, Error, Json};

use crate::call;
use crate::create;
use crate::intent::{Claim, Outcome};
use crate::machine::{Event, Millis, NEVER};
use crate::marker;

/// The page size of lists that have pages.
const PAGE_SIZE: i64 = 500;
/// Up to this many keys are looked up one by one, if the list has a filter for them.
const FEW: usize = 8;

/// The server rounds no number to fewer decimals than these.
const CENTS: u32 = 2;

/// A list, and the field that has the keys.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct List {
    operation: &'static str,
    /// The ids of the path, as a JSON array.
    ids: String,
    field: &'static str,
    is_id: bool,
}

/// The records with the wanted keys.
type Found = HashMap<String, Vec<Json>>;

/// Reads the lists that show the records of these claims, each list once. `now` is a time before the reading. Also returns why a
/// list could not be read.
pub(crate) async fn look(client: &Client, claims: Vec<Claim>, now: Millis) -> (Vec<Outcome>, Option<Error>) {
    let (mut outcomes, mut trouble) = (Vec::new(), None);
    let mut lists: BTreeMap<List, Vec<Claim>> = BTreeMap::new();
    for claim in claims {
        match place(client, &claim) {
            Ok(list) => lists.entry(list).or_default().push(claim),
            Err(event) => outcomes.push(claim.outcome(event)),
        }
    }
    for (list, claims) in lists {
        let keys = claims.iter().map(|claim| claim.intent.key.as_str()).collect::<Vec<_>>();
        match list.find(client, &keys).await {
            Ok(found) => outcomes.extend(claims.iter().map(|claim| claim.outcome(verdict(client, claim, &found, now)))),
            // There is no such list, because a record that the path names does not exist.
            Err(Error::NotFound(error)) => {
                outcomes.extend(claims.iter().map(|claim| claim.outcome(without_list(claim, &error, now))));
            }
            Err(error) => {
                let why = error.to_string();
                outcomes.extend(claims.iter().map(|claim| claim.outcome(Event::Unread(why.clone()))));
                trouble = Some(error);
            }
        }
    }
    (outcomes, trouble)
}

/// Returns the list that shows the record of a claim, or what follows if there is none.
fn place(client: &Client, claim: &Claim) -> Result<List, Event> {
    let undecidable = |why: &dyn std::fmt::Display| Event::Undecidable(why.to_string());
    let request = &claim.intent.request;
    let call = client.operation(&request.operation).map_err(|error| undecidable(&error))?;
    let (field, list) = match (call.client_key(), call.operation().read_back) {
        (Some(field), Some(list)) => (field, list),
        _ if call.operation().retry == Retry::Keyed => return Err(Event::Repeatable),
        (_, Some(list)) => {
            let why = format!("the records of `{}` have no field for a key; check with `{list}`", request.operation);
            return Err(Event::Undecidable(why));
        }
        _ => return Err(undecidable(&"no list shows whether the request was processed")),
    };
    let mut ids = request.ids.parse::<Json>().map_err(|error| undecidable(&error))?;
    create::fill_in(&mut ids, &claim.records).map_err(|error| undecidable(&error))?;
    let is_id = matches!(field, ClientKey::Id(_));
    Ok(List { operation: list, ids: ids.to_string(), field: field.field(), is_id })
}

/// Returns what follows if there is no list. A create that was never sent may be: its refusal says what is wrong. For others, it
/// proves nothing, as a gateway may have said so.
fn without_list(claim: &Claim, error: &dyn std::fmt::Display, now: Millis) -> Event {
    if claim.intent.state.dead == NEVER { Event::Absent(now) } else { Event::Undecidable(error.to_string()) }
}

fn verdict(client: &Client, claim: &Claim, found: &Found, now: Millis) -> Event {
    match found.get(&claim.intent.key).map(Vec::as_slice) {
        Some([record]) => match foreign(claim, record) {
            Some(difference) => Event::Undecidable(difference),
            None => Event::Seen(call::record_id(record)),
        },
        Some(records) if !records.is_empty() => {
            let ids: Vec<String> = records.iter().filter_map(call::record_id).collect();
            Event::Undecidable(format!("{} records have this key: {}", records.len(), ids.join(", ")))
        }
        _ => match client.operation(&claim.intent.request.operation) {
            Ok(call) if call.operation().retry == Retry::Keyed => Event::Repeatable,
            _ => Event::Absent(now),
        },
    }
}

/// Returns why a record is not that of a claim, although it has its key: another import may have used the same keys.
fn foreign(claim: &Claim, record: &Json) -> Option<String> {
    let body = claim.intent.request.body.parse::<Json>().ok()?;
    let field = body.as_object()?.iter().find_map(|(field, planned)| {
        let own = record.get(field)?;
        is_other(planned, own).then(|| format!("its `{field}` is {own}, not {planned}"))
    })?;
    let id = call::record_id(record).unwrap_or_default();
    Some(format!("the record {id} has this key, and was not made by this plan: {field}"))
}

/// Returns `true` if two values certainly differ. The server may have rounded a number. Texts do not count, because the one of the
/// record may have the key in it, and the server may have edited it.
fn is_other(planned: &Json, own: &Json) -> bool {
    let number = |value: &Json| match value {
        Json::Number(number) => number.as_decimal(),
        Json::String(text) => text.parse::<Decimal>().ok(),
        _ => None,
    };
    let date = |value: &Json| value.as_str().and_then(|text| text.get(..10)?.parse::<Date>().ok());
    match (planned, own) {
        (Json::Bool(planned), Json::Bool(own)) => planned != own,
        _ => match (number(planned), number(own)) {
            (Some(planned), Some(own)) if own.scale() >= CENTS => planned.round(own.scale()) != own,
            (Some(planned), Some(own)) => planned != own,
            _ => matches!((date(planned), date(own)), (Some(planned), Some(own)) if planned != own),
        },
    }
}

impl List {
    fn call(&self, client: &Client) -> Result<UntypedCall, Error> {
        let mut call = client.operation(self.operation)?;
        let names: Vec<&str> = call.operation().path_parameters.iter().map(|parameter| parameter.name).collect();
        let ids = self.ids.parse::<Json>().unwrap_or(Json::Null);
        for (name, id) in names.into_iter().zip(ids.as_array().unwrap_or_default()) {
            call = call.parameter(name, id.clone());
        }
        let has_pages = call.operation().query.iter().any(|parameter| parameter.name == "limit");
        Ok(if has_pages { call.parameter("limit", PAGE_SIZE) } else { call })
    }

    /// Returns the records with one of these keys.
    async fn find(&self, client: &Client, keys: &[&str]) -> Result<Found, Error> {
        let call = self.call(client)?;
        let mut found = Found::new();
        let has_filter = self.is_id && call.operation().query.iter().any(|parameter| parameter.name == self.field);
        if has_filter && keys.len() <= FEW {
            for key in keys {
                self.read(call.clone().parameter(self.field, *key), keys, &mut found).await?;
            }
        } else {
            self.read(call, keys, &mut found).await?;
        }
        Ok(found)
    }

    async fn read(&self, call: UntypedCall, keys: &[&str], found: &mut Found) -> Result<(), Error> {
        let wanted: std::collections::HashSet<&str> = keys.iter().copied().collect();
        let field = if self.is_id { ClientKey::Id(self.field) } else { ClientKey::Marker(self.field) };
        let mut records = call.stream();
        while let Some(record) = records.try_next().await? {
            let text = record.get(self.field).and_then(Json::as_str).unwrap_or_default();
            let key = marker::key_in(field, text).filter(|key| wanted.contains(key)).map(str::to_owned);
            if let Some(key) = key {
                found.entry(key).or_default().push(record);
            }
        }
        Ok(())
    }
}
