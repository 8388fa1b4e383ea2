//! The books of the sandbox, as a user of the client sees them: they balance after every operation.

use campfire::ids::{InvoiceId, TransactionId};
use campfire::types::{
    Bill, BillCreate, BillCreateRequired, BillLineCreate, BulkPaymentApplication, CreditMemoApplication,
    CreditMemoCreate, CreditMemoLineCreate, CreditMemoUse, CreditMemoUseRequired, DebitMemoCreate, DebitMemoLineCreate,
    DebitMemoUse, DebitMemoUseRequired, InvoiceBulkCreate, InvoiceCreate, InvoiceCreateRequired, InvoiceLineCreate,
    JournalEntry, JournalEntryCreate, JournalEntryUpdate, ManualPayment, ManualPaymentRequired, PaymentApplication,
    TransactionCreate, TransactionMerge, TransactionPayment, TrialBalanceAccountBalance, VoidBill, VoidCreditMemo,
    VoidDebitMemo, VoidInvoice, VoidPayment,
};
use campfire::{Client, Decimal, Error, Json};
use serde_json::json;

use crate::support::sandbox::start;
use crate::support::{day, money};

/// Returns the debits and credits of all accounts for the year 2026.
async fn trial_balance(campfire: &Client) -> (Decimal, Decimal) {
    let statement =
        campfire.statements().trial_balance().start_date(day("2026-01-01")).end_date(day("2026-12-31")).await.unwrap();
    let accounts = statement.into_inner().trial_balance.unwrap().accounts.unwrap();
    let balances: Vec<_> = accounts.into_iter().filter_map(|account| account.balances).collect();
    let sum = |side: fn(&TrialBalanceAccountBalance) -> Option<Decimal>| {
        Decimal::checked_sum(balances.iter().filter_map(side)).unwrap()
    };
    (sum(|balance| balance.debits), sum(|balance| balance.credits))
}

fn debit(account: i64, amount: &str) -> TransactionCreate {
    TransactionCreate {
        account: Some(account.into()),
        debit_amount_native: Some(money(amount)),
        ..TransactionCreate::default()
    }
}

fn credit(account: i64, amount: &str) -> TransactionCreate {
    TransactionCreate {
        account: Some(account.into()),
        credit_amount_native: Some(money(amount)),
        ..TransactionCreate::default()
    }
}

fn entry(date: &str, lines: Vec<TransactionCreate>) -> JournalEntryCreate {
    JournalEntryCreate { date: Some(day(date)), ..JournalEntryCreate::new(lines) }
}

async fn invoice(campfire: &Client, amount: &str, tax: &str) -> InvoiceId {
    let line = InvoiceLineCreate { amount: Some(money(amount)), tax: Some(money(tax)), ..InvoiceLineCreate::default() };
    let (invoice_date, due_date) = (day("2026-03-01"), day("2026-03-31"));
    let required = InvoiceCreateRequired { lines: vec![line], invoice_date, due_date, entity: 1.into() };
    let body = InvoiceCreate::new(required).client(7);
    campfire.invoices().create(&body).await.unwrap().id
}

async fn bill(campfire: &Client, amount: &str, tax: &str) -> Bill {
    let line = BillLineCreate { amount: Some(money(amount)), tax: Some(money(tax)), ..BillLineCreate::new(6000) };
    let (bill_date, due_date) = (day("2026-03-01"), day("2026-03-31"));
    let required =
        BillCreateRequired { lines: vec![line], bill_number: "R-1".into(), bill_date, due_date, entity: 1.into() };
    let body = BillCreate::new(required).vendor(9);
    campfire.bills().create(&body).await.unwrap().into_inner()
}

fn manual_payment(amount: &str) -> PaymentApplication {
    let payment = ManualPayment::new(ManualPaymentRequired {
        account_id: 1000.into(),
        account_name: "Checking".into(),
        amount: money(amount),
        payment_date: day("2026-03-15"),
    });
    PaymentApplication { empty_transactions: Some(vec![payment]), ..PaymentApplication::default() }
}

/// Posts an unexplained incoming or outgoing payment from the bank feed. Returns the id of its bank line.
async fn bank_line(campfire: &Client, amount: &str, incoming: bool) -> TransactionId {
    let lines = match incoming {
        true => vec![debit(1000, amount), credit(9999, amount)],
        false => vec![credit(1000, amount), debit(9999, amount)],
    };
    let made = campfire.journal_entries().create(&entry("2026-03-05", lines)).await.unwrap();
    made.transactions.as_ref().unwrap()[0].id
}

