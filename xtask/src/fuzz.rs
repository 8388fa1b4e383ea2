//! `cargo xtask fuzz`: runs the targets of `fuzz/`, one after the other.

use std::path::Path;
use std::process::Command;

use crate::Result;

/// As in `fuzz/Cargo.toml` and `src/fuzz.rs`.
const TARGETS: &[&str] = &["page", "decimal", "timestamp", "api_error", "response"];

/// A hang is an input that takes longer, in seconds; memory without bounds is more than this, in MiB.
const LIMITS: &[&str] = &["-timeout=10", "-rss_limit_mb=1024", "-max_len=65536"];

/// Fuzzes each target for some minutes. What is found goes to `fuzz/corpus`, which nobody commits; what breaks a target
/// goes to `fuzz/artifacts`, and belongs into `fuzz/seeds` once it is mended.
///
/// # Errors
/// When a target breaks, or `cargo fuzz` is missing.
pub(crate) fn run(root: &Path, minutes: u64) -> Result<()> {
    for target in TARGETS {
        println!("== {target}, {minutes} minutes");
        let corpus = format!("fuzz/corpus/{target}");
        std::fs::create_dir_all(root.join(&corpus))?;
        let status = Command::new("cargo")
            .current_dir(root)
            // libFuzzer needs unstable flags of the compiler; the pinned stable one has them, behind this.
            .env("RUSTC_BOOTSTRAP", "1")
            .args(["fuzz", "run", target, &corpus, &format!("fuzz/seeds/{target}"), "--"])
            .arg(format!("-max_total_time={}", minutes.saturating_mul(60)))
            .args(LIMITS)
            .status()?;
        if !status.success() {
            return Err(format!("{target} broke: see above, and fuzz/artifacts/{target}").into());
        }
    }
    Ok(())
}
