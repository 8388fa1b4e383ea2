//! Requests with a consequence that the reference names and does not describe: they are refused, and nothing happens.

use campfire_sandbox::ResponseStyle;
use campfire_sandbox_model::Type;
use campfire_values::{Json, JsonObject};

use crate::bodies::{path, required, value};
use crate::support::{Reply, Server, json, model};

const CONTRACTS: &str = "/rr/api/v1/contracts";
const INVOICES: &str = "/coa/api/v1/invoice/";

impl Server {
    /// Sends a request that must be refused as not modelled, with a text that contains `names`. Nothing may change.
    async fn not_modelled(&self, method: &str, path: &str, body: &str, names: &str) {
        let before = self.sandbox.snapshot();
        let error = self.refused(501, method, path, body).await;
        let detail = error["detail"].as_str().unwrap();
        assert!(detail.contains("not modelled by the sandbox") && detail.contains(names), "{detail}");
        assert_eq!(self.sandbox.snapshot()["records"], before["records"], "{method} {path} has changed something");
    }

    /// Uploads a file with parameters.
    pub(crate) async fn upload(&self, query: &str) -> Reply {
        let part = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\na\r\n--b--\r\n";
        let media = "multipart/form-data; boundary=b";
        self.call_as("POST", &format!("/ca/api/file/upload?{query}"), media, part.into()).await
    }

    async fn create(&self, path: &str, body: &str) -> i64 {
        self.ok("POST", path, body).await["id"].as_i64().unwrap()
    }
}

fn invoice(fields: &str) -> String {
    format!(
        r#"{{"entity": 1, "invoice_date": "2026-03-01", "due_date": "2026-03-31", "lines": [{{"amount": 100}}]{fields}}}"#
    )
}

#[tokio::test]
async fn a_field_that_is_not_modelled_is_refused_by_every_operation_that_takes_it() {
    let server = Server::start().await;
    let mut refused = 0;
    for operation in &model().operations {
        let Some(Type::Object(schema)) = operation.body.as_ref().map(|body| &body.ty) else { continue };
        let fields = model().schemas[schema].iter().filter(|field| field.unmodelled.is_some() && !field.read_only);
        for field in fields {
            let mut body = required(schema);
            let set = if let Type::List(_) = field.ty { json("[1]") } else { value(field, &field.ty) };
            body.insert(field.name.clone(), set);
            let body = Json::Object(body).to_string();
            server
                .not_modelled(&operation.method, &path(&operation.path, 1), &body, &format!("`{}`", field.name))
                .await;
            refused += 1;
        }
    }
    assert!(refused > 30, "only {refused} requests were refused");
}