async fn assert_balanced(campfire: &Client) {
    let (debits, credits) = trial_balance(campfire).await;
    assert_eq!(debits, credits);
}

#[tokio::test]
async fn journal_entries_must_balance() {
    let (sandbox, campfire) = start().await;
    let error = campfire
        .journal_entries()
        .create(&entry("2026-03-01", vec![debit(1, "10.00"), credit(2, "9.99")]))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("native debits are 10.00, native credits are 9.99"), "{error}");
    assert_eq!((sandbox.count("journal_entries"), sandbox.count("transactions")), (0, 0));
    let made = campfire
        .journal_entries()
        .create(&entry("2026-03-01", vec![debit(1, "10.00"), credit(2, "4"), credit(3, "6.00")]))
        .await
        .unwrap();
    assert_eq!(made.order.as_deref(), Some("0000001"));
    assert_eq!(made.transactions.as_ref().unwrap().len(), 3);
    let read = campfire.journal_entries().retrieve(made.id).await.unwrap();
    assert_eq!(*read, *made);
    let lines = campfire.transactions().list().all_time(true).all().await.unwrap();
    assert_eq!(lines.len(), 3);
    assert!(lines.iter().all(|line| line.journal == Some(made.id) && line.posted_at == Some(day("2026-03-01"))));
    assert_eq!(trial_balance(&campfire).await, (money("10.00"), money("10.00")));
}

#[tokio::test]
async fn a_reversal_is_posted_with_its_entry_and_links_to_it() {
    let (_sandbox, campfire) = start().await;
    let body = JournalEntryCreate {
        reversal_date: Some(day("2026-04-01")),
        ..entry("2026-03-31", vec![debit(1, "5"), credit(2, "5")])
    };
    let made = campfire.journal_entries().create(&body).await.unwrap();
    let reversal = &made.reversals.as_ref().unwrap()[0];
    assert_eq!(reversal.order.as_deref(), Some("0000002"));
    let reversal = campfire.journal_entries().retrieve(reversal.id).await.unwrap();
    assert_eq!((reversal.reversal_of, reversal.date), (Some(made.id), Some(day("2026-04-01"))));
    let first = &reversal.transactions.as_ref().unwrap()[0];
    assert_eq!((first.account, first.credit_amount_native), (Some(1.into()), Some(money("5"))));
}

#[tokio::test]
async fn entries_are_replaced_updated_and_deleted_as_a_whole() {
    let (sandbox, campfire) = start().await;
    let made =
        campfire.journal_entries().create(&entry("2026-03-01", vec![debit(1, "5"), credit(2, "5")])).await.unwrap();
    let replaced = campfire
        .journal_entries()
        .replace(made.id, &entry("2026-03-02", vec![debit(3, "8"), credit(4, "8")]))
        .await
        .unwrap();
    assert_eq!(sandbox.count("transactions"), 2, "all lines are replaced together");
    assert_eq!(replaced.transactions.as_ref().unwrap()[0].posted_at, Some(day("2026-03-02")));
    let update =
        JournalEntryUpdate { transactions: Some(vec![debit(3, "8"), credit(4, "7")]), ..JournalEntryUpdate::default() };
    campfire.journal_entries().update(made.id, &update).await.unwrap_err();
    let read = campfire.journal_entries().retrieve(made.id).await.unwrap();
    assert_eq!(read.transactions, replaced.transactions, "a rejected update changes nothing");
    campfire.journal_entries().delete(made.id).await.unwrap();
    assert_eq!((sandbox.count("journal_entries"), sandbox.count("transactions")), (0, 0));
}

