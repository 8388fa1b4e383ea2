//! Marks the lines of a generated source with the areas that need them.
//!
//! What the generator writes for some areas is a subsequence of what it writes for all of them. The sources of the single
//! areas are compared with the whole one, item by item, and inside an item where it differs. Items are told apart by
//! indentation, which the generator's formatting guarantees.

use super::stamp::MARK;

/// Some lines of a source.
type Lines<'a> = Vec<&'a str>;

/// Marks the lines of `whole`. Each part is a bit and the source that is generated for the area of that bit.
///
/// # Errors
/// If a part is not a subsequence of the whole.
pub(super) fn mark<'a>(whole: &'a str, parts: impl Iterator<Item = (u64, &'a str)>) -> Result<String, String> {
    let parts = parts.map(|(bit, text)| (bit, text.lines().collect())).collect();
    let mut marked = Marked { text: String::new(), mask: 0 };
    merge(&whole.lines().collect(), parts, &mut marked)?;
    Ok(marked.text)
}

struct Marked {
    text: String,
    mask: u64,
}

impl Marked {
    fn push(&mut self, mask: u64, lines: &[&str]) {
        if mask != self.mask && !lines.is_empty() {
            self.text.push_str(&format!("{MARK}{mask:x}\n"));
            self.mask = mask;
        }
        for line in lines {
            self.text.push_str(line);
            self.text.push('\n');
        }
    }
}

/// An item, a member, an argument, or whatever else stands on lines of its own.
#[derive(PartialEq, Eq)]
struct Node<'a> {
    /// Its documentation and attributes, after the blank lines before it.
    lead: Lines<'a>,
    /// Its first line.
    head: &'a str,
    /// Its other lines.
    rest: Lines<'a>,
}

impl<'a> Node<'a> {
    /// Returns the body and the closing line, unless the node is a single line or has several bodies.
    fn body(&self) -> Option<(Lines<'a>, &'a str)> {
        let (close, body) = self.rest.split_last()?;
        let is_inside = |line: &&str| line.is_empty() || indentation(line) > indentation(self.head);
        (indentation(close) == indentation(self.head) && body.iter().all(is_inside)).then(|| (body.to_vec(), *close))
    }
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

fn nodes<'a>(lines: &Lines<'a>) -> Vec<Node<'a>> {
    let depth = lines.iter().filter(|line| !line.is_empty()).map(|line| indentation(line)).min().unwrap_or(0);
    let mut nodes: Vec<Node<'a>> = Vec::new();
    let mut lead = Vec::new();
    let mut blank = Vec::new();
    for line in lines.iter().copied() {
        if line.is_empty() {
            blank.push(line);
            continue;
        }
        let text = line.trim_start();
        let continues = indentation(line) > depth || text.starts_with(['}', ')', ']']);
        let target = match nodes.last_mut() {
            _ if !lead.is_empty() && continues => &mut lead,
            Some(node) if continues => &mut node.rest,
            _ if text.starts_with("//") || text.starts_with('#') => &mut lead,
            _ => {
                blank.append(&mut lead);
                nodes.push(Node { lead: std::mem::take(&mut blank), head: line, rest: Vec::new() });
                continue;
            }
        };
        target.append(&mut blank);
        target.push(line);
    }
    nodes
}

