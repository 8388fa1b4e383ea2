//! Every operation of the compiled areas, called once through the public API against the sandbox.

use campfire::sandbox::{ResponseStyle, Sandbox};
use serde_json::json;

use crate::support::generated::{OPERATIONS, call};

/// Operations that the books reject for a bare record, and those that need what no company of the sandbox has. The module
/// `accounting` tests the success of the former.
const REJECTED: [&str; 24] = [
    "bills.bulk_sync_to_ramp",
    "bills.pay",
    "bills.payments.delete",
    "bills.payments.void",
    "bills.reopen",
    "bills.sync_to_ramp",
    "credit_memos.mark_used",
    "credit_memos.payments.delete",
    "credit_memos.payments.void",
    "credit_memos.reopen",
    "debit_memos.mark_used",
    "debit_memos.payments.delete",
    "debit_memos.payments.void",
    "debit_memos.reopen",
    "invoices.bulk_apply_payment",
    "invoices.client_statement_pdf",
    "invoices.pay",
    "invoices.payments.delete",
    "invoices.payments.void",
    "invoices.reopen",
    "invoices.reports.data",
    "reconciliations.bulk_match",
    "transactions.merge",
    "transactions.preview_merge",
];

#[tokio::test]
async fn every_operation_succeeds_and_decodes() {
    for style in [ResponseStyle::Observed, ResponseStyle::Documented] {
        let mut failures = Vec::new();
        for (operation, resource) in OPERATIONS {
            let sandbox = Sandbox::builder().response_style(style).allow_unmodelled(true).start().await.unwrap();
            // The call uses 1 for every id. Resources without records cannot be seeded.
            let mut record = json!({"id": 1});
            for parent in ["contract_id", "commit_id", "budget_pk", "id"] {
                record[parent] = json!(1);
            }
            for (end, _) in resource.match_indices('.') {
                let _ = sandbox.seed(&resource[..end], json!({"id": 1}));
            }
            let _ = sandbox.seed(resource, record);
            let _ = sandbox.seed("usage_tiers", json!({"id": 1}));
            let campfire = sandbox.client().unwrap();
            match (call(operation, &campfire).await, REJECTED.contains(operation)) {
                (Ok(()), false) => {}
                (Err(campfire::Error::Validation(_) | campfire::Error::NotFound(_)), true) => {}
                (Ok(()), true) => failures.push(format!("{style:?} {operation} was not rejected")),
                (Err(error), _) => failures.push(format!("{style:?} {error}")),
            }
            let served: Vec<_> = sandbox.requests().into_iter().map(|request| request.operation).collect();
            assert_eq!(served, [Some((*operation).to_owned())], "the call sent another request");
        }
        assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), OPERATIONS.len(), failures.join("\n"));
    }
}

/// Documents that say how many operations there are.
#[cfg(feature = "areas")]
#[test]
fn documents_count_the_operations() {
    let count = OPERATIONS.len();
    for (file, sentence) in
        [("README.md", format!("All {count} operations")), ("docs/sandbox.md", format!("{count} operations:"))]
    {
        let text = std::fs::read_to_string(format!("{}/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        assert!(text.contains(&sentence), "{file} does not say `{sentence}`");
    }
}
