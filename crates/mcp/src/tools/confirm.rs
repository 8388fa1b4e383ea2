//! `confirm`: writing what was previewed.

use std::time::Instant;

use campfire::Json;
use campfire::operations::Response;

use crate::arguments::Arguments;
use crate::json::{object, option};
use crate::refusal::Refusal;
use crate::request::Request;
use crate::session::Session;
use crate::shape;

pub(super) async fn run(session: &Session, mut arguments: Arguments) -> Result<Json, Refusal> {
    let request = Request::read(&mut arguments)?;
    let token = arguments.required_text("confirmation")?;
    arguments.finish()?;
    if !request.changes_data(&session.client)? {
        return Err(Refusal::new(format!("{} only reads: use `call`", request.operation.id)));
    }
    session.confirmations.redeem(&token, &request.fingerprint(), Instant::now())?;
    let response = write(session, &request).await?;
    let ty = match &request.operation.response {
        Response::Json(ty) => Some(ty),
        _ => None,
    };
    let kinds = shape::kinds_of_ids(ty, &response);
    let (response, note) = match response.to_string().len() > session.options.max_result_bytes {
        true => (shape::outline(&response), Some("the response is too large to return; this is what it consists of")),
        false => (response, None),
    };
    Ok(object([
        ("outcome", Json::from("done")),
        ("operation", Json::from(request.operation.id)),
        ("response", response),
        ("id_kinds", kinds),
        ("note", option(note)),
    ]))
}

/// Sends the write. It is not cut short if the agent disconnects.
async fn write(session: &Session, request: &Request) -> Result<Json, Refusal> {
    let call = request.call(&session.client)?;
    let in_flight = session.writes.clone().read_owned().await;
    let sending = tokio::spawn(async move {
        let response = call.send().await;
        drop(in_flight);
        response
    });
    match sending.await {
        Ok(response) => Ok(response?.into_inner()),
        Err(_) => Err(Refusal::new(format!(
            "{}: the server stopped while it was being sent: look whether it took effect before you repeat it",
            request.operation.id
        ))),
    }
}
