//! The commands that are no operations.

use campfire::sandbox::{Demo, Role, Sandbox};
use campfire::{Decimal, Json};

use crate::support::Runner;

async fn company(lines: usize) -> (Sandbox, Runner) {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.demo(&Demo::default().rows(lines)).unwrap();
    let runner = Runner::of(&sandbox);
    (sandbox, runner)
}

#[tokio::test]
async fn the_trial_balance_balances() {
    let (_sandbox, runner) = company(300).await;
    let period = ["report", "trial-balance", "--start-date", "2000-01-01", "--end-date", "2099-12-31"];
    let report: Json = runner.run(&period).await.ok().parse().unwrap();
    let side = |side: &str| {
        let amounts = report["rows"].as_array().unwrap().iter().map(|row| row[side].as_decimal().unwrap_or_default());
        Decimal::checked_sum(amounts).unwrap()
    };
    assert!(!side("debits").is_zero());
    let (debits, credits) = (side("debits").abs(), side("credits").abs());
    assert_eq!(debits, credits);
    assert_eq!((&report["start_date"], &report["end_date"]), (&"2000-01-01".into(), &"2099-12-31".into()));
    let total = &report["totals"][0];
    assert_eq!(
        (total["debits"].as_decimal(), total["credits"].as_decimal()),
        (Some(side("debits")), Some(side("credits")))
    );
    let table = runner.run(&[&period[..], &["-o", "table"]].concat()).await;
    let total = table.ok().lines().last().unwrap().to_owned();
    let digits = |text: &str| text.replace(',', "");
    assert!(digits(&total).matches(&debits.to_string()).count() == 2, "{total} {debits}");
    let csv = runner.run(&[&period[..], &["-o", "csv"]].concat()).await;
    assert!(csv.ok().starts_with("number,name,debits,credits\n"), "{}", csv.text());
}

#[tokio::test]
async fn statements_are_tables_that_fit() {
    let (_sandbox, runner) = company(300).await;
    for name in ["income-statement", "balance-sheet"] {
        let arguments =
            ["report", name, "--cadence", "yearly", "--start-date", "2024-01-01", "--end-date", "2026-12-31"];
        let ran = runner.clone().terminal(100).run(&arguments).await;
        assert!(ran.ok().lines().count() > 5, "{}", ran.text());
        assert!(ran.text().contains("account"));
    }
    let months =
        ["report", "income-statement", "--cadence=monthly", "--start-date=2026-01-01", "--end-date=2026-12-31"];
    let ran = runner.clone().terminal(80).run(&months).await;
    let titles: Vec<&str> = ran.ok().lines().filter(|line| line.starts_with("account ")).collect();
    assert!(titles.len() > 1, "too wide for one table: {}", ran.text());
    for month in 1..=12 {
        let title = format!("2026-{month:02}-01");
        assert_eq!(titles.iter().filter(|line| line.contains(&title)).count(), 1, "{title}: {}", ran.text());
    }
    assert!(ran.text().lines().all(|line| line.chars().count() <= 80), "{}", ran.text());
}

#[tokio::test]
async fn aging_adds_up_to_what_is_due() {
    let (sandbox, runner) = company(600).await;
    for (arguments, resource) in [(&["report", "aging"][..], "invoices"), (&["report", "aging", "--payable"], "bills")]
    {
        let report: Json = runner.run(arguments).await.ok().parse().unwrap();
        assert_eq!(report["as_of"], *campfire::Timestamp::now().utc_date().to_string());
        let totals = report["rows"].as_array().unwrap().iter().map(|row| row["total"].as_decimal().unwrap());
        let client = sandbox.client().unwrap();
        let mut due = Decimal::default();
        let mut documents = client.operation(&format!("{resource}.list")).unwrap().stream();
        while let Some(document) = documents.try_next().await.unwrap() {
            if document["voided_date"].is_null() && document["status"] != *"draft" {
                due = due.checked_add(document["amount_due"].as_decimal().unwrap_or_default()).unwrap();
            }
        }
        assert_eq!(Decimal::checked_sum(totals).unwrap(), due, "{resource}");
        assert!(!due.is_zero(), "{resource}");
    }
}

