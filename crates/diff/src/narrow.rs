//! Which of two constraints allows less. Parts of an `allOf` restrict each other, and revisions are compared by it.

use std::cmp::Ordering;

use serde_json::{Value, json};

/// How the values allowed by a constraint changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    /// Fewer values are allowed.
    Narrowed,
    /// More values are allowed.
    Widened,
    /// Some values are allowed that were not, and the other way round.
    Changed,
}

impl Relation {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Narrowed => "narrowed",
            Self::Widened => "widened",
            Self::Changed => "changed",
        }
    }

    fn of(narrowed: bool) -> Self {
        if narrowed { Self::Narrowed } else { Self::Widened }
    }

    /// Compares a constraint that may be absent.
    fn presence(before: &Value, after: &Value, both: impl Fn() -> Self) -> Self {
        match (before.is_null(), after.is_null()) {
            (true, _) => Self::Narrowed,
            (_, true) => Self::Widened,
            (false, false) => both(),
        }
    }
}

/// Returns the relation of two different values of a constraint, where null means that it is absent.
pub(crate) fn relation(key: &str, before: &Value, after: &Value) -> Relation {
    Relation::presence(before, after, || match key {
        "minimum" | "maximum" | "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties"
        | "maxProperties" => {
            let is_lower = key.starts_with("min");
            match compare_bounds(is_lower, before, after) {
                Some(order) => Relation::of(order == Ordering::Less),
                None => Relation::Changed,
            }
        }
        "multipleOf" | "pattern" | "not" => {
            let (before, after) = (items(before), items(after));
            let stricter = |some: &[Value], others: &[Value]| {
                others.iter().all(|other| some.iter().any(|one| implies(key, one, other)))
            };
            match (stricter(&after, &before), stricter(&before, &after)) {
                (true, _) => Relation::Narrowed,
                (_, true) => Relation::Widened,
                (false, false) => Relation::Changed,
            }
        }
        "format" => formats(before.as_str().unwrap_or_default(), after.as_str().unwrap_or_default()),
        "type" => types(before.as_str().unwrap_or_default(), after.as_str().unwrap_or_default()),
        "uniqueItems" => Relation::of(after == &Value::Bool(true)),
        _ => Relation::Changed,
    })
}

/// Returns the constraint that holds if both hold, or `None` if the later one replaces the earlier.
pub(crate) fn both(key: &str, before: &Value, after: &Value) -> Option<Value> {
    match key {
        "minimum" | "maximum" | "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties"
        | "maxProperties" => {
            let keeps = compare_bounds(key.starts_with("min"), before, after) == Some(Ordering::Greater);
            keeps.then(|| before.clone())
        }
        "multipleOf" | "pattern" | "not" => {
            let mut all = items(before);
            all.extend(items(after).into_iter().filter(|value| !items(before).contains(value)));
            let kept: Vec<Value> = (0..all.len())
                .filter(|one| !(0..all.len()).any(|other| *one != other && implies(key, &all[other], &all[*one])))
                .map(|index| all[index].clone())
                .collect();
            match <[Value; 1]>::try_from(kept) {
                Ok([only]) => Some(only),
                Err(several) => Some(Value::Array(several)),
            }
        }
        "enum" => {
            let (Some(before), Some(after)) = (before.as_array(), after.as_array()) else { return None };
            Some(before.iter().filter(|value| after.contains(value)).cloned().collect())
        }
        "type" => (types(before.as_str()?, after.as_str()?) == Relation::Widened).then(|| before.clone()),
        _ => None,
    }
}

/// Returns a bound in one value: a number, or `> 5` if the number itself is excluded.
pub(crate) fn bound(number: &Value, excluded: bool, is_lower: bool) -> Value {
    match (excluded, is_lower) {
        (false, _) => number.clone(),
        (true, true) => json!(format!("> {number}")),
        (true, false) => json!(format!("< {number}")),
    }
}

/// Returns true if a date moved to an earlier day, or was set.
pub(crate) fn is_earlier(before: &Value, after: &Value) -> bool {
    match (before.as_str(), after.as_str()) {
        (Some(before), Some(after)) => after < before,
        (before, after) => before.is_none() && after.is_some(),
    }
}

