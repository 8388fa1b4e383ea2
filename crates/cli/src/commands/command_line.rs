//! The command line as clap parses it. Only the branch that the arguments name is built: parsing the descriptions of all
//! operations would take longer than most calls.

use std::collections::{BTreeMap, HashSet};

use campfire::operations;
use clap::Command;

use super::{absent, describe, doctor, listen, report, search, shell, whoami};
use crate::tree::{self, Resource};
use crate::{arguments, globals, prose};

/// The branches to build.
pub(crate) enum Branches<'a> {
    /// All of them, for man pages.
    All,
    /// All words, without the arguments of operations.
    Words,
    /// Those whose words appear among the arguments. It does not matter if a word is the value of an option, because a branch
    /// too many is no mistake.
    Named(HashSet<&'a str>),
}

impl Branches<'_> {
    /// Returns `true` if the operations of a resource are needed.
    fn resource(&self, word: &str) -> bool {
        match self {
            Self::All | Self::Words => true,
            Self::Named(words) => words.contains(word),
        }
    }

    /// Returns `true` if the arguments of an operation are needed.
    fn arguments(&self, word: &str) -> bool {
        match self {
            Self::All => true,
            Self::Words => false,
            Self::Named(words) => words.contains(word),
        }
    }
}

/// Returns the whole command.
pub(crate) fn command(branches: &Branches<'_>, width: usize) -> Command {
    let resources = tree::resources();
    let mut command = Command::new("campfire")
        .bin_name("campfire")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Calls the Campfire accounting API")
        .after_help(after_help(&resources, width))
        .term_width(width)
        .subcommand_required(true)
        .arg_required_else_help(true);
    if !matches!(branches, Branches::Words) {
        command = command.args(globals::arguments());
    }
    for own in own() {
        command = command.subcommand(own);
    }
    if matches!(branches, Branches::Named(_)) {
        command = command.subcommands(absent::commands());
    }
    for (word, resource) in resources {
        // The list of resources stands below the commands.
        command =
            command.subcommand(self::resource(&word, &resource, branches).hide(matches!(branches, Branches::Named(_))));
    }
    command
}

/// Returns the commands that are no operations.
fn own() -> Vec<Command> {
    let mut commands = vec![
        describe::command(),
        search::command(),
        report::command(),
        whoami::command(),
        doctor::command(),
        listen::command(),
    ];
    #[cfg(feature = "sandbox")]
    commands.push(super::sandbox::command());
    #[cfg(feature = "copy")]
    commands.extend([super::copy::command(), super::verify::command()]);
    #[cfg(feature = "import")]
    commands.push(super::import::command());
    #[cfg(feature = "mcp")]
    commands.push(super::mcp::command());
    commands.extend(shell::commands());
    commands
}

fn resource(word: &str, resource: &Resource, branches: &Branches<'_>) -> Command {
    let words = resource.children.keys().chain(resource.verbs.keys());
    let command = Command::new(word.to_owned()).about(words.cloned().collect::<Vec<_>>().join(", "));
    if !branches.resource(word) {
        return command;
    }
    let command = command.subcommand_required(true).arg_required_else_help(true).disable_help_subcommand(true);
    // The list of words above the usage would repeat the list below it.
    let mut command = command.help_template("{usage-heading} {usage}\n\n{all-args}{after-help}");
    for (word, child) in &resource.children {
        command = command.subcommand(self::resource(word, child, branches));
    }
    for (word, id) in &resource.verbs {
        command = command.subcommand(verb(word, id, branches));
    }
    command
}

fn verb(word: &str, id: &'static str, branches: &Branches<'_>) -> Command {
    let command = Command::new(word.to_owned());
    let Some(operation) = operations::get(id) else { return command };
    let command = command.about(operation.summary.clone().into_owned());
    if !branches.arguments(word) {
        return command;
    }
    let about = format!("{}\n\n{}", operation.summary, prose::unwrapped(&operation.description));
    let nested = arguments::nested(&operation);
    arguments::add(command.long_about(about), &operation)
        .after_help(format!("{nested}Example: {}", describe::example(&operation)))
}

/// The end of the help.
const NOTES: &str = "\
The API key is that of CAMPFIRE_API_KEY, or of a profile in the configuration file.

Exit codes:
  0  success
  1  anything else
  2  usage: nothing was sent
  3  refused
  4  not found
  5  outcome unknown
  6  unavailable
  7  took effect, but the response cannot be read
  8  a copy differs";

fn after_help(resources: &BTreeMap<String, Resource>, width: usize) -> String {
    let words = resources.keys().cloned().collect::<Vec<_>>().join(", ");
    let resources = prose::wrapped(&words, width, "  ");
    format!(
        "Resources:\n{resources}\nExamples:
  campfire contracts --help
  campfire contracts usage create 42 --product 3 --start-date 2026-11-01
  campfire invoices list --all --output csv --columns id,total_amount
  campfire search void invoice
  campfire describe invoices.void\n
{}",
        prose::folded(NOTES, width)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_valid() {
        command(&Branches::All, 100).debug_assert();
    }

    #[test]
    fn only_the_named_branch_is_built() {
        let words = ["--profile", "contracts", "invoices", "void"].into();
        let command = command(&Branches::Named(words), 100);
        let verbs = |resource: &str| command.find_subcommand(resource).unwrap().get_subcommands().count();
        assert!(verbs("invoices") > 10);
        assert!(verbs("contracts") > 10);
        assert_eq!(verbs("bills"), 0);
        let invoices = command.find_subcommand("invoices").unwrap();
        let arguments = |verb: &str| invoices.find_subcommand(verb).unwrap().get_arguments().count();
        assert!(arguments("void") > 1);
        assert_eq!(arguments("list"), 0);
    }
}
