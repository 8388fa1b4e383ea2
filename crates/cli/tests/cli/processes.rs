//! Real processes: exit codes, pipes, and a closed output.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use campfire::sandbox::Sandbox;

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
