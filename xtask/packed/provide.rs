//! Copies the generated sources that the packed crate contains, for the areas whose features are enabled.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs, process};

#[path = "stamp.rs"]
mod stamp;

/// The folder with the generated sources.
const GENERATED: &str = "generated";

pub fn main() {
    if let Err(error) = provide() {
        eprintln!("\nThe SDK has no generated sources for this description:\n\n{error}\n");
        process::exit(1);
    }
}

fn provide() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={GENERATED}");
    println!("cargo:rerun-if-env-changed=CAMPFIRE_OPENAPI_DIR");
    if env::var_os("CAMPFIRE_OPENAPI_DIR").is_some() {
        return Err("CAMPFIRE_OPENAPI_DIR is set: enable the feature `codegen` of campfire-sdk".into());
    }
    let description = Path::new("openapi");
    for file in stamp::files(description)? {
        println!("cargo:rerun-if-changed={}", file.display());
    }
    let index = fs::read_to_string(Path::new(GENERATED).join("index.txt"))?;
    let mut lines = index.lines();
    if lines.next() != Some(format!("{:016x}", stamp::hash(description)?).as_str()) {
        let help = "openapi/ was edited after the crate was packed: enable the feature `codegen` of campfire-sdk";
        return Err(help.into());
    }
    let areas: Vec<&str> = lines.collect();
    // The highest bit marks lines that do not depend on areas.
    let mut mask = 1 << areas.len();
    for (bit, area) in areas.iter().enumerate() {
        if env::var_os(format!("CARGO_FEATURE_{}", area.to_uppercase().replace('-', "_"))).is_some() {
            mask |= 1 << bit;
        }
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo did not set OUT_DIR")?);
    for entry in fs::read_dir(GENERATED)? {
        let entry = entry?;
        let selected = stamp::select(&fs::read_to_string(entry.path())?, mask);
        let is_json = entry.path().extension().is_some_and(|extension| extension == "json");
        let text = if is_json { stamp::without_trailing_commas(&selected) } else { selected };
        fs::write(out.join(entry.file_name()), text)?;
    }
    Ok(())
}
