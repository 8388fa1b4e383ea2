//! A public client: the Python package `mcp`.

use std::path::Path;
use std::process::Command;

/// Runs `scripts/mcp_client.py` against the example `stdio`.
#[test]
#[ignore = "needs Python with the package mcp, and the example; PYTHON=/path/to/python cargo test -p campfire-mcp --test it -- --ignored a_public_client"]
fn a_public_client_reads_previews_and_writes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    // The example is built beside this test.
    let test = std::env::current_exe().unwrap();
    let example = test.parent().and_then(Path::parent).unwrap().join("examples/stdio");
    let output = Command::new(python).arg(root.join("scripts/mcp_client.py")).arg(example).output().unwrap();
    let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}\n{errors}");
    assert!(said.ends_with("All done.\n"), "{said}");
}
