//! The documented limits of request fields, validated before anything is sent.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use campfire_values::{Date, DateOrTimestamp, Decimal, Json, Patch, Timestamp};

use crate::outcome::error::FieldError;

/// A bound, and `true` if the bound itself is excluded.
pub(crate) type Bound = Option<(&'static str, bool)>;

/// A value that can be checked against limits. Types without limits check nothing.
pub(crate) trait Check {
    /// Checks the fields or items inside.
    fn inside(&self, _path: &mut String, _found: &mut Vec<FieldError>) {}
    /// Checks the value of a number.
    fn range(&self, _least: Bound, _most: Bound, _path: &str, _found: &mut Vec<FieldError>) {}
    /// Checks the number of characters in a string.
    fn length(&self, _least: Option<u64>, _most: Option<u64>, _path: &str, _found: &mut Vec<FieldError>) {}
    /// Checks the number of items in a list.
    fn items(&self, _least: Option<u64>, _most: Option<u64>, _path: &str, _found: &mut Vec<FieldError>) {}
}

/// Returns all violations in a body.
pub(crate) fn violations(body: &impl Check) -> Vec<FieldError> {
    let mut found = Vec::new();
    body.inside(&mut String::new(), &mut found);
    found
}

fn report(found: &mut Vec<FieldError>, path: &str, message: String) {
    found.push(FieldError::new(path, message));
}

impl Check for bool {}
impl Check for Date {}
impl Check for Timestamp {}
impl Check for DateOrTimestamp {}
impl Check for Json {}

impl Check for String {
    fn length(&self, least: Option<u64>, most: Option<u64>, path: &str, found: &mut Vec<FieldError>) {
        let length = self.chars().count() as u64;
        if let Some(most) = most.filter(|most| length > *most) {
            report(found, path, format!("has {length} characters, at most {most} are allowed"));
        }
        if let Some(least) = least.filter(|least| length < *least) {
            report(found, path, format!("has {length} characters, at least {least} are needed"));
        }
    }
}

impl Check for Decimal {
    fn range(&self, least: Bound, most: Bound, path: &str, found: &mut Vec<FieldError>) {
        let number = |text: &str| text.parse::<Decimal>().ok();
        if let Some((text, exclusive)) = least
            && let Some(bound) = number(text)
            && (*self < bound || (exclusive && *self == bound))
        {
            let word = if exclusive { "above" } else { "at least" };
            report(found, path, format!("is {self}, must be {word} {text}"));
        }
        if let Some((text, exclusive)) = most
            && let Some(bound) = number(text)
            && (*self > bound || (exclusive && *self == bound))
        {
            let word = if exclusive { "below" } else { "at most" };
            report(found, path, format!("is {self}, must be {word} {text}"));
        }
    }
}

impl Check for i64 {
    fn range(&self, least: Bound, most: Bound, path: &str, found: &mut Vec<FieldError>) {
        Decimal::from(*self).range(least, most, path, found);
    }
}

macro_rules! delegate {
    ($name:ident<$item:ident>, $value:ident, $inner:expr) => {
        impl<$item: Check> Check for $name<$item> {
            fn inside(&self, path: &mut String, found: &mut Vec<FieldError>) {
                let $value = self;
                if let Some(value) = $inner {
                    value.inside(path, found);
                }
            }
            fn range(&self, least: Bound, most: Bound, path: &str, found: &mut Vec<FieldError>) {
                let $value = self;
                if let Some(value) = $inner {
                    value.range(least, most, path, found);
                }
            }
            fn length(&self, least: Option<u64>, most: Option<u64>, path: &str, found: &mut Vec<FieldError>) {
                let $value = self;
                if let Some(value) = $inner {
                    value.length(least, most, path, found);
                }
            }
            fn items(&self, least: Option<u64>, most: Option<u64>, path: &str, found: &mut Vec<FieldError>) {
                let $value = self;
                if let Some(value) = $inner {
                    value.items(least, most, path, found);
                }
            }
        }
    };
}
delegate!(Option<T>, value, value.as_ref());
delegate!(Patch<T>, value, value.value());

impl<T: Check> Check for Vec<T> {
    fn inside(&self, path: &mut String, found: &mut Vec<FieldError>) {
        for (index, item) in self.iter().enumerate() {
            let parent = path.len();
            let _ = write!(path, "[{index}]");
            item.inside(path, found);
            path.truncate(parent);
        }
    }

    fn items(&self, least: Option<u64>, most: Option<u64>, path: &str, found: &mut Vec<FieldError>) {
        let count = self.len() as u64;
        if let Some(least) = least.filter(|least| count < *least) {
            report(found, path, format!("has {count} items, at least {least} are needed"));
        }
        if let Some(most) = most.filter(|most| count > *most) {
            report(found, path, format!("has {count} items, at most {most} are allowed"));
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
    ($name:ident { $($field:ident = $key:literal: [$($rule:ident($least:expr, $most:expr)),*],)* }) => {
        impl crate::wire::limits::Check for $name {
            #[allow(unused_variables, deprecated)]
            fn inside(&self, path: &mut String, found: &mut ::std::vec::Vec<crate::outcome::error::FieldError>) {
                $(crate::wire::limits::descend(path, $key, |path| {
                    $(crate::wire::limits::Check::$rule(&self.$field, $least, $most, path, found);)*
                    crate::wire::limits::Check::inside(&self.$field, path, found);
                });)*
            }
        }
    };
}

pub(crate) use check;
