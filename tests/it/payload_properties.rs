//! Random payloads that the description allows decode without losing a leaf: with fields missing, null, or of another
//! tolerated type, and with unknown fields and enum values.
//!
//! The payloads follow the model of the description that the build script writes for the sandbox. `PROPERTY_CASES` sets
//! the number of payloads per type (40 by default).

use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};
use serde_json::Value;

use crate::support::generated::{READ_TYPES, round_trip};
use crate::support::json_leaves::leaves;
use crate::support::property_config;

fn model() -> Value {
    serde_json::from_str(include_str!(concat!(env!("OUT_DIR"), "/sandbox.json"))).unwrap()
}

/// Generates random JSON texts.
struct Generator<'m> {
    model: &'m Value,
    random: fastrand::Rng,
}

impl<'m> Generator<'m> {
    fn new(model: &'m Value, seed: u64) -> Self {
        Self { model, random: fastrand::Rng::with_seed(seed) }
    }

    fn one_in(&mut self, n: u32) -> bool {
        self.random.u32(..n) == 0
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.random.usize(..of.len())]
    }

    /// Returns an object of this schema.
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
            members.push(format!("\"zz_unknown_{n}\":{}", self.any_json(2)));
        }
        self.random.shuffle(&mut members);
        format!("{{{}}}", members.join(","))
    }

    fn value(&mut self, ty: &Value, depth: u32) -> String {
        if let Some(name) = ty.as_str() {
            return self.scalar(name);
        }
        if let Some(name) = ty["enum"].as_str() {
            return self.enum_value(name);
        }
        if let Some(name) = ty["object"].as_str() {
            // Identity fields are required at any depth.
            return if depth == 0 { self.identity_only(name) } else { self.object(name, depth - 1) };
        }
        if let Some(inner) = ty.get("list") {
            let count = if depth == 0 { 0 } else { self.random.u32(..4) };
            let items: Vec<String> = (0..count)
                .map(|_| if self.one_in(8) { "null".to_owned() } else { self.value(inner, depth - 1) })
                .collect();
            return format!("[{}]", items.join(","));
        }
        let members: Vec<String> = (0..self.random.u32(..3))
            .map(|n| format!("\"k{n}\":{}", self.value(&ty["map"], depth.saturating_sub(1))))
            .collect();
        format!("{{{}}}", members.join(","))
    }

    fn scalar(&mut self, name: &str) -> String {
        match name {
            "string" | "file" => self.text(),
            "integer" => self.integer(),
            "boolean" => self.pick(&["true", "false"]).to_owned(),
            "date" => self.pick(&["\"2026-02-28\"", "\"1999-12-31\"", "\"\""]).to_owned(),
            "decimal" => self.decimal(),
            "timestamp" => {
                let suffixes = ["+0000", "Z", "+01:00", "-0930", ".123456+0000", ".5Z", ""];
                let (month, day) = (self.random.u8(1..10), self.random.u8(..10));
                format!("\"2026-0{month}-1{day}T08:09:10{}\"", self.pick(&suffixes))
            }
            _ => self.any_json(3),
        }
    }

    fn enum_value(&mut self, name: &str) -> String {
        if self.one_in(4) {
            return self.pick(&["\"ZZ_NEW\"", "\"\"", "\"other value\""]).to_owned();
        }
        let values = self.model["enums"][name].as_array().cloned().unwrap_or_default();
        values[self.random.usize(..values.len())].to_string()
    }

    fn identity_only(&mut self, schema: &str) -> String {
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

    /// Returns any JSON value.
    fn any_json(&mut self, depth: u32) -> String {
        match self.random.u8(..if depth == 0 { 5 } else { 7 }) {
            0 => "null".to_owned(),
            1 => "true".to_owned(),
            2 => self.decimal(),
            3 => self.text(),
            4 => self.random.i64(..).to_string(),
            5 => format!("[{},{}]", self.any_json(depth - 1), self.any_json(depth - 1)),
            _ => format!("{{\"a\":{},\"b\":{}}}", self.any_json(depth - 1), self.any_json(depth - 1)),
        }
    }
}

#[test]
fn generated_payloads_round_trip() {
    let model = model();
    for schema in READ_TYPES {
        // A failure prints the seed, which determines the payload, and the payload itself.
        let mut runner = TestRunner::new(property_config(40));
        let property = |seed| {
            let payload = Generator::new(&model, seed).object(schema, 3);
            let encoded = round_trip(schema, &payload)
                .map_err(|error| TestCaseError::fail(format!("{schema}: {error}\n{payload}")))?;
            prop_assert_eq!(leaves(&payload), leaves(&encoded), "{}\n{}", schema, payload);
            let again = round_trip(schema, &encoded).map_err(|error| TestCaseError::fail(error.to_string()))?;
            prop_assert_eq!(again, encoded, "encoding is not stable");
            Ok(())
        };
        runner.run(&any::<u64>(), property).unwrap_or_else(|error| panic!("{schema}: {error}"));
    }
}

/// Encoded values match the derived schemas for both writing and reading.
#[cfg(feature = "schemars")]
#[test]
fn encoded_values_match_their_schemas() {
    use campfire::schemars::generate::SchemaSettings;

    use crate::support::generated::schema_of;
    use crate::support::property_cases;

    let model = model();
    for name in READ_TYPES {
        let settings = SchemaSettings::draft2020_12();
        let validator = |settings: SchemaSettings| {
            let schema = schema_of(name, settings.into_generator()).to_value();
            jsonschema::validator_for(&schema).unwrap_or_else(|error| panic!("{name}: {error}"))
        };
        let writes = validator(settings.clone().for_serialize());
        let reads = validator(settings.for_deserialize());
        for seed in 0..u64::from(property_cases(40)) {
            let payload = Generator::new(&model, seed).object(name, 3);
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

#[cfg(all(feature = "schemars", feature = "revenue-recognition"))]
#[test]
fn schemas_reject_what_does_not_decode() {
    use campfire::schemars::generate::SchemaSettings;

    use crate::support::generated::schema_of;

    let schema = schema_of("Contract", SchemaSettings::draft2020_12().for_deserialize().into_generator()).to_value();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let valid = |text: &str| validator.is_valid(&serde_json::from_str(text).unwrap());
    assert!(valid(r#"{"id": 1, "total_contract_value": "12.50", "status": "NEW_STATUS", "custom_field_x": [1]}"#));
    assert!(valid(r#"{"id": 1, "total_contract_value": 12.5, "status": null}"#));
    for invalid in [
        r#"{"total_contract_value": 1}"#,
        r#"{"id": "one"}"#,
        r#"{"id": 1, "total_contract_value": "a lot"}"#,
        r#"{"id": 1, "status": 7}"#,
        r#"[]"#,
    ] {
        assert!(!valid(invalid), "{invalid}");
    }
    let text = schema.to_string();
    assert!(text.contains("exact decimal") && text.contains("open set"), "{text}");
}
