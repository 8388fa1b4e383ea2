//! Approval: calls with an API key that may not act alone.

use campfire_sandbox_model::Approval;
use campfire_values::{Json, JsonObject};

use crate::messages::reply::Reply;
use crate::operations::call::Call;
use crate::records::placeholder;
use crate::state::fields::Fields;
use crate::state::store::Store;

/// The resource in which drafts wait for approval.
const DRAFTS: &str = "draft_queue";

/// Creates a draft if the call needs approval. `None` means that the call may proceed.
///
/// # Errors
/// The refusal, unless the operation supports drafts.
pub(super) fn draft(call: &Call<'_>, store: &mut Store, body: &JsonObject) -> Result<Option<Reply>, Reply> {
    let operation = call.operation();
    if call.caller.role.acts_alone() || operation.safe {
        return Ok(None);
    }
    match operation.approval {
        Approval::None => Ok(None),
        Approval::Required => Err(Reply::forbidden()),
        Approval::Draft => {
            let mut fields = Fields::default();
            fields.set("operation", operation.id.as_str());
            fields.set("path", call.path);
            fields.set("body", body.clone());
            let draft = store.add(DRAFTS, fields);
            Ok(Some(call.reply(&response(call, body, draft))))
        }
    }
}

/// Returns the documented response, with the id of the draft and the ids that wait for approval.
fn response(call: &Call<'_>, body: &JsonObject, draft: i64) -> Json {
    let Json::Object(mut fields) = placeholder::body(call.api(), &call.operation().response) else {
        return Json::Object(JsonObject::from([("draft_id".to_owned(), Json::from(draft))]));
    };
    for (name, value) in fields.iter_mut() {
        if name.ends_with("draft_id") {
            *value = Json::from(draft);
        } else if let Some(drafted) = name.strip_prefix("drafted_") {
            let sent = body.iter().find(|(name, _)| name.ends_with(drafted));
            *value = sent.map_or(Json::Array(Vec::new()), |(_, ids)| ids.clone());
        }
    }
    Json::Object(fields)
}
