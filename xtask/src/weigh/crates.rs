//! The crates that are weighed.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use super::measure::{Weight, measure};
use crate::project::Result;

/// A crate and the features that are built.
pub(super) struct Subject<'a> {
    folder: &'a Path,
    package: &'static str,
    library: &'static str,
    features: Option<&'a str>,
}

impl<'a> Subject<'a> {
    /// The SDK with these features, or with its default features.
    pub(super) fn sdk(root: &'a Path, features: Option<&'a str>) -> Self {
        Self { folder: root, package: "campfire-sdk", library: "campfire", features }
    }

    /// The crate that progenitor generated.
    pub(super) fn stock(folder: &'a Path) -> Self {
        Self { folder, package: "stock", library: "stock", features: None }
    }

    /// Builds the crate, and measures the compiler while it compiles this crate and none of its dependencies. Each package has
    /// a folder of its own below `target`: in a common one, each would compile anew what it needs with other features.
    pub(super) fn weigh(&self, target: &Path) -> Result<Weight> {
        let target = &target.join("build").join(self.package);
        fs::create_dir_all(target)?;
        File::options().append(true).open(self.folder.join("src/lib.rs"))?.set_modified(SystemTime::now())?;
        let (cpu, memory) = measure(self.cargo("build", target), self.library, &target.join("figures"))?;
        let library = target.join(format!("debug/lib{}.rlib", self.library));
        Ok(Weight {
            cpu,
            memory,
            crates: self.crates(target)?,
            functions: functions(&library)?,
            library: library.metadata()?.len() as f64,
        })
    }

    fn cargo(&self, command: &str, target: &Path) -> Command {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.current_dir(self.folder).args([command, "-p", self.package]);
        if command == "build" {
            cargo.arg("--lib");
        }
        if let Some(features) = self.features {
            cargo.args(["--no-default-features", "--features", features]);
        }
        // As a user builds it: with debug information, and without what only helps the next build.
        cargo.envs([("CARGO_INCREMENTAL", "0"), ("CARGO_PROFILE_DEV_DEBUG", "2")]);
        cargo.env("CARGO_TARGET_DIR", target);
        cargo
    }

    /// Counts the crates that are compiled for users, build scripts included.
    fn crates(&self, target: &Path) -> Result<usize> {
        let mut tree = self.cargo("tree", target);
        tree.args(["--edges", "normal,build", "--prefix", "none", "--format", "{p}"]);
        let names: BTreeSet<String> = run(tree)?.lines().map(|line| line.replace(" (*)", "")).collect();
        Ok(names.len())
    }
}

fn run(mut command: Command) -> Result<String> {
    let output = command.output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Counts the functions in a library. The linker's package has `nm` on every platform that is weighed.
fn functions(library: &PathBuf) -> Result<usize> {
    let mut nm = Command::new("nm");
    nm.arg("--defined-only").arg(library);
    let symbols = run(nm)?;
    Ok(symbols.lines().filter(|line| line.contains(" t ") || line.contains(" T ")).count())
}
