//! Real processes: exit codes, pipes, and a closed output.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use campfire::sandbox::{Fault, FaultRule, Sandbox};

fn command(sandbox: Option<&Sandbox>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_campfire"));
    command.env_clear().stdin(Stdio::null());
    if let Some(sandbox) = sandbox {
        command.env("CAMPFIRE_API_KEY", sandbox.key()).env("CAMPFIRE_BASE_URL", sandbox.url());
    }
    command
}

#[test]
fn help_and_mistakes_end_with_their_codes() {
    let help = command(None).arg("--help").output().unwrap();
    assert!(help.status.success());
    assert!(help.stderr.is_empty());
    assert!(String::from_utf8(help.stdout).unwrap().contains("Usage: campfire"));
    for (arguments, code) in [(&["nothing"][..], 2), (&[], 2), (&["contracts", "list"], 2), (&["--version"], 0)] {
        let output = command(None).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {output:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_prints_json_into_a_pipe() {
    let sandbox = Sandbox::start().await.unwrap();
    let output = command(Some(&sandbox)).args(["contracts", "create", "--deal-name", "Northwind"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let contract: campfire::Json = String::from_utf8(output.stdout).unwrap().parse().unwrap();
    assert_eq!(contract["deal_name"], *"Northwind");
    let missing = command(Some(&sandbox)).args(["contracts", "retrieve", "42"]).output().unwrap();
    assert_eq!(missing.status.code(), Some(4));
    assert!(missing.stdout.is_empty());
}

/// As in `campfire … | head -1`.
#[tokio::test(flavor = "multi_thread")]
async fn a_closed_output_is_no_failure() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.demo(&campfire::sandbox::Demo::default().rows(2_000)).unwrap();
    let mut child = command(Some(&sandbox));
    let child = child.args(["transactions", "list", "--all", "--output", "ndjson"]);
    let mut child = child.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with('{'), "{line}");
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap()), (Some(0), String::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_wait_is_said_even_where_nobody_watches() {
    let sandbox = Sandbox::start().await.unwrap();
    let limited = Fault::RateLimited(Duration::from_secs(3));
    sandbox.inject(FaultRule::new(limited).operation("contracts.list").times(1)).unwrap();
    let output = command(Some(&sandbox)).args(["contracts", "list"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said, "waiting 3 s before contracts.list is tried again: 429 Too Many Requests\n");
}

/// The reader may be gone before anything is written.
#[test]
fn completions_and_help_survive_a_closed_output() {
    for arguments in [&["completions", "bash"][..], &["man"], &["--help"], &["contracts", "--help"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = command(None).args(arguments).stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
        let output = output.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {output:?}");
        assert!(output.stderr.is_empty(), "{arguments:?}: {output:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_failure_that_is_named() {
    for arguments in [&["completions", "bash"][..], &["man"], &["--help"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = command(None).args(arguments).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {output:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.starts_with("error: the output cannot be written: "), "{arguments:?}: {said}");
    }
}

#[cfg(feature = "import")]
#[tokio::test(flavor = "multi_thread")]
async fn an_import_says_at_once_what_it_does() {
    let sandbox = Sandbox::start().await.unwrap();
    let contract = sandbox.seed("contracts", serde_json::json!({})).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("usage.csv");
    std::fs::write(&file, format!("key,contract\n1,{contract}\n2,{contract}\n")).unwrap();
    let output = command(Some(&sandbox)).args(["import", "usage"]).arg(&file).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said, "0 of 2 records exist, 2 looked for in the list\n");
}
