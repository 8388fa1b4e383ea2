//! Money: arithmetic within a currency is exact, and between currencies needs a rate.

use campfire::types::Invoice;
use campfire::{Decimal, Money, MoneyError};
use proptest::prelude::*;

use crate::support::property_config;

fn amounts() -> impl Strategy<Value = Decimal> {
    (-1_000_000_000_i64..1_000_000_000, 0_u32..6).prop_map(|(digits, scale)| Decimal::new(digits, scale))
}

fn currencies() -> impl Strategy<Value = String> {
    "[A-Z]{3}"
}

proptest! {
    #![proptest_config(property_config(500))]

    #[test]
    fn a_sum_is_that_of_the_amounts(a in amounts(), b in amounts(), currency in currencies()) {
        let (a, b) = (Money::new(a, &currency), Money::new(b, &currency));
        let sum = a.checked_add(&b).unwrap();
        prop_assert_eq!(sum.amount(), a.amount() + b.amount());
        prop_assert_eq!(sum.currency(), &currency);
        prop_assert_eq!(&sum, &b.checked_add(&a).unwrap());
        prop_assert_eq!(&sum.checked_sub(&b).unwrap(), &a);
        prop_assert_eq!(a.partial_cmp(&b), Some(a.amount().cmp(&b.amount())));
    }

    #[test]
    fn other_currencies_need_a_rate(a in amounts(), b in amounts(), rate in amounts(), from in currencies(), to in currencies()) {
        prop_assume!(from != to);
        let (a, b) = (Money::new(a, &from), Money::new(b, &to));
        let refused = MoneyError::DifferentCurrencies(from.clone(), to.clone());
        prop_assert_eq!(a.checked_add(&b), Err(refused.clone()));
        prop_assert_eq!(a.checked_sub(&b), Err(refused));
        prop_assert_eq!(a.partial_cmp(&b), None);
        let converted = a.convert(rate, &to).unwrap();
        prop_assert_eq!(Some(converted.amount()), a.amount().checked_mul(rate));
        prop_assert!(converted.checked_add(&b).is_ok());
    }

    /// Nothing is rounded, so it does not matter whether a sum is converted or its parts are.
    #[test]
    fn conversion_is_exact(a in amounts(), b in amounts(), rate in amounts()) {
        let (a, b) = (Money::new(a, "EUR"), Money::new(b, "EUR"));
        let whole = a.checked_add(&b).unwrap().convert(rate, "USD").unwrap();
        let parts = a.convert(rate, "USD").unwrap().checked_add(&b.convert(rate, "USD").unwrap()).unwrap();
        prop_assert_eq!(whole, parts);
    }

    #[test]
    fn the_text_is_amount_and_currency(amount in amounts(), currency in currencies()) {
        let money = Money::new(amount, &currency);
        prop_assert_eq!(money.to_string(), format!("{amount} {currency}"));
        prop_assert_eq!(format!("{money:.2}"), format!("{amount:.2} {currency}"));
        prop_assert_eq!(format!("{money:>40}"), format!("{:>40}", money.to_string()));
        prop_assert_eq!(format!("{money:<40.1}|"), format!("{:<40}|", format!("{amount:.1} {currency}")));
    }
}

#[test]
fn what_does_not_fit_is_an_error() {
    let most = Money::new("9999999999999999999999999999".parse::<Decimal>().unwrap(), "EUR");
    assert_eq!(most.checked_add(&Money::new(Decimal::new(1, 2), "EUR")), Err(MoneyError::TooManyDigits));
    assert_eq!(most.convert(Decimal::new(1001, 3), "USD"), Err(MoneyError::TooManyDigits));
}

#[test]
fn records_name_the_currency_of_their_amounts() {
    let read = |json: &str| serde_json::from_str::<Invoice>(json).unwrap();
    let invoice = read(
        r#"{"id": 1, "amount_due": "1234.50", "currency": "EUR", "amount_due_book": 1400, "entity_currency": "USD"}"#,
    );
    assert_eq!(invoice.amount_due_money().unwrap().to_string(), "1234.50 EUR");
    assert_eq!(invoice.amount_due_book_money().unwrap().to_string(), "1400 USD");
    assert_eq!(invoice.amount_paid_money(), None);
    // No currency is made up.
    assert_eq!(read(r#"{"id": 1, "amount_due": 5}"#).amount_due_money(), None);
    assert_eq!(read(r#"{"id": 1, "amount_due": 5, "currency": ""}"#).amount_due_money(), None);
}
