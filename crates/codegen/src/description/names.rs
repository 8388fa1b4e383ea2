//! From the names of the wire to the names of Rust.

/// `last_modified_at__gte` → `last_modified_at_gte`, `sentStatus` → `sent_status`, `deal-id` → `deal_id`.
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

/// `prepaid_commits` → `PrepaidCommits`, `ACTIVE` → `Active`, `net_30` → `Net30`.
pub fn pascal(name: &str) -> String {
    // SHOUTED names lose their case, mixedCase ones keep their inner capitals.
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

/// The variant for an enum value: `1_30` → `From1To30`-like names are not invented, a leading digit gets a word.
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
        // The variant that keeps what nobody knows, and the one word that no variant may be.
        "Unknown" => "UnknownValue".to_owned(),
        "Self" => "Itself".to_owned(),
        _ if descending.is_some() => format!("{name}Descending"),
        _ => name,
    }
}

/// Words that cannot be a Rust identifier as they are.
pub fn is_keyword(name: &str) -> bool {
    syn::parse_str::<syn::Ident>(name).is_err()
}

/// A name as an identifier: keywords are escaped.
pub fn escaped(name: &str) -> String {
    if is_keyword(name) { format!("r#{name}") } else { name.to_owned() }
}

/// `contracts.prepaid_commits` → `prepaid_commit`: the singular of the last step.
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
    last.strip_suffix('s').unwrap_or(last).to_owned()
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
        assert!(is_keyword("type") && !is_keyword("kind"));
    }
}
