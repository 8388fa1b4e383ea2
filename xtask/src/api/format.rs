//! Prints parts of items on one line.

use syn::{Attribute, Fields, File, Generics, Item, Signature, Type, Variant, parse_quote};

/// Prints a signature: `fn get(&self, id: i64) -> Option<T>`.
pub(super) fn signature(signature: &Signature) -> String {
    let function: Item = parse_quote!(#signature {});
    let text = print(function);
    text.trim_end_matches("{}").trim_end().trim_end_matches(',').to_owned()
}

/// Prints a type.
pub(super) fn ty(ty: &Type) -> String {
    let text = print(parse_quote!(type T = #ty;));
    text.trim_start_matches("type T =").trim_end_matches(';').trim().to_owned()
}

/// Prints the parameters of a type: `<T: Clone>`, or nothing.
pub(super) fn generics(generics: &Generics) -> String {
    let text = print(parse_quote!(struct T #generics;));
    text.trim_start_matches("struct T").trim_end_matches(';').to_owned()
}

/// Prints a variant with the types of its fields: `Object(JsonObject)`.
pub(super) fn variant(variant: &Variant) -> String {
    let mut variant = variant.clone();
    variant.attrs.clear();
    variant.discriminant = None;
    if let Fields::Named(fields) = &mut variant.fields {
        fields.named.iter_mut().for_each(|field| field.attrs.clear());
    }
    if let Fields::Unnamed(fields) = &mut variant.fields {
        fields.unnamed.iter_mut().for_each(|field| field.attrs.clear());
    }
    let text = print(parse_quote!(enum T { #variant }));
    let text = text.trim_start_matches("enum T {").trim_end_matches('}').trim();
    text.trim_end_matches(',').to_owned()
}

/// Prints the derives of a type, and whether it is non-exhaustive.
pub(super) fn marks(attributes: &[Attribute]) -> String {
    let mark = |attribute: &Attribute| {
        if attribute.path().is_ident("derive") {
            let text = print(parse_quote!(#attribute struct T;));
            let derives = text.trim_start_matches("#[derive(").split(")]").next().unwrap_or_default();
            format!(": {derives}")
        } else if attribute.path().is_ident("non_exhaustive") {
            " (non-exhaustive)".to_owned()
        } else {
            String::new()
        }
    };
    attributes.iter().map(mark).collect()
}

fn print(item: Item) -> String {
    one_line(&prettyplease::unparse(&File { shebang: None, frontmatter: None, attrs: Vec::new(), items: vec![item] }))
}

/// Joins the lines into which long items are broken, without the comma after the last argument.
fn one_line(text: &str) -> String {
    let mut joined = String::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if line.starts_with([')', ']', '>']) {
            joined.truncate(joined.trim_end_matches(',').len());
        } else if !joined.is_empty() && !joined.ends_with(['(', '[', '<']) {
            joined.push(' ');
        }
        joined.push_str(line);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_signatures_stay_on_one_line() {
        let long = parse_quote!(fn create_with_many_arguments<T>(&self, first_argument: impl Into<String>, second_argument: Option<T>) -> Result<Response<T>, Error> where T: Clone);
        let text = "fn create_with_many_arguments<T>(&self, first_argument: impl Into<String>, second_argument: Option<T>) -> \
                    Result<Response<T>, Error> where T: Clone";
        assert_eq!(signature(&long), text);
        let short = parse_quote!(fn new(mut self, f: impl FnOnce(&str) -> [u8; 2] + 'static) -> Self);
        assert_eq!(signature(&short), "fn new(mut self, f: impl FnOnce(&str) -> [u8; 2] + 'static) -> Self");
    }

    #[test]
    fn parts_of_types_are_printed_as_written() {
        assert_eq!(ty(&parse_quote!(&'static [Option<(A, B)>])), "&'static [Option<(A, B)>]");
        let item: syn::ItemEnum = parse_quote!(
            #[derive(Clone, Debug)]
            #[non_exhaustive]
            enum E<'a, T: Copy> {
                #[default]
                A(Box<T>),
                B {
                    field: &'a str,
                },
                C = 1,
            }
        );
        assert_eq!(generics(&item.generics), "<'a, T: Copy>");
        assert_eq!(item.variants.iter().map(variant).collect::<Vec<_>>(), ["A(Box<T>)", "B { field: &'a str }", "C"]);
        assert_eq!(marks(&item.attrs), ": Clone, Debug (non-exhaustive)");
    }
}
