//! Reading request bodies.

use campfire_sandbox_model::{Operation, Type};
use campfire_values::{Json, JsonObject};

use crate::messages::multipart;
use crate::messages::reply::Reply;
use crate::messages::request::Request;
use crate::operations::call::Call;
use crate::records::validate;
use crate::state::store::Store;

/// Returns the fields of a body, none if it is empty.
pub(super) fn read(operation: &Operation, request: &Request<'_>) -> Result<JsonObject, Reply> {
    let content_type = request.content_type.unwrap_or_default();
    match &operation.body {
        Some(body) if body.multipart => {
            if !content_type.starts_with("multipart/form-data") {
                return Err(Reply::detail(415, &format!("Unsupported media type \"{content_type:.80}\" in request.")));
            }
            Ok(multipart::fields(content_type, request.body))
        }
        _ if request.body.is_empty() => Ok(JsonObject::new()),
        _ => match Json::from_slice(request.body) {
            Ok(Json::Object(fields)) => Ok(fields),
            Ok(_) => Err(Reply::detail(400, "Invalid data. Expected a dictionary.")),
            Err(error) => Err(Reply::detail(400, &format!("JSON parse error - {error}"))),
        },
    }
}

/// Checks a JSON body against its schema.
pub(super) fn check(call: &Call<'_>, store: &Store, fields: &JsonObject) -> Result<(), Reply> {
    let operation = call.operation();
    let Some(body) = operation.body.as_ref().filter(|body| !body.multipart) else { return Ok(()) };
    let Type::Object(schema) = &body.ty else { return Ok(()) };
    let is_partial = operation.method == "PATCH";
    validate::object(call.api(), store, schema, fields, is_partial, &call.route.parameters)
        .map_err(Reply::field_errors)?;
    // If the body has a schema of its own, what it stores must also fit the schema of the record.
    let record_schema = call.api().record_schema(call.resource()).unwrap_or_default();
    if record_schema != schema {
        validate::limits_of(call.api(), record_schema, fields).map_err(Reply::field_errors)?;
    }
    Ok(())
}
