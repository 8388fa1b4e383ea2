//! `campfire-sandbox`: the sandbox as a program.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod options;

use std::convert::Infallible;
use std::time::Instant;

use anyhow::Result;
use campfire_sandbox::{Demo, ModelSource, Role, Sandbox, Sdk};
use clap::Parser;

use crate::options::Options;

/// The whole API without a client.
enum Whole {}

impl Sdk for Whole {
    type Client = ();
    type Error = Infallible;

    fn model() -> &'static ModelSource {
        static MODEL: ModelSource = ModelSource::new(include_str!(concat!(env!("OUT_DIR"), "/sandbox.json")));
        &MODEL
    }

    fn client(_: &str, _: &str) -> Result<(), Infallible> {
        Ok(())
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    let started = Instant::now();
    // Before the first line is printed, so that a stop that follows it saves.
    let mut stop = Stop::new()?;
    let sandbox: Sandbox<Whole> = options.builder().start().await?;
    println!("Listening on {} after {:.1?}", sandbox.url(), started.elapsed());
    for role in [Role::Admin, Role::Clerk, Role::ViewOnly] {
        println!("{:>9}: Authorization: Token {}", role.name(), sandbox.key_for(role));
    }
    if let Some(lines) = options.demo.filter(|_| sandbox.count("transactions") == 0) {
        let started = Instant::now();
        sandbox.demo(&Demo::default().rows(lines).seed(options.seed))?;
        println!("Added a company with {} ledger lines in {:.1?}", sandbox.count("transactions"), started.elapsed());
    }
    println!("Press Ctrl-C to stop.");
    stop.requested().await?;
    sandbox.save()?;
    Ok(())
}

/// Ctrl-C or, on Unix, SIGTERM, with which containers are stopped.
struct Stop {
    #[cfg(unix)]
    terminated: tokio::signal::unix::Signal,
}

impl Stop {
    fn new() -> Result<Self> {
        Ok(Stop {
            #[cfg(unix)]
            terminated: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?,
        })
    }

    async fn requested(&mut self) -> Result<()> {
        #[cfg(unix)]
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted?,
            _ = self.terminated.recv() => {}
        }
        #[cfg(not(unix))]
        tokio::signal::ctrl_c().await?;
        Ok(())
    }
}
