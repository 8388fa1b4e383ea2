//! The rules of the description by id, and why each is there. `openapi/README.md` lists them for people.

mod effects;
pub mod lint;
mod prose;

/// A rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// What complaints name.
    pub id: &'static str,
    /// Why it is there.
    pub reason: &'static str,
    /// Whether `cargo xtask lint --fix` mends it.
    pub fixable: bool,
}

const fn rule(id: &'static str, reason: &'static str) -> Rule {
    Rule { id, reason, fixable: false }
}

/// All rules, by id.
pub const RULES: &[Rule] = &[
    rule(
        "boilerplate",
        "descriptions say what something does in our own words, not in those of the vendor's framework",
    ),
    rule("currency-named", "an amount without its currency is a number that nobody can book"),
    rule("decimal", "a binary float holds no cents"),
    rule("derived", "the sandbox fills the field from a sibling that has to be there"),
    rule("deviation-complete", "whoever trusts a difference from the reference has to know how it is known"),
    rule("effect", "the sandbox does what is said here, so it has to be sayable"),
    rule("enum-named", "an enum becomes a Rust type, which needs a name that says what it means"),
    rule("enum-values", "each value becomes a variant of its own"),
    rule("extension-known", "a misspelt extension would do nothing in silence"),
    rule("files", "the area files make one document"),
    Rule {
        id: "format",
        reason: "one order and one form, so that a change of the meaning is all that a diff shows",
        fixable: true,
    },
    rule("meaning", "what cannot be understood cannot be generated"),
    rule("no-union", "untagged unions lose data, or decode as the wrong variant"),
    rule("object-named", "an object becomes a Rust type, which needs a name"),
    rule("one-answer", "a method gives one type"),
    rule("one-media-type", "a method sends one type"),
    rule("operation-described", "what an operation does is not to be guessed"),
    rule("operation-id", "the id is the path of the method in the SDK"),
    rule("operation-id-unique", "two methods of one name cannot be"),
    rule("page-of", "a page is one of rows that exist"),
    rule("parameter-described", "what a filter does, and its default, is not to be guessed"),
    rule("path-parameter", "a path without one of its parts leads elsewhere"),
    rule("property-described", "what a field means, and in which unit, is not to be guessed"),
    rule("property-known", "a name that is listed and not there is a mistake in one of the two"),
    rule("read-back", "whoever lost an answer has to be able to find out whether it happened"),
    rule("ref-described", "one schema means different things in different fields"),
    rule("reference-link", "a reader has to be able to look at where it comes from"),
    rule("responses", "errors decode by what is declared of them"),
    rule("retry-class", "what is repeated wrongly is posted twice"),
    rule("revision", "what cannot be compared must not pass for the same"),
    rule("rust-name", "a name that Rust or the client has taken cannot be a field or a method"),
    rule("scalar-known", "a handwritten type has to be there to be used"),
    rule("schema-described", "what an object is, is not to be guessed"),
    rule("side-effects", "what else a call changes decides whether it may be made"),
    rule("type-name", "schemas are Rust types"),
    rule("yaml", "a file that cannot be read says nothing"),
];