#[tokio::test]
async fn an_invoice_is_posted_and_paid_in_installments() {
    let (_sandbox, campfire) = start().await;
    let id = invoice(&campfire, "100.00", "19.00").await;
    let made = campfire.invoices().retrieve(id).await.unwrap();
    assert_eq!(made.total_amount, Some(money("119.00")));
    assert_eq!(made.invoice_number.as_deref(), Some("INV-00001"));
    let journal = campfire.journal_entries().retrieve(made.journal_entry.unwrap()).await.unwrap();
    assert_eq!(journal.transactions.as_ref().unwrap().len(), 3, "receivable, revenue and tax");
    assert_eq!(trial_balance(&campfire).await, (money("119.00"), money("119.00")));

    let result = campfire.invoices().pay(id, &manual_payment("19.00")).await.unwrap();
    assert_eq!(result.payment_ids.as_ref().unwrap().len(), 1);
    let part = campfire.invoices().retrieve(id).await.unwrap();
    assert_eq!((part.amount_paid, part.amount_due), (Some(money("19.00")), Some(money("100.00"))));
    assert_eq!(part.status.as_deref(), Some("partially_paid"));

    campfire.invoices().pay(id, &manual_payment("100")).await.unwrap();
    let paid = campfire.invoices().retrieve(id).await.unwrap();
    assert_eq!((paid.amount_due, paid.status.as_deref()), (Some(money("0")), Some("paid")));
    assert_eq!(paid.paid_date, Some(day("2026-03-15")));
    let feed = campfire.invoice_payments().list().invoice_id(id).all().await.unwrap();
    assert_eq!(feed.len(), 2);
    assert_eq!(feed[0].invoice_number.as_deref(), Some("INV-00001"));

    let payment = paid.payments.as_ref().unwrap()[0].id;
    let voided = campfire.invoices().payments(id).void(payment, &VoidPayment::default()).await.unwrap();
    assert!(voided.voided_date.is_some() && voided.voided_journal_entry.is_some());
    let open = campfire.invoices().retrieve(id).await.unwrap();
    assert_eq!(open.amount_due, Some(money("19.00")));
    assert_balanced(&campfire).await;

    let error = campfire.invoices().void(id, &VoidInvoice::default()).await.unwrap_err();
    assert!(error.to_string().contains("It has payments"), "{error}");
    for payment in open.payments.as_ref().unwrap() {
        campfire.invoices().payments(id).delete(payment.id).await.unwrap();
    }
    assert_eq!(campfire.invoices().retrieve(id).await.unwrap().status.as_deref(), Some("past_due"));
    assert!(campfire.invoice_payments().list().invoice_id(id).all().await.unwrap().is_empty());
}

#[tokio::test]
async fn voiding_reverses_and_reopening_removes_the_reversal() {
    let (sandbox, campfire) = start().await;
    let id = invoice(&campfire, "50", "0").await;
    let voided = campfire
        .invoices()
        .void(id, &VoidInvoice { void_date: Some(day("2026-04-02")), ..VoidInvoice::default() })
        .await
        .unwrap();
    assert_eq!(voided.status.as_deref(), Some("voided"));
    let reversal = campfire.journal_entries().retrieve(voided.voided_journal_entry.unwrap()).await.unwrap();
    assert_eq!(reversal.reversal_of, voided.journal_entry);
    assert_eq!(sandbox.count("journal_entries"), 2);
    campfire.invoices().pay(id, &manual_payment("50")).await.unwrap_err();
    let again = campfire.invoices().reopen(id).await.unwrap();
    assert_eq!((again.voided_date, again.voided_journal_entry), (None, None));
    assert_eq!(sandbox.count("journal_entries"), 1);
    let error = campfire.journal_entries().delete(again.journal_entry.unwrap()).await.unwrap_err();
    assert!(matches!(error, Error::Conflict(_)), "the entry of a document cannot be deleted alone: {error}");
    campfire.invoices().delete(id).await.unwrap();
    assert_eq!(sandbox.count("transactions"), 0);
}

#[tokio::test]
async fn a_bank_transaction_pays_a_bill_and_keeps_the_remainder() {
    let (_sandbox, campfire) = start().await;
    let bill = bill(&campfire, "80", "8").await;
    assert_eq!(bill.total_amount, Some(money("88")));
    // From the bank feed: an outgoing payment without an explanation.
    let feed = campfire
        .journal_entries()
        .create(&entry("2026-03-05", vec![debit(9999, "100"), credit(1000, "100")]))
        .await
        .unwrap();
    let bank_line = feed.transactions.as_ref().unwrap()[1].id;
    let payment = TransactionPayment { transaction_id: Some(bank_line), ..TransactionPayment::new(money("88")) };
    let body = PaymentApplication { transactions: Some(vec![payment]), ..PaymentApplication::default() };
    let paid = campfire.bills().pay(bill.id, &body).await.unwrap();
    assert_eq!((paid.amount_due, paid.status.as_deref()), (Some(money("0")), Some("paid")));
    let lines = campfire.journal_entries().retrieve(feed.id).await.unwrap().into_inner().transactions.unwrap();
    let mut debits: Vec<_> = lines.iter().filter_map(|line| line.debit_amount_native).collect();
    debits.sort();
    assert_eq!(debits, [money("12"), money("88")], "the line was split");
    assert_balanced(&campfire).await;
    let error = campfire.bills().pay(bill.id, &manual_payment("1")).await.unwrap_err();
    assert!(error.to_string().contains("more than the 0"), "{error}");
}

