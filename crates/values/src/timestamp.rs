//! [`Timestamp`] and [`DateOrTimestamp`]: points in time as this API writes them.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::time::SystemTime;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveTime, SecondsFormat, TimeZone, Utc};
use serde::de::{self, Deserializer};
use serde::ser::{Serialize, Serializer};

/// A point in time, with the UTC offset that it was written with.
///
/// The server writes `2025-01-01T00:00:00+0000`, which RFC 3339 does not allow. This type reads that form, RFC 3339,
/// fractions up to the nanosecond, and times without an offset (which it takes as UTC), without seconds, or without a time
/// (midnight). It writes RFC 3339, with `Z` for UTC.
///
/// Two timestamps are equal if they are the same point in time, whatever their offsets.
///
/// ```
/// # use campfire_values as campfire;
/// use campfire::Timestamp;
///
/// let wire: Timestamp = "2025-01-01T01:00:00+0100".parse()?;
/// assert_eq!(wire, "2025-01-01T00:00:00Z".parse::<Timestamp>()?);
/// assert_eq!(wire.to_string(), "2025-01-01T01:00:00+01:00");
/// # Ok::<(), campfire_values::ParseTimestampError>(())
/// ```
#[derive(Clone, Copy)]
pub struct Timestamp(DateTime<FixedOffset>);

impl Timestamp {
    /// Returns the current time in UTC, by the clock of this machine.
    pub fn now() -> Self {
        SystemTime::now().into()
    }

    /// Returns the time this many seconds after 1970-01-01T00:00:00Z, or `None` if it is outside the calendar.
    pub fn from_unix_seconds(seconds: i64) -> Option<Self> {
        DateTime::<Utc>::from_timestamp(seconds, 0).map(|utc| Timestamp(utc.fixed_offset()))
    }

    /// Returns the seconds since 1970-01-01T00:00:00Z, rounded down.
    pub fn unix_seconds(self) -> i64 {
        self.0.timestamp()
    }

    /// Returns the nanoseconds within the second.
    pub fn subsec_nanos(self) -> u32 {
        self.0.timestamp_subsec_nanos()
    }

    /// Returns the calendar day in UTC.
    pub fn utc_date(self) -> NaiveDate {
        self.0.naive_utc().date()
    }
}

impl PartialEq for Timestamp {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Timestamp {}

impl PartialOrd for Timestamp {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Timestamp {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

impl Hash for Timestamp {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        Timestamp(DateTime::<Utc>::from(time).fixed_offset())
    }
}

impl<Tz: TimeZone> From<DateTime<Tz>> for Timestamp {
    fn from(time: DateTime<Tz>) -> Self {
        Timestamp(time.fixed_offset())
    }
}

impl From<Timestamp> for DateTime<FixedOffset> {
    fn from(time: Timestamp) -> Self {
        time.0
    }
}

impl From<Timestamp> for DateTime<Utc> {
    fn from(time: Timestamp) -> Self {
        time.0.with_timezone(&Utc)
    }
}

/// The error for text that is not a timestamp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseTimestampError(String);

impl fmt::Display for ParseTimestampError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a timestamp such as 2025-01-31T12:00:00Z or 2025-01-31T12:00:00+0000", self.0)
    }
}

impl std::error::Error for ParseTimestampError {}

impl FromStr for Timestamp {
    type Err = ParseTimestampError;

    fn from_str(text: &str) -> Result<Self, ParseTimestampError> {
        parse(text).map(Timestamp).ok_or_else(|| ParseTimestampError(text.chars().take(80).collect()))
    }
}

/// Parses `2025-01-31T12:00:00.5+01:00` and its relatives. `T` may be small or a space; seconds, fraction, offset and the
/// time as a whole may be missing.
fn parse(text: &str) -> Option<DateTime<FixedOffset>> {
    let (day, rest) = day(text.as_bytes())?;
    let (time, offset) = match rest {
        [] => (NaiveTime::MIN, 0),
        [b'T' | b't' | b' ', rest @ ..] => {
            let (time, rest) = time_of_day(rest)?;
            (time, offset(rest)?)
        }
        _ => return None,
    };
    FixedOffset::east_opt(offset)?.from_local_datetime(&day.and_time(time)).single()
}

/// Parses a calendar day, or a time that is midnight by its own offset.
pub(crate) fn parse_day(text: &str) -> Option<NaiveDate> {
    match day(text.as_bytes()) {
        Some((day, [])) => Some(day),
        _ => text.parse().ok().or_else(|| {
            let time = parse(text)?.naive_local();
            (time.time() == NaiveTime::MIN).then_some(time.date())
        }),
    }
}

