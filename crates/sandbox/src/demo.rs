//! A made-up company with a year of business, of any size; what is posted goes through the books as any call does.

use std::time::Duration;

use chrono::Days;

use super::ResponseStyle;
use super::accounting::Books;
use super::accounting::document::Documents;
use super::api::{self, Reply};
use super::model::Model;
use super::store::Store;
use campfire_values::{Date, Decimal, Json, JsonObject};

/// How large the made-up company is, and which dice made it.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use campfire::sandbox::{Demo, Sandbox};
///
/// let sandbox = Sandbox::start().await?;
/// sandbox.demo(&Demo::default().rows(500).seed(7))?;
/// assert!(sandbox.count("transactions") >= 500);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Demo {
    rows: usize,
    seed: u64,
}

impl Default for Demo {
    fn default() -> Self {
        Demo { rows: 1_000, seed: 1 }
    }
}

impl Demo {
    /// At least so many lines in the ledger, from 10 to 1,000,000 and more. Default: 1,000.
    pub fn rows(mut self, rows: usize) -> Self {
        self.rows = rows.max(10);
        self
    }

    /// The same seed makes the same company on the same day. Default: 1.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }
}

const ACCOUNTS: [(&str, &str, &str, &str); 14] = [
    ("1000", "Checking", "ASSET", "BANK"),
    ("1010", "Payroll Account", "ASSET", "BANK"),
    ("1200", "Accounts Receivable", "ASSET", "ACCOUNTS_RECEIVABLE"),
    ("1300", "Prepaid Expenses", "ASSET", "PREPAID"),
    ("1500", "Equipment", "ASSET", "FIXED_ASSET"),
    ("2000", "Accounts Payable", "LIABILITY", "ACCOUNTS_PAYABLE"),
    ("2100", "Deferred Revenue", "LIABILITY", "DEFERRED_REVENUE"),
    ("3000", "Common Stock", "EQUITY", "EQUITY"),
    ("4000", "Subscriptions", "REVENUE", "INCOME"),
    ("4100", "Services", "REVENUE", "INCOME"),
    ("5000", "Hosting", "COGS", "COST_OF_GOODS_SOLD"),
    ("6000", "Salaries", "OPERATING_EXPENSES", "EXPENSE"),
    ("6100", "Rent", "OPERATING_EXPENSES", "EXPENSE"),
    ("6200", "Marketing", "OPERATING_EXPENSES", "EXPENSE"),
];
const DEPARTMENTS: [&str; 4] = ["Engineering", "Sales", "Operations", "Finance"];
const WORDS: [&str; 12] =
    ["Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Hazel", "Juniper", "Larch", "Maple", "Oak", "Rowan"];
const TRADES: [&str; 8] = ["Foods", "Labs", "Freight", "Textiles", "Energy", "Studios", "Optics", "Mills"];

struct Company {
    dice: fastrand::Rng,
    entities: Vec<i64>,
    accounts: Vec<i64>,
    departments: Vec<i64>,
    customers: Vec<i64>,
    suppliers: Vec<i64>,
    products: Vec<i64>,
    contracts: Vec<i64>,
}

/// Makes the company.
pub(crate) fn fill(demo: &Demo, model: &'static Model, store: &mut Store) -> Result<(), Reply> {
    let before = store.pinned;
    let outcome = make(demo, &mut Books { model, store, style: ResponseStyle::Observed });
    store.pinned = before;
    outcome
}

fn make(demo: &Demo, books: &mut Books<'_>) -> Result<(), Reply> {
    const YEAR: u64 = 365;
    let today = books.store.today();
    let first_day = today - Days::new(YEAR);
    pin(books, first_day);
    let mut company = found(demo, books, first_day)?;
    let start = books.store.len("transactions");
    let wanted = start + demo.rows;
    // Documents spread evenly over the year, so far as can be said before their lines are drawn.
    let mut posted = start;
    // Without their area, documents have no lines to post: the ledger alone grows.
    let (sells, buys) = (books.model.document("invoices").is_some(), books.model.document("bills").is_some());
    while posted < wanted {
        let passed = (posted - start) as u64 * YEAR / demo.rows.max(1) as u64;
        let day = first_day + Days::new(passed.min(YEAR - 1));
        pin(books, day);
        match company.dice.u8(0..10) {
            0..4 if sells => company.sell(books, day)?,
            4..7 if buys => company.buy(books, day)?,
            _ => company.book(books, day)?,
        }
        posted = books.store.len("transactions");
    }
    Ok(())
}

/// What happens, happens at noon of that day.
fn pin(books: &mut Books<'_>, day: Date) {
    let midnight = day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp();
    books.store.pinned = Some(midnight + i64::try_from(Duration::from_secs(12 * 3_600).as_secs()).unwrap_or(0));
}