#[tokio::test]
async fn an_overpayment_creates_a_credit_memo_for_the_next_invoice() {
    let (_sandbox, campfire) = start().await;
    let first = invoice(&campfire, "40", "0").await;
    let result = campfire.invoices().pay(first, &manual_payment("50")).await.unwrap();
    let memo = result.auto_created_credit_memos.as_ref().unwrap()[0].id;
    assert_eq!(campfire.invoices().retrieve(first).await.unwrap().amount_due, Some(money("0")));
    assert_eq!(campfire.credit_memos().retrieve(memo).await.unwrap().amount_remaining, Some(money("10")));
    let second = invoice(&campfire, "30", "0").await;
    let apply = |amount: &str| PaymentApplication {
        credit_memos: Some(vec![CreditMemoApplication::new(memo, money(amount), day("2026-03-20"))]),
        ..PaymentApplication::default()
    };
    campfire.invoices().pay(second, &apply("11")).await.unwrap_err();
    campfire.invoices().pay(second, &apply("10")).await.unwrap();
    let used = campfire.credit_memos().retrieve(memo).await.unwrap();
    assert_eq!((used.amount_used, used.amount_remaining), (Some(money("10")), Some(money("0"))));
    assert_eq!(used.application_status.as_ref().map(ToString::to_string).as_deref(), Some("used"));
    let payments = campfire.invoices().retrieve(second).await.unwrap().into_inner().payments.unwrap();
    campfire.invoices().payments(second).void(payments[0].id, &VoidPayment::default()).await.unwrap();
    let back = campfire.credit_memos().retrieve(memo).await.unwrap();
    assert_eq!(back.amount_remaining, Some(money("10")), "voiding restores the memo");
    assert_balanced(&campfire).await;
}

#[tokio::test]
async fn a_credit_memo_totals_its_lines_and_is_posted() {
    let (_sandbox, campfire) = start().await;
    let line = CreditMemoLineCreate { amount: Some(money("12.50")), ..CreditMemoLineCreate::new(4000) };
    let memo = campfire.credit_memos().create(&CreditMemoCreate::new(vec![line], day("2026-03-01"), 1)).await.unwrap();
    assert_eq!(memo.total_amount, Some(money("12.50")));
    assert!(memo.journal_entry.is_some());
    assert_eq!(trial_balance(&campfire).await, (money("12.50"), money("12.50")));
}

#[tokio::test]
async fn closed_books_reject_changes() {
    let (sandbox, campfire) = start().await;
    let id = invoice(&campfire, "50", "0").await;
    sandbox.close_books(Some(day("2026-03-31")));
    let closed = |error: Error| {
        assert!(matches!(error, Error::Validation(_)), "{error:?}");
        assert!(error.to_string().contains("closed through 2026-03-31"), "{error}");
    };
    closed(campfire.invoices().delete(id).await.unwrap_err());
    closed(campfire.invoices().pay(id, &manual_payment("50")).await.unwrap_err());
    let lines = vec![debit(1, "5"), credit(2, "5")];
    closed(campfire.journal_entries().create(&entry("2026-03-31", lines.clone())).await.unwrap_err());
    campfire.journal_entries().create(&entry("2026-04-01", lines)).await.unwrap();
    sandbox.close_books(None);
    campfire.invoices().delete(id).await.unwrap();
}

