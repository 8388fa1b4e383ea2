//! Runs `scripts/spec-check.sh` the way the workflow does, on pull requests in a temporary repository.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

struct Repository {
    folder: PathBuf,
}

impl Repository {
    /// Commits a copy of the description, the script and a version as `main`.
    fn new(name: &str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let folder = env::temp_dir().join(format!("campfire-spec-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        for part in ["openapi", "openapi/sandbox", "scripts"] {
            fs::create_dir_all(folder.join(part)).unwrap();
            for entry in fs::read_dir(root.join(part)).unwrap() {
                let entry = entry.unwrap();
                if entry.path().is_file() {
                    fs::copy(entry.path(), folder.join(part).join(entry.file_name())).unwrap();
                }
            }
        }
        fs::write(folder.join("Cargo.toml"), "[workspace.package]\nversion = \"1.4.0\"\n").unwrap();
        let repository = Self { folder };
        repository.git(&["init", "-q", "-b", "main"]);
        repository.commit();
        repository
    }

    fn git(&self, arguments: &[&str]) {
        let identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];
        let output = Command::new("git").current_dir(&self.folder).args(identity).args(arguments).output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn commit(&self) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", "A revision"]);
    }

    /// Merges the pull request.
    fn merge(&self) {
        self.git(&["branch", "-q", "-f", "main", "change"]);
    }

    /// Creates a pull request that edits `settings.yaml` and the version, and runs the script. Returns true if it passes, and
    /// the output.
    fn pull_request(&self, edit: impl FnOnce(&str) -> String, version: &str, allow: Option<&str>) -> (bool, String) {
        self.git(&["checkout", "-q", "-B", "change", "main"]);
        let file = self.folder.join("openapi/settings.yaml");
        let before = fs::read_to_string(&file).unwrap();
        let after = edit(&before);
        assert_ne!(before, after);
        fs::write(file, after).unwrap();
        fs::write(self.folder.join("Cargo.toml"), format!("[workspace.package]\nversion = \"{version}\"\n")).unwrap();
        if let Some(allow) = allow {
            fs::write(self.folder.join("spec-allow.yaml"), allow).unwrap();
        }
        self.commit();
        let Output { status, stdout, stderr } = Command::new("bash")
            .current_dir(&self.folder)
            .args(["scripts/spec-check.sh", "main"])
            .env("SPEC_XTASK", env!("CARGO_BIN_EXE_xtask"))
            .env("GITHUB_STEP_SUMMARY", self.folder.join(".git/summary.md"))
            .output()
            .unwrap();
        let printed = String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr);
        (status.success(), printed)
    }
}

#[test]
fn breaking_pull_requests_fail_unless_allowed_and_compatible_ones_pass() {
    if Command::new("bash").arg("--version").output().is_err() || Command::new("git").arg("--version").output().is_err()
    {
        println!("skipped: bash or git is not installed");
        return;
    }
    let repository = Repository::new("gates");
    let removed = |text: &str| remove_operation(text, "  /ca/api/user_currency/{id}:", "    delete:");
    let (passes, printed) = repository.pull_request(removed, "2.0.0", None);
    assert!(!passes && printed.contains("title=operation.removed"), "{printed}");
    assert!(printed.contains("::error file=openapi/settings.yaml,line="), "{printed}");
    let fingerprint = printed.split_once("operation.removed::").unwrap().1.split_once('[').unwrap().1;
    let fingerprint = fingerprint.split_once(']').unwrap().0.to_owned();
    let summary = fs::read_to_string(repository.folder.join(".git/summary.md")).unwrap();
    assert!(summary.contains("`operation.removed`") && summary.contains("Required version bump: major"), "{summary}");

    // An allowed change passes with the required bump, and fails with a smaller one.
    let allow = format!("allow:\n  - fingerprint: {fingerprint}\n    reason: the vendor closed it\n");
    let (passes, printed) = repository.pull_request(removed, "2.0.0", Some(&allow));
    assert!(passes, "{printed}");
    let (passes, printed) = repository.pull_request(removed, "1.5.0", Some(&allow));
    assert!(!passes && printed.contains("a major bump is required"), "{printed}");

    // A new optional parameter is compatible, and requires a minor bump.
    let added = |text: &str| {
        let parameter = "        - name: colour\n          in: query\n          description: Only those of this colour.\n          schema: {type: string}\n";
        let list = text.find("operationId: currencies.list\n").unwrap();
        let parameters = list + text[list..].find("      parameters:\n").unwrap() + "      parameters:\n".len();
        format!("{}{parameter}{}", &text[..parameters], &text[parameters..])
    };
    let (passes, printed) = repository.pull_request(added, "1.5.0", None);
    assert!(passes, "{printed}");
    let (passes, printed) = repository.pull_request(added, "1.4.1", None);
    assert!(!passes && printed.contains("a minor bump is required"), "{printed}");

    // Lint runs first.
    let (passes, printed) =
        repository.pull_request(|text| text.replacen("x-retry: safe", "x-retry: often", 1), "2.0.0", None);
    assert!(!passes && printed.contains("settings.yaml:"), "{printed}");
    fs::remove_dir_all(&repository.folder).unwrap();
}

