//! What the description tells the sandbox: `x-effect`, `x-document`, `x-collects`, `x-sum` and `x-approval`.
//! The sandbox gives the words their meaning; this is where they are spelt.

use serde_json::Value;

/// What an `x-effect` may `do`, see `openapi/README.md`.
const VERBS: [&str; 22] = [
    "allocate",
    "allocations",
    "balance_sheet",
    "bulk_create",
    "bulk_pay",
    "calculate_payment",
    "cash_activity",
    "default_payment",
    "general_ledger",
    "income_statement",
    "merge",
    "next_number",
    "pay",
    "preview_merge",
    "promote",
    "remove_payment",
    "reopen",
    "terminate",
    "trial_balance",
    "use",
    "void",
    "void_payment",
];

/// What an `x-document` may be.
const DOCUMENTS: [&str; 6] = ["journal-entry", "intercompany-entry", "invoice", "bill", "credit-memo", "debit-memo"];

/// Something wrong: where below the given place, what, and how to mend it.
pub(crate) type Complaint = (&'static str, String, String);

/// Checks what an operation says. `knows` tells whether a resource exists.
pub(crate) fn operation(operation: &Value, knows: impl Fn(&str) -> bool) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    if let Some(approval) = operation.get("x-approval")
        && !approval.as_str().is_some_and(|word| ["draft", "none"].contains(&word))
    {
        complaints.push(("/x-approval", format!("`{approval}` is no approval"), "write `draft` or `none`".into()));
    }
    let Some(effect) = operation.get("x-effect") else { return complaints };
    let mut complain = |problem: String, mend: &str| complaints.push(("/x-effect", problem, mend.to_owned()));
    let Some(effect) = effect.as_object() else {
        complain("an effect that is no mapping".to_owned(), "write `{do: void}` and the like");
        return complaints;
    };
    for (key, value) in effect {
        match key.as_str() {
            "copy" | "delete" | "link" if value.as_bool() == Some(true) => {}
            "set" if value.is_object() => {}
            "do" if value.as_str().is_some_and(|verb| VERBS.contains(&verb)) => {}
            "do" => complain(format!("the sandbox cannot do {value}"), &format!("one of {}", VERBS.join(", "))),
            "rows" if value.is_object() => {
                for (key, value) in value.as_object().into_iter().flatten() {
                    match (key.as_str(), value) {
                        ("of", Value::String(resource)) if knows(resource) => {}
                        ("of", _) => complain(format!("there is no resource {value}"), "name one: `invoices.payments`"),
                        ("dated_by", Value::String(_)) | ("where", Value::Object(_)) => {}
                        _ => complain(format!("`{key}` in `rows`"), "`of`, `dated_by` and `where` are known"),
                    }
                }
            }
            _ => complain(
                format!("`{key}: {value}` is no effect"),
                "the effects are `copy: true`, `delete: true`, `link: true`, `set: {…}`, `do: …`, `rows: {…}`",
            ),
        }
    }
    complaints
}

/// Checks what a schema says.
pub(crate) fn schema(schema: &Value) -> Vec<Complaint> {
    match schema.get("x-document") {
        Some(kind) if !kind.as_str().is_some_and(|kind| DOCUMENTS.contains(&kind)) => {
            vec![("/x-document", format!("{kind} is no document"), format!("one of {}", DOCUMENTS.join(", ")))]
        }
        _ => Vec::new(),
    }
}

/// Checks what a property says.
pub(crate) fn property(property: &Value, knows: impl Fn(&str) -> bool) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    if let Some(collects) = property.get("x-collects") {
        let resource = collects.as_str().and_then(|path| path.rsplit_once('.')).map(|(resource, _)| resource);
        if !resource.is_some_and(&knows) {
            let mend = "write `resource.field`: `transactions.journal`";
            complaints.push(("/x-collects", format!("{collects} names no resource"), mend.into()));
        }
    }
    for term in property.get("x-sum").and_then(Value::as_array).into_iter().flatten() {
        let fine = match term {
            Value::String(_) => true,
            Value::Object(members) => {
                members.get("of").is_some_and(Value::is_string)
                    && members.get("in").and_then(Value::as_str).is_some_and(&knows)
                    && members.get("by").is_some_and(Value::is_string)
                    && members.keys().all(|key| ["by", "in", "minus", "of", "unless"].contains(&key.as_str()))
            }
            _ => false,
        };
        if !fine {
            let mend = "write `lines.amount`, `-amount_paid` or `{of: amount, in: invoices.payments, by: invoice}`";
            complaints.push(("/x-sum", format!("{term} is no term of a sum"), mend.into()));
        }
    }
    complaints
}
