//! Links: the ids in a value, and the resources that they belong to.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use campfire::Json;
use campfire::operations::{self, Field, SchemaKind, Type};

/// How deep nested values are searched.
const MAX_DEPTH: usize = 6;

/// An id in a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    /// The path of the field, without positions in lists: `lines.product`.
    pub(crate) path: String,
    pub(crate) resource: &'static str,
    pub(crate) id: i64,
}

/// Returns the links that the description documents.
pub(crate) fn documented(ty: &Type<'static>, value: &Json) -> Vec<Link> {
    let mut finder = Finder { links: Vec::new(), by_name: false };
    finder.value(ty, &mut String::new(), value, MAX_DEPTH);
    finder.links
}

/// Returns the documented links, and ids in fields that are named after a resource, such as `payment_journal_entry`: the
/// description does not list every link to the ledger.
pub(crate) fn all(ty: &Type<'static>, value: &Json) -> Vec<Link> {
    let mut finder = Finder { links: Vec::new(), by_name: true };
    finder.value(ty, &mut String::new(), value, MAX_DEPTH);
    finder.links
}

/// Returns `true` if the records of a resource can be retrieved by a single id.
pub(crate) fn is_retrievable(resource: &str) -> bool {
    RETRIEVABLE.contains(resource)
}

static RETRIEVABLE: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| {
    let retrieves = operations::ids().filter_map(|id| Some((id, id.strip_suffix(".retrieve")?)));
    let by_one_id = |id: &str| operations::get(id).is_some_and(|found| found.path_parameters.len() == 1);
    retrieves.filter(|(id, _)| by_one_id(id)).map(|(_, resource)| resource).collect()
});

/// Returns the resource that a field is named after: `journal_entries` for `voided_journal_entry`.
fn named_after(field: &str) -> Option<&'static str> {
    let name = field.strip_suffix("_ids").or_else(|| field.strip_suffix("_id")).unwrap_or(field);
    let mut rest = Some(name);
    while let Some(name) = rest {
        let plural = match name.strip_suffix('y') {
            Some(stem) => format!("{stem}ies"),
            None if name.ends_with('s') => name.to_owned(),
            None => format!("{name}s"),
        };
        if let Some(found) = RETRIEVABLE.get(plural.as_str()) {
            return Some(found);
        }
        rest = name.split_once('_').map(|(_, rest)| rest);
    }
    None
}

/// The fields of a schema.
type Fields = Arc<[Field<'static>]>;

/// Returns the fields of a schema. They are parsed once, because a list has many records of the same schema.
fn fields_of(schema: &'static str) -> Fields {
    static PARSED: LazyLock<Mutex<HashMap<&'static str, Fields>>> = LazyLock::new(Mutex::default);
    let parse = || match operations::schema(schema).map(|schema| schema.kind) {
        Some(SchemaKind::Object { fields, .. }) => fields.into(),
        _ => Arc::default(),
    };
    PARSED.lock().unwrap_or_else(PoisonError::into_inner).entry(schema).or_insert_with(parse).clone()
}

struct Finder {
    links: Vec<Link>,
    by_name: bool,
}

impl Finder {
    fn value(&mut self, ty: &Type<'static>, path: &mut String, value: &Json, depth: usize) {
        let Some(depth) = depth.checked_sub(1) else { return };
        match (ty, value) {
            (Type::List(item), Json::Array(items)) => {
                items.iter().for_each(|value| self.value(item, path, value, depth));
            }
            (Type::Object(schema), Json::Object(members)) => {
                let fields = fields_of(schema);
                for (name, value) in members {
                    let field = fields.iter().find(|field| field.name == name);
                    self.member(field, name, path, value, depth);
                }
            }
            (Type::Json | Type::Map(_), Json::Array(items)) => {
                items.iter().for_each(|value| self.value(ty, path, value, depth));
            }
            (Type::Json | Type::Map(_), Json::Object(members)) => {
                for (name, value) in members {
                    self.member(None, name, path, value, depth);
                }
            }
            _ => {}
        }
    }

    fn member(&mut self, field: Option<&Field<'static>>, name: &str, path: &mut String, value: &Json, depth: usize) {
        let parent = path.len();
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(name);
        let documented = field.and_then(|field| field.references);
        if let Some(resource) = documented.or_else(|| named_after(name).filter(|_| self.by_name)) {
            self.ids(resource, path, value);
        }
        self.value(field.map_or(&Type::Json, |field| &field.ty), path, value, depth);
        path.truncate(parent);
    }

    fn ids(&mut self, resource: &'static str, path: &str, value: &Json) {
        let items = value.as_array().unwrap_or(std::slice::from_ref(value));
        for id in items.iter().filter_map(Json::as_i64) {
            self.links.push(Link { path: path.to_owned(), resource, id });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_named_after_resources() {
        assert_eq!(named_after("voided_journal_entry"), Some("journal_entries"));
        assert_eq!(named_after("payment_transactions"), Some("transactions"));
        assert_eq!(named_after("invoice_ids"), Some("invoices"));
        assert_eq!(named_after("account_id"), Some("accounts"));
        assert_eq!(named_after("chat_id"), None);
        assert_eq!(named_after("id"), None);
    }

    #[test]
    fn links_are_found_in_nested_records() {
        let bill = r#"{"id": 1, "vendor": 7, "customer": 3, "lines": [{"account": 5}], "payments":
            [{"payment_journal_entry": 9, "amount": 2}]}"#;
        let (ty, bill): (_, Json) = (Type::Object("Bill"), bill.parse().unwrap());
        let links = all(&ty, &bill).into_iter().map(|link| format!("{}={}/{}", link.path, link.resource, link.id));
        let mut links: Vec<String> = links.collect();
        links.sort();
        let expected = [
            "customer=customers/3",
            "lines.account=accounts/5",
            "payments.payment_journal_entry=journal_entries/9",
            "vendor=vendors/7",
        ];
        assert_eq!(links, expected);
        assert!(documented(&ty, &bill).iter().all(|link| link.path != "customer"));
    }
}
