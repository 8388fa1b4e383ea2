/// Makes text from the server fit for a message or a log: one line of at most 300 characters, with white space collapsed
/// and without control characters. Keys need it as much as values, because they appear in paths.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::new();
    for word in text.split(|character: char| character.is_whitespace() || character.is_control()) {
        if word.is_empty() {
            continue;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if let Some((end, _)) = line.char_indices().nth(300) {
            line.truncate(end);
            line.push('…');
            break;
        }
    }
    line
}
