//! Lists: every declared parameter has a handler, and does what the reference says.

use campfire_sandbox_model::{Model, Operation, Parameter, Response, Type};
use campfire_values::Json;

use crate::support::{Server, json, model};

/// Returns the lists of records.
fn lists() -> impl Iterator<Item = &'static Operation> {
    let is_list = |operation: &&Operation| {
        let returns_records = matches!(operation.response, Response::Page { .. } | Response::List { .. });
        returns_records && operation.method == "GET" && operation.name().starts_with("list")
    };
    model().operations.iter().filter(is_list)
}

/// Returns `true` if the records of a list have a field: those of its own schema, or of the schema of another operation
/// on the same resource.
fn has_field(model: &Model, operation: &Operation, name: &str) -> bool {
    let resource = operation.effect.records.of.as_deref().unwrap_or(operation.resource());
    let operations = model.operations.iter().filter(|other| other.resource() == resource || other.id == operation.id);
    let schemas = operations.filter_map(|operation| match &operation.response {
        Response::Value { ty: Type::Object(schema) }
        | Response::Page { ty: Type::Object(schema) }
        | Response::List { ty: Type::Object(schema) } => Some(schema),
        _ => None,
    });
    schemas.into_iter().any(|schema| model.schemas[schema].iter().any(|field| field.name == name))
}

