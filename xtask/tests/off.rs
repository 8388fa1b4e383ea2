//! Code that uses an area which is not compiled gets an error that names the feature.
//!
//! Compiles the SDK with a single area, so it runs only on request: `cargo test -p xtask --test off -- --ignored`.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

/// Code that does not compile, and the feature that it needs.
const USES: &[(&str, &str)] = &[
    ("pub fn f(_: campfire::types::InvoiceCreate) {}", "accounts-receivable"),
    ("pub fn f(_: campfire::types::InvoiceLineCreate) {}", "accounts-receivable"),
    ("pub fn f(_: campfire::types::BillCreateRequired) {}", "accounts-payable"),
    ("pub fn f(_: campfire::types::TransactionMatchStatus) {}", "core-accounting"),
    ("pub fn f(_: campfire::api::contracts::usage::Usage) {}", "revenue-recognition"),
    ("pub fn f(client: &campfire::Client) { client.invoices(); }", "accounts-receivable"),
    (
        "pub async fn f(client: campfire::Client) { let _ = client.contracts().usage(42).list().await; }",
        "revenue-recognition",
    ),
];

#[test]
#[ignore = "takes a minute: compiles the SDK"]
fn the_error_names_the_feature() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let folder = env::temp_dir().join("campfire-off");
    fs::create_dir_all(folder.join("src")).unwrap();
    let manifest = format!(
        "[package]\nname = \"off\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n\
         campfire-sdk = {{ path = {root:?}, default-features = false, features = [\"rustls\", \"settings\"] }}\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    for (uses, feature) in USES {
        fs::write(folder.join("src/lib.rs"), format!("#![allow(unused_must_use)]\n{uses}\n")).unwrap();
        let output = Command::new(env!("CARGO"))
            .current_dir(&folder)
            .args(["check", "--quiet", "--color", "never"])
            .env("CARGO_TARGET_DIR", folder.join("target"))
            .output()
            .unwrap();
        let printed = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "`{uses}` compiles");
        assert!(printed.contains(&format!("`{feature}`")), "`{uses}` fails without naming {feature}:\n{printed}");
        assert_eq!(printed.matches("\nerror").count() + usize::from(printed.starts_with("error")), 2, "{printed}");
    }
    fs::remove_dir_all(folder).unwrap();
}