/// Compares how much two bounds allow: less means that the second allows less.
fn compare_bounds(is_lower: bool, before: &Value, after: &Value) -> Option<Ordering> {
    let read = |value: &Value| match value {
        Value::String(text) => Some((text.trim_start_matches(['<', '>', ' ']).parse::<f64>().ok()?, true)),
        value => Some((value.as_f64()?, false)),
    };
    let (before, after) = (read(before)?, read(after)?);
    let order = before.0.partial_cmp(&after.0)?;
    let order = if is_lower { order } else { order.reverse() };
    Some(order.then(before.1.cmp(&after.1)))
}

/// Several constraints that hold together are a list.
fn items(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.clone(),
        other => vec![other.clone()],
    }
}

/// Returns true if each value that fulfills one constraint also fulfills the other.
fn implies(key: &str, one: &Value, other: &Value) -> bool {
    match (key, one.as_f64(), other.as_f64()) {
        ("multipleOf", Some(one), Some(other)) if other != 0.0 => {
            let times = one / other;
            (times - times.round()).abs() < 1e-9 && times.round() != 0.0
        }
        _ => one == other,
    }
}

fn formats(before: &str, after: &str) -> Relation {
    match (before, after) {
        ("int32", "int64") | ("float", "double") => Relation::Widened,
        ("int64", "int32") | ("double", "float") => Relation::Narrowed,
        _ => Relation::Changed,
    }
}

fn types(before: &str, after: &str) -> Relation {
    match (before, after) {
        ("integer", "number") => Relation::Widened,
        ("number", "integer") => Relation::Narrowed,
        _ => Relation::Changed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_are_compared_by_what_they_allow() {
        use Relation::{Changed, Narrowed, Widened};
        let null = Value::Null;
        for (key, before, after, expected) in [
            ("minimum", json!(1), json!(2), Narrowed),
            ("minimum", json!(1), json!("> 1"), Narrowed),
            ("maximum", json!(1), json!("< 1"), Narrowed),
            ("maximum", json!(5), json!(6), Widened),
            ("maximum", null.clone(), json!(6), Narrowed),
            ("multipleOf", json!(0.05), json!(0.02), Changed),
            ("multipleOf", json!(0.01), json!(0.05), Narrowed),
            ("multipleOf", json!(0.3), json!(0.1), Widened),
            ("pattern", json!("^a"), json!("^b"), Changed),
            ("pattern", json!("^a"), json!(["^a", "b$"]), Narrowed),
            ("pattern", json!("^a"), null.clone(), Widened),
            ("format", json!("int32"), json!("int64"), Widened),
            ("format", json!("uuid"), json!("email"), Changed),
            ("type", json!("integer"), json!("number"), Widened),
            ("type", json!("integer"), json!("string"), Changed),
            ("uniqueItems", null, json!(true), Narrowed),
        ] {
            assert_eq!(relation(key, &before, &after), expected, "{key}: {before} → {after}");
        }
    }

    #[test]
    fn constraints_that_hold_together_are_merged() {
        for (key, one, other, expected) in [
            ("minimum", json!(1), json!(2), json!(2)),
            ("maximum", json!(5), json!("< 5"), json!("< 5")),
            ("multipleOf", json!(0.1), json!(0.3), json!(0.3)),
            ("multipleOf", json!(2), json!(3), json!([2, 3])),
            ("enum", json!(["a", "b"]), json!(["b", "c"]), json!(["b"])),
            ("type", json!("integer"), json!("number"), json!("integer")),
        ] {
            for (one, other) in [(&one, &other), (&other, &one)] {
                let merged = both(key, one, other).unwrap_or_else(|| other.clone());
                let unordered = |value: &Value| {
                    let mut items = items(value);
                    items.sort_by_key(ToString::to_string);
                    items
                };
                assert_eq!(unordered(&merged), unordered(&expected), "{key}: {one} and {other}");
            }
        }
    }
}
