//! A description whose operations, resources, parameters, fields, types and enum values are named after what Rust and the
//! generated code use themselves. What the lint accepts must compile.
//!
//! Builds the SDK once, so it runs only on request: `cargo test -p xtask --test names -- --ignored`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use campfire_codegen::Description;
use campfire_codegen::rules::lint;

/// Names of the prelude and of the types, traits and modules that the generated code and its macros use.
const TYPES: &[&str] = &[
    "AsMut",
    "AsRef",
    "Box",
    "Call",
    "Check",
    "Client",
    "Clone",
    "Copy",
    "Debug",
    "Decimal",
    "Default",
    "Deserialize",
    "DoubleEndedIterator",
    "Drop",
    "Duration",
    "Endpoint",
    "Eq",
    "Err",
    "Error",
    "ExactSizeIterator",
    "Extend",
    "Fn",
    "FnMut",
    "FnOnce",
    "From",
    "FromIterator",
    "Future",
    "Hash",
    "Into",
    "IntoFuture",
    "IntoIterator",
    "Iterator",
    "Json",
    "List",
    "None",
    "Ok",
    "Operation",
    "Option",
    "Ord",
    "Output",
    "Page",
    "PageStream",
    "PartialEq",
    "PartialOrd",
    "Patch",
    "Pin",
    "Record",
    "Response",
    "Result",
    "Retry",
    "Send",
    "Serialize",
    "Sized",
    "Some",
    "Stream",
    "String",
    "Sync",
    "Timestamp",
    "ToOwned",
    "ToString",
    "TryFrom",
    "TryInto",
    "Unpin",
    "Value",
    "Vec",
];

