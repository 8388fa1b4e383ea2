//! A year of a small software company: two entities, three currencies, from the first contract to the statements of the
//! year. The figures are worked out by hand.

use std::collections::BTreeMap;

use campfire_values::{Decimal, Json, Timestamp};

use crate::laws;
use crate::support::Server;

/// Number, type, subtype, and cash flow classification of the accounts.
const CHART: [(&str, &str, &str, &str); 15] = [
    ("1000", "ASSET", "BANK", "NONE"),
    ("1010", "ASSET", "BANK", "NONE"),
    ("1100", "ASSET", "ACCOUNTS_RECEIVABLE", "OPERATING"),
    ("1400", "ASSET", "PREPAID", "OPERATING"),
    ("1500", "ASSET", "FIXED_ASSET", "INVESTING"),
    ("1590", "ASSET", "FIXED_ASSET", "OPERATING"),
    ("1700", "ASSET", "OTHER_CURRENT_ASSET", "FINANCING"),
    ("2000", "LIABILITY", "ACCOUNTS_PAYABLE", "OPERATING"),
    ("2100", "LIABILITY", "OTHER_CURRENT_LIABILITY", "OPERATING"),
    ("2700", "LIABILITY", "OTHER_CURRENT_LIABILITY", "FINANCING"),
    ("3000", "EQUITY", "EQUITY", "FINANCING"),
    ("4000", "REVENUE", "INCOME", "NONE"),
    ("6000", "OPERATING_EXPENSES", "EXPENSE", "NONE"),
    ("6100", "OPERATING_EXPENSES", "EXPENSE", "NONE"),
    ("6500", "OPERATING_EXPENSES", "EXPENSE", "NONE"),
];

struct Company {
    server: Server,
    accounts: BTreeMap<&'static str, i64>,
    us: i64,
    de: i64,
    eliminations: i64,
    supplier: i64,
}

