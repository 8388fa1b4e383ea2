//! The options of the command line.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use campfire_sandbox::{Demo, ResponseStyle, Sandbox, SandboxBuilder, Sdk};
use clap::{Args, Parser, Subcommand, ValueEnum};

/// Serves the sandbox of the Campfire API, a stateful server for tests.
///
/// Runs until Ctrl-C or SIGTERM, and saves the state then. See docs/sandbox.md.
#[derive(Debug, Parser)]
#[command(name = "campfire-sandbox", version, args_conflicts_with_subcommands = true)]
pub(crate) struct Options {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) serve: ServeOptions,
}

/// What the program does instead of serving.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Passes requests on to a server, and writes them to a file without the API key and personal values
    Record {
        /// The URL of the server
        #[arg(long, value_name = "URL")]
        upstream: String,
        /// The port; 0 for a free one
        #[arg(long, default_value_t = 0)]
        port: u16,
        /// The file to write, which must not exist
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Replays recorded requests against a sandbox, and prints each difference as an x-deviation
    ///
    /// Exits with 1 if there are differences, and with 2 if the comparison fails.
    Compare {
        /// The file that `record` has written
        session: PathBuf,
        /// The responses to compare with
        #[arg(long, value_enum, default_value_t = Face::Live)]
        face: Face,
    },
}

/// How the sandbox is served.
#[derive(Debug, Args)]
pub(crate) struct ServeOptions {
    /// The address to listen on; 0.0.0.0 in a container
    #[arg(long, default_value_t = Ipv4Addr::LOCALHOST.into())]
    host: IpAddr,
    /// A name by which clients reach the sandbox, such as the name of a container; may be repeated
    #[arg(long, value_name = "NAME")]
    allow_host: Vec<String>,
    /// The port; 0 for a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Keeps the state in this file
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Adds a fictional company with this many ledger lines, unless there is one
    #[arg(long, value_name = "LINES", value_parser = lines)]
    demo: Option<usize>,
    /// Responds like the live server or as the reference says
    #[arg(long, value_enum, default_value_t = Face::Live)]
    face: Face,
    /// The seed for faults, UUIDs, and the fictional company
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Limits the number of records on a page
    #[arg(long, value_name = "RECORDS")]
    page_limit: Option<usize>,
    /// Limits the rate of requests
    #[arg(long, value_name = "REQUESTS")]
    requests_per_second: Option<u32>,
    /// Responds to operations that the sandbox does not model, although nothing happens
    #[arg(long)]
    allow_unmodelled: bool,
    /// Turns off the control interface below /__sandbox/ and the page at /
    #[arg(long)]
    no_control: bool,
}

/// The style of responses.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Face {
    /// Like the live server
    Live,
    /// As the reference says
    Documented,
}

impl Face {
    /// Returns the style of the sandbox.
    pub(crate) fn style(self) -> ResponseStyle {
        match self {
            Face::Live => ResponseStyle::Observed,
            Face::Documented => ResponseStyle::Documented,
        }
    }
}

fn lines(text: &str) -> Result<usize, String> {
    let lines = text.parse().map_err(|_| "not a number".to_owned())?;
    if lines <= Demo::MAX_ROWS { Ok(lines) } else { Err(format!("at most {}", Demo::MAX_ROWS)) }
}

impl ServeOptions {
    /// Returns a builder of the sandbox.
    pub(crate) fn builder<A: Sdk>(&self) -> SandboxBuilder<A> {
        let mut builder = Sandbox::builder()
            .host(self.host)
            .port(self.port)
            .seed(self.seed)
            .allow_unmodelled(self.allow_unmodelled)
            .control(!self.no_control)
            .response_style(self.face.style());
        for name in &self.allow_host {
            builder = builder.allow_host(name);
        }
        if let Some(file) = &self.data {
            builder = builder.data(file);
        }
        if let Some(lines) = self.demo {
            builder = builder.demo(Demo::default().rows(lines).seed(self.seed));
        }
        if let Some(records) = self.page_limit {
            builder = builder.page_limit(records);
        }
        if let Some(requests) = self.requests_per_second {
            builder = builder.requests_per_second(requests);
        }
        builder
    }
}
