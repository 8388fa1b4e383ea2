//! `cargo xtask …`: commands for maintainers.

mod api;
mod diff;
mod drift;
mod expand;
mod fuzz;
mod guides;
mod layers;
mod lenient;
mod lint;
mod package;
mod project;
mod release;
mod resources;
mod source;
mod weigh;

use std::env;
use std::path::Path;
use std::process::ExitCode;

use campfire_codegen::Description;
use campfire_codegen::description::bundle;
use campfire_codegen::description::spec::Api;
use campfire_codegen::emit::deviations;

use project::{Result, load};

const HELP: &str = "\
Usage: cargo xtask COMMAND

  lint                   Check the description against the rules in openapi/README.md
  lint --format github   Same, and annotate the lines in a GitHub workflow
  lint --fix             Reformat the area files
  lint --rules           List the rules and the reason for each
  bundle --out FILE      Write the merged description to a .json or .yaml file
  bundle --lenient --out FILE
                         Same, for generators whose clients refuse what the live server sends
  resources              Print the resource tree: methods, parameters, bodies, responses, paths
  deviations [--check]   Write openapi/DEVIATIONS.md, or check that it is up to date
  api [--check]          Write docs/public-api.txt, or check that it is up to date
  guides [--check]       Write docs/guide from src/guide, or check that it is up to date
  layers                 Check that no modules import each other in a circle
  diff OLD NEW           Compare two revisions of the description (`cargo xtask diff` prints the options)
  drift VENDOR.json      Compare the description with the vendor's current schema, as a to-do list
  expand [NAME]          Print the generated Rust, or only the items that are called NAME
  fuzz --minutes N       Run each fuzz target for N minutes (requires `cargo install cargo-fuzz`)
  package --out FOLDER   Write the SDK as a crate that contains its generated sources
  weigh [--check]        Compare what the SDK costs to build with stock progenitor, and with its budgets
  release-check          Check that the workspace is ready to be published
";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let Some(code) = weigh::measure::as_compiler(&arguments) {
        return code;
    }
    if let Some(("diff", options)) = arguments.split_first().map(|(command, options)| (*command, options)) {
        return diff::run(options);
    }
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Result<()> {
    match arguments {
        ["lint"] => lint::check(false)?,
        ["lint", "--format", "github"] => lint::check(true)?,
        ["lint", "--fix"] => lint::fix()?,
        ["lint", "--rules"] => print!("{}", lint::rules()),
        ["bundle", "--out", file] => write_bundle(&load()?, Path::new(file))?,
        ["bundle", "--lenient", "--out", file] => {
            let mut description = load()?;
            lenient::relax(&mut description.root);
            write_bundle(&description, Path::new(file))?;
        }
        ["resources"] => print!("{}", resources::print(&Api::read(&load()?)?)),
        ["deviations"] => project::write(&project::deviations(), &deviations::markdown(&load()?))?,
        ["deviations", "--check"] => {
            if project::read(&project::deviations())? != deviations::markdown(&load()?) {
                return Err("openapi/DEVIATIONS.md is out of date: run `cargo xtask deviations`".into());
            }
        }
        ["api"] => project::write(&project::public_api(), &api::current()?)?,
        ["api", "--check"] => {
            let difference = api::difference(&project::read(&project::public_api())?, &api::current()?);
            if !difference.is_empty() {
                return Err(format!("{difference}docs/public-api.txt is out of date: run `cargo xtask api`").into());
            }
        }
        ["guides"] => guides::write(&project::root())?,
        ["guides", "--check"] => guides::check(&project::root())?,
        ["layers"] => layers::check(&project::root())?,
        ["drift", vendors] => print!("{}", drift::run(Path::new(vendors))?),
        ["expand"] => print!("{}", expand::expand(&load()?, None)?),
        ["expand", name] => print!("{}", expand::expand(&load()?, Some(name))?),
        ["fuzz", "--minutes", minutes] => fuzz::run(&project::root(), minutes)?,
        ["package", "--out", folder] => package::write(&project::root(), Path::new(folder))?,
        ["weigh"] => weigh::weigh(false)?,
        ["weigh", "--check"] => weigh::weigh(true)?,
        ["release-check"] => release::check(&project::root())?,
        ["help" | "--help" | "-h"] | [] => print!("{HELP}"),
        other => return Err(format!("unknown command `{}`\n\n{HELP}", other.join(" ")).into()),
    }
    Ok(())
}

fn write_bundle(description: &Description, file: &Path) -> Result<()> {
    let text = match file.extension().and_then(|extension| extension.to_str()) {
        Some("json") => bundle::json(description),
        Some("yaml" | "yml") => bundle::yaml(description),
        _ => return Err(format!("`{}`: expected a file name that ends in .json or .yaml", file.display()).into()),
    };
    project::write(file, &text)
}
