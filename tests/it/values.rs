//! Values: exact decimals, timestamps, JSON, patches and open enums.

use campfire::{DateOrTimestamp, Decimal, Json, JsonObject, Patch, Timestamp};
use serde_json::json;

#[test]
fn decimals_keep_every_digit_of_numbers_and_strings() {
    for digits in ["12345678901234567.89", "0.10", "-0.01", "1000000000000000000", "0", "9999999999999999999999999999"]
    {
        for text in [digits.to_owned(), format!("\"{digits}\"")] {
            let decimal: Decimal = serde_json::from_str(&text).unwrap();
            assert_eq!(decimal.to_string(), digits);
            assert_eq!(serde_json::to_string(&decimal).unwrap(), digits, "from {text}");
        }
    }
}

#[test]
fn exponents_are_exact() {
    for (text, digits) in
        [("1e-05", "0.00001"), ("1.25E3", "1250"), ("1.250e2", "125.0"), ("-2E+2", "-200"), ("0e9", "0")]
    {
        assert_eq!(serde_json::from_str::<Decimal>(text).unwrap().to_string(), digits, "{text}");
    }
}

#[test]
fn values_that_would_be_rounded_are_rejected() {
    for text in [
        "0.12345678901234567890123456789012",
        "123456789012345678901234567890",
        "1e99",
        "1e-99",
        "1e99999999999",
        "\"\"",
        "\"12,5\"",
        "\"NaN\"",
        "true",
        "[]",
        "{}",
        "null",
    ] {
        let error = serde_json::from_str::<Decimal>(text).unwrap_err();
        assert!(!error.to_string().is_empty(), "{text}");
    }
    assert_eq!(
        "0.12345678901234567890123456789012".parse::<Decimal>().unwrap_err().to_string(),
        "`0.12345678901234567890123456789012` does not fit 28 digits and would have to be rounded"
    );
}

#[test]
fn arithmetic_is_exact_or_returns_none() {
    let decimal = |text: &str| text.parse::<Decimal>().unwrap();
    assert_eq!(decimal("0.1").checked_add(decimal("0.20")).unwrap().to_string(), "0.30");
    assert_eq!(decimal("1").checked_sub(decimal("0.01")).unwrap().to_string(), "0.99");
    assert_eq!(decimal("19.99").checked_mul(decimal("3")).unwrap().to_string(), "59.97");
    // Zero has a product, whatever its digits.
    assert_eq!(decimal("0").checked_mul(decimal("1.10")).unwrap(), decimal("0"));
    assert_eq!(decimal("9999999999999999999999999999").checked_add(decimal("0.1")), None);
    assert_eq!(decimal("0.00000000000001").checked_mul(decimal("0.000000000000001")), None);
    assert_eq!(Decimal::checked_sum([decimal("1.10"), decimal("2.2")]), Some(decimal("3.3")));
}

