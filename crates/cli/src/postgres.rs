//! Connects to the Postgres database that keeps a copy.

use std::sync::Arc;

use campfire_replica::error::Error;
use campfire_replica::sink::postgres::Postgres;
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls_platform_verifier::Verifier;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::failure::{Failure, exit};
use crate::session::Session;

/// Connects to a database. As for other programs, the password may be in `PGPASSWORD`, and `PGSSLROOTCERT` may name a file of
/// certificate authorities that this system does not know.
pub(crate) async fn connect(url: &str, session: &Session) -> Result<Postgres, Failure> {
    let config = configuration(url, session)?;
    let tls = MakeRustlsConnect::new(tls(session.variable("PGSSLROOTCERT"))?);
    let connected = config.connect(tls).await;
    let (client, connection) = connected.map_err(|error| {
        Failure::Coded(Error::storage("connect to the Postgres database", error).to_string(), exit::UNAVAILABLE)
    })?;
    // If the connection breaks, the calls that use it fail and say so.
    tokio::spawn(connection);
    Ok(Postgres::new(client))
}

fn configuration(url: &str, session: &Session) -> Result<Config, Failure> {
    let read = url.parse::<Config>();
    let mut config =
        read.map_err(|error| Failure::usage(Error::storage("read the postgres:// URL", error).to_string()))?;
    if let (None, Some(password)) = (config.get_password(), session.variable("PGPASSWORD")) {
        config.password(password);
    }
    if config.get_application_name().is_none() {
        config.application_name("campfire");
    }
    if !url.contains("sslmode=") {
        // Databases on this machine often have a certificate that nobody signed. Elsewhere, the books and the password never go in
        // the clear, even if the server, or somebody in between, says that it has no TLS.
        let is_here = config.get_hosts().iter().all(is_local);
        config.ssl_mode(if is_here { SslMode::Disable } else { SslMode::Require });
    }
    Ok(config)
}

fn is_local(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => matches!(&**name, "localhost" | "127.0.0.1" | "::1"),
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

/// Returns a configuration with the certificate authorities of this system and of a file.
fn tls(file: Option<&str>) -> Result<ClientConfig, Failure> {
    let failed = |error: rustls::Error| Failure::other(format!("TLS cannot be set up: {error}"));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let roots = file.map(certificates).transpose()?.unwrap_or_default();
    let verifier = Verifier::new_with_extra_roots(roots, provider.clone()).map_err(failed)?;
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(failed)?;
    Ok(builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
}

fn certificates(file: &str) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    read.map_err(|error| Failure::usage(format!("PGSSLROOTCERT: {file} cannot be read: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(variables: &[(&str, &str)]) -> Session {
        let mut session = Session::of_process();
        session.variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        session
    }

    #[test]
    fn the_password_comes_from_the_environment() {
        let session = session(&[("PGPASSWORD", "secret")]);
        let password = |url: &str| configuration(url, &session).unwrap().get_password().map(<[u8]>::to_vec);
        assert_eq!(password("postgres://me@db.example/books").unwrap(), b"secret");
        assert_eq!(password("postgres://me:own@db.example/books").unwrap(), b"own");
    }

    #[test]
    fn only_this_machine_is_reached_without_tls() {
        let mode = |url: &str| configuration(url, &session(&[])).unwrap().get_ssl_mode();
        for url in ["postgres://localhost/books", "postgres:///books?host=/tmp/pg", "postgres://[::1]/books"] {
            assert_eq!(mode(url), SslMode::Disable, "{url}");
        }
        assert_eq!(mode("postgres://db.example/books"), SslMode::Require);
        assert_eq!(mode("postgres://db.example/books?sslmode=prefer"), SslMode::Prefer);
        assert_eq!(mode("postgres://localhost/books?sslmode=require"), SslMode::Require);
    }
}
