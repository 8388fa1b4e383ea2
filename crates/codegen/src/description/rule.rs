//! The rules that a description must follow. `openapi/README.md` lists them for people.

use std::fmt;

/// Defines the rules: a problem can only name one that is listed here.
macro_rules! rules {
    ($($name:ident = $id:literal: $reason:literal,)*) => {
        /// A rule of the description.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Rule {
            $(#[doc = $reason] $name,)*
        }

        impl Rule {
            /// All rules, sorted by id.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Returns the id that problems show.
            pub const fn id(self) -> &'static str {
                match self {
                    $(Self::$name => $id,)*
                }
            }

            /// Returns the reason for the rule, as one sentence.
            pub const fn reason(self) -> &'static str {
                match self {
                    $(Self::$name => $reason,)*
                }
            }
        }
    };
}

rules! {
    Aliases = "aliases": "An alias is for words that a search would not find otherwise.",
    Boilerplate = "boilerplate": "A description in our own words says more than the phrases of the vendor's framework.",
    ClientKey = "client-key": "A key that does not come back cannot show whether a record exists.",
    Currency = "currency": "An amount is read together with its currency, so both must be in the same object.",
    CurrencyNamed = "currency-named": "An amount without a currency cannot be booked.",
    Decimal = "decimal": "A binary floating-point number cannot hold cents exactly.",
    Derived = "derived": "The sandbox fills a derived field from a sibling field, which must exist and reference a resource.",
    DeviationComplete = "deviation-complete": "A deviation from the reference is only useful with its evidence.",
    Effect = "effect": "The sandbox can only do what its overlay states correctly.",
    EnumNamed = "enum-named": "An enum becomes a Rust type, which needs a meaningful name.",
    EnumValues = "enum-values": "Each enum value becomes a Rust variant of its own.",
    Example = "example": "An example that does not have the type of its property does not compile.",
    ExtensionKnown = "extension-known": "A misspelled extension would be ignored silently.",
    Files = "files": "The area files must merge into one document.",
    Format = "format": "With a uniform layout, a diff shows only changes of meaning.",
    Meaning = "meaning": "The generator cannot generate code for what it does not understand.",
    Money = "money": "A caller who must confirm what moves money needs to know which operations do.",
    NoUnion = "no-union": "Untagged unions lose data or decode as the wrong variant.",
    ObjectNamed = "object-named": "An object becomes a Rust type, which needs a name.",
    OneAnswer = "one-answer": "A method returns one type.",
    OneMediaType = "one-media-type": "A method sends one type.",
    OperationDescribed = "operation-described": "Users should not have to guess what an operation does.",
    OperationId = "operation-id": "The operation id becomes the path of the method in the SDK.",
    OperationIdUnique = "operation-id-unique": "Two methods cannot have the same name.",
    PageOf = "page-of": "A page consists of records of an existing schema.",
    ParameterDescribed = "parameter-described": "Users should not have to guess what a filter does or what its default is.",
    PathParameter = "path-parameter": "A path with a missing part leads somewhere else.",
    PropertyDescribed = "property-described": "Users should not have to guess what a field means or which unit it has.",
    PropertyKnown = "property-known": "A listed property that does not exist is a mistake in one of the two places.",
    ReadBack = "read-back": "A caller who lost a response needs a way to check whether the call took effect.",
    RefDescribed = "ref-described": "The same schema means different things in different fields.",
    ReferenceLink = "reference-link": "A link that leads to no page in particular wastes the time of readers.",
    References = "references": "An id gets its type from the resource that it is an id of.",
    Responses = "responses": "Errors decode by the responses that are declared for them.",
    RetryClass = "retry-class": "Retrying the wrong operation posts it twice.",
    Revision = "revision": "Descriptions that cannot be compared must not pass as equal.",
    RustName = "rust-name": "A field or method cannot have a name that Rust or the client reserves.",
    ScalarKnown = "scalar-known": "A handwritten type must exist before a schema can use it.",
    SchemaDescribed = "schema-described": "Users should not have to guess what an object is.",
    SideEffects = "side-effects": "The side effects of a call decide when it is safe to make.",
    Tag = "tag": "A note about a resource is only read on the page of that resource.",
    TypeName = "type-name": "Schema names become the names of Rust types.",
    Yaml = "yaml": "A file that is not valid YAML cannot be read.",
}

impl Rule {
    /// Returns `true` if `cargo xtask lint --fix` can fix violations.
    pub const fn is_fixable(self) -> bool {
        matches!(self, Self::Format)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}
