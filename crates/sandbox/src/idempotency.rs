//! `Idempotency-Key`: a repeated request gets the first answer, and is not done again.
//!
//! The live server is known to honour it for fixed assets; how long, and what it answers to another body under the same
//! key, is not documented. Here a key holds for the life of the sandbox and all POSTs, and another body is a conflict.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};

use super::api::{Reply, Request};

/// The answers that were given under a key.
#[derive(Debug, Default)]
pub(crate) struct Answers(Mutex<HashMap<String, (u64, Reply)>>);

impl Answers {
    /// As if no key had ever been used.
    pub(crate) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The answer to a request, from before if it is a repetition.
    pub(crate) fn once(&self, request: &Request<'_>, answer: impl FnOnce() -> Reply) -> Reply {
        let Some(key) = request.idempotency_key.filter(|_| request.method == "POST") else { return answer() };
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fingerprint = fingerprint(request);
        match answers.get(key) {
            Some((first, reply)) if *first == fingerprint => reply.clone(),
            Some(_) => Reply::detail(409, "This Idempotency-Key was used for another request."),
            None => {
                let reply = answer();
                // What was not processed may be tried again under the same key.
                if reply.status < 400 {
                    answers.insert(key.to_owned(), (fingerprint, reply.clone()));
                }
                reply
            }
        }
    }
}

fn fingerprint(request: &Request<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    (request.path, request.query, request.authorization, request.body).hash(&mut hasher);
    hasher.finish()
}
