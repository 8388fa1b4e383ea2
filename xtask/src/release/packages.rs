//! Checks which files a package would contain.

use std::path::{Component, Path, PathBuf};

/// Files that every package needs.
const FILES: &[&str] = &["src/lib.rs", "README.md", "LICENSE-MIT", "LICENSE-APACHE"];

/// Files that only the SDK's package needs.
const SDK_FILES: &[&str] = &["build.rs", "openapi/openapi.yaml"];

/// Folders that belong in no package.
const STRAY: &[&str] =
    &["target/", "tests/", "benches/", "fuzz/", "xtask/", "docs/", "scripts/", ".cargo/", ".ci/", ".github/"];

/// Returns the problems of a package, given the files it would contain. `source` reads one of them.
pub(super) fn problems(name: &str, files: &[&str], source: impl Fn(&str) -> String) -> Vec<String> {
    let needed = FILES.iter().chain(if name == "campfire-sdk" { SDK_FILES } else { &[] });
    let missing = needed.filter(|file| !files.contains(file));
    let missing = missing.map(|file| format!("the package of {name} would lack {file}"));
    let stray = files.iter().filter(|file| STRAY.iter().any(|folder| file.starts_with(folder)));
    let stray = stray.map(|file| format!("the package of {name} would contain {file}: exclude it in Cargo.toml"));
    let sources =
        files.iter().filter(|file| file.ends_with(".rs") && (file.starts_with("src/") || **file == "build.rs"));
    let included = sources.flat_map(|file| {
        let included = included(file, &source(file));
        let absent = included.into_iter().filter(|target| !files.contains(&target.as_str()));
        absent.map(move |target| format!("the package of {name} would lack {target}, which {file} includes"))
    });
    missing.chain(stray).chain(included.collect::<Vec<_>>()).collect()
}

/// Returns the files that a source includes by a relative path.
fn included(file: &str, text: &str) -> Vec<String> {
    let folder = Path::new(file).parent().unwrap_or(Path::new(""));
    let macros = ["include!(\"", "include_str!(\"", "include_bytes!(\""];
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let targets = macros.iter().flat_map(|start| code.split(start).skip(1)).filter_map(|rest| rest.split('"').next());
    targets.map(|target| normalized(&folder.join(target)).display().to_string()).collect()
}

/// Resolves `..` without looking at the file system.
fn normalized(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        let up = component == Component::ParentDir
            && normal.components().next_back().is_some_and(|last| last != Component::ParentDir);
        if up {
            normal.pop();
        } else {
            normal.push(component);
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_lack_nothing_and_contain_nothing_stray() {
        let none = |_: &str| String::new();
        let values = ["src/lib.rs", "Cargo.toml", "README.md", "LICENSE-MIT", "LICENSE-APACHE"];
        assert_eq!(problems("campfire-values", &values, none), Vec::<String>::new());
        let sdk = ["src/lib.rs", "build.rs", "openapi/openapi.yaml", "README.md", "LICENSE-MIT", "fuzz/a.rs"];
        assert_eq!(
            problems("campfire-sdk", &sdk, none),
            [
                "the package of campfire-sdk would lack LICENSE-APACHE",
                "the package of campfire-sdk would contain fuzz/a.rs: exclude it in Cargo.toml",
            ]
        );
    }

    #[test]
    fn included_files_are_part_of_the_package() {
        let source = |file: &str| match file {
            "src/lib.rs" => {
                "const A: &str = include_str!(\"../a.txt\");\n// include_str!(\"comment.txt\")\n".to_owned()
            }
            _ => "const B: &[u8] = include_bytes!(\"../../../b.bin\");".to_owned(),
        };
        let files = ["src/lib.rs", "src/m/n.rs", "a.txt", "README.md", "LICENSE-MIT", "LICENSE-APACHE"];
        let problems = problems("x", &files, source);
        assert_eq!(problems, ["the package of x would lack ../b.bin, which src/m/n.rs includes"]);
    }
}