/// Keywords, primitive types, crates, and words that the generated code uses for variables.
const WORDS: &[&str] = &[
    "abstract",
    "alloc",
    "api",
    "as",
    "async",
    "await",
    "become",
    "blocking",
    "body",
    "bool",
    "box",
    "break",
    "builder",
    "campfire",
    "char",
    "client",
    "const",
    "continue",
    "core",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "f64",
    "false",
    "final",
    "fn",
    "for",
    "future",
    "gen",
    "i64",
    "if",
    "impl",
    "in",
    "let",
    "limits",
    "loop",
    "macro",
    "match",
    "mock",
    "mod",
    "move",
    "mut",
    "object",
    "option",
    "override",
    "parent",
    "path",
    "priv",
    "pub",
    "query",
    "ref",
    "request",
    "reqwest",
    "response",
    "result",
    "return",
    "sandbox",
    "self",
    "serde",
    "static",
    "std",
    "str",
    "string",
    "struct",
    "super",
    "test",
    "this",
    "trait",
    "true",
    "try",
    "type",
    "types",
    "typeof",
    "u8",
    "unsafe",
    "unsized",
    "use",
    "url",
    "header_map",
    "usize",
    "value",
    "vec",
    "virtual",
    "where",
    "while",
    "with",
    "yield",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn snake(name: &str) -> String {
    let mut snake = String::new();
    for character in name.chars() {
        if character.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(character.to_lowercase());
    }
    snake
}

/// Returns the names in snake case, each once.
fn words() -> BTreeSet<String> {
    WORDS.iter().map(|word| (*word).to_owned()).chain(TYPES.iter().map(|name| snake(name))).collect()
}

/// Returns an area file in which all names appear as operations, resources, parameters, fields, types and enum values.
/// `allowed` tells which names to use in a role.
fn area(allowed: impl Fn(&str, &str) -> bool) -> String {
    let words = words();
    let mut paths = format!("paths:\n{}", operation("/base", "things.base", "Thing", ""));
    for (number, word) in words.iter().enumerate() {
        if allowed("operation", word) {
            let _ = write!(
                paths,
                "{}",
                operation(&format!("/operations/{number}"), &format!("things.{word}"), "Thing", "")
            );
        }
        if allowed("resource", word) {
            let _ =
                write!(paths, "{}", operation(&format!("/resources/{number}"), &format!("{word}.fetch"), "Thing", ""));
        }
        if allowed("parameter", word) {
            let parameter =
                format!("        - {{name: {word:?}, in: query, description: A name., schema: {{type: string}}}}\n");
            let required = format!(
                "        - {{name: {word:?}, in: query, required: true, description: A name., schema: {{type: string}}}}\n"
            );
            let _ = write!(
                paths,
                "{}",
                operation(&format!("/parameters/{number}"), &format!("optional.m{number}"), "Thing", &parameter)
            );
            let _ = write!(
                paths,
                "{}",
                operation(&format!("/required/{number}"), &format!("required.m{number}"), "Thing", &required)
            );
        }
    }
    let mut schemas = String::from(
        "components:\n  schemas:\n    Thing:\n      type: object\n      description: A thing.\n      properties:\n",
    );
    for word in words.iter().filter(|word| allowed("field", word)) {
        let _ = writeln!(schemas, "        {word:?}: {{type: string, description: A name.}}");
    }
    schemas.push_str("        kind_of_thing:\n          allOf: [{$ref: '#/components/schemas/KindOfThing'}]\n          description: A name.\n");
    schemas.push_str("    KindOfThing:\n      type: string\n      description: Names.\n      enum:\n");
    for name in words.iter().filter(|name| allowed("value", name)) {
        let _ = writeln!(schemas, "        - {name:?}");
    }
    for (number, name) in TYPES.iter().enumerate().filter(|(_, name)| allowed("type", name)) {
        let _ = write!(
            schemas,
            "    {name}:\n      type: object\n      description: A type.\n      required: [name]\n      properties:\n        name: {{type: string, description: A name.}}\n"
        );
        let _ = write!(paths, "{}", operation(&format!("/types/{number}"), &format!("typed.m{number}"), name, ""));
    }
    paths + &schemas
}

fn operation(path: &str, id: &str, schema: &str, parameters: &str) -> String {
    let parameters = if parameters.is_empty() { String::new() } else { format!("      parameters:\n{parameters}") };
    let content = format!("content: {{application/json: {{schema: {{$ref: '#/components/schemas/{schema}'}}}}}}");
    format!(
        "  {path}:\n    post:\n      operationId: {id}\n      tags: [names]\n      summary: Send a name\n      description: Sends a name. Posts no entry; nothing else changes.\n      \
         x-retry: safe\n{parameters}      requestBody: {{required: true, {content}}}\n      \
         responses:\n        '200': {{description: A name., {content}}}\n        '4XX': {{$ref: '#/components/responses/ClientError'}}\n        '5XX': {{$ref: '#/components/responses/ServerError'}}\n"
    )
}

/// The roles in which the lint refuses a name.
const ROLES: [&str; 6] = ["operation", "resource", "parameter", "field", "value", "type"];

/// Writes the description with the names that the lint accepts, each in its role.
fn accepted(folder: &Path) -> Vec<String> {
    fs::create_dir_all(folder).unwrap();
    let common = fs::read_to_string(root().join("openapi/openapi.yaml")).unwrap();
    let accepts = |text: &str| {
        let sources = [("openapi.yaml", common.as_str()), ("settings.yaml", text)];
        Description::merge(sources).is_ok_and(|description| lint::check(&description).is_ok())
    };
    let mut refused = Vec::new();
    for role in ROLES {
        let is_type = role == "type";
        let names = if is_type { TYPES.iter().map(|name| (*name).to_owned()).collect() } else { words() };
        for name in &names {
            if !accepts(&area(|kind, word| kind == role && word == name)) {
                refused.push(format!("{role} {name}"));
            }
        }
    }
    let text = area(|kind, word| !refused.contains(&format!("{kind} {word}")));
    fs::write(folder.join("openapi.yaml"), &common).unwrap();
    fs::write(folder.join("settings.yaml"), text).unwrap();
    refused
}

#[test]
#[ignore = "takes minutes: builds the SDK"]
fn whatever_the_lint_accepts_compiles() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("names");
    let refused = accepted(&folder.join("openapi"));
    println!("refused: {}", refused.join(", "));
    assert!(!refused.contains(&"operation send".to_owned()), "the generated code does not use the name `Send`");
    let output = Command::new(env!("CARGO"))
        .current_dir(root())
        .args([
            "check",
            "--quiet",
            "-p",
            "campfire-sdk",
            "--no-default-features",
            "--features",
            "rustls,settings,sandbox,mock,blocking",
        ])
        .env("CAMPFIRE_OPENAPI_DIR", folder.join("openapi"))
        .env("CARGO_TARGET_DIR", env::var_os("NAMES_TARGET").unwrap_or_else(|| folder.join("target").into()))
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{printed:.8000}");
}
