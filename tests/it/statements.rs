//! Balance sheets and income statements: columns, amounts and totals.

use campfire::sandbox::{Demo, Sandbox};
use campfire::types::{Cadence, IncomeStatement};
use campfire::{Date, Decimal};

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn sum(amounts: impl IntoIterator<Item = Decimal>) -> Decimal {
    Decimal::checked_sum(amounts).unwrap()
}

#[tokio::test]
async fn the_totals_of_a_statement_tie_out() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.demo(&Demo::default().rows(2_000)).unwrap();
    let campfire = sandbox.client().unwrap();
    let (first, last) = (day("2026-01-01"), day("2026-06-30"));
    let income = campfire.statements().income_statement().start_date(first).end_date(last).cadence(Cadence::Monthly);
    let income = income.await.unwrap();
    let months = income.columns();
    assert_eq!(months.iter().filter_map(|month| month.date).collect::<Vec<_>>(), {
        ["01", "02", "03", "04", "05", "06"].map(|month| day(&format!("2026-{month}-01")))
    });
    assert!(months.iter().all(|month| month.is_total()));

    let half = campfire.statements().income_statement().start_date(first).end_date(last).cadence(Cadence::Yearly);
    let half = half.await.unwrap();
    let [column] = &half.columns()[..] else { panic!("one column") };
    let net_income = half.net_income(column).unwrap();
    assert_ne!(net_income, Decimal::ZERO);
    assert_eq!(sum(months.iter().map(|month| income.net_income(month).unwrap())), net_income);

    // The books say the same.
    let balance = campfire.statements().trial_balance().start_date(first).end_date(last).await.unwrap();
    let accounts = balance.trial_balance.as_ref().unwrap().accounts.as_ref().unwrap();
    let is_income = |kind: &str| !matches!(kind, "ASSET" | "LIABILITY" | "EQUITY");
    let postings = accounts.iter().filter(|account| account.account_type.as_deref().is_some_and(is_income));
    let credits_minus_debits = postings
        .filter_map(|account| account.balances.as_ref())
        .map(|sides| sides.credits.unwrap_or_default().checked_sub(sides.debits.unwrap_or_default()).unwrap());
    assert_eq!(sum(credits_minus_debits), net_income);

    let sheet = campfire.statements().balance_sheet().start_date(first).end_date(last).await.unwrap();
    for column in sheet.columns() {
        let total = |section| sheet.total(section, &column).unwrap();
        assert_ne!(total("ASSET"), Decimal::ZERO);
        assert_eq!(total("ASSET"), sum([total("LIABILITY"), total("EQUITY")]), "{column}");
    }
}

/// The forms that the schema and the examples of the reference have.
#[test]
fn columns_are_read_from_their_keys() {
    let statement: IncomeStatement = serde_json::from_str(
        r#"{"income_statement": [
            {"hierarchy": ["REVENUE", "4000"], "2026-02-01_Total": 1.10, "2026-01-01_Total": null, "2026-02-01_R_D, x": 0.4},
            {"hierarchy": ["COGS", "5000"], "2026-01-31": {"ending_balance": "2.30"}, "comparison_1_Difference": 7},
            {"account_name": "no hierarchy", "2026-02-01_Total": 5}
        ]}"#,
    )
    .unwrap();
    let columns = statement.columns();
    let shown = columns.iter().map(|column| (column.to_string(), column.member.as_str(), column.is_total()));
    assert_eq!(
        shown.collect::<Vec<_>>(),
        [
            ("comparison_1_Difference".to_owned(), "comparison_1_Difference", false),
            ("2026-01-31".to_owned(), "", true),
            ("2026-02-01_R_D, x".to_owned(), "R_D, x", false),
            ("2026-02-01_Total".to_owned(), "Total", true),
        ]
    );
    let amount =
        |row: usize, column: usize| statement.rows()[row].amount(&columns[column]).map(|amount| amount.to_string());
    assert_eq!(amount(0, 3).as_deref(), Some("1.10"));
    assert_eq!((amount(0, 0), amount(0, 1)), (None, None));
    assert_eq!(amount(1, 1).as_deref(), Some("2.30"));
    assert_eq!(statement.total("REVENUE", &columns[3]).unwrap().to_string(), "1.10");
    assert_eq!(statement.net_income(&columns[1]).unwrap().to_string(), "-2.30");
}
