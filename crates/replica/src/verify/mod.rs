//! Verifies a copy against the server.
