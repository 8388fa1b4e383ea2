//! [`Confirmations`]: previews that wait for a confirmation.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::refusal::Refusal;

/// The number of previews that can wait at a time. The oldest make way for new ones.
const MAX_WAITING: usize = 64;

/// Previews that wait for a confirmation. A token is valid once, for the request that was previewed, and for a limited time.
#[derive(Default)]
pub(crate) struct Confirmations(Mutex<VecDeque<Waiting>>);

struct Waiting {
    token: String,
    fingerprint: String,
    expires: Instant,
}

impl Confirmations {
    /// Returns a new token for a request.
    pub(crate) fn issue(&self, fingerprint: String, now: Instant, lifetime: Duration) -> String {
        let token = Uuid::new_v4().simple().to_string();
        let mut waiting = self.lock();
        waiting.retain(|other| other.expires > now);
        if waiting.len() >= MAX_WAITING {
            waiting.pop_front();
        }
        waiting.push_back(Waiting { token: token.clone(), fingerprint, expires: now + lifetime });
        token
    }

    /// Uses up a token. It is used up also if the request is not the one that was previewed.
    pub(crate) fn redeem(&self, token: &str, fingerprint: &str, now: Instant) -> Result<(), Refusal> {
        let mut waiting = self.lock();
        let found = waiting.iter().position(|other| other.token == token).and_then(|at| waiting.remove(at));
        let reason = match found {
            None => "it was used before, has expired, or was never issued",
            Some(found) if found.expires <= now => "it has expired",
            Some(found) if found.fingerprint != fingerprint => {
                "it is for another request: operation, parameters and body must be those of the preview"
            }
            Some(_) => return Ok(()),
        };
        Err(Refusal::new(format!("not sent: the confirmation is not valid: {reason}. Preview the write again.")))
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFETIME: Duration = Duration::from_secs(60);

    #[test]
    fn a_token_is_valid_once_for_its_request_and_in_time() {
        let (confirmations, now) = (Confirmations::default(), Instant::now());
        let issue = || confirmations.issue("a".to_owned(), now, LIFETIME);
        let token = issue();
        confirmations.redeem(&token, "a", now).unwrap();
        assert!(confirmations.redeem(&token, "a", now).unwrap_err().to_string().contains("used before"));

        let token = issue();
        assert!(confirmations.redeem(&token, "b", now).unwrap_err().to_string().contains("another request"));
        assert!(confirmations.redeem(&token, "a", now).is_err(), "an altered request uses up the token");

        let token = issue();
        let late = now + LIFETIME;
        assert!(confirmations.redeem(&token, "a", late).unwrap_err().to_string().contains("expired"));
        assert!(confirmations.redeem("", "a", now).is_err());
    }

    #[test]
    fn the_oldest_preview_makes_way() {
        let (confirmations, now) = (Confirmations::default(), Instant::now());
        let tokens: Vec<String> =
            (0..=MAX_WAITING).map(|_| confirmations.issue("a".to_owned(), now, LIFETIME)).collect();
        assert!(confirmations.redeem(&tokens[0], "a", now).is_err());
        assert!(confirmations.redeem(&tokens[1], "a", now).is_ok());
    }
}
