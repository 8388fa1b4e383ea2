//! From an invoice to the money: bills a customer, takes a partial payment, credits what was returned, takes the rest, and shows
//! what each step did to the books.
//!
//! It writes, so it runs against a sandbox in this process only, whatever keys there are.
//!
//!     cargo run --example invoice_to_cash --features sandbox

use anyhow::{Context, Result};
use campfire::ids::{AccountId, InvoiceId};
use campfire::sandbox::Sandbox;
use campfire::types::{
    CreditMemoApplication, CreditMemoCreate, CreditMemoLineCreate, InvoiceCreate, InvoiceCreateRequired,
    InvoiceLineCreate, ManualPayment, ManualPaymentRequired, PaymentApplication, VendorCreate, VendorType,
};
use campfire::{Client, Date, Decimal};
use serde_json::json;

/// The account that credit memos reduce revenue with.
const RETURNS: AccountId = AccountId::new(4100);
/// The bank account that the customer pays into.
const CHECKING: AccountId = AccountId::new(1000);

#[tokio::main]
async fn main() -> Result<()> {
    let sandbox = Sandbox::start().await?;
    let campfire = sandbox.client()?;
    for (id, name) in [(CHECKING, "Checking"), (RETURNS, "Returns and Allowances")] {
        sandbox.seed("accounts", json!({"id": id, "name": name, "number": id.to_string()}))?;
    }

    // A customer is a vendor of the type customer: the API has no other resource for it.
    let customer = VendorCreate {
        name: Some("Northwind".into()),
        vendor_type: Some(VendorType::Customer),
        ..VendorCreate::default()
    };
    let customer = campfire.vendors().create(&customer).await?.into_inner();
    println!("customer {}: {}\n", customer.id, customer.name.as_deref().unwrap_or_default());

    let line = |text: &str, amount: &str| -> Result<InvoiceLineCreate> {
        Ok(InvoiceLineCreate {
            description: Some(text.into()),
            amount: Some(amount.parse()?),
            ..InvoiceLineCreate::default()
        })
    };
    let lines = vec![line("Analytics, annual plan", "1200.00")?, line("Onboarding", "350.50")?];
    let (invoice_date, due_date) = (day(3, 1)?, day(3, 31)?);
    let required = InvoiceCreateRequired { lines, invoice_date, due_date, entity: 1.into() };
    let body = InvoiceCreate::new(required).client(customer.id).currency("USD");
    let invoice = campfire.invoices().create(&body).await?.id;
    show(&campfire, invoice, "billed").await?;

    pay(&campfire, invoice, "1000.00", day(3, 20)?).await?;
    show(&campfire, invoice, "paid in part").await?;

    let returned = CreditMemoLineCreate { amount: Some("50.50".parse()?), ..CreditMemoLineCreate::new(RETURNS) };
    let memo = CreditMemoCreate {
        client: Some(customer.id),
        currency: Some("USD".into()),
        ..CreditMemoCreate::new(vec![returned], day(3, 25)?, 1)
    };
    let memo = campfire.credit_memos().create(&memo).await?.id;
    let credit = CreditMemoApplication::new(memo, "50.50".parse()?, day(3, 25)?);
    let body = PaymentApplication { credit_memos: Some(vec![credit]), ..PaymentApplication::default() };
    campfire.invoices().pay(invoice, &body).await?;
    show(&campfire, invoice, "credited").await?;

    pay(&campfire, invoice, "500.00", day(4, 2)?).await?;
    show(&campfire, invoice, "paid").await
}

fn day(month: u32, day: u32) -> Result<Date> {
    Date::from_ymd_opt(2026, month, day).context("no such day")
}

/// Records a payment that arrived in the bank account.
async fn pay(campfire: &Client, invoice: InvoiceId, amount: &str, date: Date) -> Result<()> {
    let payment = ManualPayment::new(ManualPaymentRequired {
        account_id: CHECKING,
        account_name: "Checking".into(),
        amount: amount.parse()?,
        payment_date: date,
    });
    let body = PaymentApplication { empty_transactions: Some(vec![payment]), ..PaymentApplication::default() };
    // A payment must not be made twice, so the client does not retry it. If the response is lost, the error is
    // `Error::OutcomeUnknown` and names the operation that shows what happened.
    campfire.invoices().pay(invoice, &body).await?;
    Ok(())
}

/// Prints the state of the invoice, and the balance of each account that it touched.
async fn show(campfire: &Client, invoice: InvoiceId, step: &str) -> Result<()> {
    let invoice = campfire.invoices().retrieve(invoice).await?;
    let amount = |value: Option<Decimal>| value.unwrap_or_default();
    println!(
        "{step:<13} {:<15} total {:>9.2}  paid {:>9.2}  due {:>9.2}",
        invoice.status.as_deref().unwrap_or_default(),
        amount(invoice.total_amount),
        amount(invoice.amount_paid),
        amount(invoice.amount_due),
    );
    let statement =
        campfire.statements().trial_balance().start_date(day(1, 1)?).end_date(day(12, 31)?).await?.into_inner();
    for account in statement.trial_balance.and_then(|data| data.accounts).unwrap_or_default() {
        let Some(balances) = account.balances else { continue };
        println!(
            "    {:<30} {:>9.2} {:>9.2}",
            account.name.as_deref().unwrap_or_default(),
            amount(balances.debits),
            amount(balances.credits),
        );
    }
    println!();
    Ok(())
}
