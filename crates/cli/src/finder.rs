//! Which command finds the id that a field takes.

use std::collections::BTreeSet;

use campfire::operations::{self, Operation};

use crate::{path, tree};

/// Parameters of lists that search by name.
const SEARCHES: [&str; 2] = ["q", "search"];

/// Names the commands that find the ids for these fields and parameters, as far as they take ids. Without any name, the ids in the
/// path are what was wrong.
pub(crate) fn advice<'a>(operation: &Operation<'static>, names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let mut names: Vec<&str> = names.into_iter().collect();
    if names.is_empty() {
        names.extend(operation.path_parameters.iter().map(|parameter| parameter.name));
    }
    let commands: BTreeSet<String> = names.into_iter().filter_map(|name| command(operation, name)).collect();
    let lines: String = commands.iter().map(|command| format!("\n    {command}")).collect();
    (!lines.is_empty()).then(|| format!("To find the id:{lines}"))
}

/// Returns the command that lists the records whose ids a field or a parameter takes: `campfire vendors list --q TEXT`.
fn command(operation: &Operation<'static>, name: &str) -> Option<String> {
    let list = operations::get(&format!("{}.list", resource(operation, name)?))?;
    let search = list.query.iter().find(|parameter| SEARCHES.contains(&parameter.name));
    let search = search.map(|parameter| format!(" --{} TEXT", tree::word(parameter.name))).unwrap_or_default();
    Some(format!("{}{search}", tree::command(list.id, |_| None)))
}

/// Returns the resource whose ids a field or a parameter takes.
fn resource(operation: &Operation<'static>, name: &str) -> Option<String> {
    if let Some(index) = operation.path_parameters.iter().position(|parameter| parameter.is_called(name)) {
        // Unless the description says otherwise, the ids of a path are those of the resources in the id of the operation.
        let own = operation.id.split('.').take(index + 1).collect::<Vec<_>>().join(".");
        return Some(operation.path_parameters[index].references.map_or(own, str::to_owned));
    }
    let referenced = match operation.query.iter().find(|parameter| parameter.is_called(name)) {
        Some(parameter) => parameter.references,
        None => path::field_at(&operation.body.as_ref()?.ty, name)?.references,
    };
    referenced.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_the_records_is_named() {
        let advice = |id: &str, field| advice(&operations::get(id).unwrap(), [field]);
        let vendors = "To find the id:\n    campfire vendors list --q TEXT";
        assert_eq!(advice("contracts.create", "client").as_deref(), Some(vendors));
        let accounts = "To find the id:\n    campfire accounts list";
        assert!(advice("bills.create", "lines[1].account").unwrap().starts_with(accounts));
        let contracts = "To find the id:\n    campfire contracts list";
        assert_eq!(advice("contracts.usage.create", "contract_id").as_deref(), Some(contracts));
        assert_eq!(advice("contracts.create", "deal_name"), None);
        assert_eq!(advice("contracts.create", "nothing.at[0].all"), None);
    }
}
