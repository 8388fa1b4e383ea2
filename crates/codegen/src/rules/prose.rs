//! Checks of descriptions as texts: that they are ours, and say what a bookkeeper has to know.

use serde_json::Value;

/// Phrases of the vendor's framework, which say nothing.
const BOILERPLATE: [&str; 7] = [
    "a string representing",
    "allows you to",
    "api endpoint",
    "paginated list",
    "retrieve a list of",
    "this endpoint",
    "viewset",
];

/// What names the currency of a number, or says that it is none of money.
const UNITS: [&str; 24] = [
    "%",
    "adjust",
    "amounts",
    "base ",
    "consolidat",
    "count",
    "currenc",
    "days",
    "dollar",
    "factor",
    "from 0 to 1",
    "hours",
    "how many",
    "months",
    "native",
    "not documented",
    "not explained",
    "number of",
    "percent",
    "quantit",
    "rate",
    "ratio",
    "share",
    "unit",
];

/// The fewest words in which a side effect can be named.
const EFFECT_WORDS: usize = 6;

/// The first phrase of the vendor's in a text.
pub(crate) fn boilerplate(text: &str) -> Option<&'static str> {
    let text = text.to_lowercase();
    BOILERPLATE.into_iter().find(|phrase| text.contains(phrase))
}

/// Whether a property is an amount whose currency nobody names; the schema may do so for all of its amounts.
pub(crate) fn lacks_currency(property: &Value, schema: &Value) -> bool {
    let refers = |value: &Value| value.get("$ref").and_then(Value::as_str) == Some("#/components/schemas/Decimal");
    let parts = property.get("allOf").and_then(Value::as_array);
    let is_amount = refers(property) || parts.is_some_and(|parts| parts.iter().any(refers));
    let says = |value: &Value, words: &[&str]| {
        let text = value.get("description").and_then(Value::as_str).unwrap_or_default().to_lowercase();
        words.iter().any(|word| text.contains(word))
    };
    is_amount && !says(property, &UNITS) && !says(schema, &["currenc", "amounts"])
}

/// Whether an operation that changes more than it returns says so in too few words to be true.
pub(crate) fn lacks_effect(method: &str, operation: &Value) -> bool {
    let text = |key: &str| operation.get(key).and_then(Value::as_str).unwrap_or_default();
    let acts = method == "delete" || text("x-retry") == "never";
    acts && text("description").split_whitespace().count() < EFFECT_WORDS
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn prose_is_checked_for_what_it_must_and_must_not_say() {
        assert_eq!(boilerplate("This endpoint allows you to list things."), Some("allows you to"));
        assert_eq!(boilerplate("Lists what was bought."), None);
        let amount = |text: &str| json!({"allOf": [{"$ref": "#/components/schemas/Decimal"}], "description": text});
        assert!(lacks_currency(&amount("What is left to pay."), &json!({})));
        assert!(!lacks_currency(&amount("What is left to pay, in the currency of the bill."), &json!({})));
        assert!(!lacks_currency(&amount("What is left."), &json!({"description": "All amounts are in dollars."})));
        assert!(!lacks_currency(&json!({"type": "string", "description": "A name."}), &json!({})));
        assert!(lacks_effect("delete", &json!({"description": "Deletes it."})));
        assert!(!lacks_effect("get", &json!({"description": "Gets it.", "x-retry": "safe"})));
        assert!(lacks_effect("post", &json!({"description": "Voids it.", "x-retry": "never"})));
    }
}
