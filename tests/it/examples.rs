//! The examples on the pages of the operations. They are generated, and this test runs the very text that rustdoc shows.

use std::collections::BTreeSet;

use campfire::Json;
use campfire::sandbox::{Demo, Sandbox};
use serde_json::json;

use crate::support::examples;
use crate::support::generated::OPERATIONS;

/// The number of examples that succeed. The others call what the sandbox does not model, or what it refuses for a bare record,
/// such as payments of an invoice without lines.
const SUCCESSES: usize = 301;

#[tokio::test]
async fn examples_run_in_the_demo_company() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.demo(&Demo::default().rows(10)).unwrap();
    seed(&sandbox);
    let company = sandbox.snapshot();
    let campfire = sandbox.client().unwrap();
    let (mut refusals, mut failures) = (Vec::new(), Vec::new());
    for (operation, _) in OPERATIONS {
        sandbox.restore(&company).unwrap();
        let Err(error) = examples::run(operation, &campfire).await else { continue };
        match error.downcast::<campfire::Error>() {
            Ok(error) if error.status().is_some_and(|status| status.is_client_error() || status == 501) => {
                refusals.push(format!("{operation}: {error}"));
            }
            Ok(error) => failures.push(error.to_string()),
            Err(error) => failures.push(format!("{operation}: {error}")),
        }
    }
    assert!(failures.is_empty(), "{} examples fail:\n{}", failures.len(), failures.join("\n"));
    let successes = OPERATIONS.len() - refusals.len();
    assert!(successes >= SUCCESSES, "{successes} examples succeed. Refused are:\n{}", refusals.join("\n"));
}

/// Adds the records that examples name, those with the ids 1 and 2, where the company has none. Not every resource has records
/// that can be added.
fn seed(sandbox: &Sandbox) {
    let resources: BTreeSet<&str> = OPERATIONS.iter().map(|(_, resource)| *resource).collect();
    for resource in resources {
        let ids: Vec<_> = sandbox.records(resource).iter().filter_map(|record| record.get("id").cloned()).collect();
        for id in [1_i64, 2].into_iter().filter(|id| !ids.contains(&Json::from(*id))) {
            let _ = sandbox.seed(resource, json!({"id": id, "contract_id": 1, "commit_id": 1, "budget_pk": 1}));
        }
    }
}
