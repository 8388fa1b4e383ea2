//! [`Manifest`]: the state of a table, and the changes that its files do not have yet.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::disk::{Disk, Result};

/// The state of a table, and the changes that its files do not have yet. It is replaced in one step, which commits a batch.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    version: u32,
    /// The state that was saved with the last batch.
    pub(super) state: Option<String>,
    /// The number of the next file of changes.
    pub(super) next: u64,
    /// The files of changes, oldest first.
    pub(super) changes: Vec<ChangeFile>,
}

/// A file of changes: see [`changes`](super::changes).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ChangeFile {
    pub(super) number: u64,
    pub(super) groups: Vec<Group>,
}

/// The changes of a partition, in the order of their ids.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Group {
    /// The name of the partition; `None` for deletions.
    pub(super) partition: Option<String>,
    /// The index of the first batch in the file.
    pub(super) first: usize,
    /// The number of batches.
    pub(super) batches: usize,
}

impl Manifest {
    const VERSION: u32 = 1;
    pub(super) const NAME: &str = "_manifest.json";

    /// Reads the manifest of a table; that of an empty table if there is none.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let text = match fs::read(folder.join(Self::NAME)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Self { version: Self::VERSION, state: None, next: 0, changes: Vec::new() });
            }
            text => text?,
        };
        let manifest: Self = serde_json::from_slice(&text)?;
        if manifest.version == Self::VERSION {
            return Ok(manifest);
        }
        let (found, read) = (manifest.version, Self::VERSION);
        Err(format!("the manifest has version {found}, but this version reads {read}: remove the folder to start over")
            .into())
    }

    /// Returns the manifest with another state.
    pub(super) fn with_state(&self, state: Option<String>) -> Self {
        Self { state, ..self.clone() }
    }

    pub(super) fn write(&self, disk: &Disk, folder: &Path) -> Result<()> {
        let text = serde_json::to_vec(self)?;
        disk.write(&folder.join(Self::NAME), |file| Ok(file.write_all(&text)?))
    }
}

impl ChangeFile {
    /// The folder of the files of changes. Readers of tables leave out names that start with an underscore.
    pub(super) const FOLDER: &str = "_changes";

    /// Returns the path of the file with this number.
    pub(super) fn path(folder: &Path, number: u64) -> PathBuf {
        folder.join(Self::FOLDER).join(format!("{number:08}.arrow"))
    }
}
