//! Writes the model of the whole API and its description, which the program serves.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use campfire_codegen::description::bundle;
use campfire_codegen::description::load::Description;
use campfire_codegen::description::spec::Api;
use campfire_codegen::emit::model;

fn main() -> Result<(), Box<dyn Error>> {
    let description = Description::load(Path::new("../../openapi"))?;
    for file in &description.files {
        println!("cargo:rerun-if-changed={}", file.display());
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo did not set OUT_DIR")?);
    fs::write(out.join("sandbox.json"), model::json(&Api::read(&description)?, &description.overlay))?;
    fs::write(out.join("openapi.json"), bundle::json(&description))?;
    Ok(())
}
