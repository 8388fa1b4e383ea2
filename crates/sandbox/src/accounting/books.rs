//! The books of a tenant.

use std::collections::BTreeSet;

use campfire_sandbox_model::SumTerm;
use campfire_values::Decimal;

use crate::messages::reply::Reply;
use crate::model::api::Api;
use crate::model::ledger::ENTITIES;
use crate::records::validate;
use crate::records::view::View;
use crate::response_style::ResponseStyle;
use crate::state::store::Store;

/// The books of a tenant: its store, and the model that tells documents from other records.
pub(crate) struct Books<'a> {
    pub(crate) api: &'static Api,
    pub(crate) store: &'a mut Store,
    pub(crate) style: ResponseStyle,
}

impl Books<'_> {
    pub(crate) fn view(&self) -> View<'_> {
        View::new(self.api, self.store, self.style)
    }

    /// Returns the currency of an entity, unless it is unknown.
    pub(crate) fn entity_currency(&self, entity: Option<i64>) -> Option<&str> {
        self.store.get(ENTITIES, entity?)?.fields.text("currency")
    }

    /// Returns the currency of the root entity, unless there are no entities.
    pub(crate) fn root_currency(&self) -> Option<&str> {
        let mut entities = self.store.live(ENTITIES).map(|(_, entity)| &entity.fields);
        entities.find(|entity| entity.integer("parent").is_none())?.text("currency")
    }

    /// Returns `true` if an entity has the currency of the root entity. Entities that are not described all have the same.
    pub(crate) fn is_in_root_currency(&self, entity: Option<i64>) -> bool {
        self.entity_currency(entity) == self.root_currency()
    }

    /// Returns a decimal field of a record as it is shown.
    pub(crate) fn amount(&self, resource: &str, id: i64, name: &str) -> Decimal {
        let view = View::new(self.api, self.store, ResponseStyle::Documented);
        let record = self.store.get(resource, id).or_else(|| self.store.get(self.api.table(resource), id));
        record.and_then(|record| view.field(resource, id, record, name).as_decimal()).unwrap_or_default()
    }

    /// Refuses changes that take an amount out of its documented range: an amount that the books have set, a total of a
    /// changed record, of the record that it belongs to, and so on. Adding totals up takes long, so it is done only once
    /// there are large amounts.
    pub(crate) fn check_ranges(&self) -> Result<(), Reply> {
        if !self.store.has_large_amounts {
            return Ok(());
        }
        let mut affected = self.store.changed();
        // Customers have totals, and are stored as vendors.
        let sums: Vec<_> = self.api.sums().map(|(owner, field)| (owner, self.api.table(owner), field)).collect();
        let mut checked = BTreeSet::new();
        while let Some((resource, id)) = affected.pop() {
            let Some(record) = self.store.get_any(&resource, id) else { continue };
            if !checked.insert((resource.clone(), id)) {
                continue;
            }
            let mut stored = self.api.records_of(&resource).fields().iter().filter_map(|field| {
                let value = record.fields.get(&field.name)?;
                validate::out_of_range(self.api, field, value)
            });
            if let Some((name, number)) = stored.next() {
                return Err(Reply::out_of_range(name, number));
            }
            for (owner, table, field) in &sums {
                if *table == resource {
                    let amount = self.amount(owner, id, &field.name);
                    if validate::bounds(field, amount).is_err() {
                        return Err(Reply::out_of_range(&field.name, amount));
                    }
                }
                let above = field.sum.iter().filter_map(|term| match term {
                    SumTerm::Related(related) if related.resource == resource => record.fields.integer(&related.by),
                    _ => None,
                });
                affected.extend(above.map(|id| ((*table).to_owned(), id)));
            }
        }
        Ok(())
    }
}
