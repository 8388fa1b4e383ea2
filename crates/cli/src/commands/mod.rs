//! The commands, and which one the arguments name.

mod absent;
pub(crate) mod command_line;
#[cfg(feature = "copy")]
mod copy;
mod describe;
mod doctor;
#[cfg(feature = "import")]
mod import;
mod listen;
#[cfg(feature = "mcp")]
mod mcp;
mod report;
#[cfg(feature = "sandbox")]
mod sandbox;
mod search;
mod shell;
mod stop;
#[cfg(feature = "copy")]
mod verify;
mod whoami;

use std::collections::HashSet;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::ArgMatches;

use self::command_line::Branches;
use crate::failure::Failure;
use crate::globals::Globals;
use crate::session::Session;
use crate::{call, tree};

/// Runs the command that the arguments name.
pub(crate) async fn dispatch(arguments: Vec<OsString>, session: &mut Session) -> Result<(), Failure> {
    let words: HashSet<&str> = arguments.iter().skip(1).filter_map(|argument| argument.to_str()).collect();
    let command = command_line::command(&Branches::Named(words), session.width.min(120));
    let matches = command.try_get_matches_from(&arguments)?;
    let (words, leaf) = innermost(&matches);
    if let Some(failure) = words.first().and_then(|word| absent::reason(word)) {
        return Err(failure);
    }
    let globals = Globals::read(leaf, session)?;
    match words[..] {
        ["describe"] => describe::run(leaf, &globals, session),
        ["search"] => search::run(leaf, &globals, session),
        ["report", name] => report::run(name, leaf, &globals, session).await,
        ["whoami"] => whoami::run(&globals, session).await,
        ["doctor"] => doctor::run(&globals, session).await,
        ["listen"] => listen::run(leaf, &globals, session).await,
        #[cfg(feature = "sandbox")]
        ["sandbox"] => sandbox::run(leaf, session).await,
        #[cfg(feature = "copy")]
        ["copy"] => copy::run(leaf, &globals, session).await,
        #[cfg(feature = "copy")]
        ["verify"] => verify::run(leaf, &globals, session).await,
        #[cfg(feature = "import")]
        ["import"] => import::run(leaf, &globals, session).await,
        #[cfg(feature = "mcp")]
        ["mcp"] => mcp::run(leaf, &globals, session).await,
        // Completions of all flags would be megabytes, which a shell reads each time it starts.
        ["completions"] => shell::completions(leaf, command_line::command(&Branches::Words, session.width), session),
        ["man"] => match leaf.get_one::<PathBuf>("to") {
            Some(folder) => shell::pages(command_line::command(&Branches::All, session.width), folder),
            None => shell::page(command_line::command(&Branches::Words, session.width), session),
        },
        _ => call::run(&tree::id_of(words.into_iter()), leaf, &globals, session).await,
    }
}

/// Returns the words of the command, and the matches of the innermost one.
fn innermost(matches: &ArgMatches) -> (Vec<&str>, &ArgMatches) {
    let (mut words, mut leaf) = (Vec::new(), matches);
    while let Some((word, inner)) = leaf.subcommand() {
        words.push(word);
        leaf = inner;
    }
    (words, leaf)
}
