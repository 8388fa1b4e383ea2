//! `cargo xtask diff OLD NEW`: compares two revisions of the description.

mod git_driver;

use std::path::Path;
use std::process::{Command, ExitCode};
use std::{env, fs};

use campfire_diff::{Diff, Revision, Rules, Wire};
use chrono::{DateTime, Utc};

use crate::project::{Result, openapi, read, root, write};

const HELP: &str = "\
Usage: cargo xtask diff OLD NEW
       cargo xtask diff --base REVISION [NEW]
       cargo xtask diff --git-driver …   (as git's external diff driver, see docs/diffing.md)

  OLD, NEW            A YAML or JSON file, or a folder of area files
  --base REVISION     Compare with openapi/ in that git revision (NEW defaults to the current openapi/)
  --format FORMAT     text (default), html (a page), json, markdown, github (annotations), changelog (a draft)
  --level LEVEL       Print only changes that are at least breaking, risky, compatible or documentation (default)
  --summary FILE      Append Markdown to a file, such as $GITHUB_STEP_SUMMARY
  --allow FILE        Apply accepted changes and severities from an allow file (see docs/diffing.md)
  --ignore-extensions PREFIX
                      Leave out extensions whose names start with PREFIX, such as `x-internal`; may be repeated
  --fail-on LEVEL     breaking (default), risky, any, none
  --versions OLD NEW  Fail if the version bump is smaller than required

Exit codes: 0 if the gate passes, 1 if a change or the version bump fails it, 2 if the comparison failed.
";

/// Runs the command.
pub(crate) fn run(arguments: &[&str]) -> ExitCode {
    if let Some(("--git-driver", arguments)) = arguments.split_first().map(|(first, rest)| (*first, rest)) {
        return git_driver::run(arguments);
    }
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
    level: Option<&'a str>,
    ignored_extensions: Vec<&'a str>,
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
                "--level" => options.level = Some(value()?),
                "--ignore-extensions" => options.ignored_extensions.push(value()?),
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

    /// Returns the mildest verdict that fails, if any does.
    fn threshold(&self) -> Result<Option<Wire>> {
        match self.fail_on.unwrap_or("breaking") {
            "any" => Ok(Some(Wire::Documentation)),
            "risky" => Ok(Some(Wire::Risky)),
            "breaking" => Ok(Some(Wire::Breaking)),
            "none" => Ok(None),
            other => Err(format!("`--fail-on {other}`: expected breaking, risky, any or none").into()),
        }
    }

    /// Returns the mildest verdict that is printed.
    fn shown_from(&self) -> Result<Wire> {
        let level = self.level.unwrap_or("documentation");
        let wire = Wire::named(level).filter(|wire| *wire < Wire::Unclassified);
        let expected = "expected breaking, risky, compatible or documentation";
        wire.ok_or_else(|| format!("`--level {level}`: {expected}").into())
    }

    fn renderer(&self) -> Result<fn(&Diff) -> String> {
        Ok(match self.format.unwrap_or("text") {
            "text" => campfire_diff::text,
            "html" => campfire_diff::html,
            "json" => |diff| format!("{:#}\n", campfire_diff::json(diff)),
            "markdown" => campfire_diff::markdown,
            "github" => campfire_diff::github,
            "changelog" => campfire_diff::changelog,
            other => {
                return Err(
                    format!("`--format {other}`: expected text, html, json, markdown, github or changelog").into()
                );
            }
        })
    }
}

/// Compares and prints. Returns true if the gate passes.
fn compare(options: &Options<'_>) -> Result<bool> {
    let (old, new) = options.read()?;
    let (threshold, render, level) = (options.threshold()?, options.renderer()?, options.shown_from()?);
    let mut diff = campfire_diff::compare(&old, &new);
    diff.level = level;
    for prefix in &options.ignored_extensions {
        diff.ignore_extensions(prefix);
    }
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
fn passes(diff: &Diff, threshold: Option<Wire>, versions: Option<(&str, &str)>) -> bool {
    let stopping = threshold.map_or(0, |wire| diff.stopping(wire).count());
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