#[test]
fn one_bump_covers_all_changes_since_the_last_release() {
    let repository = Repository::new("release");
    repository.git(&["tag", "v1.4.0"]);
    let added = |name: &'static str| {
        move |text: &str| {
            let probe = PROBE.replace("NAME", name);
            text.replacen("  /ca/api/user_currency/rate:\n", &format!("{probe}  /ca/api/user_currency/rate:\n"), 1)
        }
    };
    // An operation with arguments is an addition, and takes a minor bump.
    let (passes, printed) = repository.pull_request(added("one"), "1.4.1", None);
    assert!(
        !passes && printed.contains("from 1.4.0 to 1.4.1 is a patch bump, but a minor bump is required"),
        "{printed}"
    );
    let (passes, printed) = repository.pull_request(added("one"), "1.5.0", None);
    assert!(passes && printed.contains("against v1.4.0"), "{printed}");
    repository.merge();
    // The next pull request adds another one to the same release.
    let (passes, printed) = repository.pull_request(added("two"), "1.5.0", None);
    assert!(passes, "{printed}");
    // After the release, the same needs a bump of its own.
    repository.git(&["tag", "v1.5.0", "main"]);
    let (passes, printed) = repository.pull_request(added("two"), "1.5.0", None);
    assert!(!passes && printed.contains("a minor bump is required"), "{printed}");
    fs::remove_dir_all(&repository.folder).unwrap();
}

const PROBE: &str = r"  /ca/api/user_currency/{id}/NAME:
    post:
      operationId: currencies.NAME
      tags: [currencies]
      summary: Probe a currency
      description: Probes. Posts no entry; nothing else changes.
      x-retry: never
      x-read-back: currencies.retrieve
      parameters:
        - {name: id, in: path, required: true, description: Id of the currency., schema: {type: integer}}
        - {name: mode, in: query, required: true, description: Mode of the probe., schema: {type: string}}
      requestBody:
        required: true
        content:
          application/json:
            schema: {$ref: '#/components/schemas/Currency'}
      responses:
        '200':
          description: The currency.
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Currency'}
        '4XX': {$ref: '#/components/responses/ClientError'}
        '5XX': {$ref: '#/components/responses/ServerError'}
";

/// Removes an operation from a path.
fn remove_operation(text: &str, path: &str, method: &str) -> String {
    let path = text.find(&format!("{path}\n")).unwrap();
    let begin = path + text[path..].find(&format!("{method}\n")).unwrap();
    let rest = &text[begin + 1..];
    let length = rest
        .match_indices('\n')
        .map(|(newline, _)| newline + 1)
        .find(|line| {
            let line = &rest[*line..];
            let indent = line.len() - line.trim_start_matches(' ').len();
            indent <= 4 && !line.trim().is_empty() && !line.starts_with('\n')
        })
        .unwrap_or(rest.len());
    format!("{}{}", &text[..begin], &rest[length..])
}
