//! The tools: a file for each.

mod call;
mod catalog;
mod confirm;
mod describe;
mod preview;
mod search;

pub(crate) use catalog::{definitions, instructions};

use campfire::Json;

use crate::arguments::Arguments;
use crate::refusal::Refusal;
use crate::session::Session;

/// Runs a tool.
pub(crate) async fn run(session: &Session, tool: &str, arguments: Arguments) -> Result<Json, Refusal> {
    match tool {
        "search" => search::run(session, arguments),
        "describe" => describe::run(session, arguments),
        "call" => call::run(session, arguments).await,
        "preview" => preview::run(session, arguments).await,
        "confirm" if session.options.allow_writes => confirm::run(session, arguments).await,
        "confirm" => Err(Refusal::new("not sent: this server was started without permission to write")),
        _ => Err(Refusal::new(format!("there is no tool `{tool:.40}`"))),
    }
}
