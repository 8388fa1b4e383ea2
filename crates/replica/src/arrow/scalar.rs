//! Exact conversions between the values of the SDK and those of Arrow.

use std::time::{Duration, SystemTime};

use campfire::{Date, Decimal, Timestamp};
use chrono::TimeDelta;

use super::shape::SCALE;

/// One more than the largest number of 38 digits.
const LIMIT: i128 = 10_i128.pow(38);

/// Returns a decimal in units of its last digit after the point, or `None` if it does not fit 38 digits.
pub(crate) fn from_decimal(value: Decimal) -> Option<i128> {
    let value = rust_decimal::Decimal::from(value);
    let (mantissa, scale) = (value.mantissa(), value.scale());
    let units = match u32::from(SCALE).checked_sub(scale) {
        Some(missing) => mantissa.checked_mul(10_i128.pow(missing))?,
        None => {
            let excess = 10_i128.pow(scale - u32::from(SCALE));
            (mantissa % excess == 0).then_some(mantissa / excess)?
        }
    };
    (units.abs() < LIMIT).then_some(units)
}

/// Returns a decimal without zeros at its end, or `None` if it has more digits than one can have.
pub(crate) fn to_decimal(mut units: i128) -> Option<Decimal> {
    let mut scale = u32::from(SCALE);
    while scale > 0 && units % 10 == 0 {
        (units, scale) = (units / 10, scale - 1);
    }
    rust_decimal::Decimal::try_from_i128_with_scale(units, scale).ok().map(Decimal::from)
}

/// Returns the microseconds since 1970, or `None` if the time is between two of them.
pub(crate) fn from_timestamp(at: Timestamp) -> Option<i64> {
    let nanos = at.subsec_nanos();
    if !nanos.is_multiple_of(1_000) {
        return None;
    }
    at.unix_seconds().checked_mul(1_000_000)?.checked_add(i64::from(nanos / 1_000))
}

/// Returns the time this many microseconds after 1970, or `None` if it is outside the calendar.
pub(crate) fn to_timestamp(micros: i64) -> Option<Timestamp> {
    let distance = Duration::from_micros(micros.unsigned_abs());
    let at = match micros {
        0.. => SystemTime::UNIX_EPOCH.checked_add(distance),
        _ => SystemTime::UNIX_EPOCH.checked_sub(distance),
    };
    Timestamp::from_unix_seconds(micros.div_euclid(1_000_000)).and(at).map(Timestamp::from)
}

/// Returns the days since 1970.
pub(crate) fn from_date(date: Date) -> Option<i32> {
    i32::try_from(date.signed_duration_since(Date::default()).num_days()).ok()
}

/// Returns the date this many days after 1970.
pub(crate) fn to_date(days: i32) -> Option<Date> {
    Date::default().checked_add_signed(TimeDelta::days(days.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_keep_their_value_or_do_not_fit() {
        let largest = "99999999999999999999.99999999";
        for text in ["0", "0.1", "-0.000000000000000001", "12345678901234567.89", largest, "-99999999999999999999"] {
            let value: Decimal = text.parse().unwrap();
            let back = to_decimal(from_decimal(value).unwrap()).unwrap();
            assert_eq!((back, back.to_string().as_str()), (value, text));
        }
        assert_eq!(from_decimal("1.1000000000000000000000000".parse().unwrap()), Some(1_100_000_000_000_000_000));
        for text in
            ["100000000000000000000", "-100000000000000000000", "0.0000000000000000001", "9999999999999999999999999999"]
        {
            assert_eq!(from_decimal(text.parse().unwrap()), None, "{text}");
        }
    }

    #[test]
    fn times_keep_their_value_or_do_not_fit() {
        for text in [
            "1969-12-31T23:59:59.999999Z",
            "2026-02-28T12:00:00.000001Z",
            "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
        ] {
            let at: Timestamp = text.parse().unwrap();
            assert_eq!(to_timestamp(from_timestamp(at).unwrap()), Some(at), "{text}");
        }
        assert_eq!(from_timestamp("2026-02-28T12:00:00.0000001Z".parse().unwrap()), None);
        assert_eq!(
            from_timestamp("2026-02-28T01:00:00+01:00".parse().unwrap()),
            from_timestamp("2026-02-28T00:00:00Z".parse().unwrap())
        );
        for text in ["1969-12-31", "0001-01-01", "9999-12-31", "2024-02-29"] {
            let date: Date = text.parse().unwrap();
            assert_eq!(to_date(from_date(date).unwrap()), Some(date), "{text}");
        }
    }
}