#[tokio::test]
async fn whoami_and_doctor_say_whose_key_it_is() {
    let (sandbox, runner) = company(60).await;
    let user: Json = runner.run(&["whoami"]).await.ok().parse().unwrap();
    assert_eq!(user["email"], *"admin@sandbox.invalid");
    let entities: Json = runner.run(&["entities", "list"]).await.ok().parse().unwrap();
    assert_eq!(user["customer_name"], entities[0]["name"]);
    assert_eq!(user["root_currency"], *"USD");
    let viewer = runner.clone().variable("CAMPFIRE_API_KEY", sandbox.key_for(Role::ViewOnly));
    assert!(viewer.run(&["whoami", "-o", "table"]).await.ok().contains("view-only@sandbox.invalid"));
    let ran = runner.run(&["doctor"]).await;
    let findings: Json = ran.text().parse().unwrap();
    let finding = |check: &str| {
        findings.as_array().unwrap().iter().find(|finding| finding["check"] == *check).cloned().unwrap_or_default()
    };
    assert_eq!(finding("key")["detail"], *"from CAMPFIRE_API_KEY");
    assert!(finding("user")["detail"].as_str().unwrap().starts_with("admin@sandbox.invalid, "), "{ran:?}");
    assert_eq!(finding("clock")["result"], *"ok");
    assert!(finding("may read")["detail"].as_str().unwrap().contains("contracts"), "{ran:?}");
    assert!(!format!("{ran:?}").contains(&sandbox.key()));
    let wrong = runner.variable("CAMPFIRE_API_KEY", "wrong").run(&["doctor", "-o", "table"]).await;
    wrong.fails(1, "1 check failed");
    assert!(wrong.text().contains("PROBLEM"), "{}", wrong.text());
}

#[tokio::test]
async fn events_are_printed_once() {
    let sandbox = Sandbox::start().await.unwrap();
    let events = r#"[{"id": 2, "topic": "bill.paid"}, {"id": 1, "topic": "bill.created"}]"#;
    let events: serde_json::Value = serde_json::from_str(events).unwrap();
    sandbox.stub("webhooks.events", 200, events).unwrap();
    let ran = Runner::of(&sandbox).run(&["listen", "7", "--once"]).await;
    assert_eq!(ran.ok(), "{\"id\":1,\"topic\":\"bill.created\"}\n{\"id\":2,\"topic\":\"bill.paid\"}\n");
}

#[tokio::test]
async fn completions_and_man_pages_name_the_resources() {
    let runner = Runner::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = runner.run(&["completions", shell]).await;
        assert!(script.ok().contains("bulk-search"), "{shell}");
    }
    assert!(runner.run(&["man"]).await.ok().contains("campfire"));
}

#[tokio::test]
async fn a_search_falls_back_to_most_words_and_says_so() {
    let runner = Runner::new();
    let exact = runner.run(&["search", "void", "invoice"]).await;
    assert!(exact.ok().contains("invoices.void") && exact.err.is_empty(), "{}", exact.err);
    let some = runner.run(&["search", "void", "invoice", "zeppelin"]).await;
    assert_eq!(some.ok(), exact.ok());
    assert!(some.err.contains("No operation has all of these words"), "{}", some.err);
    let none = runner.run(&["search", "zeppelin"]).await;
    assert_eq!(none.ok(), "[]\n");
    assert!(none.err.contains("No operation matches."), "{}", none.err);
}

#[tokio::test]
async fn a_column_that_no_record_has_is_named() {
    let (_sandbox, runner) = company(60).await;
    for format in ["table", "csv", "json"] {
        let list = ["vendors", "list", "--columns", "id,nmae,parent_name", "--output", format];
        let ran = runner.run(&list).await;
        ran.ok();
        let warning = "no record has a value for --columns nmae: did you mean `name`";
        assert!(ran.err.contains(warning), "{format}: {}", ran.err);
    }
    let vendors: Json = runner.run(&["vendors", "list", "--limit=1"]).await.ok().parse().unwrap();
    let id = vendors["results"][0]["id"].to_string();
    let single = runner.run(&["vendors", "retrieve", &id, "--columns", "nmae"]).await;
    assert!(single.err.contains("--columns nmae: did you mean `name`"), "{}", single.err);
    runner.run(&["vendors", "list", "--columns", "id,"]).await.fails(2, "--columns: a name is empty");
    let right = runner.run(&["vendors", "list", "--columns", "id,name"]).await;
    assert!(!right.err.contains("--columns"), "{}", right.err);
}
