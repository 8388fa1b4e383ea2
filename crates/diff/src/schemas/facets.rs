//! Maps facets of schemas to checks.

use campfire_codegen::description::extension;
use serde_json::Value;

use crate::narrow::relation;
use crate::view::OPAQUE;

/// Returns the check for a changed facet, without its direction. Returns `None` for facets that are compared
/// elsewhere, and the facet itself if there is no check.
pub(super) fn check(key: &str, before: &Value, after: &Value) -> Option<String> {
    let switched = |on: &'static str, off: &'static str| if after == &Value::Bool(true) { on } else { off };
    let constraint = |group: &str| Some(format!("{group}.{}", relation(key, before, after).name()));
    let check = match key {
        "nullable" => switched("nullable.added", "nullable.removed"),
        "deprecated" => switched("schema.deprecated", "schema.undeprecated"),
        "x-blank" => switched("blank.allowed", "blank.forbidden"),
        "minimum" | "maximum" => return constraint("range"),
        "minLength" | "maxLength" => return constraint("length"),
        "minItems" | "maxItems" | "uniqueItems" | "minProperties" | "maxProperties" => return constraint("items"),
        "multipleOf" => return constraint("multiple"),
        "format" | "pattern" | "not" => return constraint(key),
        "default" => "default.changed",
        "xml" => "xml.changed",
        "example" | "examples" => "example.changed",
        "description" | "title" | "externalDocs" | "x-enum-descriptions" => "schema.description.changed",
        "x-scalar" => "schema.scalar.changed",
        "x-identity" => "schema.identity.changed",
        "x-page-of" => "schema.page.changed",
        "x-rust-name" => "schema.rust_name.changed",
        "x-deviation" => "deviation.changed",
        "x-untyped" => "untyped.changed",
        "x-references" => "references.changed",
        "x-currency" => "currency.changed",
        "x-sunset" => "sunset.changed",
        // Revisions from before the sandbox overlay.
        "x-derived" | "x-document" | "x-collects" | "x-sum" => "sandbox.changed",
        // Compared with the properties and the alternatives.
        "readOnly" | "writeOnly" | "additionalProperties" | "discriminator" => return None,
        key if OPAQUE.contains(&key) => "constraint.changed",
        key if key.starts_with("x-") && !extension::ALL.contains(&key) => "extension.changed",
        other => other,
    };
    Some(check.to_owned())
}
