//! Every operation of the compiled areas, called once through the public API against the sandbox.

#![cfg(feature = "sandbox")]

use campfire::sandbox::{Face, Sandbox};
use serde_json::json;

include!(concat!(env!("OUT_DIR"), "/calls.rs"));

#[tokio::test]
async fn every_operation_answers_and_decodes() {
    for face in [Face::Wire, Face::Documented] {
        let mut failures = Vec::new();
        for (operation, resource) in OPERATIONS {
            let sandbox = Sandbox::builder().face(face).start().await.unwrap();
            // The record that the ids of 1 name, if the resource has records; and its parents.
            let mut record = json!({"id": 1});
            for parent in ["contract_id", "commit_id", "budget_pk", "id"] {
                record[parent] = json!(1);
            }
            let _ = sandbox.seed(resource, record);
            let campfire = sandbox.client().unwrap();
            if let Err(error) = call(operation, &campfire).await {
                failures.push(format!("{face:?} {error}"));
            }
            let served: Vec<_> = sandbox.requests().into_iter().map(|request| request.operation).collect();
            assert_eq!(served, [Some((*operation).to_owned())], "one request, for that operation");
        }
        assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), OPERATIONS.len(), failures.join("\n"));
    }
}
