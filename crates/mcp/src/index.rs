//! Finding operations by words.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use campfire::operations;

/// What a word counts in the places where an operation has it.
const IN_ID: f64 = 6.0;
const IN_SUMMARY: f64 = 3.0;
const IN_DESCRIPTION: f64 = 1.0;
/// What a word counts that only begins like one of the operation, compared with the word itself.
const PREFIX: f64 = 0.5;
/// The fewest letters of such a word.
const MIN_PREFIX: usize = 3;

/// Words that say nothing about an operation.
const COMMON: [&str; 26] = [
    "a", "all", "an", "and", "are", "by", "for", "from", "how", "i", "in", "is", "it", "me", "my", "of", "on", "one",
    "our", "that", "the", "this", "to", "what", "which", "with",
];

/// Words that people use for those of the API.
const SYNONYMS: [(&str, &str); 22] = [
    ("add", "create"),
    ("cancel", "void"),
    ("change", "update"),
    ("client", "customer"),
    ("edit", "update"),
    ("fetch", "retrieve"),
    ("find", "list"),
    ("get", "retrieve"),
    ("gl", "ledger"),
    ("insert", "create"),
    ("journal", "entry"),
    ("make", "create"),
    ("modify", "update"),
    ("new", "create"),
    ("p&l", "income"),
    ("pl", "income"),
    ("post", "create"),
    ("read", "retrieve"),
    ("record", "create"),
    ("remove", "delete"),
    ("show", "retrieve"),
    ("supplier", "vendor"),
];
/// What a synonym counts, compared with the word itself.
const SYNONYM: f64 = 0.6;

/// Returns the ids of the operations that match the words of a text, the best first.
pub(crate) fn find(text: &str) -> Vec<&'static str> {
    INDEX.find(text)
}

static INDEX: LazyLock<Index> = LazyLock::new(Index::build);

/// The words of all operations.
struct Index {
    /// For each word, the operations that have it and what it counts there.
    words: BTreeMap<String, HashMap<&'static str, f64>>,
    operations: f64,
}

impl Index {
    fn build() -> Self {
        let (mut words, mut count) = (BTreeMap::<String, HashMap<&'static str, f64>>::new(), 0.0);
        for operation in operations::ids().filter_map(operations::get) {
            count += 1.0;
            let texts =
                [(operation.id, IN_ID), (&*operation.summary, IN_SUMMARY), (&*operation.description, IN_DESCRIPTION)];
            for (text, weight) in texts {
                for word in stems(text) {
                    let found = words.entry(word).or_default().entry(operation.id).or_default();
                    *found = found.max(weight);
                }
            }
        }
        Self { words, operations: count }
    }

    fn find(&self, text: &str) -> Vec<&'static str> {
        let mut scores: HashMap<&'static str, f64> = HashMap::new();
        for word in stems(text) {
            let mut of_word: HashMap<&'static str, f64> = HashMap::new();
            self.rate(&word, 1.0, &mut of_word);
            for (_, meant) in SYNONYMS.iter().filter(|(synonym, _)| *synonym == word) {
                self.rate(meant, SYNONYM, &mut of_word);
            }
            for (id, score) in of_word {
                *scores.entry(id).or_default() += score;
            }
        }
        let mut found: Vec<(&'static str, f64)> = scores.into_iter().collect();
        // Of equal matches, the shorter id is the more general one.
        found.sort_by(|(a, one), (b, other)| other.total_cmp(one).then_with(|| (a.len(), a).cmp(&(b.len(), b))));
        found.into_iter().map(|(id, _)| id).collect()
    }

    /// Notes what a word counts for each operation. Rare words count more.
    fn rate(&self, word: &str, factor: f64, scores: &mut HashMap<&'static str, f64>) {
        let begin_alike = self.words.range(word.to_owned()..).take_while(|(known, _)| known.starts_with(word));
        for (known, found) in begin_alike {
            let likeness = match known == word {
                true => 1.0,
                false if word.len() >= MIN_PREFIX => PREFIX,
                false => continue,
            };
            #[allow(clippy::cast_precision_loss, reason = "there are a few hundred operations")]
            let rarity = (1.0 + self.operations / found.len() as f64).ln();
            for (id, weight) in found {
                let score = scores.entry(id).or_default();
                *score = score.max(weight * factor * likeness * rarity);
            }
        }
    }
}

/// Returns the words of a text without endings, each once.
fn stems(text: &str) -> Vec<String> {
    let words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '&');
    let words = words.map(str::to_lowercase).filter(|word| !word.is_empty() && !COMMON.contains(&word.as_str()));
    let mut stems: Vec<String> = words.map(|word| stem(&word)).collect();
    stems.sort_unstable();
    stems.dedup();
    stems
}

/// Returns the singular of a word.
fn stem(word: &str) -> String {
    if let Some(stem) = word.strip_suffix("ies").filter(|stem| stem.len() > 2) {
        return format!("{stem}y");
    }
    match word.strip_suffix('s') {
        Some(stem) if stem.len() > 2 && !stem.ends_with('s') => stem.to_owned(),
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_lead_to_operations() {
        for (question, wanted) in [
            ("trial balance", "statements.trial_balance"),
            ("show me the trial balance", "statements.trial_balance"),
            ("income statement", "statements.income_statement"),
            ("P&L", "statements.income_statement"),
            ("pay a bill", "bills.pay"),
            ("void an invoice", "invoices.void"),
            ("cancel invoice", "invoices.void"),
            ("create a contract", "contracts.create"),
            ("new vendor", "vendors.create"),
            ("record usage of a contract", "contracts.usage.create"),
            ("list journal entries", "journal_entries.list"),
            ("remove a journal entry", "journal_entries.delete"),
            ("contracts.usage.create", "contracts.usage.create"),
            ("open invoices", "invoices.list"),
            ("who am I current user", "current_user.retrieve"),
            ("upload file", "files.upload"),
        ] {
            let found = find(question);
            let place = found.iter().position(|id| *id == wanted);
            assert!(
                place.is_some_and(|place| place < 5),
                "{question}: {wanted} is at {place:?} of {:?}",
                &found[..found.len().min(8)]
            );
        }
    }

    #[test]
    fn nothing_matches_nonsense() {
        assert_eq!(find("zzzyq"), Vec::<&str>::new());
        assert_eq!(find(""), Vec::<&str>::new());
        assert_eq!(find("the of a"), Vec::<&str>::new());
    }
}
