//! Any object that the description allows decodes and keeps its leaves, with fields dropped, nulled, retyped within the
//! tolerance, and enlarged with unknown keys and unknown enum values.
//!
//! The payloads are drawn from the model of the description that the build writes for the sandbox. `PROPERTY_CASES` sets
//! how many are drawn per type (40 by default).

mod common;

use common::leaves;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::Value;

include!(concat!(env!("OUT_DIR"), "/calls.rs"));

/// Draws JSON texts from one seed.
struct Draw<'m> {
    model: &'m Value,
    random: fastrand::Rng,
}

impl Draw<'_> {
    fn one_in(&mut self, n: u32) -> bool {
        self.random.u32(..n) == 0
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.random.usize(..of.len())]
    }

    /// An object of a schema.
    fn object(&mut self, schema: &str, depth: u32) -> String {
        let fields = self.model["schemas"][schema].as_array().cloned().unwrap_or_default();
        let mut members = Vec::new();
        for field in &fields {
            let flag = |name: &str| field[name].as_bool().unwrap_or(false);
            if flag("write_only") {
                continue;
            }
            let value = if flag("identity") {
                self.value(&field["type"], depth)
            } else if self.one_in(4) {
                continue;
            } else if self.one_in(6) {
                "null".to_owned()
            } else {
                self.value(&field["type"], depth)
            };
            members.push(format!("{}:{value}", field["name"]));
        }
        for n in 0..self.random.u32(..3) {
            members.push(format!("\"zz_unknown_{n}\":{}", self.open(2)));
        }
        self.random.shuffle(&mut members);
        format!("{{{}}}", members.join(","))
    }

    fn value(&mut self, ty: &Value, depth: u32) -> String {
        if let Some(name) = ty.as_str() {
            return match name {
                "string" | "file" => self.text(),
                "integer" => self.integer(),
                "boolean" => self.pick(&["true", "false"]).to_owned(),
                "date" => self.pick(&["\"2026-02-28\"", "\"1999-12-31\"", "\"\""]).to_owned(),
                "decimal" => self.decimal(),
                "timestamp" => {
                    let forms = ["+0000", "Z", "+01:00", "-0930", ".123456+0000", ".5Z", ""];
                    let (month, day) = (self.random.u8(1..10), self.random.u8(..10));
                    format!("\"2026-0{month}-1{day}T08:09:10{}\"", self.pick(&forms))
                }
                _ => self.open(3),
            };
        }
        if let Some(name) = ty["enum"].as_str() {
            let values = self.model["enums"][name].as_array().cloned().unwrap_or_default();
            let known = values[self.random.usize(..values.len())].to_string();
            return if self.one_in(4) {
                self.pick(&["\"ZZ_NEW\"", "\"\"", "\"other value\""]).to_owned()
            } else {
                known
            };
        }
        if let Some(name) = ty["object"].as_str() {
            // Identity must be there however deep.
            return if depth == 0 { self.least(name) } else { self.object(name, depth - 1) };
        }
        if ty.get("list").is_some() {
            let count = if depth == 0 { 0 } else { self.random.u32(..4) };
            let inner = ty["list"].clone();
            let items: Vec<String> = (0..count)
                .map(|_| if self.one_in(8) { "null".to_owned() } else { self.value(&inner, depth - 1) })
                .collect();
            return format!("[{}]", items.join(","));
        }
        let inner = ty["map"].clone();
        let members: Vec<String> = (0..self.random.u32(..3))
            .map(|n| format!("\"k{n}\":{}", self.value(&inner, depth.saturating_sub(1))))
            .collect();
        format!("{{{}}}", members.join(","))
    }

    fn least(&mut self, schema: &str) -> String {
        let fields = self.model["schemas"][schema].as_array().cloned().unwrap_or_default();
        let identity = fields.iter().filter(|field| field["identity"] == true);
        let members: Vec<String> =
            identity.map(|field| format!("{}:{}", field["name"], self.value(&field["type"], 0))).collect();
        format!("{{{}}}", members.join(","))
    }

    fn text(&mut self) -> String {
        let text: String =
            (0..self.random.usize(..12)).map(|_| self.pick(&["a", "Ü", "\"", "\\", "\n", "7", " ", "💶"])).collect();
        Value::from(text).to_string()
    }

    fn integer(&mut self) -> String {
        let integer = if self.one_in(3) { self.random.i64(..) } else { self.random.i64(-1000..100_000) };
        match self.random.u8(..4) {
            0 => format!("\"{integer}\""),
            1 if integer.abs() < 1 << 53 => format!("{integer}.0"),
            _ => integer.to_string(),
        }
    }

    fn decimal(&mut self) -> String {
        let digits = self.random.u64(..).to_string();
        let point = self.random.usize(1..=digits.len());
        let sign = self.pick(&["", "-"]);
        let mut text = format!("{sign}{}", &digits[..point].trim_start_matches('0'));
        if text.is_empty() || text == "-" {
            text.push('0');
        }
        if point < digits.len() {
            text = format!("{text}.{}", &digits[point..]);
        }
        match self.random.u8(..5) {
            0 | 1 => format!("\"{text}\""),
            2 => format!("{text}{}", self.pick(&["e0", "E+2", "e-3"])),
            _ => text,
        }
    }

    /// Any JSON.
    fn open(&mut self, depth: u32) -> String {
        match self.random.u8(..if depth == 0 { 5 } else { 7 }) {
            0 => "null".to_owned(),
            1 => "true".to_owned(),
            2 => self.decimal(),
            3 => self.text(),
            4 => self.random.i64(..).to_string(),
            5 => format!("[{},{}]", self.open(depth - 1), self.open(depth - 1)),
            _ => format!("{{\"a\":{},\"b\":{}}}", self.open(depth - 1), self.open(depth - 1)),
        }
    }
}

