//! `cargo xtask diff OLD NEW`: what changed between two revisions of the description.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::{env, fs};

use chrono::{DateTime, Utc};

use campfire_diff::{Diff, Revision, Rules, Wire};

use crate::Result;

const HELP: &str = "\
cargo xtask diff OLD NEW | --base REVISION [NEW]

  OLD, NEW            a YAML or JSON file, or a folder of area files
  --base REVISION     compare with openapi/ as it is in that git revision (NEW: openapi/ as it is here)
  --format FORMAT     text (default), json, markdown, github (annotations), changelog (a draft)
  --summary FILE      append the markdown to a file, as $GITHUB_STEP_SUMMARY wants it
  --allow FILE        accepted changes and other severities, see docs/diffing.md
  --fail-on LEVEL     breaking (default), risky, any, none
  --versions OLD NEW  fail, too, when the version bump is smaller than the one that is due

Exit codes: 0 nothing stops, 1 a change stops or the bump does not fit, 2 the comparison could not be made.
";

/// Runs the command; what goes wrong is exit code 2.
pub(crate) fn run(arguments: &[&str]) -> ExitCode {
    match compare(arguments) {
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
    summary: Option<&'a str>,
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
                "--summary" => options.summary = Some(value()?),
                "--allow" => options.allow = Some(value()?),
                "--fail-on" => options.fail_on = Some(value()?),
                "--versions" => options.versions = Some((value()?, value()?)),
                other if other.starts_with("--") => return Err(format!("unknown option `{other}`\n\n{HELP}").into()),
                revision => options.revisions.push(revision),
            }
        }
        Ok(options)
    }
}

fn compare(arguments: &[&str]) -> Result<bool> {
    let options = Options::parse(arguments)?;
    let here = crate::openapi();
    let here = here.display().to_string();
    let (old, new) = match (options.base, options.revisions.as_slice()) {
        (None, [old, new]) => (Revision::read(Path::new(old))?, Revision::read(Path::new(new))?),
        (Some(base), []) => (in_git(base)?, Revision::read(Path::new(&here))?),
        (Some(base), [new]) => (in_git(base)?, Revision::read(Path::new(new))?),
        _ => return Err(HELP.into()),
    };
    let stop = match options.fail_on.unwrap_or("breaking") {
        "any" => Some(Wire::Documentation),
        "none" => None,
        level @ ("breaking" | "risky") => Wire::named(level),
        other => return Err(format!("`--fail-on {other}`: breaking, risky, any or none").into()),
    };
    let render: fn(&Diff) -> String = match options.format.unwrap_or("text") {
        "text" => campfire_diff::text,
        "json" => |diff| format!("{:#}\n", campfire_diff::json(diff)),
        "markdown" => campfire_diff::markdown,
        "github" => campfire_diff::github,
        "changelog" => campfire_diff::changelog,
        other => return Err(format!("`--format {other}`: text, json, markdown, github or changelog").into()),
    };
    let mut diff = campfire_diff::compare(&old, &new);
    if let Some(file) = options.allow {
        let text = fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
        for remark in Rules::parse(file, &text)?.apply(&mut diff, &today()) {
            eprintln!("{file}: {remark}");
        }
    }
    print!("{}", render(&diff));
    if let Some(file) = options.summary {
        let before = fs::read_to_string(file).unwrap_or_default();
        crate::write(Path::new(file), &(before + &campfire_diff::markdown(&diff)))?;
    }
    let mut passes = true;
    // What no check knows is never passed in silence, whatever is asked for.
    let stopping = diff.stopping(stop.unwrap_or(Wire::Unclassified)).count();
    if stopping > 0 {
        eprintln!("{stopping} changes stop here; explain them in an allow file, or take them back");
        passes = false;
    }
    if let Some((old, new)) = options.versions
        && let Err(reason) = diff.fits(old, new)
    {
        eprintln!("{reason}");
        passes = false;
    }
    Ok(passes)
}

/// The area files of `openapi/` as they are in a git revision.
fn in_git(revision: &str) -> Result<Revision> {
    // Users of the tool have a description, and a repository, of their own.
    let folder = if Path::new("openapi/openapi.yaml").exists() { ".".into() } else { crate::root() };
    let git = |arguments: &[&str]| -> Result<String> {
        let output = Command::new("git").current_dir(&folder).args(arguments).output()?;
        if !output.status.success() {
            let reason = String::from_utf8_lossy(&output.stderr);
            return Err(format!("git {}: {}", arguments.join(" "), reason.trim()).into());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let names = git(&["ls-tree", "--name-only", &format!("{revision}:openapi")])?;
    let files: Vec<(String, String)> = names
        .lines()
        .filter(|name| name.ends_with(".yaml"))
        .map(|name| Ok((format!("openapi/{name}"), git(&["show", &format!("{revision}:openapi/{name}")])?)))
        .collect::<Result<_>>()?;
    Ok(Revision::merge(files.iter().map(|(name, text)| (name.as_str(), text.as_str())))?)
}

/// Today as `YYYY-MM-DD` in UTC; `SOURCE_DATE_EPOCH` sets another day.
fn today() -> String {
    let set = env::var("SOURCE_DATE_EPOCH").ok().and_then(|text| DateTime::from_timestamp(text.parse().ok()?, 0));
    set.unwrap_or_else(Utc::now).date_naive().to_string()
}