/// Reads two digits.
fn two(bytes: &[u8]) -> Option<(u32, &[u8])> {
    match bytes {
        [a @ b'0'..=b'9', b @ b'0'..=b'9', rest @ ..] => Some((u32::from(a - b'0') * 10 + u32::from(b - b'0'), rest)),
        _ => None,
    }
}

/// Reads `2025-01-31`.
fn day(bytes: &[u8]) -> Option<(NaiveDate, &[u8])> {
    let (century, rest) = two(bytes)?;
    let (year, rest) = two(rest)?;
    let (month, rest) = two(rest.strip_prefix(b"-")?)?;
    let (day, rest) = two(rest.strip_prefix(b"-")?)?;
    let year = i32::try_from(century * 100 + year).ok()?;
    Some((NaiveDate::from_ymd_opt(year, month, day)?, rest))
}

/// Reads `12:00`, `12:00:00` or `12:00:00.5`. Fractions finer than a nanosecond would have to be cut: they do not fit.
fn time_of_day(bytes: &[u8]) -> Option<(NaiveTime, &[u8])> {
    let (hour, rest) = two(bytes)?;
    let (minute, mut rest) = two(rest.strip_prefix(b":")?)?;
    let (mut second, mut nanos) = (0, 0);
    if let Some(seconds) = rest.strip_prefix(b":") {
        (second, rest) = two(seconds)?;
        if let Some(fraction) = rest.strip_prefix(b".") {
            let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if !(1..=9).contains(&digits) {
                return None;
            }
            let (digits, behind) = fraction.split_at(digits);
            let value = digits.iter().fold(0, |value, digit| value * 10 + u32::from(digit - b'0'));
            nanos = value * 10_u32.pow(9 - u32::try_from(digits.len()).ok()?);
            rest = behind;
        }
    }
    if second == 60 {
        // A leap second, as chrono represents it.
        (second, nanos) = (59, nanos + 1_000_000_000);
    }
    Some((NaiveTime::from_hms_nano_opt(hour, minute, second, nanos)?, rest))
}

/// Reads `Z`, `+01`, `+0100`, `+01:00` or nothing, which is UTC, to the end. Returns seconds.
fn offset(bytes: &[u8]) -> Option<i32> {
    let (sign, digits) = match bytes {
        [] | [b'Z' | b'z'] => return Some(0),
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    let (hours, rest) = two(digits)?;
    let (minutes, rest) = match rest {
        [] => (0, rest),
        [b':', rest @ ..] => two(rest)?,
        rest => two(rest)?,
    };
    let seconds = i32::try_from(hours * 3600 + minutes * 60).ok()?;
    (rest.is_empty() && minutes < 60).then_some(sign * seconds)
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> de::Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::raw::Text::deserialize(deserializer)?.0.parse().map_err(de::Error::custom)
    }
}

/// A bound of a time filter: a calendar day or a point in time.
///
/// Filters such as `last_modified_at_gte` accept anything that converts into this type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DateOrTimestamp {
    /// A calendar day. The reference does not say in which time zone.
    Date(NaiveDate),
    /// A point in time.
    Timestamp(Timestamp),
}

impl fmt::Display for DateOrTimestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DateOrTimestamp::Date(date) => fmt::Display::fmt(date, f),
            // Many query parsers read the `+` of an offset as a space; UTC has none.
            DateOrTimestamp::Timestamp(time) => match time.0.with_timezone(&Utc) {
                utc if (0..=9999).contains(&utc.year()) => {
                    f.write_str(&utc.to_rfc3339_opts(SecondsFormat::AutoSi, true))
                }
                // In UTC, the year does not have four digits.
                _ => fmt::Display::fmt(time, f),
            },
        }
    }
}

impl Serialize for DateOrTimestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl From<NaiveDate> for DateOrTimestamp {
    fn from(date: NaiveDate) -> Self {
        DateOrTimestamp::Date(date)
    }
}

impl From<Timestamp> for DateOrTimestamp {
    fn from(time: Timestamp) -> Self {
        DateOrTimestamp::Timestamp(time)
    }
}

impl<Tz: TimeZone> From<DateTime<Tz>> for DateOrTimestamp {
    fn from(time: DateTime<Tz>) -> Self {
        DateOrTimestamp::Timestamp(time.into())
    }
}

impl From<SystemTime> for DateOrTimestamp {
    fn from(time: SystemTime) -> Self {
        DateOrTimestamp::Timestamp(time.into())
    }
}

impl FromStr for DateOrTimestamp {
    type Err = ParseTimestampError;

    fn from_str(text: &str) -> Result<Self, ParseTimestampError> {
        match text.parse() {
            Ok(date) => Ok(DateOrTimestamp::Date(date)),
            Err(_) => text.parse().map(DateOrTimestamp::Timestamp),
        }
    }
}
