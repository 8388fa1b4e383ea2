//! Uploaded files. They are stored in their records and served without a key, like the presigned links of the live
//! server.

use crate::messages::reply::Reply;
use crate::state::store::Store;

/// The path under which files are served.
pub(crate) const PREFIX: &str = "/__files/";

/// Returns the link to the file of a record. `server` is the URL of the sandbox.
pub(super) fn link(server: &str, resource: &str, id: i64) -> String {
    format!("{server}{PREFIX}{resource}/{id}")
}

/// Returns the file at a path such as `/__files/files/42`.
pub(crate) fn serve(store: &Store, path: &str) -> Option<Reply> {
    let (resource, id) = path.strip_prefix(PREFIX)?.rsplit_once('/')?;
    let fields = &store.get(resource, id.parse().ok()?)?.fields;
    let content_type = fields.text("s3_content_type").unwrap_or("application/octet-stream");
    Some(Reply::new(200, content_type, fields.content().unwrap_or_default()))
}
