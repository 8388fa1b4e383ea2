//! The effect of an operation.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::compact::is_default;
use crate::parameter::Parameter;
use crate::vocabulary::Action;

/// The effect of an operation in the sandbox, beyond what its HTTP method implies.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Effect {
    /// Returns the user that the key belongs to, and the company.
    #[serde(default, skip_serializing_if = "is_default")]
    pub caller: bool,
    /// Copies the record in the path and returns the copy.
    #[serde(default, skip_serializing_if = "is_default")]
    pub copy: bool,
    /// Deletes the record in the path without a trace.
    #[serde(default, skip_serializing_if = "is_default")]
    pub delete: bool,
    /// Returns a link to the file in the path.
    #[serde(default, skip_serializing_if = "is_default")]
    pub link: bool,
    /// Sets fields of the record in the path: to a value, or with `$name` to that field of the request body.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<String, Value>,
    /// The accounting action to run.
    #[serde(default, rename = "do", skip_serializing_if = "Option::is_none")]
    pub action: Option<Action>,
    /// The records that a list returns.
    #[serde(default, skip_serializing_if = "is_default")]
    pub records: Selection,
}

impl Effect {
    /// Returns `true` if the effect is on the record in the path.
    pub fn is_on_subject(&self) -> bool {
        self.copy || self.delete || self.link || !self.set.is_empty()
    }
}

/// The records that a list returns, if they are not simply all records of its own resource.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    /// The resource that the records belong to; the list's own resource if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// The date field that the parameters `start_date` and `end_date` filter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dated_by: Option<String>,
    /// Allowed values per field; other records are left out.
    #[serde(default, rename = "where", skip_serializing_if = "BTreeMap::is_empty")]
    pub filter: BTreeMap<String, Vec<Value>>,
    /// The order without a `sort` in the query, written as in `sort`; by id, or that of change feeds, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// The number of records on a page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<PageSize>,
    /// The fields that the parameter `q` looks in; all text fields if absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub search: Vec<String>,
    /// The query parameters whose name does not say which field they filter.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, Parameter>,
}

/// The number of records on a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageSize {
    /// Without a `limit` in the query.
    pub default: usize,
    /// The largest `limit`.
    pub max: usize,
}