fn merge<'a>(whole: &Lines<'a>, parts: Vec<(u64, Lines<'a>)>, marked: &mut Marked) -> Result<(), String> {
    let whole = nodes(whole);
    let mut parts: Vec<_> = parts.into_iter().map(|(bit, lines)| (bit, nodes(&lines).into_iter().peekable())).collect();
    for (index, node) in whole.iter().enumerate() {
        let mut present = Vec::new();
        for (bit, rest) in &mut parts {
            if let Some(found) = rest.next_if(|next| is_same(node, next, &whole[index + 1..])) {
                present.push((*bit, found));
            }
        }
        let mask = present.iter().fold(0, |mask, (bit, _)| mask | bit);
        if mask == 0 {
            return Err(format!("no area needs `{}`", node.head.trim()));
        }
        merge_lead(node, &present, mask, marked);
        marked.push(mask, &[node.head]);
        if present.iter().all(|(_, found)| found.rest == node.rest) {
            marked.push(mask, &node.rest);
            continue;
        }
        let Some((body, close)) = node.body() else {
            return Err(format!("`{}` depends on the areas", node.head.trim()));
        };
        let bodies = present.iter().filter_map(|(bit, found)| Some((*bit, found.body()?.0))).collect();
        merge(&body, bodies, marked)?;
        marked.push(mask, &[close]);
    }
    match parts.iter_mut().find_map(|(_, rest)| rest.next()) {
        Some(node) => Err(format!("`{}` is not part of the whole", node.head.trim())),
        None => Ok(()),
    }
}

/// Returns whether `found` is the node of an area that became `node`, and not one of the `later` nodes.
fn is_same(node: &Node<'_>, found: &Node<'_>, later: &[Node<'_>]) -> bool {
    let documentation = |node: &Node<'_>| -> Vec<String> {
        node.lead.iter().filter(|line| !line.is_empty()).map(|&line| line.to_owned()).collect()
    };
    if node.head != found.head {
        return false;
    }
    if documentation(node) == documentation(found) && node.rest == found.rest {
        return true;
    }
    !later.iter().any(|later| later.head == found.head && documentation(later) == documentation(found))
}

/// Marks documentation and attributes, line by line.
fn merge_lead(node: &Node<'_>, present: &[(u64, Node<'_>)], mask: u64, marked: &mut Marked) {
    let mut rest: Vec<_> = present.iter().map(|(bit, found)| (*bit, found.lead.as_slice())).collect();
    for line in &node.lead {
        let mut line_mask = 0;
        for (bit, lead) in &mut rest {
            if let Some(at) = lead.iter().position(|other| other == line) {
                *lead = &lead[at + 1..];
                line_mask |= *bit;
            }
        }
        // A blank line may separate what is adjacent elsewhere.
        marked.push(if line.is_empty() { mask } else { line_mask }, &[line]);
    }
}

#[cfg(test)]
mod tests {
    use super::super::stamp::select;
    use super::*;

    const WHOLE: &str = "\
impl Requests {
    /// Lists `a`, and `b`.
    fn shared() {
        both();
    }

    /// Only for `a`.
    fn one() {
        a();
    }

    fn two() {
        b();
    }
}

/// A type.
/// Sent as `A`.
/// Sent as `B`.
pub struct Type {
    x: i64,
}
";
    const A: &str = "\
impl Requests {
    /// Lists `a`, and `b`.
    fn shared() {
        both();
    }

    /// Only for `a`.
    fn one() {
        a();
    }
}

/// A type.
/// Sent as `A`.
pub struct Type {
    x: i64,
}
";
    const B: &str = "\
impl Requests {
    /// Lists `a`, and `b`.
    fn shared() {
        both();
    }

    fn two() {
        b();
    }
}

/// A type.
/// Sent as `B`.
pub struct Type {
    x: i64,
}
";

    #[test]
    fn each_choice_of_areas_gets_its_lines() {
        let none = "impl Requests {\n}\n";
        let marked = mark(WHOLE, [(1, A), (2, B), (4, none)].into_iter()).unwrap();
        assert_eq!(select(&marked, 1 | 4), A);
        assert_eq!(select(&marked, 2 | 4), B);
        assert_eq!(select(&marked, 1 | 2 | 4), WHOLE);
        assert_eq!(select(&marked, 4), none);
    }

    #[test]
    fn a_source_that_is_no_subsequence_is_an_error() {
        let part = "impl Requests {\n    fn other() {}\n}\n";
        let error = mark(WHOLE, [(1, WHOLE), (2, part)].into_iter()).unwrap_err();
        assert_eq!(error, "`fn other() {}` is not part of the whole");
        assert_eq!(mark(WHOLE, [(1, A)].into_iter()).unwrap_err(), "no area needs `fn two() {`");
    }
}
