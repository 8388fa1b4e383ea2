//! The extensions to OpenAPI that the description uses. `openapi/README.md` explains them.

/// Defines the names of the extensions and the list of all of them.
macro_rules! extensions {
    ($($(#[$attribute:meta])* $constant:ident = $name:literal,)*) => {
        $($(#[$attribute])* pub const $constant: &str = $name;)*

        /// The names of all extensions.
        pub const ALL: &[&str] = &[$($constant),*];
    };
}

extensions! {
    /// On an operation: words that people search for, and that its name and summary do not contain.
    ALIASES = "x-aliases",
    /// On a property: the empty string is allowed and means "none".
    BLANK = "x-blank",
    /// On an operation: the field in which a caller can put a key of its own, to find the record again.
    CLIENT_KEY = "x-client-key",
    /// On an amount: the property of the same object that holds its currency.
    CURRENCY = "x-currency",
    /// A difference between the vendor's reference and this description.
    DEVIATION = "x-deviation",
    /// On an enum: the meaning of its values.
    ENUM_DESCRIPTIONS = "x-enum-descriptions",
    /// On an object: the fields that every response carries.
    IDENTITY = "x-identity",
    /// On a security scheme: the word before the API key in its header.
    KEY_PREFIX = "x-key-prefix",
    /// On an operation: whether it moves money, or only records that money has moved.
    MONEY = "x-money",
    /// On a parameter: the reason why it is not part of the typed API.
    OMIT = "x-omit",
    /// On a list: the documented order of its records.
    ORDER = "x-order",
    /// On a page: the schema of its records.
    PAGE_OF = "x-page-of",
    /// On a list: the pagination.
    PAGINATION = "x-pagination",
    /// On an operation: the operation that shows whether it took effect.
    READ_BACK = "x-read-back",
    /// On a property or parameter: the resource whose id it holds.
    REFERENCES = "x-references",
    /// On an operation: the retry class.
    RETRY = "x-retry",
    /// On an operation: the flag of the body that changes the retry class, and the class that applies then.
    RETRY_IF = "x-retry-if",
    /// On a property or parameter: its name in Rust.
    RUST_NAME = "x-rust-name",
    /// On a schema: the handwritten Rust type.
    SCALAR = "x-scalar",
    /// The reason why nothing is known about a shape.
    UNTYPED = "x-untyped",
}
