//! What somebody may have meant.

/// How many names are suggested.
const SUGGESTIONS: usize = 3;
/// How alike a name must be, from 0 to 1.
const ALIKE: f64 = 0.75;

/// Returns the names that look most like a text, the best first.
pub fn similar<'a>(text: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let rated = names.map(|name| (strsim::jaro_winkler(text, name), name));
    let mut alike: Vec<_> = rated.filter(|(likeness, _)| *likeness >= ALIKE).collect();
    alike.sort_by(|one, other| other.0.total_cmp(&one.0));
    alike.into_iter().take(SUGGESTIONS).map(|(_, name)| name).collect()
}

/// Returns the end of a message that suggests names.
pub fn hint(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        names => format!(": did you mean `{}`?", names.join("` or `")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typos_are_recognized_and_strangers_are_not() {
        let names = ["contracts.list", "contracts.create", "invoices.list"];
        assert_eq!(similar("contract.list", names.into_iter())[0], "contracts.list");
        assert_eq!(similar("zzz", names.into_iter()), Vec::<&str>::new());
        assert_eq!(hint(&["a", "b"]), ": did you mean `a` or `b`?");
        assert_eq!(hint(&[]), "");
    }
}
