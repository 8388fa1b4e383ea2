//! `cargo xtask package`: writes the SDK as a crate that contains its generated sources.

mod generated;
mod manifest;
mod marks;
#[allow(unreachable_pub)] // The build script of the packed crate contains this module, too.
mod stamp;

use std::fs;
use std::path::Path;

use crate::project::{self, Result};

/// The files and folders that are copied as they are.
const COPIED: &[&str] = &["src", "openapi", "README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"];

/// Writes the crate into a folder, which must not exist or be one that this command wrote.
///
/// # Errors
/// If the sources cannot be generated or written.
pub(crate) fn write(root: &Path, folder: &Path) -> Result<()> {
    if folder.exists() && !folder.join("generated/index.txt").exists() {
        return Err(format!("{} exists, and is no packed crate", folder.display()).into());
    }
    let description = project::load()?;
    let sources = generated::sources(&description)?;
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder.join("generated"))?;
    for name in COPIED {
        copy(&root.join(name), &folder.join(name))?;
    }
    for file in ["packed/build.rs", "packed/provide.rs", "src/package/stamp.rs"] {
        let from = root.join("xtask").join(file);
        copy(&from, &folder.join(from.file_name().unwrap_or_default()))?;
    }
    let generate = project::read(&root.join("build.rs"))?.replacen("\nfn main()", "\npub fn main()", 1);
    project::write(&folder.join("generate.rs"), &generate)?;
    let manifest = manifest::packed(&project::read(&root.join("Cargo.toml"))?)?;
    project::write(&folder.join("Cargo.toml"), &manifest)?;
    for source in sources {
        project::write(&folder.join("generated").join(source.name), &source.text)?;
    }
    let areas: Vec<&str> = description.areas().into_iter().collect();
    let index = format!("{:016x}\n{}\n", stamp::hash(&folder.join("openapi"))?, areas.join("\n"));
    project::write(&folder.join("generated/index.txt"), &index)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    if !from.is_dir() {
        fs::copy(from, to).map_err(|error| format!("{}: {error}", from.display()))?;
        return Ok(());
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}
