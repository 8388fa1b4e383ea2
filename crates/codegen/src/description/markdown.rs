//! Makes the description's Markdown safe for rustdoc.

/// Escapes brackets and angle brackets outside of code, which rustdoc would read as links and tags.
pub(crate) fn escape(text: &str) -> String {
    text.trim().lines().map(escape_line).collect::<Vec<_>>().join("\n")
}

fn escape_line(line: &str) -> String {
    let mut escaped = String::with_capacity(line.len());
    let mut code = false;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            '`' => code = !code,
            '\\' if !code => {
                escaped.push(character);
                escaped.extend(characters.next());
                continue;
            }
            '[' | ']' | '<' | '>' if !code => escaped.push('\\'),
            _ => {}
        }
        escaped.push(character);
    }
    escaped
}
