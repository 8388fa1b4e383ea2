//! [`ReadCopy`]: how the records of a copy are read back.

use std::future::Future;

use campfire::{Json, Timestamp};

use crate::error::Error;

/// A copy whose records can be read back. Sinks that are databases implement it.
///
/// A table has the name of the resource that it copies, with underscores: `transactions`, `contracts_subscriptions`.
pub trait ReadCopy: Send + Sync {
    /// Returns the names of the tables that the copy has, in order.
    fn tables(&self) -> impl Future<Output = Result<Vec<String>, Error>> + Send;

    /// Returns up to `limit` records of a table whose id is greater than `after`, in the order of their ids.
    ///
    /// Fewer than `limit` records are the last ones. Each record is an object with the fields that the API returned; amounts
    /// keep their digits. Records of a child list have the id of their parent in the field `_parent`.
    fn records(
        &self,
        table: &str,
        after: Option<i64>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Json>, Error>> + Send;

    /// Returns when the last complete run began to read a table, by the server's clock (the local one if a response has no
    /// `Date`): what the server had changed by then is in the copy. `None` if that is not known, as with tables that are read as
    /// a whole.
    fn copied_at(&self, table: &str) -> impl Future<Output = Result<Option<Timestamp>, Error>> + Send {
        let _ = table;
        std::future::ready(Ok(None))
    }
}
