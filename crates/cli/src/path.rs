//! Paths of values: `lines[0].amount`, and `--set` with them.

use campfire::operations::{self, Field, SchemaKind, Type};
use campfire::{Json, JsonObject};

/// The longest list that `--set` makes.
const LONGEST: usize = 10_000;

/// A step in the path of a value.
enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

impl Step<'_> {
    fn kind(&self) -> &'static str {
        match self {
            Self::Key(_) => "object",
            Self::Index(_) => "list",
        }
    }
}

/// Returns the value at a path, or `None` if there is none.
pub(crate) fn find<'a>(value: &'a Json, path: &str) -> Option<&'a Json> {
    // A key of the server's may contain a dot.
    if let Some(found) = value.get(path) {
        return Some(found);
    }
    steps(path).ok()?.iter().try_fold(value, |value, step| match step {
        Step::Key(key) => value.get(key),
        Step::Index(index) => value.as_array()?.get(*index),
    })
}

/// Sets a value in a body. An assignment is `path=value`, where the description says what the value is, or `path:=json`.
///
/// # Errors
/// If the assignment cannot be read, or its path leads through a value of another kind.
pub(crate) fn assign(body: &mut Json, ty: &Type<'static>, assignment: &str) -> Result<(), String> {
    let Some((path, text)) = assignment.split_once('=') else {
        return Err(format!("`{assignment}` is not of the form path=value"));
    };
    let (path, is_json) = path.strip_suffix(':').map_or((path, false), |path| (path, true));
    let mut place = body;
    let mut ty = Some(ty.clone());
    for step in steps(path)? {
        ty = ty.as_ref().and_then(|ty| type_at(ty, &step));
        place = go(place, &step).ok_or_else(|| match step {
            Step::Index(index) if index >= LONGEST => format!("`{path}`: a list may have {LONGEST} items"),
            _ => format!("`{path}` leads through a value that is no {}", step.kind()),
        })?;
    }
    *place = match is_json {
        true => text.parse().map_err(|error| format!("`{path}`: {error}"))?,
        false => value(ty.as_ref(), text),
    };
    Ok(())
}

/// Returns the value that a text stands for where a value of this type is expected: `123` is a number, unless the
/// description expects a string. Numbers keep their digits.
pub(crate) fn value(ty: Option<&Type<'_>>, text: &str) -> Json {
    match ty {
        Some(Type::String | Type::Enum(_) | Type::Date | Type::Timestamp | Type::DateOrTimestamp) => Json::from(text),
        _ => text.parse().unwrap_or_else(|_| Json::from(text)),
    }
}

fn steps(path: &str) -> Result<Vec<Step<'_>>, String> {
    let invalid = || format!("`{path}` is not a path such as lines[0].amount");
    let mut steps = Vec::new();
    for part in path.split('.') {
        let (key, indices) = part.split_once('[').map_or((part, None), |(key, rest)| (key, Some(rest)));
        match (key, indices) {
            // The body itself may be a list.
            ("", Some(_)) if steps.is_empty() => {}
            ("", _) => return Err(invalid()),
            _ => steps.push(Step::Key(key)),
        }
        for index in indices.into_iter().flat_map(|indices| indices.split('[')) {
            let index = index.strip_suffix(']').and_then(|index| index.parse().ok()).ok_or_else(invalid)?;
            steps.push(Step::Index(index));
        }
    }
    Ok(steps)
}

/// Returns the value behind a step, and makes the objects and lists on the way.
fn go<'a>(place: &'a mut Json, step: &Step<'_>) -> Option<&'a mut Json> {
    if place.is_null() {
        *place = match step {
            Step::Key(_) => Json::Object(JsonObject::new()),
            Step::Index(_) => Json::Array(Vec::new()),
        };
    }
    match (place, step) {
        (Json::Object(object), Step::Key(key)) => Some(object.get_or_insert_with(key, || Json::Null)),
        (Json::Array(items), Step::Index(index)) if *index < LONGEST => {
            if items.len() <= *index {
                items.resize(index + 1, Json::Null);
            }
            items.get_mut(*index)
        }
        _ => None,
    }
}

fn type_at(ty: &Type<'static>, step: &Step<'_>) -> Option<Type<'static>> {
    match (ty, step) {
        (Type::List(inner), Step::Index(_)) | (Type::Map(inner), Step::Key(_)) => Some((**inner).clone()),
        (Type::Object(name), Step::Key(key)) => match operations::schema(name)?.kind {
            SchemaKind::Object { fields, additional } => {
                fields.into_iter().find(|field| field.name == *key).map(|field| field.ty).or(additional)
            }
            SchemaKind::Enum(_) => None,
        },
        _ => None,
    }
}

/// Returns the last field on a path in values of a type.
pub(crate) fn field_at(ty: &Type<'static>, path: &str) -> Option<Field<'static>> {
    let (mut ty, mut last) = (ty.clone(), None);
    for step in steps(path).ok()? {
        if let (Type::Object(name), Step::Key(key)) = (&ty, &step)
            && let SchemaKind::Object { fields, .. } = operations::schema(name)?.kind
        {
            last = fields.into_iter().find(|field| field.name == *key);
        }
        ty = type_at(&ty, &step)?;
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assigned(assignments: &[&str]) -> Result<String, String> {
        let mut body = Json::Null;
        for assignment in assignments {
            assign(&mut body, &Type::Object("Bill"), assignment)?;
        }
        Ok(body.to_string())
    }

    #[test]
    fn values_are_set_by_path_and_typed_by_the_description() {
        let body =
            assigned(&["bill_number=007", "lines[1].amount=12345678901234567.80", "lines[0].amount=1", "vendor=7"]);
        assert_eq!(
            body.unwrap(),
            r#"{"bill_number":"007","lines":[{"amount":1},{"amount":12345678901234567.80}],"vendor":7}"#
        );
        assert_eq!(assigned(&["bill_number=null", "vendor:=null"]).unwrap(), r#"{"bill_number":"null","vendor":null}"#);
        assert_eq!(assigned(&["lines:=[{\"amount\":1.50}]"]).unwrap(), r#"{"lines":[{"amount":1.50}]}"#);
    }

    #[test]
    fn what_is_no_assignment_is_refused() {
        for (assignments, reason) in [
            (&["lines"][..], "path=value"),
            (&["=1"], "not a path"),
            (&["lines[x]=1"], "not a path"),
            (&["lines..amount=1"], "not a path"),
            (&["lines[99999999]=1"], "10000 items"),
            (&["vendor=1", "vendor.name=x"], "no object"),
            (&["vendor=1", "vendor[0]=x"], "no list"),
            (&["vendor:=x"], "not JSON"),
        ] {
            let error = assigned(assignments).unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn values_are_found_by_path() {
        let value: Json = r#"{"lines": [{"amount": 1.50}], "a.b": 2}"#.parse().unwrap();
        assert_eq!(find(&value, "lines[0].amount").unwrap().to_string(), "1.50");
        assert_eq!(find(&value, "a.b").unwrap().to_string(), "2");
        assert_eq!(find(&value, "lines[1].amount"), None);
    }
}
