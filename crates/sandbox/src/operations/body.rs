//! Reading request bodies.

use campfire_sandbox_model::{Operation, Type};
use campfire_values::{Json, JsonObject};

use crate::messages::multipart;
use crate::messages::reply::Reply;
use crate::messages::request::Request;
use crate::model::api::Api;
use crate::operations::call::Call;
use crate::records::validate::{self, Context};
use crate::records::{form, unmodelled};
use crate::state::store::Store;

/// Returns the fields of a body, none if it is empty.
pub(super) fn read(api: &Api, operation: &Operation, request: &Request<'_>) -> Result<JsonObject, Reply> {
    let content_type = request.content_type.unwrap_or_default();
    let is_multipart = content_type.starts_with("multipart/form-data");
    match &operation.body {
        Some(body) if body.multipart => {
            if !is_multipart {
                return Err(Reply::detail(415, &format!("Unsupported media type \"{content_type:.80}\" in request.")));
            }
            Ok(multipart::fields(content_type, request.body))
        }
        Some(body) if body.required && request.body.is_empty() => Err(Reply::detail(400, "A body is required.")),
        _ if request.body.is_empty() => Ok(JsonObject::new()),
        Some(body) if is_multipart => {
            Ok(form::typed(api, &body.ty, form::single(multipart::fields(content_type, request.body))))
        }
        Some(body) if content_type.starts_with("application/x-www-form-urlencoded") => {
            Ok(form::typed(api, &body.ty, form::fields(request.body)))
        }
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
    let changes_record = matches!(operation.name(), "replace" | "update");
    let record = store.get(call.resource(), call.record_id()).filter(|_| changes_record).map(|record| &record.fields);
    if let Some((field, reason)) = unmodelled::find(call.api(), schema, fields, record) {
        return Err(Reply::unmodelled(
            &format!("`{}` with `{field}`", operation.id),
            Some(&format!("{reason} Leave the field out.")),
        ));
    }
    let context = Context { partial: operation.method == "PATCH", path: &call.ids, record };
    validate::object(call.api(), store, schema, fields, context).map_err(Reply::field_errors)?;
    // If the body has a schema of its own, what it stores must also fit the schema of the record.
    let record_schema = call.api().record_schema(call.resource()).unwrap_or_default();
    if record_schema != schema {
        validate::limits_of(call.api(), record_schema, fields).map_err(Reply::field_errors)?;
    }
    Ok(())
}
