//! [`Requests`]: the type that progenitor's methods belong to.

use campfire_transport::request::Server;

/// Builds requests to a server: progenitor's generated methods, one per operation, and `upload` for what progenitor cannot
/// generate. Its fields have the names that the methods use.
pub(crate) struct Requests<'a> {
    /// The methods write it before each path. It is empty, because the server has its own address.
    pub(crate) baseurl: &'static str,
    pub(crate) client: &'a Server,
}

impl<'a> Requests<'a> {
    pub(crate) fn new(server: &'a Server) -> Self {
        Self { baseurl: "", client: server }
    }
}
