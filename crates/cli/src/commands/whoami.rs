//! `campfire whoami`: the user and the company of the key.

use campfire::operations::Type;
use clap::Command;

use crate::failure::Failure;
use crate::globals::Globals;
use crate::session::Session;
use crate::{account, output};

/// The operation that returns the user.
const OPERATION: &str = "current_user.retrieve";

pub(crate) fn command() -> Command {
    Command::new("whoami").about("Shows the user and the company of the API key")
}

pub(crate) async fn run(globals: &Globals, session: &mut Session) -> Result<(), Failure> {
    let client = account::client(session, globals.profile.as_deref())?;
    let user = client.operation(OPERATION)?.await?;
    output::value(&user, &Type::Object("CurrentUser"), globals, session)
}