#[tokio::test]
async fn a_field_within_a_list_is_refused_as_well() {
    let server = Server::start().await;
    let body = format!(r#"{{"invoices": [{}]}}"#, invoice(r#", "use_stripe_auto_bill": true"#));
    server.not_modelled("POST", &format!("{INVOICES}bulk-create"), &body, "`use_stripe_auto_bill`").await;
}

#[tokio::test]
async fn what_a_record_already_has_may_be_sent_back() {
    let server = Server::start().await;
    let settings = r#"{"id": 1, "split_invoice_payments_by_line": true, "mid_month_threshold": 15}"#;
    server.sandbox.seed("account_settings", json(settings)).unwrap();
    let path = "/coa/api/chart-account-settings";
    let operation = model().operations.iter().find(|operation| operation.id == "account_settings.update").unwrap();
    assert_eq!(operation.path, path);
    let both = r#"{"split_invoice_payments_by_line": true, "mid_month_threshold": 20}"#;
    assert_eq!(server.ok("PATCH", path, both).await["mid_month_threshold"], json("20"));
    server.ok("PATCH", path, r#"{"split_invoice_payments_by_line": false}"#).await;
    server.not_modelled("PATCH", path, both, "`split_invoice_payments_by_line`").await;
}

#[tokio::test]
async fn with_allow_unmodelled_a_refused_request_gets_a_canned_response_and_does_nothing() {
    let server = Server::lenient(ResponseStyle::Documented).await;
    for (path, body) in
        [(INVOICES, invoice(r#", "use_stripe_auto_bill": true"#)), (CONTRACTS, r#"{"is_evergreen": true}"#.to_owned())]
    {
        let reply = server.call("POST", path, &body).await;
        assert_eq!((reply.status, &reply.headers["x-sandbox"]), (201, &"canned".parse().unwrap()));
    }
    assert_eq!((server.sandbox.count("invoices"), server.sandbox.count("contracts")), (0, 0));
}

#[tokio::test]
async fn an_evergreen_contract_is_created_only_without_its_invoices() {
    let server = Server::start().await;
    let evergreen = r#"{"is_evergreen": true, "billing_frequency": "monthly"}"#;
    server.not_modelled("POST", CONTRACTS, evergreen, "`skip_evergreen_invoice_generation: true`").await;
    // The flag is fixed at creation.
    let standard = server.create(CONTRACTS, r#"{"deal_name": "A"}"#).await;
    let path = format!("{CONTRACTS}/{standard}");
    server.not_modelled("PATCH", &path, r#"{"is_evergreen": true}"#, "invoices").await;
    let both = r#"{"is_evergreen": true, "skip_evergreen_invoice_generation": true}"#;
    server.not_modelled("PATCH", &path, both, "`skip_evergreen_invoice_generation`").await;
    let silent = server.create(CONTRACTS, both).await;
    let path = format!("{CONTRACTS}/{silent}");
    server.ok("PATCH", &path, r#"{"deal_name": "B", "is_evergreen": true}"#).await;
    let shown = server.ok("GET", &path, "").await;
    server.ok("PUT", &path, &shown.to_string()).await;
    let off = r#"{"skip_evergreen_invoice_generation": false}"#;
    server.not_modelled("PATCH", &path, off, "fixed at creation").await;
    // A test may add any contract.
    server.sandbox.seed("contracts", json(r#"{"id": 900, "is_evergreen": true}"#)).unwrap();
    server.ok("PATCH", &format!("{CONTRACTS}/900"), r#"{"deal_name": "C"}"#).await;
}

#[tokio::test]
async fn a_contract_does_not_begin_to_renew_itself() {
    let server = Server::start().await;
    server.not_modelled("POST", CONTRACTS, r#"{"auto_renew": true}"#, "`auto_renew`").await;
    let contract = server.create(CONTRACTS, r#"{"auto_renew": false, "auto_renew_duration": 12}"#).await;
    let path = format!("{CONTRACTS}/{contract}");
    server.not_modelled("PATCH", &path, r#"{"auto_renew": true}"#, "what a renewal extends").await;
    server.sandbox.seed("contracts", json(r#"{"id": 900, "auto_renew": true}"#)).unwrap();
    server.ok("PATCH", &format!("{CONTRACTS}/900"), r#"{"deal_name": "C"}"#).await;
}

#[tokio::test]
async fn a_contract_has_bundles_or_posted_invoices() {
    let server = Server::start().await;
    let product = server.create("/rr/api/v1/product", r#"{"product_name": "Seats"}"#).await;
    let contract = server.create(CONTRACTS, "{}").await;
    let bundles = format!("{CONTRACTS}/{contract}/bundles");
    let bundle = format!(
        r#"{{"contract": {contract}, "bundle_name": "B", "start_date": "2026-01-01", "end_date": "2026-12-31",
            "lines": [{{"product": {product}, "amount": 100}}]}}"#
    );
    let of_contract = |fields: &str| invoice(&format!(r#", "contract": {contract}{fields}"#));
    // Without invoices, there is nothing to rebalance.
    let first = server.create(&bundles, &bundle).await;
    let path = format!("{bundles}/{first}");
    server.ok("PATCH", &path, r#"{"bundle_name": "C"}"#).await;
    server.not_modelled("POST", INVOICES, &of_contract(""), "has a bundle").await;
    let draft = server.create(INVOICES, &of_contract(r#", "payment_status": "draft""#)).await;
    let draft = format!("{INVOICES}{draft}/");
    server.not_modelled("PATCH", &draft, r#"{"payment_status": "open"}"#, "has a bundle").await;
    server.ok("POST", INVOICES, &invoice("")).await;
    server.ok("DELETE", &path, "").await;
    server.ok("PATCH", &draft, r#"{"payment_status": "open"}"#).await;

    server.not_modelled("POST", &bundles, &bundle, "posted invoices").await;
    server.ok("POST", &format!("{draft}void/"), r#"{"void_date": "2026-03-02"}"#).await;
    server.ok("POST", &bundles, &bundle).await;
    server.not_modelled("POST", &format!("{draft}reopen/"), "", "has a bundle").await;
    let seeded = r#"{"id": 900, "contract": 901, "bundle_name": "S", "start_date": "2026-01-01"}"#;
    server.sandbox.seed("contracts", json(r#"{"id": 901}"#)).unwrap();
    server.ok("POST", INVOICES, &invoice(r#", "contract": 901"#)).await;
    let mut seeded: JsonObject = json(seeded).as_object().unwrap().clone();
    seeded.insert("contract_id".into(), Json::from(901));
    server.sandbox.seed("contracts.bundles", Json::Object(seeded)).unwrap();
    server.not_modelled("DELETE", &format!("{CONTRACTS}/901/bundles/900"), "", "posted invoices").await;
}

#[tokio::test]
async fn an_invoice_whose_term_has_a_discount_is_not_paid() {
    let server = Server::start().await;
    let term = |id: i64, fields: &str| json(&format!(r#"{{"id": {id}, "name": "T", "due_in_days": 30{fields}}}"#));
    server.sandbox.seed("payment_terms", term(1, r#", "discount_percentage": "2.00", "discount_days": 10"#)).unwrap();
    server.sandbox.seed("payment_terms", term(2, r#", "discount_percentage": "0.00""#)).unwrap();
    let bank = server.account("1000", "ASSET", r#", "account_subtype": "BANK""#).await;
    let counter = server.account("9999", "EQUITY", "").await;
    let entry = format!(
        r#"{{"date": "2026-03-05", "entity": 1, "transactions": [{{"account": {bank}, "debit_amount_native": 100}},
            {{"account": {counter}, "credit_amount_native": 100}}]}}"#
    );
    let entry = server.ok("POST", "/coa/api/journal_entry", &entry).await;
    let incoming = entry["transactions"][1]["id"].to_string();
    let manual = |amount: i64| {
        format!(
            r#"{{"empty_transactions": [{{"account_id": {bank}, "account_name": "Bank", "amount": {amount},
                "payment_date": "2026-03-06"}}]}}"#
        )
    };
    for (term, is_refused) in [(1, true), (2, false)] {
        let id = server.create(INVOICES, &invoice(&format!(r#", "payment_term": {term}"#))).await;
        let bulk = format!(r#"{{"transaction_id": {incoming}, "invoice_ids": [{id}]}}"#);
        for (path, body) in [
            (format!("{INVOICES}{id}/default-payment"), r#"{"posted_at": "2026-03-06"}"#.to_owned()),
            (format!("{INVOICES}{id}/calculate-payment"), manual(40)),
            (format!("{INVOICES}{id}/pay/"), manual(40)),
            (format!("{INVOICES}bulk-apply-payment"), bulk),
        ] {
            match is_refused {
                true => server.not_modelled("POST", &path, &body, "payment term has `discount_").await,
                false => drop(server.ok("POST", &path, &body).await),
            }
        }
    }
}

#[tokio::test]
async fn a_statement_is_not_attached_to_a_reconciliation() {
    let server = Server::start().await;
    server.sandbox.seed("reconciliations", json(r#"{"id": 5, "account": 1}"#)).unwrap();
    let upload = async |query: &str| server.upload(&format!("model=reconciliation_report{query}")).await;
    let refused = upload("&object_id=5").await;
    assert_eq!(refused.status, 501, "{}", refused.body);
    assert!(refused.body["detail"].as_str().unwrap().contains("`unmatched_statement_transactions`"));
    assert_eq!(server.sandbox.count("files"), 0);
    let loose = upload("").await.body["id"].to_string();
    server.not_modelled("PATCH", &format!("/ca/api/file/{loose}"), r#"{"object_id": 5}"#, "statement").await;
    server.ok("PATCH", &format!("/ca/api/file/{loose}"), r#"{"name": "march.pdf"}"#).await;
}

#[tokio::test]
async fn a_discount_that_the_rates_do_not_contain_is_refused() {
    let server = Server::start().await;
    let contract = server.create(CONTRACTS, "{}").await;
    let path = format!("{CONTRACTS}/{contract}/subscriptions");
    let body = |fields: &str| format!(r#"{{"contract": {contract}, "start_date": "2026-01-01", "lines": []{fields}}}"#);
    server.not_modelled("POST", &path, &body(r#", "discount": "5.00""#), "`rates_are_net: true`").await;
    server.ok("POST", &path, &body(r#", "discount": "0.00""#)).await;
    let net = server.create(&path, &body(r#", "discount": "5.00", "rates_are_net": true"#)).await;
    server.not_modelled("PATCH", &format!("{path}/{net}"), r#"{"rates_are_net": false}"#, "discount").await;
}

#[tokio::test]
async fn use_beyond_a_commit_is_refused_if_it_would_be_invoiced() {
    let server = Server::start().await;
    let contract = server.create(CONTRACTS, "{}").await;
    let path = format!("{CONTRACTS}/{contract}/prepaid-commits");
    let body = format!(
        r#"{{"contract": {contract}, "name": "Pool", "total_value": 100, "start_date": "2026-01-01",
            "expiration_date": "2099-12-31", "overage_invoice_cadence": "monthly"}}"#
    );
    let path = format!("{path}/{}/consumption", server.create(&path, &body).await);
    let used = |month: &str, amount: i64| format!(r#"{{"period_month": "{month}", "gross_usage_amount": {amount}}}"#);
    server.ok("POST", &path, &used("2026-01-01", 100)).await;
    server.not_modelled("POST", &path, &used("2026-02-01", 1), "`overage_invoice_cadence`").await;
}

#[tokio::test]
async fn lines_may_be_sent_back_with_what_they_have() {
    let server = Server::start().await;
    server.sandbox.seed("withholding_tax_rates", json(r#"{"id": 3, "name": "W"}"#)).unwrap();
    let line = r#"{"id": 700, "amount": 100, "withholding_tax_rate": 3}"#;
    let record = format!(
        r#"{{"id": 900, "invoice_date": "2026-03-01", "due_date": "2026-03-31", "payment_status": "draft", "lines": [{line}]}}"#
    );
    let id = server.sandbox.seed("invoices", json(&record)).unwrap();
    let path = format!("{INVOICES}{id}/");
    let shown = server.ok("GET", &path, "").await;
    assert_eq!(shown["lines"][0]["withholding_tax_rate"], json("3"));
    server.ok("PUT", &path, &shown.to_string()).await;
    let other = r#"{"lines": [{"amount": 100, "withholding_tax_rate": 3}]}"#;
    server.not_modelled("PATCH", &path, other, "`withholding_tax_rate`").await;
}
