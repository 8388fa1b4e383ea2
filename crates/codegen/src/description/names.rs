//! Turns names of the API into names of Rust.

/// The fields that the generator adds to every object.
pub const RESERVED_FIELDS: [&str; 2] = ["additional", "extra"];

/// The methods and fields of request builders, which no parameter can be named after.
pub const RESERVED_SETTERS: [&str; 25] = [
    "all",
    "all_up_to",
    "bytes_ahead",
    "call",
    "concurrency",
    "count",
    "header",
    "idempotency_key",
    "list",
    "max_items",
    "new",
    "on_progress",
    "page_size",
    "pages",
    "query",
    "records",
    "rejected_records",
    "resume",
    "retry",
    "send",
    "send_untyped",
    "stream",
    "sync",
    "timeout",
    "wait",
];

/// The names of the prelude that the generated code uses without a path, which no type and no request builder can have.
pub const PRELUDE: [&str; 7] = ["AsRef", "Default", "Into", "Option", "Result", "String", "Vec"];

/// The methods of the clients, which no resource at the top can have the name of.
pub const RESERVED_RESOURCES: [&str; 12] = [
    "as_async",
    "base_url",
    "builder",
    "clone",
    "download",
    "from_env",
    "in_flight",
    "into_inner",
    "new",
    "operation",
    "request",
    "wait",
];

/// Returns a name in snake case: `last_modified_at__gte` → `last_modified_at_gte`, `sentStatus` → `sent_status`, `deal-id` → `deal_id`.
pub fn snake(name: &str) -> String {
    let mut snake = String::new();
    for character in name.chars() {
        if character.is_ascii_uppercase() {
            if !snake.is_empty() && !snake.ends_with('_') {
                snake.push('_');
            }
            snake.push(character.to_ascii_lowercase());
        } else if character.is_ascii_alphanumeric() {
            snake.push(character);
        } else if !snake.ends_with('_') {
            snake.push('_');
        }
    }
    snake.trim_end_matches('_').to_owned()
}

/// Returns a name in Pascal case: `prepaid_commits` → `PrepaidCommits`, `ACTIVE` → `Active`, `net_30` → `Net30`.
pub fn pascal(name: &str) -> String {
    // Names in capitals lose their case; mixed-case names keep their inner capitals.
    let shouted = !name.chars().any(|character| character.is_ascii_lowercase());
    let mut pascal = String::new();
    let mut upper = true;
    for character in name.chars() {
        if !character.is_ascii_alphanumeric() {
            upper = true;
        } else if upper {
            pascal.push(character.to_ascii_uppercase());
            upper = false;
        } else {
            pascal.push(if shouted { character.to_ascii_lowercase() } else { character });
        }
    }
    pascal
}

/// Returns the variant name of an enum value. A value that starts with a digit gets a prefix: `1_30` → `Days1_30`.
pub fn variant(value: &str) -> String {
    let descending = value.strip_prefix('-');
    let name = pascal(descending.unwrap_or(value));
    let name = if name.starts_with(|first: char| first.is_ascii_digit()) {
        // `1_30` must not become `130`.
        let digits = value.replace(|character: char| !character.is_ascii_alphanumeric(), "_");
        format!("Days{}", digits.trim_matches('_'))
    } else {
        name
    };
    match name.as_str() {
        // `Unknown` holds unlisted values, and `Self` is the only keyword in Pascal case.
        "Unknown" => "UnknownValue".to_owned(),
        "Self" => "Itself".to_owned(),
        _ if descending.is_some() => format!("{name}Descending"),
        _ => name,
    }
}

/// Returns `true` for a name that is not a Rust identifier as it is.
pub fn is_keyword(name: &str) -> bool {
    // A keyword since the edition of 2024, which syn does not know.
    name == "gen" || syn::parse_str::<syn::Ident>(name).is_err()
}

/// Returns a name as an identifier; keywords become raw identifiers.
pub fn escaped(name: &str) -> String {
    if is_keyword(name) { format!("r#{name}") } else { name.to_owned() }
}

/// Returns the name of the type of a resource's ids: `contracts.prepaid_commits` → `ContractPrepaidCommitId`.
pub fn id_type(resource: &str) -> String {
    let record: String = resource.split('.').map(|step| pascal(&singular(step))).collect();
    format!("{record}Id")
}

/// Returns the singular of a resource: `contracts.prepaid_commits` → `prepaid_commit`.
pub fn singular(resource: &str) -> String {
    let last = resource.rsplit('.').next().unwrap_or(resource);
    if let Some(stem) = last.strip_suffix("ies") {
        return format!("{stem}y");
    }
    for suffix in ["sses", "xes", "ches"] {
        if last.ends_with(suffix) {
            return last.trim_end_matches("es").to_owned();
        }
    }
    last.strip_suffix('s').filter(|stem| !stem.ends_with('s')).unwrap_or(last).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases() {
        assert_eq!(snake("last_modified_at__gte"), "last_modified_at_gte");
        assert_eq!(snake("sentStatus"), "sent_status");
        assert_eq!(pascal("one_time"), "OneTime");
        assert_eq!(pascal("FIXED_RATE"), "FixedRate");
        assert_eq!(variant("1_30"), "Days1_30");
        assert_eq!(variant("-total_amount"), "TotalAmountDescending");
        assert_eq!(variant("unknown"), "UnknownValue");
        assert_eq!(singular("journal_entries"), "journal_entry");
        assert_eq!(singular("fixed_asset_classes"), "fixed_asset_class");
        assert_eq!(singular("entity_access"), "entity_access");
        assert_eq!(id_type("contracts.prepaid_commits"), "ContractPrepaidCommitId");
        assert!(is_keyword("type") && !is_keyword("kind"));
    }
}