fn object<const N: usize>(members: [(&str, Json); N]) -> JsonObject {
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn create(books: &mut Books<'_>, resource: &str, body: &JsonObject) -> Result<i64, Reply> {
    let id = api::insert(books.model, books.store, resource, body, &[]);
    books.created(resource, id, body)?;
    Ok(id)
}

fn child(books: &mut Books<'_>, resource: &str, contract: i64, body: &JsonObject) -> Result<i64, Reply> {
    let id = api::insert(books.model, books.store, resource, body, &[("contract_id", contract)]);
    books.created(resource, id, body)?;
    Ok(id)
}

fn found(demo: &Demo, books: &mut Books<'_>, day: Date) -> Result<Company, Reply> {
    let mut dice = fastrand::Rng::with_seed(demo.seed);
    let text = |text: &str| Json::from(text);
    let mut entities = Vec::new();
    for (name, currency) in [("Campfire Demo Inc.", "USD"), ("Campfire Demo GmbH", "EUR")] {
        let body = object([("name", text(name)), ("currency", text(currency)), ("status", text("ACTIVE"))]);
        entities.push(create(books, "entities", &body)?);
    }
    let mut accounts = Vec::new();
    for (number, name, account_type, subtype) in ACCOUNTS {
        let body = object([
            ("number", text(number)),
            ("name", text(name)),
            ("account_type", text(account_type)),
            ("account_subtype", text(subtype)),
            ("currency", text("USD")),
            ("status", text("ACTIVE")),
        ]);
        accounts.push(create(books, "accounts", &body)?);
    }
    let mut departments = Vec::new();
    for name in DEPARTMENTS {
        departments.push(create(books, "departments", &object([("name", text(name))]))?);
    }
    let parties = (demo.rows / 50).clamp(2, 400);
    let mut party = |books: &mut Books<'_>, kind: &str| -> Result<i64, Reply> {
        let (word, trade) = (WORDS[dice.usize(..WORDS.len())], TRADES[dice.usize(..TRADES.len())]);
        let name = format!("{word} {trade} {}", dice.u16(100..1_000));
        create(
            books,
            "vendors",
            &object([("name", text(&name)), ("vendor_type", text(kind)), ("currency", text("USD"))]),
        )
    };
    let customers = (0..parties).map(|_| party(books, "customer")).collect::<Result<Vec<_>, _>>()?;
    let suppliers = (0..parties).map(|_| party(books, "vendor")).collect::<Result<Vec<_>, _>>()?;
    let mut products = Vec::new();
    for (name, account) in [("Platform", 8), ("Seats", 8), ("Onboarding", 9), ("Consulting", 9)] {
        let body = object([
            ("product_name", text(name)),
            ("product_id", text(&name.to_uppercase())),
            ("revenue_account", Json::from(accounts[account])),
            ("currency", text("USD")),
        ]);
        products.push(create(books, "products", &body)?);
    }
    let mut contracts = Vec::new();
    for client in customers.iter().take(100) {
        let monthly = Decimal::new(dice.i64(100..5_000) * 100, 2);
        let contract = create(
            books,
            "contracts",
            &object([
                ("deal_name", text(&format!("{} {}", WORDS[dice.usize(..WORDS.len())], dice.u16(100..1_000)))),
                ("client", Json::from(*client)),
                ("entity", Json::from(entities[0])),
                ("currency", text("USD")),
                ("contract_start_date", text(&day.to_string())),
                ("contract_end_date", text(&(day + Days::new(364)).to_string())),
            ]),
        )?;
        let yearly = monthly.checked_mul(Decimal::new(12, 0)).unwrap_or(monthly);
        let line = object([
            ("start_date", text(&day.to_string())),
            ("end_date", text(&(day + Days::new(364)).to_string())),
            ("mrr", Json::from(monthly)),
            ("total_value", Json::from(yearly)),
        ]);
        let product = Json::from(products[0]);
        let subscription = object([
            ("product", product.clone()),
            ("start_date", text(&day.to_string())),
            ("mrr", Json::from(monthly)),
            ("lines", Json::Array(vec![Json::Object(line)])),
        ]);
        child(books, "contracts.subscriptions", contract, &subscription)?;
        child(books, "contracts.usage", contract, &object([("product", product)]))?;
        contracts.push(contract);
    }
    let mut company = Company { dice, entities, accounts, departments, customers, suppliers, products, contracts };
    let capital = Decimal::new(50_000_000, 2);
    company.entry(books, day, "Founding capital", 0, 7, capital)?;
    Ok(company)
}

impl Company {
    fn pick(&mut self, from: &[i64]) -> Json {
        Json::from(from[self.dice.usize(..from.len())])
    }

    fn amount(&mut self) -> Decimal {
        Decimal::new(self.dice.i64(1_000..500_000), 2)
    }

    fn common(&mut self, day: Date, date: &str) -> JsonObject {
        // Most of the business is done by the first entity, in its own currency.
        object([
            ("entity", Json::from(self.entities[0])),
            ("currency", Json::from("USD")),
            (date, Json::from(day.to_string().as_str())),
            ("due_date", Json::from((day + Days::new(30)).to_string().as_str())),
        ])
    }

