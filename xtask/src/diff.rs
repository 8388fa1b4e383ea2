//! `cargo xtask diff OLD NEW`: compares two revisions of the description.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::{env, fs};

use campfire_diff::{Diff, Revision, Rules, Wire};
use chrono::{DateTime, Utc};

use crate::project::{Result, openapi, read, root, write};

const HELP: &str = "\
Usage: cargo xtask diff OLD NEW
       cargo xtask diff --base REVISION [NEW]

  OLD, NEW            A YAML or JSON file, or a folder of area files
  --base REVISION     Compare with openapi/ in that git revision (NEW defaults to the current openapi/)
  --format FORMAT     text (default), json, markdown, github (annotations), changelog (a draft)
  --summary FILE      Append Markdown to a file, such as $GITHUB_STEP_SUMMARY
  --allow FILE        Apply accepted changes and severities from an allow file (see docs/diffing.md)
  --fail-on LEVEL     breaking (default), risky, any, none
  --versions OLD NEW  Fail if the version bump is smaller than required

Exit codes: 0 if the gate passes, 1 if a change or the version bump fails it, 2 if the comparison failed.
";

/// Runs the command.
pub(crate) fn run(arguments: &[&str]) -> ExitCode {
    match Options::parse(arguments).and_then(|options| compare(&options)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

#[derive(Default)]
struct Options<'a> {
    revisions: Vec<&'a str>,
    base: Option<&'a str>,
    format: Option<&'a str>,
    summary: Option<&'a Path>,
    allow: Option<&'a str>,
    fail_on: Option<&'a str>,
    versions: Option<(&'a str, &'a str)>,
}

impl<'a> Options<'a> {
    fn parse(arguments: &[&'a str]) -> Result<Self> {
        let mut options = Self::default();
        let mut rest = arguments.iter().copied();
        while let Some(argument) = rest.next() {
            let mut value = || rest.next().ok_or_else(|| format!("`{argument}` needs a value\n\n{HELP}"));
            match argument {
                "--base" => options.base = Some(value()?),
                "--format" => options.format = Some(value()?),
                "--summary" => options.summary = Some(Path::new(value()?)),
                "--allow" => options.allow = Some(value()?),
                "--fail-on" => options.fail_on = Some(value()?),
                "--versions" => options.versions = Some((value()?, value()?)),
                other if other.starts_with("--") => return Err(format!("unknown option `{other}`\n\n{HELP}").into()),
                revision => options.revisions.push(revision),
            }
        }
        Ok(options)
    }

    /// Reads the two revisions.
    fn read(&self) -> Result<(Revision, Revision)> {
        let read = |path: &str| Revision::read(Path::new(path));
        match (self.base, self.revisions.as_slice()) {
            (None, [old, new]) => Ok((read(old)?, read(new)?)),
            (Some(base), []) => Ok((in_git(base)?, Revision::read(&openapi())?)),
            (Some(base), [new]) => Ok((in_git(base)?, read(new)?)),
            _ => Err(HELP.into()),
        }
    }

    /// Returns the mildest verdict that fails. Unclassified changes always fail.
    fn threshold(&self) -> Result<Wire> {
        match self.fail_on.unwrap_or("breaking") {
            "any" => Ok(Wire::Documentation),
            "risky" => Ok(Wire::Risky),
            "breaking" => Ok(Wire::Breaking),
            "none" => Ok(Wire::Unclassified),
            other => Err(format!("`--fail-on {other}`: expected breaking, risky, any or none").into()),
        }
    }

    fn renderer(&self) -> Result<fn(&Diff) -> String> {
        Ok(match self.format.unwrap_or("text") {
            "text" => campfire_diff::text,
            "json" => |diff| format!("{:#}\n", campfire_diff::json(diff)),
            "markdown" => campfire_diff::markdown,
            "github" => campfire_diff::github,
            "changelog" => campfire_diff::changelog,
            other => {
                return Err(format!("`--format {other}`: expected text, json, markdown, github or changelog").into());
            }
        })
    }
}

/// Compares and prints. Returns true if the gate passes.
fn compare(options: &Options<'_>) -> Result<bool> {
    let (old, new) = options.read()?;
    let (threshold, render) = (options.threshold()?, options.renderer()?);
    let mut diff = campfire_diff::compare(&old, &new);
    if let Some(file) = options.allow {
        for warning in Rules::parse(file, &read(Path::new(file))?)?.apply(&mut diff, &today()) {
            eprintln!("{file}: {warning}");
        }
    }
    print!("{}", render(&diff));
    if let Some(file) = options.summary {
        let before = fs::read_to_string(file).unwrap_or_default();
        write(file, &(before + &campfire_diff::markdown(&diff)))?;
    }
    Ok(passes(&diff, threshold, options.versions))
}

/// Returns true if no change stops the gate and the version bump is sufficient. Prints the reasons otherwise.
fn passes(diff: &Diff, threshold: Wire, versions: Option<(&str, &str)>) -> bool {
    let stopping = diff.stopping(threshold).count();
    if stopping > 0 {
        let changes = if stopping == 1 { "1 change fails" } else { &format!("{stopping} changes fail") };
        eprintln!("{changes} the check: revert, or explain in an allow file");
    }
    let fits = versions.map_or(Ok(()), |(old, new)| diff.fits(old, new));
    if let Err(reason) = &fits {
        eprintln!("{reason}");
    }
    stopping == 0 && fits.is_ok()
}

/// Reads the area files and the sandbox overlay of `openapi/` in a git revision.
fn in_git(revision: &str) -> Result<Revision> {
    let names = git(&["ls-tree", "-r", "--name-only", &format!("{revision}:openapi")])?;
    let names = names.lines().filter(|name| name.ends_with(".yaml"));
    let read = |name: &str| Ok((format!("openapi/{name}"), git(&["show", &format!("{revision}:openapi/{name}")])?));
    let files: Vec<(String, String)> = names.map(read).collect::<Result<_>>()?;
    let files = files.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    let (overlay, areas): (Vec<_>, Vec<_>) = files.partition(|(name, _)| name.starts_with("openapi/sandbox/"));
    Ok(Revision::merge(areas)?.with_overlay(overlay)?)
}

fn git(arguments: &[&str]) -> Result<String> {
    // Repositories that use this tool with a description of their own run it from their root.
    let folder = if Path::new("openapi/openapi.yaml").exists() { ".".into() } else { root() };
    let output = Command::new("git").current_dir(folder).args(arguments).output()?;
    if !output.status.success() {
        let reason = String::from_utf8_lossy(&output.stderr);
        return Err(format!("git {}: {}", arguments.join(" "), reason.trim()).into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Returns the current day in UTC as `YYYY-MM-DD`, or the day that `SOURCE_DATE_EPOCH` sets.
fn today() -> String {
    let set = env::var("SOURCE_DATE_EPOCH").ok().and_then(|text| DateTime::from_timestamp(text.parse().ok()?, 0));
    set.unwrap_or_else(Utc::now).date_naive().to_string()
}
