//! What the texts of a deviation claim about a schema, as far as a program can tell.

use serde_json::Value;

use crate::site::Site;
use crate::view::View;

/// A claim about a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Claim {
    /// There is no such place.
    Absent,
    /// The operation takes no body.
    NoBody,
    /// The response has no schema.
    NoSchema,
    /// The schema has this type.
    Type(String),
    ReadOnly,
    NeverNull,
}

impl Claim {
    /// Reads the text of a deviation. Most are prose and claim nothing that can be checked.
    pub(super) fn read(text: &str) -> Option<Self> {
        const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];
        let text = text.trim();
        match text {
            "absent" => return Some(Self::Absent),
            "no body" => return Some(Self::NoBody),
            "no response schema" => return Some(Self::NoSchema),
            "read-only" => return Some(Self::ReadOnly),
            "never null" => return Some(Self::NeverNull),
            _ => {}
        }
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        let is_bare = rest.is_empty() || rest.starts_with('(') || rest.starts_with("of digits (");
        (is_bare && TYPES.contains(&word)).then(|| Self::Type(word.to_owned()))
    }

    /// Returns true if the claim holds for the vendor's counterparts of a place.
    pub(super) fn holds(&self, root: &Value, counterparts: &[Site<'_>]) -> bool {
        let any = |holds: &dyn Fn(&View<'_>) -> bool| counterparts.iter().any(|site| holds(&view(root, site)));
        match self {
            Self::Absent | Self::NoBody => counterparts.is_empty(),
            Self::NoSchema => !counterparts.iter().any(has_schema),
            Self::Type(name) => any(&|view| view.text("type") == name),
            Self::ReadOnly => any(&|view| view.flag("readOnly")),
            Self::NeverNull => any(&|view| !view.flag("nullable")),
        }
    }

    /// Returns true for a claim about a place that must exist.
    pub(super) fn needs_place(&self) -> bool {
        matches!(self, Self::Type(_) | Self::ReadOnly | Self::NeverNull)
    }
}

/// Returns the type of a place with its format, values and items: what a deviation from a bare type can be about.
pub(super) fn signature(root: &Value, site: &Site<'_>) -> String {
    let view = view(root, site);
    let mut text = format!("{} {}", view.text("type"), view.text("format"));
    if let Some(values) = view.facet("enum") {
        text.push_str(&values.to_string());
    }
    if let Some(items) = view.items.first() {
        text.push_str(&format!(" of {}", signature(root, items)));
    }
    text
}

/// Describes what the vendor's schema says instead.
pub(super) fn described(root: &Value, counterparts: &[Site<'_>]) -> String {
    match counterparts {
        [] => "gone".to_owned(),
        [first, ..] => {
            let view = view(root, first);
            let nullable = if view.flag("nullable") { ", nullable" } else { "" };
            format!("{}{nullable}", view.kind())
        }
    }
}

fn has_schema(response: &Site<'_>) -> bool {
    let content = response.child("content").map(|site| site.entries()).unwrap_or_default();
    content.iter().any(|(_, media_type)| media_type.child("schema").is_some())
}

/// Returns the schema of a place, or that of a parameter, a body or a response.
fn view<'a>(root: &'a Value, site: &Site<'a>) -> View<'a> {
    let content =
        || site.child("content")?.entries().into_iter().find_map(|(_, media_type)| media_type.child("schema"));
    let schema = site.child("schema").or_else(content).unwrap_or_else(|| site.clone());
    View::of(root, &[schema])
}
