//! Commands that this program was built without: each names the feature that has it.

use clap::{Arg, Command};

use crate::failure::Failure;

/// The commands of features, and whether this program has the feature.
const OPTIONAL: [(&str, &str, bool); 5] = [
    ("copy", "copy", cfg!(feature = "copy")),
    ("verify", "copy", cfg!(feature = "copy")),
    ("import", "import", cfg!(feature = "import")),
    ("mcp", "mcp", cfg!(feature = "mcp")),
    ("sandbox", "sandbox", cfg!(feature = "sandbox")),
];

/// Returns the commands that are absent. They take any arguments, because only the reason why they fail matters.
pub(super) fn commands() -> impl Iterator<Item = Command> {
    let arguments = Arg::new("arguments").num_args(0..).allow_hyphen_values(true).trailing_var_arg(true);
    let absent = OPTIONAL.into_iter().filter(|(.., is_present)| !is_present);
    absent.map(move |(name, ..)| Command::new(name).hide(true).disable_help_flag(true).arg(arguments.clone()))
}

/// Returns why a command cannot be run, if it is absent.
pub(super) fn reason(name: &str) -> Option<Failure> {
    let (_, feature, _) = OPTIONAL.into_iter().find(|(absent, _, is_present)| *absent == name && !is_present)?;
    Some(Failure::left_out(&format!("`campfire {name}`"), feature))
}
