//! Query parameters of lists: which records each selects.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::compact::is_default;
use crate::vocabulary::Test;

/// Parameters that every list understands, or that select a page.
const COMMON: [&str; 13] = [
    "all_time",
    "cursor",
    "end_date",
    "include_deleted",
    "last_modified_at__gte",
    "last_modified_at__lte",
    "limit",
    "offset",
    "ordering",
    "q",
    "skip_count",
    "sort",
    "start_date",
];

/// The records that a query parameter of a list selects.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// The fields that it looks at, each a path such as `posted_at`, `client.parent` or `lines.tag_ids`. One that passes
    /// the test is enough.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub of: Vec<String>,
    /// The test that the values must pass.
    #[serde(default, skip_serializing_if = "is_default")]
    pub test: Test,
    /// The values that count as set in a test of `true` or `false`; any value if absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Value>,
    /// The word that means `true`, if it is not `true` itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub yes: Option<String>,
    /// Looks at the other records that have the same value in this field, and not at the record itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub siblings: Option<String>,
    /// The parameter that, if `true`, adds the records below the given ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollup: Option<String>,
    /// The parameter that, if `true`, adds records without a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub or_unset: Option<String>,
    /// The value that applies if the query has none.
    #[serde(default, skip_serializing_if = "is_default")]
    pub default: bool,
}

impl Parameter {
    /// Returns the handler of a parameter: the one that the overlay gives, or the one that its name implies. `None` means
    /// that nothing handles it.
    ///
    /// `is_field` tells whether the records have a field of that name.
    pub fn of_list(
        parameters: &BTreeMap<String, Parameter>,
        name: &str,
        is_field: impl Fn(&str) -> bool,
    ) -> Option<Self> {
        if let Some(parameter) = parameters.get(name) {
            return Some(parameter.clone());
        }
        let refers = |other: &Option<String>| other.as_deref() == Some(name);
        let is_part = |parameter: &Parameter| refers(&parameter.rollup) || refers(&parameter.or_unset);
        if COMMON.contains(&name) || parameters.values().any(is_part) {
            return Some(Parameter { test: Test::Ignored, ..Parameter::default() });
        }
        Self::implied(name, is_field)
    }

    /// Derives the handler from the name: `entity`, `vendor_id`, `accounts`, `exclude_entity`, `no_department`,
    /// `debit_amount_gte`.
    fn implied(name: &str, is_field: impl Fn(&str) -> bool) -> Option<Self> {
        let field = |name: &str| {
            let names = [Some(name), name.strip_suffix("_id"), name.strip_suffix('s')];
            names.into_iter().flatten().find(|name| is_field(name)).map(str::to_owned)
        };
        let on = |field: String, test: Test| Some(Parameter { of: vec![field], test, ..Parameter::default() });
        if let Some(field) = field(name) {
            return on(field, Test::AnyOf);
        }
        let affixed = [
            (name.strip_suffix("_gte"), Test::AtLeast),
            (name.strip_suffix("_lte"), Test::AtMost),
            (name.strip_suffix("_equal"), Test::AnyOf),
            (name.strip_suffix("_null"), Test::Unset),
            (name.strip_prefix("exclude_"), Test::NoneOf),
            (name.strip_prefix("no_"), Test::Unset),
        ];
        affixed.into_iter().find_map(|(rest, test)| on(field(rest?)?, test))
    }
}
