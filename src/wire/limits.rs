//! The documented limits of request fields, validated before anything is sent.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};

use campfire_values::{Date, DateOrTimestamp, Decimal, Json, Patch, Timestamp};

use crate::outcome::error::FieldError;

/// A bound, and `true` if the bound itself is excluded.
pub(crate) type Bound = Option<(&'static str, bool)>;

/// A documented limit: the least and the most that is allowed.
#[derive(Clone, Copy)]
pub(crate) enum Limit {
    /// Of the value of a number.
    Range(Bound, Bound),
    /// Of the number of characters in a string.
    Length(Option<u64>, Option<u64>),
    /// Of the number of items in a list.
    Items(Option<u64>, Option<u64>),
}

/// A value that can be checked against limits. A value ignores limits that do not apply to its type.
pub(crate) trait Check {
    /// Checks the value against a limit.
    fn check(&self, _limit: Limit, _path: &str, _found: &mut Vec<FieldError>) {}
    /// Checks the fields or items inside.
    fn inside(&self, _path: &mut String, _found: &mut Vec<FieldError>) {}
}

/// Returns all violations in a body.
pub(crate) fn violations(body: &impl Check) -> Vec<FieldError> {
    let mut found = Vec::new();
    body.inside(&mut String::new(), &mut found);
    found
}

impl Check for bool {}
impl Check for Date {}
impl Check for Timestamp {}
impl Check for DateOrTimestamp {}
impl Check for Json {}

impl Check for String {
    fn check(&self, limit: Limit, path: &str, found: &mut Vec<FieldError>) {
        if let Limit::Length(least, most) = limit {
            count(self.chars().count(), "characters", least, most, path, found);
        }
    }
}

impl Check for Decimal {
    fn check(&self, limit: Limit, path: &str, found: &mut Vec<FieldError>) {
        let Limit::Range(least, most) = limit else { return };
        let number = |(text, exclusive): (&'static str, bool)| Some((text, text.parse::<Decimal>().ok()?, exclusive));
        let mut report = |word: &str, bound: &dyn Display| {
            found.push(FieldError::new(path, format!("is {self}, must be {word} {bound}")));
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
    fn check(&self, limit: Limit, path: &str, found: &mut Vec<FieldError>) {
        Decimal::from(*self).check(limit, path, found);
    }
}

impl<T: Check> Check for Option<T> {
    fn check(&self, limit: Limit, path: &str, found: &mut Vec<FieldError>) {
        self.iter().for_each(|value| value.check(limit, path, found));
    }

    fn inside(&self, path: &mut String, found: &mut Vec<FieldError>) {
        self.iter().for_each(|value| value.inside(path, found));
    }
}

impl<T: Check> Check for Patch<T> {
    fn check(&self, limit: Limit, path: &str, found: &mut Vec<FieldError>) {
        self.value().into_iter().for_each(|value| value.check(limit, path, found));
    }

    fn inside(&self, path: &mut String, found: &mut Vec<FieldError>) {
        self.value().into_iter().for_each(|value| value.inside(path, found));
    }
}

impl<T: Check> Check for Vec<T> {
    fn check(&self, limit: Limit, path: &str, found: &mut Vec<FieldError>) {
        if let Limit::Items(least, most) = limit {
            count(self.len(), "items", least, most, path, found);
        }
    }

    fn inside(&self, path: &mut String, found: &mut Vec<FieldError>) {
        for (index, item) in self.iter().enumerate() {
            let parent = path.len();
            let _ = write!(path, "[{index}]");
            item.inside(path, found);
            path.truncate(parent);
        }
    }
}

impl<T: Check> Check for BTreeMap<String, T> {
    fn inside(&self, path: &mut String, found: &mut Vec<FieldError>) {
        for (key, value) in self {
            descend(path, key, |path| value.inside(path, found));
        }
    }
}

/// Checks a number of characters or items.
fn count(count: usize, what: &str, least: Option<u64>, most: Option<u64>, path: &str, found: &mut Vec<FieldError>) {
    let count = count as u64;
    if let Some(least) = least.filter(|least| count < *least) {
        found.push(FieldError::new(path, format!("has {count} {what}, at least {least} are required")));
    }
    if let Some(most) = most.filter(|most| count > *most) {
        found.push(FieldError::new(path, format!("has {count} {what}, at most {most} are allowed")));
    }
}

/// Runs a check one level deeper.
pub(crate) fn descend(path: &mut String, key: &str, check: impl FnOnce(&mut String)) {
    let parent = path.len();
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(key);
    check(path);
    path.truncate(parent);
}

/// Implements [`Check`] for a generated struct from the table of its limits.
macro_rules! check {
    ($name:ident { $($field:ident = $key:literal: [$($limit:ident($least:expr, $most:expr)),*],)* }) => {
        impl crate::wire::limits::Check for $name {
            #[allow(deprecated, unused_imports)]
            fn inside(&self, path: &mut String, found: &mut ::std::vec::Vec<crate::outcome::error::FieldError>) {
                use crate::wire::limits::{Check, Limit, descend};
                $(descend(path, $key, |path| {
                    $(self.$field.check(Limit::$limit($least, $most), path, found);)*
                    self.$field.inside(path, found);
                });)*
            }
        }
    };
}

pub(crate) use check;
