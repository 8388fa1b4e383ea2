//! The layout of the area files, which `cargo xtask lint --fix` restores. It moves lines, so comments stay where they
//! are, and it never changes the meaning of a file.

use crate::description::extension;
use crate::description::yaml;

/// The order of an operation's members. All others come before `parameters`.
const ORDER: [&str; 17] = [
    "operationId",
    "tags",
    "summary",
    "description",
    "externalDocs",
    extension::ALIASES,
    "deprecated",
    extension::RETRY,
    extension::RETRY_IF,
    extension::READ_BACK,
    extension::CLIENT_KEY,
    extension::MONEY,
    extension::PAGINATION,
    extension::ORDER,
    "parameters",
    "requestBody",
    "responses",
];

/// Returns the text of a file in the uniform layout, or `None` if that would change its meaning.
pub fn formatted(text: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let mut out: Vec<&str> = Vec::with_capacity(lines.len());
    let mut rest = lines.as_slice();
    let mut in_paths = false;
    while let Some((line, below)) = rest.split_first() {
        if indent(line) == Some(0) {
            in_paths = *line == "paths:";
        }
        out.push(line);
        rest = below;
        if in_paths && indent(line) == Some(4) && is_method(line) {
            let length =
                below.iter().position(|line| indent(line).is_some_and(|indent| indent <= 4)).unwrap_or(below.len());
            out.extend(members_in_order(&below[..length]));
            rest = &below[length..];
        }
    }
    while out.last().is_some_and(|line| line.is_empty()) {
        out.pop();
    }
    let mut formatted = out.join("\n");
    formatted.push('\n');
    let meaning = |text: &str| yaml::parse("", text).map(|document| document.value).ok();
    (meaning(text)? == meaning(&formatted)?).then_some(formatted)
}

/// Returns the indentation of a line; `None` for an empty line.
fn indent(line: &str) -> Option<usize> {
    (!line.is_empty()).then(|| line.len() - line.trim_start_matches(' ').len())
}

fn is_method(line: &str) -> bool {
    ["get:", "post:", "put:", "patch:", "delete:"].contains(&line.trim())
}

/// Sorts the members of an operation, each with the comments above it.
fn members_in_order<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    let mut members: Vec<(usize, Vec<&str>)> = Vec::new();
    let mut comments = Vec::new();
    for line in lines {
        let at_member = indent(line) == Some(6);
        if at_member && line.trim_start().starts_with('#') {
            comments.push(*line);
        } else if at_member {
            let key = line.trim_start().split(':').next().unwrap_or_default();
            let others = ORDER.iter().position(|known| *known == "parameters").unwrap_or(ORDER.len());
            let rank = ORDER.iter().position(|known| *known == key).map_or(2 * others - 1, |rank| 2 * rank);
            let mut member = std::mem::take(&mut comments);
            member.push(*line);
            members.push((rank, member));
        } else if let Some((_, member)) = members.last_mut() {
            member.append(&mut comments);
            member.push(line);
        } else {
            comments.push(line);
        }
    }
    members.sort_by_key(|(rank, _)| *rank);
    let mut ordered: Vec<&str> = members.into_iter().flat_map(|(_, lines)| lines).collect();
    ordered.append(&mut comments);
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIDY: &str = "paths:\n  /a:\n    get:\n      operationId: a.list\n      summary: A\n      x-new: 1\n      # Why.\n      \
                        parameters:\n        - name: q\n      responses:\n        '200': {description: x}\n    put:\n      \
                        operationId: a.replace\n";

    #[test]
    fn members_are_sorted() {
        assert_eq!(formatted(TIDY).unwrap(), TIDY);
        let untidy = "paths:  \n  /a:\n    get:\n      responses:\n        '200': {description: x}\n      x-new: 1\n      # \
                      Why.\n      parameters:\t\n        - name: q\n      summary: A \n      operationId: a.list\n    put:\n      \
                      operationId: a.replace\n\n\n";
        assert_eq!(formatted(untidy).unwrap(), TIDY);
    }

    #[test]
    fn a_change_of_meaning_is_refused() {
        // In Markdown, two spaces at the end of a line are a line break, so they are part of the text.
        assert_eq!(formatted("a: |\n  one  \n  two\n"), None);
        assert_eq!(formatted("a: [\n"), None);
    }
}
