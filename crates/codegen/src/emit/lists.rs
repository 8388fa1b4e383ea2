//! Builders of lists: paging, synchronization, and the records below every record of a list.

use proc_macro2::Ident;
use quote::{format_ident, quote};
use syn::{ImplItemFn, Item};

use crate::description::names;
use crate::description::spec::{Operation, Pagination};
use crate::emit::arguments::{Context, copied, ident, optional};
use crate::emit::resources::Resource;
use crate::emit::rust_type::{RustType, Scope};
use crate::emit::source;

/// The query parameter that holds the page size. On paged lists, it is set by `page_size`.
pub(crate) const LIMIT: &str = "limit";

/// The parameter that selects what changed at a time or later, by its name in Rust.
const SINCE: &str = "last_modified_at_gte";

/// Returns whether `page_size` sets the query parameter `limit`.
pub fn has_page_size(operation: &Operation) -> bool {
    operation.pagination.is_some_and(|pagination| kind(operation, pagination) != "whole")
}

/// The kind of paging, in the words of the macro `list!`.
pub(crate) fn kind(operation: &Operation, pagination: Pagination) -> &'static str {
    let has = |name: &str| operation.query.iter().any(|parameter| parameter.name == name && !parameter.omit);
    match pagination {
        Pagination::Offset if has(LIMIT) && has("offset") => "offset",
        Pagination::Cursor if has(LIMIT) && has("cursor") => "cursor",
        _ => "whole",
    }
}

/// Returns the kind of paging, as a variant of `crate::list::position::Paging`.
pub(crate) fn paging(operation: &Operation) -> &'static str {
    match operation.pagination.map(|pagination| kind(operation, pagination)) {
        Some("offset") => "Offset",
        Some("cursor") => "Cursor",
        _ => "Whole",
    }
}

/// Returns whether an operation returns records that can be listed page by page.
pub(crate) fn is_list(context: &Context<'_>, operation: &Operation) -> bool {
    operation.pagination.is_some() && context.forms.response_type(operation).page_of().is_some()
}

/// Returns what a list can do beyond returning one page: the methods that its kind of paging and its parameters allow.
pub(crate) fn abilities(operation: &Operation) -> Vec<&'static str> {
    let Some(pagination) = operation.pagination else { return Vec::new() };
    let mut abilities = vec!["pages", "stream"];
    if kind(operation, pagination) == "offset" {
        abilities.push("concurrency");
    }
    if can_sync(operation) {
        abilities.push("sync");
    }
    abilities
}

/// Returns whether a list can select records by the time of their last change.
pub(crate) fn can_sync(operation: &Operation) -> bool {
    optional(operation).any(|parameter| parameter.rust_name == SINCE)
}

/// Generates the methods of a list.
pub(crate) fn list(context: &Context<'_>, builder: &Ident, operation: &Operation) -> Vec<Item> {
    let page = context.forms.response_type(operation);
    let (Some(pagination), Some(record)) = (operation.pagination, page.page_of()) else { return Vec::new() };
    let record = record.tokens(Scope::ImportsTypes);
    let kind = format_ident!("{}", kind(operation, pagination));
    let list = quote!(#builder => #record, #kind);
    let mut items = vec![source::macro_call(&["crate", "list", "macros", "list"], list)];
    if can_sync(operation) {
        let ordered = operation.ordered;
        let sync = quote!(#builder => #record, #ordered);
        items.push(source::macro_call(&["crate", "list", "macros", "sync"], sync));
    }
    items
}

/// Generates the methods that list the records below every record of a resource: `all_subscriptions`.
pub(crate) fn children(context: &Context<'_>, resource: &Resource<'_>) -> Result<Vec<ImplItemFn>, String> {
    lists_below(context, resource).map(|(name, record)| all(resource, name, &record)).collect()
}

/// Returns whether [`children`] generates anything.
pub(crate) fn has_children(context: &Context<'_>, resource: &Resource<'_>) -> bool {
    lists_below(context, resource).next().is_some()
}

/// Returns the children of a resource that are lists below each of its records, and the types of their records.
fn lists_below<'a>(context: &'a Context<'_>, resource: &'a Resource<'_>) -> impl Iterator<Item = (&'a str, RustType)> {
    let is_list = records(context, resource).is_some();
    let children = resource.children.iter().filter(move |_| is_list);
    let with_id = children.filter(|(_, child)| binds_an_id(child));
    with_id.filter_map(|(name, child)| Some((name.as_str(), records(context, child)?)))
}

/// Returns the resources that exist once for each record of a resource.
pub(crate) fn children_with_id<'a>(resource: &'a Resource<'a>) -> impl Iterator<Item = &'a Resource<'a>> {
    resource.children.values().filter(|child| binds_an_id(child))
}

fn binds_an_id(child: &Resource<'_>) -> bool {
    matches!(child.binds.as_slice(), [id] if id.integer)
}

/// Returns the type of the records of a resource's list, if the list takes no arguments.
pub(crate) fn records(context: &Context<'_>, resource: &Resource<'_>) -> Option<RustType> {
    let (_, list) = resource.operations.iter().find(|(method, _)| *method == "list")?;
    let is_plain = list.pagination.is_some() && context.arguments(list, resource).is_empty();
    context.forms.response_type(list).page_of().filter(|_| is_plain).cloned()
}

fn all(resource: &Resource<'_>, child: &str, record: &RustType) -> Result<ImplItemFn, String> {
    let parent = names::singular(&resource.path).replace('_', " ");
    let docs = format!(
        "Lists the {} of every {parent}, each with the ID of its {parent}. See [`ChildRecords`](crate::ChildRecords).",
        child.replace('_', " ")
    );
    let method = format_ident!("all_{child}");
    let (module, handle) = (format_ident!("{child}"), format_ident!("{}", names::pascal(child)));
    let record = record.tokens(Scope::ImportsTypes);
    let ids: Vec<_> = resource.bound.iter().map(|binding| ident(&binding.name)).collect();
    let copies = resource.bound.iter().map(copied);
    let tokens = quote! {
        #[inline]
        pub fn #method(&self) -> crate::ChildRecords<List, #module::List, #record> {
            let client = self.client.clone();
            #(let #ids = #copies;)*
            crate::ChildRecords::new(self.list(), move |parent| {
                #module::#handle::new(client.clone(), #(#ids.clone(),)* parent).list()
            })
        }
    };
    source::documented(&docs, tokens)
}
