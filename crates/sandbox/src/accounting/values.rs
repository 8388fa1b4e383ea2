//! Values in bodies, and exact arithmetic.

use campfire_values::{Date, Decimal, Json, JsonObject};

use crate::messages::reply::Reply;

/// Adds numbers, and refuses if the sum cannot be exact.
pub(super) fn total(numbers: impl IntoIterator<Item = Decimal>) -> Result<Decimal, Reply> {
    Decimal::checked_sum(numbers)
        .ok_or_else(|| Reply::non_field_error("The amounts have too many digits to be added exactly."))
}

/// Multiplies numbers, and refuses if the product cannot be exact.
pub(super) fn product(a: Decimal, b: Decimal) -> Result<Decimal, Reply> {
    a.checked_mul(b).ok_or_else(|| Reply::non_field_error("The amounts have too many digits to be multiplied exactly."))
}

/// Shares with as many digits as this number count as endless.
const LONGEST_SHARE: u128 = 10_u128.pow(26);

/// Returns `whole * part / of`. Rounds to cents if the result would have no end.
pub(super) fn rounded_share(whole: Decimal, part: Decimal, of: Decimal) -> Result<Decimal, Reply> {
    if whole == of {
        return Ok(part);
    }
    let [whole, part, of] = [whole, part, of].map(rust_decimal::Decimal::from);
    let product = whole.checked_mul(part);
    let share = product.and_then(|product| Some((product, product.checked_div(of)?)));
    let too_long = || Reply::non_field_error("The amounts have too many digits to be divided.");
    let (product, share) = share.ok_or_else(too_long)?;
    let share = share.normalize();
    // A share without end fills all digits, and multiplying it back may round to the whole.
    let is_exact = share.mantissa().unsigned_abs() < LONGEST_SHARE && share.checked_mul(of) == Some(product);
    Ok(if is_exact { share } else { share.round_dp(2) }.normalize().into())
}

/// Writes a date.
pub(super) fn date_json(date: Date) -> Json {
    Json::String(date.to_string())
}

/// Reads a date from a body.
pub(super) fn date_in(body: &JsonObject, name: &str) -> Option<Date> {
    body.get(name)?.as_str()?.parse().ok()
}

/// Reads a date from a JSON value.
pub(super) fn date_of(item: &Json, name: &str) -> Option<Date> {
    date_in(item.as_object()?, name)
}

/// Reads a list from a body, empty if it is missing.
pub(super) fn list_in<'a>(body: &'a JsonObject, name: &str) -> &'a [Json] {
    body.get(name).and_then(Json::as_array).unwrap_or_default()
}

/// Reads an amount, which must be positive.
pub(super) fn positive_amount(item: &Json, name: &str) -> Result<Decimal, Reply> {
    let amount = item.get(name).and_then(Json::as_decimal).unwrap_or_default();
    if amount.is_zero() || amount.is_negative() {
        return Err(Reply::field_error(name, "Ensure this value is greater than 0."));
    }
    Ok(amount)
}

/// Reads a decimal, zero if it is missing.
pub(super) fn amount_of(item: &Json, name: &str) -> Decimal {
    item.get(name).and_then(Json::as_decimal).unwrap_or_default()
}

/// Writes a list of ids.
pub(super) fn ids_json(ids: Vec<i64>) -> Json {
    Json::Array(ids.into_iter().map(Json::from).collect())
}

/// Builds an object.
pub(super) fn object<const N: usize>(fields: [(&str, Json); N]) -> Json {
    Json::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// Refuses an id that no record has.
pub(super) fn no_such_record(field: &str, id: i64) -> Reply {
    Reply::field_error(field, format!("Invalid pk \"{id}\" - object does not exist."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_share_without_end_is_rounded() {
        let share = |whole: &str, part: &str, of: &str| {
            let [whole, part, of] = [whole, part, of].map(|text| text.parse().unwrap_or_default());
            rounded_share(whole, part, of).ok().map(|share| share.to_string())
        };
        assert_eq!(share("10", "1", "8").as_deref(), Some("1.25"));
        assert_eq!(share("100.10", "1", "1024").as_deref(), Some("0.09775390625"));
        // Ten thirds have 29 digits, and three times that is rounded to ten.
        for (whole, rounded) in [("10", "3.33"), ("1", "0.33"), ("20", "6.67"), ("1000000000", "333333333.33")] {
            assert_eq!(share(whole, "1", "3").as_deref(), Some(rounded), "{whole}");
        }
    }
}
