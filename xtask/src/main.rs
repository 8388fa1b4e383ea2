//! `cargo xtask …`: the maintainer's commands.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use campfire_codegen::description::bundle;
use campfire_codegen::description::spec::Api;
use campfire_codegen::emit::deviations;
use campfire_codegen::{Description, generate};

mod api;
mod diff;
mod drift;
mod fuzz;
mod lint;
mod release;
mod resources;

const HELP: &str = "\
cargo xtask COMMAND

  lint [--fix]           check the description against the rules of openapi/README.md; mend what is mechanical
  lint --rules           list the rules and why each is there; `--format github` annotates
  bundle --out FILE      write the merged description (.json or .yaml)
  resources              print the resource tree: handle, method, parameters, body, answer, path
  deviations [--check]   write openapi/DEVIATIONS.md, or check that it is current
  api [--check]          write docs/public-api.txt, or check that it is current
  diff OLD NEW           what changed between two revisions, and what that means (`cargo xtask diff` for options)
  drift VENDOR.json      what the vendor's current schema says otherwise, as a to-do list with snippets
  fuzz --minutes N       search for inputs that break decoding, N minutes per target (needs `cargo install cargo-fuzz`)
  release-check          what must be so before a version is published
  expand [NAME]          print the generated Rust, or the items whose name contains NAME
";

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let Some("diff") = arguments.first().map(String::as_str) {
        return diff::run(&arguments[1..].iter().map(String::as_str).collect::<Vec<_>>());
    }
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<()> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["lint"] => lint::check(false)?,
        ["lint", "--format", "github"] => lint::check(true)?,
        ["lint", "--fix"] => lint::fix()?,
        ["lint", "--rules"] => lint::rules(),
        ["bundle", "--out", file] => {
            let description = load()?;
            let text = match Path::new(file).extension().and_then(|extension| extension.to_str()) {
                Some("json") => bundle::json(&description),
                Some("yaml" | "yml") => bundle::yaml(&description),
                _ => return Err(format!("`{file}`: the name must end in .json or .yaml").into()),
            };
            write(Path::new(file), &text)?;
        }
        ["resources"] => print!("{}", resources::print(&Api::read(&load()?)?)),
        ["deviations"] => write(&openapi().join("DEVIATIONS.md"), &deviations::markdown(&load()?))?,
        ["deviations", "--check"] => {
            let file = openapi().join("DEVIATIONS.md");
            if fs::read_to_string(&file).unwrap_or_default() != deviations::markdown(&load()?) {
                return Err(format!("{} is not current: run `cargo xtask deviations`", file.display()).into());
            }
        }
        ["fuzz", "--minutes", minutes] => {
            let minutes = minutes.parse().map_err(|_| format!("`{minutes}` is no number of minutes"))?;
            fuzz::run(&root(), minutes)?;
        }
        ["api"] => write(&public_api(), &api::lines()?)?,
        ["api", "--check"] => {
            let difference = api::difference(&fs::read_to_string(public_api()).unwrap_or_default(), &api::lines()?);
            if !difference.is_empty() {
                return Err(format!("{difference}docs/public-api.txt is not current: run `cargo xtask api`").into());
            }
        }
        ["release-check"] => release::check()?,
        ["drift", vendors] => print!("{}", drift::run(vendors)?),
        ["expand"] => print!("{}", expand(None)?),
        ["expand", name] => print!("{}", expand(Some(name))?),
        ["help" | "--help" | "-h"] | [] => print!("{HELP}"),
        other => return Err(format!("unknown command `{}`\n\n{HELP}", other.join(" ")).into()),
    }
    Ok(())
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_owned()
}

fn openapi() -> PathBuf {
    // Relative where possible, so that complaints name files as a person would.
    if Path::new("openapi/openapi.yaml").exists() { "openapi".into() } else { root().join("openapi") }
}

fn public_api() -> PathBuf {
    root().join("docs/public-api.txt")
}

fn load() -> Result<Description> {
    Ok(Description::load(&openapi())?)
}

fn write(file: &Path, text: &str) -> Result<()> {
    fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()).into())
}

/// The generated Rust, whole or cut down to the items around a name.
fn expand(name: Option<&str>) -> Result<String> {
    let description = load()?;
    let areas: BTreeSet<String> = description.areas().into_iter().map(str::to_owned).collect();
    let generated = generate(&description, &areas)?;
    let all = [("client.rs", generated.client), ("types.rs", generated.types), ("resources.rs", generated.resources)];
    let mut text = String::new();
    for (file, source) in all {
        match name {
            None => text.push_str(&format!("// {file}\n\n{source}\n")),
            Some(name) => {
                for item in source.split("\n\n").filter(|item| item.contains(name)) {
                    text.push_str(&format!("{item}\n\n"));
                }
            }
        }
    }
    Ok(text)
}
