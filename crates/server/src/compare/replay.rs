//! Replaying a session against a sandbox.

use std::path::Path;

use anyhow::Result;
use campfire_sandbox::Sandbox;
use campfire_sandbox_model::{Operation, Response, Type};
use campfire_values::Json;

use crate::compare::adoption;
use crate::compare::class::{DOCUMENTED_OFFSET, LIVE_OFFSET};
use crate::compare::difference::Differences;
use crate::compare::ids::{self, Ids};
use crate::compare::report::Report;
use crate::compare::request::{Client, Reply};
use crate::compare::walk::Walk;
use crate::model::api::Api;
use crate::model::route::{self, Route};
use crate::model::whole::Whole;
use crate::options::Face;
use crate::session::exchange::{self, Content, Exchange};

/// Replays a session, and returns the differences.
///
/// # Errors
/// If the session cannot be read, or the sandbox cannot be started.
pub(crate) async fn run(api: &Api, session: &Path, face: Face) -> Result<Report> {
    let exchanges = exchange::read(session)?;
    let builder = Sandbox::<Whole>::builder().response_style(face.style()).allow_unmodelled(true);
    let sandbox = builder.start().await?;
    sandbox.freeze(true);
    if let Some(first) = exchanges.first() {
        sandbox.set_time(first.time);
    }
    sandbox.adopt(&adoption::records(api, &exchanges))?;
    let client = Client::new(api, sandbox.url(), &sandbox.key())?;
    let mut replay = Replay {
        api,
        client,
        ids: Ids::default(),
        report: Report::new(session, Differences::default()),
        sandbox: &sandbox,
        offset: match face {
            Face::Live => LIVE_OFFSET,
            Face::Documented => DOCUMENTED_OFFSET,
        },
    };
    for (index, exchange) in exchanges.iter().enumerate() {
        replay.exchange(index + 1, exchange).await?;
    }
    Ok(replay.report)
}

struct Replay<'a> {
    api: &'a Api,
    sandbox: &'a Sandbox<Whole>,
    client: Client,
    ids: Ids,
    report: Report,
    offset: &'static str,
}

impl Replay<'_> {
    async fn exchange(&mut self, number: usize, exchange: &Exchange) -> Result<()> {
        let at = format!("request {number}, {} {}", exchange.method, exchange.path);
        let Some(route) = route::find(self.api, &exchange.method, &exchange.path) else {
            self.report.skip(format!("{at}: not an operation of the description; responds with {}", exchange.status));
            return Ok(());
        };
        if let Some(reason) = reason_to_skip(exchange) {
            self.report.skip(format!("{at}: {reason}"));
            return Ok(());
        }
        self.sandbox.set_time(exchange.time);
        let reply = self.client.send(self.api, &self.ids, &route, exchange).await?;
        self.report.compared += 1;
        let mut walk = Walk {
            api: self.api,
            ids: &mut self.ids,
            found: &mut self.report.differences,
            evidence: format!("recorded session, request {number} ({})", route.operation.id),
            offset: self.offset,
        };
        compare(&mut walk, route.operation, exchange, &reply);
        self.make_up(&route, exchange, &reply)
    }

    /// Adopts what the server has created and the sandbox has refused, so that the session can go on.
    fn make_up(&mut self, route: &Route<'_>, exchange: &Exchange, reply: &Reply) -> Result<()> {
        let (Content::Json(Json::Object(record)), Response::Value { ty: Type::Object(schema) }) =
            (&exchange.response, &route.operation.response)
        else {
            return Ok(());
        };
        let (Some(resource), Some(id)) = (self.api.resource_of(schema), record.get("id")) else { return Ok(()) };
        if !is_success(exchange.status) || is_success(reply.status) || exchange.method != "POST" {
            return Ok(());
        }
        let mut adopted = adoption::documented(self.api, schema, record);
        if let Json::Object(adopted) = &mut adopted
            && ids::text(&self.ids.own(resource, id)) == ids::text(id)
        {
            // The id may be taken.
            adopted.remove("id");
        }
        let own = self.sandbox.seed(resource, adopted)?;
        self.ids.learn(resource, id, &Json::from(own));
        Ok(())
    }
}

/// Returns the reason why a request is not replayed.
fn reason_to_skip(exchange: &Exchange) -> Option<String> {
    match (&exchange.request, exchange.status) {
        (Content::Other(media), _) => Some(format!("its body ({media}) was not recorded")),
        (_, status @ (408 | 429 | 500..)) => Some(format!("it failed with {status}, which says nothing about the API")),
        _ => None,
    }
}

fn compare(walk: &mut Walk<'_>, operation: &Operation, exchange: &Exchange, reply: &Reply) {
    if exchange.status != reply.status {
        walk.status(operation, exchange.status, reply.status);
    }
    let own = reply.body.as_ref().filter(|_| is_success(reply.status));
    match &exchange.response {
        Content::Json(recorded) if is_success(exchange.status) => {
            walk.body(operation, exchange.status, recorded, own);
        }
        // An error that hides a success still may show the record.
        Content::Json(recorded) => own.into_iter().for_each(|own| walk.learn(operation, recorded, own)),
        _ if !is_success(exchange.status) || exchange.status != reply.status => {}
        Content::Empty => walk.media(operation, exchange.status, ""),
        Content::Other(media) => walk.media(operation, exchange.status, media),
    }
}

fn is_success(status: u16) -> bool {
    (200..300).contains(&status)
}
