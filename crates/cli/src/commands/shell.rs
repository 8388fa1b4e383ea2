//! `campfire completions` and `campfire man`: the whole command for shells and for `man`.

use std::fs;
use std::path::PathBuf;

use clap::{Arg, ArgMatches, Command, value_parser};
use clap_complete::Shell;

use super::command_line::{self, Branches};
use crate::failure::Failure;
use crate::session::Session;

pub(crate) fn commands() -> [Command; 2] {
    let shell = Arg::new("shell").required(true).value_parser(value_parser!(Shell)).help("The shell");
    let folder = Arg::new("to").long("to").value_name("FOLDER").value_parser(value_parser!(PathBuf));
    [
        Command::new("completions").about("Prints completions for a shell").arg(shell),
        Command::new("man")
            .about("Prints the man page, or writes the pages of all commands into a folder")
            .arg(folder.help("Write a page for each command into this folder")),
    ]
}

/// Prints completions of the words; those of all flags would be megabytes, which a shell reads each time it starts.
pub(crate) fn completions(matches: &ArgMatches, session: &mut Session) -> Result<(), Failure> {
    let Some(shell) = matches.get_one::<Shell>("shell") else { return Ok(()) };
    let mut command = command_line::command(&Branches::Words, session.width);
    clap_complete::generate(*shell, &mut command, "campfire", &mut session.out);
    Ok(())
}

pub(crate) fn man(matches: &ArgMatches, session: &mut Session) -> Result<(), Failure> {
    match matches.get_one::<PathBuf>("to") {
        Some(folder) => {
            let unwritable = |error| Failure::other(format!("{} cannot be written: {error}", folder.display()));
            fs::create_dir_all(folder).map_err(unwritable)?;
            let command = command_line::command(&Branches::All, session.width).disable_help_subcommand(true);
            clap_mangen::generate_to(command, folder).map_err(unwritable)
        }
        None => {
            let command = command_line::command(&Branches::Words, session.width);
            Ok(clap_mangen::Man::new(command).render(&mut session.out)?)
        }
    }
}
