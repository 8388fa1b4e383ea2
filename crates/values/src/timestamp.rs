//! [`Timestamp`] and [`DateOrTimestamp`]: points in time as this API writes them.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::time::SystemTime;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, SecondsFormat, TimeZone, Utc};
use serde::de::{self, Deserializer};
use serde::ser::{Serialize, Serializer};

/// A point in time, with the UTC offset that it was written with.
///
/// The server writes `2025-01-01T00:00:00+0000`, which RFC 3339 does not allow. This type reads that form, RFC 3339,
/// fractions up to the nanosecond, and times without an offset (which it takes as UTC). It writes RFC 3339, with `Z` for UTC.
///
/// Two timestamps are equal if they are the same point in time, whatever their offsets.
///
/// ```
/// use campfire_values::Timestamp;
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

fn parse(text: &str) -> Option<DateTime<FixedOffset>> {
    let (local, offset) = split_offset(text)?;
    // chrono silently truncates fractions finer than a nanosecond; values that would change are rejected instead.
    if local.split_once('.').is_some_and(|(_, fraction)| fraction.len() > 9) {
        return None;
    }
    let local = NaiveDateTime::parse_from_str(local, "%Y-%m-%dT%H:%M:%S%.f").ok()?;
    offset.from_local_datetime(&local).single()
}

/// Splits `2025-01-01T00:00:00+0000` into the local time and its offset.
fn split_offset(text: &str) -> Option<(&str, FixedOffset)> {
    let utc = FixedOffset::east_opt(0)?;
    if let Some(local) = text.strip_suffix(['Z', 'z']) {
        return Some((local, utc));
    }
    let time = text.find('T')?;
    let Some(sign) = text[time..].find(['+', '-']).map(|at| time + at) else {
        return Some((text, utc));
    };
    let (local, offset) = text.split_at(sign);
    let digits: Vec<i32> = match offset.as_bytes() {
        [_, a, b, c, d] | [_, a, b, b':', c, d] => [a, b, c, d]
            .iter()
            .map(|byte| char::from(**byte).to_digit(10).map(|digit| digit as i32))
            .collect::<Option<_>>()?,
        _ => return None,
    };
    let (hours, minutes) = (digits[0] * 10 + digits[1], digits[2] * 10 + digits[3]);
    if minutes > 59 {
        return None;
    }
    let seconds = hours * 3600 + minutes * 60;
    FixedOffset::east_opt(if offset.starts_with('-') { -seconds } else { seconds }).map(|offset| (local, offset))
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
            DateOrTimestamp::Timestamp(time) => {
                f.write_str(&time.0.with_timezone(&Utc).to_rfc3339_opts(SecondsFormat::AutoSi, true))
            }
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