impl Company {
    async fn found() -> Self {
        let server = Server::start().await;
        server.sandbox.freeze(true);
        server.sandbox.set_time("2026-01-01T12:00:00Z".parse().unwrap());
        let mut accounts = BTreeMap::new();
        for (number, account_type, subtype, class) in CHART {
            let fields = format!(r#", "account_subtype": "{subtype}", "account_cashflow_classification": "{class}""#);
            accounts.insert(number, server.account(number, account_type, &fields).await);
        }
        let entity = async |name: &str, currency: &str, parent: &str| {
            let body = format!(r#"{{"name": "{name}", "currency": "{currency}"{parent}}}"#);
            server.ok("POST", "/coa/api/entity", &body).await["id"].as_i64().unwrap()
        };
        let us = entity("Parent Inc", "USD", "").await;
        let below = format!(r#", "parent": {us}"#);
        let de = entity("Tochter GmbH", "EUR", &below).await;
        let eliminations = entity("Eliminations", "USD", &format!(r#"{below}, "is_elimination_entity": true"#)).await;
        let supplier = server.ok("POST", "/coa/api/vendor", r#"{"name": "Supplies"}"#).await["id"].as_i64().unwrap();
        Company { server, accounts, us, de, eliminations, supplier }
    }

    fn account(&self, number: &str) -> i64 {
        self.accounts[number]
    }

    /// Moves the clock to a day, and checks the laws there.
    async fn on(&self, day: &str) {
        let now = self.server.sandbox.time();
        let then: Timestamp = format!("{day}T12:00:00Z").parse().unwrap();
        let seconds = u64::try_from(then.unix_seconds() - now.unix_seconds()).unwrap();
        self.server.sandbox.advance(std::time::Duration::from_secs(seconds));
        laws::check(&self.server, day).await;
    }

    /// Sends a request that must succeed, checks the laws, and returns the response.
    async fn ok(&self, method: &str, path: &str, body: &str) -> Json {
        let response = self.server.ok(method, path, body).await;
        laws::check(&self.server, &format!("{method} {path} {body}")).await;
        response
    }

    /// Posts an entry of an entity: accounts with debits (positive) and credits (negative). Returns its lines.
    async fn entry(&self, entity: i64, fields: &str, lines: &[(&str, i64)]) -> Json {
        let today = self.server.sandbox.time().utc_date();
        let lines: Vec<String> = lines.iter().map(|(number, amount)| self.line(entity, number, *amount)).collect();
        let body =
            format!(r#"{{"date": "{today}", "entity": {entity}{fields}, "transactions": [{}]}}"#, lines.join(", "));
        self.ok("POST", "/coa/api/journal_entry", &body).await["transactions"].clone()
    }

    fn line(&self, entity: i64, number: &str, amount: i64) -> String {
        let side = if amount < 0 { "credit" } else { "debit" };
        format!(
            r#"{{"entity": {entity}, "account": {}, "{side}_amount_native": {}}}"#,
            self.account(number),
            amount.abs()
        )
    }

    async fn customer(&self, name: &str) -> i64 {
        let body = format!(r#"{{"name": "{name}", "vendor_type": "customer"}}"#);
        self.ok("POST", "/coa/api/vendor", &body).await["id"].as_i64().unwrap()
    }

    /// Creates an invoice of today. Returns its id.
    async fn invoice(&self, client: i64, line: &str, fields: &str) -> i64 {
        let (today, entity) = (self.server.sandbox.time().utc_date(), self.us);
        let body = format!(
            r#"{{"entity": {entity}, "client": {client}, "invoice_date": "{today}", "due_date": "{today}", "lines": [{{{line}}}]{fields}}}"#
        );
        self.ok("POST", "/coa/api/v1/invoice/", &body).await["id"].as_i64().unwrap()
    }

    /// Creates a bill of today and pays it in full. Returns its id.
    async fn paid_bill(&self, entity: i64, number: &str, amount: i64, bank: &str, fields: &str) -> i64 {
        let (today, account, supplier) = (self.server.sandbox.time().utc_date(), self.account(number), self.supplier);
        let body = format!(
            r#"{{"entity": {entity}, "vendor": {supplier}, "bill_number": "B-{number}", "bill_date": "{today}", "due_date": "{today}",
                "lines": [{{"account": {account}, "amount": {amount}}}]{fields}}}"#
        );
        let id = self.ok("POST", "/coa/api/v1/bill/", &body).await["id"].as_i64().unwrap();
        self.pay("bill", id, bank, amount, "").await;
        id
    }

    /// Pays a document today.
    async fn pay(&self, kind: &str, id: i64, bank: &str, amount: i64, fields: &str) {
        let (today, account) = (self.server.sandbox.time().utc_date(), self.account(bank));
        let body = format!(
            r#"{{"empty_transactions": [{{"account_id": {account}, "account_name": "Bank", "amount": {amount}, "payment_date": "{today}"{fields}}}]}}"#
        );
        self.ok("POST", &format!("/coa/api/v1/{kind}/{id}/pay/"), &body).await;
    }

    /// Returns the consolidated balances at the end of a day by account number, debits positive. Those that are zero are
    /// left out.
    fn balances(&self, through: &str) -> BTreeMap<String, Decimal> {
        let mut balances: BTreeMap<String, Decimal> = BTreeMap::new();
        for line in self.server.sandbox.records("transactions") {
            if line["posted_at"].as_str().unwrap() <= through {
                let name = line["account_number"].as_str().unwrap_or("none").to_owned();
                let change =
                    laws::amount(&line, "debit_amount").checked_sub(laws::amount(&line, "credit_amount")).unwrap();
                let balance = balances.entry(name).or_default();
                *balance = laws::sum([*balance, change]);
            }
        }
        balances.retain(|_, balance| !balance.is_zero());
        balances
    }

    fn assert_balances(&self, through: &str, expected: &[(&str, i64)]) {
        let expected: BTreeMap<String, Decimal> =
            expected.iter().map(|(number, amount)| ((*number).to_owned(), Decimal::new(*amount, 0))).collect();
        assert_eq!(self.balances(through), expected, "{through}");
    }
}

/// January: capital, a contract that is billed for the year, insurance, a machine, and payroll.
async fn first_quarter(company: &Company) -> (i64, i64) {
    let (us, de) = (company.us, company.de);
    company.entry(us, "", &[("1000", 100_000), ("3000", -100_000)]).await;
    let eur = r#", "currency": "EUR", "exchange_rate_book": 1, "exchange_rate": 1.10"#;
    company.entry(de, eur, &[("1010", 5_000), ("3000", -5_000)]).await;
    let acme = company.customer("Acme").await;
    let contract = contract(company, acme, "Acme 2026", 12_000, "").await;
    let billed = format!(r#", "contract": {contract}"#);
    let yearly = company.invoice(acme, r#""amount": 12000, "tax": 960"#, &billed).await;
    company.paid_bill(us, "1400", 1_200, "1000", "").await;
    company.paid_bill(us, "1500", 2_400, "1000", "").await;
    let class = format!(
        r#"{{"name": "Machines", "useful_life": 24, "asset_account": {}, "accumulated_depreciation_account": {},
            "depreciation_expense_account": {}}}"#,
        company.account("1500"),
        company.account("1590"),
        company.account("6500")
    );
    let class = company.ok("POST", "/coa/api/fixed-asset-class", &class).await["id"].clone();
    let asset = format!(
        r#"{{"name": "Press", "entity": {us}, "currency": "USD", "purchase_date": "2026-01-01", "initial_value": 2400, "asset_class": {class}}}"#
    );
    company.ok("POST", "/coa/api/fixed-asset", &asset).await;
    company.on("2026-01-15").await;
    company.pay("invoice", yearly, "1000", 5_000, "").await;
    month_end(company, "2026-01-31").await;
    // 500 more than what is due: a credit memo.
    company.pay("invoice", yearly, "1000", 8_460, "").await;
    company.assert_balances(
        "2026-01-31",
        &[
            ("1000", 100_000 + 13_460 - 1_200 - 2_400 - 2_400),
            ("1010", 5_500),
            ("1100", -500),
            ("1400", 1_100),
            ("1500", 2_400),
            ("1590", -100),
            ("2100", -600),
            ("2200", -960),
            ("2300", -11_000),
            ("3000", -105_500),
            ("4000", -1_000),
            ("6000", 100),
            ("6100", 3_000),
            ("6500", 100),
        ],
    );
    company.on("2026-02-01").await;
    let pounds = company.customer("Thames Ltd").await;
    let gbp = r#", "currency": "GBP", "exchange_rate": 1.30, "exchange_rate_book": 1.30"#;
    let foreign = company.invoice(pounds, r#""amount": 1000"#, gbp).await;
    let beta = company.customer("Beta").await;
    let doubtful = company.invoice(beta, r#""amount": 1000"#, "").await;
    company.paid_bill(de, "6000", 2_000, "1010", eur).await;
    let memo = format!(
        r#"{{"entity": {us}, "client": {beta}, "credit_memo_date": "2026-02-01", "lines": [{{"account": {}, "amount": 200}}]}}"#,
        company.account("4000")
    );
    let memo = company.ok("POST", "/coa/api/v1/credit-memo", &memo).await["id"].clone();
    let applied =
        format!(r#"{{"credit_memos": [{{"credit_memo_id": {memo}, "amount": 200, "posted_at": "2026-02-20"}}]}}"#);
    company.ok("POST", &format!("/coa/api/v1/invoice/{doubtful}/pay/"), &applied).await;
    month_end(company, "2026-02-28").await;
    company.on("2026-03-01").await;
    // 1,000 GBP were 1,300 USD and bring 1,350: a gain of 50.
    let received = r#", "currency": "USD", "amount_in_invoice_currency": 1000"#;
    company.pay("invoice", foreign, "1000", 1_350, received).await;
    (yearly, doubtful)
}

async fn contract(company: &Company, client: i64, name: &str, value: i64, fields: &str) -> i64 {
    let body = format!(r#"{{"deal_name": "{name}", "client": {client}, "entity": {}, "currency": "USD"}}"#, company.us);
    let id = company.ok("POST", "/rr/api/v1/contracts", &body).await["id"].as_i64().unwrap();
    let subscription = format!(
        r#"{{"contract": {id}, "lines": [{{"start_date": "2026-01-01", "end_date": "2026-12-31", "total_value": {value}}}]{fields}}}"#
    );
    company.ok("POST", &format!("/rr/api/v1/contracts/{id}/subscriptions"), &subscription).await;
    id
}

/// Pays the salaries and amortizes the insurance at the end of a month. Depreciation posts itself.
async fn month_end(company: &Company, day: &str) {
    company.on(day).await;
    company.entry(company.us, "", &[("6100", 3_000), ("1000", -2_400), ("2100", -600)]).await;
    company.entry(company.us, "", &[("6000", 100), ("1400", -100)]).await;
}

/// March to June: an accrual, closed books, a refund, a contract that ends early, and an intercompany entry.
async fn second_quarter(company: &Company, yearly: i64) {
    let us = company.us;
    month_end(company, "2026-03-31").await;
    company.entry(us, r#", "reversal_date": "2026-04-01""#, &[("6000", 700), ("2100", -700)]).await;
    company.server.sandbox.close_books(Some("2026-03-31".parse().unwrap()));
    company
        .server
        .refused(400, "PATCH", &format!("/coa/api/v1/invoice/{yearly}/"), r#"{"invoice_date": "2026-01-02"}"#)
        .await;
    company.on("2026-04-15").await;
    company.paid_bill(us, "6000", 700, "1000", "").await;
    // The bank pays the surplus of January back.
    let lines = company.entry(us, "", &[("6000", 500), ("1000", -500)]).await;
    let memo = company.server.sandbox.records("credit_memos");
    let memo = memo.iter().find(|memo| laws::amount(memo, "amount_remaining") == Decimal::new(500, 0)).unwrap();
    let used = format!(
        r#"{{"transaction_id": {}, "account_id": {}, "amount": 500, "payment_date": "2026-04-15"}}"#,
        lines[0]["id"],
        company.account("1100")
    );
    company.ok("POST", &format!("/coa/api/v1/credit-memo/{}/mark-used", memo["id"]), &used).await;
    let gamma = company.customer("Gamma").await;
    // The first quarter is closed, so what is already earned is booked on the day of signing.
    let catch_up = r#", "use_catchup": true, "catchup_date": "2026-04-15""#;
    let ending = contract(company, gamma, "Gamma 2026", 2_400, catch_up).await;
    for day in ["2026-04-30", "2026-05-31", "2026-06-30"] {
        month_end(company, day).await;
    }
    company
        .ok("POST", &format!("/rr/api/v1/contracts/{ending}/terminate"), r#"{"termination_date": "2026-06-30"}"#)
        .await;
    // Six months are earned, and nothing is billed.
    assert_eq!(company.balances("2026-06-30").get("1250"), Some(&Decimal::new(1_200, 0)));
    let (us_lines, de_lines) = (
        [company.line(us, "1700", 550), company.line(us, "1000", -550)],
        [company.line(company.de, "6000", 500), company.line(company.de, "2700", -500)]
            .map(|line| line.replace('{', r#"{"currency": "EUR", "#)),
    );
    let entry = format!(
        r#"{{"date": "2026-06-30", "currency": "USD", "transactions": [{}, {}], "exchange_rates": [
            {{"entity": {}, "originating_currency": "EUR", "target_currency": "USD", "exchange_rate": 1.10}}]}}"#,
        us_lines.join(", "),
        de_lines.join(", "),
        company.de
    );
    company.ok("POST", "/coa/api/intercompany-journal-entry", &entry).await;
    company.on("2026-07-01").await;
    let billed = format!(r#", "contract": {ending}"#);
    let last = company.invoice(gamma, r#""amount": 1200"#, &billed).await;
    assert_eq!(company.balances("2026-07-01").get("1250"), None);
    company.pay("invoice", last, "1000", 1_200, "").await;
}

/// July to December: the write-off, the payroll taxes, and the elimination.
async fn second_half(company: &Company, doubtful: i64) {
    for day in ["2026-07-31", "2026-08-31", "2026-09-30", "2026-10-31", "2026-11-30", "2026-12-31"] {
        month_end(company, day).await;
    }
    // The invoice is dated in the closed quarter, so the books are opened to change it.
    company.server.sandbox.close_books(None);
    let written_off = r#"{"payment_status": "uncollectible", "uncollectible_date": "2026-12-31"}"#;
    company.ok("PATCH", &format!("/coa/api/v1/invoice/{doubtful}/"), written_off).await;
    company.entry(company.us, "", &[("2100", 7_200), ("1000", -7_200)]).await;
    company.entry(company.eliminations, r#", "type": "elimination""#, &[("2700", 550), ("1700", -550)]).await;
}

#[tokio::test]
async fn a_year_of_a_small_software_company() {
    let company = Company::found().await;
    let (yearly, doubtful) = first_quarter(&company).await;
    second_quarter(&company, yearly).await;
    second_half(&company, doubtful).await;
    company.assert_balances(
        "2026-12-31",
        &[
            // 100,000 + 13,460 + 1,350 + 1,200 came in; 1,200, 2,400, 700, 500, 550, 28,800, and 7,200 went out.
            ("1000", 74_660),
            ("1010", 3_300),
            ("1500", 2_400),
            ("1590", -1_200),
            ("2200", -960),
            ("3000", -105_500),
            // 12,000 and 1,200 of contracts, 1,300 in pounds, and 1,000 less a memo of 200.
            ("4000", -15_300),
            // Insurance 1,200, software 2,200, rent 700, and 550 through the parent.
            ("6000", 4_650),
            ("6100", 36_000),
            ("6500", 1_200),
            ("6900", 800),
            ("7900", -50),
        ],
    );
    let dates = "start_date=2026-01-01&end_date=2026-12-31&cadence=yearly";
    let income = company.server.ok("GET", &format!("/ca/api/get_income_statement?{dates}"), "").await;
    let net = income["income_statement"].as_array().unwrap().iter().map(|row| {
        let amount = row["2026-01-01_Total"].as_decimal().unwrap();
        if matches!(row["hierarchy"][0].as_str(), Some("REVENUE" | "OTHER_INCOME")) { amount } else { -amount }
    });
    assert_eq!(laws::sum(net), Decimal::new(-27_300, 0));
    // The year is closed into equity by the statement of the next one.
    company.on("2027-01-31").await;
    let sheet = company
        .server
        .ok("GET", "/ca/api/get_balance_sheet?start_date=2026-12-31&end_date=2026-12-31&cadence=daily", "")
        .await;
    let retained = sheet["balance_sheet"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["account_name"].as_str() == Some("Retained Earnings"));
    assert_eq!(retained.unwrap()["2026-12-31_Total"].as_decimal(), Some(Decimal::new(-27_300, 0)));
    let flow = company.server.ok("GET", &format!("/ca/api/get_cash_flow_v2?{dates}"), "").await;
    let figure = |amounts: &Json| amounts["2026-01-01"].as_decimal();
    assert_eq!(figure(&flow["ending_cash"]), Some(Decimal::new(77_960, 0)));
    assert_eq!(figure(&flow["operating"]["net_income"]), Some(Decimal::new(-27_300, 0)));
}
