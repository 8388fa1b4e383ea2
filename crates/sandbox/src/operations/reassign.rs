//! Handing over records before a deletion: `new_vendor`, `new_department`, `new_tag`, `new_account`.

use campfire_sandbox_model::{Field, Type};
use campfire_values::Json;

use crate::messages::reply::Reply;
use crate::model::api::Api;
use crate::operations::call::Call;
use crate::state::store::Store;

/// Moves everything that references a record to the record that the query names, if it names one.
pub(super) fn hand_over(call: &Call<'_>, store: &mut Store, id: i64) -> Result<(), Reply> {
    let names = call.operation().query.iter();
    let name = names.filter(|name| name.starts_with("new_")).find(|name| call.query.given(name).is_some());
    let Some(name) = name else { return Ok(()) };
    let target = call.query.given(name).and_then(|text| text.parse::<i64>().ok());
    let target = target.filter(|target| *target != id && store.get(call.resource(), *target).is_some());
    let target = target.ok_or_else(|| Reply::field_error(name, "Name another record that exists."))?;
    let replacement = Replacement { api: call.api(), table: call.resource(), id, target };
    replacement.run(store);
    Ok(())
}

/// The replacement of an id by another in all records.
struct Replacement<'a> {
    api: &'static Api,
    table: &'a str,
    id: i64,
    target: i64,
}

impl Replacement<'_> {
    fn run(&self, store: &mut Store) {
        let resources: Vec<String> = store.resources().map(str::to_owned).collect();
        for resource in resources {
            let fields = self.api.fields(self.api.record_schema(&resource).unwrap_or_default());
            for field in fields.iter().filter(|field| self.is_affected(field)) {
                self.replace_in(store, &resource, field);
            }
        }
    }

    fn replace_in(&self, store: &mut Store, resource: &str, field: &'static Field) {
        let changed = |value: &Json| {
            let mut value = value.clone();
            self.replace(field, &mut value).then_some(value)
        };
        let records = store.live(resource);
        let changes: Vec<(i64, Json)> =
            records.filter_map(|(id, record)| Some((id, changed(record.fields.get(&field.name)?)?))).collect();
        for (id, value) in changes {
            store.set(resource, id, field.name.as_str(), value);
        }
    }

    fn references(&self, field: &Field) -> bool {
        field.references.as_deref().is_some_and(|resource| self.api.table(resource) == self.table)
    }

    /// Returns `true` if the field, or a field of the objects in it, references the table.
    fn is_affected(&self, field: &Field) -> bool {
        self.references(field) || self.items(field).iter().any(|field| self.references(field))
    }

    /// Returns the fields of the objects in a list.
    fn items(&self, field: &Field) -> &'static [Field] {
        match &field.ty {
            Type::List(inner) => match &**inner {
                Type::Object(schema) => self.api.fields(schema),
                _ => &[],
            },
            _ => &[],
        }
    }

    /// Replaces the id in the value of a field. Returns `true` if it was there.
    fn replace(&self, field: &Field, value: &mut Json) -> bool {
        match value {
            Json::Array(items) => {
                let replaced: Vec<bool> = items.iter_mut().map(|item| self.replace_in_item(field, item)).collect();
                replaced.contains(&true)
            }
            value if self.references(field) && value.as_i64() == Some(self.id) => {
                *value = Json::from(self.target);
                true
            }
            _ => false,
        }
    }

    /// Like [`replace`](Self::replace), for an item of a list: an id, or an object with fields of its own.
    fn replace_in_item(&self, field: &Field, item: &mut Json) -> bool {
        let Json::Object(object) = item else { return self.replace(field, item) };
        let mut replaced = false;
        for field in self.items(field) {
            if let Some(value) = object.get_mut(&field.name) {
                replaced |= self.replace(field, value);
            }
        }
        replaced
    }
}
