//! Ids in bodies: the records that they name must exist.

use std::collections::BTreeSet;

use campfire_sandbox_model::{Field, Type};
use campfire_values::Json;

use crate::bodies::sent;
use crate::support::{Server, json, model};

const INVOICES: &str = "/coa/api/v1/invoice/";

/// Integers in bodies that are no ids of records, and ids that are not checked: the reference explains them too little, documents
/// another response (`selected`), or requires one that no company without Stripe has (`stripe_connection` of customers).
const NOT_CHECKED: [&str; 30] = [
    "auto_renew_duration",
    "avalara_item_id",
    "chat",
    "chat_id",
    "content_type",
    "customer",
    "default_expense_category",
    "display_order",
    "fiscal_year_day",
    "fiscal_year_month",
    "id",
    "last_modified_by",
    "mid_month_threshold",
    "object_id",
    "pages",
    "period",
    "periods",
    "priority",
    "reconciled_by",
    "reviewed_by",
    "s3_content_length",
    "selected",
    "selected_statements",
    "statement_recognition_input_tokens",
    "statement_recognition_output_tokens",
    "statement_recognition_token_total",
    "statement_transaction_id",
    "stripe_connection",
    "total_events",
    "useful_life",
];

fn invoice(fields: &str, line: &str) -> String {
    format!(
        r#"{{"entity": 1, "invoice_date": "2026-03-01", "due_date": "2026-03-31", {fields}
            "lines": [{{"amount": 100 {line}}}]}}"#
    )
}

fn holds_integers(field: &Field) -> bool {
    match &field.ty {
        Type::List(inner) => **inner == Type::Integer,
        ty => *ty == Type::Integer,
    }
}

#[test]
fn every_id_in_a_body_names_its_resource() {
    let mut unknown = BTreeSet::new();
    for schema in sent() {
        let fields = model().schemas[schema].iter();
        let open = fields.filter(|field| !field.read_only && holds_integers(field) && field.references.is_none());
        // A request with a field that is not modelled is refused in any case.
        let open = open.filter(|field| !NOT_CHECKED.contains(&field.name.as_str()) && field.unmodelled.is_none());
        unknown.extend(open.map(|field| format!("{schema}.{}", field.name)));
    }
    let remedy = "in openapi/, say with `x-references` whose ids these fields hold, or add them to `NOT_CHECKED`";
    assert!(unknown.is_empty(), "{unknown:?}: {remedy}");
}

#[tokio::test]
async fn a_tax_rate_must_exist_although_no_operation_lists_them() {
    let server = Server::start().await;
    let message = json(r#"["Invalid pk \"5\" - object does not exist."]"#);
    let error = server.refused(400, "POST", INVOICES, &invoice(r#""tax_rate": 5,"#, "")).await;
    assert_eq!(error["tax_rate"], message);
    let bill = |line: &str| {
        format!(
            r#"{{"entity": 1, "vendor": 7, "bill_number": "B", "bill_date": "2026-03-01", "due_date": "2026-03-31",
                "lines": [{{"account": 6000, "amount": 100 {line}}}]}}"#
        )
    };
    let error = server.refused(400, "POST", "/coa/api/v1/bill/", &bill(r#", "tax_rate": "5""#)).await;
    assert_eq!(error["lines"][0]["tax_rate"], message);
    assert_eq!((server.sandbox.count("invoices"), server.sandbox.count("bills")), (0, 0));

    server.sandbox.seed("tax_rates", json(r#"{"id": 5, "name": "VAT", "value": 20}"#)).unwrap();
    let invoice = server.ok("POST", INVOICES, &invoice(r#""tax_rate": 5,"#, "")).await;
    assert_eq!((&invoice["tax_rate_name"], &invoice["tax_rate_value"]), (&Json::from("VAT"), &json("20")));
    let bill = server.ok("POST", "/coa/api/v1/bill/", &bill(r#", "tax_rate": 5"#)).await;
    assert_eq!(bill["lines"][0]["tax_rate_name"], Json::from("VAT"));
    assert!(server.sandbox.seed("tax_rats", json("{}")).is_err());
}

#[tokio::test]
async fn a_copy_believes_in_records_that_no_operation_shows() {
    let server = Server::start().await;
    server.sandbox.adopt(&[]).unwrap();
    server.ok("POST", INVOICES, &invoice(r#""tax_rate": 5,"#, "")).await;
    let snapshot = server.sandbox.snapshot();
    server.sandbox.reset().unwrap();
    server.refused(400, "POST", INVOICES, &invoice(r#""tax_rate": 5,"#, "")).await;
    server.sandbox.restore(&snapshot).unwrap();
    server.ok("POST", INVOICES, &invoice(r#""tax_rate": 5,"#, "")).await;
}

#[tokio::test]
async fn ids_in_lists_and_ids_as_text_must_exist() {
    let server = Server::start().await;
    let tag = server.ok("POST", "/coa/api/tag", r#"{"name": "North", "is_active": true}"#).await["id"].to_string();
    server.ok("POST", INVOICES, &invoice("", &format!(r#", "tag_ids": [{tag}]"#))).await;
    let error = server.refused(400, "POST", INVOICES, &invoice("", &format!(r#", "tag_ids": [{tag}, 999]"#))).await;
    assert_eq!(error["lines"][0]["tag_ids"], json(r#"["Invalid pk \"999\" - object does not exist."]"#));
    let customer = r#"{"name": "Northwind", "vendor_type": "customer"}"#;
    let customer = server.ok("POST", "/coa/api/vendor", customer).await["id"].to_string();
    server.ok("POST", INVOICES, &invoice(&format!(r#""client": "{customer}","#), "")).await;
    let error = server.refused(400, "POST", INVOICES, &invoice(r#""client": "999","#, "")).await;
    assert_eq!(error["client"], json(r#"["Invalid pk \"999\" - object does not exist."]"#));
}
