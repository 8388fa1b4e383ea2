//! The rule for the Rust names of parameters and properties.

use crate::description::extension;
use crate::description::names;
use crate::description::node::Node;
use crate::description::rule::Rule;
use crate::rules::report::Report;

/// Returns the Rust name of a parameter or property, and reports one that Rust does not allow.
pub(super) fn rust_name(report: &mut Report<'_>, node: &Node<'_>, name: &str) -> String {
    let rust = node.word(extension::RUST_NAME).map_or_else(|| names::snake(name), str::to_owned);
    if names::is_keyword(&rust) {
        let message = format!("`{rust}` is not a valid Rust identifier");
        report.add(Rule::RustName, &node.pointer, message, "add an `x-rust-name`");
    }
    rust
}
