//! `campfire-sandbox`: the sandbox as a program.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod compare;
mod model;
mod options;
mod output;
mod record;
mod serve;
mod session;
mod stop;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use crate::model::api::Api;
use crate::options::{Command, Options};

/// The exit code for a failure. As with `diff`, 1 means that there are differences.
const FAILURE: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    run(Options::parse()).await.unwrap_or_else(|error| {
        output::problem(format_args!("{error:#}"));
        ExitCode::from(FAILURE)
    })
}

async fn run(options: Options) -> Result<ExitCode> {
    // The model lives as long as the process.
    let api = || Ok::<&'static Api, anyhow::Error>(Box::leak(Box::new(Api::read()?)));
    match &options.command {
        None => serve::run(&options.serve).await?,
        Some(Command::Record { upstream, port, out }) => record::run(api()?, upstream, *port, out).await?,
        Some(Command::Compare { session, face }) => {
            let report = compare::run(api()?, session, *face).await?;
            print!("{}", report.yaml());
            return Ok(if report.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
    }
    Ok(ExitCode::SUCCESS)
}
