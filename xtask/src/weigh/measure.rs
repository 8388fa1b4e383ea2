//! Measures commands.

use std::process::Command;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

use crate::project::Result;

/// The argument that makes this program measure a single command.
pub(crate) const MEASURE: &str = "measure";

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

/// Runs a command and prints its CPU seconds and the bytes of memory that its largest process used.
pub(crate) fn child(command: &[&str]) -> Result<()> {
    let Some((program, arguments)) = command.split_first() else { return Err("no command to measure".into()) };
    let output = Command::new(program).args(arguments).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let cpu = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    // Linux counts in KiB, macOS in bytes.
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    println!("{} {}", cpu as f64 / 1e6, usage.max_rss() * unit);
    Ok(())
}

/// Measures a command in a process of its own. Returns CPU seconds and bytes of memory.
pub(super) fn measure(command: &Command) -> Result<(f64, f64)> {
    let mut measuring = Command::new(std::env::current_exe()?);
    measuring.arg(MEASURE).arg(command.get_program()).args(command.get_args());
    measuring.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(folder) = command.get_current_dir() {
        measuring.current_dir(folder);
    }
    let output = measuring.output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let text = String::from_utf8(output.stdout)?;
    let mut numbers = text.split_whitespace().map(str::parse::<f64>);
    match (numbers.next(), numbers.next()) {
        (Some(cpu), Some(memory)) => Ok((cpu?, memory?)),
        _ => Err(format!("unexpected measurement: {text}").into()),
    }
}
