//! The checks: a stable id for every kind of change, and the verdicts that go with it.

use crate::verdict::{Bump, Wire};

/// One kind of change.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// Stable id, such as `response.property.removed`. Allow files refer to it.
    pub id: &'static str,
    /// Default wire verdict. A change carries its own verdict where it depends on the place.
    pub wire: Wire,
    /// The source of the SDK verdict.
    pub sdk: Sdk,
}

/// The source of a check's SDK verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sdk {
    /// Always this bump: the change affects behavior or text, not types.
    Always(Bump),
    /// Decided by comparing the generated types. The bump given here applies when a revision cannot be generated.
    Types(Bump),
}

/// Returns the check with the given id.
pub fn check(id: &str) -> Option<&'static Check> {
    CHECKS.iter().find(|check| check.id == id)
}

/// The id for changes that no other check covers.
pub(crate) const UNCLASSIFIED: &str = "unclassified.changed";

const fn row(id: &'static str, wire: Wire, sdk: Sdk) -> Check {
    Check { id, wire, sdk }
}

use Bump::{Major, Minor, Patch};
use Sdk::{Always, Types};
use Wire::{Breaking, Compatible, Documentation, Risky, Unclassified};

/// Every check, sorted by id. `docs/diffing.md` prints the table.
pub const CHECKS: &[Check] = &[
    row("deviation.changed", Documentation, Always(Patch)),
    row("example.changed", Documentation, Always(Bump::None)),
    row("info.changed", Documentation, Always(Bump::None)),
    row("operation.added", Compatible, Types(Minor)),
    row("operation.deprecated", Documentation, Always(Minor)),
    row("operation.description.changed", Documentation, Always(Patch)),
    row("operation.order.changed", Risky, Always(Minor)),
    row("operation.pagination.changed", Risky, Always(Major)),
    row("operation.read_back.changed", Compatible, Always(Minor)),
    row("operation.reference.changed", Documentation, Always(Patch)),
    row("operation.removed", Breaking, Types(Major)),
    row("operation.renamed", Compatible, Always(Major)),
    row("operation.retry.changed", Risky, Always(Minor)),
    row("operation.security.changed", Breaking, Always(Minor)),
    row("operation.tags.changed", Documentation, Always(Bump::None)),
    row("operation.undeprecated", Documentation, Always(Patch)),
    row("parameter.added", Compatible, Types(Minor)),
    row("parameter.additional_properties.changed", Risky, Types(Major)),
    row("parameter.became_optional", Compatible, Types(Major)),
    row("parameter.became_required", Breaking, Types(Major)),
    row("parameter.blank.allowed", Compatible, Always(Patch)),
    row("parameter.blank.forbidden", Breaking, Always(Patch)),
    row("parameter.default.changed", Risky, Always(Patch)),
    row("parameter.deprecated", Documentation, Always(Minor)),
    row("parameter.description.changed", Documentation, Always(Patch)),
    row("parameter.enum.added", Compatible, Types(Minor)),
    row("parameter.enum.dropped", Compatible, Types(Major)),
    row("parameter.enum.introduced", Breaking, Types(Major)),
    row("parameter.enum.removed", Breaking, Types(Major)),
    row("parameter.format.changed", Breaking, Types(Major)),
    row("parameter.items.narrowed", Breaking, Always(Patch)),
    row("parameter.items.widened", Compatible, Always(Patch)),
    row("parameter.length.narrowed", Breaking, Always(Patch)),
    row("parameter.length.widened", Compatible, Always(Patch)),
    row("parameter.nullable.added", Compatible, Types(Patch)),
    row("parameter.nullable.removed", Breaking, Types(Patch)),
    row("parameter.offered", Compatible, Types(Minor)),
    row("parameter.omitted", Compatible, Types(Major)),
    row("parameter.pattern.changed", Breaking, Always(Patch)),
    row("parameter.property.added", Compatible, Types(Minor)),
    row("parameter.property.became_optional", Compatible, Types(Major)),
    row("parameter.property.became_required", Breaking, Types(Major)),
    row("parameter.property.removed", Breaking, Types(Major)),
    row("parameter.range.narrowed", Breaking, Always(Patch)),
    row("parameter.range.widened", Compatible, Always(Patch)),
    row("parameter.removed", Breaking, Types(Major)),
    row("parameter.renamed", Compatible, Types(Patch)),
    row("parameter.rust_name.changed", Compatible, Types(Major)),
    row("parameter.style.changed", Breaking, Always(Patch)),
    row("parameter.type.changed", Breaking, Types(Major)),
    row("parameter.undeprecated", Documentation, Always(Patch)),
    row("parameter.variants.changed", Breaking, Types(Major)),
    row("references.changed", Documentation, Always(Patch)),
    row("request.additional_properties.changed", Risky, Types(Major)),
    row("request.blank.allowed", Compatible, Always(Patch)),
    row("request.blank.forbidden", Breaking, Always(Patch)),
    row("request.body.added", Compatible, Types(Major)),
    row("request.body.became_optional", Compatible, Types(Patch)),
    row("request.body.became_required", Breaking, Types(Patch)),
    row("request.body.removed", Breaking, Types(Major)),
    row("request.default.changed", Risky, Always(Patch)),
    row("request.enum.added", Compatible, Types(Minor)),
    row("request.enum.dropped", Compatible, Types(Major)),
    row("request.enum.introduced", Breaking, Types(Major)),
    row("request.enum.removed", Breaking, Types(Major)),
    row("request.format.changed", Breaking, Types(Major)),
    row("request.items.narrowed", Breaking, Always(Minor)),
    row("request.items.widened", Compatible, Always(Patch)),
    row("request.length.narrowed", Breaking, Always(Minor)),
    row("request.length.widened", Compatible, Always(Patch)),
    row("request.media_type.added", Compatible, Types(Minor)),
    row("request.media_type.removed", Breaking, Types(Major)),
    row("request.nullable.added", Compatible, Types(Major)),
    row("request.nullable.removed", Breaking, Types(Major)),
    row("request.pattern.changed", Breaking, Always(Patch)),
    row("request.property.added", Compatible, Types(Minor)),
    row("request.property.became_optional", Compatible, Types(Major)),
    row("request.property.became_required", Breaking, Types(Major)),
    row("request.property.removed", Breaking, Types(Major)),
    row("request.range.narrowed", Breaking, Always(Minor)),
    row("request.range.widened", Compatible, Always(Patch)),
    row("request.type.changed", Breaking, Types(Major)),
    row("request.variants.changed", Breaking, Types(Major)),
    row("response.additional_properties.changed", Risky, Types(Major)),
    row("response.blank.allowed", Risky, Always(Patch)),
    row("response.blank.forbidden", Compatible, Always(Patch)),
    row("response.body.added", Compatible, Types(Major)),
    row("response.body.removed", Breaking, Types(Major)),
    row("response.default.changed", Documentation, Always(Patch)),
    row("response.description.changed", Documentation, Always(Patch)),
    row("response.enum.added", Risky, Types(Minor)),
    row("response.enum.dropped", Risky, Types(Major)),
    row("response.enum.introduced", Compatible, Types(Major)),
    row("response.enum.removed", Compatible, Types(Major)),
    row("response.error.added", Compatible, Always(Patch)),
    row("response.error.removed", Compatible, Always(Patch)),
    row("response.format.changed", Risky, Types(Major)),
    row("response.headers.changed", Risky, Always(Patch)),
    row("response.items.narrowed", Compatible, Always(Patch)),
    row("response.items.widened", Risky, Always(Patch)),
    row("response.length.narrowed", Compatible, Always(Patch)),
    row("response.length.widened", Risky, Always(Patch)),
    row("response.media_type.added", Risky, Types(Minor)),
    row("response.media_type.removed", Breaking, Types(Major)),
    row("response.nullable.added", Risky, Types(Patch)),
    row("response.nullable.removed", Compatible, Types(Patch)),
    row("response.pattern.changed", Risky, Always(Patch)),
    row("response.property.added", Compatible, Types(Minor)),
    row("response.property.became_optional", Risky, Types(Patch)),
    row("response.property.became_required", Compatible, Types(Patch)),
    row("response.property.removed", Breaking, Types(Major)),
    row("response.range.narrowed", Compatible, Always(Patch)),
    row("response.range.widened", Risky, Always(Patch)),
    row("response.status.added", Risky, Types(Minor)),
    row("response.status.removed", Breaking, Types(Major)),
    row("response.type.changed", Breaking, Types(Major)),
    row("response.variants.changed", Breaking, Types(Major)),
    row("sandbox.changed", Documentation, Always(Patch)),
    row("schema.deprecated", Documentation, Always(Minor)),
    row("schema.description.changed", Documentation, Always(Patch)),
    row("schema.identity.changed", Compatible, Types(Major)),
    row("schema.page.changed", Compatible, Always(Major)),
    row("schema.renamed", Compatible, Always(Major)),
    row("schema.replaced", Compatible, Types(Major)),
    row("schema.rust_name.changed", Compatible, Types(Major)),
    row("schema.scalar.changed", Compatible, Always(Major)),
    row("schema.undeprecated", Documentation, Always(Patch)),
    row("schema.unused.changed", Documentation, Always(Bump::None)),
    row("security.scheme.changed", Breaking, Always(Minor)),
    row("servers.changed", Risky, Always(Minor)),
    row("unclassified.changed", Unclassified, Always(Major)),
    row("untyped.changed", Documentation, Always(Patch)),
];
