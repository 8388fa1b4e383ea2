//! Events, and the log of their deliveries.

use std::time::Duration;

use campfire_values::{Json, JsonObject};

use crate::state::fields::Fields;
use crate::state::record::{Record, Seconds, server_time};
use crate::state::store::Store;

pub(crate) const WEBHOOKS: &str = "webhooks";

/// The log of deliveries. No operation has this resource; `webhooks.events` shows its records.
pub(crate) const EVENTS: &str = "webhook_events";

const PENDING: &str = "pending";

/// The waits before each further attempt, by the clock of the tenant. After the last one, the event has failed.
const BACKOFF: [Duration; 4] =
    [Duration::from_secs(60), Duration::from_secs(240), Duration::from_secs(960), Duration::from_secs(3_840)];

/// An attempt to deliver an event.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    pub(super) url: String,
    pub(super) topic: String,
    pub(super) token: String,
    pub(super) body: String,
}

/// Sets the secrets of a new webhook.
pub(crate) fn complete(store: &mut Store, webhook: i64) {
    for name in ["uuid", "token"] {
        let value = store.new_uuid();
        store.set(WEBHOOKS, webhook, name, value);
    }
}

/// Logs an event for every active webhook that subscribes to its topic.
pub(crate) fn record(store: &mut Store, topic: &str, object: &Json) {
    let subscribers: Vec<(i64, Json)> = store
        .live(WEBHOOKS)
        .filter(|(_, webhook)| subscribes(&webhook.fields, topic))
        .map(|(id, webhook)| (id, webhook.fields.value("url")))
        .collect();
    let now = store.now();
    for (webhook, url) in subscribers {
        let mut event = Fields::default();
        event.set("webhook", webhook);
        event.set("topic", topic);
        event.set("object", object.clone());
        event.set("url", url);
        event.set("status", PENDING);
        event.set_next_attempt(Some(now));
        store.add(EVENTS, event);
    }
}

fn subscribes(webhook: &Fields, topic: &str) -> bool {
    let topics = webhook.items("topics");
    let is_named = |item: &Json| item.get("name").and_then(Json::as_str) == Some(topic);
    is_active(webhook) && (topics.is_empty() || topics.iter().any(is_named))
}

/// Returns the events of a webhook, oldest first.
pub(crate) fn of(store: &Store, webhook: i64) -> Vec<i64> {
    let events = store.live(EVENTS).filter(|(_, event)| event.fields.integer("webhook") == Some(webhook));
    events.map(|(id, _)| id).collect()
}

/// Returns the time of the next attempt.
pub(super) fn next_time(store: &Store) -> Option<Seconds> {
    waiting(store).map(|(time, _)| time).min()
}

/// Returns the events that wait for an attempt, with its time. While a webhook is paused, its events wait without one.
fn waiting(store: &Store) -> impl Iterator<Item = (Seconds, i64)> {
    let events = store.live(EVENTS).filter_map(|(id, event)| Some((event.fields.next_attempt()?, id, event)));
    let is_active = |event: &Record| webhook(store, event).is_some_and(|webhook| is_active(&webhook.fields));
    events.filter(move |(_, _, event)| is_active(event)).map(|(time, id, _)| (time, id))
}

/// Returns the webhook of an event.
fn webhook<'s>(store: &'s Store, event: &Record) -> Option<&'s Record> {
    store.get(WEBHOOKS, event.fields.integer("webhook")?)
}

fn is_active(webhook: &Fields) -> bool {
    webhook.get("active").and_then(Json::as_bool) == Some(true)
}

/// Returns the events with an attempt that is due, the earliest first.
pub(super) fn due(store: &Store) -> Vec<i64> {
    let mut due: Vec<(Seconds, i64)> = waiting(store).filter(|(time, _)| *time <= store.now()).collect();
    due.sort_unstable();
    due.into_iter().map(|(_, id)| id).collect()
}

/// Returns the attempt of an event, unless its webhook has been paused or deleted in the meantime.
pub(super) fn attempt(store: &Store, id: i64) -> Option<Attempt> {
    let record = store.get(EVENTS, id)?;
    let webhook = webhook(store, record).filter(|webhook| is_active(&webhook.fields))?;
    let text = |name: &str| record.fields.text(name).unwrap_or_default().to_owned();
    let token = webhook.fields.text("token").unwrap_or_default();
    let body = Json::Object(JsonObject::from([
        ("id".to_owned(), Json::from(id)),
        ("webhook".to_owned(), record.fields.value("webhook")),
        ("topic".to_owned(), record.fields.value("topic")),
        ("object".to_owned(), record.fields.value("object")),
        ("created_at".to_owned(), server_time(record.created)),
    ]));
    let (url, topic) = (text("url"), text("topic"));
    Some(Attempt { url, topic, token: token.to_owned(), body: body.to_string() })
}

/// Logs the outcome of an attempt. A failed one is repeated later, unless it was the last.
pub(super) fn finish(store: &mut Store, event: i64, outcome: Result<u16, String>) {
    let Some(attempts) = store.get(EVENTS, event).map(|event| event.fields.attempts()) else { return };
    let is_delivered = outcome.as_ref().is_ok_and(|status| (200..300).contains(status));
    let wait = usize::try_from(attempts).ok().and_then(|attempts| BACKOFF.get(attempts)).filter(|_| !is_delivered);
    let next = wait.map(|wait| store.now().saturating_add(wait.as_secs().cast_signed()));
    let http = match outcome {
        Ok(status) => ("status", Json::from(i64::from(status))),
        Err(error) => ("error", Json::from(error)),
    };
    let attempts = attempts + 1;
    let http = JsonObject::from([(http.0.to_owned(), http.1), ("attempts".to_owned(), Json::from(attempts))]);
    let status = match (is_delivered, next) {
        (true, _) => "delivered",
        (false, Some(_)) => PENDING,
        (false, None) => "failed",
    };
    store.change(EVENTS, event, |record| {
        record.fields.set("status", status);
        record.fields.set("http", Json::Object(http));
        record.fields.set_attempts(attempts);
        record.fields.set_next_attempt(next);
    });
}
