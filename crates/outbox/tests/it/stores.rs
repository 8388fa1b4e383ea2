//! The log in Postgres, where `CAMPFIRE_TEST_POSTGRES` names a database: `host=/tmp/pg user=postgres dbname=postgres`.
#![cfg_attr(not(feature = "postgres"), allow(dead_code))]

#[cfg(feature = "postgres")]
pub(crate) use on::postgres;

#[cfg(feature = "postgres")]
mod on {
    use campfire_outbox::postgres::PostgresStore;

    /// Opens the log in the database that a text names. The schema is the one in its `options`.
    pub(crate) async fn postgres(place: &str) -> PostgresStore {
        let (client, connection) = tokio_postgres::connect(place, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        PostgresStore::new(client).await.unwrap()
    }
}
