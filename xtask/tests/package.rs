//! The packed crate builds without the generator, notices edits of the description, and generates on request.
//!
//! Compiles the dependencies of the SDK and of the generator, so it runs only on request:
//! `cargo test -p xtask --test package -- --ignored`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A crate that depends on the packed crate.
struct Consumer {
    folder: PathBuf,
}

impl Consumer {
    fn new(folder: PathBuf) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("src")).unwrap();
        let crates: String = ["codegen", "operation-table", "sandbox", "sandbox-model", "transport", "values"]
            .map(|name| format!("campfire-{name} = {{ path = {:?} }}\n", root.join("crates").join(name)))
            .concat();
        let manifest = format!(
            "[package]\nname = \"consumer\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n\
             [features]\ncodegen = [\"campfire-sdk/codegen\"]\n\
             [dependencies]\ncampfire-sdk = {{ path = \"packed\", default-features = false, features = [\"rustls\", \
             \"settings\"] }}\n[patch.crates-io]\n{crates}"
        );
        fs::write(folder.join("Cargo.toml"), manifest).unwrap();
        fs::write(folder.join("src/lib.rs"), "pub type Currency = campfire::types::CurrencyCreate;\n").unwrap();
        fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
        Self { folder }
    }

    fn cargo(&self, arguments: &[&str]) -> Output {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.current_dir(&self.folder).env("CARGO_TARGET_DIR", self.folder.join("target")).args(arguments);
        cargo.output().unwrap()
    }

    /// Returns the errors of a build, which are empty if it succeeds.
    fn check(&self, arguments: &[&str]) -> String {
        let output = self.cargo(&[&["check", "--quiet"], arguments].concat());
        assert_eq!(output.status.success(), output.stderr.is_empty(), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    /// Returns whether a generated file contains a text.
    fn has_generated(&self, text: &str) -> bool {
        let outputs = fs::read_dir(self.folder.join("target/debug/build")).unwrap();
        let files = outputs.map(|entry| entry.unwrap().path().join("out/types.rs"));
        files.filter_map(|file| fs::read_to_string(file).ok()).any(|source| source.contains(text))
    }
}

#[test]
#[ignore = "takes minutes: compiles the dependencies of the SDK and of the generator"]
fn a_packed_crate_generates_only_on_request() {
    let folder = std::env::temp_dir().join(format!("campfire-packed-{}", std::process::id()));
    let consumer = Consumer::new(folder.clone());
    let packed = folder.join("packed");
    let written = Command::new(env!("CARGO_BIN_EXE_xtask")).args(["package", "--out"]).arg(&packed).output().unwrap();
    assert!(written.status.success(), "{written:?}");

    assert_eq!(consumer.check(&[]), "");
    assert!(consumer.has_generated("pub struct CurrencyCreate"));
    let tree = String::from_utf8(consumer.cargo(&["tree", "-e", "normal,build"]).stdout).unwrap();
    assert!(tree.contains("campfire-values") && !tree.contains("campfire-codegen"), "{tree}");

    let area = packed.join("openapi/settings.yaml");
    let text = fs::read_to_string(&area).unwrap();
    fs::write(&area, text.replacen("maxLength: 3\n", "maxLength: 31\n", 1)).unwrap();
    let error = consumer.check(&[]);
    assert!(error.contains("openapi/ was edited") && error.contains("enable the feature `codegen`"), "{error}");
    assert_eq!(consumer.check(&["--features", "codegen"]), "");
    assert!(consumer.has_generated("At most 31 characters."));

    fs::write(&area, text).unwrap();
    assert_eq!(consumer.check(&[]), "");
    fs::remove_dir_all(folder).unwrap();
}
