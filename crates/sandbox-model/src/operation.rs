//! Operations: requests, responses and effects.

use serde::{Deserialize, Serialize};

use crate::compact::is_default;
use crate::effect::Effect;
use crate::field::Type;
use crate::vocabulary::Approval;

/// An operation of the API.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    /// The operation id, such as `contracts.usage.create`.
    pub id: String,
    /// The HTTP method in capitals.
    pub method: String,
    /// The path template, such as `/rr/api/v1/contracts/{contract_id}/usage`.
    pub path: String,
    /// The status of a successful response.
    pub status: u16,
    /// The body of a successful response.
    pub response: Response,
    /// The names of the path parameters that are strings; all others are integers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub text_ids: Vec<String>,
    /// The names of the query parameters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub query: Vec<String>,
    /// The request body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
    /// The effect of the operation, beyond what its method implies.
    #[serde(default, skip_serializing_if = "is_default")]
    pub effect: Effect,
    /// The result for an API key that may not act without approval.
    #[serde(default, skip_serializing_if = "is_default")]
    pub approval: Approval,
    /// The reason why the sandbox does not model it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unmodelled: Option<String>,
    /// The refusal of every call, because the company of the sandbox lacks what the operation needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
    /// `true` if the operation changes nothing, whatever its method.
    #[serde(default, skip_serializing_if = "is_default")]
    pub safe: bool,
}

impl Operation {
    /// Returns the resource: `contracts.usage` for `contracts.usage.create`.
    pub fn resource(&self) -> &str {
        self.id.rsplit_once('.').map_or(&self.id, |(resource, _)| resource)
    }

    /// Returns the last part of the id: `create` for `contracts.usage.create`.
    pub fn name(&self) -> &str {
        self.id.rsplit_once('.').map_or(&self.id, |(_, name)| name)
    }

    /// Returns the path parameters of a request with their values as they were sent. `None` if its path does not fit the
    /// template. A slash at the end does not matter.
    pub fn parameters<'o, 'p>(&'o self, path: &'p str) -> Option<Vec<(&'o str, &'p str)>> {
        let mut given = segments(path);
        let mut parameters = Vec::new();
        for expected in segments(&self.path) {
            let segment = given.next()?;
            match parameter_name(expected) {
                Some(name) => parameters.push((name, segment)),
                None if expected == segment => {}
                None => return None,
            }
        }
        given.next().is_none().then_some(parameters)
    }

    /// Returns `true` if the operation has a query parameter of that name.
    pub fn takes(&self, parameter: &str) -> bool {
        self.query.iter().any(|name| name == parameter)
    }
}

/// Splits a path, or a template of one. A slash at the end adds no segment.
pub(crate) fn segments(path: &str) -> impl Iterator<Item = &str> {
    let path = path.strip_prefix('/').unwrap_or(path);
    path.strip_suffix('/').unwrap_or(path).split('/')
}

/// Returns the name of the parameter that a segment of a template stands for.
pub(crate) fn parameter_name(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

/// A refusal that the reference documents.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// A sentence that says what is missing.
    pub detail: String,
}

/// The body of a successful response.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Response {
    /// No body.
    Nothing,
    /// A file.
    Bytes {
        /// Its media type.
        media: String,
    },
    /// A page of records.
    Page {
        /// The type of a record.
        #[serde(rename = "type")]
        ty: Type,
    },
    /// An array.
    List {
        /// The type of an item.
        #[serde(rename = "type")]
        ty: Type,
    },
    /// A single JSON value.
    Value {
        /// Its type.
        #[serde(rename = "type")]
        ty: Type,
    },
}

/// A request body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Body {
    /// Its type.
    #[serde(rename = "type")]
    pub ty: Type,
    /// `true` for `multipart/form-data`, `false` for JSON.
    #[serde(default, skip_serializing_if = "is_default")]
    pub multipart: bool,
    /// `true` if a request without a body is refused.
    #[serde(default, skip_serializing_if = "is_default")]
    pub required: bool,
}
