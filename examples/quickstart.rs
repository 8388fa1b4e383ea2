//! The first ten minutes with the SDK: read, write, list, update, and handle an error.
//!
//! Without a key this runs against a sandbox in this process, seeded with a small company:
//!
//!     cargo run --example quickstart --features sandbox
//!
//! With `CAMPFIRE_API_KEY` set, it reads from the real API and writes nothing.

use anyhow::Result;
use campfire::ids::{ContractId, ContractSubscriptionId, ProductId};
use campfire::sandbox::Sandbox;
use campfire::types::{ContractUpdate, ContractUsageCreate};
use campfire::{Client, Json, Patch};
use serde_json::json;

#[tokio::main]
async fn main() -> Result<()> {
    if std::env::var_os("CAMPFIRE_API_KEY").is_some() {
        let campfire = Client::from_env()?;
        println!("Reading from {} (nothing is written)\n", campfire.base_url());
        return read_only(&campfire).await;
    }
    let sandbox = Sandbox::start().await?;
    let company = seed(&sandbox)?;
    println!("No CAMPFIRE_API_KEY: using a sandbox at {}\n", sandbox.url());
    tour(&sandbox.client()?, &company).await
}

/// The ids of the seeded records.
struct Company {
    contract: ContractId,
    subscription: ContractSubscriptionId,
    product: ProductId,
}

fn seed(sandbox: &Sandbox) -> Result<Company> {
    let client = sandbox.seed("vendors", json!({"name": "Northwind Traders", "vendor_type": "customer"}))?;
    let product = sandbox.seed("products", json!({"product_name": "Analytics seats", "price": 49}))?;
    let contract = sandbox.seed(
        "contracts",
        json!({"deal_name": "Northwind 2027", "client": client, "currency": "EUR", "status": "ACTIVE",
               "total_contract_value": 119760, "contract_start_date": "2027-01-01", "contract_end_date": "2027-12-31"}),
    )?;
    for (deal, status) in [("Tamarind renewal", "PENDING"), ("Osprey pilot", "COMPLETED")] {
        sandbox.seed("contracts", json!({"deal_name": deal, "status": status, "currency": "USD"}))?;
    }
    // Parsed from text: as a float, the amount could change.
    let mrr: Json = "9980.10".parse()?;
    let mut subscription = Json::from(json!({"contract": contract, "product": product, "start_date": "2027-01-01",
        "end_date": "2027-12-31", "quantity": 200, "invoice_calculation": "FIXED_QUANTITY"}));
    if let Json::Object(fields) = &mut subscription {
        fields.insert("mrr".into(), mrr);
    }
    let subscription = sandbox.seed("contracts.subscriptions", subscription)?;
    Ok(Company { contract: contract.into(), subscription: subscription.into(), product: product.into() })
}

async fn tour(campfire: &Client, company: &Company) -> Result<()> {
    retrieve_subscription(campfire, company).await?;
    record_usage(campfire, company).await?;
    list_contracts(campfire).await?;
    update_contract(campfire, company).await?;
    handle_error(campfire, company).await
}

async fn retrieve_subscription(campfire: &Client, company: &Company) -> Result<()> {
    println!("1. Retrieve a subscription");
    let subscription = campfire.contracts().subscriptions(company.contract).retrieve(company.subscription).await?;
    println!("   {} x {:?}", show(&subscription.quantity), subscription.product_name.as_deref().unwrap_or("?"));
    println!(
        "   MRR {} from {} to {}",
        show(&subscription.mrr),
        show(&subscription.start_date),
        show(&subscription.end_date)
    );
    println!("   HTTP {} after {} attempt(s)\n", subscription.status(), subscription.attempts());
    Ok(())
}

async fn record_usage(campfire: &Client, company: &Company) -> Result<()> {
    println!("2. Record usage");
    let body = ContractUsageCreate {
        product: Some(company.product),
        description: Some("API calls, January".into()),
        start_date: Some("2027-01-01".parse()?),
        end_date: Some("2027-01-31".parse()?),
        ..ContractUsageCreate::new(company.contract)
    };
    let usage = campfire.contracts().usage(company.contract).create(&body).idempotency_key("quickstart-1").await?;
    println!(
        "   usage {} of {:?}: {:?}\n",
        usage.id,
        usage.product_name.as_deref().unwrap_or("?"),
        show(&usage.description)
    );
    Ok(())
}

async fn list_contracts(campfire: &Client) -> Result<()> {
    println!("3. List contracts, page by page");
    let mut pages = campfire.contracts().list().page_size(2).pages();
    while let Some(page) = pages.try_next().await? {
        for contract in &page.results {
            println!(
                "   {:>4}  {:<18} {:<9} {}",
                contract.id,
                show(&contract.deal_name),
                show(&contract.status),
                show(&contract.total_contract_value)
            );
        }
        println!("   -- {} of {}", page.results.len(), show(&page.count));
    }
    let mut names = Vec::new();
    let mut contracts = campfire.contracts().list().stream();
    while let Some(contract) = contracts.try_next().await? {
        names.extend(contract.deal_name);
    }
    println!("   as a stream: {}\n", names.join(", "));
    Ok(())
}

async fn update_contract(campfire: &Client, company: &Company) -> Result<()> {
    println!("4. Set one field, clear another, and leave the rest unchanged");
    let update = ContractUpdate {
        purchase_order_number: Some(Patch::Set("PO-7".into())),
        contract_end_date: Some(Patch::Clear),
        ..Default::default()
    };
    println!("   sends {}", serde_json::to_string(&update)?);
    let contract = campfire.contracts().update(company.contract, &update).await?;
    println!("   {} now ends {}\n", show(&contract.deal_name), show(&contract.contract_end_date));
    Ok(())
}

async fn handle_error(campfire: &Client, company: &Company) -> Result<()> {
    println!("5. Handle an error");
    let unknown = ContractUsageCreate::new(company.contract).product(4711);
    match campfire.contracts().usage(company.contract).create(&unknown).await {
        Ok(_) => println!("   unexpectedly accepted"),
        Err(error) => println!("   {error}"),
    }
    Ok(())
}

async fn read_only(campfire: &Client) -> Result<()> {
    let page = campfire.contracts().list().page_size(5).await?;
    println!("{} contracts, the first {}:", show(&page.count), page.results.len());
    for contract in &page.results {
        println!("   {:>6}  {:<30} {}", contract.id, show(&contract.deal_name), show(&contract.status));
    }
    for rejected in &page.rejected {
        println!("   record {} does not decode: {} {}", rejected.index, rejected.path, rejected.reason);
    }
    Ok(())
}

/// Formats a value, or a dash if there is none.
fn show<T: std::fmt::Display>(value: &Option<T>) -> String {
    value.as_ref().map_or_else(|| "-".to_owned(), T::to_string)
}
