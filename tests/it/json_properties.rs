//! Laws of the JSON reader, over texts that are nearly JSON.

use campfire::{Json, JsonObject, RecordText, fuzz};
use proptest::prelude::*;
use serde_json::json;

use crate::support::property_config;

/// Pieces of JSON: strung together at random, they make texts that are valid now and then, and nearly valid often.
const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"a\"",
    "\"b\"",
    "\"",
    "\\",
    "\\u00e9",
    "\\ud83d",
    "\\ude00",
    "\\n",
    "é",
    "\u{1}",
    "\n",
    " ",
    "0",
    "1",
    "-",
    ".",
    "5",
    "e",
    "+",
    "1.50",
    "-0",
    "1e400",
    "12345678901234567890.1234",
    "null",
    "nul",
    "true",
    "false",
    "{\"a\":",
    "[1,2",
    "\u{feff}",
    "/",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 5_000, ..ProptestConfig::default() })]

    #[test]
    fn nearly_json_is_accepted_or_rejected_as_by_serde_json(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..12)) {
        fuzz::json(pieces.concat().as_bytes());
    }

    #[test]
    fn nearly_json_in_a_page_loses_no_record(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..8)) {
        fuzz::page(format!(r#"{{"count":3,"results":[{{"id":1}},{},{{"id":3}}]}}"#, pieces.concat()).as_bytes());
    }

    #[test]
    fn nearly_json_is_accepted_as_text_or_rejected_as_by_json(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..12)) {
        let pieces = pieces.concat();
        for text in [pieces.clone(), format!(r#"{{"id":1,"a":{pieces}}}"#), format!(r#"{{"id":1,{pieces}}}"#)] {
            let json = text.parse::<Json>();
            match text.parse::<RecordText>() {
                Ok(record) => {
                    let fields: JsonObject =
                        record.fields().map(|field| (field.name().into_owned(), field.json())).collect();
                    let json = json.unwrap();
                    prop_assert_eq!(json.as_object().cloned().unwrap_or_default(), fields);
                    prop_assert_eq!(json.to_string().parse::<RecordText>().unwrap().checksum(), record.checksum());
                    prop_assert_eq!(serde_json::to_string(&record).unwrap(), json.to_string());
                }
                Err(_) if json == Ok(Json::Null) => {}
                Err(error) => prop_assert_eq!(Err(error), json),
            }
        }
    }
}

proptest! {
    #![proptest_config(property_config(200))]

    #[test]
    fn nearly_json_in_a_user_type_does_not_panic(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..8)) {
        let json = pieces.concat();
        fuzz::flatten(json.as_bytes());
        fuzz::flatten(format!(r#"{{"id":1,"$serde_json::private::RawValue":{json},"deal_name":"x"}}"#).as_bytes());
        fuzz::flatten(format!(r#"{{"id":1,"extra":{json},"total_amount":1.50,"lines":[{{"id":2}}]}}"#).as_bytes());
    }

    #[test]
    fn no_bit_of_a_token_changes_unnoticed(
        operation in ".{0,20}",
        query in any::<u64>(),
        cursor in prop::option::of(".{0,20}"),
        offset in any::<u64>(),
        behind in prop::collection::vec(any::<i64>(), 0..17),
    ) {
        let at = cursor.map_or(json!({"offset": offset}), |cursor| json!({"cursor": cursor}));
        let token = json!({"v": 2, "operation": operation, "query": query, "at": at, "behind": behind, "read": 7, "sum": 0});
        fuzz::token(token.to_string().as_bytes());
    }
}
