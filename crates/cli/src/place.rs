//! [`Place`]: where a copy of the company is kept.

use std::path::{Path, PathBuf};

#[cfg(feature = "parquet")]
use campfire_replica::sink::parquet::Parquet;
#[cfg(feature = "postgres")]
use campfire_replica::sink::postgres::Postgres;
use campfire_replica::sink::sqlite::Sqlite;

use crate::failure::Failure;
use crate::session::Session;

/// What the help says about places.
pub(crate) const HELP: &str = "\
    A SQLite database (FILE.sqlite, .sqlite3, or .db), a folder of Parquet files (FOLDER/), or a Postgres database \
    (postgres://USER@HOST/NAME, with the password in PGPASSWORD)";

/// Where a copy is kept, before it is opened.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A SQLite database.
    Sqlite(PathBuf),
    /// A folder of Parquet files.
    Parquet(PathBuf),
    /// The URL of a Postgres database, which may contain a password.
    Postgres(String),
}

/// A copy that is open.
pub(crate) enum Store {
    Sqlite(Sqlite),
    #[cfg(feature = "parquet")]
    Parquet(Parquet),
    #[cfg(feature = "postgres")]
    Postgres(Postgres),
}

impl Place {
    /// Reads a place from the command line.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned()));
        }
        let path = PathBuf::from(text);
        if text.ends_with(['/', std::path::MAIN_SEPARATOR]) || path.is_dir() {
            return Ok(Self::Parquet(path));
        }
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("sqlite" | "sqlite3" | "db") => Ok(Self::Sqlite(path)),
            Some("duckdb") => Err(Failure::usage(format!(
                "{text}: DuckDB reads folders of Parquet files; name a folder, such as {}/",
                path.with_extension("").display()
            ))),
            _ => Err(Failure::usage(format!(
                "`{text}` is neither a file that ends in .sqlite, .sqlite3, or .db, nor a folder (FOLDER/), nor a postgres:// URL"
            ))),
        }
    }

    /// Opens the copy. Files and folders that do not exist are created.
    pub(crate) async fn open(&self, session: &Session) -> Result<Store, Failure> {
        match self {
            Self::Sqlite(path) => {
                if let Some(folder) = path.parent().filter(|folder| *folder != Path::new("") && !folder.exists()) {
                    return Err(Failure::usage(format!("there is no folder {}", folder.display())));
                }
                Ok(Store::Sqlite(Sqlite::open(path)?))
            }
            Self::Parquet(path) => parquet(path),
            Self::Postgres(url) => postgres(url, session).await,
        }
    }

    /// Opens a copy that exists.
    pub(crate) async fn open_existing(&self, session: &Session) -> Result<Store, Failure> {
        match self {
            Self::Sqlite(path) | Self::Parquet(path) if !path.exists() => {
                let path = path.display();
                Err(Failure::usage(format!("there is no copy at {path}. To make one:\n    campfire copy --to {path}")))
            }
            _ => self.open(session).await,
        }
    }
}

#[cfg(feature = "parquet")]
fn parquet(folder: &Path) -> Result<Store, Failure> {
    Ok(Store::Parquet(Parquet::open(folder)?))
}

#[cfg(not(feature = "parquet"))]
fn parquet(_: &Path) -> Result<Store, Failure> {
    Err(Failure::left_out("Parquet files", "parquet"))
}

#[cfg(feature = "postgres")]
async fn postgres(url: &str, session: &Session) -> Result<Store, Failure> {
    Ok(Store::Postgres(crate::postgres::connect(url, session).await?))
}

#[cfg(not(feature = "postgres"))]
async fn postgres(_: &str, _: &Session) -> Result<Store, Failure> {
    Err(Failure::left_out("Postgres", "postgres"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_apart() {
        let folder = std::env::temp_dir();
        for (text, expected) in [
            ("company.sqlite", Place::Sqlite("company.sqlite".into())),
            ("data/company.db", Place::Sqlite("data/company.db".into())),
            ("copy/", Place::Parquet("copy/".into())),
            ("copy.2026/", Place::Parquet("copy.2026/".into())),
            (folder.to_str().unwrap(), Place::Parquet(folder.clone())),
            ("postgres://me@db.example/books", Place::Postgres("postgres://me@db.example/books".to_owned())),
            ("postgresql:///books", Place::Postgres("postgresql:///books".to_owned())),
        ] {
            assert_eq!(Place::parse(text).unwrap(), expected);
        }
        for text in ["company.xlsx", "company", "company.duckdb", ""] {
            assert!(Place::parse(text).is_err(), "{text}");
        }
    }
}
