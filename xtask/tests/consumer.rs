//! Compares the SDK verdict of the diff with the compiler: a crate that uses the mutated items is compiled against the SDK
//! before and after. It must fail to compile after a major change, and only then.
//!
//! Builds the SDK about twenty times, so it runs only on request: `cargo test -p xtask --test consumer -- --ignored`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use campfire_diff::{Bump, Revision, compare};

struct Mutation {
    what: &'static str,
    /// Edits to `settings.yaml`: after the first text, replace the second with the third, or insert the third if the
    /// second is empty.
    edits: &'static [(&'static str, &'static str, &'static str)],
    /// Code that a user wrote.
    uses: &'static str,
    bump: Bump,
    /// True if the user's code still compiles.
    compiles: bool,
}

impl Mutation {
    /// Applies the edits to `settings.yaml`.
    fn apply(&self, settings: &str) -> String {
        let mut text = settings.to_owned();
        for (after, from, to) in self.edits {
            let start = text.find(after).unwrap_or_else(|| panic!("{}: {after}", self.what)) + after.len();
            let at = start + text[start..].find(from).unwrap_or_else(|| panic!("{}: {from}", self.what));
            text.replace_range(at..at + from.len(), to);
        }
        text
    }
}

const NAME: &str = "        name:\n          type: string\n          readOnly: true\n          description: Name of the currency; set by the server.\n";
const SCHEMA: &str = "    Currency:\n";
const LIST: &str = "operationId: currencies.list\n";
const RATE: &str = "operationId: currencies.rate\n";
const CREATE: &str = "operationId: currencies.create\n";

const READS_NAME: &str = "let row = c.currencies().retrieve(1).await?; let _: Option<String> = row.name.clone();";
const BUILDS: &str = "let body = types::CurrencyCreate { currency: Some(\"EUR\".into()), ..Default::default() }; c.currencies().create(&body).await?;";
const CHANGES: &str = "let body = types::CurrencyUpdate { currency: Some(String::from(\"EUR\")), ..Default::default() }; c.currencies().update(1, &body).await?;";
const ASKS_RATE: &str = "let _: campfire::Json = c.currencies().rate().await?.into_inner();";
const LISTS: &str = "let _: Vec<types::Currency> = c.currencies().list().page_size(5).all().await?;";

