//! Measures the compilation of a library: cargo calls this program in place of the compiler.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::{env, fs};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

use crate::project::{self, Result};

/// The environment variable that names the library that is weighed.
const LIBRARY: &str = "CAMPFIRE_WEIGH_LIBRARY";
/// The environment variable that names the file for the figures.
const FIGURES: &str = "CAMPFIRE_WEIGH_FIGURES";

/// What building a crate takes, and what comes out.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Weight {
    /// The user and system time of the compiler, in seconds.
    pub(super) cpu: f64,
    /// The largest resident memory of a process, in bytes.
    pub(super) memory: f64,
    /// The crates that a user compiles, including this one.
    pub(super) crates: usize,
    /// The functions in the object code.
    pub(super) functions: usize,
    /// The size of the library in bytes.
    pub(super) library: f64,
}

/// Returns the exit code of the compiler if cargo has called this program in its place, and writes down what compiling the library
/// that is weighed has taken.
pub(crate) fn as_compiler(arguments: &[&str]) -> Option<ExitCode> {
    let (library, figures) = (env::var(LIBRARY).ok()?, env::var_os(FIGURES)?);
    Some(compile(arguments, &library, Path::new(&figures)).unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::FAILURE
    }))
}

fn compile(arguments: &[&str], library: &str, figures: &Path) -> Result<ExitCode> {
    let (compiler, rest) = arguments.split_first().ok_or("cargo named no compiler")?;
    let status = Command::new(compiler).args(rest).status()?;
    if rest.windows(2).any(|pair| pair == ["--crate-name", library]) {
        let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
        let cpu = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
        // Linux counts in KiB, macOS in bytes.
        let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
        fs::write(figures, format!("{} {}", cpu as f64 / 1e6, usage.max_rss() * unit))?;
    }
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs a build, and returns the CPU seconds and the bytes of memory that the compiler takes for one of its libraries.
pub(super) fn measure(mut build: Command, library: &str, figures: &Path) -> Result<(f64, f64)> {
    build.env("RUSTC_WRAPPER", env::current_exe()?).env(LIBRARY, library).env(FIGURES, figures);
    let output = build.output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let text = project::read(figures)?;
    fs::remove_file(figures)?;
    let mut numbers = text.split_whitespace().map(str::parse::<f64>);
    match (numbers.next(), numbers.next()) {
        (Some(cpu), Some(memory)) => Ok((cpu?, memory?)),
        _ => Err(format!("unexpected measurement: {text}").into()),
    }
}