#[test]
fn drawn_payloads_decode_and_keep_their_leaves() {
    let cases = std::env::var("PROPERTY_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(40);
    let model: Value = serde_json::from_str(include_str!(concat!(env!("OUT_DIR"), "/sandbox.json"))).unwrap();
    for schema in READ_TYPES {
        // A seed says everything about a payload: a failure prints it, and the payload.
        let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
        let law = |seed| {
            let payload = Draw { model: &model, random: fastrand::Rng::with_seed(seed) }.object(schema, 3);
            let encoded = round_trip(schema, &payload)
                .map_err(|error| TestCaseError::fail(format!("{schema}: {error}\n{payload}")))?;
            prop_assert_eq!(leaves(&payload), leaves(&encoded), "{}\n{}", schema, payload);
            let again = round_trip(schema, &encoded).map_err(|error| TestCaseError::fail(error.to_string()))?;
            prop_assert_eq!(again, encoded, "what was written reads as the same");
            Ok(())
        };
        runner.run(&any::<u64>(), law).unwrap_or_else(|error| panic!("{schema}: {error}"));
    }
}

/// What is encoded is what the derived schema says, for writing and for reading.
#[cfg(feature = "schemars")]
#[test]
fn encoded_values_are_valid_by_their_schemas() {
    use campfire::schemars::generate::SchemaSettings;

    let cases = std::env::var("PROPERTY_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(40_u64);
    let model: Value = serde_json::from_str(include_str!(concat!(env!("OUT_DIR"), "/sandbox.json"))).unwrap();
    for name in READ_TYPES {
        let settings = SchemaSettings::draft2020_12();
        let validator = |settings: SchemaSettings| {
            let schema = schema_of(name, settings.into_generator()).to_value();
            jsonschema::validator_for(&schema).unwrap_or_else(|error| panic!("{name}: {error}"))
        };
        let writes = validator(settings.clone().for_serialize());
        let reads = validator(settings.for_deserialize());
        for seed in 0..cases {
            let payload = Draw { model: &model, random: fastrand::Rng::with_seed(seed) }.object(name, 3);
            let encoded: Value = serde_json::from_str(&round_trip(name, &payload).unwrap()).unwrap();
            for validator in [&writes, &reads] {
                let errors: Vec<String> = validator
                    .iter_errors(&encoded)
                    .map(|error| format!("{} at {}", error, error.instance_path()))
                    .collect();
                assert!(errors.is_empty(), "{name}, seed {seed}: {errors:?}\n{encoded}");
            }
        }
    }
}

/// A schema is not satisfied by just anything.
#[cfg(all(feature = "schemars", feature = "revenue-recognition"))]
#[test]
fn schemas_refuse_what_does_not_decode() {
    use campfire::schemars::generate::SchemaSettings;

    let schema = schema_of("Contract", SchemaSettings::draft2020_12().for_deserialize().into_generator()).to_value();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let valid = |text: &str| validator.is_valid(&serde_json::from_str(text).unwrap());
    assert!(valid(r#"{"id": 1, "total_contract_value": "12.50", "status": "OF_TOMORROW", "custom_field_x": [1]}"#));
    assert!(valid(r#"{"id": 1, "total_contract_value": 12.5, "status": null}"#));
    for wrong in [
        r#"{"total_contract_value": 1}"#,
        r#"{"id": "one"}"#,
        r#"{"id": 1, "total_contract_value": "a lot"}"#,
        r#"{"id": 1, "status": 7}"#,
        r#"[]"#,
    ] {
        assert!(!valid(wrong), "{wrong}");
    }
    let text = schema.to_string();
    assert!(text.contains("exact decimal") && text.contains("open set"), "{text}");
}
