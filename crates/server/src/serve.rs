//! Serving the sandbox.

use std::time::Instant;

use anyhow::Result;
use campfire_sandbox::{Role, Sandbox};

use crate::model::whole::Whole;
use crate::options::ServeOptions;
use crate::output;
use crate::stop::Stop;

/// Serves the sandbox until the process is stopped, and saves the state then.
///
/// # Errors
/// If the port is in use, or the state cannot be read or saved.
pub(crate) async fn run(options: &ServeOptions) -> Result<()> {
    let started = Instant::now();
    // Before the first line is printed, so that a stop that follows it saves.
    let mut stop = Stop::new()?;
    let sandbox: Sandbox<Whole> = options.builder().start().await?;
    output::line(format_args!("Listening on {} after {:.1?}", sandbox.url(), started.elapsed()));
    match sandbox.count("transactions") {
        0 => {}
        lines => output::line(format_args!("A company with {lines} ledger lines")),
    }
    for role in [Role::Admin, Role::Clerk, Role::ViewOnly] {
        output::line(format_args!("{:>9}: Authorization: Token {}", role.name(), sandbox.key_for(role)));
    }
    output::line(format_args!("Press Ctrl-C to stop."));
    stop.requested().await?;
    sandbox.save()?;
    Ok(())
}
