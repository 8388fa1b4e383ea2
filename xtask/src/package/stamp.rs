//! The marks in generated sources, and the hash that tells whether the sources fit the description.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Starts a line that says to which areas the following lines belong: a bit per area, in hexadecimal.
pub const MARK: &str = "//@";

/// Returns the lines that belong to one of the areas in `mask`.
pub fn select(marked: &str, mask: u64) -> String {
    let mut selected = String::with_capacity(marked.len());
    let mut belongs = false;
    for line in marked.split_inclusive('\n') {
        if let Some(bits) = line.strip_prefix(MARK) {
            belongs = u64::from_str_radix(bits.trim_end(), 16).unwrap_or(0) & mask != 0;
        } else if belongs {
            selected.push_str(line);
        }
    }
    selected
}

/// Removes the commas before closing brackets, which are left when the last lines of a list are not selected.
pub fn without_trailing_commas(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for line in json.split_inclusive('\n') {
        if line.trim_start().starts_with([']', '}']) && text.ends_with(",\n") {
            text.truncate(text.len() - 2);
            text.push('\n');
        }
        text.push_str(line);
    }
    text
}

/// Returns the YAML files of a description, sorted.
pub fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for folder in [folder.to_owned(), folder.join("sandbox")] {
        if folder.is_dir() {
            for entry in fs::read_dir(folder)? {
                let path = entry?.path();
                if path.extension().is_some_and(|extension| extension == "yaml") {
                    files.push(path);
                }
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Returns a hash of the names and contents of a description's files (FNV-1a). It guards against forgotten edits, not
/// against attacks.
pub fn hash(folder: &Path) -> io::Result<u64> {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for file in files(folder)? {
        let name = file.strip_prefix(folder).unwrap_or(&file).to_string_lossy().replace('\\', "/");
        for byte in name.bytes().chain([0]).chain(fs::read(&file)?) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
    Ok(hash)
}
