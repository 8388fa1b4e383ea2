//! Links from texts to the methods of the operations that they name.

use std::collections::BTreeSet;

use crate::description::names;
use crate::description::spec::{Api, SchemaKind};

/// Returns a link to the method of an operation. In a build without the area of the operation, it leads nowhere.
pub(crate) fn operation(id: &str) -> String {
    let Some((resource, method)) = id.rsplit_once('.') else { return format!("`{id}`") };
    let modules: Vec<String> = resource.split('.').map(names::escaped).collect();
    let handle = names::pascal(resource.rsplit('.').next().unwrap_or_default());
    format!("[`{id}`](crate::api::{}::{handle}::{})", modules.join("::"), names::escaped(method))
}

/// Links the ids of operations that texts contain as code. `whole` may hold more areas than `selected`: which areas are
/// chosen changes no text, so that the packed crate can hold the texts of all choices.
pub(crate) fn link(mut selected: Api, whole: &Api) -> Api {
    let ids: BTreeSet<&str> = whole.operations.iter().map(|operation| operation.id.as_str()).collect();
    let operations = selected.operations.iter_mut().flat_map(|operation| {
        let parameters = operation.path_parameters.iter_mut().chain(&mut operation.query);
        let parameters = parameters.map(|parameter| &mut parameter.description);
        let refusals = operation.refusals.iter_mut().map(|(_, when)| when);
        parameters.chain(refusals).chain([&mut operation.description])
    });
    let schemas = selected.schemas.values_mut().flat_map(|schema| {
        let fields = match &mut schema.kind {
            SchemaKind::Object { fields, .. } => fields.as_mut_slice(),
            _ => &mut [],
        };
        fields.iter_mut().map(|field| &mut field.description).chain([&mut schema.description])
    });
    for text in operations.chain(schemas).chain(selected.notes.values_mut()) {
        if let Some(linked) = linked(text, &ids) {
            *text = linked;
        }
    }
    selected
}

/// Returns a text with links, or nothing if it names no operation.
fn linked(text: &str, ids: &BTreeSet<&str>) -> Option<String> {
    let parts: Vec<&str> = text.split('`').collect();
    let is_id = |(index, part): (usize, &&str)| index % 2 == 1 && ids.contains(part);
    if !parts.iter().enumerate().any(is_id) {
        return None;
    }
    let mut linked = String::with_capacity(text.len() * 2);
    for (index, part) in parts.iter().enumerate() {
        match index % 2 {
            0 => linked.push_str(part),
            _ if ids.contains(part) => linked.push_str(&operation(part)),
            _ => linked.extend(["`", part, "`"]),
        }
    }
    Some(linked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_a_method_follows_from_the_id() {
        assert_eq!(
            operation("bills.payments.void"),
            "[`bills.payments.void`](crate::api::bills::payments::Payments::void)"
        );
        assert_eq!(
            operation("credit_memos.match"),
            "[`credit_memos.match`](crate::api::credit_memos::CreditMemos::r#match)"
        );
    }

    #[test]
    fn only_ids_in_code_are_linked() {
        let ids = BTreeSet::from(["bills.pay"]);
        assert_eq!(
            linked("Use `bills.pay`, not `bills.void`; see bills.pay.", &ids).unwrap(),
            "Use [`bills.pay`](crate::api::bills::Bills::pay), not `bills.void`; see bills.pay."
        );
        assert_eq!(linked("Pay with `bills.void` (bills.pay).", &ids), None);
        assert_eq!(linked("`a` bills.pay `b`", &ids), None);
    }
}
