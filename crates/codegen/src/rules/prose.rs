//! Checks of descriptions as prose: our own words, and everything that a bookkeeper needs to know.

use serde_json::Value;

use crate::description::extension;

/// Phrases of the vendor's framework that carry no information.
const BOILERPLATE: [&str; 7] = [
    "a string representing",
    "allows you to",
    "api endpoint",
    "paginated list",
    "retrieve a list of",
    "this endpoint",
    "viewset",
];

/// Words that name the currency of a number, or show that it is not an amount of money.
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

/// Returns `true` if a text names a currency by its code: "in EUR".
fn names_currency(text: &str) -> bool {
    let mut words = text.split(|character: char| !character.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let is_code = |word: &str| word.len() == 3 && word.chars().all(|character| character.is_ascii_uppercase());
    let mut follows_in = false;
    words.any(|word| std::mem::replace(&mut follows_in, word == "in" || word == "In") && is_code(word))
}

/// The minimum number of words that can describe a side effect.
const EFFECT_WORDS: usize = 6;

/// Returns the first of the vendor's phrases in a text.
pub(crate) fn boilerplate(text: &str) -> Option<&'static str> {
    let text = text.to_lowercase();
    BOILERPLATE.into_iter().find(|phrase| text.contains(phrase))
}

/// Returns `true` for an amount without a currency. The schema may name the currency of all its amounts.
pub(crate) fn lacks_currency(property: &Value, schema: &Value) -> bool {
    let refers = |value: &Value| value.get("$ref").and_then(Value::as_str) == Some("#/components/schemas/Decimal");
    let parts = property.get("allOf").and_then(Value::as_array);
    let is_amount = refers(property) || parts.is_some_and(|parts| parts.iter().any(refers));
    let says = |value: &Value, words: &[&str]| {
        let text = value.get("description").and_then(Value::as_str).unwrap_or_default();
        let lower = text.to_lowercase();
        words.iter().any(|word| lower.contains(word)) || names_currency(text)
    };
    is_amount && !says(property, &UNITS) && !says(schema, &["currenc", "amounts"])
}

/// Returns `true` if an operation with side effects is described in too few words to name them.
pub(crate) fn lacks_effect(method: &str, operation: &Value) -> bool {
    let text = |key: &str| operation.get(key).and_then(Value::as_str).unwrap_or_default();
    let acts = method == "delete" || text(extension::RETRY) == "never";
    acts && text("description").split_whitespace().count() < EFFECT_WORDS
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn prose_is_checked() {
        assert_eq!(boilerplate("This endpoint allows you to list things."), Some("allows you to"));
        assert_eq!(boilerplate("Lists what was bought."), None);
        let amount = |text: &str| json!({"allOf": [{"$ref": "#/components/schemas/Decimal"}], "description": text});
        assert!(lacks_currency(&amount("What is left to pay."), &json!({})));
        assert!(!lacks_currency(&amount("What is left to pay, in the currency of the bill."), &json!({})));
        assert!(!lacks_currency(&amount("Price in EUR, without tax."), &json!({})));
        assert!(!lacks_currency(&amount("Price."), &json!({"description": "A book, priced in EUR."})));
        assert!(lacks_currency(&amount("Price in the PDF."), &json!({})));
        assert!(!lacks_currency(&amount("What is left."), &json!({"description": "All amounts are in dollars."})));
        assert!(!lacks_currency(&json!({"type": "string", "description": "A name."}), &json!({})));
        assert!(lacks_effect("delete", &json!({"description": "Deletes it."})));
        assert!(!lacks_effect("get", &json!({"description": "Gets it.", "x-retry": "safe"})));
        assert!(lacks_effect("post", &json!({"description": "Voids it.", "x-retry": "never"})));
    }
}
