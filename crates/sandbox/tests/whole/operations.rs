//! What each operation does, found out by calling it and comparing the state. The table in `docs/sandbox.md` is written
//! from this: run the test with `UPDATE_DOCS=1` after a change.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::PathBuf;
use std::time::Duration;
use std::{env, fs};

use campfire_sandbox::ResponseStyle;
use campfire_sandbox_model::{Operation, Type};
use campfire_values::Json;

use crate::bodies::{path, required, sent};
use crate::consequences;
use crate::support::{Server, json, model};

/// The lines around the table.
const MARKERS: [&str; 2] = ["<!-- operations: begin -->\n", "<!-- operations: end -->\n"];

/// The most operations that may be refused as a whole. Refuse the field or the state that asks for what is not documented instead.
const MOST_UNMODELLED: usize = 30;

/// What an operation turned out to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    /// It reads the state, or changes more than a record of its own.
    Real,
    /// It writes a record of its own, and nothing follows from that.
    Stored,
    /// It is refused, because the company of the sandbox lacks what it needs.
    Refused,
    /// It does nothing, and says so.
    Unmodelled,
}

/// Documents and transactions that the calls below act on, with ids from 1.
struct Scene {
    server: Server,
    invoice: i64,
    bill: i64,
    credit_memo: i64,
    debit_memo: i64,
    incoming: i64,
    outgoing: i64,
    /// The entry of the outgoing transaction.
    entry: i64,
}

