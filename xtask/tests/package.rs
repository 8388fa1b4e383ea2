//! Packs every crate as it would be published, and builds crates that depend on the packages.
//!
//! Compiles the dependencies of the SDK and of the generator, so it runs only on request:
//! `cargo test -p xtask --test package -- --ignored`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

/// The packages, unpacked: each lies in a folder named after the crate and its version.
struct Packages {
    folder: PathBuf,
}

impl Packages {
    /// Packs the crates of a workspace that contains the SDK as `cargo xtask package` writes it, so that each crate depends on
    /// what the registry will have.
    fn pack(folder: &Path) -> Self {
        let workspace = folder.join("workspace");
        run(Command::new(env!("CARGO_BIN_EXE_xtask")).args(["package", "--out"]).arg(&workspace));
        let manifest = fs::read_to_string(workspace.join("Cargo.toml")).unwrap();
        let manifest = manifest.strip_suffix("[workspace]\n").expect("the packed crate is a workspace");
        let mut manifest = manifest.to_owned() + &inherited();
        fs::copy(root().join("Cargo.lock"), workspace.join("Cargo.lock")).unwrap();
        for name in published() {
            let dependency = format!("\ncampfire-{name} = {{ ");
            manifest = manifest.replace(&dependency, &format!("{dependency}path = \"crates/{name}\", "));
            copy(&root().join("crates").join(&name), &workspace.join("crates").join(&name));
        }
        fs::write(workspace.join("Cargo.toml"), manifest).unwrap();
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["package", "--workspace", "--no-verify", "--allow-dirty", "--quiet"]);
        run(cargo.current_dir(&workspace).env("CARGO_TARGET_DIR", folder.join("packed")));

        let packages = Self { folder: folder.join("unpacked") };
        fs::create_dir_all(&packages.folder).unwrap();
        for entry in fs::read_dir(folder.join("packed/package")).unwrap() {
            let file = entry.unwrap().path();
            if file.extension().is_some_and(|extension| extension == "crate") {
                run(Command::new("tar").arg("-xzf").arg(file).arg("-C").arg(&packages.folder));
            }
        }
        packages
    }

    fn folders(&self) -> Vec<PathBuf> {
        let mut folders: Vec<PathBuf> =
            fs::read_dir(&self.folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        folders.sort();
        folders
    }

    fn folder(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}-{}", env!("CARGO_PKG_VERSION")))
    }

    /// Returns the section of a manifest that takes the crates from the packages instead of the registry.
    fn patch(&self) -> String {
        let version = format!("-{}", env!("CARGO_PKG_VERSION"));
        let patch = self.folders().into_iter().map(|folder| {
            let name = folder.file_name().unwrap().to_str().unwrap().strip_suffix(&version).unwrap().to_owned();
            format!("{name} = {{ path = {folder:?} }}\n")
        });
        format!("[patch.crates-io]\n{}", patch.collect::<String>())
    }
}

/// A crate that depends on the packages.
struct Consumer {
    folder: PathBuf,
    target: PathBuf,
}

impl Consumer {
    fn new(packages: &Packages, name: &str, options: &str, source: &str) -> Self {
        let folder = packages.folder.with_file_name(name);
        fs::create_dir_all(folder.join("src")).unwrap();
        let manifest = format!(
            "[package]\nname = \"consumer\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n\
             [features]\ncodegen = [\"campfire-sdk/codegen\"]\n\
             [dependencies]\ncampfire-sdk = {{ version = \"0.1\"{options} }}\n\
             tokio = {{ version = \"1\", features = [\"macros\", \"rt\"] }}\n{}",
            packages.patch()
        );
        fs::write(folder.join("Cargo.toml"), manifest).unwrap();
        fs::write(folder.join("src/main.rs"), source).unwrap();
        // The versions that the tests of the SDK have run with.
        fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
        let target = folder.join("target");
        Self { folder, target }
    }

    fn cargo(&self, arguments: &[&str]) -> Output {
        let mut cargo = Command::new(env!("CARGO"));
        // As a user builds it, whatever this test is built with.
        cargo.env_remove("CARGO_INCREMENTAL").env_remove("CARGO_PROFILE_DEV_DEBUG");
        cargo.current_dir(&self.folder).env("CARGO_TARGET_DIR", &self.target).args(arguments);
        cargo.output().unwrap()
    }

    /// Builds the crate and all of its dependencies, and prints what that costs.
    fn build_from_clean(&self, what: &str) {
        let before = cpu_seconds();
        assert_eq!(self.build(&[]), "");
        println!("{what}: {:.0} CPU seconds", cpu_seconds() - before);
    }

