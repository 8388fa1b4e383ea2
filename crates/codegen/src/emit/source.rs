//! Formats generated code: prettyplease formats each item, and items are separated by blank lines.
//!
//! The arguments of our own macros (`object!`, `list!`, …) are not Rust syntax, so prettyplease cannot format them;
//! [`arguments`] does.

use proc_macro2::{Delimiter, Group, Ident, Spacing, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{Parse, Parser};
use syn::{
    File, ImplItem, ImplItemFn, Item, ItemImpl, ItemMacro, ItemMod, ItemStruct, ItemTrait, MacroDelimiter, PathSegment,
    TraitItemFn,
};

use crate::emit::docs;

/// The longest line that macro arguments are written on.
const WIDTH: usize = 100;

/// Formats the items of a source file.
pub(crate) fn format(items: Vec<Item>) -> String {
    let sources: Vec<String> = items.into_iter().map(item).collect();
    sources.join("\n")
}

/// Parses an item, and documents it.
pub(crate) fn documented<T: Parse + Documented>(docs: &str, tokens: TokenStream) -> Result<T, String> {
    let mut item: T = parse(tokens)?;
    item.attributes().splice(0..0, docs::comment(docs));
    Ok(item)
}

/// Parses items.
pub(crate) fn items(tokens: TokenStream) -> Result<Vec<Item>, String> {
    parse::<File>(tokens).map(|file| file.items)
}

/// An implementation with the given members.
pub(crate) fn implementation(head: TokenStream, members: Vec<ImplItem>) -> Result<Item, String> {
    let mut block: ItemImpl = parse(quote!(#head {}))?;
    block.items = members;
    Ok(Item::Impl(block))
}

/// A call of one of our own macros.
pub(crate) fn macro_call(path: &[&str], tokens: TokenStream) -> Item {
    let segments = path.iter().map(|segment| PathSegment::from(Ident::new(segment, Span::call_site())));
    Item::Macro(ItemMacro {
        attrs: Vec::new(),
        ident: None,
        mac: syn::Macro {
            path: syn::Path { leading_colon: None, segments: segments.collect() },
            bang_token: Default::default(),
            delimiter: MacroDelimiter::Brace(Default::default()),
            tokens,
        },
        semi_token: None,
    })
}

/// Parses generated tokens.
pub(crate) fn parse<T: Parse>(tokens: TokenStream) -> Result<T, String> {
    syn::parse2(tokens).map_err(|error| format!("the generated code is not Rust: {error}"))
}

/// An item that can be documented.
pub(crate) trait Documented {
    fn attributes(&mut self) -> &mut Vec<syn::Attribute>;
}

macro_rules! documented {
    ($($ty:ty)*) => {$(
        impl Documented for $ty {
            fn attributes(&mut self) -> &mut Vec<syn::Attribute> {
                &mut self.attrs
            }
        }
    )*};
}
documented!(ItemMod ItemStruct ItemTrait ImplItemFn TraitItemFn);

fn item(item: Item) -> String {
    match item {
        Item::Mod(mut module) => match &mut module.content {
            Some((_, content)) => {
                let content = std::mem::take(content);
                enclose(&unparse(Item::Mod(module)), &indent(&format(content)))
            }
            None => unparse(Item::Mod(module)),
        },
        item @ (Item::Impl(_) | Item::Trait(_)) => members_apart(&unparse(item)),
        Item::Macro(item) if item.ident.is_none() => format_macro(&item),
        item => unparse(item),
    }
}

fn unparse(item: Item) -> String {
    prettyplease::unparse(&File { shebang: None, frontmatter: None, attrs: Vec::new(), items: vec![item] })
}

/// Separates the members of a formatted item by blank lines.
fn members_apart(item: &str) -> String {
    let mut source = String::with_capacity(item.len());
    let mut was_end = false;
    for line in item.split_inclusive('\n') {
        if was_end && !line.starts_with('}') {
            source.push('\n');
        }
        source.push_str(line);
        was_end = line
            .strip_prefix("    ")
            .is_some_and(|line| !line.starts_with([' ', '/', '#']) && line.trim_end().ends_with(['}', ';']));
    }
    source
}

/// Puts a body between the braces of an item that is still empty.
fn enclose(shell: &str, body: &str) -> String {
    format!("{}\n{body}}}\n", shell.trim_end().trim_end_matches('}'))
}

fn indent(text: &str) -> String {
    text.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") }).collect()
}

/// Formats a call of one of our own macros, on one line if it is short.
fn format_macro(item: &ItemMacro) -> String {
    let attributes: String = item.attrs.iter().map(|attribute| format!("{}\n", attribute_line(attribute))).collect();
    format!("{attributes}{}", format_call(item))
}

fn attribute_line(attribute: &syn::Attribute) -> String {
    let mut line = String::new();
    inline(attribute.to_token_stream(), 0, &mut line);
    line
}

fn format_call(item: &ItemMacro) -> String {
    let mut source = String::new();
    inline(item.mac.path.to_token_stream(), 0, &mut source);
    source.push_str("! {");
    let has_braces = |tree| matches!(tree, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
    if !item.mac.tokens.clone().into_iter().any(has_braces) {
        let mut short = format!("{source} ");
        inline(item.mac.tokens.clone(), 0, &mut short);
        if !short.contains('\n') && short.len() < WIDTH {
            return format!("{short} }}\n");
        }
    }
    arguments(item.mac.tokens.clone(), 4, &mut source);
    source.push_str("}\n");
    source
}

/// Writes each comma-separated argument, and each attribute, on a line of its own.
fn arguments(tokens: TokenStream, indent: usize, source: &mut String) {
    source.push('\n');
    for line in lines(tokens) {
        source.extend(std::iter::repeat_n(' ', indent));
        inline(line.into_iter().collect(), indent, source);
        source.push('\n');
    }
}

fn lines(tokens: TokenStream) -> Vec<Vec<TokenTree>> {
    let mut lines = vec![Vec::new()];
    // Commas between `<` and `>` belong to a type.
    let mut depth = 0_usize;
    let mut previous = ' ';
    for tree in tokens {
        let mut ends = false;
        match &tree {
            TokenTree::Punct(punct) => {
                match punct.as_char() {
                    '<' => depth += 1,
                    '>' if previous != '=' && previous != '-' => depth = depth.saturating_sub(1),
                    ',' => ends = depth == 0,
                    _ => {}
                }
                previous = punct.as_char();
            }
            TokenTree::Group(group) => ends = group.delimiter() == Delimiter::Bracket && previous == '#',
            _ => {}
        }
        if let Some(line) = lines.last_mut() {
            line.push(tree);
        }
        if ends {
            previous = ' ';
            lines.push(Vec::new());
        }
    }
    lines.retain(|line| !line.is_empty());
    lines
}

/// Writes tokens on one line, except for the contents of braces and for long lists in brackets.
fn inline(tokens: TokenStream, indent: usize, source: &mut String) {
    if let Some(text) = doc_line(&tokens) {
        source.push_str("///");
        source.push_str(&text);
        return;
    }
    let mut before = String::new();
    for word in words(tokens) {
        let start = word.start();
        if needs_space(&before, &start) {
            source.push(' ');
        }
        match word {
            Word::Text(text) => source.push_str(&text),
            Word::Group(group) => self::group(&group, indent, source),
        }
        before = start;
    }
}

fn group(group: &Group, indent: usize, source: &mut String) {
    let (open, close) = match group.delimiter() {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::None => ("", ""),
    };
    source.push_str(open);
    if group.stream().is_empty() {
        // Nothing stands between the delimiters.
    } else if group.delimiter() == Delimiter::Brace {
        arguments(group.stream(), indent + 4, source);
        source.extend(std::iter::repeat_n(' ', indent));
    } else {
        let column = source.len() - source.rfind('\n').map_or(0, |newline| newline + 1);
        let mut content = String::new();
        inline(group.stream(), indent, &mut content);
        if column + content.len() < WIDTH {
            source.push_str(&content);
        } else {
            fill(&content, indent + 4, source);
            source.extend(std::iter::repeat_n(' ', indent));
        }
    }
    source.push_str(close);
}

/// Writes words on as many lines as they need.
fn fill(words: &str, indent: usize, source: &mut String) {
    let mut column = WIDTH;
    for word in words.split(' ') {
        if column + 1 + word.len() >= WIDTH {
            source.push('\n');
            source.extend(std::iter::repeat_n(' ', indent));
            column = indent;
        } else {
            source.push(' ');
            column += 1;
        }
        source.push_str(word);
        column += word.len();
    }
    source.push('\n');
}

enum Word {
    Text(String),
    Group(Group),
}

impl Word {
    /// The text that decides whether a space is needed.
    fn start(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Group(group) => match group.delimiter() {
                Delimiter::Parenthesis => "(".to_owned(),
                Delimiter::Bracket => "[".to_owned(),
                Delimiter::Brace => "{".to_owned(),
                Delimiter::None => String::new(),
            },
        }
    }
}

/// Splits tokens into words. Punctuation such as `::` and `=>` is one word.
fn words(tokens: TokenStream) -> Vec<Word> {
    let mut words = Vec::new();
    let mut joint = false;
    for tree in tokens {
        let continues = std::mem::take(&mut joint);
        match tree {
            TokenTree::Group(group) => words.push(Word::Group(group)),
            TokenTree::Punct(punct) => {
                joint = punct.spacing() == Spacing::Joint;
                match words.last_mut() {
                    Some(Word::Text(text)) if continues => text.push(punct.as_char()),
                    _ => words.push(Word::Text(punct.as_char().to_string())),
                }
            }
            tree => words.push(Word::Text(tree.to_string())),
        }
    }
    words
}

fn needs_space(before: &str, after: &str) -> bool {
    let is_name = before.ends_with(|last: char| last.is_alphanumeric() || last == '_');
    match (before, after) {
        ("" | "::" | "<" | "&" | "." | "#" | "(", _) => false,
        (_, "," | ";" | "." | ":" | "::" | "<" | ">" | "?") => false,
        (_, "(") => !is_name,
        _ => true,
    }
}

/// The text of a doc attribute.
fn doc_line(tokens: &TokenStream) -> Option<String> {
    let first = tokens.clone().into_iter().next();
    if !matches!(first, Some(TokenTree::Punct(punct)) if punct.as_char() == '#') {
        return None;
    }
    let parser = syn::Attribute::parse_outer;
    docs::text(parser.parse2(tokens.clone()).ok()?.first()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_and_members_are_apart() {
        let source = format(
            items(quote! {
                use a::b;
                /// A module.
                pub mod inner {
                    pub struct One { a: i64 }
                    impl One {
                        /// First.
                        pub fn first(&self) -> i64 { self.a }
                        pub fn second() {}
                    }
                }
                trait Two { fn one(&self); fn two(&self); }
            })
            .unwrap(),
        );
        let expected = "\
use a::b;

/// A module.
pub mod inner {
    pub struct One {
        a: i64,
    }

    impl One {
        /// First.
        pub fn first(&self) -> i64 {
            self.a
        }

        pub fn second() {}
    }
}

trait Two {
    fn one(&self);

    fn two(&self);
}
";
        assert_eq!(source, expected);
    }

    #[test]
    fn macro_arguments_stand_on_lines_of_their_own() {
        let filters = (0..30).map(|index| quote::format_ident!("filter_{index}"));
        let source = format(
            items(quote! {
                crate::list! { List => crate::Page<types::Entry>, offset, [one two] }
                crate::open_enum! {
                    /// How far.
                    Status {
                        /// Not yet.
                        Draft = "draft",
                    }
                }
                crate::list! { List => Map<String, Entry>, [#(#filters)*] }
                check! { Entry { amount = "amount": [range(Some(("0", false)), None)], } }
            })
            .unwrap(),
        );
        let expected = r#"crate::list! { List => crate::Page<types::Entry>, offset, [one two] }

crate::open_enum! {
    /// How far.
    Status {
        /// Not yet.
        Draft = "draft",
    }
}

crate::list! {
    List => Map<String, Entry>,
    [
        filter_0 filter_1 filter_2 filter_3 filter_4 filter_5 filter_6 filter_7 filter_8 filter_9
        filter_10 filter_11 filter_12 filter_13 filter_14 filter_15 filter_16 filter_17 filter_18
        filter_19 filter_20 filter_21 filter_22 filter_23 filter_24 filter_25 filter_26 filter_27
        filter_28 filter_29
    ]
}

check! {
    Entry {
        amount = "amount": [range(Some(("0", false)), None)],
    }
}
"#;
        assert_eq!(source, expected);
    }
}
