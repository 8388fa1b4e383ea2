//! Runs `cargo xtask diff` as a program: counts compared with an independent computation, exit codes, malformed input.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};
use std::{env, fs};

use serde_json::{Value, json};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn xtask(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xtask")).current_dir(root()).args(arguments).output().unwrap()
}

fn folder(name: &str) -> PathBuf {
    let folder = env::temp_dir().join(format!("campfire-diff-{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn counts_equal_an_independent_computation() {
    let python = |arguments: &[&str]| {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diff_counts.py");
        Command::new("python3").arg(script).args(arguments).output()
    };
    if python(&["--help"]).is_err() {
        println!("skipped: python3 is not installed");
        return;
    }
    let folder = folder("counts");
    let old = folder.join("old.json");
    assert!(xtask(&["bundle", "--out", text(&old)]).status.success());
    for seed in ["1", "2", "3", "4", "5"] {
        let (new, diff) = (folder.join("new.json"), folder.join("diff.json"));
        assert!(python(&["mutate", seed, text(&old), text(&new)]).unwrap().status.success());
        let output = xtask(&["diff", text(&old), text(&new), "--format", "json", "--fail-on", "none"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        fs::write(&diff, output.stdout).unwrap();
        let checked = python(&["check", text(&old), text(&new), text(&diff)]).unwrap();
        let printed = String::from_utf8_lossy(&checked.stdout).into_owned();
        assert!(checked.status.success(), "seed {seed}: {printed} {}", String::from_utf8_lossy(&checked.stderr));
        println!("seed {seed}: {printed}");
    }
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn exit_codes_distinguish_failed_gates_from_errors() {
    let folder = folder("codes");
    let write = |name: &str, text: &str| {
        let file = folder.join(name);
        fs::write(&file, text).unwrap();
        file
    };
    let head = "openapi: 3.0.3\ninfo: {title: A, version: '1'}\n";
    let old = write(
        "old.yaml",
        &format!("{head}paths: {{/a: {{get: {{operationId: a, responses: {{'200': {{description: x}}}}}}}}}}\n"),
    );
    let less = write("less.yaml", &format!("{head}paths: {{}}\n"));
    let code = |arguments: &[&str]| {
        let output = xtask(&[&["diff"], arguments].concat());
        (
            output.status.code().unwrap(),
            String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap(),
        )
    };
    assert_eq!(code(&[text(&old), text(&old)]).0, 0);
    assert_eq!(code(&[text(&less), text(&old)]).0, 0, "an additional operation is compatible");
    assert_eq!(code(&[text(&less), text(&old), "--fail-on", "any"]).0, 1);
    let (status, printed) = code(&[text(&old), text(&less)]);
    assert!(status == 1 && printed.contains("operation.removed") && printed.contains("old.yaml:3"), "{printed}");
    let fingerprint = printed.split_once('[').unwrap().1.split_once(']').unwrap().0;
    let allow = write("allow.yaml", &format!("allow:\n  - fingerprint: {fingerprint}\n    reason: nobody used it\n"));
    let allowed = [text(&old), text(&less), "--allow", text(&allow)];
    let (status, printed) = code(&allowed);
    assert!(status == 0 && printed.contains("allowed: nobody used it"), "{printed}");
    let (status, printed) = code(&[&allowed[..], &["--versions", "1.0.0", "1.1.0"]].concat());
    assert!(status == 1 && printed.contains("a major bump is required"), "{printed}");
    assert_eq!(code(&[&allowed[..], &["--versions", "1.0.0", "2.0.0"]].concat()).0, 0);
    let summary = folder.join("summary.md");
    code(&[&allowed[..], &["--summary", text(&summary)]].concat());
    assert!(fs::read_to_string(summary).unwrap().contains("| `operation.removed` |"));
    for (arguments, expected) in [
        (vec![text(&old)], "OLD, NEW"),
        (vec!["nowhere.yaml", text(&old)], "nowhere.yaml"),
        (vec![text(&old), text(&less), "--fail-on", "never"], "breaking, risky, any or none"),
        (vec![text(&old), text(&less), "--format", "xml"], "changelog"),
        (vec![text(&old), text(&less), "--allow", "nowhere.yaml"], "nowhere.yaml"),
        (vec![text(&old), text(&less), "--level", "any"], "documentation"),
        (vec![text(&old), text(&less), "--colour"], "unknown option"),
        (vec!["--base", "no-such-revision"], "no-such-revision"),
    ] {
        let (status, printed) = code(&arguments);
        assert!(status == 2 && printed.contains(expected), "{arguments:?}: {status} {printed}");
    }
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_git_revision_is_compared_with_the_current_files() {
    if !root().join(".git").exists() {
        println!("skipped: not a git checkout");
        return;
    }
    let output = xtask(&["diff", "--base", "HEAD", "--fail-on", "none"]);
    let printed = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{printed}");
}

#[test]
fn the_output_can_be_limited_and_written_as_a_page() {
    let folder = folder("limited");
    let write = |name: &str, text: &str| {
        let file = folder.join(name);
        fs::write(&file, format!("openapi: 3.0.3\n{text}\n")).unwrap();
        file
    };
    let old =
        write("old.yaml", "x-theirs: 1\npaths: {/a: {get: {summary: a, responses: {}}}, /b: {get: {responses: {}}}}");
    let new = write("new.yaml", "x-theirs: 2\npaths: {/a: {get: {summary: b, responses: {}}}}");
    let printed = |arguments: &[&str]| {
        let output = xtask(&[&["diff", text(&old), text(&new)], arguments].concat());
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, everything) = printed(&["--fail-on", "none"]);
    assert!(code == 0 && everything.contains("x-theirs") && everything.contains("operation.removed"), "{everything}");
    let (code, breaking) = printed(&["--level", "breaking"]);
    assert!(
        code == 1 && breaking.contains("operation.removed") && !breaking.contains("operation.description"),
        "{breaking}"
    );
    assert!(!printed(&["--ignore-extensions", "x-the"]).1.contains("x-theirs"));
    let (_, page) = printed(&["--format", "html"]);
    assert!(page.starts_with("<!doctype html>") && page.contains("operation.removed"), "{page}");
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn git_shows_changes_of_area_files_by_meaning() {
    let folder = folder("driver");
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];
        let output = Command::new("git").current_dir(&folder).args(identity).args(arguments).output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    git(&["init", "-q"]);
    git(&["config", "diff.openapi.command", concat!(env!("CARGO_BIN_EXE_xtask"), " diff --git-driver")]);
    fs::write(folder.join(".gitattributes"), "*.yaml diff=openapi\n").unwrap();
    // An area file refers to components of other files.
    let area = |most: u32| {
        format!(
            "paths: {{}}\ncomponents:\n  schemas:\n    A: {{type: string, maxLength: {most}}}\n    B: {{properties: {{a: {{$ref: '#/components/schemas/Elsewhere'}}}}}}\n"
        )
    };
    fs::write(folder.join("area.yaml"), area(5)).unwrap();
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "A revision"]);
    fs::write(folder.join("area.yaml"), area(4)).unwrap();
    fs::write(folder.join("fresh.yaml"), "paths: {/a: {get: {responses: {}}}}\n").unwrap();
    git(&["add", "-A", "-N"]);
    let printed = git(&["diff", "--ext-diff"]);
    assert!(printed.contains("diff of area.yaml by meaning") && printed.contains("components.schemas.A"), "{printed}");
    assert!(printed.contains("operation.added"), "a new file: {printed}");
    fs::write(folder.join("area.yaml"), "a: [").unwrap();
    assert!(git(&["diff", "--ext-diff"]).contains("cannot be compared by meaning"));
    fs::remove_dir_all(folder).unwrap();
}

/// Adds extensions to every object that may have them, and operations up to 400.
fn enlarged(document: &mut Value) {
    let paths = document["paths"].as_object_mut().unwrap();
    let count = |item: &Value| item.as_object().unwrap().keys().filter(|key| *key != "parameters").count();
    let operations: usize = paths.values().map(count).sum();
    let sample = paths["/coa/api/tag"]["get"].clone();
    for number in operations..400 {
        paths.insert(format!("/probe/{number}"), json!({ "get": sample }));
    }
    fn extend(value: &mut Value, named: bool) {
        match value {
            Value::Object(entries) => {
                for (key, value) in entries.iter_mut().filter(|(key, _)| !key.starts_with("x-") && *key != "security") {
                    extend(
                        value,
                        !named
                            && [
                                "properties",
                                "paths",
                                "schemas",
                                "parameters",
                                "responses",
                                "content",
                                "components",
                                "securitySchemes",
                            ]
                            .contains(&key.as_str()),
                    );
                }
                if !named && !entries.contains_key("$ref") {
                    entries.insert("x-theirs".to_owned(), json!({"owner": "team", "ids": [1, 2, 3]}));
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| extend(item, false)),
            _ => {}
        }
    }
    extend(document, false);
    let padding = 3_000_000usize.saturating_sub(document.to_string().len());
    document["x-padding"] = json!("x".repeat(padding));
}

#[test]
fn a_large_file_with_extensions_of_others_passes() {
    let folder = folder("large");
    let (old, new) = (folder.join("old.json"), folder.join("new.json"));
    assert!(xtask(&["bundle", "--out", text(&old)]).status.success());
    let mut document: Value = serde_json::from_str(&fs::read_to_string(&old).unwrap()).unwrap();
    enlarged(&mut document);
    fs::write(&old, document.to_string()).unwrap();
    assert!(fs::metadata(&old).unwrap().len() >= 3_000_000);
    fn mutate(value: &mut Value, number: &mut usize) {
        match value {
            Value::Object(entries) => {
                for (key, value) in entries.iter_mut() {
                    *number += 1;
                    match (key.as_str(), &mut *value) {
                        ("x-theirs", value) if number.is_multiple_of(3) => *value = json!("other"),
                        ("description", Value::String(text)) if number.is_multiple_of(7) => text.push_str(" More."),
                        ("maxLength", Value::Number(_)) if number.is_multiple_of(5) => *value = json!(7),
                        (_, value) => mutate(value, number),
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| mutate(item, number)),
            _ => {}
        }
    }
    mutate(&mut document, &mut 0);
    document["components"]["schemas"]["Tag"]["properties"].as_object_mut().unwrap().remove("name");
    fs::write(&new, document.to_string()).unwrap();
    let begun = Instant::now();
    let output = xtask(&["diff", text(&old), text(&new), "--format", "json", "--fail-on", "none"]);
    let took = begun.elapsed();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let diff: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(diff["summary"]["wire"]["unclassified"], 0);
    let ids = |id: &str| diff["changes"].as_array().unwrap().iter().filter(|change| change["id"] == id).count();
    assert_eq!(ids("extension.changed"), 1, "once per key");
    assert!(ids("request.property.removed") == 1 && diff["summary"]["changes"].as_u64().unwrap() > 300);
    println!("{took:?}");
    assert!(cfg!(debug_assertions) || took < Duration::from_secs(2), "{took:?}");
    if env::var_os("KEEP").is_none() {
        fs::remove_dir_all(folder).unwrap();
    }
}

#[test]
fn malformed_input_fails_fast_with_a_clear_error() {
    let folder = folder("garbage");
    let good = folder.join("good.yaml");
    fs::write(&good, "openapi: 3.0.3\npaths: {}\n").unwrap();
    let bomb = (1..=30).fold("a0: &a0 [x, x]\n".to_owned(), |text, level| {
        text + &format!("a{level}: &a{level} [*a{0}, *a{0}]\n", level - 1)
    });
    let head = "openapi: 3.0.3\npaths: {}\n";
    let chain: String = (0..2_000)
        .map(|number| format!("    A{number}: {{$ref: '#/components/schemas/A{}'}}\n", (number + 1) % 2_000))
        .collect();
    let cases: Vec<(&str, String, &str)> = vec![
        ("empty.yaml", String::new(), "empty"),
        ("binary.json", "\u{0}\u{1}\u{2}".to_owned(), "binary.json"),
        ("cut.json", "{\"openapi\": \"3.0.3\", \"paths\": {".to_owned(), "cut.json:"),
        ("two.yaml", "swagger: '2.0'\npaths: {}\n".to_owned(), "OpenAPI 2.0"),
        ("later.yaml", "openapi: 3.2.0\npaths: {}\n".to_owned(), "OpenAPI 3.2.0"),
        ("bomb.yaml", bomb, "anchor"),
        ("deep.json", "[".repeat(200_000), "deep.json"),
        ("deep.yaml", format!("{head}x: {}", "[".repeat(200_000)), "deep.yaml"),
        ("circle.yaml", format!("{head}components:\n  schemas:\n{chain}"), "circular"),
        ("large.json", format!("{{\"openapi\": \"3.0.3\", \"x\": \"{}\"}}", "y".repeat(50_000_000)), "larger than"),
    ];
    for (name, content, expected) in cases {
        let file = folder.join(name);
        fs::write(&file, content).unwrap();
        let begun = Instant::now();
        // Limits the address space to 1 GB.
        let command = format!(
            "ulimit -v 1000000; exec '{}' diff '{}' '{}'",
            env!("CARGO_BIN_EXE_xtask"),
            text(&good),
            text(&file)
        );
        let output = Command::new("bash").args(["-c", &command]).output().unwrap();
        let took = begun.elapsed();
        let printed = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{name}: {printed:.300}");
        assert!(printed.contains(expected), "{name}: {printed:.300}");
        assert!(took < Duration::from_secs(5), "{name}: {took:?}");
        assert!(printed.len() < 10_000, "{name}: {} bytes of messages", printed.len());
    }
    fs::remove_dir_all(folder).unwrap();
}
