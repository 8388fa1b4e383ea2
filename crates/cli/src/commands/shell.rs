//! `campfire completions` and `campfire man`: the whole command for shells and for `man`.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches, Command, value_parser};
use clap_complete::Shell;

use crate::failure::Failure;
use crate::session::Session;

pub(crate) fn commands() -> [Command; 2] {
    let shell =
        Arg::new("shell").value_name("SHELL").required(true).value_parser(value_parser!(Shell)).help("The shell");
    let folder = Arg::new("to").long("to").value_name("FOLDER").value_parser(value_parser!(PathBuf));
    [
        Command::new("completions").about("Prints completions for a shell").arg(shell),
        Command::new("man")
            .about("Prints the man page, or writes the pages of all commands into a folder")
            .arg(folder.help("Write a page for each command into this folder")),
    ]
}

/// Prints completions of a command.
pub(crate) fn completions(matches: &ArgMatches, mut command: Command, session: &mut Session) -> Result<(), Failure> {
    let Some(shell) = matches.get_one::<Shell>("shell") else { return Ok(()) };
    // The generator would panic if the reader of a pipe stopped reading.
    let mut script = Vec::new();
    clap_complete::generate(*shell, &mut command, "campfire", &mut script);
    Ok(session.out.write_all(&script)?)
}

/// Prints the man page of a command.
pub(crate) fn page(command: Command, session: &mut Session) -> Result<(), Failure> {
    Ok(clap_mangen::Man::new(command).render(&mut session.out)?)
}

/// Writes the man pages of a command and of all commands below it.
pub(crate) fn pages(command: Command, folder: &Path) -> Result<(), Failure> {
    let unwritable = |error| Failure::other(format!("{} cannot be written: {error}", folder.display()));
    fs::create_dir_all(folder).map_err(unwritable)?;
    clap_mangen::generate_to(command.disable_help_subcommand(true), folder).map_err(unwritable)
}