#[tokio::test]
async fn statements_add_up() {
    let (sandbox, campfire) = start().await;
    for (number, kind, subtype) in
        [("1000", "ASSET", "BANK"), ("4000", "REVENUE", "INCOME"), ("6000", "OPERATING_EXPENSES", "EXPENSE")]
    {
        let id: i64 = number.parse().unwrap();
        let record = json!({"id": id, "number": number, "name": number, "account_type": kind, "account_subtype": subtype, "status": "ACTIVE"});
        sandbox.seed("accounts", record).unwrap();
    }
    for (date, from, to, amount) in
        [("2025-12-31", 4000, 1000, "7"), ("2026-01-15", 4000, 1000, "100"), ("2026-02-15", 1000, 6000, "30")]
    {
        let body = entry(date, vec![debit(to, amount), credit(from, amount)]);
        campfire.journal_entries().create(&body).await.unwrap();
    }
    let statements = campfire.statements();
    let income = statements
        .income_statement()
        .start_date(day("2026-01-01"))
        .end_date(day("2026-02-28"))
        .send_untyped()
        .await
        .unwrap();
    let rows = income.get("income_statement").unwrap().as_array().unwrap().to_vec();
    let cell = |rows: &[Json], account: &str, column: &str| {
        let row = rows.iter().find(|row| row.get("account_id").unwrap() == account).unwrap();
        row.get(column).unwrap().as_decimal().unwrap()
    };
    assert_eq!(cell(&rows, "4000", "2026-01-01_Total"), money("100"));
    assert_eq!(cell(&rows, "6000", "2026-02-01_Total"), money("30"));
    let sheet = statements
        .balance_sheet()
        .start_date(day("2026-01-01"))
        .end_date(day("2026-02-28"))
        .send_untyped()
        .await
        .unwrap();
    let rows = sheet.get("balance_sheet").unwrap().as_array().unwrap().to_vec();
    assert_eq!(cell(&rows, "1000", "2026-01-01_Total"), money("107"));
    assert_eq!(cell(&rows, "1000", "2026-02-01_Total"), money("77"));
    let retained = rows.iter().find(|row| row.get("account_name").unwrap() == "Retained Earnings").unwrap();
    assert_eq!(retained.get("2026-02-01_Total").unwrap().as_decimal(), Some(money("77")));
    assert_eq!(trial_balance(&campfire).await, (money("137"), money("137")));
    let list = campfire.accounts().list_income_statement().await.unwrap();
    assert_eq!(list.results.len(), 2, "the list shows the accounts of its statement");
}

#[tokio::test]
async fn refunds_use_up_credit_memos_and_voiding_restores_them() {
    let (_sandbox, campfire) = start().await;
    let line = CreditMemoLineCreate { amount: Some(money("20")), ..CreditMemoLineCreate::new(4000) };
    let memo =
        campfire.credit_memos().create(&CreditMemoCreate::new(vec![line], day("2026-03-01"), 1)).await.unwrap().id;
    let paid_out = bank_line(&campfire, "20", false).await;
    let memos = campfire.credit_memos();
    let use_of = |transaction_id: TransactionId| {
        let (account_id, amount, payment_date) = (1000.into(), money("15"), day("2026-03-06"));
        CreditMemoUse::new(CreditMemoUseRequired { transaction_id, account_id, amount, payment_date })
    };
    memos.mark_used(memo, &use_of(paid_out)).await.unwrap();
    let used = memos.retrieve(memo).await.unwrap();
    assert_eq!(used.amount_remaining, Some(money("5")));
    assert_eq!(used.application_status.as_ref().map(ToString::to_string).as_deref(), Some("partially_used"));
    let payment = used.payments.as_ref().unwrap()[0].id;
    memos.payments(memo).void(payment, &VoidPayment::default()).await.unwrap();
    assert_eq!(memos.retrieve(memo).await.unwrap().amount_remaining, Some(money("20")));
    memos.payments(memo).delete(payment).await.unwrap();
    memos.void(memo, &VoidCreditMemo::new(day("2026-03-07"))).await.unwrap();
    let again = memos.reopen(memo).await.unwrap();
    assert_eq!(again.application_status.as_ref().map(ToString::to_string).as_deref(), Some("open"));
    assert_balanced(&campfire).await;
}

#[tokio::test]
async fn refunds_use_up_debit_memos_and_voiding_restores_them() {
    let (_sandbox, campfire) = start().await;
    let line = DebitMemoLineCreate { amount: Some(money("20")), ..DebitMemoLineCreate::new(6000) };
    let memos = campfire.debit_memos();
    let memo = memos.create(&DebitMemoCreate::new(vec![line], day("2026-03-01"), 1)).await.unwrap().id;
    let came_back = bank_line(&campfire, "20", true).await;
    let use_of = DebitMemoUse::new(DebitMemoUseRequired {
        transaction_id: came_back,
        account_id: 1000.into(),
        amount: money("20"),
        payment_date: day("2026-03-06"),
    });
    memos.mark_used(memo, &use_of).await.unwrap();
    let used = memos.retrieve(memo).await.unwrap();
    assert_eq!(used.application_status.as_ref().map(ToString::to_string).as_deref(), Some("used"));
    let payment = used.payments.as_ref().unwrap()[0].id;
    memos.payments(memo).void(payment, &VoidPayment::default()).await.unwrap();
    memos.payments(memo).delete(payment).await.unwrap();
    memos.void(memo, &VoidDebitMemo::new(day("2026-03-07"))).await.unwrap();
    memos.reopen(memo).await.unwrap();
    assert_balanced(&campfire).await;
}