    /// Returns the errors of a build, which are empty if it succeeds.
    fn build(&self, arguments: &[&str]) -> String {
        let output = self.cargo(&[&["build", "--quiet"], arguments].concat());
        assert_eq!(output.status.success(), output.stderr.is_empty(), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    /// Returns whether a generated file contains a text.
    fn has_generated(&self, text: &str) -> bool {
        let outputs = fs::read_dir(self.target.join("debug/build")).unwrap();
        let files = outputs.map(|entry| entry.unwrap().path().join("out/types.rs"));
        files.filter_map(|file| fs::read_to_string(file).ok()).any(|source| source.contains(text))
    }
}

#[test]
#[ignore = "takes minutes: compiles the dependencies of the SDK and of the generator"]
fn crates_build_from_the_packages() {
    let temporary = tempfile::tempdir().unwrap();
    let packages = Packages::pack(temporary.path());
    assert_eq!(packages.folders().len(), published().len() + 1);
    packages_hold_what_users_need(&packages);
    let target = default_features_build(&packages);
    the_sandbox_runs(&packages, target);
    one_area_generates_only_on_request(&packages);
}

fn packages_hold_what_users_need(packages: &Packages) {
    for folder in packages.folders() {
        for file in ["README.md", "LICENSE-MIT", "LICENSE-APACHE", "src/lib.rs"] {
            assert!(folder.join(file).exists(), "{} lacks {file}", folder.display());
        }
        for stray in ["tests", "docs", "benches", "xtask"] {
            assert!(!folder.join(stray).exists(), "{} contains {stray}", folder.display());
        }
    }
}

/// Returns the target folder.
fn default_features_build(packages: &Packages) -> PathBuf {
    let source = "fn main() { println!(\"{:?}\", campfire::Client::new(\"k-1\").is_ok()); }\n";
    let consumer = Consumer::new(packages, "default", "", source);
    consumer.build_from_clean("default features");
    let tree = String::from_utf8(consumer.cargo(&["tree", "-e", "normal,build"]).stdout).unwrap();
    assert!(tree.contains("campfire-values") && !tree.contains("campfire-codegen"), "{tree}");
    consumer.target
}

fn one_area_generates_only_on_request(packages: &Packages) {
    let options = ", default-features = false, features = [\"rustls\", \"settings\"]";
    let source = "fn main() { println!(\"{:?}\", campfire::types::CurrencyCreate::default()); }\n";
    let consumer = Consumer::new(packages, "one-area", options, source);
    consumer.build_from_clean("one area");
    assert!(consumer.has_generated("pub struct CurrencyCreate"));

    let area = packages.folder("campfire-sdk").join("openapi/settings.yaml");
    let text = fs::read_to_string(&area).unwrap();
    fs::write(&area, text.replacen("maxLength: 3\n", "maxLength: 31\n", 1)).unwrap();
    let error = consumer.build(&[]);
    assert!(error.contains("openapi/ was edited") && error.contains("enable the feature `codegen`"), "{error}");
    assert_eq!(consumer.build(&["--features", "codegen"]), "");
    assert!(consumer.has_generated("At most 31 characters."));
    fs::write(&area, text).unwrap();
    assert_eq!(consumer.build(&[]), "");
}

fn the_sandbox_runs(packages: &Packages, target: PathBuf) {
    let source = "\
#[tokio::main(flavor = \"current_thread\")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = campfire::sandbox::Sandbox::start().await?;
    let body = campfire::types::VendorCreate::default().name(\"Northwind\");
    let vendor = sandbox.client()?.vendors().create(&body).await?;
    println!(\"{}\", vendor.name.as_deref().unwrap_or_default());
    Ok(())
}
";
    let mut consumer = Consumer::new(packages, "sandbox", ", features = [\"sandbox\"]", source);
    consumer.target = target;
    let output = consumer.cargo(&["run", "--quiet"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "Northwind\n", "{output:?}");
}

/// Returns what the processes that this one has waited for have used.
fn cpu_seconds() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
    (usage.user_time().num_microseconds() + usage.system_time().num_microseconds()) as f64 / 1e6
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Returns the folders below `crates/` whose crates are published.
fn published() -> Vec<String> {
    let entries = fs::read_dir(root().join("crates")).unwrap().map(|entry| entry.unwrap().path());
    let manifest = |folder: &PathBuf| fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    let published = entries.filter(|folder| !manifest(folder).contains("\npublish = false\n"));
    published.map(|folder| folder.file_name().unwrap().to_str().unwrap().to_owned()).collect()
}

/// Returns what the crates inherit from the workspace.
fn inherited() -> String {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let start = manifest.find("[workspace.package]").unwrap();
    let end = manifest.find("\n[package]").unwrap();
    format!("[workspace]\nmembers = [\"crates/*\"]\nresolver = \"3\"\n\n{}", &manifest[start..end])
}

fn copy(from: &Path, to: &Path) {
    if !from.is_dir() {
        fs::copy(from, to).unwrap();
        return;
    }
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        copy(&entry.path(), &to.join(entry.file_name()));
    }
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
