//! What was read can be changed and sent.

use campfire::sandbox::Sandbox;
use campfire::types::{Invoice, InvoiceCreate, InvoiceCreateRequired, InvoiceLine, InvoiceLineCreate};

use crate::support::money;

fn amounts(invoice: &Invoice) -> Vec<String> {
    let lines = invoice.lines.as_deref().unwrap_or_default();
    lines.iter().filter_map(|line| line.amount).map(|amount| amount.to_string()).collect()
}

#[tokio::test]
async fn a_line_of_a_record_is_changed_and_the_set_is_sent() {
    let sandbox = Sandbox::start().await.unwrap();
    let campfire = sandbox.client().unwrap();
    let lines = vec![
        InvoiceLineCreate::default().amount(money("12.50")).description("Seats"),
        InvoiceLineCreate::default().amount(money("0.10")).description("Onboarding"),
    ];
    let (invoice_date, due_date) = ("2026-03-01".parse().unwrap(), "2026-03-31".parse().unwrap());
    let body = InvoiceCreate::new(InvoiceCreateRequired { lines, invoice_date, due_date, entity: 1.into() });
    let invoice = campfire.invoices().create(&body.currency("USD")).await.unwrap().into_inner();
    let id = invoice.id;

    let mut update = invoice.into_update().unwrap();
    update.lines.as_mut().unwrap()[1].amount = Some(money("99.90"));
    let invoice = campfire.invoices().update(id, &update).await.unwrap().into_inner();
    assert_eq!(amounts(&invoice), ["12.50", "99.90"]);

    let mut body = invoice.clone().into_create().unwrap();
    body.lines.remove(0);
    let replaced = campfire.invoices().replace(id, &body).await.unwrap();
    assert_eq!(amounts(&replaced), ["99.90"]);
    assert_eq!((replaced.currency.as_ref(), replaced.due_date), (invoice.currency.as_ref(), invoice.due_date));
}

#[test]
fn a_body_keeps_custom_fields_and_names_what_is_missing() {
    let mut invoice = Invoice::new(12);
    assert_eq!(invoice.clone().into_create().unwrap_err().path, "lines");
    let mut line = InvoiceLine::new(1);
    line.amount = Some(money("1"));
    invoice.lines = Some(vec![line]);
    invoice.extra.set_custom_field("segment", "enterprise");
    invoice.extra.insert("computed_by_the_server".into(), 1.into());
    let update = invoice.into_update().unwrap();
    assert_eq!(update.extra.keys().collect::<Vec<_>>(), ["custom_field_segment"]);
    assert_eq!(
        serde_json::to_string(&update).unwrap(),
        r#"{"lines":[{"amount":1}],"custom_field_segment":"enterprise"}"#
    );
}
