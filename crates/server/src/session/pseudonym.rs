//! Pseudonyms: random text of the same form.

use std::collections::{HashMap, HashSet};

/// The number of tries to find a pseudonym that no other word has. There are only ten of one digit.
const TRIES: usize = 64;

/// Replaces words by random ones of the same form: letters by letters, digits by digits. A word has the same pseudonym
/// throughout a session, so that texts that are equal or share words still are or do. The pseudonyms are random, so they
/// cannot be computed back.
#[derive(Default)]
pub(crate) struct Pseudonyms {
    words: HashMap<String, String>,
    used: HashSet<String>,
}

impl Pseudonyms {
    /// Returns a text in which every word is replaced. Spaces and punctuation stay.
    pub(crate) fn text(&mut self, text: &str) -> String {
        if is_uuid(text) {
            return self.word(text, uuid_character);
        }
        if let Some((scheme, rest)) = text.split_once("://").filter(|(scheme, _)| ["http", "https"].contains(scheme)) {
            let (_, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
            return format!("{scheme}://example.com{}", self.text(path));
        }
        let mut result = String::with_capacity(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            let end = rest.find(|character: char| !character.is_alphanumeric()).unwrap_or(rest.len());
            if end > 0 {
                result.push_str(&self.word(&rest[..end], character));
            }
            let after = &rest[end..];
            let next = after.find(char::is_alphanumeric).unwrap_or(after.len());
            result.push_str(&after[..next]);
            rest = &after[next..];
        }
        result
    }

    fn word(&mut self, word: &str, form: fn(char) -> char) -> String {
        if let Some(known) = self.words.get(word) {
            return known.clone();
        }
        let random = || word.chars().map(form).collect::<String>();
        let mut pseudonym = random();
        for _ in 0..TRIES {
            if pseudonym != word && !self.used.contains(&pseudonym) {
                break;
            }
            pseudonym = random();
        }
        self.used.insert(pseudonym.clone());
        self.words.insert(word.to_owned(), pseudonym.clone());
        pseudonym
    }
}

fn character(like: char) -> char {
    if like.is_numeric() {
        fastrand::digit(10)
    } else if like.is_uppercase() {
        fastrand::uppercase()
    } else {
        fastrand::lowercase()
    }
}

fn uuid_character(like: char) -> char {
    if like == '-' { like } else { fastrand::digit(16) }
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    lengths == [8, 4, 4, 4, 12] && groups.concat().chars().all(|character| character.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pseudonyms_keep_the_form_and_what_is_equal() {
        let mut pseudonyms = Pseudonyms::default();
        let name = pseudonyms.text("Jane Doe-Smith");
        let mail = pseudonyms.text("Jane@example.org");
        assert_eq!(name.len(), 14);
        assert_eq!(name.find(' '), Some(4));
        assert_eq!(name.find('-'), Some(8));
        assert_eq!(name.split(' ').next(), mail.split('@').next());
        assert!(!name.contains("Jane") && !name.contains("Smith") && !mail.contains("org"));
        let digits = pseudonyms.text("4155550100");
        assert!(digits.len() == 10 && digits.chars().all(|digit| digit.is_ascii_digit()) && digits != "4155550100");
        assert_eq!(pseudonyms.text("4155550100"), digits);
        let link = pseudonyms.text("https://jane.example.org/files/secret?key=4155550100");
        assert!(link.starts_with("https://example.com/") && link.ends_with(&format!("={digits}")), "{link}");
        assert!(is_uuid(&pseudonyms.text("0190c0de-0000-7000-8000-00000000abcd")));
    }

    #[test]
    fn no_two_words_have_the_same_pseudonym() {
        let mut pseudonyms = Pseudonyms::default();
        let shown: HashSet<String> = (100..1000).map(|number: i32| pseudonyms.text(&format!("name{number}"))).collect();
        assert_eq!(shown.len(), 900);
    }
}
