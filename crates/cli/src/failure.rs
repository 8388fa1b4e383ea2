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
    /// A call failed. The second part is advice, on lines of its own.
    Call(Box<Error>, Option<String>),
    /// The results cannot be written.
    Output(io::Error),
    /// Anything else, with this exit code.
    Coded(String, u8),
}

impl Failure {
    /// The command line or the configuration is wrong.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Coded(message.into(), exit::USAGE)
    }

    /// Says that this program was built without something, and how to get it.
    pub(crate) fn left_out(what: &str, feature: &str) -> Self {
        Self::usage(format!(
            "this program was built without {what}: install it with `cargo install campfire-cli --features {feature}`"
        ))
    }

    /// Something failed for which there is no exit code of its own.
    pub(crate) fn other(error: impl ToString) -> Self {
        Self::Coded(error.to_string(), exit::OTHER)
    }

    fn exit_code(&self) -> u8 {
        match self {
            Self::Arguments(error) if !error.use_stderr() => exit::OK,
            Self::Arguments(_) => exit::USAGE,
            Self::Output(error) if is_closed(error) => exit::OK,
            Self::Output(_) => exit::OTHER,
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
                return written.map_or_else(|error| Self::Output(error).report(session), |()| code);
            }
            Self::Arguments(error) => drop(write!(session.err, "{}", error.render())),
            Self::Output(error) if is_closed(&error) => {}
            Self::Output(error) => session.note(format!("error: the output cannot be written: {error}")),
            Self::Coded(message, _) => session.note(format!("error: {message}")),
            Self::Call(error, advice) => {
                // What was printed before the failure comes first.
                drop(session.out.flush());
                session.note(format!("error: {error}"));
                advice.iter().for_each(|advice| session.note(advice));
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
            CopyError::Copy(message) => Self::usage(message),
            error => Self::other(error),
        }
    }
}

#[cfg(feature = "import")]
impl From<campfire_outbox::Error> for Failure {
    fn from(error: campfire_outbox::Error) -> Self {
        match error {
            campfire_outbox::Error::Api(error) => Self::Call(error, None),
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
