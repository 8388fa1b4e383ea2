//! The documented limits of request fields, validated before anything is sent.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};

use chrono::NaiveDate;

use crate::decimal::Decimal;
use crate::json::Json;
use crate::patch::Patch;
use crate::timestamp::{DateOrTimestamp, Timestamp};

/// A value that is outside a documented limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The path of the value: `lines[2].tax`.
    pub path: String,
    /// The value, and what is allowed.
    pub message: String,
}

/// A bound, and `true` if the bound itself is excluded.
pub type Bound = Option<(&'static str, bool)>;

/// A documented limit: the least and the most that is allowed.
#[derive(Clone, Copy, Debug)]
pub enum Limit {
    /// Of the value of a number.
    Range(Bound, Bound),
    /// Of the number of characters in a string.
    Length(Option<u64>, Option<u64>),
    /// Of the number of items in a list.
    Items(Option<u64>, Option<u64>),
}

/// A value that can be checked against limits. A value ignores limits that do not apply to its type.
pub trait Check {
    /// Checks the value against a limit.
    fn check(&self, _limit: Limit, _path: &str, _found: &mut Vec<Violation>) {}
    /// Passes each field or item inside to `visit`, with its limits.
    fn inside(&self, _visit: &mut Visit<'_>) {}
}

/// Takes a step from a value to one inside, the limits of the latter, and the latter.
pub type Visit<'a> = dyn FnMut(Step<'_>, &[Limit], &dyn Check) + 'a;

/// A step in the path of a value.
#[derive(Clone, Copy, Debug)]
pub enum Step<'a> {
    /// To the value of this key.
    Key(&'a str),
    /// To the item at this index.
    Index(usize),
}

/// Returns all violations in a body.
pub fn violations(body: &dyn Check) -> Vec<Violation> {
    let mut found = Vec::new();
    walk(body, &mut String::new(), &mut found);
    found
}

/// Checks the values inside a value: the one place that walks through a body, whatever its type.
fn walk(value: &dyn Check, path: &mut String, found: &mut Vec<Violation>) {
    value.inside(&mut |step, limits, inner| {
        let parent = path.len();
        match step {
            Step::Key(key) => {
                path.push_str(if path.is_empty() { "" } else { "." });
                path.push_str(key);
            }
            Step::Index(index) => {
                let _ = write!(path, "[{index}]");
            }
        }
        for limit in limits {
            inner.check(*limit, path, found);
        }
        walk(inner, path, found);
        path.truncate(parent);
    });
}

impl Check for bool {}
impl Check for NaiveDate {}
impl Check for Timestamp {}
impl Check for DateOrTimestamp {}
impl Check for Json {}

impl Check for String {
    fn check(&self, limit: Limit, path: &str, found: &mut Vec<Violation>) {
        if let Limit::Length(least, most) = limit {
            count(self.chars().count(), "characters", least, most, path, found);
        }
    }
}

impl Check for Decimal {
    fn check(&self, limit: Limit, path: &str, found: &mut Vec<Violation>) {
        let Limit::Range(least, most) = limit else { return };
        let number = |(text, exclusive): (&'static str, bool)| Some((text, text.parse::<Decimal>().ok()?, exclusive));
        let mut report = |word: &str, bound: &dyn Display| {
            found.push(violation(path, format!("is {self}, must be {word} {bound}")));
        };
        match least.and_then(number) {
            Some((text, bound, true)) if *self <= bound => report("above", &text),
            Some((text, bound, false)) if *self < bound => report("at least", &text),
            _ => {}
        }
        match most.and_then(number) {
            Some((text, bound, true)) if *self >= bound => report("below", &text),
            Some((text, bound, false)) if *self > bound => report("at most", &text),
            _ => {}
        }
    }
}

impl Check for i64 {
    fn check(&self, limit: Limit, path: &str, found: &mut Vec<Violation>) {
        Decimal::from(*self).check(limit, path, found);
    }
}

impl<T: Check> Check for Option<T> {
    fn check(&self, limit: Limit, path: &str, found: &mut Vec<Violation>) {
        self.iter().for_each(|value| value.check(limit, path, found));
    }

    fn inside(&self, visit: &mut Visit<'_>) {
        self.iter().for_each(|value| value.inside(visit));
    }
}

impl<T: Check> Check for Patch<T> {
    fn check(&self, limit: Limit, path: &str, found: &mut Vec<Violation>) {
        self.value().into_iter().for_each(|value| value.check(limit, path, found));
    }

    fn inside(&self, visit: &mut Visit<'_>) {
        self.value().into_iter().for_each(|value| value.inside(visit));
    }
}

impl<T: Check> Check for Vec<T> {
    fn check(&self, limit: Limit, path: &str, found: &mut Vec<Violation>) {
        if let Limit::Items(least, most) = limit {
            count(self.len(), "items", least, most, path, found);
        }
    }

    fn inside(&self, visit: &mut Visit<'_>) {
        for (index, item) in self.iter().enumerate() {
            visit(Step::Index(index), &[], item);
        }
    }
}

impl<T: Check> Check for BTreeMap<String, T> {
    fn inside(&self, visit: &mut Visit<'_>) {
        for (key, value) in self {
            visit(Step::Key(key), &[], value);
        }
    }
}

/// Checks a number of characters or items.
fn count(count: usize, what: &str, least: Option<u64>, most: Option<u64>, path: &str, found: &mut Vec<Violation>) {
    let count = count as u64;
    if let Some(least) = least.filter(|least| count < *least) {
        found.push(violation(path, format!("has {count} {what}, at least {least} are required")));
    }
    if let Some(most) = most.filter(|most| count > *most) {
        found.push(violation(path, format!("has {count} {what}, at most {most} are allowed")));
    }
}

fn violation(path: &str, message: String) -> Violation {
    Violation { path: path.to_owned(), message }
}
