//! Runs all rules. Every problem has file, line, and a way to fix it.

use crate::description::load::Description;
use crate::description::node;
use crate::description::yaml::Problems;
use crate::rules::operation_ids::OperationIds;
use crate::rules::report::Report;
use crate::rules::{anywhere, operation, sandbox, schema, tag};

/// Checks a description.
///
/// # Errors
/// If a rule is broken: all problems at once.
pub fn check(description: &Description) -> Result<(), Problems> {
    let root = &description.root;
    let mut report = Report::new(description);
    let ids = OperationIds::collect(root, &mut report);
    anywhere::check(&mut report, root);
    tag::check(&mut report, root, &ids);
    for operation in node::operations(root) {
        operation::check(&mut report, root, &ids, &operation);
    }
    for (name, schema) in node::schemas(root) {
        schema::check(&mut report, root, &ids, name, &schema);
    }
    sandbox::check(&mut report, description, &ids);
    let problems = report.finish();
    if problems.is_empty() { Ok(()) } else { Err(Problems(problems)) }
}
