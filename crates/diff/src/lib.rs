//! Compares two revisions of an OpenAPI description (3.0 or 3.1) by meaning, not by text.
//!
//! ```
//! use campfire_diff::{Revision, compare};
//!
//! let old = Revision::parse("old.yaml", "openapi: 3.0.3\npaths: {/a: {get: {responses: {'204': {description: x}}}}}")?;
//! let new = Revision::parse("new.yaml", "openapi: 3.0.3\npaths: {}")?;
//! let diff = compare(&old, &new);
//! assert_eq!(diff.changes[0].id, "operation.removed");
//! assert_eq!(diff.changes[0].subject, "GET /a");
//! # Ok::<(), campfire_codegen::Problems>(())
//! ```
//!
//! References are followed, `allOf` is merged, order is ignored, all notations for nullable are equal, and schemas may
//! be recursive. Direction matters: `readOnly` properties do not exist in requests, and `writeOnly` properties do not
//! exist in responses.
//!
//! A change with one cause is one [`Change`], however many operations it affects; those are its [`Occurrence`]s. Each
//! change has two verdicts: [`Wire`] for clients of the API and [`Bump`] for users of the generated Rust. A change
//! that no check covers is [`Wire::Unclassified`] and is never left out.
//!
//! The modules, from the ground up:
//!
//! | module | task |
//! | --- | --- |
//! | `verdict`, `checks`, `change`, `finding` | vocabulary: verdicts, kinds of changes, results |
//! | `site`, `subject`, `resolve` | places in a document, their names, and values with references followed |
//! | `normalize`, `validate`, `revision` | OpenAPI 3.1 as 3.0; reading a revision |
//! | `narrow`, `view` | which constraint allows less; schemas by meaning |
//! | `schemas`, `operations`, `overlay` | comparing schemas, operations and the sandbox overlay |
//! | `replaced`, `gather`, `surface`, `sdk` | turning findings into changes; judging them by the Rust types |
//! | `compare` | the comparison as a whole |
//! | `allow`, `versions`, `render`, `drift` | what is built on a comparison |

#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod allow;
mod change;
mod checks;
mod compare;
pub mod drift;
mod finding;
mod gather;
mod narrow;
mod normalize;
mod operations;
mod overlay;
mod render;
mod replaced;
mod resolve;
mod revision;
mod schemas;
mod sdk;
mod site;
mod subject;
mod surface;
mod validate;
mod verdict;
mod versions;
mod view;

pub use allow::{Allowed, Rules, RulesError};
pub use change::{Change, Diff, Occurrence, Verdict};
pub use checks::{CHECKS, Check, Sdk, check};
pub use compare::compare;
pub use render::{changelog, github, html, json, markdown, text};
pub use revision::{MAX_BYTES, Revision};
pub use verdict::{Bump, Wire};