#[test]
fn every_declared_parameter_of_a_list_has_a_handler() {
    let (mut declared, mut missing) = (0, Vec::new());
    for operation in lists() {
        let parameters = &operation.effect.records.parameters;
        for name in &operation.query {
            declared += 1;
            if Parameter::of_list(parameters, name, |field| has_field(model(), operation, field)).is_none() {
                missing.push(format!("{}: {name}", operation.id));
            }
        }
    }
    assert!(declared > 250, "{declared}");
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn the_overlay_names_parameters_and_fields_that_exist() {
    for operation in lists() {
        let records = &operation.effect.records;
        for (name, parameter) in &records.parameters {
            assert!(operation.takes(name), "{}: {name}", operation.id);
            for other in parameter.rollup.iter().chain(&parameter.or_unset) {
                assert!(operation.takes(other), "{}: {other}", operation.id);
            }
        }
        let paths = records.parameters.values().flat_map(|parameter| &parameter.of).chain(&records.search);
        for path in paths.chain(&records.dated_by).map(|path| path.split('.').next().unwrap()) {
            assert!(has_field(model(), operation, path), "{}: {path}", operation.id);
        }
    }
}

/// Returns the values of a field of the records on the first page.
async fn column(server: &Server, path: &str, field: &str) -> Vec<String> {
    let page = server.ok("GET", path, "").await;
    let records = page.get("results").unwrap_or(&page).as_array().unwrap().to_vec();
    let text = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    records.iter().map(|record| text(&record[field])).collect()
}

#[tokio::test]
async fn inactive_records_are_included_as_documented() {
    let server = Server::start().await;
    let cases = [
        ("vendors", "/coa/api/vendor", r#""status": "ACTIVE""#, r#""status": "INACTIVE""#, false),
        ("tags", "/coa/api/tag", r#""is_active": true"#, r#""is_active": false"#, false),
        ("departments", "/coa/api/department", r#""active": true"#, r#""active": false"#, true),
        ("entities", "/coa/api/entity", r#""active": true"#, r#""active": false"#, true),
    ];
    for (resource, path, active, inactive, by_default) in cases {
        for (name, state) in [("on", active), ("off", inactive)] {
            server.sandbox.seed(resource, json(&format!(r#"{{"name": "{name}", {state}}}"#))).unwrap();
        }
        let names = async |query: &str| {
            let mut names = column(&server, &format!("{path}{query}"), "name").await;
            names.sort();
            names
        };
        let default = if by_default { vec!["off", "on"] } else { vec!["on"] };
        assert_eq!(names("").await, default, "{path}");
        assert_eq!(names("?include_inactive=true").await, ["off", "on"], "{path}");
        assert_eq!(names("?include_inactive=false").await, ["on"], "{path}");
    }
}

#[tokio::test]
async fn invoices_come_newest_first_and_are_found_by_their_parameters() {
    let server = Server::start().await;
    let parent = server.sandbox.seed("vendors", json(r#"{"name": "Group"}"#)).unwrap();
    let child =
        server.sandbox.seed("vendors", json(&format!(r#"{{"name": "Daughter", "parent": {parent}}}"#))).unwrap();
    let other = server.sandbox.seed("vendors", json(r#"{"name": "Other"}"#)).unwrap();
    let group = server.sandbox.seed("tag_groups", json(r#"{"name": "Region"}"#)).unwrap();
    let tag = server.sandbox.seed("tags", json(&format!(r#"{{"name": "North", "group": {group}}}"#))).unwrap();
    for (number, date, client, fields) in [
        ("A", "2026-03-01", parent, r#""lines": [],"#.to_owned()),
        ("B", "2026-05-01", child, format!(r#""lines": [{{"amount": 5, "tag_ids": [{tag}]}}],"#)),
        ("C", "2026-04-01", other, r#""lines": [], "shipping_address": "12 Group Street","#.to_owned()),
    ] {
        let body = format!(
            r#"{{"invoice_number": "{number}", "client": {client}, "entity": 1, {fields}
                "invoice_date": "{date}", "due_date": "2026-06-01"}}"#
        );
        server.ok("POST", "/coa/api/v1/invoice/", &body).await;
    }
    let numbers = async |query: &str| column(&server, &format!("/coa/api/v1/invoice/{query}"), "invoice_number").await;
    assert_eq!(numbers("").await, ["B", "C", "A"]);
    assert_eq!(numbers("?limit=1&offset=1").await, ["C"]);
    assert_eq!(numbers("?sort=invoice_date").await, ["A", "C", "B"]);
    assert_eq!(numbers(&format!("?parent_client={parent}")).await, ["B", "A"]);
    assert_eq!(numbers(&format!("?client={parent}")).await, ["A"]);
    assert_eq!(numbers(&format!("?line_tag_id={tag}")).await, ["B"]);
    assert_eq!(numbers(&format!("?line_tag_group_id={group}")).await, ["B"]);
    // `q` looks in the buyer and the shipping address.
    assert_eq!(numbers("?q=group").await, ["C", "A"]);
    assert_eq!(numbers("?sentStatus=not_sent").await.len(), 3);
    assert_eq!(numbers("?sentStatus=sent").await.len(), 0);
    server.refused(501, "GET", "/coa/api/v1/invoice/?download=true", "").await;
}

#[tokio::test]
async fn ledger_lines_are_found_by_their_account_their_other_leg_and_their_tags() {
    let server = Server::start().await;
    let account = |number: u32, kind: &str, subtype: &str, parent: Option<i64>| {
        let parent = parent.map_or("null".to_owned(), |id| id.to_string());
        let record = format!(
            r#"{{"number": "{number}", "name": "{number}", "account_type": "{kind}", "account_subtype": "{subtype}", "parent": {parent}}}"#
        );
        server.sandbox.seed("accounts", json(&record)).unwrap()
    };
    let assets = account(1000, "ASSET", "OTHER_CURRENT_ASSET", None);
    let bank = account(1010, "ASSET", "BANK", Some(assets));
    let rent = account(6000, "OPERATING_EXPENSES", "EXPENSE", None);
    let sales = account(4000, "REVENUE", "INCOME", None);
    let tag = server.sandbox.seed("tags", json(r#"{"name": "North"}"#)).unwrap();
    let entry = async |date: &str, debit: i64, credit: i64, amount: u32| {
        let body = format!(
            r#"{{"date": "{date}", "entity": 1, "transactions": [
                {{"account": {debit}, "debit_amount_native": {amount}, "tag_ids": [{tag}], "department": 3}},
                {{"account": {credit}, "credit_amount_native": {amount}}}]}}"#
        );
        server.ok("POST", "/coa/api/journal_entry", &body).await;
    };
    entry("2026-02-01", bank, sales, 300).await;
    entry("2026-01-01", rent, bank, 100).await;
    let amounts =
        async |query: &str| column(&server, &format!("/coa/api/transaction?all_time=true&{query}"), "amount").await;
    // Newest first.
    assert_eq!(amounts("").await, ["300", "300", "100", "100"]);
    assert_eq!(amounts(&format!("account={assets}")).await, Vec::<String>::new());
    assert_eq!(amounts(&format!("account={assets}&account_rollup=true")).await, ["300", "100"]);
    assert_eq!(amounts(&format!("opposing_account={bank}")).await, ["300", "100"]);
    assert_eq!(amounts(&format!("opposing_account={sales}")).await, ["300"]);
    assert_eq!(amounts("opposing_account_subtype=INCOME").await, ["300"]);
    assert_eq!(amounts("revenue_or_receivables=true").await, ["300"]);
    assert_eq!(amounts("expense_or_ap=true").await, ["100"]);
    assert_eq!(amounts(&format!("tag={tag}")).await, ["300", "100"]);
    assert_eq!(amounts("no_tag=true").await, ["300", "100"]);
    assert_eq!(amounts("department=3").await.len(), 2);
    assert_eq!(amounts("department=3&department_or_unassigned=true").await.len(), 4);
    assert_eq!(amounts("categorized=false").await.len(), 0);
    assert_eq!(amounts("journal_type__nin=journal_entry").await.len(), 0);
    assert_eq!(amounts("is_reconciled=true").await.len(), 0);
    assert_eq!(amounts("is_not_reconciled=true&limit=3").await.len(), 3);
    let entries = column(&server, &format!("/coa/api/journal_entry?all_time=true&account={bank}"), "date").await;
    assert_eq!(entries, ["2026-01-01", "2026-02-01"]);
    let entries = column(&server, &format!("/coa/api/journal_entry?all_time=true&account={rent}"), "date").await;
    assert_eq!(entries, ["2026-01-01"]);
    server.refused(501, "GET", "/coa/api/transaction?group_fields=account", "").await;
}

#[tokio::test]
async fn pages_have_their_documented_size() {
    let server = Server::start().await;
    for day in 1..=60 {
        server
            .sandbox
            .seed("bills", json(&format!(r#"{{"bill_number": "{day}", "bill_date": "2026-03-01"}}"#)))
            .unwrap();
    }
    let count = async |query: &str| column(&server, &format!("/coa/api/v1/bill/{query}"), "id").await.len();
    assert_eq!((count("").await, count("?limit=55").await, count("?limit=5000").await), (50, 55, 60));
}
