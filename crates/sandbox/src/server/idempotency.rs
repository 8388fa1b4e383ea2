//! `Idempotency-Key`: a repeated request gets the first reply and is not performed again.
//!
//! The live server is known to honor the header for fixed assets. It does not document for how long, or how it replies
//! to another body with the same key. Here a key is valid for all POSTs as long as the sandbox runs, and another body is
//! a conflict.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};

use crate::messages::reply::Reply;
use crate::messages::request::Request;

/// The replies to requests with a key: a hash of the request, and the reply, by key.
#[derive(Debug, Default)]
pub(crate) struct Replies(Mutex<HashMap<String, (u64, Reply)>>);

impl Replies {
    pub(crate) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Returns the earlier reply to a repeated request. Otherwise performs it.
    pub(super) fn once(&self, request: &Request<'_>, perform: impl FnOnce() -> Reply) -> Reply {
        let Some(key) = request.idempotency_key.filter(|_| request.method == "POST") else { return perform() };
        let mut replies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let hash = hash(request);
        match replies.get(key) {
            Some((first, reply)) if *first == hash => reply.clone(),
            Some(_) => Reply::detail(409, "This Idempotency-Key was used for another request."),
            None => {
                let reply = perform();
                // A refused request may be tried again with the same key.
                if reply.status < 400 {
                    replies.insert(key.to_owned(), (hash, reply.clone()));
                }
                reply
            }
        }
    }
}

fn hash(request: &Request<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    (request.path, request.query, request.authorization, request.body).hash(&mut hasher);
    hasher.finish()
}
