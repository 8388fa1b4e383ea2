//! The account to use: the API key and the server, from the environment or from a profile.
//!
//! A key is never an argument, where the history of the shell and the list of processes would show it. Keyrings are read by
//! their own commands (`key_command`): every system has another one, and servers have none.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use campfire::{Client, ClientBuilder};
use serde::Deserialize;

use crate::failure::Failure;
use crate::session::Session;
use crate::waits;

/// The configuration file.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Configuration {
    /// The profile to use if neither an argument nor the environment names one.
    default: Option<String>,
    #[serde(default)]
    profiles: BTreeMap<String, Profile>,
}

/// A company: its key and, for a sandbox or a gateway, its server.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Profile {
    key: Option<String>,
    /// A file next to the configuration that contains the key.
    key_file: Option<PathBuf>,
    /// A program and its arguments, which prints the key.
    key_command: Option<Vec<String>>,
    base_url: Option<String>,
}

/// The key and the server to use, and where they come from.
pub(crate) struct Account {
    key: String,
    base_url: Option<String>,
    /// `CAMPFIRE_API_KEY`, or the name of a profile.
    pub(crate) source: String,
}

impl Account {
    /// Returns the account of the profile that is named, else of the environment, else of the default profile.
    pub(crate) fn find(session: &Session, profile: Option<&str>) -> Result<Self, Failure> {
        match session.variable("CAMPFIRE_API_KEY").filter(|_| profile.is_none()) {
            Some(key) => Ok(Self {
                key: key.to_owned(),
                base_url: session.variable("CAMPFIRE_BASE_URL").map(str::to_owned),
                source: "CAMPFIRE_API_KEY".to_owned(),
            }),
            None => Self::of_profile(session, profile),
        }
    }

    fn of_profile(session: &Session, profile: Option<&str>) -> Result<Self, Failure> {
        let path = configuration_path(session)?;
        let configuration = read(&path)?;
        let profile = profile.or_else(|| session.variable("CAMPFIRE_PROFILE"));
        let Some(name) = profile.or(configuration.default.as_deref()) else {
            let path = path.display();
            return Err(Failure::usage(format!(
                "no API key: set CAMPFIRE_API_KEY, or write a profile to {path}, or try `campfire sandbox`"
            )));
        };
        let Some(found) = configuration.profiles.get(name).cloned() else {
            let known: Vec<&str> = configuration.profiles.keys().map(String::as_str).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            let path = path.display();
            return Err(Failure::usage(format!("there is no profile `{name}` in {path}; known profiles: {known}")));
        };
        let key = match (found.key, found.key_file, found.key_command) {
            (Some(key), None, None) => key,
            (None, Some(file), None) => private_text(&path.parent().unwrap_or(Path::new("")).join(file))?,
            (None, None, Some(command)) => printed_by(name, &command)?,
            _ => {
                let message = format!("the profile `{name}` needs one of `key`, `key_file`, and `key_command`");
                return Err(Failure::usage(message));
            }
        };
        let source = format!("profile `{name}` in {}", path.display());
        Ok(Self { key: key.trim().to_owned(), base_url: found.base_url, source })
    }

    /// Returns a client of the account.
    pub(crate) fn client(self, session: &Session) -> Result<Client, Failure> {
        let builder = builder().api_key(self.key).on_event(waits::told(session.err_is_terminal));
        build(builder, self.base_url.as_deref())
    }
}

/// Returns the client for the profile that is named, else for the environment, else for the default profile.
pub(crate) fn client(session: &Session, profile: Option<&str>) -> Result<Client, Failure> {
    Account::find(session, profile)?.client(session)
}

/// Returns the client of a run, which may be a dry one: that needs no account, because it only prepares requests.
pub(crate) fn client_for(is_dry: bool, session: &Session, profile: Option<&str>) -> Result<Client, Failure> {
    match client(session, profile) {
        Err(_) if is_dry && profile.is_none() => {
            build(builder().api_key("none"), session.variable("CAMPFIRE_BASE_URL"))
        }
        client => client,
    }
}

fn builder() -> ClientBuilder {
    Client::builder().user_agent_suffix(concat!("campfire-cli/", env!("CARGO_PKG_VERSION")))
}

fn build(builder: ClientBuilder, base_url: Option<&str>) -> Result<Client, Failure> {
    Ok(match base_url {
        Some(url) => builder.base_url(url).build()?,
        None => builder.build()?,
    })
}

/// Returns the path of the configuration file: that of `CAMPFIRE_CONFIG`, or `campfire/config.toml` in the folder for
/// configurations.
pub(crate) fn configuration_path(session: &Session) -> Result<PathBuf, Failure> {
    if let Some(path) = session.variable("CAMPFIRE_CONFIG") {
        return Ok(path.into());
    }
    let folder = |name: &str| session.variable(name).map(PathBuf::from).filter(|folder| folder.is_absolute());
    let folder = match cfg!(windows) {
        true => folder("APPDATA"),
        false => folder("XDG_CONFIG_HOME").or_else(|| folder("HOME").map(|home| home.join(".config"))),
    };
    match folder {
        Some(folder) => Ok(folder.join("campfire").join("config.toml")),
        None => {
            Err(Failure::usage("no API key: set CAMPFIRE_API_KEY, or CAMPFIRE_CONFIG to the path of a configuration"))
        }
    }
}

fn read(path: &Path) -> Result<Configuration, Failure> {
    if !path.exists() {
        return Ok(Configuration::default());
    }
    let text = private_text(path)?;
    // The whole error would quote the line, which may be that of a key.
    toml::from_str(&text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        Failure::usage(format!("{}, line {line}: not a valid configuration", path.display()))
    })
}

/// Reads a file that only its owner may read.
fn private_text(path: &Path) -> Result<String, Failure> {
    let unreadable = |error| Failure::usage(format!("{} cannot be read: {error}", path.display()));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(path).map_err(unreadable)?.permissions().mode();
        if mode & 0o077 != 0 {
            let path = path.display();
            return Err(Failure::usage(format!("{path} can be read by other users: run `chmod 600 {path}`")));
        }
    }
    fs::read_to_string(path).map_err(unreadable)
}

/// Runs the command of a profile, and returns what it prints.
fn printed_by(profile: &str, command: &[String]) -> Result<String, Failure> {
    let failed = |why: String| Failure::usage(format!("the `key_command` of the profile `{profile}` {why}"));
    let Some((program, arguments)) = command.split_first() else { return Err(failed("is empty".to_owned())) };
    // A keyring may ask for its password on the terminal.
    let output = Command::new(program).args(arguments).stdin(Stdio::inherit()).stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| failed(format!("cannot be run: {error}")))?;
    if !output.status.success() {
        return Err(failed(format!("failed: {}", output.status)));
    }
    String::from_utf8(output.stdout).map_err(|_| failed("prints something else than text".to_owned()))
}
