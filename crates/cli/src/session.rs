//! [`Session`]: what a run of the command reads from and writes to.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufWriter, IsTerminal, LineWriter, Write};

use crate::prose;

/// The width of tables and help if the output is no terminal.
const DEFAULT_WIDTH: usize = 100;

/// Input, output, and environment of a run.
pub struct Session {
    /// Results.
    pub out: Box<dyn Write>,
    /// Messages and questions.
    pub err: Box<dyn Write>,
    /// Replies to questions, and bodies (`--json @-`).
    pub input: Box<dyn BufRead>,
    /// The environment variables.
    pub variables: BTreeMap<String, String>,
    /// Results go to a terminal.
    pub out_is_terminal: bool,
    /// Messages go to a terminal.
    pub err_is_terminal: bool,
    /// Somebody can reply to a question.
    pub is_interactive: bool,
    /// The number of columns of the terminal.
    pub width: usize,
}

impl Session {
    /// Returns the session of this process.
    pub fn of_process() -> Self {
        let variables: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let out_is_terminal = io::stdout().is_terminal();
        let err_is_terminal = io::stderr().is_terminal();
        let terminal = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        let columns = variables.get("COLUMNS").and_then(|columns| columns.parse().ok());
        Self {
            out: if out_is_terminal {
                Box::new(LineWriter::new(io::stdout()))
            } else {
                Box::new(BufWriter::new(io::stdout()))
            },
            err: Box::new(io::stderr()),
            input: Box::new(io::BufReader::new(io::stdin())),
            width: columns.or_else(terminal).filter(|columns| *columns > 0).unwrap_or(DEFAULT_WIDTH),
            variables,
            out_is_terminal,
            err_is_terminal,
            is_interactive: io::stdin().is_terminal() && err_is_terminal,
        }
    }

    /// Returns an environment variable, unless it is empty.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// Asks a question. Returns `true` for "y" and "yes".
    pub(crate) fn confirm(&mut self, question: &str) -> io::Result<bool> {
        let question = self.folded(question).into_owned();
        write!(self.err, "{question} [y/N] ")?;
        self.err.flush()?;
        let mut reply = String::new();
        self.input.read_line(&mut reply)?;
        Ok(matches!(reply.trim().to_lowercase().as_str(), "y" | "yes"))
    }

    /// Writes a message for people. A message that nobody can read is not worth failing for.
    pub(crate) fn note(&mut self, message: impl AsRef<str>) {
        let message = self.folded(message.as_ref());
        drop(writeln!(self.err, "{message}"));
    }

    /// Removes the line of progress from the terminal.
    pub(crate) fn clear_line(&mut self) {
        if self.err_is_terminal {
            drop(write!(self.err, "\r\x1b[K"));
        }
    }

    /// Returns a message with lines that fit the terminal; files and pipes get it as it is.
    fn folded<'a>(&self, message: &'a str) -> Cow<'a, str> {
        if self.err_is_terminal { prose::folded(message, self.width).into() } else { message.into() }
    }
}
