//! [`Disk`]: files that are written completely or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// What the work on files returns.
pub(super) type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// The end of the name of a file that is being written.
pub(super) const UNFINISHED: &str = ".tmp";

/// Changes files, each completely or not at all.
#[derive(Clone, Debug, Default)]
pub(super) struct Disk {
    /// The number of operations until one fails, as if the process had ended.
    #[cfg(test)]
    pub(super) until_crash: Option<std::sync::Arc<std::sync::atomic::AtomicI64>>,
}

impl Disk {
    /// Is called before each operation.
    #[cfg(test)]
    fn step(&self) -> io::Result<()> {
        use std::sync::atomic::Ordering;
        match &self.until_crash {
            Some(left) if left.fetch_sub(1, Ordering::SeqCst) <= 0 => Err(io::Error::other("the process has ended")),
            _ => Ok(()),
        }
    }

    #[cfg(not(test))]
    #[allow(clippy::unused_self, clippy::unnecessary_wraps)]
    fn step(&self) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn create_folder(&self, path: &Path) -> io::Result<()> {
        if path.is_dir() {
            return Ok(());
        }
        self.step()?;
        fs::create_dir_all(path)?;
        path.parent().map_or(Ok(()), sync_folder)
    }

    /// Writes a file under another name, and replaces the old one by it when it is safe on the disk.
    pub(super) fn write(&self, path: &Path, content: impl FnOnce(&mut BufWriter<File>) -> Result<()>) -> Result<()> {
        let unfinished = unfinished(path);
        self.step()?;
        let mut file = BufWriter::with_capacity(1 << 18, File::create(&unfinished)?);
        content(&mut file)?;
        file.flush()?;
        self.step()?;
        file.get_ref().sync_all()?;
        self.step()?;
        fs::rename(&unfinished, path)?;
        self.step()?;
        Ok(path.parent().map_or(Ok(()), sync_folder)?)
    }

    pub(super) fn remove(&self, path: &Path) -> io::Result<()> {
        self.step()?;
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Removes a folder, unless there is something in it.
    pub(super) fn remove_folder(&self, path: &Path) -> io::Result<()> {
        self.step()?;
        match fs::remove_dir(path) {
            Err(error) if ![io::ErrorKind::NotFound, io::ErrorKind::DirectoryNotEmpty].contains(&error.kind()) => {
                Err(error)
            }
            _ => Ok(()),
        }
    }
}

fn unfinished(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(UNFINISHED);
    name.into()
}

/// Makes sure that the names in a folder are on the disk.
fn sync_folder(path: &Path) -> io::Result<()> {
    // Other systems do not open folders, and keep names by themselves.
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}

/// Returns the entries of a folder in the order of their names; none if it does not exist.
pub(super) fn names(path: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let names = entries.map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()));
    let mut names = names.collect::<io::Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}
