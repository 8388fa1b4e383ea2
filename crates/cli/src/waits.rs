//! Says on standard error what the command waits for, if it waits for long.

use std::io::{self, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use campfire::Event;

/// Shorter waits are not worth a line.
const LONG: Duration = Duration::from_secs(3);

/// The last attempt that failed, and the last wait.
#[derive(Default)]
struct Last {
    failure: String,
    until: Option<Instant>,
}

/// Returns a listener that says why calls wait before they are tried again. Calls that wait side by side are told once.
pub(crate) fn told(is_terminal: bool) -> impl Fn(&Event<'_>) + Send + Sync + 'static {
    let last = Mutex::new(Last::default());
    move |event| {
        let Ok(mut last) = last.lock() else { return };
        match event {
            Event::Attempt(attempt) if attempt.error.is_some() => {
                last.failure = attempt.status.map_or_else(|| "no response".to_owned(), |status| status.to_string());
            }
            Event::Retry(retry) if retry.wait >= LONG && last.until.is_none_or(|until| until <= Instant::now()) => {
                last.until = Some(Instant::now() + retry.wait);
                let (seconds, failure) = (retry.wait.as_secs_f64().ceil(), &last.failure);
                // A line of progress may stand there.
                let start = if is_terminal { "\r\x1b[K" } else { "" };
                // A message that nobody can read is no reason to stop.
                drop(writeln!(
                    io::stderr(),
                    "{start}waiting {seconds} s before {} is tried again: {failure}",
                    retry.operation.id
                ));
            }
            _ => {}
        }
    }
}
