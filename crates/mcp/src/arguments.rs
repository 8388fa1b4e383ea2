//! [`Arguments`]: what an agent passes to a tool.

use campfire::{Json, JsonObject};

use crate::refusal::Refusal;

/// The arguments of a tool. Each is taken once, and what is left over is unknown.
pub(crate) struct Arguments {
    members: JsonObject,
    known: Vec<&'static str>,
}

impl Arguments {
    /// Reads the text of a JSON object, with every digit of its numbers.
    pub(crate) fn read(text: &str) -> Result<Self, Refusal> {
        match text.parse::<Json>() {
            Ok(Json::Object(members)) => Ok(Self { members, known: Vec::new() }),
            Ok(other) => Err(Refusal::new(format!("the arguments must be an object, not {}", other.kind()))),
            Err(error) => Err(Refusal::new(format!("the arguments cannot be read: {error}"))),
        }
    }

    pub(crate) fn take(&mut self, name: &'static str) -> Option<Json> {
        self.known.push(name);
        self.members.remove(name).filter(|value| !value.is_null())
    }

    pub(crate) fn text(&mut self, name: &'static str) -> Result<Option<String>, Refusal> {
        match self.take(name) {
            None => Ok(None),
            Some(Json::String(text)) => Ok(Some(text)),
            Some(other) => Err(mismatch(name, "a string", &other)),
        }
    }

    pub(crate) fn required_text(&mut self, name: &'static str) -> Result<String, Refusal> {
        self.text(name)?.ok_or_else(|| Refusal::new(format!("`{name}` is required")))
    }

    pub(crate) fn texts(&mut self, name: &'static str) -> Result<Vec<String>, Refusal> {
        let items = match self.take(name) {
            None => return Ok(Vec::new()),
            Some(Json::Array(items)) => items,
            Some(one @ Json::String(_)) => vec![one],
            Some(other) => return Err(mismatch(name, "an array of strings", &other)),
        };
        let text = |item: Json| match item {
            Json::String(text) => Ok(text),
            other => Err(mismatch(name, "an array of strings", &other)),
        };
        items.into_iter().map(text).collect()
    }

    /// Takes an object. Some agents pass it as text.
    pub(crate) fn object(&mut self, name: &'static str) -> Result<JsonObject, Refusal> {
        match self.structure(name)? {
            None => Ok(JsonObject::default()),
            Some(Json::Object(members)) => Ok(members),
            Some(other) => Err(mismatch(name, "an object", &other)),
        }
    }

    /// Takes any value. Some agents pass objects and arrays as text.
    pub(crate) fn structure(&mut self, name: &'static str) -> Result<Option<Json>, Refusal> {
        let Some(value) = self.take(name) else { return Ok(None) };
        match &value {
            Json::String(text) if text.trim_start().starts_with(['{', '[']) => match text.parse() {
                Ok(json) => Ok(Some(json)),
                Err(error) => Err(Refusal::new(format!("`{name}` cannot be read: {error}"))),
            },
            _ => Ok(Some(value)),
        }
    }

    pub(crate) fn count(&mut self, name: &'static str) -> Result<Option<u64>, Refusal> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let count = value.as_i64().and_then(|count| u64::try_from(count).ok());
        count.map(Some).ok_or_else(|| mismatch(name, "a number that is not negative", &value))
    }

    /// Refuses what the tool does not know.
    pub(crate) fn finish(self) -> Result<(), Refusal> {
        let unknown: Vec<String> = self.members.keys().take(5).map(|name| format!("`{name:.40}`")).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let (unknown, known) = (unknown.join(", "), self.known.join(", "));
        Err(Refusal::new(format!("there is no argument {unknown}; this tool takes {known}")))
    }
}

fn mismatch(name: &str, expected: &str, found: &Json) -> Refusal {
    Refusal::new(format!("`{name}` must be {expected}, not {}", found.kind()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_digits_and_structures_may_be_text() {
        let mut arguments =
            Arguments::read(r#"{"a": {"amount": 12345678901234567.890}, "b": "{\"amount\": 0.10}", "n": 3}"#).unwrap();
        assert_eq!(Json::Object(arguments.object("a").unwrap()).to_string(), r#"{"amount":12345678901234567.890}"#);
        assert_eq!(arguments.structure("b").unwrap().unwrap().to_string(), r#"{"amount":0.10}"#);
        assert_eq!(arguments.count("n").unwrap(), Some(3));
        arguments.finish().unwrap();
    }

    #[test]
    fn mistakes_are_named() {
        let refused = |text: &str| {
            let mut arguments = Arguments::read(text)?;
            arguments.required_text("operation")?;
            arguments.count("limit")?;
            arguments.finish()
        };
        let message = |text: &str| refused(text).unwrap_err().to_string();
        assert_eq!(message("[]"), "the arguments must be an object, not array");
        assert_eq!(message("{}"), "`operation` is required");
        assert_eq!(message(r#"{"operation": 1}"#), "`operation` must be a string, not number");
        assert_eq!(
            message(r#"{"operation": "a", "limit": -1}"#),
            "`limit` must be a number that is not negative, not number"
        );
        let unknown = message(r#"{"operation": "a", "limits": 1}"#);
        assert_eq!(unknown, "there is no argument `limits`; this tool takes operation, limit");
        assert!(message("{").starts_with("the arguments cannot be read: not JSON"));
    }
}