const MUTATIONS: &[Mutation] = &[
    Mutation {
        what: "a field is removed",
        edits: &[(SCHEMA, "required: [id, name,", "required: [id,"), (SCHEMA, NAME, "")],
        uses: READS_NAME,
        bump: Bump::Major,
        compiles: false,
    },
    Mutation {
        what: "a field changes its type",
        edits: &[(SCHEMA, "        name:\n          type: string\n", "        name:\n          type: integer\n")],
        uses: READS_NAME,
        bump: Bump::Major,
        compiles: false,
    },
    Mutation {
        what: "a response field is added",
        edits: &[(
            SCHEMA,
            NAME,
            concat!(
                "        symbol: {type: string, readOnly: true, description: Sign of the currency.}\n",
                "        name:\n          type: string\n          readOnly: true\n          description: Name of the currency; set by the server.\n"
            ),
        )],
        uses: READS_NAME,
        bump: Bump::Minor,
        compiles: true,
    },
    Mutation {
        what: "a request field is added",
        edits: &[(
            SCHEMA,
            NAME,
            concat!(
                "        symbol: {type: string, description: Sign of the currency.}\n",
                "        name:\n          type: string\n          readOnly: true\n          description: Name of the currency; set by the server.\n"
            ),
        )],
        uses: BUILDS,
        bump: Bump::Minor,
        compiles: true,
    },
    Mutation {
        what: "a request field becomes required",
        edits: &[(SCHEMA, "required: [id,", "required: [id, currency,")],
        uses: BUILDS,
        bump: Bump::Major,
        compiles: false,
    },
    Mutation {
        what: "a string may be longer",
        edits: &[(SCHEMA, "maxLength: 3", "maxLength: 4")],
        uses: BUILDS,
        bump: Bump::Patch,
        compiles: true,
    },
    Mutation {
        what: "a request field becomes nullable",
        edits: &[(SCHEMA, "maxLength: 3\n", "maxLength: 3\n          nullable: true\n")],
        uses: CHANGES,
        bump: Bump::Major,
        compiles: false,
    },
    Mutation {
        what: "a response field becomes nullable",
        edits: &[(
            SCHEMA,
            "description: Name of the currency; set by the server.\n",
            "description: Name of the currency; set by the server.\n          nullable: true\n",
        )],
        uses: READS_NAME,
        bump: Bump::Patch,
        compiles: true,
    },
    Mutation {
        what: "a field becomes an enum",
        edits: &[
            (
                SCHEMA,
                "        name:\n          type: string\n",
                "        name:\n          allOf: [{$ref: '#/components/schemas/CurrencyName'}]\n",
            ),
            (
                "  schemas:\n",
                "",
                "    CurrencyName:\n      type: string\n      description: Names of currencies.\n      enum: [EURO, DOLLAR]\n",
            ),
        ],
        uses: READS_NAME,
        bump: Bump::Major,
        compiles: false,
    },
    Mutation {
        what: "an operation is renamed",
        edits: &[("", RATE, "operationId: currencies.exchange_rate\n")],
        uses: ASKS_RATE,
        bump: Bump::Major,
        compiles: false,
    },
    Mutation {
        what: "an operation returns another type",
        edits: &[(
            RATE,
            "schema: {$ref: '#/components/schemas/Json'}\n          x-untyped: the reference declares no response\n",
            "schema: {$ref: '#/components/schemas/Currency'}\n",
        )],
        uses: ASKS_RATE,
        bump: Bump::Major,
        compiles: false,
    },
    Mutation {
        what: "an operation is deprecated",
        edits: &[(RATE, "      x-retry: safe\n", "      x-retry: safe\n      deprecated: true\n")],
        uses: ASKS_RATE,
        bump: Bump::Minor,
        compiles: true,
    },
    Mutation {
        what: "an operation gets another description",
        edits: &[(RATE, "summary: Get an exchange rate", "summary: Look an exchange rate up")],
        uses: ASKS_RATE,
        bump: Bump::Patch,
        compiles: true,
    },
    Mutation {
        what: "an operation is added",
        edits: &[(
            "  /ca/api/user_currency/rate:\n",
            "",
            "    delete:\n      operationId: currencies.forget_rate\n      tags: [currencies]\n      summary: Forget a rate\n      description: Forgets the rate that is kept.\n      x-retry: idempotent\n      responses:\n        '204': {description: It is forgotten.}\n        '4XX': {$ref: '#/components/responses/ClientError'}\n        '5XX': {$ref: '#/components/responses/ServerError'}\n",
        )],
        uses: ASKS_RATE,
        bump: Bump::Minor,
        compiles: true,
    },
    Mutation {
        what: "an optional parameter is added",
        edits: &[(
            LIST,
            "      parameters:\n",
            "      parameters:\n        - {name: colour, in: query, description: Only those of this colour., schema: {type: string}}\n",
        )],
        uses: LISTS,
        bump: Bump::Minor,
        compiles: true,
    },
    Mutation {
        what: "a required parameter is added",
        edits: &[(
            LIST,
            "      parameters:\n",
            "      parameters:\n        - {name: colour, in: query, required: true, description: Only those of this colour., schema: {type: string}}\n",
        )],
        uses: LISTS,
        bump: Bump::Major,
        compiles: false,
    },
    Mutation {
        what: "a parameter is removed",
        edits: &[(LIST, "        - $ref: '#/components/parameters/Limit'\n", "")],
        uses: LISTS,
        bump: Bump::Major,
        compiles: false,
    },
    Mutation {
        what: "a time filter is removed",
        edits: &[(LIST, "        - $ref: '#/components/parameters/LastModifiedAtGte'\n", "")],
        uses: "let _ = c.currencies().list().sync(None).try_next().await?;",
        bump: Bump::Major,
        compiles: false,
    },
    Mutation {
        what: "a list is no longer paged",
        edits: &[(LIST, "x-pagination: offset", "x-pagination: none")],
        uses: "let _ = c.currencies().list().concurrency(2).all().await?;",
        bump: Bump::Major,
        compiles: false,
    },
    Mutation {
        what: "an operation becomes safe to retry",
        edits: &[(CREATE, "x-retry: never", "x-retry: keyed")],
        uses: BUILDS,
        bump: Bump::Minor,
        compiles: true,
    },
    Mutation {
        what: "an operation is removed",
        edits: &[
            ("", "  /ca/api/user_currency/rate:\n    get:\n", "  /ca/api/user_currency/fate:\n    get:\n"),
            ("", RATE, "operationId: currencies.fate\n"),
        ],
        uses: ASKS_RATE,
        bump: Bump::Major,
        compiles: false,
    },
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn consumer(folder: &Path, uses: &[&str]) {
    let functions: String = uses
        .iter()
        .enumerate()
        .map(|(number, uses)| {
            format!("pub async fn f{number}(c: &campfire::Client) -> Result<(), campfire::Error> {{ {uses} Ok(()) }}\n")
        })
        .collect();
    fs::create_dir_all(folder.join("src")).unwrap();
    let source = format!("#![allow(unused_imports, deprecated)]\nuse campfire::types;\n{functions}");
    fs::write(folder.join("src/lib.rs"), source).unwrap();
    let manifest = format!(
        "[package]\nname = \"consumer\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n\
         campfire-sdk = {{ path = {:?}, default-features = false, features = [\"rustls\", \"settings\"] }}\n",
        root()
    );
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
}

fn check(folder: &Path, openapi: &Path) -> (bool, String) {
    let output = Command::new(env!("CARGO"))
        .current_dir(folder)
        .args(["check", "--quiet"])
        .env("CAMPFIRE_OPENAPI_DIR", openapi)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .output()
        .unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Fails fast when an edit no longer fits the description.
#[test]
fn every_mutation_changes_the_description() {
    let settings = fs::read_to_string(root().join("openapi/settings.yaml")).unwrap();
    for mutation in MUTATIONS {
        assert_ne!(mutation.apply(&settings), settings, "{}", mutation.what);
    }
}

#[test]
#[ignore = "takes minutes: builds the SDK about twenty times"]
fn the_verdict_matches_the_compiler() {
    let folder = env::temp_dir().join("campfire-consumer");
    let openapi = folder.join("openapi");
    fs::create_dir_all(&openapi).unwrap();
    for entry in fs::read_dir(root().join("openapi")).unwrap() {
        let entry = entry.unwrap();
        // Without the sandbox overlay, which the SDK can do without.
        if entry.path().is_file() {
            fs::copy(entry.path(), openapi.join(entry.file_name())).unwrap();
        }
    }
    let settings = fs::read_to_string(openapi.join("settings.yaml")).unwrap();
    let before = Revision::read(&openapi).unwrap();
    let all: Vec<&str> = MUTATIONS.iter().map(|mutation| mutation.uses).collect();
    consumer(&folder, &all);
    let (compiles, printed) = check(&folder, &openapi);
    assert!(compiles, "the code compiles before any mutation: {printed}");
    let mut wrong = Vec::new();
    for mutation @ Mutation { what, uses, bump, compiles, .. } in MUTATIONS {
        fs::write(openapi.join("settings.yaml"), mutation.apply(&settings)).unwrap();
        let diff = compare(&before, &Revision::read(&openapi).unwrap());
        consumer(&folder, &[uses]);
        let (did, printed) = check(&folder, &openapi);
        println!("| {what} | {} | {} |", diff.bump, if did { "compiles" } else { "does not compile" });
        if diff.bump != *bump || did != *compiles || !diff.from_types {
            wrong.push(format!("{what}: {} instead of {bump}, compiles: {did}\n{printed:.600}", diff.bump));
        }
        // The user's code must be what fails to compile, not the SDK.
        if !did && !printed.contains("consumer") {
            wrong.push(format!("{what}: the SDK itself does not build: {printed:.900}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    fs::remove_dir_all(folder).unwrap();
}
