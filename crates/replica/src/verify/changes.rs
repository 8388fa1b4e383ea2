//! Verifies when lines were changed for the last time. This finds lines that the server has changed in a field that no sum
//! shows, such as their text.

use campfire::Timestamp;
use chrono::{DateTime, Datelike, Months, NaiveTime, Utc};

use super::job::Job;
use super::question::Question;
use super::report::Note;
use super::server::Changed;
use crate::copy::ReadCopy;
use crate::error::Error;

/// The number of lines that are read instead of halving their time.
const ENOUGH: i64 = 500;
/// The most lines that are read if they were changed in the same minute.
const MOST: i64 = 20_000;

/// A moment, in minutes since 1970, and how many lines the server has that were changed then or later, less those of the
/// copy.
#[derive(Clone, Copy)]
struct Point {
    minute: i64,
    surplus: i64,
}

/// Counts the lines that were changed since certain times, on both sides, and compares the lines of the times in
/// which the numbers differ.
pub(super) async fn verify<C: ReadCopy>(job: &mut Job<'_, C>) -> Result<(), Error> {
    let (first, last) = (job.scan.changed.first_key_value(), job.scan.changed.last_key_value());
    let (Some((first, _)), Some((last, _))) = (first, last) else { return Ok(()) };
    if job.scan.unchanged > 0 {
        job.note(Note::NoChangeTimes);
        return Ok(());
    }
    let mut points = Vec::new();
    for minute in minutes(*first, *last) {
        let Some(surplus) = surplus(job, minute).await? else {
            job.note(Note::NotCounted);
            return Ok(());
        };
        points.push(Point { minute, surplus });
    }
    // After all time, there is nothing on either side.
    points.push(Point { minute: i64::MAX, surplus: 0 });
    let mut spans: Vec<(Point, Point)> = points.windows(2).map(|pair| (pair[0], pair[1])).collect();
    spans.retain(|(from, to)| from.surplus != to.surplus);
    job.check("lines by the time of their last change", points.len() as u64 - 1, spans.len());
    let mut question = Question::default();
    while let Some((from, to)) = spans.pop() {
        let lines =
            count(job, from.minute, to.minute).max(count(job, from.minute, to.minute) + from.surplus - to.surplus);
        let is_last = to.minute == i64::MAX;
        let middle = from.minute + to.minute.saturating_sub(from.minute) / 2;
        if lines > ENOUGH && !is_last && middle > from.minute {
            let Some(surplus) = surplus(job, middle).await? else { continue };
            let middle = Point { minute: middle, surplus };
            spans.extend([(from, middle), (middle, to)].into_iter().filter(|(from, to)| from.surplus != to.surplus));
        } else if lines > MOST && !is_last {
            job.note(Note::Incomplete { left: u64::try_from(lines).unwrap_or_default() });
        } else if let Some(from) = time(from.minute) {
            let changed = Changed { from, to: time(to.minute).filter(|_| !is_last) };
            let lines = job.server.changed(changed, &job.scope.entities(None)).await?;
            question.add_lines(lines);
        }
    }
    question.resolve(job).await?;
    Ok(())
}

/// Returns the beginning of all time, of each month, and of the minute after the last change; and one, two, four … hours before
/// that, because a change that a copy has missed is most likely a recent one.
fn minutes(first: i64, last: i64) -> Vec<i64> {
    const DAWN: i64 = -36_816_480;
    let mut minutes = vec![DAWN, first, last + 1];
    let day = DateTime::<Utc>::from_timestamp(first * 60, 0).and_then(|time| time.date_naive().with_day(1));
    let months = (1..).map_while(|month| day?.checked_add_months(Months::new(month)));
    let months = months.map(|day| day.and_time(NaiveTime::MIN).and_utc().timestamp() / 60);
    minutes.extend(months.take_while(|minute| *minute <= last));
    minutes.extend((0..32).map(|hours| last + 1 - (60 << hours)).take_while(|minute| *minute > first));
    minutes.sort_unstable();
    minutes.dedup();
    minutes
}

/// Returns how many more lines the server has than the copy that were changed in a minute or later; `None` if it does not count.
async fn surplus<C: ReadCopy>(job: &mut Job<'_, C>, minute: i64) -> Result<Option<i64>, Error> {
    let Some(from) = time(minute) else { return Ok(None) };
    let server = job.server.changed_count(Changed { from, to: None }, &job.scope.entities(None)).await?;
    let server = server.and_then(|count| i64::try_from(count).ok());
    Ok(server.map(|server| server - count(job, minute, i64::MAX)))
}

/// Returns how many lines of the copy were changed from one minute up to another.
fn count<C>(job: &Job<'_, C>, from: i64, to: i64) -> i64 {
    job.scan.changed.range(from..to).map(|(_, count)| count).sum()
}

fn time(minute: i64) -> Option<Timestamp> {
    Timestamp::from_unix_seconds(minute.checked_mul(60)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_months_and_recent_hours() {
        let minute = |time: &str| time.parse::<Timestamp>().unwrap().unix_seconds() / 60;
        let (first, last) = (minute("2026-01-15T10:00:00Z"), minute("2026-03-02T11:59:00Z"));
        let times: Vec<String> =
            minutes(first, last).into_iter().map(|minute| time(minute).unwrap().to_string()).collect();
        let expected = [
            "1900-01-01T00:00:00Z",
            "2026-01-15T10:00:00Z",
            "2026-01-18T20:00:00Z",
            "2026-02-01T00:00:00Z",
            "2026-02-09T04:00:00Z",
            "2026-02-19T20:00:00Z",
            "2026-02-25T04:00:00Z",
            "2026-02-27T20:00:00Z",
            "2026-03-01T00:00:00Z",
            "2026-03-01T04:00:00Z",
            "2026-03-01T20:00:00Z",
            "2026-03-02T04:00:00Z",
            "2026-03-02T08:00:00Z",
            "2026-03-02T10:00:00Z",
            "2026-03-02T11:00:00Z",
            "2026-03-02T12:00:00Z",
        ];
        assert_eq!(times, expected);
    }
}
