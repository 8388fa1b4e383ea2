//! Maps facets of schemas to checks.

use serde_json::Value;

/// Returns the check for a changed facet, without its direction. Returns `None` for facets that are compared
/// elsewhere, and the facet itself if there is no check.
pub(super) fn check(key: &str, before: &Value, after: &Value) -> Option<String> {
    let switched = |on, off| if after == &Value::Bool(true) { on } else { off };
    let check = match key {
        "nullable" => switched("nullable.added", "nullable.removed"),
        "deprecated" => switched("schema.deprecated", "schema.undeprecated"),
        "x-blank" => switched("blank.allowed", "blank.forbidden"),
        "minimum" | "exclusiveMinimum" | "multipleOf" => return Some(bound("range", lower(before, after))),
        "maximum" | "exclusiveMaximum" => return Some(bound("range", upper(before, after))),
        "minLength" => return Some(bound("length", lower(before, after))),
        "maxLength" => return Some(bound("length", upper(before, after))),
        "minItems" | "uniqueItems" | "minProperties" => return Some(bound("items", lower(before, after))),
        "maxItems" | "maxProperties" => return Some(bound("items", upper(before, after))),
        "format" => "format.changed",
        "pattern" => "pattern.changed",
        "default" => "default.changed",
        "example" | "examples" => "example.changed",
        "description" | "title" | "externalDocs" | "x-enum-descriptions" => "schema.description.changed",
        "x-scalar" => "schema.scalar.changed",
        "x-identity" => "schema.identity.changed",
        "x-page-of" => "schema.page.changed",
        "x-rust-name" => "schema.rust_name.changed",
        "x-deviation" => "deviation.changed",
        "x-untyped" => "untyped.changed",
        "x-references" => "references.changed",
        // Revisions from before the sandbox overlay.
        "x-derived" | "x-document" | "x-collects" | "x-sum" => "sandbox.changed",
        // Compared with the properties.
        "readOnly" | "writeOnly" | "additionalProperties" => return None,
        other => other,
    };
    Some(check.to_owned())
}

fn bound(group: &str, narrowed: bool) -> String {
    format!("{group}.{}", if narrowed { "narrowed" } else { "widened" })
}

/// Returns true if a lower bound became tighter.
fn lower(before: &Value, after: &Value) -> bool {
    match (before.as_f64(), after.as_f64()) {
        (Some(before), Some(after)) => after > before,
        _ => introduced(before, after),
    }
}

/// Returns true if an upper bound became tighter.
fn upper(before: &Value, after: &Value) -> bool {
    match (before.as_f64(), after.as_f64()) {
        (Some(before), Some(after)) => after <= before,
        _ => introduced(before, after),
    }
}

/// Returns true if only the new schema has a bound. `exclusiveMinimum` and `uniqueItems` are flags.
fn introduced(before: &Value, after: &Value) -> bool {
    match (before.is_number(), after.is_number()) {
        (false, false) => after == &Value::Bool(true),
        (_, introduced) => introduced,
    }
}
