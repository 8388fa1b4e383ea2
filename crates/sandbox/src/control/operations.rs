//! The API that is served: its operations, and its description.

use campfire_values::{Json, JsonObject};

use crate::messages::reply::Reply;
use crate::server::shared::Shared;

/// Returns the operations with their methods and paths.
pub(super) fn list(shared: &Shared) -> Reply {
    let operations = shared.api.operations().iter().map(|operation| {
        Json::Object(JsonObject::from([
            ("operation".to_owned(), Json::from(operation.id.as_str())),
            ("method".to_owned(), Json::from(operation.method.as_str())),
            ("path".to_owned(), Json::from(operation.path.as_str())),
            ("is_modelled".to_owned(), Json::from(operation.unmodelled.is_none())),
        ]))
    });
    Reply::json(200, &Json::Array(operations.collect()))
}

/// Returns the description of the API as an OpenAPI document.
pub(super) fn description(shared: &Shared) -> Result<Reply, Reply> {
    let missing = || Reply::detail(404, "Only the program `campfire-sandbox` has the description.");
    let text = shared.settings.description.ok_or_else(missing)?;
    Ok(Reply::json_text(200, text.into()))
}
