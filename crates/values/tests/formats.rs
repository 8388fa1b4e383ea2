//! Decimals, JSON and timestamps survive formats other than JSON text, which have floats for numbers or do not describe
//! themselves.

use campfire_values::{Decimal, Json, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Numbers that a float would change, and some that it would not.
const DIGITS: &[&str] = &[
    "0",
    "7",
    "-7",
    "0.5",
    "0.10",
    "12.50",
    "-0.01",
    "100.00",
    "1.0",
    "9007199254740993",
    "12345678901234567.89",
    "9999999999999999999999999999",
    "0.0000000000000000000000000001",
    "18446744073709551615",
];

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Row {
    amount: Decimal,
    created_at: Timestamp,
}

fn rows() -> impl Iterator<Item = Row> {
    DIGITS
        .iter()
        .map(|digits| Row { amount: digits.parse().unwrap(), created_at: "2026-01-31T12:00:00+01:00".parse().unwrap() })
}

/// Checks that rows keep each digit, also those that equality ignores: `0.5` and `0.50` are equal.
fn survive(format: &str, round_trip: impl Fn(&Row) -> Row) {
    for row in rows() {
        let again = round_trip(&row);
        assert_eq!(again.amount.to_string(), row.amount.to_string(), "{format}");
        assert_eq!(again, row, "{format}");
    }
}

#[test]
fn decimals_keep_their_digits_in_every_format() {
    survive("JSON", |row| serde_json::from_str(&serde_json::to_string(row).unwrap()).unwrap());
    survive("JSON, indented", |row| serde_json::from_str(&serde_json::to_string_pretty(row).unwrap()).unwrap());
    survive("a JSON value", |row| serde_json::from_value(serde_json::to_value(row).unwrap()).unwrap());
    survive("a JSON value as text", |row| {
        serde_json::from_str(&serde_json::to_value(row).unwrap().to_string()).unwrap()
    });
    survive("YAML", |row| serde_yaml_ng::from_str(&serde_yaml_ng::to_string(row).unwrap()).unwrap());
    survive("TOML", |row| toml::from_str(&toml::to_string(row).unwrap()).unwrap());
    survive("postcard", |row| postcard::from_bytes(&postcard::to_allocvec(row).unwrap()).unwrap());
    survive("CSV", |row| {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.serialize(row).unwrap();
        let text = writer.into_inner().unwrap();
        csv::Reader::from_reader(&*text).deserialize().next().unwrap().unwrap()
    });
}

/// Text is what the server gets: there, a number stays a number.
#[test]
fn json_text_has_numbers_and_other_formats_have_strings_where_they_must() {
    let decimal: Decimal = "0.10".parse().unwrap();
    assert_eq!(serde_json::to_string(&decimal).unwrap(), "0.10");
    assert_eq!(serde_json::to_vec(&[decimal]).unwrap(), b"[0.10]");
    let mut writer = Vec::new();
    serde_json::to_writer(&mut writer, &decimal).unwrap();
    assert_eq!(writer, b"0.10");
    assert_eq!(serde_json::to_value(decimal).unwrap(), serde_json::json!("0.10"));
    assert_eq!(serde_json::to_value(Decimal::new(5, 1)).unwrap(), serde_json::json!(0.5));
    assert_eq!(serde_json::to_value(Decimal::from(7)).unwrap(), serde_json::json!(7));
}

#[test]
fn json_survives_formats_that_have_its_types() {
    let json: Json = r#"{"a": [1, 2.5, "x", true, {"b": 3}], "c": {"d": "0.10"}}"#.parse().unwrap();
    fn same<T: DeserializeOwned + Serialize + PartialEq + std::fmt::Debug>(value: &T) {
        assert_eq!(&serde_json::from_value::<T>(serde_json::to_value(value).unwrap()).unwrap(), value);
        assert_eq!(&serde_yaml_ng::from_str::<T>(&serde_yaml_ng::to_string(value).unwrap()).unwrap(), value);
        assert_eq!(&toml::from_str::<T>(&toml::to_string(value).unwrap()).unwrap(), value);
        assert_eq!(&postcard::from_bytes::<T>(&postcard::to_allocvec(value).unwrap()).unwrap(), value);
    }
    same(&json);
}

#[test]
fn floats_that_may_have_lost_digits_are_refused() {
    assert!(serde_json::from_str::<Decimal>("0.1").is_ok());
    let float = serde_yaml_ng::from_str::<Decimal>("0.12345678901234567");
    assert!(float.unwrap_err().to_string().contains("binary floating point"));
}