/// Serde buffers values inside `flatten` and untagged enums, where users may place our types.
#[test]
fn decimals_survive_buffering_by_serde() {
    #[derive(serde::Deserialize)]
    struct Outer {
        #[serde(flatten)]
        inner: Inner,
    }
    #[derive(serde::Deserialize)]
    struct Inner {
        amount: Decimal,
        open: Json,
    }
    let outer: Outer = serde_json::from_str(r#"{"amount": 1234.56, "open": {"a": [1, "x"]}}"#).unwrap();
    assert_eq!(outer.inner.amount.to_string(), "1234.56");
    assert_eq!(outer.inner.open, json!({"a": [1, "x"]}));
    // The buffer holds a float, so digits that it may have changed are rejected.
    let error = serde_json::from_str::<Outer>(r#"{"amount": 12345678901234567.89, "open": 1}"#).err().unwrap();
    assert!(error.to_string().contains("binary floating point"), "{error}");
}

#[test]
fn serde_json_values_convert() {
    assert_eq!(serde_json::from_value::<Decimal>(json!("0.10")).unwrap().to_string(), "0.10");
    assert_eq!(serde_json::from_value::<Decimal>(json!(12)).unwrap().to_string(), "12");
    let open: Json = serde_json::from_value(json!({"b": [true, null, 1.5]})).unwrap();
    assert_eq!(open, json!({"b": [true, null, 1.5]}));
}

#[test]
fn json_keeps_digits_and_rejects_duplicate_keys() {
    let text = r#"{"a":12345678901234567.890,"b":[0.10,1e2,"\u00e9\n"],"c":{"d":null}}"#;
    let json: Json = text.parse().unwrap();
    assert_eq!(json.to_string(), text.replace("\\u00e9", "é"));
    assert_eq!(json["b"][0].as_decimal().unwrap().to_string(), "0.10");
    assert!(r#"{"a":1,"a":2}"#.parse::<Json>().unwrap_err().to_string().contains("`a`: appears twice in one object"));
    assert!("[1,]".parse::<Json>().is_err());
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(deep.parse::<Json>().is_err(), "deep nesting is an error, not a stack overflow");
    assert_eq!(Json::from(JsonObject::new()).to_string(), "{}");
}

#[test]
fn every_timestamp_format_is_read() {
    let midnight: Timestamp = "2025-01-01T00:00:00Z".parse().unwrap();
    for (text, same, written) in [
        ("2025-01-01T00:00:00+0000", true, "2025-01-01T00:00:00Z"),
        ("2025-01-01T00:00:00Z", true, "2025-01-01T00:00:00Z"),
        ("2025-01-01T01:00:00+01:00", true, "2025-01-01T01:00:00+01:00"),
        ("2024-12-31T19:00:00-0500", true, "2024-12-31T19:00:00-05:00"),
        ("2025-01-01T00:00:00.123456", false, "2025-01-01T00:00:00.123456Z"),
        ("2025-01-01T00:00:00", true, "2025-01-01T00:00:00Z"),
        ("2025-01-01 00:00:00", true, "2025-01-01T00:00:00Z"),
        ("2025-01-01t00:00:00z", true, "2025-01-01T00:00:00Z"),
        ("2025-01-01T01:00+01", true, "2025-01-01T01:00:00+01:00"),
        ("2025-01-01", true, "2025-01-01T00:00:00Z"),
        ("2016-12-31T23:59:60Z", false, "2016-12-31T23:59:60Z"),
    ] {
        let time: Timestamp = serde_json::from_value(json!(text)).unwrap();
        assert_eq!(time == midnight, same, "{text}");
        assert_eq!(serde_json::to_value(time).unwrap(), json!(written), "{text}");
    }
    for bad in [
        "",
        "yesterday",
        "2025-01-01T",
        "2025-01-01T00:00:00+01:0",
        "2025-01-01T00:00:00+01:60",
        "2025-01-01T24:00:00",
        "2025-01-01T00:00:00.",
        "2025-01-01x00:00:00",
        "2025-13-01T00:00:00Z",
        "2025-01-01T00:00:00+1",
        "2025-01-01T00:00:00.1234567890Z",
    ] {
        assert!(bad.parse::<Timestamp>().is_err(), "{bad}");
    }
}

/// A type of the user's own may buffer our types: `flatten` and untagged enums do. What they buffer is data, whatever its
/// keys are.
#[test]
fn a_key_with_a_reserved_name_is_a_key() {
    #[derive(serde::Deserialize)]
    struct Flattened {
        #[serde(flatten)]
        rest: std::collections::BTreeMap<String, Json>,
    }
    #[derive(serde::Deserialize)]
    #[serde(untagged)]
    enum Untagged {
        Json(Json),
    }
    for value in [r#""17""#, r#""[1""#, r#""nonsense""#, "17", "null"] {
        let token = format!(r#"{{"$serde_json::private::RawValue":{value}}}"#);
        let flattened: Flattened = serde_json::from_str(&format!(r#"{{"a":{token}}}"#)).unwrap();
        assert_eq!(flattened.rest["a"].to_string(), token);
        let Untagged::Json(json) = serde_json::from_str(&token).unwrap();
        assert_eq!(json.to_string(), token);
    }
}

#[test]
fn rounding_is_explicit_and_says_which_way() {
    let decimal = |text: &str| text.parse::<Decimal>().unwrap();
    for (text, away, even) in [
        ("1.005", "1.01", "1.00"),
        ("1.015", "1.02", "1.02"),
        ("-1.005", "-1.01", "-1.00"),
        ("1.009", "1.01", "1.01"),
        ("1.0", "1.0", "1.0"),
    ] {
        assert_eq!(decimal(text).round(2).to_string(), away);
        assert_eq!(decimal(text).round_half_even(2).to_string(), even);
    }
    assert_eq!(format!("{:.2}", decimal("1.009")), "1.01");
    assert_eq!(format!("{:.2}", decimal("-2.5")), "-2.50");
    assert_eq!(format!("{:>8.1}|", decimal("1.25")), "     1.3|");
    assert_eq!(decimal("-1.50").abs().to_string(), "1.50");
}

#[test]
fn operators_are_exact_and_compare_with_integers() {
    let decimal = |text: &str| text.parse::<Decimal>().unwrap();
    assert_eq!((decimal("0.1") + decimal("0.20")).to_string(), "0.30");
    assert_eq!((decimal("0.1") - decimal("0.20")).to_string(), "-0.10");
    assert_eq!([decimal("1.10"), decimal("2.2")].into_iter().sum::<Decimal>().to_string(), "3.30");
    let mut total = decimal("1.10");
    total += decimal("2.205");
    total -= decimal("0.30");
    assert_eq!(total.to_string(), "3.005");
    assert!(decimal("1.00") == 1 && decimal("0.99") < 1 && decimal("1.01") > 1);
    let overflow = std::panic::catch_unwind(|| decimal("9999999999999999999999999999") + decimal("0.1"));
    assert!(overflow.is_err(), "a sum that would be rounded is not returned");
}

#[test]
fn zeros_are_exact_whatever_their_number_and_have_no_sign() {
    let decimal = |text: &str| text.parse::<Decimal>().unwrap();
    assert_eq!(decimal(&format!("1.{}", "0".repeat(30))), 1);
    assert_eq!(decimal(&format!("0.{}", "0".repeat(40))), 0);
    assert!(format!("0.{}1", "0".repeat(30)).parse::<Decimal>().is_err());
    assert_eq!(decimal("-0.00").to_string(), "0.00");
    assert_eq!((-decimal("0.00")).to_string(), "0.00");
}

#[test]
fn filter_bounds_are_dates_or_utc_timestamps() {
    let day: DateOrTimestamp = "2025-01-31".parse().unwrap();
    let instant: DateOrTimestamp = "2025-01-31T01:00:00+0100".parse().unwrap();
    assert_eq!(day.to_string(), "2025-01-31");
    assert_eq!(instant.to_string(), "2025-01-31T00:00:00Z");
    // In UTC, these years would have another number of digits.
    for text in ["0000-01-01T00:00:00+01:00", "9999-12-31T23:00:00-05:00"] {
        let bound: DateOrTimestamp = text.parse().unwrap();
        assert_eq!((bound.to_string().as_str(), text.parse()), (text, Ok(bound)));
    }
}

#[test]
fn patches_have_three_states() {
    let patch = |text: &str| serde_json::from_str::<Patch<i64>>(text).unwrap();
    assert_eq!(patch("null"), Patch::Clear);
    assert_eq!(patch("7"), Patch::Set(7));
    assert_eq!(serde_json::to_string(&Patch::<i64>::Clear).unwrap(), "null");
    assert_eq!(Patch::from(7).value(), Some(&7));
}

#[test]
fn adding_a_zero_keeps_its_decimal_places() {
    for (a, b, sum) in
        [("5", "0.00", "5.00"), ("0.00", "5", "5.00"), ("0", "0.00", "0.00"), ("-1.5", "0.000", "-1.500")]
    {
        let (a, b): (Decimal, Decimal) = (a.parse().unwrap(), b.parse().unwrap());
        assert_eq!(a.checked_add(b).map(|sum| sum.to_string()).as_deref(), Some(sum));
    }
}

#[test]
fn json_objects_and_numbers_can_be_inspected() {
    let json: Json = r#"{"rate": 0.1, "total": 12345678901234567.89, "tags": [1]}"#.parse().unwrap();
    let fields = json.as_object().unwrap();
    assert_eq!(fields.keys().collect::<Vec<_>>(), ["rate", "tags", "total"]);
    assert!(fields["tags"].as_object().is_none() && Json::Null.as_object().is_none());
    let number = |name: &str| match &fields[name] {
        Json::Number(number) => number.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(number("rate").as_f64(), Some(0.1));
    // The nearest float differs from the exact number.
    assert_eq!(number("total").as_f64(), Some(12_345_678_901_234_568.0));
    assert_eq!(number("total").as_decimal().unwrap().to_string(), "12345678901234567.89");
}

#[test]
fn the_utc_date_of_a_timestamp_ignores_its_offset() {
    for (text, date) in [
        ("2025-01-01T00:30:00+01:00", "2024-12-31"),
        ("2024-12-31T23:30:00-0100", "2025-01-01"),
        ("2025-01-01T12:00:00Z", "2025-01-01"),
    ] {
        assert_eq!(text.parse::<Timestamp>().unwrap().utc_date().to_string(), date, "{text}");
    }
}

#[cfg(all(feature = "sandbox", feature = "revenue-recognition"))]
#[tokio::test]
async fn unknown_enum_values_round_trip() {
    use campfire::types::ContractStatus;

    let status: ContractStatus = serde_json::from_value(json!("HIBERNATING")).unwrap();
    assert_eq!(status, ContractStatus::Unknown("HIBERNATING".into()));
    assert_eq!(status.to_string(), "HIBERNATING");
    assert_eq!(serde_json::to_value(&status).unwrap(), json!("HIBERNATING"));
    assert_eq!(ContractStatus::from("ACTIVE"), ContractStatus::Active);
    let (sandbox, campfire) = crate::support::sandbox::start().await;
    sandbox.seed("contracts", json!({"status": "HIBERNATING"})).unwrap();
    let contract = campfire.contracts().list().await.unwrap().into_inner().results.remove(0);
    assert_eq!(contract.status, Some(status));
}
