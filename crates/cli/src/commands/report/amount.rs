//! Amounts for people: exact, with thousands separators and at least two decimals.

use campfire::Decimal;

/// Returns an amount such as `-1,234,567.80`.
pub(super) fn grouped(amount: Decimal) -> String {
    let text = amount.abs().to_string();
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    let mut grouped = if amount.is_negative() { "-".to_owned() } else { String::new() };
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{grouped}.{decimals:0<2}")
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn no_digit_is_lost() {
        for (amount, expected) in [
            ("0", "0.00"),
            ("999", "999.00"),
            ("-1000", "-1,000.00"),
            ("1234567.8", "1,234,567.80"),
            ("-123456.7891", "-123,456.7891"),
            ("12345678901234567890.01", "12,345,678,901,234,567,890.01"),
        ] {
            assert_eq!(grouped(amount.parse().unwrap()), expected);
        }
    }
}
