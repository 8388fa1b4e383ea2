/// Makes text from the server fit for a message or a log: one line of at most 300 characters, with white space collapsed
/// and without control characters. Keys need it as much as values, because they appear in paths.
pub fn one_line(text: &str) -> String {
    const LONGEST: usize = 300;
    let (mut line, mut length, mut gap) = (String::new(), 0, false);
    for character in text.chars() {
        if character.is_whitespace() || character.is_control() {
            gap = length > 0;
            continue;
        }
        if std::mem::take(&mut gap) {
            line.push(' ');
            length += 1;
        }
        // Never more than is kept: the text may be as long as a body.
        if length >= LONGEST {
            line.truncate(line.char_indices().nth(LONGEST).map_or(line.len(), |(end, _)| end));
            line.push('…');
            break;
        }
        line.push(character);
        length += 1;
    }
    line
}
