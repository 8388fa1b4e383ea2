//! Puts the key of an intent in the body of its request, and finds it in the records of a list.

use campfire::{ClientKey, Json, JsonObject};

use crate::error::{KeyError, LONGEST_KEY};

const OPEN: &str = "[ref:";
const CLOSE: char = ']';

/// Checks that a key can stand in a marker.
pub(crate) fn check_key(key: &str) -> Result<(), KeyError> {
    let is_plain = |character: char| character.is_ascii_graphic() && !matches!(character, '[' | ']' | '"' | '\\');
    if key.is_empty() || key.len() > LONGEST_KEY || !key.chars().all(is_plain) {
        return Err(KeyError::Unusable);
    }
    Ok(())
}

/// Puts a key in the body: alone in its field, or as a marker at the end of a text.
pub(crate) fn place(body: &mut JsonObject, field: ClientKey, key: &str) -> Result<(), KeyError> {
    let before = match body.get(field.field()) {
        None | Some(Json::Null) => "",
        Some(value) => value.as_str().ok_or(KeyError::NotText(field.field()))?.trim_end(),
    };
    let text = match field {
        ClientKey::Id(_) if before.is_empty() || before == key => key.to_owned(),
        ClientKey::Id(field) => return Err(KeyError::Taken(field)),
        _ if key_in(field, before).is_some() => return Err(KeyError::Taken(field.field())),
        _ if before.is_empty() => format!("{OPEN}{key}{CLOSE}"),
        _ => format!("{before} {OPEN}{key}{CLOSE}"),
    };
    body.insert(field.field().to_owned(), text.into());
    Ok(())
}

/// Returns the key in the text of a field.
pub(crate) fn key_in(field: ClientKey, text: &str) -> Option<&str> {
    match field {
        ClientKey::Id(_) => Some(text.trim()).filter(|key| !key.is_empty()),
        _ => {
            let (_, marked) = text.rsplit_once(OPEN)?;
            marked.split_once(CLOSE).map(|(key, _)| key)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(field: ClientKey, text: Json) -> Result<String, KeyError> {
        let mut body = JsonObject::from([("text".to_owned(), text)]);
        place(&mut body, field, "may/17")?;
        Ok(body["text"].as_str().unwrap().to_owned())
    }

    #[test]
    fn a_marker_is_found_where_it_was_put() {
        let field = ClientKey::Marker("text");
        for (before, after) in [(Json::Null, "[ref:may/17]"), ("Usage [2] ".into(), "Usage [2] [ref:may/17]")] {
            let text = placed(field, before).unwrap();
            assert_eq!(text, after);
            assert_eq!(key_in(field, &text), Some("may/17"));
        }
        assert_eq!(key_in(field, "Usage [2]"), None);
        assert_eq!(placed(field, "x [ref:other]".into()), Err(KeyError::Taken("text")));
        assert_eq!(placed(field, 7.into()), Err(KeyError::NotText("text")));
    }

    #[test]
    fn an_id_is_not_overwritten() {
        let field = ClientKey::Id("text");
        assert_eq!(placed(field, Json::Null).unwrap(), "may/17");
        assert_eq!(placed(field, "may/17".into()).unwrap(), "may/17");
        assert_eq!(placed(field, "june/1".into()), Err(KeyError::Taken("text")));
        assert_eq!(key_in(field, "may/17"), Some("may/17"));
        assert_eq!(key_in(field, ""), None);
    }

    #[test]
    fn keys_that_cannot_stand_in_a_marker_are_refused() {
        for key in ["", "a b", "a]", "ä", &"x".repeat(81)] {
            assert_eq!(check_key(key), Err(KeyError::Unusable), "{key}");
        }
        assert_eq!(check_key("usage-2026-11/17"), Ok(()));
    }
}
