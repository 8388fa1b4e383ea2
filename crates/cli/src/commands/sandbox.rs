//! `campfire sandbox`: the API on this machine, until Ctrl-C.

use std::io::Write;
use std::path::PathBuf;

use campfire::sandbox::{Demo, Sandbox};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use super::stop::Stop;
use crate::failure::Failure;
use crate::session::Session;

pub(crate) fn command() -> Command {
    let option = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    let seed = option("seed", "N", "The seed of the fictional company").value_parser(value_parser!(u64));
    let port = option("port", "PORT", "The port").value_parser(value_parser!(u16)).default_value("8080");
    let demo = option("demo", "LINES", "Adds a fictional company with this many ledger lines, unless there is one");
    let data = option("data", "FILE", "Keeps the state in this file").value_parser(value_parser!(PathBuf));
    let unmodelled = Arg::new("allow-unmodelled").long("allow-unmodelled").action(ArgAction::SetTrue);
    Command::new("sandbox")
        .about("Serves the API on this machine, with books of its own, until Ctrl-C")
        .args([port, demo.value_parser(value_parser!(usize)), data, seed.default_value("1")])
        .arg(unmodelled.help("Responds to operations that the sandbox does not model, although nothing happens"))
}

pub(crate) async fn run(matches: &ArgMatches, session: &mut Session) -> Result<(), Failure> {
    // Before anything is printed, so that a stop that follows it saves.
    let mut stop = Stop::new()?;
    let seed = matches.get_one("seed").copied().unwrap_or(1);
    let mut builder = Sandbox::builder()
        .port(matches.get_one("port").copied().unwrap_or_default())
        .seed(seed)
        .allow_unmodelled(matches.get_flag("allow-unmodelled"));
    if let Some(file) = matches.get_one::<PathBuf>("data") {
        builder = builder.data(file);
    }
    if let Some(lines) = matches.get_one::<usize>("demo") {
        if *lines > Demo::MAX_ROWS {
            return Err(Failure::usage(format!("--demo: at most {}", Demo::MAX_ROWS)));
        }
        builder = builder.demo(Demo::default().rows(*lines).seed(seed));
    }
    let sandbox: Sandbox = builder.start().await.map_err(Failure::other)?;
    let (url, key) = (sandbox.url(), sandbox.key());
    let lines = sandbox.count("transactions");
    writeln!(session.out, "Serving a company with {lines} ledger lines. In another terminal:\n")?;
    writeln!(session.out, "export CAMPFIRE_BASE_URL={url} CAMPFIRE_API_KEY={key}\n\nCtrl-C stops the sandbox.")?;
    session.out.flush()?;
    stop.requested().await?;
    sandbox.save().map_err(Failure::other)
}
