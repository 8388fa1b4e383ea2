//! Bodies of requests to the control interface. What they misspell is refused: a test must not run without what it asked
//! for.

use campfire_values::{Decimal, Json, JsonObject};

use crate::messages::reply::Reply;
use crate::messages::request::Request;

/// The fields of a body.
pub(super) struct Body(JsonObject);

impl Body {
    /// Reads the body of a request, which may have these fields. An empty body is an object without fields.
    pub(super) fn of(request: &Request<'_>, known: &[&str]) -> Result<Self, Reply> {
        let fields = match json(request)? {
            Json::Null => JsonObject::new(),
            Json::Object(fields) => fields,
            _ => return Err(refusal("The body must be a JSON object.")),
        };
        let unknown = fields.keys().find(|name| !known.contains(&name.as_str()));
        if let Some(name) = unknown {
            return Err(refusal(&format!("There is no field `{name:.40}`: use {}.", known.join(", "))));
        }
        Ok(Body(fields))
    }

    pub(super) fn get(&self, name: &str) -> Option<&Json> {
        self.0.get(name)
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, Reply> {
        self.read(name, "a string", Json::as_str)
    }

    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Reply> {
        self.read(name, "true or false", Json::as_bool)
    }

    pub(super) fn decimal(&self, name: &str) -> Result<Option<Decimal>, Reply> {
        self.read(name, "a number", Json::as_decimal)
    }

    /// Returns an integer that is not negative and fits into the type.
    pub(super) fn count<T: TryFrom<i64>>(&self, name: &str) -> Result<Option<T>, Reply> {
        self.read(name, "an integer in range", |value| {
            value.as_i64().filter(|number| *number >= 0).and_then(|number| T::try_from(number).ok())
        })
    }

    fn read<'a, T>(
        &'a self,
        name: &str,
        kind: &str,
        read: impl FnOnce(&'a Json) -> Option<T>,
    ) -> Result<Option<T>, Reply> {
        let Some(value) = self.0.get(name) else { return Ok(None) };
        read(value).map(Some).ok_or_else(|| refusal(&format!("`{name}` must be {kind}.")))
    }
}

/// Returns the body of a request, or null if it is empty.
pub(super) fn json(request: &Request<'_>) -> Result<Json, Reply> {
    if request.body.is_empty() {
        return Ok(Json::Null);
    }
    Json::from_slice(request.body).map_err(|error| refusal(&format!("JSON parse error - {error}")))
}

pub(super) fn refusal(message: &str) -> Reply {
    Reply::detail(400, message)
}

pub(super) fn object<const N: usize>(fields: [(&str, Json); N]) -> Json {
    Json::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

pub(super) fn done() -> Reply {
    Reply::empty(204)
}
