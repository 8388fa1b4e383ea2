//! Options that every command has.

use clap::{Arg, ArgAction, ArgMatches};

use crate::failure::Failure;
use crate::output::format::Format;
use crate::session::Session;

/// The names of the options.
pub(crate) const NAMES: [&str; 4] = ["profile", "output", "columns", "yes"];

/// Options that every command has.
#[derive(Clone, Debug)]
pub(crate) struct Globals {
    /// The profile to use.
    pub(crate) profile: Option<String>,
    /// The format of results.
    pub(crate) format: Format,
    /// The columns of results, if not all.
    pub(crate) columns: Option<Vec<String>>,
    /// Do not ask.
    pub(crate) yes: bool,
}

impl Globals {
    /// Reads the options from the matches of the innermost command.
    pub(crate) fn read(matches: &ArgMatches, session: &Session) -> Result<Self, Failure> {
        let format = match matches.get_one::<String>("output") {
            Some(name) => Format::parse(name).ok_or_else(|| Failure::usage(format!("unknown format `{name}`")))?,
            None if session.out_is_terminal => Format::Table,
            None => Format::Json,
        };
        let columns: Option<Vec<String>> = matches
            .get_many::<String>("columns")
            .map(|columns| columns.map(|column| column.trim().to_owned()).collect());
        if columns.iter().flatten().any(String::is_empty) {
            return Err(Failure::usage("--columns: a name is empty"));
        }
        Ok(Self { profile: matches.get_one("profile").cloned(), format, columns, yes: matches.get_flag("yes") })
    }

    /// Returns the options with columns for a CSV file, unless the user named some. The fields of JSON objects are sorted.
    pub(crate) fn with_csv_columns<T: ToString>(&self, columns: impl IntoIterator<Item = T>) -> Self {
        let own = || columns.into_iter().map(|column| column.to_string()).collect();
        let columns = self.columns.clone().or_else(|| (self.format == Format::Csv).then(own));
        Self { columns, ..self.clone() }
    }
}

/// Returns the options.
pub(crate) fn arguments() -> [Arg; 4] {
    let global = |name: &'static str| Arg::new(name).long(name).global(true).help_heading("Global options");
    [
        global("profile").value_name("NAME").help("Use this profile of the configuration file"),
        global("output")
            .short('o')
            .value_name("FORMAT")
            .value_parser(Format::ALL.map(Format::name))
            .help("The format of results: table on a terminal, otherwise json"),
        global("columns")
            .value_name("PATH,…")
            .value_delimiter(',')
            .help("Show these fields of each record, such as id,vendor_name,lines[0].amount"),
        global("yes").short('y').action(ArgAction::SetTrue).help("Change data without asking"),
    ]
}