    fn sell(&mut self, books: &mut Books<'_>, day: Date) -> Result<(), Reply> {
        let customer = self.dice.usize(..self.customers.len());
        let mut body = self.common(day, "invoice_date");
        body.insert("client".to_owned(), Json::from(self.customers[customer]));
        if let Some(contract) = self.contracts.get(customer) {
            body.insert("contract".to_owned(), Json::from(*contract));
        }
        let lines = (0..self.dice.usize(1..4)).map(|_| {
            let (quantity, rate) = (Decimal::new(self.dice.i64(1..20), 0), Decimal::new(self.dice.i64(500..90_000), 2));
            let products = self.products.clone();
            Json::Object(object([
                ("product", self.pick(&products)),
                ("quantity", Json::from(quantity)),
                ("rate", Json::from(rate)),
                ("amount", Json::from(quantity.checked_mul(rate).unwrap_or(rate))),
            ]))
        });
        let lines = Json::Array(lines.collect());
        body.insert("lines".to_owned(), lines);
        let invoice = create(books, "invoices", &body)?;
        self.settle(books, campfire_sandbox_model::DocumentKind::Invoice, invoice, day)
    }

    fn buy(&mut self, books: &mut Books<'_>, day: Date) -> Result<(), Reply> {
        let mut body = self.common(day, "bill_date");
        let suppliers = self.suppliers.clone();
        body.insert("vendor".to_owned(), self.pick(&suppliers));
        let number = format!("R-{:06}", self.dice.u32(0..1_000_000));
        body.insert("bill_number".to_owned(), Json::from(number.as_str()));
        let lines = (0..self.dice.usize(1..4)).map(|_| {
            let expenses = self.accounts[10..].to_vec();
            let departments = self.departments.clone();
            let amount = self.amount();
            let tax = if self.dice.bool() { Decimal::ZERO } else { Decimal::new(self.dice.i64(100..9_000), 2) };
            Json::Object(object([
                ("account", self.pick(&expenses)),
                ("department", self.pick(&departments)),
                ("amount", Json::from(amount)),
                ("tax", Json::from(tax)),
            ]))
        });
        let lines = Json::Array(lines.collect());
        body.insert("lines".to_owned(), lines);
        let bill = create(books, "bills", &body)?;
        self.settle(books, campfire_sandbox_model::DocumentKind::Bill, bill, day)
    }

    /// Most documents are paid in full, some in part, some not yet.
    fn settle(
        &mut self,
        books: &mut Books<'_>,
        kind: campfire_sandbox_model::DocumentKind,
        id: i64,
        day: Date,
    ) -> Result<(), Reply> {
        let due = books.amount(kind.form().resource, id, kind.form().open_amount);
        let amount = match self.dice.u8(0..10) {
            0..6 => due,
            6 => due.checked_mul(Decimal::new(5, 1)).unwrap_or(due),
            _ => return Ok(()),
        };
        let payment = object([
            ("account_id", Json::from(self.accounts[0])),
            ("account_name", Json::from("Checking")),
            ("amount", Json::from(amount)),
            ("payment_date", Json::from(day.to_string().as_str())),
        ]);
        let body = object([("empty_transactions", Json::Array(vec![Json::Object(payment)]))]);
        super::accounting::payment::pay(books, kind, id, &body).map(|_| ())
    }

    fn book(&mut self, books: &mut Books<'_>, day: Date) -> Result<(), Reply> {
        let (memo, debit, credit) = match self.dice.u8(0..3) {
            0 => ("Payroll", 11, 1),
            1 => ("Rent", 12, 0),
            _ => ("Transfer to payroll", 1, 0),
        };
        let amount = self.amount();
        self.entry(books, day, memo, debit, credit, amount)
    }

    fn entry(
        &mut self,
        books: &mut Books<'_>,
        day: Date,
        memo: &str,
        debit: usize,
        credit: usize,
        amount: Decimal,
    ) -> Result<(), Reply> {
        let departments = self.departments.clone();
        let line = |account: i64, side: &str, department: Json| {
            let amount = Json::from(amount);
            Json::Object(object([("account", Json::from(account)), (side, amount), ("department", department)]))
        };
        let department = self.pick(&departments);
        let lines = vec![
            line(self.accounts[debit], "debit_amount_native", department.clone()),
            line(self.accounts[credit], "credit_amount_native", department),
        ];
        let body = object([
            ("date", Json::from(day.to_string().as_str())),
            ("memo", Json::from(memo)),
            ("entity", Json::from(self.entities[0])),
            ("transactions", Json::Array(lines)),
        ]);
        // Where the ledger is not compiled, its entries are kept all the same.
        let id = api::insert(books.model, books.store, super::accounting::JOURNALS, &body, &[]);
        super::accounting::journal::created(books, id, &body)
    }
}
