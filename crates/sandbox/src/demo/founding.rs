//! Founding the demo company: its master data, contracts, and capital.

use campfire_values::{Date, Decimal, Json};
use chrono::Days;
use fastrand::Rng;

use crate::accounting::books::Books;
use crate::demo::business;
use crate::demo::company::{Company, add, body, date_json};
use crate::demo::options::Demo;
use crate::demo::random;
use crate::messages::reply::Reply;

const ENTITIES: [(&str, &str); 2] = [("Campfire Demo Inc.", "USD"), ("Campfire Demo GmbH", "EUR")];
/// Number, name, type, and subtype of each account.
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
/// Name and revenue account (its index in [`ACCOUNTS`]) of each product.
const PRODUCTS: [(&str, usize); 4] = [("Platform", 8), ("Seats", 8), ("Onboarding", 9), ("Consulting", 9)];
const MAX_CONTRACTS: usize = 100;

/// Founds the company.
pub(super) fn found(demo: &Demo, books: &mut Books<'_>, day: Date) -> Result<Company, Reply> {
    let mut random = Rng::with_seed(demo.seed);
    let entities = entities(books)?;
    let accounts = accounts(books)?;
    let departments = departments(books)?;
    let count = (demo.rows / 50).clamp(2, 400);
    let customers = parties(books, &mut random, "customer", count)?;
    let suppliers = parties(books, &mut random, "vendor", count)?;
    let products = products(books, &accounts)?;
    let mut company =
        Company { random, entities, accounts, departments, customers, suppliers, products, contracts: Vec::new() };
    for client in company.customers.clone().into_iter().take(MAX_CONTRACTS) {
        let contract = contract(&mut company, books, client, day)?;
        company.contracts.push(contract);
    }
    let capital = Decimal::new(50_000_000, 2);
    business::entry(&mut company, books, day, "Founding capital", (0, 7), capital)?;
    Ok(company)
}

fn entities(books: &mut Books<'_>) -> Result<Vec<i64>, Reply> {
    let entity = |(name, currency): (&str, &str)| {
        let entity =
            body([("name", Json::from(name)), ("currency", Json::from(currency)), ("status", Json::from("ACTIVE"))]);
        add(books, "entities", &[], &entity)
    };
    ENTITIES.into_iter().map(entity).collect()
}

fn accounts(books: &mut Books<'_>) -> Result<Vec<i64>, Reply> {
    let account = |(number, name, account_type, subtype): (&str, &str, &str, &str)| {
        let account = body([
            ("number", Json::from(number)),
            ("name", Json::from(name)),
            ("account_type", Json::from(account_type)),
            ("account_subtype", Json::from(subtype)),
            ("currency", Json::from("USD")),
            ("status", Json::from("ACTIVE")),
        ]);
        add(books, "accounts", &[], &account)
    };
    ACCOUNTS.into_iter().map(account).collect()
}

fn departments(books: &mut Books<'_>) -> Result<Vec<i64>, Reply> {
    let department = |name: &str| add(books, "departments", &[], &body([("name", Json::from(name))]));
    DEPARTMENTS.into_iter().map(department).collect()
}

fn parties(books: &mut Books<'_>, random: &mut Rng, kind: &str, count: usize) -> Result<Vec<i64>, Reply> {
    let party = |_| {
        let party = body([
            ("name", Json::from(random::party(random))),
            ("vendor_type", Json::from(kind)),
            ("currency", Json::from("USD")),
        ]);
        add(books, "vendors", &[], &party)
    };
    (0..count).map(party).collect()
}

fn products(books: &mut Books<'_>, accounts: &[i64]) -> Result<Vec<i64>, Reply> {
    let product = |(name, account): (&str, usize)| {
        let product = body([
            ("product_name", Json::from(name)),
            ("product_id", Json::from(name.to_uppercase())),
            ("revenue_account", Json::from(accounts[account])),
            ("currency", Json::from("USD")),
            // Without revenue schedules, the number of ledger lines is that of the documents.
            ("is_immediate_recognition", Json::Bool(true)),
        ]);
        add(books, "products", &[], &product)
    };
    PRODUCTS.into_iter().map(product).collect()
}

/// Creates a contract of a year with a subscription and a usage product.
fn contract(company: &mut Company, books: &mut Books<'_>, client: i64, day: Date) -> Result<i64, Reply> {
    let monthly = Decimal::new(company.random.i64(100..5_000) * 100, 2);
    let last_day = day + Days::new(364);
    let contract = body([
        ("deal_name", Json::from(random::deal(&mut company.random))),
        ("client", Json::from(client)),
        ("entity", Json::from(company.entities[0])),
        ("currency", Json::from("USD")),
        ("contract_start_date", date_json(day)),
        ("contract_end_date", date_json(last_day)),
    ]);
    let contract = add(books, "contracts", &[], &contract)?;
    let yearly = monthly.checked_mul(Decimal::new(12, 0)).unwrap_or(monthly);
    let line = body([
        ("start_date", date_json(day)),
        ("end_date", date_json(last_day)),
        ("mrr", Json::from(monthly)),
        ("total_value", Json::from(yearly)),
    ]);
    let product = Json::from(company.products[0]);
    let subscription = body([
        ("product", product.clone()),
        ("start_date", date_json(day)),
        ("mrr", Json::from(monthly)),
        ("lines", Json::Array(vec![Json::Object(line)])),
    ]);
    let path = [("contract_id", contract)];
    add(books, "contracts.subscriptions", &path, &subscription)?;
    add(books, "contracts.usage", &path, &body([("product", product)]))?;
    Ok(contract)
}
