//! Markdown of the description, made safe for rustdoc.

/// Escapes text for rustdoc: brackets and angle brackets outside of code would become links and tags.
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
