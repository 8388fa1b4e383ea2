//! Asks before data is changed on a server that is not on this machine.

use campfire::Client;
use campfire::operations::{Money, Operation};
use url::{Host, Url};

use crate::failure::Failure;
use crate::globals::Globals;
use crate::session::Session;

/// Asks before a call that changes data elsewhere, unless somebody said yes in advance.
///
/// # Errors
/// If the reply is no, or there is nobody to ask.
pub(crate) fn call(
    operation: &Operation<'_>,
    client: &Client,
    target: &str,
    globals: &Globals,
    session: &mut Session,
) -> Result<(), Failure> {
    let summary = operation.summary.trim_end_matches('.');
    let money = match operation.money {
        Some(Money::Moves) => " MONEY MAY MOVE: this can refund or pay outside the books.",
        Some(Money::Records) => " This records or reverses a payment in the books.",
        None => "",
    };
    changes(&format!("{summary}: {target}."), money, client, globals, session)
}

/// Asks, if the server is not on this machine and nobody said yes in advance.
///
/// # Errors
/// If the reply is no, or there is nobody to ask.
pub(crate) fn changes(
    what: &str,
    warning: &str,
    client: &Client,
    globals: &Globals,
    session: &mut Session,
) -> Result<(), Failure> {
    if globals.yes || is_loopback(client.base_url()) {
        return Ok(());
    }
    let host = client.base_url();
    if !session.is_interactive {
        let message = format!("not sent: it would change data at {host}. {what}{warning} Add --yes to confirm.");
        return Err(Failure::usage(message));
    }
    match session.confirm(&format!("{what}{warning}\nChange data at {host}?")) {
        Ok(true) => Ok(()),
        _ => Err(Failure::usage("not sent: not confirmed")),
    }
}

/// Returns `true` for the addresses of this machine, where a sandbox runs.
pub(crate) fn is_loopback(url: &str) -> bool {
    match Url::parse(url).ok().as_ref().and_then(Url::host) {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn only_this_machine_is_loopback() {
        for url in ["http://127.0.0.1:8080", "http://localhost:1/x", "http://[::1]:8080"] {
            assert!(is_loopback(url), "{url}");
        }
        for url in ["https://api.meetcampfire.com", "http://localhost.example.com", "http://127.0.0.1.example.com", "x"]
        {
            assert!(!is_loopback(url), "{url}");
        }
    }
}
