//! How far an import is, on standard error.

use std::io::{self, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use campfire_outbox::Progress;
use campfire_outbox::machine::Status;

use crate::output::cell;
use crate::session::Session;

/// How often progress is written where nobody watches.
const QUIET: Duration = Duration::from_secs(10);

/// Returns what shows progress: on a terminal, a line that changes, and elsewhere a line now and then.
pub(super) fn shown(session: &Session) -> impl Fn(&Progress) + Send + Sync + 'static {
    let (is_terminal, width) = (session.err_is_terminal, session.width);
    let last: Mutex<Option<Instant>> = Mutex::new(None);
    move |progress| {
        let Ok(mut last) = last.lock() else { return };
        let mut err = io::stderr();
        // Progress that cannot be shown is no reason to stop.
        if is_terminal {
            let line = cell::cut(&line(progress), width.saturating_sub(1));
            drop(write!(err, "\r\x1b[K{line}").and_then(|()| err.flush()));
        } else if last.is_none_or(|last| last.elapsed() >= QUIET) {
            *last = Some(Instant::now());
            drop(writeln!(err, "{}", line(progress)));
        }
    }
}

fn line(progress: &Progress) -> String {
    let counts = &progress.counts;
    let exist = counts.of(Status::Created) + counts.of(Status::Found);
    let mut line = format!("{exist} of {} records exist", counts.total());
    if let Some(wait) = &progress.wait {
        return format!("{line}; waiting {wait}");
    }
    let stages = [
        (Status::Refused, "refused"),
        (Status::Held, "held"),
        (Status::Planned, "to send"),
        (Status::Sending, "being sent"),
        (Status::Open, "looked for in the list"),
    ];
    for (status, what) in stages {
        match counts.of(status) {
            0 => {}
            count => line.push_str(&format!(", {count} {what}")),
        }
    }
    line
}
