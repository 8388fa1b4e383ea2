//! Serves the sandbox on a port, for clients in any language:
//!
//!     cargo run --example sandbox --features sandbox -- --port 8080 --demo 1000
//!
//! | option | effect |
//! | --- | --- |
//! | `--port N` | listens on this port instead of a free one |
//! | `--demo N` | adds a fictional company with this many ledger lines |
//! | `--data FILE` | keeps the state in a file |
//! | `--documented` | responds as the API reference says instead of as the live server does |
//! | `--page-limit N` | limits the size of pages |
//! | `--requests-per-second N` | limits the rate of requests |
//! | `--seed N` | seeds the faults and the company |
//! | `--no-control` | turns off the control interface below `/__sandbox/` |
//!
//! Runs until Ctrl-C or SIGTERM, and saves the state then.

use std::env;
use std::str::FromStr;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use campfire::sandbox::{Demo, ResponseStyle, Role, Sandbox};

#[tokio::main]
async fn main() -> Result<()> {
    let started = Instant::now();
    let mut builder = Sandbox::builder().control(true);
    let (mut lines, mut seed) = (None, 1);
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
        builder = match argument.as_str() {
            "--port" => builder.port(number(&value()?)?),
            "--data" => builder.data(value()?),
            "--documented" => builder.response_style(ResponseStyle::Documented),
            "--page-limit" => builder.page_limit(number(&value()?)?),
            "--requests-per-second" => builder.requests_per_second(number(&value()?)?),
            "--no-control" => builder.control(false),
            "--demo" => {
                lines = Some(number(&value()?)?);
                builder
            }
            "--seed" => {
                seed = number(&value()?)?;
                builder.seed(seed)
            }
            other => bail!("unknown option `{other}`: see the top of examples/sandbox.rs"),
        };
    }
    if let Some(lines) = lines {
        builder = builder.demo(Demo::default().rows(lines).seed(seed));
    }
    let sandbox = builder.start().await?;
    println!("Listening on {} after {:.1?}", sandbox.url(), started.elapsed());
    match sandbox.count("transactions") {
        0 => {}
        lines => println!("A company with {lines} ledger lines"),
    }
    for role in [Role::Admin, Role::Clerk, Role::ViewOnly] {
        println!("{:>9}: Authorization: Token {}", role.name(), sandbox.key_for(role));
    }
    println!("Press Ctrl-C to stop.");
    stopped().await?;
    sandbox.save()?;
    Ok(())
}

/// Waits for Ctrl-C or, on Unix, for SIGTERM, with which containers are stopped.
async fn stopped() -> Result<()> {
    #[cfg(unix)]
    {
        let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted?,
            _ = terminated.recv() => {}
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await?;
    Ok(())
}

fn number<T: FromStr>(text: &str) -> Result<T> {
    text.parse().ok().with_context(|| format!("`{text}` is not a number in range"))
}
