//! [`Failure`]: why a run failed, and its exit code.

use std::io;

use campfire::Error;

use crate::session::Session;

/// The exit codes. They are stable.
pub mod exit {
    /// The run succeeded.
    pub const OK: u8 = 0;
    /// The run failed for a reason that has no code of its own: a file that cannot be written, a response that cannot be read.
    pub const OTHER: u8 = 1;
    /// The command line, the configuration, a parameter, or the body is wrong, or the call was not confirmed. Nothing was sent.
    pub const USAGE: u8 = 2;
    /// The server refused: key, permission, validation, conflict.
    pub const REFUSED: u8 = 3;
    /// There is no such record.
    pub const NOT_FOUND: u8 = 4;
    /// The response was lost, and the call may have taken effect, or not.
    pub const OUTCOME_UNKNOWN: u8 = 5;
    /// The server cannot be reached, is overloaded, or failed. Trying again later may help.
    pub const UNAVAILABLE: u8 = 6;
    /// The call took effect, but its response cannot be read. Do not repeat it.
    pub const TOOK_EFFECT: u8 = 7;
    /// The copy was verified, and it differs from the server.
    pub const DIFFERS: u8 = 8;
}

/// Why a run failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line is wrong, or asks for help.
    Arguments(Box<clap::Error>),
    /// The command line or the configuration is wrong.
    Usage(String),
    /// A call failed. The second part is the command that shows if it took effect.
    Call(Box<Error>, Option<String>),
    /// The results cannot be written.
    Output(io::Error),
    /// A command of several calls failed, with this exit code.
    #[cfg_attr(not(any(feature = "copy", feature = "import")), allow(dead_code))]
    Coded(String, u8),
    /// Something else failed.
    Other(String),
}

impl Failure {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Usage(message.into())
    }

    pub(crate) fn other(error: impl ToString) -> Self {
        Self::Other(error.to_string())
    }

    fn exit_code(&self) -> u8 {
        match self {
            Self::Arguments(error) if !error.use_stderr() => exit::OK,
            Self::Arguments(_) | Self::Usage(_) => exit::USAGE,
            Self::Output(error) if is_closed(error) => exit::OK,
            Self::Output(_) | Self::Other(_) => exit::OTHER,
            Self::Coded(_, code) => *code,
            Self::Call(error, _) => code_of(error),
        }
    }

    /// Prints the failure and returns its exit code.
    pub(crate) fn report(self, session: &mut Session) -> u8 {
        let code = self.exit_code();
        match self {
            Self::Arguments(error) if !error.use_stderr() => {
                let written = write!(session.out, "{}", error.render()).and_then(|()| session.out.flush());
                return written.map_or_else(|error| Self::Output(error).exit_code(), |()| code);
            }
            Self::Arguments(error) => drop(write!(session.err, "{}", error.render())),
            Self::Output(error) if is_closed(&error) => {}
            Self::Output(error) => session.note(format!("error: the output cannot be written: {error}")),
            Self::Usage(message) | Self::Other(message) | Self::Coded(message, _) => {
                session.note(format!("error: {message}"))
            }
            Self::Call(error, look_up) => {
                // What was printed before the failure comes first.
                drop(session.out.flush());
                session.note(format!("error: {error}"));
                if let (Some(command), exit::OUTCOME_UNKNOWN) = (look_up, code) {
                    session.note(format!("To see whether it took effect:\n    {command}"));
                }
            }
        }
        code
    }
}

/// The reader of a pipe may stop reading; that is no failure.
fn is_closed(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}

/// Returns the exit code of a call that failed.
pub(crate) fn code_of(error: &Error) -> u8 {
    let took_effect = match error {
        Error::Decode(error) => error.took_effect(),
        Error::Transport(error) => error.took_effect(),
        Error::Timeout(error) => error.took_effect(),
        _ => false,
    };
    match error {
        _ if took_effect => exit::TOOK_EFFECT,
        Error::Configuration(_) | Error::Request(_) => exit::USAGE,
        Error::NotFound(_) => exit::NOT_FOUND,
        Error::OutcomeUnknown(_) => exit::OUTCOME_UNKNOWN,
        Error::Authentication(_) | Error::Permission(_) | Error::Validation(_) | Error::Conflict(_) => exit::REFUSED,
        Error::Transport(_) | Error::Timeout(_) | Error::RateLimited(_) | Error::Server(_) => exit::UNAVAILABLE,
        Error::Status(error) if error.status().is_client_error() => exit::REFUSED,
        _ => exit::OTHER,
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Call(Box::new(error), None)
    }
}

#[cfg(feature = "copy")]
impl From<campfire_replica::error::Error> for Failure {
    fn from(error: campfire_replica::error::Error) -> Self {
        use campfire_replica::error::Error as CopyError;
        match error {
            CopyError::Api(error) => Self::Call(error, None),
            CopyError::Copy(message) => Self::Usage(message),
            error => Self::other(error),
        }
    }
}

impl From<clap::Error> for Failure {
    fn from(error: clap::Error) -> Self {
        Self::Arguments(Box::new(error))
    }
}

/// For writing results: files that cannot be read say so themselves.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}
