//! `cargo xtask fuzz`: runs the targets in `fuzz/` one after the other.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::project::Result;

/// The targets, as listed in `fuzz/Cargo.toml` and `src/fuzz.rs`.
const TARGETS: &[&str] =
    &["page", "json", "decimal", "timestamp", "api_error", "response", "exchange", "flatten", "token"];

/// Limits for one input: seconds before it counts as a hang, MiB of memory, and bytes of length.
const LIMITS: &[&str] = &["-timeout=10", "-rss_limit_mb=1024", "-max_len=65536"];

/// Fuzzes each target for a number of minutes.
///
/// New inputs go to `fuzz/corpus`, which is not committed. Inputs that crash a target go to `fuzz/artifacts`; move them
/// to `fuzz/seeds` once the bug is fixed.
///
/// # Errors
/// When a target crashes, or `cargo fuzz` is not installed.
pub(crate) fn run(root: &Path, minutes: &str) -> Result<()> {
    let minutes: u64 = minutes.parse().map_err(|_| format!("`{minutes}` is not a number of minutes"))?;
    for target in TARGETS {
        println!("== {target}, {minutes} minutes");
        let corpus = format!("fuzz/corpus/{target}");
        fs::create_dir_all(root.join(&corpus))?;
        let status = Command::new("cargo")
            .current_dir(root)
            // libFuzzer needs unstable compiler flags, which this enables in the pinned stable compiler.
            .env("RUSTC_BOOTSTRAP", "1")
            .args(["fuzz", "run", target, &corpus, &format!("fuzz/seeds/{target}"), "--"])
            .arg(format!("-max_total_time={}", minutes.saturating_mul(60)))
            .args(LIMITS)
            .status()?;
        if !status.success() {
            return Err(format!("{target} crashed: see the output above and fuzz/artifacts/{target}").into());
        }
    }
    Ok(())
}
