//! `campfire mcp`: the operations as tools for agents, on standard input and output.

use campfire_mcp::Options;
use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::account;
use crate::failure::Failure;
use crate::globals::Globals;
use crate::session::Session;

pub(crate) fn command() -> Command {
    let flag = |name: &'static str, help: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue).help(help);
    Command::new("mcp")
        .about("Serves the operations as tools for agents, on standard input and output")
        .arg(flag("allow-writes", "Let agents change data, after a preview and a confirmation"))
        .arg(
            flag("allow-unpreviewed", "Let agents change data without a preview where the sandbox cannot show one")
                .requires("allow-writes"),
        )
}

pub(crate) async fn run(matches: &ArgMatches, globals: &Globals, session: &Session) -> Result<(), Failure> {
    let client = account::client(session, globals.profile.as_deref())?;
    let options = Options::default()
        .allow_writes(matches.get_flag("allow-writes"))
        .allow_unpreviewed(matches.get_flag("allow-unpreviewed"));
    campfire_mcp::serve_stdio(client, options).await.map_err(Failure::other)
}