#[tokio::test]
async fn a_bill_can_be_paid_unpaid_voided_and_reopened() {
    let (_sandbox, campfire) = start().await;
    let bill = bill(&campfire, "80", "0").await.id;
    let paid = campfire.bills().pay(bill, &manual_payment("80")).await.unwrap();
    let payment = paid.payments.as_ref().unwrap()[0].id;
    campfire.bills().payments(bill).void(payment, &VoidPayment::default()).await.unwrap();
    campfire.bills().payments(bill).delete(payment).await.unwrap();
    campfire.bills().void(bill, &VoidBill::new(day("2026-03-09"))).await.unwrap();
    let open = campfire.bills().reopen(bill).await.unwrap();
    assert_eq!(open.amount_due, Some(money("80")));
    assert_balanced(&campfire).await;
}

#[tokio::test]
async fn bulk_invoices_are_created_atomically_and_paid_by_one_transaction() {
    let (sandbox, campfire) = start().await;
    let good = json!({"entity": 1, "invoice_date": "2026-03-01", "due_date": "2026-03-20", "lines": [{"quantity": 2, "rate": 15}]});
    // References are checked once there are records to refer to.
    sandbox.seed("vendors", json!({"id": 7})).unwrap();
    let mut bad = good.clone();
    bad["client"] = json!(4711);
    let many = |items: Vec<serde_json::Value>| -> InvoiceBulkCreate {
        serde_json::from_value(json!({"invoices": items})).unwrap()
    };
    let error = campfire.invoices().bulk_create(&many(vec![good.clone(), bad])).await.unwrap_err();
    assert!(error.to_string().contains("client: Invalid pk \"4711\""), "{error}");
    assert_eq!((sandbox.count("invoices"), sandbox.count("transactions")), (0, 0));
    let made = campfire.invoices().bulk_create(&many(vec![good.clone(), good])).await.unwrap();
    assert_eq!(made[0].total_amount, Some(money("30")), "the amount of a line is its quantity times its rate");
    let ids: Vec<InvoiceId> = made.iter().map(|invoice| invoice.id).collect();
    let incoming = bank_line(&campfire, "50", true).await;
    let body = BulkPaymentApplication { invoice_ids: Some(ids.clone()), ..BulkPaymentApplication::new(incoming) };
    campfire.invoices().bulk_apply_payment(&body).await.unwrap();
    let mut due = Vec::new();
    for id in ids {
        due.push(campfire.invoices().retrieve(id).await.unwrap().amount_due.unwrap());
    }
    assert_eq!(due, [money("0"), money("10")]);
    assert_balanced(&campfire).await;
}

#[tokio::test]
async fn offsetting_transactions_are_merged() {
    let (sandbox, campfire) = start().await;
    let bank = campfire
        .journal_entries()
        .create(&entry("2026-03-05", vec![debit(1000, "9"), credit(1999, "9")]))
        .await
        .unwrap();
    let books = campfire
        .journal_entries()
        .create(&entry("2026-03-04", vec![debit(1999, "9"), credit(4000, "9")]))
        .await
        .unwrap();
    let line = |entry: &JournalEntry, index: usize| entry.transactions.as_ref().unwrap()[index].id;
    let pair = TransactionMerge::new(vec![line(&bank, 1), line(&books, 0)]);
    let wrong = TransactionMerge::new(vec![line(&bank, 0), line(&books, 0)]);
    campfire.transactions().merge(&wrong).await.unwrap_err();
    campfire.transactions().preview_merge(&pair.transaction_ids).await.unwrap();
    assert_eq!(sandbox.count("transactions"), 4, "a preview changes nothing");
    let merged = campfire.transactions().merge(&pair).await.unwrap();
    assert_eq!(merged.transactions.as_ref().unwrap().len(), 2);
    assert_eq!(sandbox.count("journal_entries"), 1);
    assert_balanced(&campfire).await;
}
