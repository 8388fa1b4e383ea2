//! Generates the client, the types and the request builders from `openapi/`, for the areas whose features are enabled.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::{env, fs, process};

use campfire_codegen::{Description, JsonSchemas, Stubs};

/// Overrides the folder that contains the description.
const FOLDER_VARIABLE: &str = "CAMPFIRE_OPENAPI_DIR";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed={FOLDER_VARIABLE}");
    if let Err(error) = generate() {
        eprintln!("\nThe SDK cannot be generated from the OpenAPI description:\n\n{error}\n");
        process::exit(1);
    }
}

fn generate() -> Result<(), Box<dyn std::error::Error>> {
    let folder = env::var_os(FOLDER_VARIABLE).map_or_else(|| PathBuf::from("openapi"), PathBuf::from);
    let description = Description::load(&folder)?;
    for file in &description.files {
        println!("cargo:rerun-if-changed={}", file.display());
    }
    let areas = areas(&description)?;
    let json_schemas = if is_enabled("schemars") { JsonSchemas::ByFeature } else { JsonSchemas::Off };
    let generated = campfire_codegen::generate(&description, &areas, json_schemas)?;
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo did not set OUT_DIR")?);
    fs::write(out.join("client.rs"), generated.client)?;
    let stubs = if description.areas().into_iter().all(|area| areas.contains(area)) {
        Stubs::default()
    } else {
        campfire_codegen::generate_stubs(&description, &features(&description)?)?
    };
    fs::write(out.join("types.rs"), generated.types + "\n" + &stubs.types)?;
    fs::write(out.join("ids.rs"), generated.ids)?;
    fs::write(out.join("resources.rs"), generated.resources + "\n" + &stubs.resources)?;
    fs::write(out.join("fields.json"), generated.fields)?;
    fs::write(out.join("sandbox.json"), generated.sandbox)?;
    fs::write(out.join("server.rs"), generated.server)?;
    fs::write(out.join("calls.rs"), generated.calls)?;
    fs::write(out.join("examples.rs"), generated.examples)?;
    if is_enabled("mock") {
        fs::write(out.join("mocks.rs"), campfire_codegen::generate_mocks(&description, &areas)?)?;
    }
    if is_enabled("operations") {
        let table = campfire_codegen::generate_operations(&description, &areas)?;
        fs::write(out.join("operations.txt"), table.operations)?;
        fs::write(out.join("schemas.txt"), table.schemas)?;
        fs::write(out.join("endpoints.rs"), table.endpoints)?;
    }
    Ok(())
}

fn is_enabled(feature: &str) -> bool {
    env::var_os(format!("CARGO_FEATURE_{}", feature.to_uppercase().replace('-', "_"))).is_some()
}

/// Returns the areas to generate: those whose features are enabled, and those that no feature is named after, which
/// descriptions other than ours may have.
fn areas(description: &Description) -> std::io::Result<BTreeSet<String>> {
    let features = features(description)?;
    let areas = description.areas().into_iter().filter(|area| is_enabled(area) || !features.contains(*area));
    Ok(areas.map(str::to_owned).collect())
}

/// Returns the areas that features are named after.
fn features(description: &Description) -> std::io::Result<BTreeSet<String>> {
    let manifest = fs::read_to_string("Cargo.toml")?;
    let is_feature = |area: &str| manifest.lines().any(|line| line.starts_with(&format!("{area} = [")));
    Ok(description.areas().into_iter().filter(|area| is_feature(area)).map(str::to_owned).collect())
}