impl Scene {
    async fn new() -> Self {
        let server = Server::lenient(ResponseStyle::Documented).await;
        // Whether a second passes must not decide what counts as changed.
        server.sandbox.freeze(true);
        let create = async |path: &str, fields: &str| {
            let body = format!(r#"{{"entity": 1, "lines": [{{"account": 4000, "amount": 50}}], {fields}}}"#);
            server.ok("POST", path, &body).await["id"].as_i64().unwrap()
        };
        let dates = |name: &str| format!(r#""{name}_date": "2026-03-01", "due_date": "2026-03-31""#);
        let invoice = create("/coa/api/v1/invoice/", &dates("invoice")).await;
        let bill =
            create("/coa/api/v1/bill/", &format!(r#""vendor": 7, "bill_number": "R-1", {}"#, dates("bill"))).await;
        let credit_memo = create("/coa/api/v1/credit-memo", r#""credit_memo_date": "2026-03-01""#).await;
        let debit_memo = create("/coa/api/v1/debit-memo", r#""debit_memo_date": "2026-03-01""#).await;
        let entry = async |debit: i64, credit: i64| {
            let body = format!(
                r#"{{"date": "2026-03-05", "entity": 1, "transactions": [{{"account": {debit}, "debit_amount_native": 50}},
                    {{"account": {credit}, "credit_amount_native": 50}}]}}"#
            );
            server.ok("POST", "/coa/api/journal_entry", &body).await["transactions"][1]["id"].as_i64().unwrap()
        };
        let (incoming, outgoing) = (entry(1000, 9999).await, entry(9999, 1000).await);
        let entry = server.sandbox.records("journal_entries").last().and_then(|entry| entry["id"].as_i64()).unwrap();
        Scene { entry, invoice, bill, credit_memo, debit_memo, incoming, outgoing, server }
    }

    /// Returns the id that the path of an operation acts on, and its body, if the books expect particular ones.
    fn document_call(&self, operation: &Operation) -> Option<(i64, String)> {
        let id = match operation.resource().split('.').next()? {
            "invoices" => self.invoice,
            "bills" => self.bill,
            "credit_memos" => self.credit_memo,
            "debit_memos" => self.debit_memo,
            "journal_entries" => self.entry,
            "transactions" if operation.name().ends_with("merge") => self.incoming,
            _ => return None,
        };
        let manual = r#"{"empty_transactions": [{"account_id": 1000, "account_name": "Bank", "amount": 10, "payment_date": "2026-03-20"}]}"#;
        let body = match operation.id.as_str() {
            "invoices.pay" | "bills.pay" => manual.to_owned(),
            "invoices.bulk_apply_payment" => {
                format!(r#"{{"transaction_id": {}, "invoice_ids": [{}]}}"#, self.incoming, self.invoice)
            }
            "invoices.bulk_create" => {
                r#"{"invoices": [{"entity": 1, "invoice_date": "2026-03-01", "due_date": "2026-03-20", "lines": []}]}"#
                    .into()
            }
            "credit_memos.mark_used" => self.use_of(self.outgoing),
            "debit_memos.mark_used" => self.use_of(self.incoming),
            "journal_entries.create" => r#"{"transactions": [{"account": 1, "debit_amount_native": 1},
                {"account": 2, "credit_amount_native": 1}]}"#
                .into(),
            "transactions.merge" => format!(r#"{{"transaction_ids": [{}, {}]}}"#, self.incoming, self.outgoing - 1),
            _ => self.generic_body(operation),
        };
        Some((id, body))
    }

    /// Returns the body of an operation that acts on records which are not documents, and the record that it needs.
    fn prepared_call(&self, operation: &Operation) -> Option<(String, &'static str, &'static str)> {
        let call = match operation.id.as_str() {
            "bank_accounts.import_feed" => (
                r#"{"balance": 1, "available_balance": 1, "balance_as_of_date": "2026-03-01", "transactions": [
                    {"external_transaction_id": "a", "amount": 1, "posted_at": "2026-03-01"}]}"#
                    .to_owned(),
                "bank_accounts",
                r#"{"id": 1, "chart_of_accounts_account": 1000}"#,
            ),
            "contracts.subscriptions.create" => (
                r#"{"contract": 1, "lines": [{"start_date": "2026-03-01", "end_date": "2026-03-31", "total_value": 1}]}"#
                    .to_owned(),
                "products",
                "{}",
            ),
            "contracts.prepaid_commits.consumption.create" => (
                r#"{"period_month": "2026-03-01", "gross_usage_amount": 1}"#.to_owned(),
                "products",
                "{}",
            ),
            "fixed_assets.create" => (
                r#"{"name": "A", "purchase_date": "2026-03-01", "initial_value": 1, "asset_class": 1}"#.to_owned(),
                "fixed_asset_classes",
                r#"{"id": 1, "useful_life": 1, "depreciation_expense_account": 1, "accumulated_depreciation_account": 2}"#,
            ),
            "contracts.tier_price_overrides.create" => {
                (r#"{"contract": 1, "tier": 1}"#.to_owned(), "usage_tiers", r#"{"id": 1}"#)
            }
            "custom_fields.reorder" => (r#"{"field_order": [1]}"#.to_owned(), "custom_fields", r#"{"id": 1}"#),
            "fixed_assets.automation_rules.run" => (
                "{}".to_owned(),
                "fixed_assets.automation_rules",
                r#"{"id": 1, "entity": 1, "account": 1000, "amount_threshold": 1, "asset_class": 1}"#,
            ),
            "invoices.client_statement_pdf" => (String::new(), "vendors", r#"{"id": 1, "name": "Client"}"#),
            "reconciliations.bulk_match" => (
                format!(r#"{{"pairs": [{{"transaction_id": {}, "statement_transaction_id": 5}}]}}"#, self.incoming),
                "reconciliations",
                r#"{"id": 1, "account": 9999, "unmatched_statement_transactions": [{"id": 5, "deposit": 50}]}"#,
            ),
            "transaction_matches.set_status" => {
                (r#"{"action": "reject"}"#.to_owned(), "transaction_matches", r#"{"id": 1}"#)
            }
            _ => return None,
        };
        Some(call)
    }

    fn use_of(&self, transaction: i64) -> String {
        format!(
            r#"{{"transaction_id": {transaction}, "account_id": 1000, "amount": 10, "payment_date": "2026-03-06"}}"#
        )
    }

    fn generic_body(&self, operation: &Operation) -> String {
        match operation.body.as_ref().map(|body| &body.ty) {
            Some(Type::Object(schema)) if operation.name() == "bulk_search" => {
                let lists = model().schemas[schema].iter().find(|field| matches!(field.ty, Type::List(_))).unwrap();
                let Type::List(items) = &lists.ty else { return "{}".to_owned() };
                let Type::Object(item) = &**items else { return "{}".to_owned() };
                let mut item = required(item);
                item.insert("name".to_owned(), Json::from("New"));
                format!(r#"{{"upsert": true, "{}": [{}]}}"#, lists.name, Json::Object(item))
            }
            Some(Type::Object(schema)) => Json::Object(required(schema)).to_string(),
            Some(_) => "{}".to_owned(),
            None => String::new(),
        }
    }

    /// Brings the documents into the state that an operation needs. Returns the id of the payment, if it acts on one.
    async fn prepare(&self, operation: &Operation, id: i64) -> Option<i64> {
        let base = operation.path.split('{').next()?;
        if operation.id.contains(".payments.") {
            let is_memo = operation.resource().contains("memo");
            let transaction = if operation.resource().contains("credit") { self.outgoing } else { self.incoming };
            if is_memo {
                self.server.ok("POST", &format!("{base}{id}/mark-used"), &self.use_of(transaction)).await;
            } else {
                let body = r#"{"empty_transactions": [{"account_id": 1000, "account_name": "Bank", "amount": 10, "payment_date": "2026-03-20"}]}"#;
                self.server.ok("POST", &format!("{base}{id}/pay/"), body).await;
            }
            return self.server.sandbox.records(operation.resource()).first()?["id"].as_i64();
        }
        if operation.name() == "reopen" {
            self.server.ok("POST", &format!("{base}{id}/void/"), r#"{"void_date": "2026-03-09"}"#).await;
        }
        None
    }
}

/// Calls an operation once. Returns its class, and the resources that it changed.
async fn call(operation: &Operation) -> Result<(Class, BTreeSet<String>), String> {
    let scene = Scene::new().await;
    if let Some((target, body)) = consequences::call(&scene.server, operation).await {
        return send(&scene, operation, &target, &body).await;
    }
    let (id, body) = match scene.prepared_call(operation) {
        Some((body, resource, record)) => {
            scene.server.sandbox.seed(resource, json(record)).map_err(|error| error.to_string())?;
            (1, body)
        }
        None => scene.document_call(operation).unwrap_or_else(|| (1, scene.generic_body(operation))),
    };
    let payment = scene.prepare(operation, id).await;
    let prepared = scene.prepared_call(operation).map(|(_, resource, _)| resource);
    for resource in
        [operation.resource(), "transactions", "contracts", "contracts.prepaid_commits", "budgets", "vendors"]
    {
        if prepared == Some(resource) {
            continue;
        }
        let record = r#"{"id": 1, "contract": 1, "contract_id": 1, "commit": 1, "commit_id": 1, "budget_pk": 1}"#;
        // Resources without records cannot be seeded.
        let _ = scene.server.sandbox.seed(resource, json(record));
    }
    // A change shows in the time of the last change.
    scene.server.sandbox.advance(Duration::from_secs(10));
    let mut target = match payment {
        // The last parameter is the payment.
        Some(payment) => {
            let (above, rest) = operation.path.rsplit_once('{').ok_or("no parameter")?;
            format!("{}{payment}{}", path(above, id), rest.split_once('}').ok_or("no parameter")?.1)
        }
        None => path(&operation.path, id),
    };
    if operation.id == "transactions.preview_merge" {
        write!(target, "?transaction_ids={},{}", scene.incoming, scene.outgoing - 1)
            .map_err(|error| error.to_string())?;
    }
    send(&scene, operation, &target, &body).await
}

/// Sends a call, and compares the state before and after.
async fn send(
    scene: &Scene,
    operation: &Operation,
    target: &str,
    body: &str,
) -> Result<(Class, BTreeSet<String>), String> {
    let before = scene.server.sandbox.snapshot();
    let is_upload = operation.body.as_ref().is_some_and(|body| body.multipart);
    let reply = match is_upload {
        true => {
            let part = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\na\r\n--b--\r\n";
            scene.server.call_as(&operation.method, target, "multipart/form-data; boundary=b", part.into()).await
        }
        false => scene.server.call(&operation.method, target, body).await,
    };
    let changed = changed(&before, &scene.server.sandbox.snapshot());
    if operation.refusal.as_ref().is_some_and(|refusal| refusal.status == reply.status) && changed.is_empty() {
        return Ok((Class::Refused, changed));
    }
    if !(200..300).contains(&reply.status) {
        return Err(format!("{} {target} {body}: {} {}", operation.id, reply.status, reply.body));
    }
    let canned = reply.headers.get("x-sandbox").is_some_and(|value| value == "canned");
    classify(operation, canned, changed)
}

fn classify(
    operation: &Operation,
    canned: bool,
    changed: BTreeSet<String>,
) -> Result<(Class, BTreeSet<String>), String> {
    let id = &operation.id;
    if canned != operation.unmodelled.is_some() {
        return Err(format!(
            "{id}: say with `unmodelled` in openapi/sandbox/ why an operation is not modelled, and only then"
        ));
    }
    if canned || operation.safe {
        if !changed.is_empty() {
            return Err(format!("{id} must change nothing, and changes {changed:?}"));
        }
        return Ok((if canned { Class::Unmodelled } else { Class::Real }, changed));
    }
    if changed.is_empty() {
        return Err(format!("{id} succeeds, and changes nothing"));
    }
    Ok((if changed.len() == 1 { Class::Stored } else { Class::Real }, changed))
}

/// Returns the resources whose records differ, without those that the sandbox adds to an empty chart.
fn changed(before: &Json, after: &Json) -> BTreeSet<String> {
    let records = |snapshot: &Json| snapshot["records"].as_object().cloned().unwrap_or_default();
    let (before, after) = (records(before), records(after));
    let names = before.keys().chain(after.keys());
    names.filter(|name| before.get(name) != after.get(name)).cloned().collect()
}

fn table(found: &BTreeMap<&str, (Class, BTreeSet<String>)>) -> String {
    let count = |class: Class| found.values().filter(|(found, _)| *found == class).count();
    let (real, stored) = (count(Class::Real), count(Class::Stored));
    let (refused, unmodelled) = (count(Class::Refused), count(Class::Unmodelled));
    let mut text = format!(
        "{} operations: {real} real, {stored} stored, {refused} refused, {unmodelled} not modelled.\n",
        found.len()
    );
    for (class, title, meaning) in [
        (Class::Real, "Real", "They read the state, or change the records of the resources in parentheses."),
        (Class::Stored, "Stored", "They write a record of the resource in parentheses. Nothing else follows from it."),
    ] {
        let _ = write!(text, "\n#### {title}\n\n{meaning}\n\n");
        let mut by_resource: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (id, (_, changed)) in found.iter().filter(|(_, (found, _))| *found == class) {
            let (resource, name) = id.rsplit_once('.').unwrap_or(("", id));
            let changed = changed.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            let suffix = if changed.is_empty() { String::new() } else { format!(" ({changed})") };
            by_resource.entry(resource).or_default().push(format!("`{name}`{suffix}"));
        }
        text.push_str("| resource | operations |\n| --- | --- |\n");
        for (resource, names) in by_resource {
            let _ = writeln!(text, "| `{resource}` | {} |", names.join(", "));
        }
    }
    text.push_str("\n#### Refused\n\nThe company of the sandbox lacks what they need.\n\n");
    text.push_str("| operation | response |\n| --- | --- |\n");
    let with_class = |class: Class| {
        let operations = model().operations.iter();
        operations.filter(move |operation| found.get(&*operation.id).is_some_and(|(found, _)| *found == class))
    };
    for operation in with_class(Class::Refused) {
        if let Some(refusal) = &operation.refusal {
            let _ = writeln!(text, "| `{}` | {}: {} |", operation.id, refusal.status, refusal.detail);
        }
    }
    text.push_str("\n#### Not modelled\n\nThey respond with 501 and say why.\n\n| operation | why |\n| --- | --- |\n");
    for operation in with_class(Class::Unmodelled) {
        let reason = operation.unmodelled.as_deref().unwrap_or_default();
        let _ = writeln!(text, "| `{}` | {reason} |", operation.id);
    }
    text.push_str(
        "\n#### Fields that are not modelled\n\nA request that sets one of them gets 501 and the reason.\n\n",
    );
    text.push_str("| field | why |\n| --- | --- |\n");
    for schema in sent() {
        let fields = model().schemas[schema].iter().filter(|field| !field.read_only);
        for (field, reason) in fields.filter_map(|field| Some((field, field.unmodelled.as_deref()?))) {
            let _ = writeln!(text, "| `{schema}.{}` | {reason} |", field.name);
        }
    }
    text
}

#[tokio::test]
async fn the_documented_table_says_what_each_operation_does() {
    let mut found = BTreeMap::new();
    let mut failures = Vec::new();
    for operation in &model().operations {
        match call(operation).await {
            Ok(class) => {
                found.insert(operation.id.as_str(), class);
            }
            Err(failure) => failures.push(failure),
        }
    }
    assert!(failures.is_empty(), "{} operations:\n{}", failures.len(), failures.join("\n"));
    let unmodelled = found.values().filter(|(class, _)| *class == Class::Unmodelled).count();
    assert!(unmodelled <= MOST_UNMODELLED, "{unmodelled} operations are not modelled");
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/sandbox.md");
    let text = fs::read_to_string(&file).unwrap();
    let (above, rest) = text.split_once(MARKERS[0]).unwrap();
    let (documented, below) = rest.split_once(MARKERS[1]).unwrap();
    let table = format!("\n{}\n", table(&found));
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&file, [above, MARKERS[0], &table, MARKERS[1], below].concat()).unwrap();
    } else {
        let remedy = "UPDATE_DOCS=1 cargo test -p campfire-sandbox --test whole the_documented_table";
        assert_eq!(documented, table, "update docs/sandbox.md: {remedy}");
    }
}

#[tokio::test]
async fn an_operation_that_is_not_modelled_says_so() {
    let server = Server::start().await;
    let path = "/coa/api/transaction/bulk-update";
    let error = server.refused(501, "POST", path, "{}").await;
    assert!(error["detail"].as_str().unwrap().contains("not modelled by the sandbox"), "{error}");
    let lenient = Server::lenient(ResponseStyle::Observed).await;
    let reply = lenient.call("POST", path, "{}").await;
    assert_eq!((reply.status, &reply.headers["x-sandbox"]), (200, &"canned".parse().unwrap()));
}

#[tokio::test]
async fn a_record_is_created_only_below_one_that_exists() {
    let server = Server::start().await;
    let milestone = r#"{"contract": 1, "milestone_name": "M", "milestone_date": "2026-03-01", "amount": 5}"#;
    let create = async |contract: &str| {
        server.call("POST", &format!("/rr/api/v1/contracts/{contract}/milestones"), milestone).await.status
    };
    assert_eq!(create("1").await, 404);
    assert!(server.sandbox.records("contracts.milestones").is_empty());
    let contract = server.ok("POST", "/rr/api/v1/contracts", r#"{"deal_name": "Northwind"}"#).await["id"].to_string();
    assert_eq!(create(&contract).await, 201);
}
