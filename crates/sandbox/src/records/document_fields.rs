//! Fields of invoices, bills, and memos that follow from their state, the current day, and exchange rates.

use campfire_sandbox_model::DocumentKind;
use campfire_values::{Date, Decimal, Json};

use crate::response_style::ResponseStyle;

/// Stored states in which nothing is due any more.
pub(crate) const SETTLED: [&str; 3] = ["paid", "voided", "uncollectible"];

/// Returns the value of a field if it is computed here. `get` returns other fields of the document.
pub(crate) fn value(
    kind: DocumentKind,
    name: &str,
    today: Date,
    style: ResponseStyle,
    get: impl Fn(&str) -> Json,
) -> Option<Json> {
    if matches!(kind, DocumentKind::JournalEntry | DocumentKind::IntercompanyEntry) {
        return None;
    }
    let has_due_date = matches!(kind, DocumentKind::Invoice | DocumentKind::Bill);
    match name {
        "status" if has_due_date => Some(status(today, get)),
        "total_amount" if includes_tax(&get) => Some(sum_of_lines(&get)),
        "past_due_days" if has_due_date => Some(days_past_due(today, get).map_or(Json::Null, Json::from)),
        _ => converted_amount(name, style, get),
    }
}

/// Returns `true` if the amounts of the lines contain the taxes.
fn includes_tax(get: impl Fn(&str) -> Json) -> bool {
    get("tax_behavior").as_str() == Some("inclusive")
}

fn sum_of_lines(get: impl Fn(&str) -> Json) -> Json {
    let lines = get("lines");
    let amounts = lines.as_array().unwrap_or_default().iter().filter_map(|line| line.get("amount")?.as_decimal());
    Decimal::checked_sum(amounts).map_or(Json::Null, Json::from)
}

fn status(today: Date, get: impl Fn(&str) -> Json) -> Json {
    let stored = get("payment_status");
    Json::from(match stored.as_str().unwrap_or("open") {
        "partial" => "partially_paid",
        "open" | "sent" if days_past_due(today, &get).is_some() => "past_due",
        "open" if get("sent_date").as_str().is_some() => "sent",
        other => other,
    })
}

fn days_past_due(today: Date, get: impl Fn(&str) -> Json) -> Option<i64> {
    if get("payment_status").as_str().is_some_and(|status| SETTLED.contains(&status)) {
        return None;
    }
    let due: Date = get("due_date").as_str()?.parse().ok()?;
    Some((today - due).num_days()).filter(|days| *days > 0)
}

/// Returns an amount in the entity's currency (`…_book`) or in the root entity's (`…_consolidation`).
fn converted_amount(name: &str, style: ResponseStyle, get: impl Fn(&str) -> Json) -> Option<Json> {
    let (base, rate) = match (name.strip_suffix("_book"), name.strip_suffix("_consolidation")) {
        (Some(base), _) if base.contains("amount") => (base, "exchange_rate_book"),
        (_, Some(base)) => (base, "exchange_rate"),
        _ => return None,
    };
    let amount = get(base).as_decimal()?;
    let amount = amount.checked_mul(get(rate).as_decimal().unwrap_or_else(|| Decimal::new(1, 0)))?;
    Some(match style {
        // The live server sends these as strings.
        ResponseStyle::Observed => Json::from(amount.to_string()),
        ResponseStyle::Documented => Json::from(amount),
    })
}
